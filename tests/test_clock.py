"""Business-local days and months, and where they begin and end in UTC."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.clock import (
    FixedClock,
    SystemClock,
    first_day,
    local_midnight,
    month_bounds,
    month_days,
    month_of,
    months_between,
    shift_month,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ZONES = [SHANGHAI, BERLIN, ZoneInfo("Africa/Cairo"), ZoneInfo("America/Havana"), ZoneInfo("Australia/Lord_Howe")]


def test_a_day_begins_eight_hours_before_greenwich_in_shanghai() -> None:
    assert local_midnight(date(2026, 3, 12), SHANGHAI) == datetime(2026, 3, 11, 16, tzinfo=UTC)
    assert local_midnight(date(2026, 3, 12), SHANGHAI).tzinfo == UTC


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_is_as_long_as_its_clocks_show(day: date, hours: int) -> None:
    assert local_midnight(day + timedelta(days=1), BERLIN) - local_midnight(day, BERLIN) == timedelta(hours=hours)


def test_a_month_runs_from_local_midnight_to_local_midnight() -> None:
    start, end = month_bounds("2026-12", BERLIN)
    assert (start, end) == (datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert month_bounds("2026-07", BERLIN)[0] == datetime(2026, 6, 30, 22, tzinfo=UTC)


@given(st.integers(-(10**9), 4 * 10**9), st.sampled_from(ZONES))
def test_a_moment_lies_within_its_month_and_its_day(second: int, zone: ZoneInfo) -> None:
    moment = datetime.fromtimestamp(second, UTC)
    start, end = month_bounds(month_of(moment, zone), zone)
    assert start <= moment < end
    day = moment.astimezone(zone).date()
    assert local_midnight(day, zone) <= moment < local_midnight(day + timedelta(days=1), zone)


def test_the_month_of_a_moment_is_the_local_one() -> None:
    assert month_of(datetime(2026, 2, 28, 16, tzinfo=UTC), SHANGHAI) == "2026-03"
    assert month_of(datetime(2026, 2, 28, 15, 59, tzinfo=UTC), SHANGHAI) == "2026-02"


@pytest.mark.parametrize(
    ("by", "month"),
    [
        (0, "2026-03"),
        (1, "2026-04"),
        (-2, "2026-01"),
        (-3, "2025-12"),
        (9, "2026-12"),
        (10, "2027-01"),
        (-15, "2024-12"),
    ],
)
def test_months_shift_across_years(by: int, month: str) -> None:
    assert shift_month("2026-03", by) == month


@pytest.mark.parametrize(("month", "days"), [("2026-02", 28), ("2028-02", 29), ("2026-12", 31), ("2026-04", 30)])
def test_a_month_has_all_its_days(month: str, days: int) -> None:
    found = month_days(month)
    assert (found[0], len(found), len(set(found))) == (first_day(month), days, days)
    assert {day.strftime("%Y-%m") for day in found} == {month}


def test_months_between_include_both_ends() -> None:
    assert list(months_between("2025-11", "2026-02")) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert list(months_between("2026-02", "2026-02")) == ["2026-02"]
    assert list(months_between("2026-03", "2026-02")) == []


def test_clocks_tell_utc() -> None:
    moment = datetime(2026, 3, 12, 8, tzinfo=SHANGHAI)
    assert FixedClock(moment).now() == datetime(2026, 3, 12, 0, tzinfo=UTC)
    assert FixedClock(moment).now().tzinfo == UTC
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)
    assert SystemClock().now().tzinfo == UTC
