"""The clock of faults: which concern it, how much time they have left, and in which order they stand."""

from pathlib import Path
from typing import Any

import pandas as pd

from ops_platform.maintenance.fault_clock import fault_clock
from ops_platform.policy import FaultPolicy
from tests.maintenance.builders import Row, at, store

NOW = at("03-20 00:00")


def fault(fault_id: str, occurred: str, repaired: str | None = None, **more: Any) -> Row:
    return {
        "fault_id": fault_id,
        "occurred_at": at(occurred),
        "repaired_at": at(repaired) if repaired else None,
        **more,
    }


def clock(root: Path, *faults: Row) -> pd.DataFrame:
    facts = store(root, sites=[{"office_id": "O7"}], faults=list(faults))
    return fault_clock(facts, FaultPolicy(), NOW)


def test_open_faults_of_any_age_and_those_repaired_this_month_concern_it(tmp_path: Path) -> None:
    rows = clock(
        tmp_path,
        fault("open since January", "01-02 08:00"),
        fault("repaired at the month's start", "02-27 08:00", "03-01 00:00"),
        fault("repaired before it", "02-27 08:00", "02-28 23:59:59"),
        fault("not yet", "03-20 00:01"),
        fault("repaired later", "03-19 20:00", "03-20 00:01"),
    )
    assert set(rows["fault_id"]) == {"open since January", "repaired at the month's start", "repaired later"}
    later = rows.set_index("fault_id").loc["repaired later"]
    assert pd.isna(later["repaired_at"]), "at this moment it is open"


def test_the_most_urgent_open_fault_stands_first_and_repaired_ones_last(tmp_path: Path) -> None:
    rows = clock(
        tmp_path,
        fault("repaired late", "03-01 08:00", "03-10 08:00"),
        fault("fresh", "03-19 08:00"),
        fault("overdue", "03-02 08:00"),
        fault("soon", "03-18 08:00"),
    )
    assert rows["fault_id"].tolist() == ["overdue", "soon", "fresh", "repaired late"]


def test_time_is_left_to_the_repair_or_to_now_while_it_is_open(tmp_path: Path) -> None:
    rows = clock(
        tmp_path,
        fault("open", "03-19 08:00:30"),
        fault("overdue", "03-10 08:00:30"),
        fault("repaired", "03-10 08:00", "03-11 08:00"),
    ).set_index("fault_id")
    assert rows["minutes_left"].to_dict() == {"open": 32 * 60, "overdue": -(184 * 60), "repaired": 24 * 60}
    assert rows["remaining"]["overdue"] == pd.Timedelta(hours=-184, seconds=30)
    assert rows["limit_at"]["repaired"] == at("03-12 08:00")


def test_minutes_left_are_rounded_down(tmp_path: Path) -> None:
    rows = clock(tmp_path, fault("half past", "03-17 23:59:30"), fault("half to", "03-18 00:00:30"))
    assert dict(zip(rows["fault_id"], rows["minutes_left"], strict=True)) == {"half past": -1, "half to": 0}


def test_the_first_response_runs_from_the_report(tmp_path: Path) -> None:
    answered = {"reported_at": at("03-19 08:10"), "responded_at": at("03-19 08:22:30")}
    rows = clock(tmp_path, fault("answered", "03-19 08:00", **answered), fault("waiting", "03-19 08:00"))
    minutes = rows.set_index("fault_id")["response_min"]
    assert minutes["answered"] == 12.5
    assert pd.isna(minutes["waiting"])


def test_the_reported_cause_stands_against_the_confirmed_one(tmp_path: Path) -> None:
    causes = {"right": ("power", "power"), "wrong": ("power", "antenna"), "silent": (None, "power"),
              "unconfirmed": ("power", None)}  # fmt: skip
    pairs = [
        fault(name, "03-19 08:00", reported_cause=reported, confirmed_cause=confirmed)
        for name, (reported, confirmed) in causes.items()
    ]
    right = clock(tmp_path, *pairs).set_index("fault_id")["cause_right"]
    assert (right["right"], right["wrong"]) == (True, False)
    assert right[["silent", "unconfirmed"]].isna().all()


def test_a_fault_carries_its_office_and_how_often_it_was_sent_out_again_or_back(tmp_path: Path) -> None:
    row = clock(tmp_path, fault("F", "03-19 08:00", repeat_dispatches=2, returns=1)).iloc[0]
    assert (row["office_id"], row["repeat_dispatches"], row["returns"]) == ("O7", 2, 1)
