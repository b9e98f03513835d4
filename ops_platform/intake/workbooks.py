"""Workbooks (.xlsx, .xls, .ods) to rows of text, as a person would have typed them."""

import io
import re
import zipfile
from datetime import date, datetime, timedelta

import python_calamine

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both

_MOST_CELLS = 40_000_000
_MOST_BYTES = 1 << 30
_HEAD_BYTES = 4096
_EXACT = 1e15
_LETTERS = 26
_VISIBLE = python_calamine.SheetVisibleEnum.Visible
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]+)([0-9]+)"')
_FILLED = re.compile(rb'<c r="([A-Z]+)([0-9]+)"(?:[^>]*[^/>])?><(?!/c>)')


def read_workbook(file_name: str, data: bytes) -> list[tuple[str, list[list[str]]]]:
    """Return name and rows of every visible sheet, from the first row and column on.

    Raises
    ------
    PermanentError
        If it is no workbook, or a sheet reaches so far that it would exhaust the memory.
    """
    found = []
    try:
        _refuse_runaway_sheets(file_name, data)
        book = python_calamine.load_workbook(io.BytesIO(data))
        for meta in book.sheets_metadata:
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet or meta.visible != _VISIBLE:
                continue
            rows = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            found.append((meta.name, [[cell_text(cell) for cell in row] for row in rows]))
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise PermanentError(
            both(f"{file_name}：无法作为表格打开（{error}）", f"{file_name} does not open as a workbook: {error}")
        ) from error
    return found


def cell_text(cell: object) -> str:
    """Return a workbook cell as the text that a person would have typed."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, datetime):
        # A workbook counts days in floating point; half a millisecond either way is not part of the time.
        return (cell + timedelta(microseconds=500)).isoformat(" ", "milliseconds").removesuffix(".000")
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _refuse_runaway_sheets(file_name: str, data: bytes) -> None:
    # The reader lays a sheet out as a full rectangle. One forgotten cell at the far corner would ask for more memory
    # than there is and end the process, so the corner is looked up before it is opened.
    if not data.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for part in package.infolist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", part.filename):
                continue
            rows, columns = _corner(package, part)
            if rows * columns > _MOST_CELLS or part.file_size > _MOST_BYTES:
                name = part.filename.rpartition("/")[2]
                raise PermanentError(
                    both(
                        f"{file_name} 的 {name}：使用区域 {rows} 行 × {columns} 列过大，请删除多余的行列后重存",
                        f"{file_name}, {name}: the used range of {rows} rows by {columns} columns is too large; delete "
                        "the unused rows and columns and save again",
                    )
                )


def _corner(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the number of rows and columns up to the last filled cell; a small stated dimension is believed."""
    with package.open(part) as sheet:
        stated = _DIMENSION.search(sheet.read(_HEAD_BYTES))
    if stated and int(stated[2]) * _column(stated[1]) <= _MOST_CELLS:
        return int(stated[2]), _column(stated[1])
    if part.file_size > _MOST_BYTES:
        return 0, 0
    rows = columns = 0
    for match in _FILLED.finditer(package.read(part)):
        rows, columns = max(rows, int(match[2])), max(columns, _column(match[1]))
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * _LETTERS + letter - ord("A") + 1
    return number
