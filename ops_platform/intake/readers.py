"""Files to sheets: which reader a file needs is told by its first bytes, never by its name."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import shapely

from ops_platform.errors import PermanentError
from ops_platform.intake.cells import HEAD_ROWS, Batch, Cells, Sheet, without_blank_rows
from ops_platform.intake.delimited import delimited
from ops_platform.intake.text import text_file
from ops_platform.intake.words import both
from ops_platform.intake.workbooks import cell_text, read_workbook

_SNIFFED = 4096
_BLOCKS_IN_MEMORY = 128
"""A block of text takes about so many times its size while it is read, checked and written on two threads."""


def sheets(file_name: str, path: Path, memory_mb: int) -> list[Sheet]:
    """Return the tables that a file offers.

    Parameters
    ----------
    file_name
        For messages.
    path
        The file, not inside an archive.
    memory_mb
        Memory that reading it may take, in megabytes.

    Raises
    ------
    PermanentError
        If the bytes are no text in UTF-8, UTF-16 or GB18030, no workbook and no GeoJSON.
    """
    with path.open("rb") as source:
        head = source.read(_SNIFFED)
    if not head or head.isspace():
        raise PermanentError(both(f"{file_name}：文件是空的，请重新导出", f"{file_name} is empty: export it again"))
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return [GridSheet(name, rows) for name, rows in read_workbook(file_name, path.read_bytes())]
    file = text_file(file_name, path)
    if file.head().lstrip()[:1] == b"{":
        return [_geojson(file_name, path.read_bytes())]
    return delimited(file, (memory_mb << 20) // _BLOCKS_IN_MEMORY)


class GridSheet:
    """Rows that are in memory already: a workbook's sheet, the features of a GeoJSON."""

    def __init__(self, name: str, rows: list[list[str]], first_line: int = 1) -> None:
        self.name = name
        self._rows = rows
        self._first_line = first_line
        self.head = [[cell.strip() for cell in row] for row in rows[:HEAD_ROWS]]

    def batches(self, header: int, wanted: Sequence[int]) -> Iterator[Batch]:
        """Yield the rows below the header."""
        yield _Grid(self._rows[header + 1 :], self._first_line + header + 1, wanted)


class _Grid:
    def __init__(self, rows: list[list[str]], first_line: int, wanted: Sequence[int]) -> None:
        self._rows = rows
        self._first_line = first_line
        self._wanted = wanted

    def text(self) -> Cells:
        """Return the wanted columns as text."""
        width = max((len(row) for row in self._rows), default=0)
        columns = [
            pa.array(
                [(row[at].strip() and row[at]) or None if at < len(row) else None for row in self._rows], pa.string()
            )
            for at in range(width)
        ]
        line = pa.array(range(self._first_line, self._first_line + len(self._rows)), pa.int64())
        return without_blank_rows(columns, line, self._wanted)

    def typed(self, types: Sequence[pa.DataType]) -> Cells | None:
        """Return None: the cells are text."""
        del types
        return None


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
