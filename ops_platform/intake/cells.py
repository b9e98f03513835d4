"""What every reader yields: sheets, their rows in batches, a batch's cells as text or already typed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEAD_ROWS = 40


@dataclass(frozen=True)
class Broken:
    """A row that could not be cut into cells."""

    line: int
    text: str
    reason: str
    cells: int
    """Into how many it could be cut."""


@dataclass(frozen=True)
class Cells:
    """The wanted columns of a batch of rows, null where a cell is empty.

    Attributes
    ----------
    columns
        One array per wanted column, each of shape (n,): text, or values of the type that was asked for.
    line
        Line of the file, row of the sheet or number of the feature, counted from 1, shape (n,).
    broken
        Rows that could not be cut into cells.
    first, filled
        Text of each row's first filled cell and number of its filled cells, of all columns and not only the wanted
        ones, each of shape (n,): by them a total or a remark at the foot is told from data. None for typed columns.
    """

    columns: list[pa.Array]
    line: pa.Array
    broken: list[Broken] = field(default_factory=list)
    first: pa.Array | None = None
    filled: pa.Array | None = None

    def without(self, lines: pa.ChunkedArray) -> "Cells":
        """Return the rows that stand on other lines than these."""
        kept = pc.invert(pc.is_in(self.line, lines.combine_chunks()))
        first, filled = (None if column is None else column.filter(kept) for column in (self.first, self.filled))
        columns = [column.filter(kept) for column in self.columns]
        return replace(self, columns=columns, line=self.line.filter(kept), first=first, filled=filled)


class Batch(Protocol):
    """Some consecutive rows of a sheet."""

    def text(self) -> Cells:
        """Return the wanted columns as text; rows without a filled cell are left out."""
        ...

    def typed(self, types: Sequence[pa.DataType]) -> Cells | None:
        """Return the wanted columns in these types, or None where some row needs the closer look of `text`."""
        ...

    def rest(self, lines: pa.ChunkedArray) -> Cells:
        """Return as text the rows that stand on other lines than these, where the batch could be `typed`."""
        ...


class Sheet(Protocol):
    """One table of a file, before its header is known."""

    name: str
    """Empty where a file is one table."""
    form: str
    """How it is written, for people: kind, encoding, delimiter."""
    head: list[list[str]]
    """The first rows, as stripped text."""

    def batches(self, header: int, wanted: Sequence[int]) -> Iterator[Batch]:
        """Yield the rows below a row of ``head`` (its position, -1 for none) with the wanted columns (positions)."""
        ...


def without_blank_rows(columns: Sequence[pa.Array], line: pa.Array, wanted: Sequence[int]) -> Cells:
    """Return the wanted of all columns of some rows, without the rows that have no filled cell.

    Parameters
    ----------
    columns
        All columns of the rows as text, null where empty, each of shape (n,).
    line
        Where each row stands, shape (n,).
    wanted
        Positions of the wanted columns; one beyond the last column is empty throughout.
    """
    filled = np.zeros(len(line), dtype=np.int64)
    for column in columns:
        filled += column.is_valid().to_numpy(zero_copy_only=False)
    first = pc.coalesce(*columns) if columns else pa.nulls(len(line), pa.string())
    chosen = [columns[at] if at < len(columns) else pa.nulls(len(line), pa.string()) for at in wanted]
    count = pa.array(filled)
    if filled.all():
        return Cells(chosen, line, [], first, count)
    kept = pa.array(filled > 0)
    return Cells(
        [column.filter(kept) for column in chosen], line.filter(kept), [], first.filter(kept), count.filter(kept)
    )
