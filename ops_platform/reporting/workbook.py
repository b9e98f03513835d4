"""The workbook of a month: ranking, scorecard, contractors, people, definitions; formulas recompute every figure."""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from ops_platform.reporting import formats, words
from ops_platform.reporting.bands import add_bands
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import BRANCH, Figure, View, Who
from ops_platform.reporting.words import Words
from ops_platform.reporting.workbook_moves import write_moves

RANKING, SCORECARD, CONTRACTORS = "排名 Ranking", "考核表 Scorecard", "代维 Contractors"
PEOPLE, DEFINITIONS = "个人 People", "定义 Definitions"
COLUMNS = ("office", "person", "kpi", "unit", "numerator", "denominator", "excluded", "suspect", "missing", "value",
           "target", "met", "score_of_kpi", "weight", "rank", "change", "year_value")  # fmt: skip
RED = {"font_color": "#FFFFFF", "bg_color": "#C8102E"}
BLUE = {"font_color": "#FFFFFF", "bg_color": "#1F4FB8"}
_AT = {name: place for place, name in enumerate(COLUMNS)}
_HEADER_HEIGHT = 48
"""Points: room for three lines, into which the longest English header wraps."""
_PLACES = (0, 4, 6)
_RANKED = 8
"""Columns of the ranking."""
_TOP = 3
"""Row (from 0) of the header; title and notes stand above."""


