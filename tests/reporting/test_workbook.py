"""Every figure of the workbook follows from its own formulas, and equals the scorecard and the page."""

import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pandas as pd
import pytest

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.reporting import formats
from ops_platform.reporting.page import render
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.workbook import CONTRACTORS, PEOPLE, RANKING, SCORECARD, workbook
from ops_platform.reporting.workbook_moves import MOVES
from tests.reporting.shown import evaluated, rows_of

TOTAL = re.compile(r"SUMPRODUCT\('(?P<sheet>[^']+)'!(?P<scores>[^,]+),'[^']+'!(?P<weights>[^)]+)\)/")


@pytest.fixture(scope="module")
def book(report: MonthReport) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(workbook(report)))


@pytest.fixture(scope="module")
def computed(report: MonthReport) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(workbook(report)), data_only=True)


def expected(report: MonthReport, level: str) -> dict[tuple[str, str, str], float]:
    offices = {row.office_id: f"{row.office_name} {row.office_name_en}" for row in report.offices.itertuples()}
    people = dict(zip(report.staff["staff_id"], report.staff["staff_name"], strict=True))
    rows = report.scorecards[report.scorecards["level"] == level]
    return {
        (
            row.contractor or offices.get(row.office_id, "分公司 Branch"),
            people.get(row.staff_id, ""),
            row.kpi_id,
        ): row.value
        for row in rows.itertuples()
    }


@pytest.mark.parametrize(
    ("name", "levels"), [(SCORECARD, ("branch", "office")), (CONTRACTORS, ("contractor",)), (PEOPLE, ("person",))]
)
def test_recomputed_values_equal_the_scorecard(report: MonthReport, book, name: str, levels: tuple[str, ...]) -> None:
    ids = {f"{kpi.zh} {kpi.en}": kpi.id for kpi in CATALOGUE.values()}
    wanted = {key: value for level in levels for key, value in expected(report, level).items()}
    seen = set()
    for row in rows_of(book[name]):
        key = (row["office"].value, row["person"].value or "", ids[row["kpi"].value])
        value = evaluated(book[name], row["value"].value)
        if key in wanted:
            seen.add(key)
            known = formats.known(wanted[key])
            assert value == (None if known is None else pytest.approx(known, rel=1e-12)), key
        else:
            assert value is None
    # Some made-up people share a name; what counts is that every office's row is there.
    assert name == PEOPLE or seen == set(wanted)


def test_results_stored_beside_formulas_equal_the_formulas(book, computed) -> None:
    for live, stored in zip(rows_of(book[SCORECARD]), rows_of(computed[SCORECARD]), strict=True):
        value = evaluated(book[SCORECARD], live["value"].value)
        shown = stored["value"].value
        assert (None if shown == "" else shown) == (
            formats.NOTHING if value is None and live["value"].value == "—" else value
        )


def test_recomputed_totals_equal_the_ranking(report: MonthReport, book, computed) -> None:
    wanted = sorted(round(score, 9) for score in report.rankings["score"])
    totals = []
    for row in book[RANKING].iter_rows():
        formula = row[3].value
        match = TOTAL.search(str(formula)) if str(formula).startswith("=IF") else None
        if match:
            scores, weights = (
                [cell[0].value for cell in book[match["sheet"]][match[part].replace("$", "")]]
                for part in ("scores", "weights")
            )
            pairs = [
                (score, weight) for score, weight in zip(scores, weights, strict=True) if score is not None and weight
            ]
            total = sum(score * weight for score, weight in pairs) / sum(weight for _, weight in pairs)
            assert computed[RANKING].cell(row[3].row, 4).value == pytest.approx(total, rel=1e-12)
            totals.append(round(total, 9))
    assert sorted(totals) == wanted


def test_a_zero_denominator_gives_an_empty_cell_and_absent_data_a_dash(book, computed) -> None:
    stored = {(row["office"].value, row["kpi"].value): row["value"].value for row in rows_of(computed[SCORECARD])}
    assert not stored["尖扎 Jianzha", "培训合格率 Training pass rate"]
    assert stored["河南 Henan", "客户满意度 Customer satisfaction"] == formats.NOTHING


def test_the_first_sheet_is_the_ranking_with_the_note_and_every_sheet_is_ready_to_print(
    book, report: MonthReport
) -> None:
    assert book.sheetnames[0] == RANKING
    assert report.notes[0][0] in str(book[RANKING]["A3"].value)
    for sheet in book:
        assert sheet.freeze_panes
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToHeight == 0
    assert book[SCORECARD].auto_filter.ref


