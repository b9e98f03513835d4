"""The made-up branch's time: whole seconds of local time since the first day of its first month.

Asia/Shanghai has kept UTC+8 without daylight saving for the whole period, so local arithmetic on integers is exact.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property

MOMENT = datetime(2026, 6, 3, 8, 30, tzinfo=timezone(timedelta(hours=8)))
"""The demonstration's present: nothing is known after it."""

MINUTE = 60
HOUR = 3_600
DAY = 86_400
FIRST_OPEN_MONTH = date(2026, 6, 1)
MONTHS_A_YEAR = 12
FEWEST_MONTHS = 2


@dataclass(frozen=True)
class Period:
    """Closed months up to May 2026, and the first days of June.

    Attributes
    ----------
    count
        Number of closed months, at least two.
    """

    count: int = 3

    def __post_init__(self) -> None:
        if self.count < FEWEST_MONTHS:
            raise ValueError(f"months must be at least {FEWEST_MONTHS}, got {self.count}")

    @cached_property
    def starts(self) -> list[date]:
        """First days of the closed months and of the open month of June."""
        index = FIRST_OPEN_MONTH.year * MONTHS_A_YEAR + FIRST_OPEN_MONTH.month - 1
        months = range(index - self.count, index + 1)
        return [date(month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1, 1) for month in months]

    @property
    def months(self) -> list[str]:
        """The closed months as ``YYYY-MM``."""
        return [f"{start:%Y-%m}" for start in self.starts[:-1]]

    @cached_property
    def first(self) -> date:
        """The first local day."""
        return self.starts[0]

    @cached_property
    def edges(self) -> list[int]:
        """Day index at which each closed month begins, and the one after the last."""
        return [(start - self.first).days for start in self.starts]

    @cached_property
    def origin(self) -> datetime:
        """The first local midnight."""
        return datetime(self.first.year, self.first.month, 1)  # noqa: DTZ001

    @property
    def closed_days(self) -> int:
        """Number of local days in the closed months."""
        return self.edges[-1]

    @property
    def moment(self) -> int:
        """The demonstration's present, in seconds."""
        return self.seconds(MOMENT.replace(tzinfo=None))

    @property
    def today(self) -> int:
        """Day index of the present."""
        return self.moment // DAY

    def seconds(self, local: datetime) -> int:
        """Return the seconds from the period's start to a naive local time."""
        return round((local - self.origin).total_seconds())

    def local(self, seconds: int) -> datetime:
        """Return the naive local time at a second."""
        return self.origin + timedelta(seconds=seconds)

    def utc(self, seconds: int) -> datetime:
        """Return the UTC time at a second."""
        return self.local(seconds).replace(tzinfo=MOMENT.tzinfo).astimezone(UTC)

    def date(self, day: int) -> date:
        """Return the local date of a day index."""
        return self.first + timedelta(days=day)

    def month_index(self, day: int) -> int:
        """Return which month a day index falls in; ``count`` is June, -1 is before the period."""
        edges = self.edges
        return next((index for index in range(len(edges) - 1, -1, -1) if day >= edges[index]), -1)

    def month(self, day: int) -> str:
        """Return the month of a day index as ``YYYY-MM``."""
        return f"{self.date(day):%Y-%m}"
