"""Sheets whose rows are in memory already: a workbook's, the features of a GeoJSON, records of JSON, tables of HTML."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import shapely
from lxml import etree, html

from ops_platform.errors import PermanentError
from ops_platform.intake.cells import HEAD_ROWS, Batch, Cells, Sheet
from ops_platform.intake.words import both, storable
from ops_platform.intake.workbooks import cell_text

_BATCH_ROWS = 50_000
_ROWS = etree.XPath("tr | thead/tr | tbody/tr | tfoot/tr")


class GridSheet:
    """Rows that are in memory already: a workbook's sheet, the features of a GeoJSON."""

    def __init__(self, name: str, rows: list[list[str]], first_line: int = 1, form: str = "") -> None:
        self.name = name
        self.form = form
        self._rows = rows
        self._first_line = first_line
        self.head = [[cell.strip() for cell in row] for row in rows[:HEAD_ROWS]]

    def batches(self, header: int, wanted: Sequence[int]) -> Iterator[Batch]:
        """Yield the rows below the header."""
        for start in range(header + 1, max(len(self._rows), header + 2), _BATCH_ROWS):
            yield _Grid(self._rows[start : start + _BATCH_ROWS], self._first_line + start, wanted)


class _Grid:
    def __init__(self, rows: list[list[str]], first_line: int, wanted: Sequence[int]) -> None:
        self._rows = rows
        self._first_line = first_line
        self._wanted = wanted

    def text(self) -> Cells:
        """Return the wanted columns as text."""
        # Only the wanted columns become arrays: a forgotten cell may make thousands of others.
        filled = [[at for at, cell in enumerate(row) if cell and not cell.isspace()] for row in self._rows]
        kept = [(number, self._rows[number], at) for number, at in enumerate(filled) if at]
        return Cells(
            [
                pa.array([row[at] if at < len(row) and row[at].strip() else None for _, row, _ in kept], pa.string())
                for at in self._wanted
            ],
            pa.array([self._first_line + number for number, _, _ in kept], pa.int64()),
            [],
            pa.array([row[at[0]] for _, row, at in kept], pa.string()),
            pa.array([len(at) for _, _, at in kept], pa.int64()),
        )

    def rest(self, lines: pa.ChunkedArray) -> Cells:
        """Return the other rows as text."""
        return self.text().without(lines)

    def typed(self, types: Sequence[pa.DataType]) -> Cells | None:
        """Return None: the cells are text."""
        del types
        return None


def json_sheet(file_name: str, data: bytes) -> Sheet:
    """Return JSON as one table: the features of a GeoJSON collection, or records, one a line or in an array.

    Members of a member are named with dots (``alarm.id``); lists stay JSON text.

    Raises
    ------
    PermanentError
        If it is neither; names the line that cannot be read.
    """
    try:
        return _table(file_name, data)
    except RecursionError as error:
        raise PermanentError(
            both(f"{file_name}：JSON 嵌套过深", f"{file_name}: the JSON is nested too deep")
        ) from error


def _table(file_name: str, data: bytes) -> Sheet:
    records = _records(file_name, data)
    if len(records) == 1 and isinstance(records[0].get("features"), list):
        return _geojson(file_name, records[0])
    if len(records) == 1 and (lists := [value for value in records[0].values() if _is_table(value)]):
        records = lists[0]
    flat = [_flat(record) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    rows = [names, *([record.get(name, "") for name in names] for record in flat)]
    return GridSheet("", rows, first_line=0, form="JSON")


def html_sheets(data: bytes) -> list[Sheet]:
    """Return the tables of a page in UTF-8; portals call such a page .xls."""
    found: list[Sheet] = []
    # What the page says of its encoding was true before it was decoded.
    parser = html.HTMLParser(encoding="utf-8")
    try:
        page = html.document_fromstring(data, parser=parser, ensure_head_body=True)
    except etree.ParserError:
        return []  # a page of which nothing is left
    for number, table in enumerate(page.iter("table"), start=1):
        # Not the rows and cells of a table inside, which is a table of its own.
        rows = [[cell.text_content().strip() for cell in row.iterchildren("th", "td")] for row in _ROWS(table)]
        found.append(GridSheet(f"table {number}", rows, form="HTML"))
    return found


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _records(file_name: str, data: bytes) -> list[dict[str, Any]]:
    try:
        whole = json.loads(data)
    except ValueError:
        return _records_by_line(file_name, data)
    records = whole if isinstance(whole, list) else [whole]
    if not _is_table(records):
        raise PermanentError(
            both(f"{file_name}：JSON 里没有记录（对象）", f"{file_name}: the JSON holds no records (objects)")
        )
    return records


def _records_by_line(file_name: str, data: bytes) -> list[dict[str, Any]]:
    records = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise PermanentError(
                both(f"{file_name} 第 {number} 行不是 JSON：{error}", f"{file_name}, line {number} is no JSON: {error}")
            ) from error
        if not isinstance(record, dict):
            raise PermanentError(
                both(f"{file_name} 第 {number} 行不是 JSON 对象", f"{file_name}, line {number} is no JSON object")
            )
        records.append(record)
    return records


def _flat(record: dict[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[storable(before + name)] = _json_text(value)
    return found


def _geojson(file_name: str, collection: dict[str, Any]) -> Sheet:
    try:
        features = collection["features"]
        names = list(dict.fromkeys(name for feature in features for name in feature["properties"] or {}))
        shapes = shapely.from_geojson([_geometry(feature["geometry"]) for feature in features])
    except (ValueError, KeyError, TypeError, shapely.GEOSException) as error:
        raise PermanentError(
            both(
                f"{file_name}：不是有效的 GeoJSON 要素集合（{error!r}）",
                f"{file_name} is no valid GeoJSON feature collection: {error!r}",
            )
        ) from error
    outlines = shapely.to_wkt(shapes, rounding_precision=-1)
    rows = [[*map(storable, names), "geometry"]]
    for feature, outline in zip(features, outlines, strict=True):
        properties = feature["properties"] or {}
        rows.append([*(_json_text(properties.get(name)) for name in names), outline or ""])
    return GridSheet("features", rows, first_line=0, form="GeoJSON")


def _geometry(geometry: object) -> str | None:
    # A feature without a place is valid (RFC 7946, 3.2).
    return None if geometry is None else json.dumps(geometry)


def _json_text(value: object) -> str:
    return cell_text(json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value)
