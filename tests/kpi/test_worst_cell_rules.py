"""Worst-cell rules as data: each gate, each rate, each persistence; what is not known meets none."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ops_platform.kpi.measures import tables
from ops_platform.policy import Policy
from ops_platform.policy.cells import WORST_CELL_RULES, CellRule, WorstCellPolicy
from ops_platform.warehouse import connect
from tests.kpi.conftest import AS_OF, MONTH, book
from tests.maintenance.builders import Row, on, store

RULES = {rule.id: rule for rule in WORST_CELL_RULES}
CALM = {"traffic_chs": 10_800, "tch_attempts": 1000, "tch_overflows": 0, "tch_seizures": 600, "handovers_in": 400,
        "drops": 0}  # fmt: skip
"""0.3 Erl on each of 10 channels, 3 Erl in all, without drops or congestion."""
FIRST_HOUR = 492_832
"""The midnight that begins 23 March 2026 in Shanghai, in hours."""


def a_day(cell: str, day: str = "03-12", **more: Any) -> Row:
    sums = {f"busy_{name}": value for name, value in (CALM | {k: v for k, v in more.items() if k in CALM}).items()}
    return {"cell_id": cell, "day_on": on(day), **sums, **{k: v for k, v in more.items() if k not in CALM}}


def an_hour(cell: str, hour: int, **more: Any) -> Row:
    day = on("03-23") if hour < 24 else on("03-24")
    return {"cell_id": cell, "day_on": day, "hour_number": FIRST_HOUR + hour} | CALM | more


def met(root: Path, days: list[Row], hours: list[Row] = [], rules: Any = WORST_CELL_RULES) -> dict[str, str]:  # noqa: B006
    """Return the rules that each cell meets."""
    names = sorted({row["cell_id"] for row in days})
    root.mkdir(exist_ok=True)
    facts = store(root, sites=[{}], cells=[{"cell_id": name} for name in names], cell_days=days, cell_hours=hours)
    policy = Policy(worst_cell=WorstCellPolicy(rules=tuple(rules), selected=rules[0].id))
    engine = connect()
    found = engine.to_pyarrow(tables(engine, "radio", facts, MONTH, policy, AS_OF)["cell_months"]).to_pandas()
    assert (found["worst"] == found[f"rule_{rules[0].id}"]).all()
    return {
        row["cell_id"]: " ".join(rule.id for rule in rules if row[f"rule_{rule.id}"]) for _, row in found.iterrows()
    }


@pytest.mark.parametrize(
    ("what", "rules"),
    [
        ({}, ""),
        ({"drops": 30}, "c"),
        ({"drops": 31}, "a b c e"),
        ({"drops": 25}, ""),
        ({"drops": 26}, "c"),
        ({"tch_overflows": 50}, ""),
        ({"tch_overflows": 51}, "e"),
        ({"drops": 40, "traffic_chs": 3600}, "a b"),
        ({"drops": 40, "traffic_chs": 3599}, "b"),
        ({"drops": 40, "traffic_chs": 21_600}, "a b c e"),
        ({"drops": 40, "traffic_chs": 21_601}, "b c e"),
        ({"drops": 40, "traffic_chs": 9000}, "a b e"),
        ({"drops": 40, "traffic_chs": 9001}, "a b c e"),
        ({"drops": 40, "traffic_chs": 4320}, "a b"),
        ({"drops": 40, "traffic_chs": 4321}, "a b e"),
        ({"drops": 3, "tch_seizures": 30, "handovers_in": 0}, "b c e"),
        ({"drops": 4, "tch_seizures": 30, "handovers_in": 0}, "a b c e"),
        ({"drops": None}, ""),
        ({"handovers_in": None, "drops": 100}, ""),
        ({"tch_attempts": None, "drops": 100}, ""),
        ({"drops": 100, "technology": "LTE"}, ""),
    ],
)
def test_a_rule_asks_its_gates_and_its_rates(tmp_path: Path, what: Row, rules: str) -> None:
    technology = what.pop("technology", "GSM")
    day = a_day("C1", **what)
    facts = store(tmp_path, sites=[{}], cells=[{"technology": technology}], cell_days=[day], cell_hours=[])
    engine = connect()
    found = engine.to_pyarrow(tables(engine, "radio", facts, MONTH, Policy(), AS_OF)["cell_months"]).to_pylist()
    gsm = [row for row in found if row["technology"] == "GSM"]
    assert [" ".join(rule for rule in RULES if row[f"rule_{rule}"]) for row in gsm] == ([rules] if gsm else [])


def test_amounts_are_per_busy_hour_and_rates_of_the_sums(tmp_path: Path) -> None:
    few = [
        a_day("few", drops=4, tch_seizures=50, handovers_in=0),
        a_day("few", "03-13", drops=2, tch_seizures=50, handovers_in=0),
    ]
    more = [
        a_day("more", drops=4, tch_seizures=50, handovers_in=0),
        a_day("more", "03-13", drops=3, tch_seizures=50, handovers_in=0),
    ]
    assert met(tmp_path, few + more, rules=[RULES["a"]]) == {"few": "", "more": "a"}
    half = [a_day("half", traffic_chs=18_000), a_day("half", "03-13", traffic_chs=0, drops=100)]
    over = [a_day("over", traffic_chs=18_001), a_day("over", "03-13", traffic_chs=0, drops=100)]
    assert met(tmp_path / "c", half + over, rules=[RULES["c"]]) == {"half": "", "over": "c"}


BAD = {"drops": 21}
"""Of 1,000: 2.1 %."""


@pytest.mark.parametrize(
    ("hours", "is_met"),
    [
        ([(8, BAD), (10, BAD), (12, BAD)], "d"),
        ([(8, BAD), (10, BAD), (13, BAD)], ""),
        ([(8, BAD), (9, BAD)], ""),
        ([(2, BAD), (8, BAD), (9, BAD), (12, BAD)], "d"),
        ([(22, BAD), (23, BAD), (24, BAD)], "d"),
        ([(8, BAD), (10, {"drops": 20}), (12, BAD)], ""),
        ([(8, BAD), (10, {"drops": None}), (12, BAD)], ""),
        ([(hour, {"drops": 20, "tch_seizures": 20, "handovers_in": 0}) for hour in (8, 9, 10)], ""),
        ([(hour, {"drops": 20, "tch_seizures": 21, "handovers_in": 0}) for hour in (8, 9, 10)], "d"),
    ],
)
def test_three_bad_hours_of_any_five_make_a_worst_cell_by_rule_d(
    tmp_path: Path, hours: list[tuple[int, Row]], is_met: str
) -> None:
    days = [a_day("C1", "03-23"), a_day("C1", "03-24")]
    found = met(tmp_path, days, [an_hour("C1", hour, **what) for hour, what in hours], [RULES["d"]])
    assert found == {"C1": is_met}


def test_a_rule_that_an_operator_declares_may_count_days(tmp_path: Path) -> None:
    own = CellRule(id="own", zh="自定", en="Own", source="House", judged="day", drop_over_pct=3, times=2, within=3)
    bad = {"drops": 31}
    near = [a_day("near", "03-10", **bad), a_day("near", "03-11"), a_day("near", "03-12", **bad)]
    far = [a_day("far", "03-10", **bad), a_day("far", "03-11"), a_day("far", "03-13", **bad)]
    once = [a_day("once", "03-10", **bad), a_day("once", "03-11", drops=100, tch_attempts=None)]
    assert met(tmp_path, near + far + once, rules=[own]) == {"near": "own", "far": "", "once": ""}


def test_the_kpi_counts_by_the_selected_rule(tmp_path: Path) -> None:
    facts = store(tmp_path, sites=[{}], cells=[{}], cell_days=[a_day("C1", drops=26)])
    shares = {
        rule: book("radio", facts, policy=Policy(worst_cell=WorstCellPolicy(selected=rule))).of("worst_cell_share")[:2]
        for rule in ("c", "e")
    }
    assert shares == {"c": (1, 1), "e": (0, 1)}


@settings(max_examples=8)
@given(st.sets(st.integers(0, 47), max_size=12))
def test_persistence_is_that_of_any_window(tmp_path_factory: pytest.TempPathFactory, bad: set[int]) -> None:
    days = [a_day("C1", "03-23"), a_day("C1", "03-24")]
    hours = [an_hour("C1", hour, **(BAD if hour in bad else {})) for hour in range(48)]
    found = met(tmp_path_factory.mktemp("hours"), days, hours, [RULES["d"]])
    assert (found["C1"] == "d") == any(len(bad & set(range(first, first + 5))) >= 3 for first in range(48))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"drop_over_pct": None}, "set drop_over_pct"),
        ({"times": 2}, "times must not exceed within"),
        ({"judged": "month", "within": 3}, "judged by month"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CellRule(**({"id": "x", "zh": "某", "en": "X", "source": "House", "judged": "day", "drop_over_pct": 3} | wrong))


def test_the_selected_rule_must_be_there_and_ids_differ() -> None:
    with pytest.raises(ValidationError, match="no worst-cell rule 'z'"):
        WorstCellPolicy(selected="z")
    with pytest.raises(ValidationError, match="same id"):
        WorstCellPolicy(rules=(RULES["e"], RULES["e"]))
