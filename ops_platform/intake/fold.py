"""Arrivals to facts: the newest version of every key, without what a correction moved elsewhere."""

import pyarrow as pa
import pyarrow.parquet as pq

from ops_platform.contracts import Contract
from ops_platform.intake.keys import key_codes, last_of_each
from ops_platform.warehouse import Warehouse

GONE = "_gone"
"""Column of an arrival: true where the key is no longer in this partition, because a correction moved it."""


def fold(contract: Contract, partition: str, warehouse: Warehouse) -> pa.Table:
    """Return the facts of a partition: for each key the row of its latest receipt.

    Parameters
    ----------
    contract
        The feed.
    partition
        Key of the partition; empty where the feed has none.
    warehouse
        Where the arrivals lie.

    Returns
    -------
    pyarrow.Table
        In the contract's schema, sorted by key.
    """
    # Under the schema of today: a column that the contract gained since a row arrived is null in it.
    schema = contract.schema.append(pa.field(GONE, pa.bool_()))
    arrivals = [
        pq.read_table(file, schema=schema, partitioning=None) for file in warehouse.arrivals(contract, partition)
    ]
    if not arrivals:
        return contract.schema.empty_table()
    rows = pa.concat_tables(arrivals)
    newest = last_of_each(key_codes([rows.column(name) for name in contract.key]))
    kept = rows.take(pa.array(newest))
    gone = kept.column(GONE).to_numpy()
    facts = kept.drop_columns([GONE])
    if gone.any():
        facts = facts.filter(pa.array(~gone))
    return facts.cast(contract.schema)
