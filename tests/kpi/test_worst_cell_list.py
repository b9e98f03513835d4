"""The worst-cell list: reasons, streak, share, trend, circumstances, probable cause, next step."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.contracts.cells import CELL_CAUSES
from ops_platform.facts import as_frame
from ops_platform.kpi.cell_causes import NEXT_STEPS
from ops_platform.kpi.worst_cell_list import worst_cell_list
from ops_platform.policy.cells import WorstCellPolicy
from tests.kpi.conftest import MONTH
from tests.maintenance.builders import Row, at, on, store

AS_OF = at("03-20 10:00")
BUSY = {"busy_traffic_chs": 10_800, "busy_tch_attempts": 1000, "busy_tch_overflows": 0, "busy_tch_seizures": 600,
        "busy_handovers_in": 400, "busy_drops": 0}  # fmt: skip
SIGNS = {"interference_samples": 1000, "interference_high_samples": 300, "handovers_out_attempts": 200,
         "handovers_out": 180}  # fmt: skip
BAD = {"busy_drops": 40}


def a_day(day: str, cell: str = "C1", **more: Any) -> Row:
    return {"cell_id": cell, "day_on": on(day)} | BUSY | SIGNS | more


def listed(root: Path, days: list[Row], *, policy: WorstCellPolicy | None = None, **facts: Any) -> pd.DataFrame:
    root.mkdir(exist_ok=True)
    cells = facts.pop("cells", [{"cell_id": name} for name in sorted({row["cell_id"] for row in days})])
    stored = store(root, **({"sites": [{}], "cells": cells, "cell_days": days} | facts))
    rows = worst_cell_list(stored, MONTH, policy or WorstCellPolicy(), AS_OF).rows
    return as_frame(rows).set_index("cell_id", drop=False)


def one(root: Path, days: list[Row], **facts: Any) -> Any:
    (row,) = listed(root, days, **facts).itertuples()
    return row


def test_a_cell_is_listed_with_what_it_is_worst_for(tmp_path: Path) -> None:
    days = [
        a_day("03-10", **BAD),
        a_day("03-11"),
        a_day("03-12", **BAD),
        a_day("03-13", **BAD),
        a_day("03-14", busy_drops=None),
    ]
    calm = [a_day(f"03-{n}", "calm", busy_drops=10) for n in range(10, 15)]
    row = one(tmp_path, days + calm)
    assert (row.rules, row.rule_versions, row.worst) == ("c", "1", False)
    row = one(tmp_path / "more", [*days[:1], *days[2:], *calm])
    assert (row.cell_id, row.rules, row.rule_versions, row.worst) == ("C1", "a b c e", "1 1 1 1", True)
    assert (row.days, row.met_days, row.streak_days, row.drops) == (3, 3, 3, 120)
    assert (row.drop_pct, row.congestion_pct, row.traffic_erl, row.channels) == (4, 0, 3, 10)
    assert row.office_drops_pct == pytest.approx(100 * 120 / 170)
    assert row.channels_needed == 8
    assert row.reasons_zh == "规则 a b c e：掉话率 4.00 %（120/3000），拥塞率 0.00 %，每线 0.30 Erl"
    assert row.reasons_en == "rules a b c e: drop rate 4.00 % (120/3000), congestion 0.00 %, 0.30 Erl per channel"


def test_a_calm_day_ends_the_streak_and_an_unknown_one_does_not(tmp_path: Path) -> None:
    days = [
        a_day("03-10", **BAD),
        a_day("03-11"),
        a_day("03-12", **BAD),
        a_day("03-13", busy_drops=None),
        a_day("03-14", busy_drops=60),
    ]
    row = one(tmp_path, days)
    assert (row.met_days, row.streak_days) == (3, 2)


def test_what_overflows_is_offered_too(tmp_path: Path) -> None:
    row = one(tmp_path, [a_day("03-10", busy_tch_overflows=100, busy_traffic_chs=32_400)])
    assert row.channels_needed == 17, "10 Erl, not the 9 that were carried"
    assert row.cause == "congestion"
    assert row.evidence_zh == "忙时拥塞 10.0 %，有信道 10，需 17"


def test_the_trend_is_against_last_month(tmp_path: Path) -> None:
    before = [a_day("02-10", busy_drops=50), a_day("02-11", busy_drops=None)]
    row = one(tmp_path, [*before, a_day("03-10", **BAD)])
    assert (row.previous_drop_pct, row.previously_worst, row.drop_pct) == (5, True, 4)
    row = one(tmp_path / "calm", [a_day("02-10"), a_day("03-10", **BAD)])
    assert (row.previous_drop_pct, row.previously_worst) == (0, False)
    row = one(tmp_path / "new", [a_day("03-10", **BAD)])
    assert pd.isna(row.previous_drop_pct)
    assert pd.isna(row.previously_worst)


CELL_DOWN = {"cell_id": "C1", "kind": "cell_down", "raised_at": at("03-10 22:00"), "cleared_at": at("03-11 01:00")}
DOWN = {"down_at": at("03-10 22:00"), "up_at": at("03-11 01:00"), "cause": "equipment"}


@pytest.mark.parametrize(
    ("facts", "cause", "evidence"),
    [
        ({}, "no_evidence", "Nothing is over its limit; not known: measurement reports"),
        ({"site_outages": [DOWN]}, "hardware", "cell-down alarms on 2 of 3 such days"),
        ({"site_outages": [DOWN | {"cause": "transmission"}]}, "transmission", "on 2 of 3 such days"),
        ({"site_outages": [DOWN | {"cause": "power"}]}, "no_evidence", "Nothing is over"),
        ({"site_outages": [DOWN | {"up_at": at("03-11 00:00")}]}, "no_evidence", "Nothing is over"),
        (
            {
                "alarms": [
                    {
                        "cell_id": "C1",
                        "kind": "cell_down",
                        "raised_at": at("03-10 22:00"),
                        "cleared_at": at("03-11 01:00"),
                    }
                ]
            },
            "hardware",
            "equipment outages or cell-down alarms on 2 of 3",
        ),
        ({"alarms": [CELL_DOWN | {"kind": "rectifier"}]}, "no_evidence", "Nothing is over"),
        (
            {"alarms": [CELL_DOWN | {"cell_id": "other", "cleared_at": None}]},
            "no_evidence",
            "Nothing is over",
        ),
        ({"signs": {"interference_high_samples": 301}}, "interference", "30.1 % of idle-channel samples"),
        (
            {"signs": {"interference_samples": 33, "interference_high_samples": 33}},
            "no_evidence",
            "known: interference bands",
        ),
        ({"signs": {"interference_samples": None}}, "no_evidence", "not known: interference bands, measurement"),
        ({"signs": {"handovers_out": 179}}, "neighbour", "only 89.5 % of handovers out succeed"),
        ({"measurement_reports": [(1000, 899)]}, "coverage", "only 89.9 % of measurement reports reach -110 dBm"),
        ({"measurement_reports": [(1000, 900)]}, "no_evidence", "Nothing is over its limit"),
        ({"measurement_reports": [(99, 0)]}, "no_evidence", "not known: measurement reports"),
        ({"gap_km": 3.0}, "coverage", "70 people live without coverage near the site"),
        ({"gap_km": 3.1}, "no_evidence", "Nothing is over"),
        ({"gap_km": 1.0, "signs": {"handovers_out": 100}}, "neighbour", "handovers out succeed; 70 people"),
        ({"signs": {"busy_tch_overflows": 20}}, "no_evidence", "Nothing is over"),
        ({"signs": {"busy_tch_overflows": 21, "handovers_out": 1}}, "congestion", "busy-hour congestion 2.1 %, 10"),
    ],
)
def test_the_probable_cause_is_the_first_with_evidence(tmp_path: Path, facts: Row, cause: str, evidence: str) -> None:
    signs, given = facts.get("signs", {}), {name: facts[name] for name in ("site_outages", "alarms") if name in facts}
    if "gap_km" in facts:
        given["coverage_gaps"] = [
            {"nearest_site_id": "S1", "nearest_site_km": facts["gap_km"], "people": 70, "month_on": on("03-01")}
        ]
    given["measurement_reports"] = [
        {
            "cell_id": "C1",
            "period_start_at": at("03-10 08:00"),
            "period_s": 3600,
            "kind": "mro",
            "samples": samples,
            "covered_samples": covered,
        }
        for samples, covered in facts.get("measurement_reports", [])
    ]
    row = one(tmp_path, [a_day(day, **BAD, **signs) for day in ("03-10", "03-11", "03-12")], **given)
    assert row.cause == cause
    assert evidence in row.evidence_en
    assert (row.next_step_zh, row.next_step_en) == NEXT_STEPS[cause]


@pytest.mark.parametrize("half", [{"interference_samples": None, "interference_high_samples": 900},
                                  {"interference_samples": 9000, "interference_high_samples": None}])  # fmt: skip
def test_a_day_that_knows_half_of_a_pair_is_in_no_share(tmp_path: Path, half: Row) -> None:
    high = {"interference_high_samples": 310}
    row = one(tmp_path, [a_day("03-10", **BAD, **high), a_day("03-11", **BAD, **half)])
    assert row.evidence_en == "31.0 % of idle-channel samples in interference bands 4 and 5"


def test_outages_are_shown_whatever_their_cause(tmp_path: Path) -> None:
    outages = [DOWN | {"cause": "power"}, {"down_at": at("03-20 08:00"), "up_at": None, "cause": "planned"}]
    row = one(tmp_path, [a_day("03-10", **BAD), a_day("03-12", **BAD)], site_outages=outages)
    assert (row.outage_h, row.outage_days) == (5, 1), "three hours, and two up to the moment"


def test_recent_actions_are_told(tmp_path: Path) -> None:
    actions = [
        {"cell_id": cell, "action": action, "done_at": at(moment)}
        for cell, action, moment in (
            ("C1", "tilt", "02-20 23:30"), ("C1", "power", "03-12 23:30"), ("C1", "azimuth", "03-20 10:01"),
            ("C2", "tilt", "03-11 10:00"),
        )
    ]  # fmt: skip
    row = one(tmp_path, [a_day("03-10", **BAD)], optimisation_actions=actions)
    assert (row.actions, row.last_action, row.last_action_on) == (2, "power", on("03-12"))


def test_the_work_goes_with_the_next_inspection_of_the_site(tmp_path: Path) -> None:
    def planned(name: str, due: str, **more: Any) -> Row:
        return {"inspection_id": name, "due_on": on(due), "accessible": True, "done_at": None} | more

    inspections = [
        planned("past", "03-19"), planned("done", "03-21", done_at=at("03-20 09:00")),
        planned("shut", "03-22", accessible=False), planned("later", "04-09"), planned("next", "03-25"),
        planned("elsewhere", "03-20", site_id="S2"),
    ]  # fmt: skip
    row = one(tmp_path, [a_day("03-10", **BAD)], inspections=inspections)
    assert (row.next_inspection_id, row.next_inspection_on) == ("next", on("03-25"))


def test_rules_stand_side_by_side_and_cells_in_the_order_of_their_harm(tmp_path: Path) -> None:
    days = [
        a_day("03-10", "some", **BAD), a_day("03-10", "most", busy_drops=80), a_day("03-10", "only c", busy_drops=30),
        a_day("03-10", "calm"), a_day("03-10", "unknown", busy_drops=None),
    ]  # fmt: skip
    cells = [{"cell_id": name} for name in ("some", "most", "only c", "calm", "unknown")]
    assert listed(tmp_path, days, cells=cells)["cell_id"].tolist() == ["most", "some", "only c"]
    (tmp_path / "rules").mkdir()
    facts = store(tmp_path / "rules", sites=[{}], cells=cells, cell_days=days)
    rules = worst_cell_list(facts, MONTH, WorstCellPolicy(), AS_OF).rules
    assert dict(zip(rules["rule"], rules["cells"], strict=True)) == {"a": 2, "b": 2, "c": 3, "d": 0, "e*": 2}
    assert set(rules["of"]) == {4}


def test_a_month_without_counters_has_an_empty_list(tmp_path: Path) -> None:
    facts = store(tmp_path, sites=[{}], cells=[{}])
    found = worst_cell_list(facts, MONTH, WorstCellPolicy(), AS_OF)
    assert found.rows.num_rows == 0
    assert set(found.rules["cells"]) == {0}


def test_every_cause_has_a_next_step() -> None:
    assert set(NEXT_STEPS) == set(CELL_CAUSES)
