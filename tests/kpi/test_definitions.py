"""The catalogue and docs/definitions.md say the same, so that neither drifts."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ops_platform.contracts import FEEDS
from ops_platform.contracts.base import Contract
from ops_platform.contracts.outages import OUTAGE_CAUSES, OUTCOMES
from ops_platform.contracts.scores import MEASURES
from ops_platform.kpi.catalogue import CATALOGUE, FEEDS_OF, SUBJECTS, feeds_of
from ops_platform.kpi.definition import Kpi, in_force, none
from ops_platform.policy import Policy
from ops_platform.policy.cells import CellRule
from tests.maintenance.builders import EXAMPLES

DOCUMENT = (Path(__file__).parents[2] / "docs" / "definitions.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.partition("## KPIs")[2].partition("**Outcome")[0].splitlines()
    if line.startswith("|")
]
HEADER, _, *BODY = ROWS
KPIS = {name.partition(" ")[0]: dict(zip(HEADER, row, strict=True)) for row in BODY for name in row[0].split(", ")}


def test_every_documented_kpi_is_declared_and_every_declared_one_documented() -> None:
    assert set(KPIS) == set(CATALOGUE)


@pytest.mark.parametrize("kpi_id", CATALOGUE)
def test_a_kpi_is_declared_as_documented(kpi_id: str) -> None:
    kpi, row = CATALOGUE[kpi_id], KPIS[kpi_id]
    assert kpi.house == ("(house" in row["id"])
    assert (kpi.excluded is none) == (row["excluded"] == "0")
    unit = row["unit"]
    if factor := re.search(r"^per (\d+) .*: x ([\d.]+)$", unit):
        assert (kpi.unit, kpi.scale) == (f"/{factor[1]}", float(factor[2]))
    elif factor := re.search(r"^h: / (\d+)$", unit):
        assert (kpi.unit, kpi.scale) == ("h", 1 / float(factor[1]))
    elif unit == "points: own - competitor":
        assert (kpi.unit, kpi.scale, dict(kpi.weights)) == ("points", 1.0, {"own": 1.0, "competitor": -1.0})
        return
    elif unit == "kbit/s":
        assert (kpi.unit, kpi.scale) == (unit, 1000.0)
    elif unit in {"per second", "Mbit/s"}:
        assert (kpi.unit, kpi.scale) == ({"per second": "/s"}.get(unit, unit), 1.0)
    else:
        # A survey's score per response is a percentage already.
        points = row["numerator"].startswith("score_sum")
        assert (kpi.unit, kpi.scale) == ("%", 1.0 if points else 100.0)
    if kpi.product:
        assert unit == f"product of {', '.join(kpi.weights)}"
        assert set(kpi.weights.values()) == {1.0}
        return
    weights = {item: float(weight) for weight, item in re.findall(r"([\d.]+) ([a-z]+)", unit)} if kpi.weights else {}
    assert dict(kpi.weights) == weights
    assert not kpi.weights or sum(kpi.weights.values()) == pytest.approx(1)


@pytest.mark.parametrize("kpi", CATALOGUE.values(), ids=list(CATALOGUE))
def test_a_kpi_has_a_name_and_a_meaning_in_both_languages(kpi: object) -> None:
    declared = CATALOGUE[getattr(kpi, "id", "")]
    assert re.search(r"[\u4e00-\u9fff]", declared.zh + declared.meaning_zh)
    assert not re.search(r"[\u4e00-\u9fff]", declared.en + declared.meaning_en)


LOWER = {
    "site_outages", "fault_repair_time", "tch_drop_rate", "tch_drop_rate_without_handover", "tch_congestion",
    "sdcch_congestion", "erab_drop_rate", "erab_retainability", "flow_retainability", "worst_cell_share",
    "repeat_complaint_share", "complaints_per_10000_users",
    "fault_repeat_dispatch_share", "fault_return_share",
}  # fmt: skip


def test_less_is_better_of_what_goes_wrong_and_more_of_everything_else() -> None:
    assert {kpi.id for kpi in CATALOGUE.values() if kpi.better == "lower"} == LOWER


def test_availability_is_shown_to_three_digits_and_what_is_per_second_to_six() -> None:
    assert {kpi.id: kpi.decimals for kpi in CATALOGUE.values() if kpi.decimals != 2} == {
        "site_availability": 3, "cell_availability": 3, "cell_availability_without_manual": 3, "erab_retainability": 6,
        "flow_retainability": 6,
    }  # fmt: skip


def test_every_subject_has_a_table_of_measures() -> None:
    assert set(MEASURES) == set(SUBJECTS)
    assert all(isinstance(contract, Contract) for contract in MEASURES.values())
    assert sorted(kpi.id for kpis in SUBJECTS.values() for kpi in kpis) == sorted(CATALOGUE)


POLICY = Policy()
TRAFFIC = POLICY.traffic
QSD, QTD = POLICY.worst_cell.network_percentiles
PACKET = POLICY.packet
SHIFT = POLICY.load_shift
REVIEW = POLICY.complaint.review
INTERCONNECT = POLICY.interconnect
CAUSES = POLICY.worst_cell.causes
LEARNING = POLICY.power.learning
NUMBERS = [
    f"*{POLICY.power.merge_gap_s} s*",
    f"usable = {POLICY.power.usable_share} x d(lvd_v);",
    "d is *" + ", ".join(f"{left:g} at {volts:g} V" for volts, left in POLICY.power.usable_by_lvd_v) + "*",
    f"with the time to it / *{LEARNING.low_voltage_share}*",
    f"(test load / site load)^*{LEARNING.peukert}*",
    f"less than *{LEARNING.recharge_h:g} h* after",
    f"about *{LEARNING.history_months} months*",
    f"for *{LEARNING.band:.0%}* of discharges".replace("%", " %"),
    f"*t = {LEARNING.between_sites} and s = {LEARNING.within_site}* weigh in as *{LEARNING.spread_weight}* sites",
    f"neither is below *{LEARNING.spread_floor}*",
    f"below *{1 - LEARNING.differs_share:.0%}* of its design".replace("%", " %"),
    f"age = max({POLICY.power.capacity_floor}, 1 - {POLICY.power.yearly_fade} x years);",
    f"cold = 1 - {POLICY.power.cold_loss_per_c} x max(0, 25 - temperature_c)",
    f"*{POLICY.power.safety_margin_min} min*. **deadline**",
    f"goes down within *{POLICY.power.witnesses.disconnect_s} s* of the clear",
    "(*" + ", ".join(f"{name} {limit}" for name, limit in POLICY.power.class_limit_min.items()) + " min*",
    f"*{POLICY.power.setup_min} min* set-up",
    f"x *{POLICY.power.road_factor}* / *{POLICY.power.road_speed_kmh:g} km/h*",
    f"sampled every *{POLICY.power.relief_step_m:g} m*",
    f"longer by *{POLICY.power.relief_factor}* for each 100 m",
    f"within *{POLICY.power.transmission_window_s} s*",
    "(*" + ", ".join(f"{name} {limit}" for name, limit in POLICY.fault.report_limit_min.items()) + " min*)",
    f"within *{POLICY.fault.response_limit_min} min* of the report",
    f"within its limit (*{POLICY.fault.repair_limits[0].limit:g} {POLICY.fault.repair_limits[0].count}*)",
    f"within *{POLICY.complaint.close_limit_h} h*",
    f"answered within *{POLICY.complaint.answer_limit_min} min*",
    f"is *{POLICY.scoring.composite['monthly']}* x the mean of its total scores",
    f"*{POLICY.scoring.composite['key_work']}* x the mean of its\n`assessments` of key work",
    f"+ *{POLICY.scoring.composite['inspection_tour']}* x that of inspection tours",
    f"of each role add up to *{POLICY.scoring.weights_sum}*",
    f"*{POLICY.complaint.repeat_days} days* ({POLICY.complaint.repeat_days * 24} h)",
    f"on at least *{POLICY.worst_cell.daily_share_pct:g} %* of the days",
    f"drop rate <= *{POLICY.worst_cell.daily_drop_limit_pct:g} %*",
    *(f"from *{limit:g} %*" for limit in TRAFFIC.bands_from_pct),
    f"B <= *{TRAFFIC.blocking_target:.0%}*".replace("%", " %"),
    f"up to *{TRAFFIC.horizon_months}* ahead",
    f"exhausted within *{TRAFFIC.plan_within_months}* months",
    "between *{:g} %* and *{:g} %* a month".format(*TRAFFIC.growth_between_pct),
    f"at least *{CAUSES.outage_days_share:.0%}* of the met_days".replace("%", " %"),
    f"(> *{CAUSES.congestion_over_pct:g} %* of the busy hours'",
    f"(> *{CAUSES.interference_over_pct:g} %* of\nidle-channel",
    f"(< *{CAUSES.covered_under_pct:g} %* of measurement reports",
    f"(< *{CAUSES.handover_success_under_pct:g} %* of handovers out",
    f"within *{CAUSES.gap_within_km:g} km*), `no_evidence`",
    f"fewer than *{CAUSES.least_counts}* samples",
    f"fewer than *{INTERCONNECT.serious_connect_under_pct:g} %* connected",
    f"of at least *{INTERCONNECT.least_attempts}* valid attempts",
    f"the *{QSD.days_pct} %* percentile over its days, and of these the *{QSD.cells_pct} %* percentile over the cells",
    f"met at *{QSD.limit_pct:g} %* or less: at least",
    f"the *{QTD.cells_pct} %* percentile over its cells, and of these the *{QTD.days_pct} %* percentile over",
    f"met at *{QTD.limit_pct:g} %* or less. It is",
    f"*{PACKET.gprs_scheme}* without EDGE, *{PACKET.edge_scheme}* with it",
    f"a phone takes *{PACKET.slots}*",
    f"*{PACKET.busy_share_pct:g} %* of a day's volume",
    f"*{PACKET.target_kbps:g} kbit/s* can be expected, at most *{PACKET.most_channels}*",
    f"over *{PACKET.congestion_over_pct:g} %* of calls overflow)",
    f"whole hours (at least *{SHIFT.least_hours}*;",
    f"the *{SHIFT.neighbours}* nearest\nsites within *{SHIFT.within_km:g} km*",
    f"is above *{SHIFT.spreads:g}* x the root",
    f"over *{SHIFT.load_over_pct:g} %* of the channels were used",
    f"or over *{SHIFT.congestion_over_pct:g} %* of attempts overflowed",
    f"within *{REVIEW.place_within_km:g} km* of its position",
    f"site outages over *{REVIEW.outage_over_h:g} h*",
    f"fewer than *{REVIEW.covered_under_pct:g} %* of measurement reports at",
    f"busy-hour drop rate over *{REVIEW.drop_over_pct:g} %*, E-RAB drop rate over *{REVIEW.erab_drop_over_pct:g} %*",
    f"congestion over *{REVIEW.congestion_over_pct:g} %* (",
    f"load over\n*{REVIEW.load_over_pct:g} %* (",
    f"downlink under *{REVIEW.throughput_under_mbps:g} Mbit/s*",
    f"from *{REVIEW.least_complaints}* complaints of one cause",
    f"must explain *{INTERCONNECT.penalty:g}* x ln(hours)",
    f"by at least *{INTERCONNECT.change_points:g}* points",
    f"interval of *{INTERCONNECT.confidence:.0%}* (statsmodels".replace("%", " %"),
    f"within *{POLICY.coverage.radius_km:g} km*",
    f"receiver at *{POLICY.coverage.receiver_height_m} m*",
    f"*{POLICY.coverage.threshold_dbm:g} dBm*",
    f"today + *{POLICY.inspection.due_soon_days} days*",
]


@pytest.mark.parametrize("words", NUMBERS)
def test_a_house_number_is_the_documented_one(words: str) -> None:
    assert words in DOCUMENT


def documented(rule: CellRule) -> str:
    """Return the row of the document that a worst-cell rule must have."""
    low, high = rule.traffic_from_erl_per_channel, rule.traffic_to_erl_per_channel
    gates = [
        f"*{low}* <= Erl per channel <= *{high}*" if low else "",
        *(f"{what} > *{limit:g}*" for what, limit in (
            ("Erl per channel", rule.traffic_over_erl_per_channel), ("Erl", rule.traffic_over_erl),
            ("drops", rule.drops_over), ("seizures", rule.seizures_over),
        ) if limit is not None),
    ]  # fmt: skip
    rates = (("drop", rule.drop_over_pct), ("congestion", rule.congestion_over_pct))
    over = " or ".join(f"{what} > *{limit:g} %*" for what, limit in rates if limit is not None)
    times = "1 in 1" if rule.within == 1 else f"*{rule.times}* in *{rule.within}*"
    cells = [rule.id + " (house)" * rule.house, rule.version, rule.judged, "; ".join(filter(None, gates)), over, times]
    return "| " + " | ".join([*cells, rule.source]).replace("|  |", "| |") + " |"


@pytest.mark.parametrize("rule", POLICY.worst_cell.rules, ids=lambda rule: rule.id)
def test_a_worst_cell_rule_is_the_documented_one(rule: CellRule) -> None:
    assert documented(rule) in DOCUMENT
    assert f"the selected rule, *{POLICY.worst_cell.selected}*;" in DOCUMENT


def test_outcomes_and_causes_are_listed_in_the_order_in_which_they_fit() -> None:
    outcomes = DOCUMENT.partition("**Outcome of a mains outage**")[2].partition("\n\n")[0]
    # An outcome is followed by its condition in brackets, the last by a full stop.
    assert re.findall(r"`(\w+)`(?= \(|\.$)", outcomes, re.MULTILINE) == list(OUTCOMES)
    causes = DOCUMENT.partition("Cause, the first that fits:")[2].partition("\n\n")[0]
    assert re.findall(r"`(\w+)`(?= \(|\.$)", causes, re.MULTILINE) == list(OUTAGE_CAUSES)


def test_the_tests_know_every_type_of_column() -> None:
    assert {column.dtype for contract in MEASURES.values() for column in contract.columns} <= set(EXAMPLES)


# Versions


def kpi(version: str, since: date, kpi_id: str = "site_outages") -> Kpi:
    return replace(CATALOGUE[kpi_id], version=version, effective_from=since)


@pytest.mark.parametrize(
    ("month", "version"), [("2025-06", "1"), ("2026-02", "1"), ("2026-03", "2"), ("2026-04", "2"), ("2026-05", "3")]
)
def test_a_month_has_the_version_in_force_on_its_first_day(month: str, version: str) -> None:
    versions = (kpi("3", date(2026, 4, 2)), kpi("1", date(2026, 1, 1)), kpi("2", date(2026, 3, 1)))
    (found,) = in_force(versions, month)
    assert found.version == version


def test_versions_keep_the_place_of_their_kpi() -> None:
    versions = (kpi("1", date(2026, 1, 1)), kpi("1", date(2026, 1, 1), "fault_repair_time"), kpi("2", date(2026, 2, 1)))
    assert [(one.id, one.version) for one in in_force(versions, "2026-02")] == [
        ("site_outages", "2"), ("fault_repair_time", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("declared", CATALOGUE.values(), ids=list(CATALOGUE))
def test_a_source_reads_in_both_languages_or_names_a_document(declared: Kpi) -> None:
    assert not re.search(r"[\u4e00-\u9fff]", declared.source)
    assert re.search(r"[\u4e00-\u9fff]", declared.source_zh) or not re.search(r"[a-z]{3}", declared.source_zh)


@pytest.mark.parametrize("declared", CATALOGUE.values(), ids=list(CATALOGUE))
def test_a_kpi_says_from_which_feeds_it_comes(declared: Kpi) -> None:
    assert set(feeds_of(declared)) <= set(FEEDS)
    assert "contests" in feeds_of(declared)


@pytest.mark.parametrize(
    ("kpi_id", "value", "band"),
    [
        ("customer_satisfaction", 68.99, "red"), ("customer_satisfaction", 69.0, ""), ("hall_satisfaction", 90.0, ""),
        ("hall_satisfaction", 90.01, "blue"), ("satisfaction_lead", 9.9, "red"), ("satisfaction_lead", 10.0, ""),
        ("satisfaction_lead", 20.0, ""), ("satisfaction_lead", 20.1, "blue"), ("satisfaction_lead", None, ""),
        ("site_availability", 1.0, ""),
    ],
)  # fmt: skip
def test_satisfaction_is_red_and_blue_where_the_operator_s_plan_says(
    kpi_id: str, value: float | None, band: str
) -> None:
    assert CATALOGUE[kpi_id].band(value) == band


@pytest.mark.parametrize(
    ("kpi_id", "origin"),
    [
        ("generator_timeliness", "house"), ("site_outages", "operator"), ("complaint_in_limit", "operator"),
        ("erab_drop_rate", "operator"), ("cell_availability_without_manual", "operator"),
        ("site_availability", "standard"), ("fault_repair_time", "standard"), ("tch_drop_rate", "standard"),
    ],
)  # fmt: skip
def test_what_no_standard_gives_is_never_shown_as_one(kpi_id: str, origin: str) -> None:
    assert CATALOGUE[kpi_id].origin == origin


def test_every_kpi_says_from_which_feeds_it_comes() -> None:
    assert {kpi.table for kpi in CATALOGUE.values()} == FEEDS_OF.keys()
