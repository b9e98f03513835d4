"""Bytes to tables of text cells with line numbers: delimited text, workbooks, GeoJSON.

A file offers sheets: each sheet of a workbook, and a delimited text once per delimiter that occurs in it. `mapping`
chooses the sheet and the header row; only then are the cells below it read. PM XML has its own module, `pm_xml`.
"""

import codecs
import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import shapely

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both
from ops_platform.intake.workbooks import cell_text, read_workbook

DELIMITERS = (",", ";", "\t", "|")
HEAD_ROWS = 40
_HEAD_BYTES = 262_144
_BLOCK_BYTES = 1 << 28
_SHOWN = 2000


@dataclass(frozen=True)
class Broken:
    """A row that could not be cut into cells."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Cells:
    """The wanted columns of a sheet below its header, as text, null where a cell is empty.

    Attributes
    ----------
    columns
        One array per wanted column, each of shape (n,).
    line
        Line of the file, row of the sheet or number of the feature, counted from 1, shape (n,).
    broken
        Rows that could not be cut into cells.
    """

    columns: list[pa.Array]
    line: pa.Array
    broken: list[Broken] = field(default_factory=list)


class Sheet(Protocol):
    """One table of a file, before its header is known."""

    name: str
    head: list[list[str]]

    def cells(self, header: int, wanted: Sequence[int]) -> Cells:
        """Read the wanted columns (positions) of the rows below a header row (position in ``head``)."""
        ...


def sheets(file_name: str, data: bytes) -> list[Sheet]:
    """Return the tables that a file offers.

    Raises
    ------
    PermanentError
        If the bytes are no text in UTF-8 or GB18030, no workbook and no GeoJSON.
    """
    if not data or data.isspace():
        raise PermanentError(both(f"{file_name}：文件是空的，请重新导出", f"{file_name} is empty: export it again"))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return [GridSheet(name, rows) for name, rows in read_workbook(file_name, data)]
    text = as_utf8(file_name, data)
    if text.lstrip()[:1] == b"{":
        return [_geojson(file_name, text)]
    return _delimited(text)


def as_utf8(file_name: str, data: bytes) -> bytes:
    """Return text as UTF-8 without byte order mark; it arrives as UTF-8, UTF-16 with a mark, or GB18030.

    Raises
    ------
    PermanentError
        If it is none of them; names the byte at which it stops to be.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if _is_utf8(data):
        return data
    try:
        data.decode()
    except UnicodeDecodeError as not_utf8:
        try:
            return data.decode("gb18030").encode()
        except UnicodeDecodeError as neither:
            raise PermanentError(
                both(
                    f"{file_name}：编码既不是 UTF-8（第 {not_utf8.start} 字节起）也不是 GB18030"
                    f"（第 {neither.start} 字节起），请另存为 UTF-8",
                    f"{file_name} is neither UTF-8 (wrong at byte {not_utf8.start}) nor GB18030 (wrong at byte "
                    f"{neither.start}): save it as UTF-8",
                )
            ) from neither
    return data


def _is_utf8(data: bytes) -> bool:
    # Arrow validates without making a copy, several times faster than decoding.
    offsets = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(data)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


class DelimitedSheet:
    """Delimited text, as one delimiter cuts it."""

    def __init__(self, data: bytes, delimiter: str) -> None:
        self.name = {"\t": "tab"}.get(delimiter, delimiter)
        self._data = data
        self._delimiter = delimiter
        self.head: list[list[str]] = []
        self._ends: list[int] = []
        """Number of lines that end with each row of the head."""
        lines = io.StringIO(data[:_HEAD_BYTES].decode(errors="ignore"), newline="\n")
        rows = csv.reader(lines, delimiter=delimiter)
        try:
            for row in rows:
                self.head.append([cell.strip() for cell in row])
                self._ends.append(rows.line_num)
                if len(self.head) == HEAD_ROWS:
                    break
        except csv.Error:
            return  # a quote that never closes: what was read before it may still hold the header

    def cells(self, header: int, wanted: Sequence[int]) -> Cells:
        """Read the wanted columns of the rows below the header."""
        skipped = self._ends[header]
        start = 0
        for _ in range(skipped):
            start = self._data.find(b"\n", start) + 1 or len(self._data)
        body = memoryview(self._data)[start:]
        if not len(body):
            return Cells([pa.array([], pa.string()) for _ in wanted], pa.array([], pa.int64()))
        below = Counter(len(row) for row in self.head[header + 1 :] if any(row))
        width = below.most_common(1)[0][0] if below else len(self.head[header])
        broken: list[pa_csv.InvalidRow] = []
        table = self._read(body, width, broken)
        columns = [
            table.column(position).combine_chunks() if position < width else pa.nulls(len(table), pa.string())
            for position in wanted
        ]
        return _without_blank_rows(columns, *_lines(table, broken, skipped, quoted=b'"' in self._data))

    def _read(self, body: memoryview, width: int, broken: "list[pa_csv.InvalidRow]") -> pa.Table:
        names = [str(position) for position in range(width)]

        def keep(row: pa_csv.InvalidRow) -> str:
            broken.append(row)
            return "skip"

        return pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            # One thread: only then does Arrow say at which row a broken one stands.
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=names, block_size=min(len(body) + 1, _BLOCK_BYTES)
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=b'"' in self._data,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )


