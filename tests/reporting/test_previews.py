"""Previews for the Dagster UI: Markdown that cannot be broken by data, pictures without a missing glyph."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.reporting import charts, formats, markdown
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.sparkline import sparkline
from ops_platform.reporting.view import View

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_scorecard_has_a_row_per_kpi_and_a_column_per_office(report: MonthReport) -> None:
    lines = markdown.scorecard(report).splitlines()
    assert len(lines) == 2 + len(report.kpis)
    assert {line.count(" | ") for line in lines} == {2 + len(report.offices)}
    assert "泽库 Zeku" in lines[0]
    assert "✗ " in "".join(lines)


def test_the_ranking_names_the_best_first(report: MonthReport) -> None:
    assert "同仁 Tongren · 流动红旗 Red flag" in markdown.ranking(report).splitlines()[2]
    running = markdown.ranking(replace(report, generated_at=datetime(2026, 3, 9, tzinfo=UTC)))
    assert "流动红旗" not in running
    assert running.count("目前 so far") == 4


def test_a_preview_shows_business_time_and_cannot_be_broken() -> None:
    frame = pd.DataFrame(
        {
            "raised_at": pd.to_datetime([datetime(2026, 2, 28, 17, 0, tzinfo=UTC), None], utc=True),
            "site_name": ["a|b\n<img>", None],
            "due_on": [date(2026, 3, 1), None],
            "load_a": [12.345, float("nan")],
        }
    )
    lines = markdown.frame_preview(frame, SHANGHAI).splitlines()
    assert lines[0].startswith("| 告警时间 Raised at | 基站名称 Site name |")
    assert lines[2] == "| 2026-03-01 01:00 | a\\|b &lt;img> | 2026-03-01 | 12.35 |"
    assert lines[3] == "| — | — | — | — |"


def test_a_preview_says_how_many_rows_there_are() -> None:
    assert markdown.frame_preview(pd.DataFrame({"n": range(1200)}), SHANGHAI).endswith("and 1,190 more rows")


def test_a_preview_of_a_wide_table_says_how_many_columns_there_are() -> None:
    wide = pd.DataFrame({f"c{n}": [n] for n in range(9)})
    assert markdown.frame_preview(wide, SHANGHAI, columns=2).splitlines()[2:] == [
        "| 0 | 1 |", "", "… 另有 7 列 / and 7 more columns",
    ]  # fmt: skip


def test_the_numbers_of_a_column_have_the_same_decimals() -> None:
    frame = pd.DataFrame({"a": [2.0, 2.3], "b": [-0.004, 3.0], "c": [1.256, None], "d": [1200.0, 3.0]})
    assert markdown.frame_preview(frame, SHANGHAI).splitlines()[2:] == [
        "| 2.0 | 0 | 1.26 | 1,200 |", "| 2.3 | 3 | — | 3 |",
    ]  # fmt: skip


@pytest.mark.parametrize("fonts", [charts.CJK_FONTS, ()])
def test_charts_are_pictures_with_and_without_a_chinese_font(
    report: MonthReport, monkeypatch: pytest.MonkeyPatch, fonts: tuple[str, ...]
) -> None:
    monkeypatch.setattr(charts, "CJK_FONTS", fonts)
    for picture in (charts.ranking_chart(report), charts.target_chart(report)):
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 5000


def test_the_scores_of_the_months_are_drawn_by_a_library_the_same_each_time(report: MonthReport) -> None:
    view = View(report)
    for language, last in (("en", "Mar"), ("zh", "3月" if charts.chart_font()[1] else "Mar")):
        svg = charts.score_chart(view, language).decode()
        assert svg == charts.score_chart(view, language).decode()
        assert last in svg
        assert svg.count("<path") > len(report.offices)
        for one in view.office_standings():
            assert f"{one.score:.1f}" in svg
    assert (
        charts.score_chart(View(replace(report, history=pd.DataFrame(), ranking_history=pd.DataFrame())), "en") == b""
    )


def test_labels_that_would_cover_each_other_stand_apart() -> None:
    places = charts.apart([90.0, 89.0, 70.0], 4.0)
    assert places[0] - places[1] == pytest.approx(4.0)
    assert places[1] - places[2] > 4.0
    assert sum(places) == pytest.approx(90 + 89 + 70)
    assert charts.apart([], 1.0) == []


def test_a_column_has_as_many_digits_as_its_numbers_need() -> None:
    assert formats.digits_of(pd.Series([6.0, 12.0, None])) == 0
    assert formats.digits_of(pd.Series([6.0, 5.8])) == 1
    assert formats.digits_of(pd.Series([6.0, 5.81, 1.234])) == 2


def test_a_sparkline_leaves_gaps_and_needs_two_values() -> None:
    assert sparkline([None, 5.0]) == ""
    assert sparkline([1.0, None, 2.0, 3.0]).count("<polyline") == 2
    assert "goal" in sparkline([1.0, 1.0], target=1.0)


def test_counts_have_separators_and_flags_have_marks() -> None:
    assert formats.cell(12_345, SHANGHAI) == "12,345"
    assert [formats.cell(value, SHANGHAI) for value in (True, False)] == ["✓", "✗"]


def test_nulls_of_every_kind_are_a_dash() -> None:
    for null in (None, float("nan"), pd.NA, pd.NaT, np.float64("nan")):
        assert formats.cell(null, SHANGHAI) == formats.NOTHING


def test_halves_are_rounded_as_spreadsheets_round_them() -> None:
    kpi = next(kpi for kpi in CATALOGUE.values() if kpi.decimals == 2)
    assert formats.figure(kpi, 100 * 157 / 160) == "98.13"
    assert formats.change(kpi, -0.125) == "▼ 0.13"
