"""By when a fault is to be repaired: its own limit, or the rule of its class and day."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from ops_platform.maintenance.fault_limits import repair_limits
from ops_platform.policy import FaultPolicy, RepairLimit
from tests.maintenance.builders import ZONE, at, frame

ALWAYS = RepairLimit()
WORKING = RepairLimit(from_on=date(2026, 2, 10), count="working_days", limit=7)
CALENDAR = RepairLimit(from_on=date(2026, 3, 1), count="calendar_days", limit=7)
CRITICAL = RepairLimit(from_on=date(2026, 2, 20), fault_class="critical", limit=4)


def limit(*rules: RepairLimit, occurred: str = "02-14 08:26", **row: Any) -> datetime:
    """Return the limit of one fault; rules beside that of 48 hours."""
    found = limits(*rules, occurred=occurred, **row)["limit_at"][0]
    return found.to_pydatetime()  # type: ignore[no-any-return]


def limits(*rules: RepairLimit, occurred: str = "02-14 08:26", **row: Any) -> pd.DataFrame:
    faults = frame("faults", {"occurred_at": at(occurred), **row})
    return repair_limits(faults, FaultPolicy(repair_limits=(ALWAYS, *rules)), ZONE)


def test_a_fault_has_48_hours_where_nobody_says_otherwise() -> None:
    assert limit() == at("02-16 08:26")


def test_working_days_pass_over_spring_festival_and_calendar_days_do_not() -> None:
    assert limit(WORKING) == at("03-03 08:26")
    assert limit(WORKING.model_copy(update={"count": "calendar_days"})) == at("02-21 08:26")


def test_a_rule_holds_from_the_local_midnight_of_its_date_on() -> None:
    assert limit(WORKING, occurred="02-09 23:59:59") == at("02-11 23:59:59")
    assert limit(WORKING, occurred="02-10 00:00") == at("02-26 00:00")
    assert limit(WORKING, CALENDAR, occurred="02-28 23:59") == at("03-10 23:59")
    assert limit(WORKING, CALENDAR, occurred="03-01 00:00") == at("03-08 00:00")


def test_the_order_in_which_rules_are_written_does_not_matter() -> None:
    assert limit(CALENDAR, WORKING, occurred="03-01 00:00") == limit(WORKING, CALENDAR, occurred="03-01 00:00")


def test_the_rule_of_a_class_goes_before_one_for_all_also_a_later_one() -> None:
    assert limit(WORKING, CRITICAL, CALENDAR, occurred="03-02 08:00", fault_class="critical") == at("03-02 12:00")
    assert limit(WORKING, CRITICAL, CALENDAR, occurred="03-02 08:00", fault_class="major") == at("03-09 08:00")
    assert limit(WORKING, CRITICAL, occurred="02-14 08:26", fault_class="critical") == at("03-03 08:26")


def test_the_limit_of_an_order_goes_before_the_rule_and_counts_from_its_dispatch_as_the_rule_counts() -> None:
    own = {"limit_days": 3.0, "dispatched_at": at("02-14 10:00")}
    assert limit(**own) == at("02-17 10:00")
    assert limit(WORKING, **own) == at("02-26 10:00")
    assert limit(WORKING, limit_days=3.0) == at("02-26 08:26"), "from the fault where nobody knows of a dispatch"
    assert limit(dispatched_at=at("02-14 10:00")) == at("02-16 08:26"), "a rule counts from the fault"


def test_a_limit_in_a_year_whose_holidays_are_not_published_says_so() -> None:
    far = {"occurred_at": datetime(2099, 12, 1, tzinfo=UTC)}
    assert limits(WORKING)["calendar_known"].tolist() == [True]
    assert limits(WORKING, **far)["calendar_known"].tolist() == [False]
    assert limits(**far)["calendar_known"].tolist() == [True], "hours need no calendar"


def test_no_fault_has_no_limit() -> None:
    assert repair_limits(frame("faults"), FaultPolicy(repair_limits=(ALWAYS, WORKING)), ZONE).empty


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ((), "neither"),
        ((WORKING,), "neither"),
        ((RepairLimit(fault_class="minor"),), "neither"),
        ((ALWAYS, ALWAYS.model_copy(update={"limit": 24})), "two rules"),
    ],
)
def test_rules_that_leave_a_fault_without_a_limit_or_with_two_are_refused(
    rules: tuple[RepairLimit, ...], wrong: str
) -> None:
    with pytest.raises(ValidationError, match=wrong):
        FaultPolicy(repair_limits=rules)


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_a_limit_is_a_positive_number_of_reasonable_size(days: float) -> None:
    with pytest.raises(ValidationError):
        RepairLimit(limit=days)
