"""The parts of a change add up to it, whatever happened to values, targets, weights, definitions and exclusions."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.kpi import catalogue, power
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.change import KEYS, at_target, gains, score_changes, split, total_scores, what_if
from ops_platform.kpi.definition import none
from ops_platform.kpi.harm import effects, harmful, ideal
from ops_platform.kpi.scoring import score
from ops_platform.policy import Policy
from tests.kpi.months import build, installation, measure, target
from tests.kpi.test_faults import fault
from tests.maintenance.builders import at, store

LATE, OUTAGES, REPAIR, HALL, AVAILABILITY = (
    "generator_timeliness", "site_outages", "fault_repair_time", "hall_satisfaction", "site_availability",
)  # fmt: skip
LINEAR = {"scoring": "linear", "target": 98.0, "baseline": 80.0, "challenge": 100.0, "ladder_step": np.nan,
          "ladder_points": np.nan}  # fmt: skip


def side(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return judged rows of office O1 unless said otherwise."""
    blank = {"level": "office", "office_id": "O1", "granted": 0.0, "weight": 10.0, **LINEAR}
    frame = pd.DataFrame([blank | row for row in rows])
    scale = frame["kpi_id"].map({kpi.id: kpi.scale for kpi in CATALOGUE.values()})
    value = frame["numerator"] / frame["denominator"].where(frame["denominator"] > 0) * scale
    frame = frame.assign(value=value)
    frame = frame.assign(score=score(frame), **effects(frame))
    frame["met"] = (frame["value"] >= frame["target"]).astype("boolean")
    return frame


def total(rows: pd.DataFrame) -> float:
    scored = rows[rows["score"].notna() & rows["weight"].notna()]
    return float((scored["score"] * scored["weight"]).sum() / scored["weight"].sum())


def parts_of(found: pd.DataFrame, kpi_id: str = LATE) -> dict[str, float]:
    mine = found[found["kpi_id"] == kpi_id]
    return dict(zip(mine["part"], mine["points"], strict=True))


def test_three_late_runs_cost_what_they_took_from_the_score() -> None:
    before = side({"kpi_id": LATE, "numerator": 50, "denominator": 50},
                  {"kpi_id": AVAILABILITY, "numerator": 90, "denominator": 100, "weight": 90.0})  # fmt: skip
    after = side({"kpi_id": LATE, "numerator": 47, "denominator": 50},
                 {"kpi_id": AVAILABILITY, "numerator": 90, "denominator": 100, "weight": 90.0})  # fmt: skip
    found = split(before, after)
    # Six points of value are 30 of the score's 100, of which the weight makes a tenth.
    assert parts_of(found) == {"now": pytest.approx(-3.0)}
    (row,) = found[(found["kpi_id"] == LATE) & (found["part"] == "now")].to_dict("records")
    assert (row["units"], row["value_change"]) == (3, pytest.approx(-6.0))


def test_what_went_wrong_before_and_does_no_more_is_given_back() -> None:
    before = side({"kpi_id": LATE, "numerator": 48, "denominator": 50})
    after = side({"kpi_id": LATE, "numerator": 49, "denominator": 50})
    assert parts_of(split(before, after)) == {"before": pytest.approx(20.0), "now": pytest.approx(-10.0)}


def test_a_target_made_harder_costs_points_of_its_own() -> None:
    before = side({"kpi_id": LATE, "numerator": 90, "denominator": 100})
    after = side({"kpi_id": LATE, "numerator": 90, "denominator": 100, "baseline": 88.0})
    found = parts_of(split(before, after))
    assert found["target"] < 0
    assert found["target"] == pytest.approx(total(after) - total(before) - found["before"] - found["now"])
    assert found["before"] == pytest.approx(-found["now"])


def test_an_exclusion_gives_back_what_its_event_would_have_cost() -> None:
    before = side({"kpi_id": LATE, "numerator": 50, "denominator": 50})
    after = side({"kpi_id": LATE, "numerator": 48, "denominator": 48, "granted": 2.0})
    found = split(before, after)
    assert parts_of(found) == {"now": pytest.approx(-20.0), "exclusions": pytest.approx(20.0)}
    assert found.set_index("part").loc["exclusions", "units"] == 2


