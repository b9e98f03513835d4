"""The one hot roll-up, quarter-hours to hours and days of a cell, by a kernel over rows that lie sorted.

The fold of a day's counters writes them in the order of cell and time, so that a group is a stretch of rows: no hash is
needed, and only a stretch of the file is in memory. What is summed is what `hour_sums` and `cell_days` of
`ops_platform.kpi.cell_days` say; a test holds the two together, `benchmarks/kpi.py` says what the kernel is worth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geo.compiled import kept
from ops_platform.contracts.cells import BUSY_HOUR_SUMS, DAY_SUMS, RULE_COUNTERS
from ops_platform.warehouse import opened

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Known = tuple[Ints, Flags]
"""Sums, and which of them are known."""

ROWS_AT_ONCE = 1 << 16
MICROSECONDS = 1_000_000
HOUR_S = 3600
LAST_HOUR = 23
SUMS = tuple(dict.fromkeys((*BUSY_HOUR_SUMS, *DAY_SUMS)))
_ALL = np.empty(0, np.uint8)
"""In place of the bits of a column without nulls."""
COLUMNS = ["cell_id", "period_start_at", "period_s", "suspect", *SUMS]


@dataclass(frozen=True)
class DaySums:
    """Sums of a day's counters.

    Attributes
    ----------
    cells
        ``cell_id``, ``usable_s``, ``suspect_s``, ``busy_hour`` and the sums of the contract ``cell_days``, for each
        cell heard of, in order.
    hours
        ``cell_id``, ``hour`` of the day and the sums of the contract ``cell_hours``, in order.
    """

    cells: pa.Table
    hours: pa.Table


def day_sums(file: Path, midnight_s: int) -> DaySums | None:
    """Sum the counters of a day.

    Parameters
    ----------
    file
        Parquet with the columns of the contract ``cell_counters``.
    midnight_s
        Seconds from the epoch to the beginning of the local day.

    Returns
    -------
    DaySums or None
        None where the rows do not lie in the order of cell and time.
    """
    cells, hours, last = [], [], ""
    for rows in _whole_cells(file):
        seconds = rows["period_start_at"].cast(pa.int64()).to_numpy() // MICROSECONDS
        hour = (seconds - midnight_s) // HOUR_S
        of_cell, of_hour, in_order = _stretches(rows["cell_id"].indices.to_numpy(), hour)
        names = rows["cell_id"].take(pa.array(of_hour[of_cell[:-1]])).cast(pa.string())
        ascending = pc.all(pc.less(pa.concat_arrays([pa.array([last]), names[:-1]]), names)).as_py()
        if not (in_order and ascending):
            return None
        last = names[-1].as_py()
        found = _sum_unit(rows, names, hour, of_cell, of_hour)
        cells.append(found[0])
        hours.append(found[1])
    return DaySums(pa.Table.from_batches(cells), pa.Table.from_batches(hours)) if cells else None


def _whole_cells(file: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in batches that no cell straddles."""
    with opened(file) as source:
        stored = pq.ParquetFile(source, read_dictionary=["cell_id"])
        columns = [name for name in COLUMNS if name in stored.schema_arrow.names]
        carried: list[pa.RecordBatch] = []
        for batch in stored.iter_batches(ROWS_AT_ONCE, columns=columns):
            ids = batch["cell_id"].indices.to_numpy()
            starts = np.flatnonzero(ids[1:] != ids[:-1]) + 1
            if not len(starts):
                carried.append(batch)
                continue
            # Only the rows of the cell that straddles two batches are copied.
            yield pa.concat_batches([*carried, batch.slice(0, starts[0])])
            if starts[-1] > starts[0]:
                yield batch.slice(starts[0], starts[-1] - starts[0])
            carried = [batch.slice(starts[-1])]
        if carried:
            yield pa.concat_batches(carried)


