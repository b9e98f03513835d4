"""What a change on a cell did: difference in differences of its drop rate against matched cells that nobody touched.

House: the logarithm of the cell's rate after over before, less the median of the same of its controls. How far the
controls lie apart from each other, though nothing was done to them, is how far chance alone takes a cell; that, or what
the count of drops alone allows where it is more, makes the interval (placebo inference after Abadie, Diamond and
Hainmueller 2010, with a robust spread). Controls are the cells of the same technology, of no near site, that were
nearest in rate and traffic before. A cell that moved before the change already is no evidence, and neither is one whose
neighbours got worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy.stats import median_abs_deviation, norm, t

from ops_platform.clock import first_day, shift_month
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.insight import CHANGE_VERDICTS
from ops_platform.facts import Facts
from ops_platform.kpi.cell_register import CellRegister

WINDOW = 28
"""Days looked at before and after a change."""
LEAST_BEFORE, LEAST_AFTER = 14, 7
CONTROLS, LEAST_CONTROLS, NEAR_SITES = 20, 5, 3
CONFIDENCE, POWER = 0.99, 0.8
"""Of a hundred changes that do nothing, one is called something."""
TOLD = 0.25
"""The change of a rate that a review must be able to tell from chance."""
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
"""Rows or columns of a network."""
METRICS = {"GSM": "tch_drop_rate", "LTE": "erab_drop_rate", "NR": "erab_drop_rate"}


@dataclass(frozen=True)
class Effect:
    """The logarithm of a ratio of rates, its standard error, and how many controls that rests on."""

    log_ratio: float
    error: float
    controls: int

    def bounds(self) -> tuple[float, float, float]:
        """Return the change in percent, and the bounds of its interval."""
        reach = float(t.ppf((1 + CONFIDENCE) / 2, self.controls - 1)) * self.error
        estimate, low, high = (100 * float(np.expm1(self.log_ratio + by)) for by in (0.0, -reach, reach))
        return estimate, low, high


@dataclass(frozen=True)
class Network:
    """Daily events and exposure of all cells of one technology.

    Attributes
    ----------
    cells
        ``cell_id`` (index), ``site_id``, ``office_id``, ``latitude``, ``longitude``.
    first
        Day of the first column.
    events, exposure
        Shape ``[cells, days]``; zero where nothing is known.
    touched
        Cell id to the days on which it was changed.
    """

    cells: pd.DataFrame
    first: date
    events: Floats
    exposure: Floats
    touched: dict[str, list[date]]


def change_verdicts(facts: Facts, month: str, as_of: datetime) -> pa.Table:
    """Return the verdicts on the changes of a month and the one before it, as known at the month's end or now.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``change_verdicts``.
    """
    last = min(first_day(shift_month(month, 1)) - timedelta(days=1), as_of.astimezone(facts.zone).date())
    actions = facts.month("optimisation_actions", month, before=1)
    actions = actions.assign(done_on=facts.local_date(actions["done_at"]))
    known = facts.month("optimisation_actions", month, before=3)
    known = known.assign(done_on=facts.local_date(known["done_at"]))
    touched = {str(cell): sorted(set(days)) for cell, days in known.groupby("cell_id")["done_on"]}
    rows = []
    for technology, network in _networks(facts, month, last, touched).items():
        mine = actions[actions["cell_id"].isin(network.cells.index) & (actions["done_on"] <= last)]
        for action in mine.sort_values(["done_on", "action_id"]).itertuples():
            verdict = judge(network, action.cell_id, action.done_on, last)
            rows.append(
                {
                    "month_on": first_day(month),
                    "action_id": action.action_id,
                    "cell_id": action.cell_id,
                    "office_id": network.cells.loc[action.cell_id, "office_id"],
                    "action": action.action,
                    "done_on": action.done_on,
                    "kpi_id": METRICS[technology],
                    **verdict,
                }
            )
    return pa.Table.from_pylist(rows, schema=CHANGE_VERDICTS.schema)


def judge(network: Network, cell_id: str, done_on: date, last: date) -> dict[str, object]:
    """Return the verdict on one change, as the columns of ``change_verdicts``.

    Parameters
    ----------
    network
        What is known, at least `WINDOW` days before the change.
    cell_id, done_on
        Where, and on which day.
    last
        The last day that is known.
    """
    before, after = _windows(network, cell_id, done_on, last)
    cell = _places(network, [cell_id])
    controls = _controls(network, cell_id, done_on, last, before)
    found = _blank(len(controls), len(before), len(after))
    if len(before) < LEAST_BEFORE or len(controls) < LEAST_CONTROLS:
        reason = "few_days" if len(before) < LEAST_BEFORE else "few_controls"
        review = done_on + timedelta(days=1 + LEAST_AFTER)
        return found | {"verdict": "no_evidence", "reason": reason, "review_on": review}
    days = _days_needed(network, cell, before)
    review = done_on + timedelta(days=1 + days)
    effect = difference(network, cell, controls, before, after) if len(after) >= LEAST_AFTER else None
    if effect is None:
        verdict = "too_early" if last < review else "no_evidence"
        return found | {"verdict": verdict, "reason": "few_days", "review_on": review}
    neighbours = _places(network, _neighbours(network, cell_id))
    beside = difference(network, neighbours, controls, before, after) if len(neighbours) else None
    middle = len(before) // 2
    moving = difference(network, cell, controls, before[:middle], before[middle:])
    verdict, reason = _verdict(effect, beside, moving, early=last < review)
    names = ("change_pct", "low_pct", "high_pct")
    found |= dict(zip(names, effect.bounds(), strict=True))
    if beside is not None:
        found |= dict(zip((f"neighbour_{name}" for name in names), beside.bounds(), strict=True))
    return found | {"verdict": verdict, "reason": reason, "review_on": review}


def difference(network: Network, cells: Places, controls: Places, before: Places, after: Places) -> Effect | None:
    """Return how the rate of some cells together changed against that of single others; None where nothing is known.

    Parameters
    ----------
    cells, controls
        Rows of the network.
    before, after
        Columns of the network.
    """
    moved, _ = _moved(network, controls[:, None], before, after)
    mine, counted = _moved(network, cells[None, :], before, after)
    moved = moved[np.isfinite(moved)]
    if len(moved) < LEAST_CONTROLS or not np.isfinite(mine[0]):
        return None
    chance = float(median_abs_deviation(moved, scale="normal"))
    alone = max(chance**2 / len(cells), float(counted[0]))
    # The variance of a median is half of pi times that of a mean.
    error = np.sqrt(alone + np.pi / 2 * chance**2 / len(moved))
    return Effect(float(mine[0] - np.median(moved)), float(error), len(moved))


def _moved(network: Network, groups: Places, before: Places, after: Places) -> tuple[Floats, Floats]:
    """Return the logarithm of each group's rate after over before, and the variance that its counts alone give it.

    Parameters
    ----------
    groups
        Rows of the network, shape ``[groups, cells]``.
    """
    ratio, variance = np.zeros(len(groups)), np.zeros(len(groups))
    for days, sign in ((after, 1), (before, -1)):
        # Half an event more, so that none at all is not taken for an infinite effect.
        events = network.events[groups][:, :, days].sum(axis=(1, 2)) + 0.5
        exposure = network.exposure[groups][:, :, days].sum(axis=(1, 2))
        ratio += sign * np.log(events / np.where(exposure > 0, exposure, np.nan))
        variance += 1 / events
    return ratio, variance


def _verdict(effect: Effect, beside: Effect | None, moving: Effect | None, *, early: bool) -> tuple[str, str]:
    _, low, high = effect.bounds()
    if early:
        return "too_early", "few_days"
    if low <= 0 <= high:
        return "no_evidence", "spans_zero"
    _, low_then, high_then = moving.bounds() if moving else (0.0, 0.0, 0.0)
    if not low_then <= 0 <= high_then:
        return "no_evidence", "already_moving"
    if high < 0 and beside is not None and beside.bounds()[1] > 0:
        return "no_evidence", "neighbours_worse"
    return ("improved" if high < 0 else "worse"), "interval"


def _days_needed(network: Network, cell: Places, before: Places) -> int:
    """Return after how many days, in whole weeks, a change of `TOLD` could be told from chance with `POWER`."""
    events = max(float(network.events[np.ix_(cell, before)].sum()), 0.5)
    reach = norm.ppf((1 + CONFIDENCE) / 2) + norm.ppf(POWER)
    # The variance of the logarithm of a ratio of rates is the sum of one over each count.
    room = (np.log1p(TOLD) / reach) ** 2 - 1 / events
    days = len(before) / events / room if room > 0 else WINDOW
    return int(min(WINDOW, max(LEAST_AFTER, 7 * np.ceil(days / 7))))


def _windows(network: Network, cell_id: str, done_on: date, last: date) -> tuple[Places, Places]:
    """Return the columns before and after a change, none beyond another change of the same cell."""
    day = (done_on - network.first).days
    others = [(one - network.first).days for one in network.touched.get(cell_id, []) if one != done_on]
    start = max([day - WINDOW, 0, *(one + 1 for one in others if one < day)])
    end = min([day + WINDOW, (last - network.first).days, *(one - 1 for one in others if one > day)])
    return np.arange(start, day), np.arange(day + 1, end + 1)


def _controls(network: Network, cell_id: str, done_on: date, last: date, before: Places) -> Places:
    """Return the rows of the untouched cells of no near site that were nearest to a cell in rate and exposure."""
    span = done_on - timedelta(days=WINDOW), min(last, done_on + timedelta(days=WINDOW))
    touched = {cell for cell, days in network.touched.items() if any(span[0] <= one <= span[1] for one in days)}
    away = ~network.cells["site_id"].isin(_near_sites(network, cell_id)) & ~network.cells.index.isin(touched)
    events, exposure = (values[:, before].sum(axis=1) for values in (network.events, network.exposure))
    candidates = np.flatnonzero(away.to_numpy() & (exposure > 0))
    mine = network.cells.index.get_loc(cell_id)
    if not len(candidates) or not exposure[mine] > 0:
        return candidates[:0]
    level = np.column_stack([np.log((events + 0.5) / np.maximum(exposure, 1)), np.log(np.maximum(exposure, 1))])
    spread = level[candidates].std(axis=0)
    apart = ((level[candidates] - level[mine]) / np.where(spread > 0, spread, 1.0)) ** 2
    nearest = np.argsort(apart.sum(axis=1), kind="stable")[:CONTROLS]
    return candidates[nearest]


def _near_sites(network: Network, cell_id: str) -> list[str]:
    """Return the site of a cell and the sites nearest to it."""
    sites = network.cells.drop_duplicates("site_id").set_index("site_id")
    mine = network.cells.loc[cell_id]
    north = sites["latitude"] - mine["latitude"]
    east = (sites["longitude"] - mine["longitude"]) * np.cos(np.radians(mine["latitude"]))
    return [str(site) for site in np.hypot(north, east).sort_values(kind="stable").index[: NEAR_SITES + 1]]


def _neighbours(network: Network, cell_id: str) -> list[str]:
    """Return the other cells of a cell's site and of the sites nearest to it that nobody touched."""
    near = network.cells.index[network.cells["site_id"].isin(_near_sites(network, cell_id))]
    return [cell for cell in near if cell != cell_id and cell not in network.touched]


