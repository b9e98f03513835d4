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

ROWS_AT_ONCE = 3 << 15
"""Twice as many take a tenth of a gigabyte more and are not summed faster, half as many are summed slower."""
MICROSECONDS = 1_000_000
HOUR_S = 3600
LAST_HOUR = 23
LOAD = "load"
"""By which an hour is the busy one."""
COUNTED = {
    "usable_s": "period_s",
    "suspect_s": "period_s",
    **{name: name for name in DAY_SUMS},
    **{f"busy_{name}": name for name in BUSY_HOUR_SUMS},
}
"""Sums of hours, by the column that they are of."""
OF_CELLS = ("usable_s", "suspect_s", *DAY_SUMS, LOAD, "busy_hour", *(f"busy_{name}" for name in BUSY_HOUR_SUMS))
"""Sums of cells: what stands before the load is of all hours, what stands behind it of the busy one."""
PLACE = {name: place for place, name in enumerate(OF_CELLS)}
_ALL = np.empty(0, np.uint8)
"""In place of the bits of a column without nulls."""
COLUMNS = list(dict.fromkeys(("period_start_at", "suspect", *COUNTED.values())))


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
        hours = hour[of_hour[:-1]]
        cell = np.repeat(np.arange(len(names)), np.diff(of_cell))
        day.add(names, cell, hours, _hour_sums(rows, hours, of_hour))
        ends, last = max(ends, hour.max()), names[-1].as_py()
    return day.sums()


def _hour_sums(rows: pa.RecordBatch, hours: Ints, starts: Ints) -> Known:
    """Return the sums of hours, shape ``(len(OF_CELLS), len(hours))``, whose rows begin at ``starts``."""
    found = _nothing(len(hours))
    suspect = rows["suspect"].fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
    usable = ~suspect
    for name, column in COUNTED.items():
        if column in rows.schema.names and rows[column].null_count < len(rows):
            counts = suspect if name == "suspect_s" else usable
            _add(*_row(found, name), *_values(rows[column]), counts, starts)
    (traffic, has_traffic), (blocks, has_blocks) = (_row(found, f"busy_{name}") for name in ("traffic_chs", "prb_used"))
    has_load = has_traffic | has_blocks
    for name, values in ((LOAD, np.where(has_traffic, traffic, blocks)), ("busy_hour", np.minimum(hours, LAST_HOUR))):
        sums, known = _row(found, name)
        sums[:], known[:] = values, has_load
    return found


