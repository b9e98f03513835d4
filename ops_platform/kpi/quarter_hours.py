"""The one hot roll-up, quarter-hours to hours and days of a cell, by a kernel over rows that lie sorted.

The fold writes a day's counters, or each hour of them, in the order of cell and time, so that a group is a stretch of
rows: no hash is needed, and beside the sums of the day's cells only a stretch of a file is in memory. What is summed is
what `hour_sums` and `cell_days` of `ops_platform.kpi.cell_days` say; a test holds the two together, `benchmarks/kpi.py`
says what the kernel is worth.
"""

from collections.abc import Iterator, Sequence
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
"""More take more memory, and are not summed faster."""
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


def day_sums(files: Sequence[Path], midnight_s: int) -> "DaySums | None":
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
    day, ends = DaySums(), -np.inf
    for file in files:
        reached = ends
        with opened(file) as source:
            stored = pq.ParquetFile(source, read_dictionary=["cell_id"])
            cell, names = _cells(stored)
            if pc.any(pc.greater(names[:-1], names[1:])).as_py():
                return None
            place = day.places(names)
            for begin, rows in _whole_cells(stored, cell):
                seconds = rows["period_start_at"].cast(pa.int64()).to_numpy() // MICROSECONDS
                hour = (seconds - midnight_s) // HOUR_S
                of_rows = cell[begin : begin + len(rows)]
                starts, in_order = _stretches(of_rows, hour)
                if not in_order or hour.min() <= reached:
                    return None
                hours = hour[starts[:-1]]
                day.add(place[of_rows[starts[:-1]]], hours, _hour_sums(rows, hours, starts))
                ends = max(ends, hour.max())
    return None if ends == -np.inf else day


def _cells(stored: pq.ParquetFile) -> tuple[Ints, pa.Array]:
    """Return of each row the number of its stretch of rows of one cell, and the cells' names."""
    cells = stored.read(["cell_id"], use_threads=False)["cell_id"].unify_dictionaries().combine_chunks()
    ids = cells.indices.to_numpy()
    begins = np.append(True, ids[1:] != ids[:-1])[: len(ids)]
    return np.cumsum(begins) - 1, cells.take(pa.array(np.flatnonzero(begins))).cast(pa.string())


def _whole_cells(stored: pq.ParquetFile, cell: Ints) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the rows of a file in batches that no cell straddles, each with the number of its first row."""
    columns = [name for name in COLUMNS if name in stored.schema_arrow.names]
    carried: list[pa.RecordBatch] = []
    begin = read = 0
    for batch in stored.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
        start, read = read, read + len(batch)
        # The cell of the next row may have begun in this batch.
        end = read if read == len(cell) else int(np.searchsorted(cell, cell[read]))
        if carried:
            # Only the rows of the cell that straddles two batches are copied.
            head = min(int(np.searchsorted(cell, cell[start], "right")), read)
            carried.append(batch.slice(0, head - start))
            if end <= start:
                continue
            yield begin, pa.concat_batches(carried)
            begin = head
        if end > begin:
            yield begin, batch.slice(begin - start, end - begin)
        carried = [batch.slice(end - start)] if end < read else []
        begin = end


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


class DaySums:
    """The sums of a day, to which rows are added, of each cell in the order of time."""

    def __init__(self) -> None:
        self._names = pa.array([], pa.string())
        self._of_cells = _nothing(0)
        self._hours: list[pa.RecordBatch] = []

    def add(self, cell: Ints, hours: Ints, sums: Known) -> None:
        """Add the sums of hours of cells.

        Parameters
        ----------
        cell, hours
            Of each hour the place of its cell (`places`), and its number in the day.
        sums
            Shape ``(len(OF_CELLS), len(hours))``.
        """
        _put(*self._of_cells, *sums, cell, PLACE[LOAD])
        of_hours = {name: _column(sums, f"busy_{name}", slice(None)) for name in RULE_COUNTERS}
        found = pa.record_batch({"cell": pa.array(cell), "hour": pa.array(hours)} | of_hours)
        # Copied into Arrow's memory: what is kept a day between what is kept a moment would scatter numpy's.
        self._hours.append(found.filter(pc.is_valid(found["tch_seizures"])))

    def cells(self) -> pa.Table:
        """Return the sums of the cells heard of, in order.

        Returns
        -------
        pyarrow.Table
            ``cell_id``, ``usable_s``, ``suspect_s``, ``busy_hour`` and the sums of the contract ``cell_days``.
        """
        order = pc.sort_indices(self._names).to_numpy()
        # Mostly they came in order, and are not copied.
        places = order if np.any(order[1:] < order[:-1]) else slice(None)
        told = {name: _column(self._of_cells, name, places) for name in OF_CELLS if name != LOAD}
        return pa.table({"cell_id": self._names.take(pa.array(order))} | told)

    def hours(self) -> pa.Table:
        """Return the sums of hours, in order.

        Returns
        -------
        pyarrow.Table
            ``cell_id``, ``hour`` of the day and the sums of the contract ``cell_hours``.
        """
        order = pc.sort_indices(self._names)
        rank = np.empty(len(order), np.int32)
        rank[order.to_numpy()] = np.arange(len(order))
        hours = pa.Table.from_batches(self._hours)
        cell = rank[hours["cell"].to_numpy()]
        in_order = pa.array(np.lexsort((hours["hour"].to_numpy(), cell)))
        names = self._names.take(order).take(pa.array(cell)).take(in_order)
        return hours.take(in_order).set_column(0, "cell_id", names)

    def places(self, names: pa.Array) -> Ints:
        """Return where cells stand, after making room for those that were not heard of before."""
        if names.equals(self._names):
            # As in most hours; to look up each name takes longer.
            return np.arange(len(names))
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


def _column(sums: Known, name: str, places: Ints | slice) -> pa.Array:
    values, known = _row(sums, name)
    return pa.array(values[places], mask=~known[places])


def _values(column: pa.Array) -> tuple[Ints, npt.NDArray[np.uint8], int]:
    """Return the values of a column, the bits that say which are known, and where the column begins among them."""
    bits, values = column.buffers()
    end = column.offset + len(column)
    known = _ALL if bits is None else np.frombuffer(bits, np.uint8)
    return np.frombuffer(values, np.int64)[column.offset : end], known, column.offset


@kept
def _stretches(cell: Ints, hour: Ints) -> tuple[Ints, bool]:
    """Return where each hour of a cell begins, with the end added, and whether the hours of each cell ascend."""
    starts, number, in_order = np.empty(len(cell) + 1, np.int64), 0, True
    for row in range(len(cell)):
        new = row == 0 or cell[row] != cell[row - 1]
        if not new and hour[row] < hour[row - 1]:
            in_order = False
        if new or hour[row] != hour[row - 1]:
            starts[number] = row
            number += 1
    starts[number] = len(cell)
    return starts[: number + 1], in_order


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