def workbook(report: MonthReport) -> bytes:
    """Return the workbook of a month as the bytes of an ``.xlsx`` file.

    Values are formulas over numerator and denominator, totals over scores and weights; each carries its result for
    readers that do not calculate. A weighted KPI (business-hall satisfaction) is written as a value.
    """
    sink = BytesIO()
    # Nothing that people typed may become a formula or a link.
    with xlsxwriter.Workbook(sink, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties(
            {"title": f"{report.branch} {report.month}", "created": report.generated_at.replace(tzinfo=None)}
        )
        Writer(book, report).write()
    return sink.getvalue()


class Writer:
    """Writes the sheets of one month; sheets of other modules take its formats and layout."""

    def __init__(self, book: xlsxwriter.Workbook, report: MonthReport) -> None:
        self.book, self.report, self.view = book, report, View(report)
        self.offices = {row["office_id"]: f"{row['office_name']} {row['office_name_en']}" for row in self.view.offices}
        self.staff = {row["staff_id"]: str(row["staff_name"]) for row in formats.records(report.staff)}
        font = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        book.formats[0].set_font_name("Microsoft YaHei")
        book.formats[0].set_font_size(10)
        self.title = book.add_format({**font, "bold": True, "font_size": 16})
        self.soft = book.add_format({**font, "font_color": "#5B6875"})
        self.note = book.add_format({**font, "bold": True, "bg_color": "#FFF7DC"})
        self.head = book.add_format(
            {**font, "bold": True, "text_wrap": True, "bg_color": "#14303F", "font_color": "#FFFFFF", "align": "center"}
        )
        self.plain = book.add_format(font)
        self.fitted = book.add_format({**font, "shrink": True})
        self.middle = book.add_format({**font, "align": "center"})
        self.above = book.add_format({"top": 1, "top_color": "#14303F"})
        self.wrapped = book.add_format({**font, "text_wrap": True, "valign": "top"})
        self.count = book.add_format({**font, "num_format": "#,##0.##"})
        self.tenth = book.add_format({**font, "num_format": "0.0"})
        self.strong = book.add_format({**font, "num_format": "0.0", "bold": True})
        self.good = book.add_format({"font_color": "#1F6F8B"})
        self.bad = book.add_format({"font_color": "#B5430A", "bg_color": "#FDF0E7"})
        self.points = book.add_format({**font, "num_format": "+0.00;-0.00;0.00"})
        self.total = book.add_format({**font, "num_format": "+0.00;-0.00;0.00", "bold": True})
        self.best = book.add_format({"font_color": "#C8102E", "bold": True})
        self.decimals: dict[int, Format] = {
            kpi.decimals: book.add_format({**font, "num_format": f"#,##0.{'0' * kpi.decimals}".rstrip(".")})
            for kpi in report.kpis
        }

    def write(self) -> None:
        """Write every sheet."""
        ranking = self.book.add_worksheet(RANKING)
        offices = [standing.who for standing in self.view.office_standings()]
        contractors, people = sorted(self.view.everyone("contractor")), sorted(self.view.everyone("person"))
        top = self.begin(ranking, RANKING)
        for name, whos in ((SCORECARD, [BRANCH, *offices]), (CONTRACTORS, contractors), (PEOPLE, people)):
            if whos or name != CONTRACTORS:
                self._ranking(ranking, whos, name, self._cards(name, whos), top)
                top += len(whos) + 2
        self.page(ranking, _TOP + self._extra, top, _RANKED)
        if not self.report.score_changes.empty:
            write_moves(self)
        self._definitions()

    @property
    def _extra(self) -> int:
        return len(self.report.notes)

    def begin(self, sheet: Worksheet, name: str) -> int:
        """Write title and notes; return the row of the header."""
        sheet.set_row(0, 26)
        sheet.write_string(
            0, 0, f"{self.report.branch} {self.report.branch_en} · {self.report.month} · {name}", self.title
        )
        made = formats.moment(self.report.generated_at, self.report.zone)
        state = "published" if self.report.published_at else "provisional"
        told = [*words.word("made"), made, "·", *words.word(state)]
        told += ["·", *words.word("so_far")] if self.report.running else []
        sheet.write_string(1, 0, " ".join(told), self.soft)
        if name != RANKING:
            return _TOP
        for row, note in enumerate(self.report.notes, start=2):
            sheet.merge_range(row, 0, row, 8, "  ".join(note), self.note)
        return _TOP + self._extra

    def headers(self, sheet: Worksheet, row: int, headers: Sequence[Words], widths: Sequence[float]) -> None:
        """Write a row of headers, high enough for what wraps, and set the columns' widths."""
        sheet.set_row(row, _HEADER_HEIGHT)
        for column, (header, width) in enumerate(zip(headers, widths, strict=True)):
            sheet.write_string(row, column, "\n".join(header), self.head)
            sheet.set_column(column, column, width)

    def page(self, sheet: Worksheet, row: int, last: int, columns: int) -> None:
        """Lay a sheet out for A4: its area, its header row on every page, as wide as the page."""
        sheet.print_area(0, 0, last, columns - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.repeat_rows(row)
        sheet.set_footer("&L&A&R&P / &N")

    def _cards(self, name: str, whos: Sequence[Who]) -> dict[Who, tuple[int, int]]:
        """Write one row per subject and KPI; return the first and last row (from 0) of each subject."""
        sheet = self.book.add_worksheet(name)
        top = self.begin(sheet, name)
        widths = (22, 13, 42, 22, 16, 16, 9, 8, 8, 10, 9, 20, 8, 8, 7, 10, 11)
        self.headers(sheet, top, [words.word(column) for column in _of(name, COLUMNS)], widths)
        spans: dict[Who, tuple[int, int]] = {}
        row = top + 1
        for who in whos:
            first = row
            for figure in self.view.figures(who):
                if name == SCORECARD or not figure.absent:
                    self._card(sheet, row, who, figure)
                    row += 1
            spans[who] = (first, row - 1)
        last = max(row - 1, top + 1)
        sheet.autofilter(top, 0, last, len(COLUMNS) - 1)
        sheet.freeze_panes(top + 1, 3)
        add_bands(
            sheet, (top + 1, last), (_AT["kpi"], _AT["value"]), self.report.kpis,
            self.book.add_format(RED), self.book.add_format(BLUE),
        )  # fmt: skip
        met = xl_col_to_name(_AT["met"])
        sheet.conditional_format(
            top + 1, _AT["value"], last, _AT["met"],
            {"type": "formula", "criteria": f'=LEFT(${met}{top + 2})="✗"', "format": self.bad},
        )  # fmt: skip
        sheet.conditional_format(
            top + 1, _AT["score_of_kpi"], last, _AT["score_of_kpi"],
            {"type": "data_bar", "bar_color": "#9DB7C3", "min_type": "num", "min_value": 0,
             "max_type": "num", "max_value": 100},
        )  # fmt: skip
        subject = "$B{row}" if name == PEOPLE else "$A{row}"
        sheet.conditional_format(
            top + 2, 0, last, len(COLUMNS) - 1,
            {"type": "formula", "format": self.above,
             "criteria": f"={subject.format(row=top + 3)}<>{subject.format(row=top + 2)}"},
        )  # fmt: skip
        if name != PEOPLE:
            sheet.set_column(_AT["person"], _AT["person"], None, None, {"hidden": True})
        self.page(sheet, top, last, len(COLUMNS))
        return spans

    def _card(self, sheet: Worksheet, row: int, who: Who, figure: Figure) -> None:
        kpi, digits = figure.kpi, self.decimals[figure.kpi.decimals]
        sheet.write_string(row, _AT["office"], self.office(who), self.plain)
        sheet.write_string(row, _AT["person"], self.staff.get(who[-1], who[-1]), self.plain)
        sheet.write_string(row, _AT["kpi"], f"{kpi.zh} {kpi.en}", self.fitted)
        sheet.write_string(row, _AT["unit"], " ".join(dict.fromkeys(words.unit(kpi))), self.fitted)
        for name, count in figure.counts.items():
            sheet.write_number(row, _AT[name], count, self.count)
        self._value(sheet, row, figure, digits)
        if figure.met is not None:
            mark = f"{'✓' if figure.met else '✗'} {' '.join(words.word('met' if figure.met else 'missed'))}"
            sheet.write_string(row, _AT["met"], mark, self.middle)
        for name, value, style in (
            ("target", figure.target, digits), ("score_of_kpi", figure.score, self.tenth),
            ("weight", figure.weight, self.count),
            ("rank", None if self.report.running else figure.rank, self.middle),
            ("change", figure.change, digits), ("year_value", figure.year, digits),
        ):  # fmt: skip
            if value is not None:
                sheet.write_number(row, _AT[name], value, style)

    def _value(self, sheet: Worksheet, row: int, figure: Figure, digits: Format) -> None:
        if figure.absent:
            sheet.write_string(row, _AT["value"], formats.NOTHING, self.soft)
        elif figure.kpi.weights:
            if figure.value is not None:
                sheet.write_number(row, _AT["value"], figure.value, digits)
        else:
            numerator = xl_rowcol_to_cell(row, _AT["numerator"])
            denominator = xl_rowcol_to_cell(row, _AT["denominator"])
            formula = f'=IF({denominator}=0,"",{numerator}/{denominator}*{figure.kpi.scale!r})'
            sheet.write_formula(row, _AT["value"], formula, digits, "" if figure.value is None else figure.value)

    def office(self, who: Who) -> str:
        """Return the name of an office, of a contractor in its stead, or of the branch."""
        return self.offices.get(who[1], who[1]) or who[2] or " ".join(words.word("branch"))

    def _ranking(
        self, sheet: Worksheet, whos: Sequence[Who], source: str, spans: dict[Who, tuple[int, int]], top: int
    ) -> None:
        keys = ("rank", "office", "person", "score", "change", "score_before", "rank_before", "weight_pct")
        headers = [words.word(key) for key in _of(source, keys)]
        self.headers(sheet, top, headers, (12, 30, 16, 12, 12, 14, 14, 20))
        ordered = sorted(whos, key=lambda who: (who == BRANCH, self.view.standing(who).rank or len(whos) + 1))
        for row, who in enumerate(ordered, start=top + 1):
            standing = self.view.standing(who)
            first, last = spans[who]
            scores, weights = (
                f"'{source}'!${xl_col_to_name(_AT[name])}${first + 1}:${xl_col_to_name(_AT[name])}${last + 1}"
                for name in ("score_of_kpi", "weight")
            )
            counted = f"SUMPRODUCT(--ISNUMBER({scores}),{weights})"
            total = f'=IF({counted}=0,"",SUMPRODUCT({scores},{weights})/{counted})'
            share = f'=IF(SUM({weights})=0,"",{counted}/SUM({weights})*100)'
            sheet.write_string(row, 1, self.office(who), self.plain)
            sheet.write_string(row, 2, self.staff.get(who[-1], who[-1]), self.plain)
            sheet.write_formula(row, 3, total, self.strong, "" if standing.score is None else standing.score)
            sheet.write_formula(row, 7, share, self.tenth, "" if standing.weight_pct is None else standing.weight_pct)
            before = None if standing.score is None or standing.change is None else standing.score - standing.change
            rank_before = None if standing.rank is None or standing.moved is None else standing.rank + standing.moved
            for column, value, style in (
                (0, standing.rank, self.middle), (4, standing.change, self.tenth), (5, before, self.tenth),
                (6, rank_before, self.middle),
            ):  # fmt: skip
                # Of a month that still runs there is no place to hold and none to lose.
                if value is not None and not (self.report.running and column in _PLACES):
                    sheet.write_number(row, column, value, style)
        if source == SCORECARD:
            sheet.freeze_panes(top + 1, 2)
        else:
            sheet.autofilter(top, 0, top + max(len(whos), 1), len(keys) - 1)
        best = {"type": "cell", "criteria": "==", "value": 1, "format": self.best}
        sheet.conditional_format(top + 1, 0, top + max(len(whos), 1), 0, best)

    def _definitions(self) -> None:
        sheet = self.book.add_worksheet(DEFINITIONS)
        top = self.begin(sheet, DEFINITIONS)
        keys = ("kpi", "meaning", "unit", "better", "source", "house_mark", "version")
        self.headers(sheet, top, [words.word(key) for key in keys], (28, 62, 16, 18, 36, 14, 12))
        for row, kpi in enumerate(self.report.kpis, start=top + 1):
            sheet.set_row(row, 44)
            values = (
                _lines(kpi.zh, kpi.en), _lines(kpi.meaning_zh, kpi.meaning_en), _lines(*words.unit(kpi)),
                _lines(*words.word(kpi.better)), _lines(kpi.source_zh, kpi.source),
                " ".join(words.word("yes" if kpi.house else "no")), _lines(kpi.version, str(kpi.effective_from)),
            )  # fmt: skip
            for column, value in enumerate(values):
                sheet.write_string(row, column, value, self.wrapped)
        sheet.freeze_panes(top + 1, 1)
        self.page(sheet, top, top + len(self.report.kpis), len(keys))


def _lines(*texts: str) -> str:
    """Return texts below one another, each once."""
    return "\n".join(dict.fromkeys(texts))


def _of(sheet: str, columns: Sequence[str]) -> list[str]:
    """Return the columns of a sheet: a contractor stands where others have their office."""
    return ["contractor" if sheet == CONTRACTORS and name == "office" else name for name in columns]