def test_text_that_looks_like_a_formula_stays_text(report: MonthReport) -> None:
    staff = report.staff.assign(staff_name="=HYPERLINK(1)")
    book = openpyxl.load_workbook(BytesIO(workbook(replace(report, staff=staff, notes=[("=1+1", "=1+1")]))))
    assert {row["person"].data_type for row in rows_of(book[PEOPLE])} == {"s"}
    assert book[RANKING]["A3"].data_type == "s"


def test_contractors_stand_under_their_own_header_and_are_ranked(book, report: MonthReport) -> None:
    headers = {sheet.title: str(sheet.cell(4, 1).value) for sheet in book}
    assert headers[CONTRACTORS] == "代维公司\nContractor"
    assert headers[SCORECARD] == "单位\nOffice"
    assert {row["office"].value for row in rows_of(book[CONTRACTORS])} == {"甲代维", "乙代维"}
    cells = [str(cell.value) for row in book[RANKING].iter_rows(max_col=3) for cell in row]
    assert cells.index("代维公司\nContractor") < cells.index("甲代维")


def test_a_branch_without_contractors_has_no_sheet_of_them(report: MonthReport) -> None:
    own = report.scorecards[report.scorecards["level"] != "contractor"]
    ranks = report.rankings[report.rankings["level"] != "contractor"]
    book = openpyxl.load_workbook(BytesIO(workbook(replace(report, scorecards=own, rankings=ranks))))
    assert CONTRACTORS not in book.sheetnames


def test_the_workbook_reaches_out_to_nothing(report: MonthReport) -> None:
    with zipfile.ZipFile(BytesIO(workbook(report))) as parts:
        assert not [name for name in parts.namelist() if "external" in name.lower()]


def test_a_month_without_any_row_still_makes_a_workbook_and_a_page(report: MonthReport) -> None:
    empty = replace(
        report,
        scorecards=report.scorecards.head(0),
        rankings=report.rankings.head(0),
        history=pd.DataFrame(),
        ranking_history=pd.DataFrame(),
    )
    assert openpyxl.load_workbook(BytesIO(workbook(empty))).sheetnames[0] == RANKING
    assert "没有数据" in render(empty)


def test_what_moved_a_score_adds_up_in_live_formulas(report: MonthReport, book, computed) -> None:
    sheet, stored = book[MOVES], computed[MOVES]
    header = next(row for row in range(1, 9) if sheet.cell(row, 1).value == "单位\nOffice")
    totals = [row for row in range(header + 1, sheet.max_row + 1) if sheet.cell(row, 2).value == "合计 Total"]
    assert len(totals) == 5
    first = header + 1
    for row in totals:
        assert sheet.cell(row, 10).value == f"=SUM(J{first}:J{row - 1})"
        assert sum(stored.cell(one, 10).value for one in range(first, row)) == pytest.approx(stored.cell(row, 10).value)
        assert stored.cell(row, 10).value == pytest.approx(stored.cell(row, 11).value, abs=1e-9)
        first = row + 1
    for row in range(header + 1, sheet.max_row + 1):
        if row not in totals:
            assert sheet.cell(row, 10).value == f"=SUM(D{row}:I{row})"


def test_of_a_month_that_still_runs_nobody_has_a_place(report: MonthReport) -> None:
    running = replace(report, generated_at=datetime(2026, 3, 9, tzinfo=UTC), published_at=None)
    book = openpyxl.load_workbook(BytesIO(workbook(running)))
    assert "不作评定" in str(book[RANKING].cell(2, 1).value)
    header = next(row for row in range(1, 12) if book[RANKING].cell(row, 1).value == "名次\nRank")
    assert [book[RANKING].cell(header + 1, column).value for column in (1, 5, 7)] == [None, None, None]
    assert all(row["rank"].value is None for row in rows_of(book[SCORECARD]))


def test_every_sheet_prints_with_its_headers_whole(book) -> None:
    for sheet in book:
        assert sheet.print_area, sheet.title
        assert sheet.print_title_rows, sheet.title
        assert sheet.page_setup.orientation == "landscape"
        row = int(sheet.print_title_rows.split("$")[-1])
        for cell in sheet[row]:
            if isinstance(cell.value, str):
                width = sheet.column_dimensions[cell.column_letter].width
                lines = sum(-(-sum(2 if ord(char) > 255 else 1 for char in line) // int(width - 1))
                            for line in cell.value.split("\n"))  # fmt: skip
                assert lines * 15 <= sheet.row_dimensions[row].height + 1, (sheet.title, cell.value)