def _whole_cells(file: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in batches that no cell straddles."""
    with opened(file) as source:
        stored = pq.ParquetFile(source, read_dictionary=["cell_id"])
        columns = [name for name in COLUMNS if name in stored.schema_arrow.names]
        # At once: every batch would come with all the names of its row group.
        cells = stored.read(["cell_id"], use_threads=False)["cell_id"].unify_dictionaries().combine_chunks()
        carried: list[pa.RecordBatch] = []
        read = 0
        for counted in stored.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
            batch = counted.append_column("cell_id", cells.slice(read, len(counted)))
            read += len(batch)
            ids = batch["cell_id"].indices.to_numpy()
            starts = np.flatnonzero(ids[1:] != ids[:-1]) + 1
            # Only the rows of the cell that straddles two batches are copied.
            begin = starts[0] if carried and len(starts) else 0
            end = len(batch) if read == len(cells) else starts[-1] if len(starts) else 0
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
        self._of_cells = _nothing(0)
        self._hours: list[pa.RecordBatch] = []

    def add(self, names: pa.Array, cell: Ints, hours: Ints, sums: Known) -> None:
        """Add the sums of hours of cells.

        Parameters
        ----------
        names
            ``cell_id`` of the cells.
        cell, hours
            Of each hour the place of its cell among the names, and its number in the day.
        sums
            Shape ``(len(OF_CELLS), len(hours))``.
        """
        cell = self._places(names)[cell]
        _put(*self._of_cells, *sums, cell, PLACE[LOAD])
        told = np.flatnonzero(_row(sums, "busy_tch_seizures")[1])
        kept = {name: _column(sums, f"busy_{name}", told) for name in RULE_COUNTERS}
        self._hours.append(pa.record_batch({"cell": pa.array(cell[told]), "hour": pa.array(hours[told])} | kept))

    def sums(self) -> DaySums | None:
        """Return what was added, in order; None where nothing was."""
        if not self._hours:
            return None
        order = pc.sort_indices(self._names).to_numpy()
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        names = self._names.take(pa.array(order))
        told = {name: _column(self._of_cells, name, order) for name in OF_CELLS if name != LOAD}
        hours = pa.Table.from_batches(self._hours)
        cell = rank[hours["cell"].to_numpy()]
        in_order = np.lexsort((hours["hour"].to_numpy(), cell))
        hours = hours.take(pa.array(in_order)).set_column(0, "cell_id", names.take(pa.array(cell[in_order])))
        return DaySums(pa.table({"cell_id": names} | told), hours)

    def _places(self, names: pa.Array) -> Ints:
        """Return where cells stand, after making room for those that were not heard of before."""
        first = pc.index(self._names, names[0]).as_py()
        if first >= 0 and self._names.slice(first, len(names)).equals(names):
            # As in most hours; to look up each name would take a third of the time that the sums take.
            return np.arange(first, first + len(names))
        found = pc.index_in(names, self._names)
        place: Ints = found.fill_null(0).to_numpy().astype(np.int64)
        if found.null_count:
            new = found.is_null()
            place[new.to_numpy(zero_copy_only=False)] = len(self._names) + np.arange(found.null_count)
            self._names = pa.concat_arrays([self._names, names.filter(new)])
            room = _nothing(found.null_count)
            self._of_cells = np.hstack((self._of_cells[0], room[0])), np.hstack((self._of_cells[1], room[1]))
        return place


def _nothing(number: int) -> Known:
    return np.zeros((len(OF_CELLS), number), np.int64), np.zeros((len(OF_CELLS), number), np.bool_)


def _row(sums: Known, name: str) -> Known:
    return sums[0][PLACE[name]], sums[1][PLACE[name]]


def _column(sums: Known, name: str, places: Ints) -> pa.Array:
    values, known = _row(sums, name)
    return pa.array(values[places], mask=~known[places])


def _values(column: pa.Array) -> tuple[Ints, npt.NDArray[np.uint8], int]:
    """Return the values of a column, the bits that say which are known, and where the column begins among them."""
    bits, values = column.buffers()
    end = column.offset + len(column)
    known = _ALL if bits is None else np.frombuffer(bits, np.uint8)
    return np.frombuffer(values, np.int64)[column.offset : end], known, column.offset


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
def _add(
    sums: Ints,
    known: Flags,
    values: Ints,
    bits: npt.NDArray[np.uint8],
    offset: int,
    counts: Flags,
    starts: Ints,
) -> None:
    """Add up stretches of values: those that count and that the bits, where there are any, say are known."""
    all_known = len(bits) == 0
    for stretch in range(len(sums)):
        row, end = starts[stretch], starts[stretch + 1]
        while row < end:
            place = row + offset
            # By the byte: most columns are null of most cells, which are of another technology.
            told = 255 if all_known else np.int64(bits[place >> 3]) >> (place & 7)
            over = min(row + 8 - (place & 7), end)
            while told and row < over:
                if told & 1 and counts[row]:
                    sums[stretch] += values[row]
                    known[stretch] = True
                told >>= 1
                row += 1
            row = over


@kept
def _put(
    sums: npt.NDArray[np.int64],
    known: npt.NDArray[np.bool_],
    more: npt.NDArray[np.int64],
    more_known: npt.NDArray[np.bool_],
    place: Ints,
    load: int,
) -> None:
    """Add sums of `OF_CELLS` to those at some places, in the order of time.

    What stands before the load is added; the load, and what follows it, stays that of the busiest hour, of equals the
    earliest.
    """
    for name in range(load):
        for row in range(len(place)):
            if more_known[name, row]:
                sums[name, place[row]] += more[name, row]
                known[name, place[row]] = True
    # Cells of one stretch of rows stand together.
    first = place.min()
    busiest = np.full(place.max() + 1 - first, -1, np.int64)
    for row in range(len(place)):
        at = place[row]
        if more_known[load, row] and (not known[load, at] or more[load, row] > sums[load, at]):
            sums[load, at], known[load, at], busiest[at - first] = more[load, row], True, row
    for name in range(load + 1, len(sums)):
        for at in range(len(busiest)):
            row = busiest[at]
            if row >= 0:
                sums[name, first + at], known[name, first + at] = more[name, row], more_known[name, row]