def _lines(
    table: pa.Table, broken: "list[pa_csv.InvalidRow]", skipped: int, *, quoted: bool
) -> tuple[pa.Array, list[Broken]]:
    """Return the line on which each row begins, and the broken rows with theirs."""
    ordinal = np.arange(1, len(table) + len(broken) + 1)
    extra = np.zeros(len(ordinal) + 1, dtype=np.int64)
    whole = np.ones(len(ordinal), dtype=bool)
    whole[[row.number - 1 for row in broken]] = False
    if quoted:
        inside = np.zeros(len(table), dtype=np.int64)
        for column in table.columns:
            breaks = pc.fill_null(pc.count_substring(column, "\n"), 0)
            inside += breaks.to_numpy()
        extra[1:][whole] = inside
        for row in broken:
            extra[row.number] = row.text.count("\n")
        extra = np.cumsum(extra)
    line = skipped + ordinal + extra[:-1]
    found = [
        Broken(
            int(line[row.number - 1]),
            row.text[:_SHOWN],
            both(
                f"应有 {row.expected_columns} 个单元格，实有 {row.actual_columns} 个",
                f"{row.expected_columns} cells expected, {row.actual_columns} found",
            ),
        )
        for row in broken
    ]
    return pa.array(line[whole], pa.int64()), found


def _without_blank_rows(columns: list[pa.Array], line: pa.Array, broken: list[Broken]) -> Cells:
    if not columns:
        return Cells(columns, line, broken)
    filled = np.zeros(len(line), dtype=bool)
    for column in columns:
        filled |= column.is_valid().to_numpy(zero_copy_only=False)
        if filled.all():
            return Cells(columns, line, broken)
    kept = pa.array(filled)
    return Cells([column.filter(kept) for column in columns], line.filter(kept), broken)


def _delimited(text: bytes) -> list[Sheet]:
    head = text[:_HEAD_BYTES]
    return [DelimitedSheet(text, mark) for mark in DELIMITERS if mark.encode() in head] or [DelimitedSheet(text, ",")]


class GridSheet:
    """Rows that are in memory already: a workbook's sheet, the features of a GeoJSON."""

    def __init__(self, name: str, rows: list[list[str]], first_line: int = 1) -> None:
        self.name = name
        self._rows = rows
        self._first_line = first_line
        self.head = [[cell.strip() for cell in row] for row in rows[:HEAD_ROWS]]

    def cells(self, header: int, wanted: Sequence[int]) -> Cells:
        """Read the wanted columns of the rows below the header."""
        below = self._rows[header + 1 :]
        columns = [
            pa.array([row[position] or None if position < len(row) else None for row in below], pa.string())
            for position in wanted
        ]
        first = self._first_line + header + 1
        return _without_blank_rows(columns, pa.array(range(first, first + len(below)), pa.int64()), [])


def _geojson(file_name: str, data: bytes) -> Sheet:
    try:
        collection = json.loads(data)
        features = collection["features"]
        names = list(dict.fromkeys(name for feature in features for name in feature["properties"] or {}))
        shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    except (ValueError, KeyError, TypeError, shapely.GEOSException) as error:
        raise PermanentError(
            both(
                f"{file_name}：不是有效的 GeoJSON 要素集合（{error!r}）",
                f"{file_name} is no valid GeoJSON feature collection: {error!r}",
            )
        ) from error
    outlines = shapely.to_wkt(shapes, rounding_precision=-1)
    rows = [[*names, "geometry"]]
    for feature, outline in zip(features, outlines, strict=True):
        properties = feature["properties"] or {}
        rows.append([*(_json_text(properties.get(name)) for name in names), outline or ""])
    return GridSheet("features", rows, first_line=0)


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else cell_text(value)