def _places(network: Network, cell_ids: Sequence[str]) -> Places:
    return np.asarray(network.cells.index.get_indexer(list(cell_ids)))


def _blank(controls: int, before: int, after: int) -> dict[str, object]:
    names = [column.name for column in CHANGE_VERDICTS.columns if column.name.endswith("_pct")]
    return dict.fromkeys(names) | {"controls": controls, "days_before": before, "days_after": after}


def _networks(facts: Facts, month: str, last: date, touched: dict[str, list[date]]) -> dict[str, Network]:
    """Return what is known of each technology from a window before the month before until a day."""
    first = first_day(shift_month(month, -1)) - timedelta(days=WINDOW)
    keys = [key for key in facts.warehouse.partitions(CELL_DAYS) if f"{first}" <= key <= f"{last}"]
    if not keys:
        return {}
    engine = facts.warehouse.connect()
    rows = CellRegister(facts).cell_days(engine, keys)
    gsm = rows.technology == "GSM"
    rows = rows.select(
        "cell_id", "site_id", "office_id", "technology", "day_on",
        events=gsm.ifelse(rows.busy_drops, rows.erab_abnormal_releases).fill_null(0),
        exposure=gsm.ifelse(rows.busy_tch_seizures + rows.busy_handovers_in, rows.erab_releases).fill_null(0),
    )  # fmt: skip
    frame = engine.to_pyarrow(rows).to_pandas(date_as_object=True)
    sites = facts.whole("sites")[["site_id", "latitude", "longitude"]]
    days = pd.Index([first + timedelta(days=n) for n in range((last - first).days + 1)])
    found = {}
    for technology, mine in frame[frame["technology"].isin(METRICS)].groupby("technology"):
        cells = mine.drop_duplicates("cell_id")[["cell_id", "site_id", "office_id"]].merge(sites, on="site_id")
        cells = cells.sort_values("cell_id").set_index("cell_id")
        wide = [mine.pivot_table(index="cell_id", columns="day_on", values=name, aggfunc="sum")
                .reindex(index=cells.index, columns=days).fillna(0.0).to_numpy(float)
                for name in ("events", "exposure")]  # fmt: skip
        found[str(technology)] = Network(cells, first, wide[0], wide[1], touched)
    return found
