"""Workbooks (.xlsx, .xls, .ods) to rows of text, as a person would have typed them."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import python_calamine

from ops_platform.errors import PermanentError
from ops_platform.intake import probe
from ops_platform.intake.sources import CORRUPT
from ops_platform.intake.words import both, storable

Rows = list[list[str]]

_MOST_CELLS = 40_000_000
_FEW_CELLS, _SPARSE = 4_000_000, 8
"""Beyond so many cells a sheet is laid out only if one in so many is written."""
_MOST_BYTES = 1 << 30
_EXACT = 1e15
_NOISE = timedelta(microseconds=500)
_LAST = datetime(9999, 12, 31)  # noqa: DTZ001 - cells have no zone
_LETTERS = 26
_MOST_COLUMNS, _MOST_ROWS = 16_384, 1_048_576
_VISIBLE = python_calamine.SheetVisibleEnum.Visible
_WORKSHEET = python_calamine.SheetTypeEnum.WorkSheet
_SHEET_PART = re.compile(r"(?i)(?!.*(?:sharedStrings|styles|pivotCache)).*\.xml")
"""Which parts are sheets is for the relations to say; most keep to ``xl/worksheets``."""
_ROW = re.compile(rb"\sr\s*=\s*[\"'][A-Za-z]*(\d{1,20})")
_COLUMN = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,8})\d")
_UNEXPECTED = (SyntaxError, LookupError, TypeError, AttributeError)
"""What openpyxl lets out where a part lacks something: those of the XML parsers are syntax errors."""
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
    with _opening(file_name):
        runaway, uncalculated = _looked_over(file_name, path)
        book = python_calamine.load_workbook(path)
        names = [meta.name for meta in book.sheets_metadata if meta.typ == _WORKSHEET and meta.visible == _VISIBLE]
        if runaway:
            return [(name, _streamed(file_name, path, name)) for name in names]
        found = [(name, _laid_out(book.get_sheet_by_name(name))) for name in names]
        if uncalculated:
            for name, rows in found:
                _show_formulas(rows, file_name, path, name)
    return found


@contextmanager
def _opening(file_name: str) -> Iterator[None]:
    """Say of which file it was if a library cannot read it."""
    try:
        yield
    except (python_calamine.CalamineError, *CORRUPT) as error:
        raise _unopened(file_name, error) from error


def _unopened(file_name: str, error: Exception | str) -> PermanentError:
    return PermanentError(
        both(f"{file_name}：无法作为表格打开（{error}）", f"{file_name} does not open as a workbook: {error}")
    )


def cell_text(cell: object) -> str:
    """Return a workbook cell as the text that a person would have typed."""
    if isinstance(cell, str):
        return storable(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, datetime):
        # A workbook counts days in floating point; half a millisecond either way is not part of the time.
        near = cell if cell > _LAST else cell + _NOISE
        return near.isoformat(" ", "milliseconds").removesuffix(".000")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _laid_out(sheet: python_calamine.CalamineSheet) -> Rows:
    rows: Rows = []
    # Columns come from the first filled one on.
    left = [""] * (sheet.start or (0, 0))[1]
    before: list[object] = []
    text = left
    for row in sheet.iter_rows():
        # An .ods writes a row once and how often it comes; so are its texts. True equals 1, but reads otherwise.
        again = row == before and [*map(type, row)] == [*map(type, before)]
        text = list(text) if again else left + [cell_text(cell) for cell in row[: _width(row)]]
        rows.append(text)
        before = row
    for (top, at), (bottom, _) in sheet.merged_cell_ranges or ():
        # Along a row it stays one cell: a title or a remark across the table is no data in every column.
        value = rows[top][at] if top < len(rows) and at < len(rows[top]) else ""
        for below in rows[top + 1 : bottom + 1] if value else ():
            _fill(below, at, value)
    return rows


def _fill(row: list[str], at: int, value: str) -> None:
    row.extend([""] * (at + 1 - len(row)))
    row[at] = row[at] or value


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
    """Return whether a sheet of an .xlsx reaches too far to be laid out, and whether it has uncalculated formulas.

    Into other workbooks nobody can look beforehand: they are opened once elsewhere.
    """
    runaway = uncalculated = known = False
    for sheet in _sheets(file_name, path):
        known = True
        # The reader lays a sheet out as a full rectangle: one forgotten cell at the far corner would ask for more
        # memory than there is and end the process. Such a sheet is read cell by cell instead.
        area = _area(sheet)
        runaway |= area > _MOST_CELLS or area > max(_FEW_CELLS, _SPARSE * sheet.count(b"<c"))
        uncalculated |= b"<f" in sheet and _UNCALCULATED.search(sheet) is not None
    if not known and (complaint := probe.complaint(path)):
        raise _unopened(file_name, complaint)
    return runaway, uncalculated


def _sheets(file_name: str, path: Path) -> Iterator[bytes]:
    """Yield the XML of the sheets of an .xlsx; a file of another kind has none."""
    with path.open("rb") as source:
        if source.read(2) != b"PK":
            return
    with zipfile.ZipFile(path) as package:
        for part in package.infolist():
            if not _SHEET_PART.fullmatch(part.filename):
                continue
            if part.file_size > _MOST_BYTES:
                raise _too_large(file_name, part.filename.rpartition("/")[2])
            data = package.read(part)
            if b"sheetData" in data:
                yield data


def _area(sheet: bytes) -> int:
    """Return rows times columns up to the last cell; what the sheet says of its size is not to be trusted."""
    rows = max(map(int, {found[1] for found in _ROW.finditer(sheet)}), default=0)
    if rows * _MOST_COLUMNS <= _FEW_CELLS:
        return rows
    columns = map(_column, {found[1] for found in _COLUMN.finditer(sheet)})
    # A cell that does not say where it stands may stand anywhere.
    return rows * max(columns, default=_MOST_COLUMNS)


def _streamed(file_name: str, path: Path, name: str) -> Rows:
    """Return the rows of a sheet up to the last filled cell of each, row by row."""
    rows: Rows = []
    blank: list[str] = []
    cells = 0
    for values in _values(file_name, path, name):
        row = _filled([cell_text(value) for value in values])
        cells += len(row)
        if cells > _MOST_CELLS or len(rows) == _MOST_ROWS:
            raise _too_large(file_name, name)
        rows.append(row or blank)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _values(file_name: str, path: Path, name: str, *, formulas: bool = False) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a sheet of an .xlsx one at a time, with values or with formulas."""
    try:
        # By its handle and not its path, of which openpyxl would ask for a certain ending.
        with path.open("rb") as source:
            sheet: Any = openpyxl.load_workbook(source, read_only=True, data_only=not formulas)[name]
            # What the sheet says of its size is what cannot be trusted.
            sheet.reset_dimensions()
            yield from sheet.iter_rows(values_only=True)
    except (*CORRUPT, *_UNEXPECTED) as error:
        raise _unopened(file_name, error) from error


def _filled(row: Sequence[str]) -> list[str]:
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return list(row[:width])


def _show_formulas(rows: Rows, file_name: str, path: Path, name: str) -> None:
    """Write each formula that has no value into its cell, which would otherwise be empty and pass for missing."""
    for row, written in zip(rows, _values(file_name, path, name, formulas=True), strict=False):
        for at, value in enumerate(written):
            if isinstance(value, str) and value.startswith("="):
                _fill(row, at, value)


def _too_large(file_name: str, sheet: str) -> PermanentError:
    return PermanentError(
        both(
            f"{file_name} 的 {sheet}：单元格过多，请删除多余的行列后重存，或另存为 CSV",
            f"{file_name}, {sheet} holds too many cells; delete the unused rows and columns, or save it as CSV",
        )
    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + letter - ord("A") + 1
    return number
