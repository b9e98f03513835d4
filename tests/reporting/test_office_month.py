"""An office's month reads as a scorecard in the catalogue of assets."""

from dataclasses import replace
from datetime import UTC, datetime

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.reporting.event_words import EVENTS
from ops_platform.reporting.moves import moves
from ops_platform.reporting.office_month import moves_table, office_months
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import View


def test_every_office_has_its_month_the_best_first(report: MonthReport) -> None:
    found = office_months(report)
    ranked = [one.who[1] for one in View(report).office_standings()]
    names = dict(zip(report.offices["office_id"], report.offices["office_name"], strict=True))
    assert [name.split()[0] for name in found] == [names[office] for office in ranked]
    best = found["同仁 Tongren"]
    assert "第 1 no. 1" in best
    assert "名次 1–4 rank 1–4" in best
    assert "比上月为什么变" in best
    assert "≥ 98" in found["泽库 Zeku"]
    first = report.late_outages.query("office_id == 'ZK'")["site_name"].iloc[0]
    assert f"先看 Start with: {first}" in found["泽库 Zeku"], "it says where to begin"


def test_a_running_month_has_no_rank(report: MonthReport) -> None:
    running = office_months(replace(report, generated_at=datetime(2026, 3, 9, tzinfo=UTC)))
    for text in running.values():
        assert "不作评定" in text
        assert "no. 1" not in text
        assert "比上月为什么变" not in text


def test_events_are_counted_in_words_and_in_their_own_unit() -> None:
    assert EVENTS["generator_timeliness"].counted(3) == (
        "未及时发电 3 次", "mains outages without a generator in time: 3",
    )  # fmt: skip
    assert EVENTS["site_availability"].counted(5400.0) == ("宕站 1.50 小时", "hours down: 1.50")
    for kpi_id, event in EVENTS.items():
        assert kpi_id in CATALOGUE
        assert "{n}" in event.zh
        assert "{n}" in event.en


def test_moves_are_told_with_what_happened_before(report: MonthReport) -> None:
    found = {move.kpi.id: move for move in moves(report.score_changes, CATALOGUE, "ZK")}
    judged = report.judged[report.judged["office_id"] == "ZK"].set_index("kpi_id")["harm"]
    late = found["generator_timeliness"]
    assert late.events[1].startswith(f"mains outages without a generator in time: {judged[late.kpi.id]:.0f}")
    table = moves_table(report.score_changes, CATALOGUE, report.offices)
    assert "分公司 Branch" in table
    assert f"{max(found.values(), key=lambda one: abs(one.points)).points:+.1f}" in table
    assert moves(report.score_changes.iloc[:0], CATALOGUE, "ZK") == []
