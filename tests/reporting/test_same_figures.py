"""Page, print, workbook and the catalogue of assets show one and the same figure for every KPI, branch and office."""

import pytest

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import scorecard
from ops_platform.reporting.page import render
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import BRANCH, View
from ops_platform.reporting.workbook import workbook
from tests.reporting.shown import Figures, in_catalogue, in_pdf, in_workbook, on_page


@pytest.fixture(scope="module")
def stored(report: MonthReport) -> Figures:
    """Return the values of the scorecard, written with each KPI's digits."""
    view = View(report)
    whos = [BRANCH, *(one.who for one in view.office_standings())]
    return {kpi.id: [formats.figure(kpi, view.figure(who, kpi).value) for who in whos] for kpi in CATALOGUE.values()}


def test_the_page_shows_the_scorecard(report: MonthReport, stored: Figures) -> None:
    assert on_page(render(report)) == stored


def test_the_formulas_of_the_workbook_come_to_the_scorecard(report: MonthReport, stored: Figures) -> None:
    names = {row.office_id: f"{row.office_name} {row.office_name_en}" for row in report.offices.itertuples()}
    columns = ["分公司 Branch", *(names[one.who[1]] for one in View(report).office_standings())]
    assert in_workbook(workbook(report), columns) == stored


def test_the_catalogue_of_assets_shows_the_scorecard(report: MonthReport, stored: Figures) -> None:
    assert in_catalogue(scorecard(report)) == stored


def test_the_print_shows_the_scorecard(pdfs: dict[str, bytes], stored: Figures) -> None:
    assert in_pdf(pdfs["en"], stored) == stored
