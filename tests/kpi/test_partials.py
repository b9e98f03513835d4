"""What is kept of a month's cells is what would be computed anew, whatever changed meanwhile."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from ops_platform.contracts import FEEDS, Contract
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS
from ops_platform.contracts.events import CONTESTS
from ops_platform.facts import Facts
from ops_platform.kpi.cell_days import write_cell_days
from ops_platform.kpi.measures import month_measures
from ops_platform.kpi.partials import Partials, mark_of
from ops_platform.kpi.traffic_review import month_of_loads
from ops_platform.policy import Policy
from ops_platform.warehouse import Warehouse
from tests.kpi.conftest import AS_OF, MONTH
from tests.kpi.made_counters import days_of, made_facts
from tests.maintenance.builders import table

DAYS = days_of(date(2026, 3, 1), 3)
MONTHS = {"cell_months 2026-03", "loads 2026-03"}
KEYS = ["kpi_id", "part", "day_on", "office_id", "staff_id"]
Change = Callable[[Facts, Policy], Policy]


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    facts = made_facts(tmp_path_factory.mktemp("warehouse"), 11, DAYS, 12)
    write_cell_days(facts, DAYS)
    return facts


@pytest.fixture
def facts(summed: Facts, tmp_path: Path) -> Facts:
    """Give facts of its own, with the measures of the month kept."""
    shutil.copytree(summed.warehouse.root, tmp_path / "own")
    mine = Facts(Warehouse(tmp_path / "own"), summed.zone)
    measured(mine, BY_HOURS)
    return mine


def measured(facts: Facts, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is made of the kept: measures and loads."""
    rows = month_measures("radio", facts, MONTH, policy, AS_OF).to_pandas()
    loads = month_of_loads(facts.warehouse.connect(), facts, [day.isoformat() for day in DAYS]).to_pandas()
    return rows.sort_values(KEYS, ignore_index=True), loads.sort_values("cell_id", ignore_index=True)


def changed(policy: Policy, **worst_cell: Any) -> Policy:
    return policy.model_copy(update={"worst_cell": policy.worst_cell.model_copy(update=worst_cell)})


BY_HOURS = changed(Policy(), selected="d")
"""So that the month asks its hours."""


def each(name: str) -> set[str]:
    return {f"{name} {day}" for day in DAYS}


def kept(facts: Facts) -> dict[str, int]:
    files = (facts.warehouse.local / "_partials").glob("*/*/*.parquet")
    return {f"{file.parent.parent.name} {file.parent.name}": file.stat().st_ino for file in files}


def without_drops(facts: Facts, contract: Contract, column: str, day: date) -> None:
    key = day.isoformat()
    rows = facts.warehouse.read(contract, [key])
    none = rows.set_column(rows.schema.get_field_index(column), rows.schema.field(column), pa.array([0] * len(rows)))
    facts.warehouse.write(contract, none, key, facts.warehouse.mark(contract, key) or "")


def a_day(facts: Facts, policy: Policy) -> Policy:
    without_drops(facts, CELL_DAYS, "busy_drops", DAYS[1])
    return policy


def hours(facts: Facts, policy: Policy) -> Policy:
    for day in DAYS:
        without_drops(facts, CELL_HOURS, "drops", day)
    return policy


def a_rule(_facts: Facts, policy: Policy) -> Policy:
    return changed(policy, selected="e")


def a_rule_of_hours(_facts: Facts, policy: Policy) -> Policy:
    never = {"drop_over_pct": 100.0}
    rules = (rule.model_copy(update=never if rule.judged == "hour" else {}) for rule in policy.worst_cell.rules)
    return changed(policy, rules=tuple(rules))


def owners(facts: Facts, policy: Policy) -> Policy:
    sites = facts.warehouse.read(FEEDS["sites"])
    names = pa.array(["O2"] * len(sites))
    facts.warehouse.write(
        FEEDS["sites"], sites.set_column(sites.schema.get_field_index("office_id"), "office_id", names)
    )
    return policy


def contest(facts: Facts, policy: Policy) -> Policy:
    upheld = {
        "kpi_id": "tch_drop_rate", "event_id": "C000003", "event_on": DAYS[1], "raised_by": "E1", "decision": "upheld",
        "decided_at": AS_OF, "decided_by": "E2",
    }  # fmt: skip
    facts.warehouse.write(CONTESTS, table("contests", upheld), MONTH)
    return policy


@pytest.mark.parametrize(
    ("change", "made_again"),
    [
        (a_day, {*MONTHS, f"radio_measures {DAYS[1]}", f"bad_hours {DAYS[1]}"}),
        (hours, {"cell_months 2026-03", *each("bad_hours")}),
        (a_rule, {"cell_months 2026-03"}),
        (a_rule_of_hours, {"cell_months 2026-03", *each("bad_hours")}),
        (owners, {*MONTHS, *each("bad_hours"), *each("radio_measures")}),
        (contest, each("radio_measures")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_was_kept_is_what_would_be_computed_and_no_more_is_computed_than_changed(
    facts: Facts, change: Change, made_again: set[str]
) -> None:
    before, files = measured(facts, BY_HOURS), kept(facts)
    assert files.keys() == MONTHS | each("bad_hours") | each("radio_measures")
    policy = change(facts, BY_HOURS)
    now = measured(facts, policy)
    files_now = kept(facts)
    assert {name for name in files if files_now[name] != files[name]} == made_again
    assert len(files_now) == len(files), "what is out of date does not pile up"
    shutil.rmtree(facts.warehouse.local / "_partials")
    for one, anew in zip(now, measured(facts, policy), strict=True):
        pd.testing.assert_frame_equal(one, anew)
    assert not all(one.equals(other) for one, other in zip(now, before, strict=True))


def test_a_month_that_is_what_it_was_is_not_computed_again(facts: Facts) -> None:
    before, files = measured(facts, BY_HOURS), kept(facts)
    for one, again in zip(before, measured(facts, BY_HOURS), strict=True):
        pd.testing.assert_frame_equal(one, again)
    assert kept(facts) == files


def test_a_file_that_was_replaced_by_one_of_the_same_size_has_another_mark(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    marks = set()
    for text in ("one", "two"):
        temporary = tmp_path / "new"
        temporary.write_text(text)
        temporary.replace(file)
        marks.add(mark_of([file], "told"))
    assert len(marks | {mark_of([file], "told otherwise"), mark_of([])}) == 4


def test_only_what_was_made_of_the_same_is_found(tmp_path: Path) -> None:
    partials, rows = Partials(Warehouse(tmp_path), "sums"), pa.table({"n": [1]})
    assert partials.find("2026-03-01", "a") is None
    partials.keep("2026-03-01", "a", rows)
    assert partials.find("2026-03-01", "a") == rows
    assert partials.find("2026-03-01", "b") is partials.find("2026-03-02", "a") is None
    partials.keep("2026-03-01", "b", rows)
    assert partials.find("2026-03-01", "a") is None, "the newest alone is kept"
