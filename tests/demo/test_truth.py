"""The true answers: every scenario present, sums conserved, worked examples exact."""

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from ops_platform.demo.branch import Site
from ops_platform.demo.coverage import path_loss_db, pattern_loss_db
from ops_platform.demo.power import EVERY_FATE
from ops_platform.demo.storm_night import STATES
from ops_platform.demo.witnesses import DOUBTS

Rows = list[dict[str, Any]]
NOT_A_SHARE = {
    "fault_repair_time",
    "hall_satisfaction",
    "complaints_per_10000_users",
    "hotline_courtesy",
    "dl_throughput",
    "data_download_rate",
    "hotline_problem_solving",
    "training_pass_rate",
    "customer_satisfaction",
    "satisfaction_lead",
}


def table(demo: Path, name: str) -> Rows:
    found: Rows = parquet.read_table(demo / "truth" / f"{name}.parquet").to_pylist()
    return found


def test_every_scenario_is_there(demo: Path) -> None:
    scenarios = json.loads((demo / "truth" / "scenarios.json").read_text(encoding="utf-8"))
    wanted = {f"mains_{fate}" for fate in EVERY_FATE} | {f"open_{state}" for state in STATES}
    sites = "transmission transmission_before equipment equipment_two_sources equipment_flapping planned rectifier"
    wanted |= {f"site_{word}" for word in (*sites.split(), "transmission_after_the_window", "cell_down")}
    faults = "late_report unreported wrong_cause unconfirmed late_response unanswered slow_repair unrepaired exempt"
    wanted |= {f"fault_{word}" for word in (*faults.split(), "neighbour", "orphan", "over_month_end")}
    wanted |= {f"inspection_{word}" for word in ("late", "undone", "inaccessible", "early", "audit_failed")}
    wanted |= {f"complaint_{word}" for word in ("same_customer", "same_cell", "chain", "too_old", "other_cause",
               "over_month_end", "pending")}  # fmt: skip
    wanted |= {f"doubt_{doubt.kind}_{doubt.decision or 'undecided'}" for doubt in DOUBTS}
    wanted |= {"settlement_covered", "settlement_uncovered", "work_plan_refused", "work_plan_unjudged"}
    wanted |= {"interconnect_connect", "interconnect_answer", "interconnect_share", "place_silent", "place_agree"}
    wanted |= {"duty_by_night", "duty_on_days_off", "override_leave_somebody", "override_leave_nobody"}
    wanted |= {f"contest_{story}" for story in ("open", "upheld", "rejected", "by_himself", "unknown")}
    wanted |= {"override_holiday_somebody", "hall_level_0", "hall_level_1", "hall_level_2"}
    assert wanted <= set(scenarios)


def test_every_outcome_and_cause_is_there(demo: Path) -> None:
    outcomes = {row["outcome"] for row in table(demo, "mains_outages")}
    assert outcomes == {"pending", "mains_back", "fixed_set", "exempt", "in_time", "late"}
    assert {row["cause"] for row in table(demo, "site_outages")} == {"planned", "power", "transmission", "equipment"}
    open_ones = [row for row in table(demo, "mains_outages") if row["restored_at"] is None]
    assert len(open_ones) == len(STATES)
    assert {row["state"] for row in open_ones} == {"on_battery", "leave_now", "too_late", "running"}


def test_outages_cross_midnight_and_a_month_end(demo: Path) -> None:
    for name, start, end in (("mains_outages", "failed_at", "restored_at"), ("site_outages", "down_at", "up_at")):
        local = [
            (row[start] + timedelta(hours=8), row[end] + timedelta(hours=8)) for row in table(demo, name) if row[end]
        ]
        assert any(a.date() != b.date() for a, b in local), name
        assert any(a.month != b.month for a, b in local), name


def test_the_present_has_each_alert(demo: Path) -> None:
    alerts = json.loads((demo / "truth" / "alerts.json").read_text(encoding="utf-8"))
    late = [row for row in table(demo, "mains_outages") if row["fate"] and "too_late" in row["fate"]]
    assert sorted(alerts["generator_late"]) == sorted(row["site_id"] for row in late)
    assert any(row["fate"] == "fixed_too_late" for row in late)
    assert alerts["generator_leave_by"]
    assert alerts["inspection_overdue"]
    assert alerts["inspection_due_soon"]
    assert all(len(set(found)) == len(found) for found in alerts.values())


