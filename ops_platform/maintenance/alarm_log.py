"""Alarm logs that tell raise and clear apart become alarms with both: of each source, what was on from when to when.

A raise while the alarm is on says nothing new, nor does a clear while it is off. What is never cleared stays on.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Flags = npt.NDArray[np.bool_]

GROUP = ["site_id", "kind", "source"]
RAISED = "raised"
COLUMNS = ["alarm_id", "site_id", "cell_id", "kind", "severity", "source", "raised_at", "cleared_at"]


def alarms_of(lines: pd.DataFrame, skew_s: int) -> pd.DataFrame:
    """Pair the raises and clears of alarm logs.

    Parameters
    ----------
    lines
        Columns of the contract ``alarm_events``, in any order, each line once or several times.
    skew_s
        Some systems stamp a clear before its raise, with another clock. They give themselves away by a clear that
        clears nothing, at most so many seconds before a raise; that raise, and each that follows in the same manner,
        is taken for cleared as it was raised, unless a clear of its own comes that belongs to no other raise.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract ``alarms``; ``cleared_at`` is null while an alarm is on.
    """
    rows = _in_order(lines)
    raised = (rows["state"] == RAISED).to_numpy()
    new_group = _changes(rows, GROUP)
    was_on = np.r_[False, raised[:-1]] & ~new_group
    begins, ends = raised & ~was_on, ~raised & was_on
    on = rows[begins].reset_index(drop=True)
    # Between two raises that begin an alarm lies at most one clear that ends one.
    alarm_of_row = np.cumsum(begins) - 1
    cleared = pd.Series(pd.NaT, index=on.index, dtype=rows["happened_at"].dtype)
    cleared.iloc[alarm_of_row[ends]] = rows.loc[ends, "happened_at"].array
    follows, skewed = _stamped_backwards(rows, begins, ends, skew_s)
    next_follows = np.r_[follows[1:], False]
    cleared = cleared.where(~(skewed & (next_follows | cleared.isna())), on["happened_at"])
    stamp = on["happened_at"].dt.strftime("%Y%m%dT%H%M%S.%fZ")
    name = on["source"].str.replace(r"\s+", "_", regex=True)
    paired = on.assign(
        alarm_id=name + "/" + on["site_id"] + "/" + on["kind"] + "/" + stamp,
        cell_id=None,
        raised_at=on["happened_at"],
        cleared_at=cleared,
    )
    return paired[COLUMNS]


def _in_order(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of each group in order of time; a raise and a clear of one moment leave the alarm as it was."""
    rows = lines.drop_duplicates([*GROUP, "happened_at", "state"])
    rows = rows.sort_values([*GROUP, "happened_at", "state"], ascending=[*[True] * 4, False], ignore_index=True)
    moment = _changes(rows, [*GROUP, "happened_at"]).cumsum()
    both = pd.Series(moment).duplicated(keep=False).to_numpy()
    # The state before a moment that has both is that of the last moment of the group that has one.
    last = rows["state"].where(~both).groupby([rows[name] for name in GROUP], sort=False).ffill()
    on_before = both & (last == RAISED).to_numpy()
    rank = np.where(on_before, rows["state"] == RAISED, rows["state"] != RAISED)
    return rows.assign(_moment=moment, _rank=rank).sort_values(["_moment", "_rank"], ignore_index=True)


def _stamped_backwards(rows: pd.DataFrame, begins: Flags, ends: Flags, skew_s: int) -> tuple[Flags, Flags]:
    """Tell of each alarm whether it was raised a moment after the clear of the one before it, and whether it is skewed.

    Skewed is an alarm raised a moment after a clear that cleared nothing, and those that follow it in that manner.
    """
    at = np.flatnonzero(begins)
    before = np.maximum(at - 1, 0)
    moments = rows["happened_at"].dt.tz_localize(None).to_numpy()
    close = (moments[at] - moments[before] <= np.timedelta64(skew_s, "s")) & ~_changes(rows, GROUP)[at]
    follows, betrays = close & ends[before], close & ~ends[before]
    first_of_run = np.maximum.accumulate(np.where(follows, 0, np.arange(len(at))))
    return follows, betrays[first_of_run]


def _changes(rows: pd.DataFrame, names: Sequence[str]) -> Flags:
    """Tell where a row differs from the one before it."""
    changed = np.zeros(len(rows), dtype=bool)
    for name in names:
        changed |= (rows[name] != rows[name].shift()).to_numpy(dtype=bool)
    return changed
