"""Parquet: columns with types of their own, read a batch of rows at a time."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ops_platform.errors import PermanentError
from ops_platform.intake.cells import Batch, Cells, Sheet, without_blank_rows
from ops_platform.intake.words import both


def parquet_sheet(file_name: str, path: Path) -> Sheet:
    """Return a Parquet file as a sheet whose first row is the names of its columns.

    Raises
    ------
    PermanentError
        If it does not open.
    """
    try:
        return _ParquetSheet(pq.ParquetFile(path))
    except (pa.ArrowInvalid, OSError) as error:
        raise PermanentError(
            both(f"{file_name}：无法作为 Parquet 打开（{error}）", f"{file_name} does not open as Parquet: {error}")
        ) from error


class _ParquetSheet:
    def __init__(self, file: pq.ParquetFile) -> None:
        self.name = ""
        self.form = "Parquet"
        self.head = [list(file.schema_arrow.names)]
        self._file = file

    def batches(self, header: int, wanted: Sequence[int]) -> Iterator[Batch]:
        """Yield the rows; a row's line is its number."""
        del header
        before = 0
        for rows in self._file.iter_batches():
            yield _Rows(rows, before, wanted)
            before += len(rows)


class _Rows:
    def __init__(self, rows: pa.RecordBatch, before: int, wanted: Sequence[int]) -> None:
        self._rows = rows
        self._wanted = wanted
        self._line = pa.array(np.arange(len(rows)) + before + 1)

    def text(self) -> Cells:
        """Return the wanted columns as text; times with a zone keep it."""
        return without_blank_rows([_text(column) for column in self._rows.columns], self._line, self._wanted)

    def typed(self, types: Sequence[pa.DataType]) -> Cells | None:
        """Return the wanted columns in these types, None where one is of another kind."""
        columns = []
        for at, wanted in zip(self._wanted, types, strict=True):
            column = self._rows.column(at)
            if pa.types.is_dictionary(wanted):
                columns.append(_text(column).dictionary_encode())
            elif column.type == wanted or (pa.types.is_integer(column.type) and pa.types.is_integer(wanted)):
                columns.append(column.cast(wanted))
            else:
                return None
        if any(pa.types.is_floating(c.type) and not pc.all(pc.is_finite(c)).as_py() for c in columns):
            return None
        return Cells(columns, self._line)


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_nested(column.type):
        written = [None if value is None else json.dumps(value, ensure_ascii=False) for value in column.to_pylist()]
        return pa.array(written, pa.string())
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return pc.strftime(column.cast(pa.timestamp(column.type.unit, "UTC")), "%Y-%m-%d %H:%M:%SZ")
    return column.cast(pa.string())
