"""From the rows of the rota to stints: who stands at which step of an office's ladder from when to when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ops_platform.maintenance.intervals import subtract
from ops_platform.maintenance.working_time import national_calendar

COLUMNS = ["office_id", "step", "staff_id", "start", "end"]
_PATTERN = ["daily_from", "daily_to", "on_days"]
_STEP = ["office_id", "step"]
_PERSON = ["office_id", "step", "staff_id"]


def stints(duty_rota: pd.DataFrame, start: datetime, end: datetime, zone: ZoneInfo) -> pd.DataFrame:
    """Return the stints of the rota within a span of time, before overrides.

    Parameters
    ----------
    duty_rota
        Columns of the contract ``duty_rota``.
    start, end
        The span, aware.
    zone
        Where the days and the times of a day are.

    Returns
    -------
    pandas.DataFrame
        ``office_id``, ``step``, ``staff_id``, ``start``, ``end`` (UTC): one row for each row of the rota that is one
        stretch of time, and for each shift of those that recur. They may overlap.
    """
    rows = duty_rota.rename(columns={"starts_at": "start", "ends_at": "end"})
    rows = rows.reindex(columns=[*COLUMNS, *_PATTERN]).astype(dict.fromkeys(_PATTERN, "str"))
    rows = clipped(rows, start, end)
    recurs = rows["daily_from"].notna() | rows["daily_to"].notna() | rows["on_days"].fillna("every").ne("every")
    return pd.concat([rows.loc[~recurs, COLUMNS], _shifts(rows[recurs], zone)], ignore_index=True)


def clipped(rows: pd.DataFrame, start: datetime, end: datetime) -> pd.DataFrame:
    """Return the parts of stints that lie within a span."""
    first, last = (pd.Timestamp(moment).as_unit("us") for moment in (start, end))
    rows = rows.assign(start=rows["start"].clip(lower=first), end=rows["end"].clip(upper=last))
    return rows[rows["start"] < rows["end"]]


def _shifts(rows: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Return every shift of rows that recur, none outside its row's own span."""
    first = rows["start"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize() - pd.Timedelta(1, "D")
    last = rows["end"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    days = ((last - first).dt.days + 1).to_numpy()
    each = rows.loc[rows.index.repeat(days)].reset_index(drop=True)
    nth = np.arange(len(each)) - np.repeat(np.cumsum(days) - days, days)
    day = first.repeat(days).reset_index(drop=True) + pd.to_timedelta(nth, unit="D")
    worked = national_calendar().worked(day)
    each = each[(each["on_days"] != "working_days") & ~worked | (each["on_days"] != "rest_days") & worked]
    begins, ends = (
        pd.to_timedelta(each[name].fillna(edge).astype("str") + ":00")
        for name, edge in (("daily_from", "00:00"), ("daily_to", "24:00"))
    )
    ends = ends.where(ends > begins, ends + pd.Timedelta(1, "D"))
    begin, finish = (_in_utc(day[each.index] + time, zone) for time in (begins, ends))
    each = each.assign(
        start=each["start"].where(each["start"] > begin, begin), end=each["end"].where(each["end"] < finish, finish)
    )
    return each.loc[each["start"] < each["end"], COLUMNS]


def _in_utc(local: pd.Series, zone: ZoneInfo) -> pd.Series:
    """Return local times in UTC: of one that comes twice the earlier, of one that is skipped the next there is."""
    twice = np.ones(len(local), dtype=bool)
    return local.dt.tz_localize(zone, nonexistent="shift_forward", ambiguous=twice).dt.tz_convert("UTC")


def overridden(rota: pd.DataFrame, overrides: pd.DataFrame) -> pd.DataFrame:
    """Return the stints that stand once overrides have taken the place of the rota.

    First those for everybody: within its interval nobody of the step stands but the person it names. Then those for one
    person, who may have come by one of the first: each of that person's stints is taken over, as far as the interval
    reaches. They are all applied at once, so that two people may swap.

    Parameters
    ----------
    rota
        Result of `stints`.
    overrides
        Columns of the contract ``duty_overrides``.

    Returns
    -------
    pandas.DataFrame
        As of `stints`, but for those that `clipped` takes out: outside the span, or without a length.
    """
    rows = overrides.rename(columns={"starts_at": "start", "ends_at": "end"})
    for_all = rows["instead_of"].isna()
    everybody, one = rows[for_all], rows[~for_all]
    standing = pd.concat(
        [subtract(rota, everybody, _STEP), everybody.loc[everybody["staff_id"].notna(), COLUMNS]], ignore_index=True
    )
    taken = one.rename(columns={"staff_id": "stands_in", "instead_of": "staff_id"})
    pairs = standing.merge(taken[[*COLUMNS, "stands_in"]], on=_PERSON, suffixes=("", "_taken"))
    substitutes = pairs.assign(
        staff_id=pairs["stands_in"],
        start=pairs[["start", "start_taken"]].max(axis=1),
        end=pairs[["end", "end_taken"]].min(axis=1),
    )
    stand = substitutes.loc[substitutes["staff_id"].notna(), COLUMNS]
    return pd.concat([subtract(standing, taken, _PERSON), stand], ignore_index=True)
