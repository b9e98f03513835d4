"""What is contested counts until it is decided; what is upheld leaves both sums and is counted as excluded."""

from pathlib import Path
from typing import Any

import pytest

from ops_platform.contracts.events import EXCLUSIONS
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.contests import contests
from ops_platform.kpi.explain import RowsBehind, explain
from ops_platform.kpi.fairness import REASONS, contested_events, exclusions_by_reason
from ops_platform.kpi.measures import COUNTS, month_measures
from ops_platform.policy import Policy
from ops_platform.reporting.published_words import EXCLUDED_FOR
from tests.maintenance.builders import Row, at, on, store

NOW = at("04-20 12:00")
KPI = "fault_repair_in_limit"
MONTH = "2026-03"


def contest(event: str = "F1", kpi_id: str = KPI, day: str = "03-05", **more: Any) -> Row:
    """Return a contest of an event, which nobody has decided."""
    row = {"contest_id": f"C-{event}", "kpi_id": kpi_id, "event_id": event, "event_on": on(day), "office_id": "O1"}
    raised = {"raised_by": "E1", "raised_at": at("03-20 09:00"), "reason": "洪水断路", "evidence": "照片"}
    return row | raised | more


def decided(decision: str, by: str = "主任", **more: Any) -> Row:
    """Return what an approver adds to a contest."""
    return {"decision": decision, "decided_by": by, "decided_at": at("03-25 09:00"), "decision_reason": "属实"} | more


def facts(root: Path, *rows: Row) -> Facts:
    """Return two faults of one site and day: one repaired in time, one late; a worked site day; and these contests."""
    faults = [
        {"fault_id": "F1", "occurred_at": at("03-05 08:00"), "repaired_at": at("03-09 08:00")},
        {"fault_id": "F2", "occurred_at": at("03-05 09:00"), "repaired_at": at("03-05 12:00")},
    ]
    downs = [{"site_outage_id": "D1", "down_at": at("03-05 10:00"), "up_at": at("03-05 11:00"), "cause": "power"}]
    return store(root, sites=[{}], offices=[{}], faults=faults, site_outages=downs, contests=list(rows))


def counts(root: Path, kpi_id: str, *rows: Row) -> list[float]:
    measured = month_measures("power", facts(root, *rows), MONTH, Policy(), NOW).to_pandas()
    mine = measured[measured["kpi_id"] == kpi_id]
    return [float(mine[name].sum()) for name in COUNTS]


def test_until_it_is_decided_an_event_counts_as_it_did(tmp_path: Path) -> None:
    without = counts(tmp_path / "a", KPI)
    assert without == [1, 2, 0, 0, 0]
    assert counts(tmp_path / "b", KPI, contest()) == without
    assert counts(tmp_path / "c", KPI, contest() | decided("rejected")) == without


def test_what_is_upheld_leaves_both_sums_and_is_counted_as_excluded(tmp_path: Path) -> None:
    assert counts(tmp_path / "a", KPI, contest() | decided("upheld")) == [1, 1, 1, 0, 0]
    assert counts(tmp_path / "b", KPI, contest("F2") | decided("upheld")) == [0, 1, 1, 0, 0], "good or bad alike"


def test_another_kpi_of_the_event_counts_on(tmp_path: Path) -> None:
    assert counts(tmp_path / "a", "fault_repair_time", contest() | decided("upheld"))[1] == 2


def test_what_is_left_out_is_as_much_as_the_event_weighs(tmp_path: Path) -> None:
    before = counts(tmp_path / "a", "site_availability")
    upheld = contest("S1", "site_availability") | decided("upheld")
    after = counts(tmp_path / "b", "site_availability", upheld)
    assert [a - b for a, b in zip(after, before, strict=True)] == [-(86400 - 3600), -86400, 86400, 0, 0]


@pytest.mark.parametrize("change", [{"event_on": on("03-06")}, {"event_id": "F9"}, {"kpi_id": "site_outages"}])
def test_a_contest_that_names_another_day_event_or_kpi_changes_nothing(tmp_path: Path, change: Row) -> None:
    assert counts(tmp_path, KPI, contest() | decided("upheld") | change) == [1, 2, 0, 0, 0]


@pytest.mark.parametrize(
    "change", [{"decided_by": "E1"}, {"decided_by": None}, {"decided_at": None}, {"decision": None}]
)
def test_a_decision_needs_a_person_other_than_who_raised_it_and_a_time(tmp_path: Path, change: Row) -> None:
    known = facts(tmp_path, contest() | decided("upheld") | change)
    assert contests(known, MONTH)["state"].tolist() == ["open"]


def test_the_latest_contest_of_an_event_stands(tmp_path: Path) -> None:
    again = contest(contest_id="C-0", raised_at=at("03-26 09:00"))
    rows = [contest() | decided("rejected"), again | decided("upheld")]
    assert counts(tmp_path, KPI, *rows) == [1, 1, 1, 0, 0]


def test_what_is_left_out_is_explained_as_excluded(tmp_path: Path) -> None:
    known = facts(tmp_path, contest() | decided("upheld"))
    rows = explain(CATALOGUE[KPI], RowsBehind(known, MONTH, Policy(), NOW)).set_index("fault_id")
    assert rows.loc["F1", ["numerator", "denominator", "excluded"]].tolist() == [0, 0, 1]


