"""Satisfaction is red and blue on page and workbook where the operator's plan says."""

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.reporting.page import render
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.workbook import BLUE, COLUMNS, RED, SCORECARD, workbook

SATISFACTION, LEAD = "customer_satisfaction", "satisfaction_lead"


def with_value(report: MonthReport, kpi_id: str, value: float) -> MonthReport:
    """Return the report in which every office has this value of a KPI."""
    cards = report.scorecards.copy()
    cards.loc[cards["kpi_id"] == kpi_id, "value"] = value
    return replace(report, scorecards=cards)


@pytest.mark.parametrize(
    ("kpi_id", "value", "band"),
    [(SATISFACTION, 68.0, "red"), (SATISFACTION, 91.0, "blue"), (LEAD, 9.0, "red"), (LEAD, 21.0, "blue")],
)
def test_the_page_colours_a_value_outside_its_bounds(report: MonthReport, kpi_id: str, value: float, band: str) -> None:
    def cells(of: MonthReport) -> str:
        return render(of).partition(f'aria-controls="more-{kpi_id}"')[2].partition("</tr>")[0]

    assert f" {band} whole" in cells(with_value(report, kpi_id, value))
    assert f" {band} whole" not in cells(with_value(report, kpi_id, 80.0 if kpi_id == SATISFACTION else 15.0))


def test_the_workbook_has_the_same_bounds_as_conditional_formats(report: MonthReport) -> None:
    sheet = openpyxl.load_workbook(BytesIO(workbook(report)))[SCORECARD]
    value = openpyxl.utils.get_column_letter(list(COLUMNS).index("value") + 1)
    found = {
        (rule.formula[0], rule.dxf.fill.bgColor.rgb[2:])
        for area, rules in sheet.conditional_formatting._cf_rules.items()
        for rule in rules
        if str(area.sqref).startswith(f"{value}5:{value}") and rule.type == "expression"
    }
    kpi = openpyxl.utils.get_column_letter(list(COLUMNS).index("kpi") + 1)
    for kpi_id, low, high in ((SATISFACTION, 69, 90), ("hall_satisfaction", 69, 90), (LEAD, 10, 20)):
        name = f"{CATALOGUE[kpi_id].zh} {CATALOGUE[kpi_id].en}"
        for sign, bound, style in (("<", low, RED), (">", high, BLUE)):
            formula = f'AND(${kpi}5="{name}",ISNUMBER(${value}5),${value}5{sign}{bound})'
            assert (formula, style["bg_color"][1:]) in found
