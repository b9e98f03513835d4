"""The algebra of time intervals: unions, intersections, splitting by day. Durations are never sums of overlaps.

An interval is ``[start, end)``; a null end means that it is still open. All functions are vectorised over rows.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_SECOND = 1_000_000


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
    if frame.empty:
        return frame[[by, "start", "end", "ids"]].reset_index(drop=True)
    rows = _sorted(frame[[by, "start", "end", "ids"]], by)
    group = rows.column(by).dictionary_encode().combine_chunks().indices.to_numpy().astype(np.int64)
    start, end = _micros(rows.column("start")), _micros(rows.column("end"))
    is_open = rows.column("end").is_null().to_numpy(zero_copy_only=False)
    gap, origin, farthest = gap_s * _SECOND, start.min(), max(end.max(), start.max())
    end[is_open] = farthest + gap
    # One running maximum serves all groups where each group's times stand above those of the group before.
    above = group * (farthest + gap - origin + 1) - origin
    reach = np.maximum.accumulate(np.maximum(end, start) + above) - above
    apart = start[1:] > reach[:-1] + gap
    first = np.flatnonzero(np.r_[True, (group[1:] != group[:-1]) | apart])
    bounds = np.r_[first, len(rows)]
    stays_open = np.logical_or.reduceat(is_open, first)
    ends = pa.array(reach[bounds[1:] - 1], mask=stays_open).cast(rows.schema.field("end").type)
    members = pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), rows.column("ids").combine_chunks())
    merged = rows.take(pa.array(first)).set_column(2, "end", ends).set_column(3, "ids", pc.binary_join(members, " "))
    return merged.to_pandas().astype({by: frame[by].dtype, "ids": frame["ids"].dtype})


def _sorted(frame: pd.DataFrame, by: str) -> pa.Table:
    text, moment = pa.string(), pa.timestamp("us", "UTC")
    rows = pa.Table.from_pandas(frame, pa.schema({by: text, "start": moment, "end": moment, "ids": text}))
    return rows.take(pc.sort_indices(rows, [(name, "ascending") for name in (by, "start", "ids")])).combine_chunks()


def _micros(times: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return times in microseconds, null as 0; an array of one's own."""
    return np.array(pc.fill_null(times.cast(pa.int64()), 0).to_numpy())


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


def subtract(left: pd.DataFrame, right: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the parts of each interval that no interval of its group takes away.

    Parameters
    ----------
    left
        Closed intervals: ``by``, ``start``, ``end`` and any other columns. They may overlap; each is treated alone.
    right
        Closed intervals: ``by``, ``start``, ``end``.
    by
        Columns of the group.

    Returns
    -------
    pandas.DataFrame
        Columns of ``left``; the parts of one interval follow each other.
    """
    rows = left.reset_index(drop=True)
    real = right.loc[right["start"] < right["end"], [*by, "start", "end"]]
    pairs = rows[by].assign(row=rows.index.astype("str")).merge(real, on=by)
    taken = union(pairs.assign(ids=pairs["row"]), "row").astype({"row": "int64"})
    # What is taken is disjoint: the nth part ends where the nth that is taken starts. Where one lies outside its row, a
    # part has no length.
    parts = {
        "start": _in_rows(rows["start"], taken.set_index("row")["end"]),
        "end": _in_rows(rows["end"], taken.set_index("row")["start"]),
    }
    found = rows.loc[parts["start"].index].assign(**{name: at.array for name, at in parts.items()})
    return found[found["start"] < found["end"]].reset_index(drop=True)


def _in_rows(own: pd.Series, cuts: pd.Series) -> pd.Series:
    """Return the moment of each row and its cuts, in order of row and time, indexed by row."""
    moments = pd.concat([own, cuts.astype(own.dtype)])
    return moments.iloc[np.lexsort([moments.to_numpy(), moments.index.to_numpy()])]


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
    return covering(points, intervals.assign(ids=""), by, at).notna()


def covering(points: pd.DataFrame, intervals: pd.DataFrame, by: str, at: str) -> pd.Series:
    """Return the ids of what covers each point: of the interval of its group, joined with those that it overlaps.

    Parameters
    ----------
    points, intervals, by, at
        As in `covered`; the intervals with ``ids`` (text).

    Returns
    -------
    pandas.Series
        Text, null where nothing does, with the index of ``points``.
    """
    apart = union(intervals[intervals[by].notna()], by)
    before = _nearest(points[by], points[at], apart, by, "start", "backward")
    covers = before["start"].notna() & (before["end"].isna() | (before["at"] < before["end"]))
    return before["ids"].where(covers).set_axis(points.index)


def any_between(groups: pd.Series, start: pd.Series, end: pd.Series, events: pd.DataFrame, at: str) -> pd.Series:
    """Tell for each span whether an event of its group lies in it, both ends included.

    Parameters
    ----------
    groups, start, end
        Aligned: the group of each span, named as its column of ``events`` is, and the span's ends.
    events
        The group's column and ``at`` (a moment; null is no event).

    Returns
    -------
    pandas.Series
        Booleans, in the order and with the index of ``groups``.
    """
    by = str(groups.name)
    after = _nearest(groups, start, events[[by, at]].dropna().rename(columns={at: "event"}), by, "event", "forward")
    return pd.Series((after["event"] <= end.array).to_numpy(), index=groups.index)


def _nearest(
    groups: pd.Series, moments: pd.Series, rows: pd.DataFrame, by: str, on: str, direction: str
) -> pd.DataFrame:
    """Return, for each moment, the nearest row of its group in one direction of time, in the order of the moments."""
    # By number and not by name: pandas cannot match names where there are none.
    number, _ = pd.factorize(pd.concat([groups, rows[by]], ignore_index=True))
    asked = pd.DataFrame({"group": number[: len(groups)], "at": moments.array, "row": np.arange(len(groups))})
    known = asked[asked["at"].notna()].sort_values("at")
    sought = rows.assign(group=number[len(groups) :]).sort_values(on).astype({on: known["at"].dtype})
    found = pd.merge_asof(known, sought, left_on="at", right_on=on, by="group", direction=direction)
    return asked[["row"]].merge(found, on="row", how="left")


def whole_seconds(durations: pd.Series) -> pd.Series:
    """Return durations in whole seconds, rounded down, as Int64; null stays null."""
    return (durations // pd.Timedelta(1, "s")).astype("Int64")
