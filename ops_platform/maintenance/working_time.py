"""The working-day calendar of the People's Republic, and a clock that stands still on days off.

Public holidays and the weekends worked in their stead are decreed year by year; the library `holidays` carries the
decrees. A year that it does not have yet is taken to have free weekends and no holidays, and is told apart from the
others by `WorkingCalendar.published`, so that whoever shows a result can say so.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from holidays import country_holidays

_COUNTRY = "CN"
FIRST_YEAR, LAST_YEAR = 2001, 2100
_DAY_US = 86_400_000_000
_Days = npt.NDArray[np.bool_]
_Moments = npt.NDArray[np.datetime64]
_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Which days are worked.

    Attributes
    ----------
    first
        The calendar's first day.
    working
        Whether each day from the first on is worked, shape (days,).
    published
        Whether the decree for the year of each day is known, shape (days,).
    """

    first: np.datetime64
    working: _Days
    published: _Days

    @cached_property
    def _worked(self) -> _Numbers:
        """How many days before each were worked."""
        return _sums(self.working)

    @cached_property
    def _unknown(self) -> _Numbers:
        """For how many days before each no decree is known."""
        return _sums(~self.published)

    @cached_property
    def _ordinals(self) -> _Numbers:
        """The place in the calendar of each working day."""
        return np.flatnonzero(self.working)

    def worked(self, days: pd.Series) -> pd.Series:
        """Tell which days are worked.

        Parameters
        ----------
        days
            Local midnights without a zone, shape (n,).

        Raises
        ------
        ValueError
            If a day lies outside the calendar.
        """
        return pd.Series(self.working[self._index(days.to_numpy("datetime64[us]"))], days.index)

    def add(self, moments: pd.Series, days: pd.Series, zone: ZoneInfo) -> pd.Series:
        """Return the earliest moments at which so many working days have passed.

        Parameters
        ----------
        moments
            Aware, in UTC, shape (n,).
        days
            At least 0, parts of a day included, shape (n,).
        zone
            Where the days begin and end.

        Returns
        -------
        pandas.Series
            Aware, in UTC, shape (n,); null where either is. Time on a day off does not count: from Friday 17:00 one
            working day leads to Monday 17:00, from any time on Sunday to the end of Monday.

        Raises
        ------
        ValueError
            If a moment lies outside the calendar, before or after.
        """
        given = moments.notna() & days.notna()
        start = _local(moments[given], zone)
        needed = np.round(days[given].to_numpy(np.float64) * _DAY_US).astype(np.int64)
        whole, part = np.divmod(self._passed(start) + needed, _DAY_US)
        # Where no part of a day is left over, the clock stands at a working day's end, not at the start of the next.
        ordinal = np.where(part > 0, whole, whole - 1)
        if (ordinal >= len(self._ordinals)).any():
            raise ValueError(f"more working days than the calendar has, which ends with {LAST_YEAR}")
        begins = self.first + self._ordinals[ordinal.clip(0)].astype("timedelta64[D]")
        end = begins.astype("datetime64[us]") + np.where(part > 0, part, _DAY_US).astype("timedelta64[us]")
        due = pd.Series(pd.NaT, moments.index, dtype="datetime64[us, UTC]")
        due[given] = _aware(np.maximum(end, start), zone)
        return due

    def known(self, starts: pd.Series, ends: pd.Series, zone: ZoneInfo) -> pd.Series:
        """Return whether every day from one moment to another, both not null, lies in a year whose decree is known."""
        first, last = (self._index(_local(moments, zone)) for moments in (starts, ends))
        return pd.Series(self._unknown[last + 1] == self._unknown[first], starts.index)

    def _passed(self, local: _Moments) -> _Numbers:
        """Return the microseconds of working time from the calendar's start to local moments."""
        index = self._index(local)
        today = (local - local.astype("datetime64[D]")).astype(np.int64)
        passed: _Numbers = self._worked[index] * _DAY_US + np.where(self.working[index], today, 0)
        return passed

    def _index(self, local: _Moments) -> _Numbers:
        index = (local.astype("datetime64[D]") - self.first).astype(np.int64)
        if ((index < 0) | (index >= len(self.working))).any():
            raise ValueError(f"the calendar of working days reaches from {FIRST_YEAR} to {LAST_YEAR}")
        return index


@cache
def national_calendar() -> WorkingCalendar:
    """Return the national calendar, as far as decrees are known; beyond them weekends alone are free."""
    # What a decree moves is listed by year; for other years the library goes by the law alone, which moves nothing.
    decrees: dict[int, object] = country_holidays(_COUNTRY).special_public_holidays
    decreed = country_holidays(_COUNTRY, years=decrees)
    days = np.arange(f"{FIRST_YEAR}-01-01", f"{LAST_YEAR + 1}-01-01", dtype="datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    published = np.isin(years, list(decrees))
    off, made_up = (np.array(sorted(found), "datetime64[D]") for found in (decreed, decreed.weekend_workdays))
    working = (np.is_busday(days) & ~np.isin(days, off)) | (np.isin(days, made_up) & published)
    return WorkingCalendar(days[0], working, published)


def _sums(days: _Days) -> _Numbers:
    return np.concatenate([[0], np.cumsum(days)]).astype(np.int64)


def _local(moments: pd.Series, zone: ZoneInfo) -> _Moments:
    local: _Moments = moments.dt.tz_convert(zone).dt.tz_localize(None).to_numpy("datetime64[us]")
    return local


def _aware(local: _Moments, zone: ZoneInfo) -> Any:
    """Return local moments in UTC: of one that comes twice the earlier, of one that is skipped the next there is."""
    index = pd.DatetimeIndex(local)
    twice = np.ones(len(index), bool)
    return index.tz_localize(zone, ambiguous=twice, nonexistent="shift_forward").tz_convert("UTC")
