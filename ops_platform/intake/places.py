"""Where rows belong: their partition, the months their measures may change, and what a correction takes away."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ops_platform.clock import month_of, months_between
from ops_platform.contracts import Contract
from ops_platform.intake.fold import GONE
from ops_platform.settings import Settings
from ops_platform.warehouse import Warehouse, sql

_MANY = 100_000


def local_days(column: pa.ChunkedArray, settings: Settings) -> pa.Array:
    """Return the business-local date of each moment (a date is its own)."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_date32(array.type):
        return array
    encoded = array.dictionary_encode()
    local = pc.local_timestamp(encoded.dictionary.cast(pa.timestamp("us", settings.time_zone)))
    return local.cast(pa.date32(), safe=False).take(encoded.indices)


def split(contract: Contract, rows: pa.Table, settings: Settings) -> dict[str, pa.Table]:
    """Return the rows of each partition that has any, keys sorted; rows keep their order within one."""
    if not len(rows):
        return {}
    if contract.grain == "none":
        return {"": rows}
    days = local_days(rows.column(contract.placed_by), settings)
    codes = _partition_codes(contract, days)
    order = np.argsort(codes, kind="stable")
    ordered = rows if (order == np.arange(len(order))).all() else rows.take(pa.array(order))
    found, starts = np.unique(codes[order], return_index=True)
    ends = [*starts[1:], len(order)]
    return {
        _partition_key(contract, int(code)): ordered.slice(start, end - start)
        for code, start, end in zip(found, starts, ends, strict=True)
    }


def months(contract: Contract, rows: pa.Table, settings: Settings, now: datetime) -> set[str]:
    """Return every month whose measures the rows may change.

    From the day of ``placed_by`` to that of ``until`` (to now while it is null), and ``lingers_days`` further; never
    before the installation's first month nor after the present one.
    """
    if contract.grain == "none" or not len(rows):
        return set()
    today = now.astimezone(settings.zone).date()
    starts = np.asarray(local_days(rows.column(contract.placed_by), settings).to_numpy(zero_copy_only=False))
    ends = starts
    if contract.until:
        until = local_days(rows.column(contract.until), settings)
        ends = np.asarray(pc.fill_null(until, pa.scalar(today)).to_numpy(zero_copy_only=False))
    ends = np.maximum(starts, ends) + np.timedelta64(contract.lingers_days, "D")
    spans = _month_number(starts) * _MANY + _month_number(ends)
    first, last = f"{settings.first_month:%Y-%m}", month_of(now, settings.zone)
    return {
        month
        for start, end in (divmod(span, _MANY) for span in pc.unique(pa.array(spans)).to_pylist())
        for month in months_between(max(_month(start), first), min(_month(end), last))
    }


def displaced(contract: Contract, arriving: Sequence[Path], receipt: int, warehouse: Warehouse) -> dict[str, pa.Table]:
    """Return what is known so far of the keys that stand in the arriving files: by partition, the rows in force there.

    Skipped, and empty, where a key cannot move and an older version of a row touches no other month.
    """
    fixed = contract.placed_by in contract.key and not contract.until
    if contract.grain == "none" or fixed or not arriving:
        return {}
    files = [
        (file, partition)
        for partition in arrival_partitions(contract, warehouse)
        for file in warehouse.arrivals(contract, partition)
        if int(file.stem) != receipt
    ]
    if not files:
        return {}
    keys = ", ".join(f'"{name}"' for name in contract.key)
    with sql(threads=1) as engine:
        found = engine.execute(
            f"""
            SELECT * EXCLUDE ({GONE}, newest) FROM (
                SELECT *, row_number() OVER (PARTITION BY {keys}, place ORDER BY filename DESC) AS newest
                FROM (
                    SELECT * REPLACE (parse_filename(filename) AS filename),
                           parse_filename(parse_dirpath(filename)) AS place
                    FROM read_parquet($files, filename = true, hive_partitioning = false)
                )
                SEMI JOIN read_parquet($arriving) AS incoming USING ({keys})
            ) WHERE newest = 1 AND NOT {GONE}
            """,  # noqa: S608 - names come from the contract
            {"files": [str(file) for file, _ in files], "arriving": [str(file) for file in arriving]},
        ).to_arrow_table()
    places = found.column("place")
    schema = contract.schema
    return {
        place.partition("=")[2]: found.filter(pc.equal(places, place)).select(schema.names).cast(schema)
        for place in pc.unique(places).to_pylist()
    }


def tombstones(contract: Contract, before: dict[str, pa.Table], arriving: dict[str, Path]) -> dict[str, pa.Table]:
    """Return, by partition, the rows in force whose key now arrives in another partition instead."""
    found = {}
    for partition, rows in before.items():
        here = arriving.get(partition)
        if here is None:
            found[partition] = rows
            continue
        keys = list(contract.key)
        moved = rows.join(pq.read_table(here, columns=keys, partitioning=None), keys, join_type="left anti")
        if len(moved):
            found[partition] = moved.select(contract.schema.names).cast(contract.schema)
    return found


def arrival_partitions(contract: Contract, warehouse: Warehouse) -> list[str]:
    """Return the partitions for which rows have arrived; ``[""]`` for a feed without partitions."""
    if contract.grain == "none":
        return [""]
    folders = (warehouse.local / "_arrivals" / contract.name).glob(f"{contract.grain}=*")
    return sorted(folder.name.partition("=")[2] for folder in folders)


def _month_number(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    return np.asarray(days.astype("datetime64[M]").astype(np.int64))


def _month(number: int) -> str:
    return str(np.datetime64(number, "M"))


def _partition_codes(contract: Contract, days: pa.Array) -> npt.NDArray[np.int64]:
    unit = "datetime64[D]" if contract.grain == "day" else "datetime64[M]"
    return np.asarray(days.to_numpy(zero_copy_only=False).astype(unit).astype(np.int64))


def _partition_key(contract: Contract, code: int) -> str:
    return str(np.datetime64(code, "D" if contract.grain == "day" else "M"))
