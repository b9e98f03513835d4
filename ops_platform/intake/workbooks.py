"""Workbooks (.xlsx, .xls, .ods) to rows of text, as a person would have typed them."""

import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import python_calamine

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both

Rows = list[list[str]]

_MOST_CELLS = 40_000_000
_MOST_BYTES = 1 << 30
_EXACT = 1e15
_LETTERS = 26
_MOST_COLUMNS = 16_384
_VISIBLE = python_calamine.SheetVisibleEnum.Visible
_WORKSHEET = python_calamine.SheetTypeEnum.WorkSheet
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
_ROW = re.compile(rb'<row r="(\d+)"')
_CELL = re.compile(rb'<c r="([A-Z]+)')
_UNCALCULATED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>")


def read_workbook(file_name: str, path: Path) -> list[tuple[str, Rows]]:
    """Return name and rows of every visible sheet, from the first row and column on.

    A cell that is merged over several rows stands in each of them; a formula that was never calculated stands as it is
    written.

    Raises
    ------
    PermanentError
        If it is no workbook, or a sheet holds so many cells that they would exhaust the memory.
    """
    try:
        runaway, uncalculated = _looked_over(file_name, path)
        book = python_calamine.load_workbook(path)
        names = [meta.name for meta in book.sheets_metadata if meta.typ == _WORKSHEET and meta.visible == _VISIBLE]
        if runaway:
            return [(name, _streamed(file_name, path, name)) for name in names]
        found = [(name, _laid_out(book.get_sheet_by_name(name))) for name in names]
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise PermanentError(
            both(f"{file_name}：无法作为表格打开（{error}）", f"{file_name} does not open as a workbook: {error}")
        ) from error
    if uncalculated:
        for name, rows in found:
            _show_formulas(rows, path, name)
    return found


def cell_text(cell: object) -> str:
    """Return a workbook cell as the text that a person would have typed."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, datetime):
        # A workbook counts days in floating point; half a millisecond either way is not part of the time.
        return (cell + timedelta(microseconds=500)).isoformat(" ", "milliseconds").removesuffix(".000")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _laid_out(sheet: python_calamine.CalamineSheet) -> Rows:
    rows = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        # Along a row it stays one cell: a title or a remark across the table is no data in every column.
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] == "":
                row[left] = rows[top][left]
    return [[cell_text(cell) for cell in row[: _width(row)]] for row in rows]


def _width(row: list[object]) -> int:
    """Return how many cells a row has up to its last filled one; by halves, because thousands may follow it."""
    width = step = len(row)
    while step:
        if row[width - step : width].count("") == step:
            width -= step
            step = min(step, width)
        else:
            step //= 2
    return width


def _looked_over(file_name: str, path: Path) -> tuple[bool, bool]:
    """Return whether a sheet of an .xlsx reaches too far to be laid out, and whether it has uncalculated formulas."""
    with path.open("rb") as source:
        if source.read(2) != b"PK":
            return False, False
    runaway = uncalculated = False
    with zipfile.ZipFile(path) as package:
        for part in package.infolist():
            if not _SHEET_PART.fullmatch(part.filename):
                continue
            if part.file_size > _MOST_BYTES:
                raise _too_large(file_name, part.filename.rpartition("/")[2])
            data = package.read(part)
            # The reader lays a sheet out as a full rectangle: one forgotten cell at the far corner would ask for more
            # memory than there is and end the process. Such a sheet is read cell by cell instead.
            runaway |= _area(data) > _MOST_CELLS
            uncalculated |= b"<f" in data and _UNCALCULATED.search(data) is not None
    return runaway, uncalculated


def _area(sheet: bytes) -> int:
    """Return rows times columns up to the last cell; what the sheet says of its size is not to be trusted."""
    last = _ROW.match(sheet, max(sheet.rfind(b'<row r="'), 0))
    rows = int(last[1]) if last else 0
    if rows * _MOST_COLUMNS <= _MOST_CELLS:
        return rows
    return rows * max((_column(letters) for letters in {cell[1] for cell in _CELL.finditer(sheet)}), default=0)


def _streamed(file_name: str, path: Path, name: str) -> Rows:
    """Return the rows of a sheet up to the last filled cell of each, row by row."""
    rows: Rows = []
    blank: list[str] = []
    cells = 0
    # By its handle and not its path, of which openpyxl would ask for a certain ending.
    with path.open("rb") as source:
        sheet: Any = openpyxl.load_workbook(source, read_only=True, data_only=True)[name]
        # What the sheet says of its size is what cannot be trusted.
        sheet.reset_dimensions()
        for values in sheet.iter_rows(values_only=True):
            row = _filled([cell_text(value) for value in values])
            cells += len(row)
            if cells > _MOST_CELLS:
                raise _too_large(file_name, name)
            rows.append(row or blank)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _filled(row: Sequence[str]) -> list[str]:
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return list(row[:width])


def _show_formulas(rows: Rows, path: Path, name: str) -> None:
    """Write each formula that has no value into its cell, which would otherwise be empty and pass for missing."""
    with path.open("rb") as source:
        sheet: Any = openpyxl.load_workbook(source, read_only=True)[name]
        for row, written in zip(rows, sheet.iter_rows(values_only=True), strict=False):
            for at, value in enumerate(written):
                if isinstance(value, str) and value.startswith("="):
                    row.extend([""] * (at + 1 - len(row)))
                    row[at] = row[at] or value


def _too_large(file_name: str, sheet: str) -> PermanentError:
    return PermanentError(
        both(
            f"{file_name} 的 {sheet}：单元格过多，请删除多余的行列后重存，或另存为 CSV",
            f"{file_name}, {sheet} holds too many cells; delete the unused rows and columns, or save it as CSV",
        )
    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * _LETTERS + letter - ord("A") + 1
    return number