def test_contests_are_listed_with_what_became_of_them_the_open_ones_first(tmp_path: Path) -> None:
    known = facts(
        tmp_path,
        contest("F2") | decided("upheld"),
        contest("F9"),
        contest("F1", raised_at=at("03-21 09:00"), office_id="O7"),
        contest("F1", "no_such_kpi", contest_id="C-x", raised_at=at("03-22 09:00")),
    )
    rows = contested_events(RowsBehind(known, MONTH, Policy(), NOW))
    assert rows[["contest_id", "state", "found"]].to_numpy().tolist() == [
        ["C-F9", "open", False],
        ["C-F1", "open", True],
        ["C-x", "open", False],
        ["C-F2", "upheld", True],
    ]
    assert rows.set_index("contest_id")["office_id"].to_dict()["C-F1"] == "O1", "the office is that of the event"


def test_a_month_without_contests_lists_none(tmp_path: Path) -> None:
    assert contested_events(RowsBehind(facts(tmp_path), MONTH, Policy(), NOW)).empty


def test_what_is_left_out_is_told_by_reason_and_adds_up(tmp_path: Path) -> None:
    faults = [
        {"fault_id": f"F{n}", "occurred_at": at("03-05 08:00"), "repaired_at": at("03-09 08:00"), "returns": 1}
        for n in range(1, 6)
    ]
    register = {"kpi_id": KPI, "approved_by": "主任", "approved_at": at("03-10 09:00"), "evidence": "照片",
                "starts_at": at("03-05 08:00"), "ends_at": at("03-09 08:00"), "site_id": None}  # fmt: skip
    exclusions = [
        register | {"exclusion_id": "X1", "event_id": "F1", "reason": "force_majeure"},
        register | {"exclusion_id": "X2", "event_id": "F2", "reason": "access_refused"},
        register | {"exclusion_id": "X3", "event_id": "F3", "reason": "access_refused"},
    ]
    known = store(tmp_path, sites=[{}], offices=[{}], faults=faults, exclusions=exclusions,
                  contests=[contest("F4") | decided("upheld"), contest("F5"),
                            contest("F4", "fault_return_share") | decided("upheld")])  # fmt: skip
    rows = exclusions_by_reason(RowsBehind(known, MONTH, Policy(), NOW))
    mine = rows[rows["kpi_id"] == KPI]
    assert dict(zip(mine["reason"], mine["excluded"], strict=True)) == {
        "force_majeure": 1, "access_refused": 2, "contest": 1,
    }  # fmt: skip
    assert set(mine["office_id"]) == {"O1"}
    other = rows[rows["kpi_id"] == "fault_return_share"]
    assert other[["reason", "excluded"]].to_numpy().tolist() == [["contest", 1]], (
        "of a KPI that leaves out nothing else"
    )
    measured = month_measures("power", known, MONTH, Policy(), NOW).to_pandas()
    assert mine["excluded"].sum() == measured.loc[measured["kpi_id"] == KPI, "excluded"].sum()


def test_mains_outages_are_left_out_for_what_became_of_them_or_for_what_covers_them(tmp_path: Path) -> None:
    row = {"failed_at": at("03-05 08:00"), "restored_at": at("03-05 12:00"), "office_id": "O1"}
    outcomes = {"M1": ("mains_back", None), "M2": ("fixed_set", None), "M3": ("exempt", "W1"), "M4": ("exempt", "X1"),
                "M5": ("exempt", "X1 W1"), "M6": ("in_time", "X1")}  # fmt: skip
    known = store(
        tmp_path,
        sites=[{}],
        offices=[{}],
        mains_outages=[
            row | {"mains_outage_id": name, "outcome": outcome, "excluded_by": by}
            for name, (outcome, by) in outcomes.items()
        ],
        planned_work=[{"work_id": "W1", "starts_at": at("03-05 07:00"), "ends_at": at("03-05 20:00")}],
        exclusions=[{"exclusion_id": "X1", "kpi_id": "generator_timeliness", "reason": "force_majeure",
                     "starts_at": at("03-05 07:00"), "ends_at": at("03-05 20:00")}],
    )  # fmt: skip
    rows = exclusions_by_reason(RowsBehind(known, MONTH, Policy(), NOW))
    mine = rows[rows["kpi_id"] == "generator_timeliness"]
    assert dict(zip(mine["reason"], mine["excluded"], strict=True)) == {
        "mains_back": 1, "fixed_set": 1, "planned_work": 1, "force_majeure": 1, "several": 1,
    }  # fmt: skip


def test_a_month_in_which_nothing_is_left_out_has_no_reasons(tmp_path: Path) -> None:
    assert exclusions_by_reason(RowsBehind(facts(tmp_path), MONTH, Policy(), NOW)).empty


def test_every_reason_has_words() -> None:
    assert set(EXCLUDED_FOR) == set(REASONS)
    assert set(REASONS) >= {*EXCLUSIONS.column("reason").words, "planned_work"}
