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
from ops_platform.intake.converting import has_byte
from ops_platform.intake.words import both

_DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What Arrow raises over damaged bytes; names that are no text break only when they are looked at."""


def parquet_sheet(file_name: str, path: Path) -> Sheet:
    """Return a Parquet file as a sheet whose first row is the names of its columns.

    Raises
    ------
    PermanentError
        If it does not open; while its batches are read, if it is damaged further on.
    """
    try:
        return _ParquetSheet(file_name, pq.ParquetFile(path))
    except _DAMAGED as error:
        raise _wrong(file_name, error) from error


class _ParquetSheet:
    def __init__(self, file_name: str, file: pq.ParquetFile) -> None:
        self.name = ""
        self.form = "Parquet"
        self.head = [list(file.schema_arrow.names)]
        self._file_name = file_name
        self._file = file

    def batches(self, header: int, wanted: Sequence[int]) -> Iterator[Batch]:
        """Yield the rows; a row's line is its number."""
        del header
        before = 0
        for rows in self._read():
            yield _Rows(self._file_name, rows, before, wanted)
            before += len(rows)

    def _read(self) -> Iterator[pa.RecordBatch]:
        try:
            for rows in self._file.iter_batches():
                # The reader takes text and offsets at their word.
                rows.validate(full=True)
                yield rows
        except _DAMAGED as error:
            raise _wrong(self._file_name, error) from error


def _wrong(file_name: str, error: Exception) -> PermanentError:
    return PermanentError(
        both(f"{file_name}：无法作为 Parquet 打开（{error}）", f"{file_name} does not open as Parquet: {error}")
    )


class _Rows:
    def __init__(self, file_name: str, rows: pa.RecordBatch, before: int, wanted: Sequence[int]) -> None:
        self._file_name = file_name
        self._rows = rows
        self._wanted = wanted
        self._before = before
        self._line = pa.array(np.arange(len(rows)) + before + 1)

    def text(self) -> Cells:
        """Return the wanted columns as text; times with a zone keep it."""
        columns = [self._as_text(at) for at in range(self._rows.num_columns)]
        return without_blank_rows(columns, self._line, self._wanted)

    def _as_text(self, at: int) -> pa.Array:
        try:
            text = _text(self._rows.column(at))
        except (pa.ArrowException, ValueError, OverflowError) as error:
            name = self._rows.schema.names[at]
            first, last = self._before + 1, self._before + len(self._line)
            raise PermanentError(
                both(
                    f"{self._file_name} 第 {first} 至 {last} 行的列 {name} 无法读取（{error}）",
                    f"{self._file_name}, rows {first} to {last}: column {name} cannot be read ({error})",
                )
            ) from error
        return pc.replace_substring(text, "\0", "\ufffd") if has_byte(text, "\0") else text

    def rest(self, lines: pa.ChunkedArray) -> Cells:
        """Return the other rows as text."""
        return self.text().without(lines)

    def typed(self, types: Sequence[pa.DataType]) -> Cells | None:
        """Return the wanted columns in these types, None where one is of another kind."""
        columns = []
        for at, wanted in zip(self._wanted, types, strict=True):
            column = self._rows.column(at)
            if pa.types.is_dictionary(wanted):
                columns.append(self._as_text(at).dictionary_encode())
            elif column.type == wanted:
                columns.append(column)
            elif pa.types.is_integer(column.type) and pa.types.is_integer(wanted) and column.type != pa.uint64():
                columns.append(column.cast(wanted))
            else:
                return None
        if any(pa.types.is_floating(c.type) and not pc.all(pc.is_finite(c)).as_py() for c in columns):
            return None
        return Cells(columns, self._line)


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _text(column.storage)
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_nested(kind):
        written = [
            None if value is None else json.dumps(value, ensure_ascii=False, default=str)
            for value in column.to_pylist()
        ]
        return pa.array(written, pa.string())
    if pa.types.is_timestamp(kind) and kind.tz:
        return pc.strftime(column.cast(pa.timestamp(kind.unit, "UTC")), "%Y-%m-%d %H:%M:%SZ")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        # The geometry of a GeoParquet is no text, and need not be.
        return pa.array(
            [None if value is None else value.decode(errors="backslashreplace") for value in column.to_pylist()],
            pa.string(),
        )
    return column.cast(pa.string())