def _sum_unit(
    rows: pa.RecordBatch, names: pa.Array, hour: Ints, of_cell: Ints, of_hour: Ints
) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Sum the rows of whole cells; the first result is a row for each cell, the second for each hour that is kept."""
    suspect = rows["suspect"].fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
    usable = ~suspect
    of = {name: _sums(rows, name, usable, of_hour) for name in SUMS}
    of["usable_s"] = _sums(rows, "period_s", usable, of_hour)
    of["suspect_s"] = _sums(rows, "period_s", suspect, of_hour)
    hours = hour[of_hour[:-1]]
    daily = {name: _add(of[name][0], _ALL, 0, of[name][1], of_cell) for name in ("usable_s", "suspect_s", *DAY_SUMS)}
    (traffic, has_traffic), (blocks, has_blocks) = of["traffic_chs"], of["prb_used"]
    busiest = _busiest(np.where(has_traffic, traffic, blocks), has_traffic | has_blocks, of_cell)
    at, told = np.maximum(busiest, 0), busiest >= 0
    busy = {f"busy_{name}": (of[name][0][at], of[name][1][at] & told) for name in BUSY_HOUR_SUMS}
    busy["busy_hour"] = np.minimum(hours[at], LAST_HOUR), told
    told_of = np.flatnonzero(of["tch_seizures"][1])
    cell_of_hour = np.repeat(np.arange(len(of_cell) - 1), np.diff(of_cell))
    return (
        _batch({"cell_id": names}, daily | busy),
        _batch(
            {"cell_id": names.take(pa.array(cell_of_hour[told_of])), "hour": pa.array(hours[told_of])},
            {name: (of[name][0][told_of], of[name][1][told_of]) for name in RULE_COUNTERS},
        ),
    )


def _sums(rows: pa.RecordBatch, name: str, counts: Flags, starts: Ints) -> Known:
    column = rows[name] if name in rows.schema.names else pa.nulls(len(rows))
    if column.null_count == len(column):
        return np.zeros(len(starts) - 1, np.int64), np.zeros(len(starts) - 1, np.bool_)
    bits, values = column.buffers()
    end = column.offset + len(column)
    found: Known = _add(
        np.frombuffer(values, np.int64)[column.offset : end],
        _ALL if bits is None else np.frombuffer(bits, np.uint8),
        column.offset,
        counts,
        starts,
    )
    return found


def _batch(columns: dict[str, pa.Array], sums: dict[str, Known]) -> pa.RecordBatch:
    return pa.record_batch(columns | {name: pa.array(values, mask=~known) for name, (values, known) in sums.items()})


@kept
def _stretches(cell: npt.NDArray[np.int32], hour: Ints) -> tuple[Ints, Ints, bool]:
    """Return where each cell and each of its hours begins, each with the end added, and whether the hours ascend."""
    of_cell, of_hour = np.empty(len(cell) + 1, np.int64), np.empty(len(cell) + 1, np.int64)
    cells = hours = 0
    in_order = True
    for row in range(len(cell)):
        new = row == 0 or cell[row] != cell[row - 1]
        if new:
            of_cell[cells] = hours
            cells += 1
        elif hour[row] < hour[row - 1]:
            in_order = False
        if new or hour[row] != hour[row - 1]:
            of_hour[hours] = row
            hours += 1
    of_cell[cells], of_hour[hours] = hours, len(cell)
    return of_cell[: cells + 1], of_hour[: hours + 1], in_order


@kept
def _add(values: Ints, bits: npt.NDArray[np.uint8], offset: int, counts: Flags, starts: Ints) -> Known:
    """Sum stretches of values: those that count and that the bits, where there are any, say are known."""
    sums, known = np.zeros(len(starts) - 1, np.int64), np.zeros(len(starts) - 1, np.bool_)
    all_known = len(bits) == 0
    for stretch in range(len(sums)):
        for row in range(starts[stretch], starts[stretch + 1]):
            place = row + offset
            if counts[row] and (all_known or (bits[place >> 3] >> (place & 7)) & 1):
                sums[stretch] += values[row]
                known[stretch] = True
    return sums, known


@kept
def _busiest(load: Ints, known: Flags, starts: Ints) -> Ints:
    """Return for each stretch the row with the greatest known load, of equals the earliest; -1 where none is known."""
    found = np.full(len(starts) - 1, -1, np.int64)
    for stretch in range(len(found)):
        for row in range(starts[stretch], starts[stretch + 1]):
            if known[row] and (found[stretch] < 0 or load[row] > load[found[stretch]]):
                found[stretch] = row
    return found
