"""The algebra of time intervals: unions, intersections, splitting by day. Durations are never sums of overlaps.

An interval is ``[start, end)``; a null end means that it is still open. All functions are vectorised over rows.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

END_OF_TIME = pd.Timestamp("2262-01-01", tz="UTC").as_unit("us")


def union(frame: pd.DataFrame, by: str, gap_s: int = 0) -> pd.DataFrame:
    """Merge the overlapping intervals of each group, and those at most a gap apart.

    Parameters
    ----------
    frame
        One row per interval: ``by``, ``start``, ``end`` (null while open) and ``ids`` (text).
    by
        Column of the group.
    gap_s
        Intervals that are this many seconds apart or less become one.

    Returns
    -------
    pandas.DataFrame
        The same columns: ``end`` is null where any member is open, ``ids`` holds the members' ids in order of start,
        separated by spaces. Sorted by group and start; the intervals of a group are disjoint.
    """
    rows = frame[[by, "start", "end", "ids"]].sort_values([by, "start", "ids"], ignore_index=True)
    is_open = rows["end"].isna()
    ends = rows["end"].where(~is_open, END_OF_TIME)
    reach = ends.where(ends > rows["start"], rows["start"]).groupby(rows[by]).cummax()
    apart = rows["start"] > reach.shift() + pd.Timedelta(gap_s, "s")
    block = (rows[by].ne(rows[by].shift()) | apart).cumsum()
    merged = rows.assign(is_open=is_open, reach=reach).groupby(block, sort=False)
    result = merged.agg({by: "first", "start": "min", "reach": "max", "is_open": "any", "ids": " ".join})
    result["end"] = result["reach"].where(~result["is_open"].astype(bool))
    return result[[by, "start", "end", "ids"]].reset_index(drop=True)


def close_open(ends: pd.Series, as_of: datetime) -> pd.Series:
    """Return the ends with open ones set to a moment, and none later than it."""
    moment = pd.Timestamp(as_of).as_unit("us")
    return ends.fillna(moment).clip(upper=moment)


def intersect(left: pd.DataFrame, right: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the common parts of two sets of closed intervals with columns ``by``, ``start`` and ``end``.

    Each set's intervals must be disjoint within a group; the result's then are too.
    """
    pairs = left.merge(right, on=by, suffixes=("", "_other"))
    start = pairs[["start", "start_other"]].max(axis=1)
    end = pairs[["end", "end_other"]].min(axis=1)
    return pd.DataFrame({by: pairs[by], "start": start, "end": end})[start < end].reset_index(drop=True)


def seconds_by_day(intervals: pd.DataFrame, by: str, zone: ZoneInfo) -> pd.DataFrame:
    """Split closed, disjoint intervals at business-local midnights and sum their seconds.

    Parameters
    ----------
    intervals
        Columns ``by``, ``start``, ``end`` (UTC).

    Returns
    -------
    pandas.DataFrame
        Columns ``by``, ``day_on`` (date), ``seconds`` (int64), one row per group and day with any seconds.
    """
    first = intervals["start"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    last = (intervals["end"] - pd.Timedelta(1, "us")).dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    count = ((last - first).dt.days + 1).clip(lower=0).to_numpy()
    rows = intervals.loc[intervals.index.repeat(count)].reset_index(drop=True)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    day = first.loc[first.index.repeat(count)].reset_index(drop=True) + pd.to_timedelta(nth, unit="D")
    begin, finish = _midnights(day, zone), _midnights(day + pd.Timedelta(1, "D"), zone)
    start, end = rows["start"].where(rows["start"] > begin, begin), rows["end"].where(rows["end"] < finish, finish)
    seconds = ((end - start) // pd.Timedelta(1, "s")).astype("int64")
    split = pd.DataFrame({by: rows[by], "day_on": day.dt.date, "seconds": seconds})
    return split.groupby([by, "day_on"], as_index=False)["seconds"].sum()


def _midnights(days: pd.Series, zone: ZoneInfo) -> pd.Series:
    """Return the UTC moments at which local days begin, as `ops_platform.clock.local_midnight` does.

    Where clocks change at midnight, a day begins when they show its first moment, or at the first of two midnights.
    """
    first_of_two = np.ones(len(days), dtype=bool)
    return days.dt.tz_localize(zone, nonexistent="shift_forward", ambiguous=first_of_two).dt.tz_convert("UTC")


def covered(points: pd.DataFrame, intervals: pd.DataFrame, by: str, at: str) -> pd.Series:
    """Tell for each point whether an interval of its group covers it.

    Parameters
    ----------
    points
        Columns ``by`` and ``at`` (a moment).
    intervals
        Columns ``by``, ``start``, ``end``; a null end is open.

    Returns
    -------
    pandas.Series
        Booleans, in the order and with the index of ``points``.
    """
    asked = pd.DataFrame({by: points[by].to_numpy(), "at": points[at].array, "row": np.arange(len(points))})
    pairs = asked.merge(intervals[[by, "start", "end"]], on=by)
    hit = (pairs["start"] <= pairs["at"]) & (pairs["end"].isna() | (pairs["at"] < pairs["end"]))
    return pd.Series(asked["row"].isin(pairs.loc[hit, "row"]).to_numpy(), index=points.index)


def whole_seconds(durations: pd.Series) -> pd.Series:
    """Return durations in whole seconds, rounded down, as Int64; null stays null."""
    return (durations // pd.Timedelta(1, "s")).astype("Int64")
