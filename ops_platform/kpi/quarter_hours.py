"""The one hot roll-up, quarter-hours to hours and days of a cell, by a kernel over rows that lie sorted.

The fold writes a day's counters, or each hour of them, in the order of cell and time, so that a group is a stretch of
rows: no hash is needed, and beside the sums of the day's cells only a stretch of a file is in memory. What is summed is
what `hour_sums` and `cell_days` of `ops_platform.kpi.cell_days` say; a test holds the two together, `benchmarks/kpi.py`
says what the kernel is worth.
"""

from collections.abc import Iterator, Sequence
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

ROWS_AT_ONCE = 1 << 18
"""Twice as many are summed in nine tenths of the time, and take a seventh of a gigabyte more."""
MICROSECONDS = 1_000_000
HOUR_S = 3600
LAST_HOUR = 23
SUMS = tuple(dict.fromkeys((*BUSY_HOUR_SUMS, *DAY_SUMS)))
DAILY = ("usable_s", "suspect_s", *DAY_SUMS)
LOAD = "load"
"""By which an hour is the busy one."""
BUSY = ("hour", *BUSY_HOUR_SUMS)
"""What is kept of the busy hour."""
OF_CELLS = (*DAILY, LOAD, *(f"busy_{name}" for name in BUSY))
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


def day_sums(files: Sequence[Path], midnight_s: int) -> DaySums | None:
    """Sum the counters of a day.

    Parameters
    ----------
    files
        Parquet with the columns of the contract ``cell_counters``: the whole day, or its hours one after the other.
    midnight_s
        Seconds from the epoch to the beginning of the local day.

    Returns
    -------
    DaySums or None
        None where there are no rows, where those of a file do not lie in the order of cell and time, and where an hour
        lies in two files.
    """
    day, of, ends, reached, last = _Day(), -1, -np.inf, -np.inf, ""
    for file, rows in ((file, rows) for file, path in enumerate(files) for rows in _whole_cells(path)):
        if file != of:
            of, reached, last = file, ends, ""
        seconds = rows["period_start_at"].cast(pa.int64()).to_numpy() // MICROSECONDS
        hour = (seconds - midnight_s) // HOUR_S
        of_cell, of_hour, in_order = _stretches(rows["cell_id"].indices.to_numpy(), hour)
        names = rows["cell_id"].take(pa.array(of_hour[of_cell[:-1]])).cast(pa.string())
        ascending = pc.all(pc.less(pa.concat_arrays([pa.array([last]), names[:-1]]), names)).as_py()
        if not (in_order and ascending and hour.min() > reached):
            return None
        day.add(rows, names, hour[of_hour[:-1]], of_cell, of_hour)
        ends, last = max(ends, hour.max()), names[-1].as_py()
    return day.sums()


