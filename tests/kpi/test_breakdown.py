"""From the branch to the event: every level of a KPI adds up to the one above it."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.kpi.breakdown import KEYS, LEVELS, breakdown, rolled_up
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.explain import RowsBehind
from ops_platform.kpi.measures import COUNTS
from ops_platform.kpi.scoring import values
from ops_platform.policy import Policy
from tests.maintenance.builders import at, on, store

NOW = at("04-20 12:00")
PARTS = {"fault_repair_in_limit": [""], "hall_satisfaction": ["environment", "waiting", "staff", "speed"]}

places = st.tuples(
    st.sampled_from(["O1", "O2"]), st.sampled_from(["", "E1", "E2"]), st.sampled_from(["", "S1", "S2"]),
    st.integers(1, 3), st.sampled_from(["a", "b", "c"]),
)  # fmt: skip
counts = st.tuples(*(st.integers(0, 100) for _ in COUNTS))


@settings(max_examples=30)
@given(st.sampled_from(sorted(PARTS)), st.data())
def test_every_level_adds_up_to_the_one_above_and_to_the_scorecard(kpi_id: str, data: st.DataObject) -> None:
    part = st.sampled_from(PARTS[kpi_id])
    rows = data.draw(st.lists(st.tuples(places, part, counts), min_size=1, max_size=20))
    events = pd.DataFrame(
        [
            dict(zip(KEYS, (*place[:3], date(2026, 3, place[3]), place[4]), strict=True))
            | {"kpi_id": kpi_id, "part": part} | dict(zip(COUNTS, map(float, sums), strict=True))
            for place, part, sums in rows
        ]
    )  # fmt: skip
    found = rolled_up(events, CATALOGUE[kpi_id])
    above = found[found["level"] == "branch"]
    for level, keys in LEVELS.items():
        mine = found[found["level"] == level]
        assert not mine.duplicated(list(KEYS)).any()
        if keys:
            parents = list(next(upper for upper in reversed(LEVELS.values()) if len(upper) < len(keys)))
            added = mine.groupby(parents)[list(COUNTS)].sum() if parents else mine[list(COUNTS)].sum().to_frame().T
            whole = above.set_index(parents)[list(COUNTS)] if parents else above[list(COUNTS)]
            pd.testing.assert_frame_equal(
                added.sort_index().reset_index(drop=True), whole.sort_index().reset_index(drop=True), check_dtype=False
            )
        above = mine
    cards = values(events.assign(contractor=""))
    for level in ("branch", "office"):
        theirs, ours = (
            frame[frame["level"] == level].sort_values("office_id")["value"].tolist() for frame in (cards, found)
        )
        assert ours == pytest.approx(theirs, nan_ok=True)


def test_a_kpi_of_faults_goes_down_to_each_fault(tmp_path: Path) -> None:
    faults = [
        {"fault_id": "F1", "site_id": "S1", "occurred_at": at("03-05 08:00"), "repaired_at": at("03-09 08:00")},
        {"fault_id": "F2", "site_id": "S2", "occurred_at": at("03-05 09:00"), "repaired_at": at("03-05 12:00")},
        {"fault_id": "F3", "site_id": "S1", "staff_id": None, "occurred_at": at("03-06 09:00"),
         "repaired_at": at("03-06 12:00")},
    ]  # fmt: skip
    facts = store(tmp_path, offices=[{}], sites=[{}, {"site_id": "S2"}], faults=faults)
    found = breakdown(CATALOGUE["fault_repair_in_limit"], RowsBehind(facts, "2026-03", Policy(), NOW))
    shown = found[["level", "office_id", "staff_id", "site_id", "event_id", "numerator", "denominator"]]
    assert shown.to_numpy().tolist() == [
        ["branch", "", "", "", "", 2, 3],
        ["office", "O1", "", "", "", 2, 3],
        ["person", "O1", "", "", "", 1, 1],
        ["person", "O1", "E1", "", "", 1, 2],
        ["site", "O1", "", "S1", "", 1, 1],
        ["site", "O1", "E1", "S1", "", 0, 1],
        ["site", "O1", "E1", "S2", "", 1, 1],
        ["event", "O1", "", "S1", "F3", 1, 1],
        ["event", "O1", "E1", "S1", "F1", 0, 1],
        ["event", "O1", "E1", "S2", "F2", 1, 1],
    ]
    assert found.loc[0, "value"] == pytest.approx(200 / 3)


def test_a_cell_and_a_complaint_stand_under_the_site_of_the_cell(tmp_path: Path) -> None:
    facts = store(
        tmp_path, offices=[{}], sites=[{}], cells=[{}],
        cell_days=[{"day_on": on("03-05"), "busy_drops": 1, "busy_tch_seizures": 50, "busy_handovers_in": 0}],
        complaints=[{"complaint_id": "T1", "received_at": at("03-05 08:00"), "cell_id": "C1"},
                    {"complaint_id": "T2", "received_at": at("03-05 08:00")}],
    )  # fmt: skip
    for kpi_id, sites in (("tch_drop_rate", ["S1"]), ("repeat_complaint_share", ["", "S1"])):
        found = breakdown(CATALOGUE[kpi_id], RowsBehind(facts, "2026-03", Policy(), NOW))
        assert found.loc[found["level"] == "site", "site_id"].tolist() == sites
