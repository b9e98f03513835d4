"""Delimited text, cut into cells by Arrow: typed at once where a block is clean, as text where some row is not."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from ops_platform.errors import PermanentError
from ops_platform.intake.cells import HEAD_ROWS, Batch, Broken, Cells, Sheet, without_blank_rows
from ops_platform.intake.text import TextFile
from ops_platform.intake.words import MISSING, both

DELIMITERS = (",", ";", "\t", "|", "^", "~")
_CALLED = {"\t": "TAB"}
_SHOWN = 2000
_EMPTY_NUMBERS = [*MISSING, *(word.lower() for word in MISSING if word.lower() != word)]
_BLANK = ["", " ", "  ", "\t", "\u3000"]


def delimited(file: TextFile, block_bytes: int) -> list[Sheet]:
    """Return a text once per delimiter that occurs at its beginning."""
    head = file.head()
    marks = [mark for mark in DELIMITERS if mark.encode() in head] or [","]
    return [DelimitedSheet(file, head, mark, block_bytes) for mark in marks]


class DelimitedSheet:
    """Delimited text, as one delimiter cuts it."""

    def __init__(self, file: TextFile, head: bytes, delimiter: str, block_bytes: int) -> None:
        self.name = ""
        self.form = f"{file.encoding.upper()} · {_CALLED.get(delimiter, delimiter)}"
        self._file = file
        self._delimiter = delimiter
        self._block_bytes = block_bytes
        self.head: list[list[str]] = []
        self._ends: list[int] = []
        """Number of lines that end with each row of the head."""
        rows = csv.reader(io.StringIO(head.decode(errors="ignore"), newline="\n"), delimiter=delimiter)
        try:
            for row in rows:
                self.head.append([cell.strip() for cell in row])
                self._ends.append(rows.line_num)
                if len(self.head) == HEAD_ROWS:
                    break
        except csv.Error:
            return  # a quote that never closes: what was read before it may still hold the header

    def batches(self, header: int, wanted: Sequence[int]) -> Iterator[Batch]:
        """Yield the rows below the header (all, where it is -1), a block of the file at a time."""
        below = Counter(len(row) for row in self.head[header + 1 :] if any(row))
        width = below.most_common(1)[0][0] if below else max(map(len, self.head[max(header, 0) :]), default=1)
        skip, line = self._ends[header] if header >= 0 else 0, 0
        for block in self._file.blocks(self._block_bytes):
            start = 0
            while line < skip and start < len(block):
                start = block.find(b"\n", start) + 1 or len(block)
                line += 1
            if start < len(block):
                lines = block.count(b"\n", start) + (not block.endswith(b"\n"))
                yield _Block(
                    self._file.name, block[start:] if start else block, line, lines, self._delimiter, width, wanted
                )
                line += lines


class _Block:
    """So many whole lines of a delimited text; ``before`` of the file stand above them."""

    def __init__(
        self, name: str, data: bytes, before: int, lines: int, delimiter: str, width: int, wanted: Sequence[int]
    ) -> None:
        self._name = name
        self._data = data
        self._before = before
        self._line_count = lines
        self._delimiter = delimiter
        self._width = width
        self._wanted = wanted
        self._quoted = b'"' in data

    def typed(self, types: Sequence[pa.DataType]) -> Cells | None:
        """Return the wanted columns in these types; None where a cell does not fit or a line is not one row."""
        if any(at >= self._width for at in self._wanted) or self._has_hexadecimal():
            return None
        names = [str(at) for at in self._wanted]
        options = pa_csv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)),
            include_columns=names,
            null_values=_EMPTY_NUMBERS,
            strings_can_be_null=False,
        )
        try:
            table = self._cut(options).combine_chunks()
        except pa.ArrowInvalid:
            return None
        if len(table) != self._line_count:
            return None
        columns = [column.chunk(0) if column.num_chunks else pa.array([], column.type) for column in table.columns]
        if any(pa.types.is_floating(c.type) and not pc.all(pc.is_finite(c)).as_py() for c in columns if len(c)):
            return None
        return Cells(columns, pa.array(np.arange(len(table)) + self._before + 1))

    def _has_hexadecimal(self) -> bool:
        # Arrow would read 0x10 as 16. Looking for one letter first is much faster than for two.
        return any(letter in self._data and b"0" + letter in self._data for letter in (b"x", b"X"))

    def text(self) -> Cells:
        """Return the wanted columns as text."""
        broken: list[pa_csv.InvalidRow] = []

        def keep(row: pa_csv.InvalidRow) -> str:
            broken.append(row)
            return "skip"

        options = pa_csv.ConvertOptions(
            column_types={str(at): pa.string() for at in range(self._width)},
            null_values=_BLANK,
            strings_can_be_null=True,
        )
        try:
            table = self._cut(options, keep).combine_chunks()
        except pa.ArrowInvalid as error:
            first, last = self._before + 1, self._before + self._line_count
            raise PermanentError(
                both(
                    f"{self._name}：第 {first} 至 {last} 行无法读取（{error}），请另存为 UTF-8 的 CSV",
                    f"{self._name}, lines {first} to {last} cannot be read ({error}): save it as CSV in UTF-8",
                )
            ) from error
        columns = [column.chunk(0) if column.num_chunks else pa.array([], pa.string()) for column in table.columns]
        line, found = _lines(table, broken, self._before, quoted=self._quoted)
        return replace(without_blank_rows(columns, line, self._wanted), broken=found)

    def rest(self, lines: pa.ChunkedArray) -> Cells:
        """Return the other rows as text; each stands on one line, or the block would not have been typed."""
        others = np.ones(self._line_count, dtype=bool)
        others[lines.to_numpy() - self._before - 1] = False
        at = np.flatnonzero(others)
        ends = np.flatnonzero(np.frombuffer(self._data, dtype=np.uint8) == ord("\n")) + 1
        bounds = np.r_[0, ends, len(self._data)]
        data = b"".join(self._data[bounds[number] : bounds[number + 1]] for number in at)
        cells = _Block(self._name, data, 0, len(at), self._delimiter, self._width, self._wanted).text()
        return replace(cells, line=pa.array(at[cells.line.to_numpy() - 1] + self._before + 1))

    def _cut(self, convert: pa_csv.ConvertOptions, invalid_row_handler: object = None) -> pa.Table:
        return pa_csv.read_csv(
            pa.BufferReader(self._data),
            # One thread: only then does Arrow say at which row a broken one stands; blocks run side by side instead.
            read_options=pa_csv.ReadOptions(
                use_threads=False,
                column_names=[str(at) for at in range(self._width)],
                block_size=len(self._data) + 1,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=self._quoted,
                ignore_empty_lines=False,
                invalid_row_handler=invalid_row_handler,
            ),
            convert_options=convert,
        )


def _lines(
    table: pa.Table, broken: "list[pa_csv.InvalidRow]", before: int, *, quoted: bool
) -> tuple[pa.Array, list[Broken]]:
    """Return the line on which each row begins, and the broken rows with theirs."""
    ordinal = np.arange(1, len(table) + len(broken) + 1)
    extra = np.zeros(len(ordinal) + 1, dtype=np.int64)
    whole = np.ones(len(ordinal), dtype=bool)
    whole[[row.number - 1 for row in broken]] = False
    if quoted:
        inside = np.zeros(len(table), dtype=np.int64)
        for column in table.columns:
            inside += pc.fill_null(pc.count_substring(column, "\n"), 0).to_numpy()
        extra[1:][whole] = inside
        for row in broken:
            extra[row.number] = row.text.count("\n")
        extra = np.cumsum(extra)
    line = before + ordinal + extra[:-1]
    found = [
        Broken(
            int(line[row.number - 1]),
            row.text[:_SHOWN],
            both(
                f"应有 {row.expected_columns} 个单元格，实有 {row.actual_columns} 个",
                f"{row.expected_columns} cells expected, {row.actual_columns} found",
            ),
            row.actual_columns,
        )
        for row in broken
    ]
    return pa.array(line[whole], pa.int64()), found