def _whole_cells(file: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in batches that no cell straddles."""
    with opened(file) as source:
        stored = pq.ParquetFile(source, read_dictionary=["cell_id"])
        columns = [name for name in COLUMNS if name in stored.schema_arrow.names]
        carried: list[pa.RecordBatch] = []
        left = stored.metadata.num_rows
        for batch in stored.iter_batches(ROWS_AT_ONCE, columns=columns):
            left -= len(batch)
            ids = batch["cell_id"].indices.to_numpy()
            starts = np.flatnonzero(ids[1:] != ids[:-1]) + 1
            # Only the rows of the cell that straddles two batches are copied.
            begin = starts[0] if carried and len(starts) else 0
            end = len(batch) if not left else starts[-1] if len(starts) else 0
            if carried and not begin:
                carried.append(batch)
                continue
            if carried:
                yield pa.concat_batches([*carried, batch.slice(0, begin)])
            if end > begin:
                yield batch.slice(begin, end - begin)
            carried = [batch.slice(end)] if end < len(batch) else []
        if carried:
            yield pa.concat_batches(carried)


class _Day:
    """The sums of a day, to which rows are added, of each cell in the order of time."""

    def __init__(self) -> None:
        self._names = pa.array([], pa.string())
        self._of_cells: dict[str, Known] = {name: (np.empty(0, np.int64), np.empty(0, np.bool_)) for name in OF_CELLS}
        self._hours: list[pa.RecordBatch] = []

    def add(self, rows: pa.RecordBatch, names: pa.Array, hours: Ints, of_cell: Ints, of_hour: Ints) -> None:
        """Add rows of cells, each cell's hours beginning as the result of `_stretches` says."""
        cell = np.repeat(self._places(names), np.diff(of_cell))
        suspect = rows["suspect"].fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
        usable = ~suspect
        of = {name: _sums(rows, name, usable, of_hour) for name in SUMS}
        of["usable_s"] = _sums(rows, "period_s", usable, of_hour)
        of["suspect_s"] = _sums(rows, "period_s", suspect, of_hour)
        for name in DAILY:
            _add_at(*self._of_cells[name], *of[name], cell)
        (traffic, has_traffic), (blocks, has_blocks) = of["traffic_chs"], of["prb_used"]
        load, has_load = np.where(has_traffic, traffic, blocks), has_traffic | has_blocks
        busiest = _busiest(*self._of_cells[LOAD], load, has_load, cell)
        busier = np.flatnonzero(busiest >= 0)
        of["hour"] = np.minimum(hours, LAST_HOUR), has_load
        for name in BUSY:
            for best, found in zip(self._of_cells[f"busy_{name}"], of[name], strict=True):
                best[busier] = found[busiest[busier]]
        told = np.flatnonzero(of["tch_seizures"][1])
        counted = {name: (of[name][0][told], of[name][1][told]) for name in RULE_COUNTERS}
        self._hours.append(_batch({"cell": pa.array(cell[told]), "hour": pa.array(hours[told])}, counted))

    def sums(self) -> DaySums | None:
        """Return what was added, in order; None where nothing was."""
        if not self._hours:
            return None
        order = pc.sort_indices(self._names).to_numpy()
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        names = self._names.take(pa.array(order))
        of_cells = {name: (sums[order], known[order]) for name, (sums, known) in self._of_cells.items() if name != LOAD}
        hours = pa.Table.from_batches(self._hours)
        cell = rank[hours["cell"].to_numpy()]
        in_order = np.lexsort((hours["hour"].to_numpy(), cell))
        hours = hours.take(pa.array(in_order)).set_column(0, "cell_id", names.take(pa.array(cell[in_order])))
        return DaySums(pa.Table.from_batches([_batch({"cell_id": names}, of_cells)]), hours)

    def _places(self, names: pa.Array) -> Ints:
        """Return where cells stand, after making room for those that were not heard of before."""
        found = pc.index_in(names, self._names)
        place: Ints = found.fill_null(0).to_numpy().astype(np.int64)
        if found.null_count:
            new = found.is_null()
            place[new.to_numpy(zero_copy_only=False)] = len(self._names) + np.arange(found.null_count)
            self._names = pa.concat_arrays([self._names, names.filter(new)])
            room = np.zeros(found.null_count, np.int64), np.zeros(found.null_count, np.bool_)
            for name, (sums, known) in self._of_cells.items():
                self._of_cells[name] = np.append(sums, room[0]), np.append(known, room[1])
        return place


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
def _add_at(sums: Ints, known: Flags, more: Ints, more_known: Flags, place: Ints) -> None:
    """Add what is known of some sums to those at some places."""
    for row in range(len(place)):
        if more_known[row]:
            sums[place[row]] += more[row]
            known[place[row]] = True


@kept
def _busiest(best: Ints, has_best: Flags, load: Ints, known: Flags, place: Ints) -> Ints:
    """Raise the best load of each place; return which row did so, of equals the earliest, and -1 where none did."""
    found = np.full(len(best), -1, np.int64)
    for row in range(len(place)):
        at = place[row]
        if known[row] and (not has_best[at] or load[row] > best[at]):
            best[at], has_best[at], found[at] = load[row], True, row
    return found