def test_another_definition_is_told_apart_from_what_happened() -> None:
    before = side({"kpi_id": LATE, "numerator": 50, "denominator": 50})
    redefined = side({"kpi_id": LATE, "numerator": 49, "denominator": 50})
    after = side({"kpi_id": LATE, "numerator": 49, "denominator": 50})
    found = parts_of(split(before, after, redefined))
    assert found["definition"] == pytest.approx(-10.0)
    assert found["before"] == pytest.approx(-found["now"])


def test_a_kpi_that_joins_moves_the_total_by_its_weight_alone() -> None:
    old = {"kpi_id": LATE, "numerator": 90, "denominator": 100}
    before = side(old, {"kpi_id": AVAILABILITY, "numerator": 0, "denominator": 0})
    after = side(old, {"kpi_id": AVAILABILITY, "numerator": 100, "denominator": 100})
    found = split(before, after)
    assert set(parts_of(found, AVAILABILITY)) == {"weight"}
    assert found["points"].sum() == pytest.approx(25.0)


def test_a_subject_without_an_earlier_month_has_no_parts() -> None:
    after = side({"kpi_id": LATE, "numerator": 1, "denominator": 1})
    assert split(after.iloc[:0], after).empty


CASES = {
    LATE: LINEAR,
    AVAILABILITY: {**LINEAR, "scoring": "ladder", "ladder_step": 0.7, "ladder_points": 4.0},
    OUTAGES: {**LINEAR, "target": 25.0, "baseline": 60.0, "challenge": 10.0},
    REPAIR: {**LINEAR, "target": 24.0, "baseline": 30.0, "challenge": 4.0},
    "fault_report_timeliness": {**LINEAR, "scoring": "ladder", "ladder_step": 1.0, "ladder_points": 5.0},
}


def months(seed: int) -> list[pd.DataFrame]:
    """Return before, after, and what of before other definitions change."""
    random = np.random.default_rng(seed)
    sides = []
    for _ in range(3):
        rows = []
        for office in ("O1", "O2"):
            for kpi_id, rule in CASES.items():
                denominator = int(random.choice([0, 1, 7, 60]))
                numerator = int(random.integers(0, denominator * (1 if ideal(CATALOGUE[kpi_id]) else 90_000) + 1))
                shift = float(random.choice([0.0, 0.0, 1.5]))
                rows.append(
                    {"kpi_id": kpi_id, "office_id": office, "numerator": numerator, "denominator": denominator,
                     "granted": float(random.integers(0, 5)), "weight": float(random.choice([3.0, 12.0, np.nan])),
                     **rule, "target": rule["target"] + shift, "baseline": rule["baseline"] + shift}
                )  # fmt: skip
        sides.append(side(*rows))
    sides[2] = sides[2].iloc[:: random.integers(1, 4)]
    return sides


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_the_parts_add_up_to_the_change_of_every_total(seed: int) -> None:
    before, after, redefined = months(seed)
    before_rows = before.set_index(KEYS)
    # A definition that leaves a KPI without a value is no bridge to the next month.
    valued = before_rows.loc[list(map(tuple, redefined[KEYS].to_numpy())), "value"].notna().to_numpy()
    usable = redefined[redefined["value"].notna() & valued]
    for start, found in (
        (before, split(before, after, usable)),
        (at_target(after), split(at_target(after), after)),
    ):
        for office in ("O1", "O2"):
            first, last = (rows[rows["office_id"] == office] for rows in (start, after))
            if all((rows["score"].notna() & rows["weight"].notna()).any() for rows in (first, last)):
                points = found.loc[found["office_id"] == office, "points"].sum()
                assert abs(total(last) - total(first) - points) < 1e-9
            else:
                assert found[found["office_id"] == office].empty


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_the_value_changes_add_up_to_the_change_of_every_value(seed: int) -> None:
    before, after, _ = months(seed)
    found = split(before, after)
    moved = found.groupby(KEYS)["value_change"].sum()
    both = before.merge(after, on=KEYS, suffixes=("_before", ""))
    for row in both[both["value"].notna() & both["value_before"].notna()].itertuples():
        key = (row.level, row.office_id, row.kpi_id)
        if found["office_id"].eq(row.office_id).any():
            assert moved.get(key, 0.0) == pytest.approx(row.value - row.value_before, abs=1e-9 * max(1, row.value))


