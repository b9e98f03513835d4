"""The figures of a month as each of its forms shows them: by KPI the branch's, then the offices', best first."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from io import BytesIO

import openpyxl

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.definition import Kpi
from ops_platform.reporting import formats
from ops_platform.reporting.workbook import COLUMNS, SCORECARD

VALUE = re.compile(r'=IF\((?P<den>[A-Z]+\d+)=0,"",(?P<num>[A-Z]+\d+)/(?P=den)\*(?P<scale>[\d.e+-]+)\)')
Figures = dict[str, list[str]]


def rows_of(sheet) -> list[dict]:
    header = next(n for n in range(1, 12) if sheet.cell(n, 3).value and "指标" in str(sheet.cell(n, 3).value))
    return [dict(zip(COLUMNS, row, strict=True)) for row in sheet.iter_rows(min_row=header + 1)]


def evaluated(sheet, formula: object) -> float | None:
    """Compute a value cell as a spreadsheet would."""
    match = VALUE.fullmatch(str(formula))
    if match is None:
        return None if formula in {None, formats.NOTHING} else float(str(formula))
    denominator = sheet[match["den"]].value
    return None if denominator == 0 else sheet[match["num"]].value / denominator * float(match["scale"])


def in_workbook(book: bytes, columns: Sequence[str]) -> Figures:
    """Return what the formulas of the scorecard's sheet compute, written with the KPI's digits.

    Parameters
    ----------
    columns
        Names of the branch and the offices as the sheet has them.
    """
    sheet = openpyxl.load_workbook(BytesIO(book))[SCORECARD]
    values = {(row["office"].value, row["kpi"].value): evaluated(sheet, row["value"].value) for row in rows_of(sheet)}
    return {
        kpi.id: [formats.figure(kpi, values[column, f"{kpi.zh} {kpi.en}"]) for column in columns]
        for kpi in CATALOGUE.values()
    }


class _Matrix(HTMLParser):
    """Reads the KPI-by-office table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Figures = {}
        self.row: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        """Follow the parser."""
        found = dict(attrs)
        if tag == "button" and str(found.get("aria-controls", "")).startswith("more-"):
            self.row = self.rows.setdefault(found["aria-controls"].removeprefix("more-"), [])
        if tag == "span" and found.get("class") == "num":
            self.row.append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        """Follow the parser."""
        self.inside = self.inside and tag != "span"

    def handle_data(self, data: str) -> None:
        """Follow the parser."""
        if self.inside:
            self.row[-1] += data.strip().lstrip("✓✗")


def on_page(html: str) -> Figures:
    """Return what the page shows."""
    reader = _Matrix()
    reader.feed(html)
    return reader.rows


def in_catalogue(markdown: str) -> Figures:
    """Return what the scorecard in the metadata of the month's report shows."""
    names = {f"{kpi.zh} {kpi.en}": kpi for kpi in CATALOGUE.values()}
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()]
    return {names[row[0]].id: [_bare(cell) for cell in row[2:]] for row in rows if row[0] in names}


def in_pdf(pdf: bytes, wanted: Figures) -> Figures:
    """Return of the figures that are looked for those that follow the KPI's English name in print, in their order."""
    text = re.sub(r"\s+", " ", " ".join(_pages(pdf)))
    return {kpi_id: list(_following(text, CATALOGUE[kpi_id], figures)) for kpi_id, figures in wanted.items()}


def _pages(pdf: bytes) -> Iterator[str]:
    import pypdfium2  # noqa: PLC0415 - only where there is a browser that prints

    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        yield page.get_textpage().get_text_bounded()
    document.close()


def _following(text: str, kpi: Kpi, figures: Sequence[str]) -> Iterator[str]:
    # The name also stands on tiles and cards; the row of the table has a figure for each office after it.
    for found in re.finditer(re.escape(kpi.en), text):
        row, place, told = text[found.end() : found.end() + 400], 0, []
        for figure in figures:
            match = re.compile(rf"(?<![\d.,]){re.escape(figure)}(?![\d.,]*\d)").search(row, place)
            if match is None:
                break
            place, told = match.end(), [*told, figure]
        if len(told) == len(figures):
            yield from told
            return


def _bare(cell: str) -> str:
    return re.sub(r"(%| h)$", "", cell.lstrip("✓✗ "))
