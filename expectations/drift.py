"""Drift of a day's cells against the same weekday of the weeks before: how many were heard, and how their sums spread.

House. A feed may keep its contract and still be wrong: half of the cells missing, a counter in another unit, a
collector asleep. Each group of cells (office and technology) is held against its own past, before a KPI is made of it.
Great Expectations judges the summary: one row per day, group and counter.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy.stats import wasserstein_distance

from expectations.runner import Finding, judge
from expectations.suites import PLAUSIBILITY, Expectation

GROUP = ("office_id", "technology")
VOLUMES = ("busy_traffic_chs", "busy_tch_attempts", "busy_sdcch_attempts", "rrc_attempts", "erab_releases",
           "erab_session_s", "dl_volume_kbit", "prb_used", "prb_available")  # fmt: skip
"""Sums that are much alike from week to week; what is rare, such as drops, scatters too much to be judged so."""
COLUMNS = ("usable_s", *GROUP, *VOLUMES)
WEEKS, LEAST_WEEKS = 4, 2
LEAST_CELLS = 10
BOUNDS = {
    "heard_pct": (80.0, 120.0),
    "known_pct": (90.0, None),
    "volume_pct": (50.0, 200.0),
    "spread_pct": (None, 30.0),
}
"""Of usual: cells heard, cells that have the counter, its mean per cell. And how far, in per cent of the mean, cells
would have to move for their sums to be spread as usual (Wasserstein distance of the sums over their mean)."""

Read = Callable[[str], pa.Table]
Groups = dict[tuple[str, ...], npt.NDArray[np.float64]]
"""Of each group the sums of the cells that were heard, shape (cells, volumes), nan where unknown."""


def drift_summary(read: Read, days: Sequence[str]) -> pd.DataFrame:
    """Return one row per day, group of cells and counter, held against the same weekday of the four weeks before.

    Parameters
    ----------
    read
        Gives the cell days of a local day (``YYYY-MM-DD``); no rows where there are none.
    days
        The days to judge, each by up to four earlier ones. A day with fewer than two is not judged, nor is a group of
        fewer than ten cells, nor a counter that was not there before.

    Returns
    -------
    pandas.DataFrame
        ``day``, ``group``, ``counter``, ``cells`` heard, and the columns of `BOUNDS`; percentages of what is usual.
    """
    known: dict[str, Groups] = {}

    def cells_of(day: str) -> Groups:
        if day not in known:
            known[day] = _groups(read(day))
        return known[day]

    found = [row for day in days for row in _of_day(day, cells_of)]
    return pd.DataFrame(found, columns=["day", "group", "counter", "cells", *BOUNDS])


def judge_drift(summary: pd.DataFrame) -> list[Finding]:
    """Return where a summary is out of bounds; the groups that drift are the offenders."""
    if summary.empty:
        return []
    asked = [
        Expectation(
            PLAUSIBILITY, "ExpectColumnValuesToBeBetween", name,
            {"column": name, "min_value": low, "max_value": high}, (name,), name,
        )
        for name, (low, high) in BOUNDS.items()
    ]  # fmt: skip
    return judge(summary, asked, key=("day", "group", "counter", "cells"))


def _groups(rows: pa.Table) -> Groups:
    frame = rows.select(COLUMNS).to_pandas()
    heard = frame[frame["usable_s"] > 0]
    sums = heard[list(VOLUMES)].to_numpy(float)
    return {group: sums[places] for group, places in heard.groupby(list(GROUP)).indices.items()}


def _of_day(day: str, cells_of: Callable[[str], Groups]) -> Iterator[dict[str, object]]:
    weeks = (date.fromisoformat(day) - timedelta(weeks=week) for week in range(1, WEEKS + 1))
    past = [cells for one in weeks if (cells := cells_of(one.isoformat()))]
    if len(past) < LEAST_WEEKS:
        return
    today, nothing = cells_of(day), np.empty((0, len(VOLUMES)))
    for group in sorted({group for cells in past for group in cells}):
        then = [cells.get(group, nothing) for cells in past]
        usual_cells = float(np.median([len(cells) for cells in then]))
        if usual_cells >= LEAST_CELLS:
            yield from _of_group(day, " ".join(group), today.get(group, nothing), np.concatenate(then), usual_cells)


def _of_group(
    day: str, group: str, now: npt.NDArray[np.float64], then: npt.NDArray[np.float64], usual_cells: float
) -> Iterator[dict[str, object]]:
    for place, counter in enumerate(VOLUMES):
        before, values = (cells[:, place][~np.isnan(cells[:, place])] for cells in (then, now))
        if not before.sum() > 0:
            continue
        alike = len(values) >= LEAST_CELLS and values.sum() > 0
        yield {
            "day": day, "group": group, "counter": counter, "cells": len(now),
            "heard_pct": 100 * len(now) / usual_cells,
            "known_pct": 100 * len(values) / len(now) / (len(before) / len(then)) if len(now) else np.nan,
            "volume_pct": 100 * values.mean() / before.mean() if len(values) >= LEAST_CELLS else np.nan,
            "spread_pct": _spread_pct(values, before) if alike else np.nan,
        }  # fmt: skip


def _spread_pct(values: npt.NDArray[np.float64], before: npt.NDArray[np.float64]) -> float:
    return 100 * float(wasserstein_distance(values / values.mean(), before / before.mean()))
