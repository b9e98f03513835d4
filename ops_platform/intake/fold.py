"""Arrivals to facts: the newest version of every key, without what a correction moved elsewhere.

A large day is folded by the hour: what comes late costs the hours that it touches, and one hour at a time is in memory.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ops_platform.clock import MOST_HOURS, local_midnight
from ops_platform.contracts import Contract
from ops_platform.intake.keys import key_codes, last_of_each
from ops_platform.warehouse import Warehouse, state_of

GONE = "_gone"
"""Column of an arrival: true where the key is no longer in this partition, because a correction moved it."""
WHOLE_ROWS = 2_000_000
"""A day for which more rows have arrived lies in hours: some 21,000 cells by the quarter-hour. A smaller one is folded
whole in four seconds at most, and stays one file: at 10,000 cells hours would take 28 % more room and make the sums of
a day, and with them every month that is computed, two thirds slower."""
_HOUR_US = 3_600_000_000


def write_facts(contract: Contract, partition: str, warehouse: Warehouse, zone: ZoneInfo) -> int:
    """Fold a partition and store it, a large day by the hour; return how many facts it holds.

    Parameters
    ----------
    contract, partition, warehouse
        As in `fold`.
    zone
        The business time zone, by whose days rows are placed.
    """
    files = warehouse.arrivals(contract, partition)
    # Rows keep their hour where their time is part of their key: no correction moves one to another.
    footers = {}
    if contract.grain == "day" and contract.placed_by in contract.key:
        footers = {file: pq.read_metadata(file) for file in files}
    if sum(footer.num_rows for footer in footers.values()) <= WHOLE_ROWS:
        facts = _fold(contract, files)
        warehouse.write(contract, facts, partition)
        return int(facts.num_rows)
    midnight = local_midnight(date.fromisoformat(partition), zone)
    warehouse.write_hours(contract, partition, _changed_hours(contract, partition, warehouse, footers, midnight))
    return warehouse.count(contract, [partition])


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
    return _fold(contract, warehouse.arrivals(contract, partition))


def _fold(contract: Contract, arrivals: Sequence[Path], where: pc.Expression | None = None) -> pa.Table:
    """Fold those rows of some arrivals, oldest first, for which a condition is true."""
    if not arrivals:
        return contract.schema.empty_table()
    # Under the schema of today: a column that the contract gained since a row arrived is null in it.
    schema = contract.schema.append(pa.field(GONE, pa.bool_()))
    rows = pa.concat_tables(pq.read_table(file, schema=schema, filters=where, partitioning=None) for file in arrivals)
    newest = last_of_each(key_codes([rows.column(name) for name in contract.key]))
    kept = rows.take(pa.array(newest))
    gone = kept.column(GONE).to_numpy()
    facts = kept.drop_columns([GONE])
    if gone.any():
        facts = facts.filter(pa.array(~gone))
    return facts.cast(contract.schema)


def _changed_hours(
    contract: Contract,
    partition: str,
    warehouse: Warehouse,
    footers: Mapping[Path, pq.FileMetaData],
    midnight: datetime,
) -> Iterator[tuple[int, pa.Table, str]]:
    """Yield the hours of a day that are not stored as the arrivals have them now: number, facts, fingerprint."""
    midnight_us = int(midnight.timestamp()) * 1_000_000
    touched = {file: _hours(contract, footer, midnight_us) for file, footer in footers.items()}
    for hour in range(MOST_HOURS):
        arrivals = [file for file, hours in touched.items() if hour in hours]
        fingerprint = _fingerprint(contract, arrivals, midnight)
        stored = warehouse.mark(contract, partition, hour)
        if stored != fingerprint and (arrivals or stored is not None):
            yield hour, _fold(contract, arrivals, _within(contract, hour, midnight)), fingerprint


def _hours(contract: Contract, footer: pq.FileMetaData, midnight_us: int) -> set[int]:
    """Return the hours that an arrival may touch, by the statistics of its row groups."""
    touched: set[int] = set()
    place = footer.schema.names.index(contract.placed_by)
    for group in range(footer.num_row_groups):
        column = footer.row_group(group).column(place)
        if not column.is_stats_set or not column.statistics.has_min_max:
            return set(range(MOST_HOURS))
        ends = column.statistics.min_raw, column.statistics.max_raw
        first, last = (min(max((end - midnight_us) // _HOUR_US, 0), MOST_HOURS - 1) for end in ends)
        touched.update(range(first, last + 1))
    return touched


def _within(contract: Contract, hour: int, midnight: datetime) -> pc.Expression | None:
    """Return the condition that a row is of an hour; the first and the last have what lies outside the day too."""
    moment, kind = pc.field(contract.placed_by), contract.schema.field(contract.placed_by).type
    begun = moment >= pa.scalar(midnight + timedelta(hours=hour), kind)
    over = moment >= pa.scalar(midnight + timedelta(hours=hour + 1), kind)
    return ~over if hour == 0 else begun if hour == MOST_HOURS - 1 else begun & ~over


def _fingerprint(contract: Contract, arrivals: Sequence[Path], midnight: datetime) -> str:
    """Return what tells apart of which arrivals, and under which schema, an hour was folded.

    A receipt that is received anew after a crash may have the name of another's arrival, never its size and time too.
    """
    told = (str(contract.schema), contract.key, midnight.isoformat(), *map(state_of, arrivals))
    return hashlib.sha256(repr(told).encode()).hexdigest()
