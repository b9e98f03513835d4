"""The calendar of working days and the clock that stands still on days off."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.maintenance.working_time import WorkingCalendar, national_calendar
from tests.maintenance.builders import ZONE, at

CALENDAR = national_calendar()
SPAN = st.integers(0, 5 * 365 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
DAYS = st.integers(0, 60 * 86_400).map(lambda seconds: seconds / 86_400)
MICROSECOND = pd.Timedelta(1, "us")


def series(*moments: datetime | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(moments), utc=True), dtype="datetime64[us, UTC]")


def add(moment: datetime, days: float, zone: ZoneInfo = ZONE) -> datetime:
    (due,) = CALENDAR.add(series(moment), pd.Series([days]), zone)
    return due.to_pydatetime()  # type: ignore[no-any-return]


def worked(day: date) -> bool:
    return bool(CALENDAR.working[(np.datetime64(day) - CALENDAR.first).astype(int)])


def between(start: datetime, end: datetime) -> timedelta:
    """Return the working time between two moments, counted day by day."""
    first, last = (moment.astimezone(ZONE) for moment in (start, end))
    days = [first.date() + timedelta(n) for n in range((last.date() - first.date()).days + 1)]
    midnights = [datetime(day.year, day.month, day.day, tzinfo=ZONE) for day in days if worked(day)]
    spans = [min(last, midnight + timedelta(1)) - max(first, midnight) for midnight in midnights]
    return sum((max(span, timedelta(0)) for span in spans), timedelta(0))


# The decrees of the State Council for 2025 and 2026: what is off on weekdays, and the weekends worked instead.
OFF = {
    2025: "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 "
    "10-01 10-02 10-05 10-06 10-07",
}
MADE_UP = {
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_calendar_is_the_one_decreed(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(n) for n in range(365)]
    weekdays_off = [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not worked(day)]
    weekends_worked = [f"{day:%m-%d}" for day in days if day.weekday() >= 5 and worked(day)]
    assert weekdays_off == OFF[year].split()
    assert weekends_worked == MADE_UP[year].split()


def test_a_year_without_a_decree_has_free_weekends_alone_and_is_told_apart() -> None:
    years = pd.DatetimeIndex(CALENDAR.first + np.arange(len(CALENDAR.working))).year
    unknown = years.to_numpy() == 2099
    assert not CALENDAR.published[unknown].any()
    assert CALENDAR.published[(years >= 2001) & (years <= 2026)].all()
    day = pd.DatetimeIndex(CALENDAR.first + np.flatnonzero(unknown))
    assert (CALENDAR.working[unknown] == (day.day_of_week < 5)).all()
    assert CALENDAR.known(series(at("12-01 00:00")), series(at("12-31 23:59")), ZONE).tolist() == [True]
    far = datetime(2099, 1, 1, 0, 1, tzinfo=ZONE)
    assert CALENDAR.known(series(at("12-01 00:00")), series(far), ZONE).tolist() == [False]


def test_one_day_without_a_decree_is_enough_to_say_so() -> None:
    three_days = WorkingCalendar(np.datetime64("2026-03-12"), np.ones(3, bool), np.array([True, True, False]))
    ends = series(at("03-13 23:59"), at("03-14 00:00"))
    assert three_days.known(series(at("03-12 08:00"), at("03-12 08:00")), ends, ZONE).tolist() == [True, False]


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("03-09 17:00", 1, "03-10 17:00"),
        ("03-13 17:00", 1, "03-16 17:00"),
        ("03-13 17:00", 0.5, "03-16 05:00"),
        ("03-13 00:00", 1, "03-14 00:00"),
        ("03-15 10:00", 1, "03-17 00:00"),
        ("03-15 10:00", 0, "03-15 10:00"),
        # A make-up Saturday, nine days of Spring Festival, a make-up Saturday two weeks later.
        ("02-13 08:26", 1, "02-14 08:26"),
        ("02-14 08:26", 7, "03-03 08:26"),
        # Qingming on a Sunday gives its Monday off; National Day runs to the 7th, and the 10th is worked.
        ("04-03 12:00", 1, "04-07 12:00"),
        ("09-30 12:00", 3, "10-10 12:00"),
    ],
)
def test_working_days_lead_over_days_off_and_through_made_up_ones(start: str, days: float, due: str) -> None:
    assert add(at(start), days) == at(due)


def test_a_day_begins_where_the_business_is() -> None:
    friday = datetime(2026, 3, 13, 17, 0, tzinfo=UTC)  # Saturday, one in the morning, in Shanghai
    assert add(friday, 1, ZoneInfo("UTC")) == friday + timedelta(days=3)
    assert add(friday, 1) == at("03-17 00:00")


def test_the_clock_of_the_wall_counts_where_daylight_saving_changes() -> None:
    zone = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 3, 27, 12, 0, tzinfo=zone)
    assert add(friday, 1, zone) == datetime(2026, 3, 30, 12, 0, tzinfo=zone)


def test_what_is_not_known_has_no_limit() -> None:
    moments, days = series(at("03-09 08:00"), None), pd.Series([np.nan, 1.0])
    assert CALENDAR.add(moments, days, ZONE).isna().all()


def test_a_moment_outside_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="2001 to 2100"):
        add(datetime(2000, 12, 1, tzinfo=UTC), 1)
    with pytest.raises(ValueError, match="ends with 2100"):
        add(datetime(2100, 12, 1, tzinfo=UTC), 40)


@given(SPAN, DAYS)
def test_what_was_added_is_what_is_measured(moment: datetime, days: float) -> None:
    assert abs(between(moment, add(moment, days)) - timedelta(days=days)) <= MICROSECOND


@given(SPAN, DAYS)
def test_no_earlier_moment_has_as_much_working_time(moment: datetime, days: float) -> None:
    due = add(moment, days)
    assert due >= moment + timedelta(days=days) - MICROSECOND
    if due - moment > timedelta(milliseconds=1):
        assert between(moment, due - timedelta(milliseconds=1)) < timedelta(days=days)


@given(SPAN, SPAN, DAYS, DAYS)
def test_later_and_longer_is_never_sooner(one: datetime, other: datetime, few: float, more: float) -> None:
    (first, last), (low, high) = sorted((one, other)), sorted((few, more))
    assert add(first, low) <= add(last, low)
    assert add(first, low) <= add(first, high)


@given(st.lists(st.tuples(SPAN, DAYS), min_size=1, max_size=5))
@settings(max_examples=20)
def test_a_frame_is_its_rows(rows: list[tuple[datetime, float]]) -> None:
    moments, days = series(*(moment for moment, _ in rows)), pd.Series([days for _, days in rows])
    assert CALENDAR.add(moments, days, ZONE).tolist() == [add(moment, days) for moment, days in rows]


def test_a_day_is_worked_by_decree_or_for_want_of_one() -> None:
    days = pd.Series(pd.to_datetime(["2026-01-02", "2026-01-04", "2026-01-05", "2026-01-10"]), index=[5, 6, 7, 8])
    assert national_calendar().worked(days).to_dict() == {5: False, 6: True, 7: True, 8: False}
