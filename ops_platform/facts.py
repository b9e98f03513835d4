"""Facts as small frames: the rows of a month, of its neighbours, or of every interval that touches a span of time.

For event feeds and dimensions, which fit in memory by the month. Counters are read through `Warehouse.table`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.clock import first_day, month_bounds, shift_month
from ops_platform.contracts import FEEDS, Contract
from ops_platform.warehouse import Warehouse


@dataclass(frozen=True)
class Facts:
    """The facts of one installation, read as frames.

    Attributes
    ----------
    warehouse
        Where the rows live.
    zone
        The business time zone.
    terrain
        Raster of heights, where the installation has one.
    site_ids
        Only what concerns these sites is read; all where None.
    """

    warehouse: Warehouse
    zone: ZoneInfo
    terrain: Path | None = None
    site_ids: pa.Array | None = None

    def of_sites(self, site_ids: Sequence[str]) -> "Facts":
        """Return the facts about some sites; what names no site stays whole."""
        return replace(self, site_ids=pa.array(site_ids, pa.string()))

    def whole(self, feed: str) -> pd.DataFrame:
        """Return every row of a feed."""
        return self._read(FEEDS[feed])

    def month(self, feed: str | Contract, month: str, before: int = 0) -> pd.DataFrame:
        """Return the rows of a month, and of so many months before it."""
        contract = FEEDS[feed] if isinstance(feed, str) else feed
        return self._read(contract, [shift_month(month, -n) for n in range(before + 1)])

    def touching(self, feed: str | Contract, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the rows whose interval touches ``[start, end]``; an open interval reaches on for ever.

        A partition that begins after the end is not opened; of the others only what touches is taken into memory.
        """
        contract = FEEDS[feed] if isinstance(feed, str) else feed
        begun, until = pc.field(contract.placed_by), pc.field(contract.until)
        last = end.astimezone(self.zone).date().isoformat()
        keys = [key for key in self.warehouse.partitions(contract) if key <= last[: len(key)]]
        first_moment, last_moment = (
            pa.scalar(moment, contract.schema.field(contract.placed_by).type) for moment in (start, end)
        )
        near = (begun <= last_moment) & ((until >= first_moment) | until.is_null())
        return self._read(contract, keys, near)

    def around_month(self, feed: str | Contract, month: str, before: int = 1) -> pd.DataFrame:
        """Return the rows whose interval touches a month, so many months before it or the one after it.

        The neighbours are needed because alarms a moment apart are one outage, also across a month's end.
        """
        start, _ = month_bounds(shift_month(month, -before), self.zone)
        _, end = month_bounds(shift_month(month, 1), self.zone)
        return self.touching(feed, start, end)

    def _read(
        self, contract: Contract, keys: list[str] | None = None, where: pc.Expression | None = None
    ) -> pd.DataFrame:
        if self.site_ids is not None and "site_id" in contract.schema.names:
            mine = pc.field("site_id").isin(self.site_ids)
            where = mine if where is None else where & mine
        return as_frame(self.warehouse.read(contract, keys, where))

    def local_date(self, moments: pd.Series) -> pd.Series:
        """Return the business-local dates of moments; null where the moment is."""
        return moments.dt.tz_convert(self.zone).dt.date


def as_frame(rows: pa.Table) -> pd.DataFrame:
    """Return a small table as a frame: dates as `datetime.date`, moments aware in UTC, nulls kept."""
    return rows.to_pandas(date_as_object=True)


def as_rows(contract: Contract, frame: pd.DataFrame) -> pa.Table:
    """Return the columns of a frame that a contract names as rows of it, nulls kept; the way back from `as_frame`."""
    plain: tuple[Callable[[pa.DataType], bool], ...] = (pa.types.is_date, pa.types.is_string, pa.types.is_boolean)
    columns = [
        pa.array(frame[field.name].astype(object).where(frame[field.name].notna(), None), field.type)
        if any(is_plain(field.type) for is_plain in plain)
        else pa.Array.from_pandas(frame[field.name]).cast(field.type)
        for field in contract.schema
    ]
    return pa.table(columns, schema=contract.schema)


def in_month(days: pd.Series, month: str) -> pd.Series:
    """Tell which business-local dates lie in a month."""
    start: date = first_day(month)
    return (days >= start) & (days < first_day(shift_month(month, 1)))