def test_somebody_is_on_duty_everywhere_at_the_present_and_an_empty_step_is_known(demo: Path) -> None:
    on_duty = json.loads((demo / "truth" / "on_duty.json").read_text(encoding="utf-8"))
    alerts = json.loads((demo / "truth" / "alerts.json").read_text(encoding="utf-8"))
    assert alerts["rota_gap"] == ["632323/2", "632324/1"]
    assert set(on_duty) == {"632301", "632322", "632323", "632324"}
    assert all(list(steps) == ["1", "2", "3"] for steps in on_duty.values())
    assert on_duty["632323"]["2"] == on_duty["632323"]["3"]
    assert on_duty["632324"]["1"] == on_duty["632324"]["2"]


def test_no_numerator_exceeds_its_denominator(kpis: Rows) -> None:
    for row in kpis:
        assert row["denominator"] >= 0
        assert row["excluded"] >= 0
        if row["kpi_id"] not in NOT_A_SHARE:
            assert 0 <= row["numerator"] <= row["denominator"], row
        assert (row["value"] is None) == (row["denominator"] == 0), row


def test_offices_sum_to_the_branch_and_people_to_no_more_than_their_office(kpis: Rows) -> None:
    sums: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in kpis:
        for count in ("numerator", "denominator", "excluded", "suspect", "missing"):
            sums[row["month"], row["kpi_id"], count][row["level"]] += row[count]
    for key, by_level in sums.items():
        assert by_level["branch"] == pytest.approx(by_level["office"]), key
        assert by_level["person"] <= by_level["office"] + 1e-9, key


def test_every_kpi_has_a_value_for_every_office_and_month(kpis: Rows) -> None:
    found = {(row["month"], row["office_id"], row["kpi_id"]) for row in kpis if row["level"] == "office"}
    assert len({kpi_id for _, _, kpi_id in found}) == 44
    assert len(found) == 3 * 4 * 44


def test_the_hall_example_weighs_to_81_69(kpis: Rows) -> None:
    values = {
        (row["month"], row["office_id"]): row for row in kpis
        if row["kpi_id"] == "hall_satisfaction" and row["level"] == "office"
    }  # fmt: skip
    example = values["2026-04", "632301"]
    assert round(example["value"], 2) == 81.69
    assert (example["numerator"], example["denominator"]) == (8_756 + 7_772 + 7_666 + 8_525, 400)


def test_an_offices_quality_shows(kpis: Rows) -> None:
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in kpis:
        if row["kpi_id"] == "inspection_completion" and row["level"] == "office":
            totals[row["office_id"]][0] += row["numerator"]
            totals[row["office_id"]][1] += row["denominator"]
    shares = {office: top / bottom for office, (top, bottom) in totals.items()}
    assert shares["632323"] < shares["632322"]


def test_coverage_changes_when_a_site_passes_its_test_or_retires(demo: Path) -> None:
    months: dict[str, dict[str, bool]] = defaultdict(dict)
    levels: dict[str, dict[str, float | None]] = defaultdict(dict)
    for row in table(demo, "coverage"):
        months[row["settlement_id"]][row["month"]] = row["covered"]
        levels[row["settlement_id"]][row["month"]] = row["level_dbm"]
        assert row["covered"] == (row["level_dbm"] is not None and row["level_dbm"] >= -105)
        assert row["level_dbm"] is None or abs(row["level_dbm"] + 105) >= 0.5
    assert any(found["2026-03"] != found["2026-04"] for found in levels.values())
    assert any(found["2026-04"] != found["2026-05"] for found in levels.values())


def test_worst_cells_are_those_that_the_kpi_counts(demo: Path, kpis: Rows) -> None:
    counted = Counter(row["month"] for row in table(demo, "worst_cells") if row["worst"])
    for row in kpis:
        if row["kpi_id"] == "worst_cell_share" and row["level"] == "branch":
            assert row["numerator"] == counted[row["month"]] > 0


