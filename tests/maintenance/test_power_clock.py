"""How long a battery lasts, and by when a crew must have left: each factor against a number worked out by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from ops_platform.maintenance.power_clock import autonomy_s, deadlines, leave_by, state
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import ZONE, at, frame

POLICY = PowerPolicy()
FAILED = "03-12 08:00"
# 500 Ah x 2 x 0.8 = 800 Ah, at 50 A for 16 h.
BATTERY: dict[str, Any] = {
    "capacity_ah": 500.0,
    "strings": 2,
    "load_a": 50.0,
    "temperature_c": 25.0,
    "battery_installed_on": date(2026, 3, 12),
}
FULL_S = 16 * 3600


def moments(*times: str | None) -> pd.Series:
    return pd.Series([at(time) if time else None for time in times], dtype="datetime64[us, UTC]")


def autonomy(failed: str = FAILED, **site: Any) -> int | None:
    value = autonomy_s(frame("sites", BATTERY | site), moments(failed), POLICY, ZONE)[0]
    return None if pd.isna(value) else int(value)


def test_a_new_battery_at_25_degrees_gives_four_fifths_of_its_capacity() -> None:
    assert autonomy() == FULL_S


def test_strings_add_their_capacity() -> None:
    assert autonomy(strings=3) == 3 * FULL_S // 2


def test_the_load_divides_the_capacity() -> None:
    assert autonomy(load_a=100.0) == FULL_S // 2
    assert autonomy(load_a=0.5) == 100 * FULL_S


def test_each_year_takes_four_percent() -> None:
    # 730 days: 1 - 0.04 x 730 / 365.25 = 0.92005; of 57,600 s that is 52,995.15 s, rounded down.
    assert autonomy(battery_installed_on=date(2024, 3, 12)) == 52_995


def test_age_never_takes_more_than_half() -> None:
    assert autonomy(battery_installed_on=date(2001, 3, 12)) == FULL_S // 2


def test_the_age_is_that_of_the_local_date_of_the_failure() -> None:
    # 00:30 in Shanghai is the day before in UTC; a day is 57,600 x 0.04 / 365.25 = 6.3 s.
    assert autonomy("03-12 00:30", battery_installed_on=date(2024, 3, 12)) == 52_995
    assert autonomy("03-11 23:30", battery_installed_on=date(2024, 3, 12)) == 53_001


@pytest.mark.parametrize(("temperature", "seconds"), [(15.0, 52_992), (24.0, 57_139), (25.0, FULL_S), (40.0, FULL_S)])
def test_each_degree_below_25_takes_eight_per_mille(temperature: float, seconds: int) -> None:
    assert autonomy(temperature_c=temperature) == seconds


@pytest.mark.parametrize(
    ("volts", "left"), [(None, 1.0), (42.0, 1.0), (43.2, 1.0), (44.6, 0.875), (46.0, 0.75), (47.0, 0.6), (49.0, 0.45)]
)
def test_a_higher_set_point_of_the_disconnect_leaves_less_to_draw(volts: float | None, left: float) -> None:
    assert autonomy(lvd_v=volts) == pytest.approx(FULL_S * left, abs=1)


@pytest.mark.parametrize("unknown", list(BATTERY))
def test_the_autonomy_is_unknown_where_anything_about_the_battery_is(unknown: str) -> None:
    assert autonomy(**{unknown: None}) is None


def test_a_load_of_zero_is_an_unknown_load() -> None:
    assert autonomy(load_a=0.0) is None


def deadline_of(seconds: int | None, priority: str = "c") -> tuple[datetime, datetime]:
    by_battery, deadline = deadlines(
        moments(FAILED), pd.Series([seconds], dtype="Int64"), pd.Series([priority]), POLICY
    )
    return by_battery[0], deadline[0]


def test_the_generator_must_run_half_an_hour_before_the_battery_is_empty() -> None:
    assert deadline_of(4 * 3600) == (at("03-12 11:30"), at("03-12 11:30"))


@pytest.mark.parametrize(("priority", "limit"), [("vip", "10:00"), ("a", "11:00"), ("b", "12:00"), ("c", "14:00")])
def test_a_class_limit_earlier_than_the_battery_holds(priority: str, limit: str) -> None:
    assert deadline_of(24 * 3600, priority) == (at("03-13 07:30"), at(f"03-12 {limit}"))


def test_the_class_limit_alone_holds_where_the_battery_is_unknown() -> None:
    by_battery, deadline = deadline_of(None, "a")
    assert pd.isna(by_battery)
    assert deadline == at("03-12 11:00")


def test_a_crew_leaves_travel_and_setup_before_the_deadline() -> None:
    leave = leave_by(moments("03-12 12:00", "03-12 12:00"), pd.Series([1.5, None]), POLICY)
    assert leave[0] == at("03-12 10:10"), "90 min on the road and 20 to set up"
    assert pd.isna(leave[1]), "the way is not known"


def state_at(
    now: datetime, restored: str | None = None, *, generating: bool = False, leave: str | None = "10:00"
) -> str:
    outage = pd.DataFrame(
        {
            "restored_at": moments(restored),
            "deadline_at": moments("03-12 11:00"),
            "leave_by_at": moments(f"03-12 {leave}" if leave else None),
            "generating": [generating],
        }
    )
    return str(state(outage, now)[0])


SECOND = timedelta(seconds=1)


def test_the_clock_runs_from_on_battery_to_leave_now_to_too_late() -> None:
    assert state_at(at("03-12 10:00") - SECOND) == "on_battery"
    assert state_at(at("03-12 10:00")) == "leave_now"
    assert state_at(at("03-12 11:00") - SECOND) == "leave_now"
    assert state_at(at("03-12 11:00")) == "too_late"


def test_a_generator_stops_the_clock() -> None:
    assert state_at(at("03-12 12:00"), generating=True) == "running"


def test_an_outage_is_restored_from_the_moment_the_mains_is_back() -> None:
    assert state_at(at("03-12 12:00") - SECOND, "03-12 12:00") == "too_late"
    assert state_at(at("03-12 12:00"), "03-12 12:00", generating=True) == "restored"


def test_without_a_known_way_the_clock_still_becomes_too_late() -> None:
    assert state_at(at("03-12 10:30"), leave=None) == "on_battery"
    assert state_at(at("03-12 11:00"), leave=None) == "too_late"
