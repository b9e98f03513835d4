"""Time: an injected clock, business-local days and months, and their bounds in UTC.

Storage is UTC and every rule is business-local; this module is the one place that crosses between the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

MOST_HOURS = 25
"""A day has this many where clocks go back."""


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still: the demonstration's moment, a replay, a test."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment at which this clock stands."""
        return self.moment.astimezone(UTC)


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC moment at which the business-local day begins."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def epoch_s(day: date, zone: ZoneInfo) -> int:
    """Return the seconds from 1970 to the beginning of a business-local day."""
    return int(local_midnight(day, zone).timestamp())


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return the business-local month of a moment as ``YYYY-MM``."""
    return f"{moment.astimezone(zone):%Y-%m}"


def first_day(month: str) -> date:
    """Return the first day of a month written ``YYYY-MM``."""
    return date.fromisoformat(f"{month}-01")


def shift_month(month: str, by: int) -> str:
    """Return the month ``by`` months later (earlier where negative)."""
    index = int(month[:4]) * 12 + int(month[5:7]) - 1 + by
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def month_days(month: str) -> list[date]:
    """Return every day of a month."""
    start, end = first_day(month), first_day(shift_month(month, 1))
    return [start + timedelta(days=n) for n in range((end - start).days)]


def month_bounds(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the UTC start and end (exclusive) of a business-local month."""
    return local_midnight(first_day(month), zone), local_midnight(first_day(shift_month(month, 1)), zone)


def months_between(first: str, last: str) -> Iterator[str]:
    """Yield every month from ``first`` to ``last``, both included."""
    while first <= last:
        yield first
        first = shift_month(first, 1)