def test_every_worst_cell_rule_is_met_by_a_cell_and_none_by_all_of_them(demo: Path) -> None:
    met = [set(row["rules"].split()) for row in table(demo, "worst_cells")]
    for rule in "abcde":
        assert any(rule in rules for rules in met), rule
        assert any(rule not in rules for rules in met), rule


def test_radio_kpis_count_what_is_missing_and_suspect(kpis: Rows) -> None:
    for row in kpis:
        if row["kpi_id"] in {"tch_drop_rate", "erab_drop_rate"} and row["level"] == "branch":
            assert row["missing"] > 0
            assert row["suspect"] > 0


def test_the_late_file_moves_one_fault_past_its_limit(demo: Path) -> None:
    late = json.loads((demo / "truth" / "late.json").read_text(encoding="utf-8"))
    assert late["month"] == "2026-04"
    assert len(late["faults"]) == 2
    branch = {
        pair["after"]["kpi_id"]: (pair["before"], pair["after"])
        for pair in late["kpis"]
        if pair["after"]["level"] == "branch"
    }
    before, after = branch["fault_repair_in_limit"]
    assert after["numerator"] == before["numerator"] - 1
    assert after["denominator"] == before["denominator"]
    assert {pair["after"]["kpi_id"] for pair in late["kpis"]} == {"fault_repair_in_limit", "fault_repair_time"}
    assert (demo / "late" / "faults_2026-04_correction.csv").read_text(encoding="gb18030").count("\n") == 3


def test_the_battery_formula_by_hand() -> None:
    site = Site("s", "s", "o", None, 35, 102, "town", "c", 500, 2, date(2021, 3, 1), 15, 80, fixed_generator=False,
                in_service_on=date(2020, 1, 1), travel_s=0)  # fmt: skip
    years = (date(2026, 3, 1) - date(2021, 3, 1)).days / 365.25
    assert site.autonomy_s(date(2026, 3, 1)) == int(500 * 2 * 0.8 * (1 - 0.04 * years) * 0.92 / 80 * 3600)
    assert site.autonomy_s(date(2046, 3, 1)) == int(500 * 2 * 0.8 * 0.5 * 0.92 / 80 * 3600)
    site.lvd_v = 46.0
    assert site.autonomy_s(date(2046, 3, 1)) == int(500 * 2 * 0.8 * 0.75 * 0.5 * 0.92 / 80 * 3600)


def test_a_weak_battery_takes_its_site_down_before_the_formula_says(demo: Path) -> None:
    mains = table(demo, "mains_outages")
    assert any(row["lasts_s"] < 0.9 * row["autonomy_s"] for row in mains)
    assert any(row["lasts_s"] > 1.1 * row["autonomy_s"] for row in mains)
    by_power = {(row["site_id"], row["down_at"]) for row in table(demo, "site_outages") if row["cause"] == "power"}
    dry = {(row["site_id"], row["failed_at"] + timedelta(seconds=row["lasts_s"])): row for row in mains}
    ends = by_power & dry.keys()
    assert len(ends) > 10
    assert all(dry[end]["outcome"] in {"late", "mains_back", "exempt"} for end in ends), "never in time"


@pytest.mark.parametrize(
    ("mhz", "area", "published", "tolerance"),
    [
        (869, "urban", 137.88, 0.1),
        (869, "town", 128.03, 0.1),
        (869, "rural", 109.66, 0.2),
        (2114, "urban", 150.64, 0.1),
    ],
)
def test_path_loss_agrees_with_published_values(mhz: float, area: str, published: float, tolerance: float) -> None:
    assert path_loss_db(mhz, 30, 2, area, receiver_m=1) == pytest.approx(published, abs=tolerance)


def test_pattern_loss_agrees_with_the_published_table() -> None:
    assert pattern_loss_db(0, 5) == pytest.approx(3)
    assert pattern_loss_db(32.5, 0) == pytest.approx(3)
    assert pattern_loss_db(0, 40) == 20
    assert pattern_loss_db(180, 40) == 25