def test_the_most_harmful_subjects_come_first_and_share_all_of_the_harm() -> None:
    rows = pd.DataFrame(
        [("A", 1, 4), ("A", 0, 1), ("B", 2, 2), ("C", 0, 1)], columns=["subject_id", "numerator", "denominator"]
    )
    found = harmful(rows, CATALOGUE[LATE])
    assert found.to_dict("list") == {"subject_id": ["A", "C"], "harm": [4, 1], "share": [0.8, 0.2]}
    assert harmful(rows, CATALOGUE[OUTAGES])["harm"].tolist() == [2, 1]
    assert harmful(rows, CATALOGUE[HALL]).empty
    assert harmful(rows, CATALOGUE["dl_throughput"]).empty


def test_what_if_tells_the_score_and_rank_of_values_assumed() -> None:
    rows = side({"kpi_id": LATE, "office_id": "O1", "numerator": 90, "denominator": 100},
                {"kpi_id": LATE, "office_id": "O2", "numerator": 95, "denominator": 100})  # fmt: skip
    then = what_if(rows, {("O1", LATE): 98.0}).set_index("office_id")
    assert then.loc["O1"].tolist() == pytest.approx([50.0, 2, 90.0, 1])
    assert then.loc["O2"].tolist() == pytest.approx([75.0, 1, 75.0, 2])
    assert gains(rows).to_dict("records")[0] == {
        "office_id": "O1", "kpi_id": LATE, "points": pytest.approx(40.0), "rank": 2, "rank_then": 1,
    }  # fmt: skip


def test_offices_that_differ_by_the_last_bits_share_a_rank() -> None:
    rows = side(*({"kpi_id": LATE, "office_id": office, "numerator": top, "denominator": 100}
                  for office, top in (("O1", 90), ("O2", 90), ("O3", 85))))  # fmt: skip
    rows.loc[1, "score"] += 1e-12
    assert total_scores(rows)["rank"].tolist() == [1, 1, 3]


def test_the_bridge_between_definitions_is_the_one_in_force_in_the_later_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accuracy = "fault_report_accuracy"
    (first,) = (kpi for kpi in power.KPIS if kpi.id == accuracy)
    # From April on every fault counts as hit; what holds from June on concerns neither month.
    second = replace(first, version="2", effective_from=date(2026, 4, 1), numerator=first.denominator)
    third = replace(first, version="3", effective_from=date(2026, 6, 1), numerator=none)
    monkeypatch.setitem(catalogue.DECLARED, "power", (*power.KPIS, second, third))
    causes = [("power", "power"), ("power", "equipment")]
    faults = [fault(occurred="03-12 08:00", causes=both) | {"fault_id": f"F{n}"} for n, both in enumerate(causes)]
    platform = installation(tmp_path, at("05-03 08:00"), targets=[target(accuracy)])
    store(platform.settings.warehouse, faults=faults, sites=[{}], staff=[{"staff_id": "E1", "office_id": "O1"}])
    build(platform, measure(accuracy, "O1", 1, 2))
    build(platform, measure(accuracy, "O1", 2, 2, day="04-12", version="2"), month="2026-04")
    rows = score_changes(platform.facts, "2026-04", Policy(), platform.now()).to_pylist()
    (row,) = (row for row in rows if row["office_id"] == "O1" and row["part"] == "definition")
    assert row["value_change"] == pytest.approx(50.0)
    assert {row["part"] for row in rows if row["office_id"] == "O1" and row["basis"] == "last_month"} <= {
        "definition", "before"
    }  # fmt: skip
