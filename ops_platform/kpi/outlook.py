"""Where a KPI will stand at the end of the year, with a band, and how often such bands held when they were tried.

House: the days to come are weeks drawn with replacement from the days so far (a block bootstrap), so that a week's
rhythm and a bad week stay together. What differs from month to month is not in the weeks of a few months; the band is
therefore as much wider as trials on the months that are known call for (split conformal prediction, Lei et al. 2018),
in the proportion of the year that is still to come.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, months_between, shift_month
from ops_platform.contracts.insight import OUTLOOKS
from ops_platform.contracts.scores import MEASURES, SCORECARDS
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.definition import Kpi

WEEK = 7
DRAWS = 400
HELD = 0.8
"""How often a band should hold."""
LEAST_WEEKS = 4
DECEMBER = 12
Floats = npt.NDArray[np.float64]
Who = tuple[str, str]
"""Office id (empty for the branch) and KPI id."""
Sums = Mapping[str, Floats]
"""By part, numerator and denominator of every day: arrays ``[2, days]``."""


@dataclass(frozen=True)
class Trial:
    """A month that is known, as it was forecast from the months before it.

    Attributes
    ----------
    kpi_id, month
        What, and when.
    error, naive_error
        How far off the forecast was, and how far "as last month".
    spread
        Half the width of the band before it is widened.
    """

    kpi_id: str
    month: str
    error: float
    naive_error: float
    spread: float


def outlooks(facts: Facts, month: str, as_of: datetime) -> pa.Table:
    """Return what the year will end at, as known after a month, for the branch and its offices.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``outlooks``; no rows for a KPI with less than four weeks of data.
    """
    months = list(months_between(f"{month[:4]}-01", month))
    last = min(first_day(shift_month(month, 1)) - timedelta(days=1), as_of.astimezone(facts.zone).date())
    first, daily = _daily(facts, months, first_day(months[0]), last)
    tried = trials(daily, first, months[:-1] if as_of.astimezone(facts.zone).date() <= last else months)
    cards = facts.month(SCORECARDS, month)
    targets = {(row.office_id, row.kpi_id): row.target
               for row in cards[cards["level"].isin(["branch", "office"])].itertuples()}  # fmt: skip
    ahead = (date(last.year, DECEMBER, 31) - last).days
    rows = []
    for who, sums in daily.items():
        draws = year_end(CATALOGUE[who[1]], sums, ahead)
        if draws is not None:
            mine = [one for one in tried if one.kpi_id == who[1]]
            known = next(iter(sums.values())).shape[1]
            rows.append(_row(month, who, draws, ahead / (ahead + known), targets.get(who), mine))
    return pa.Table.from_pylist(rows, schema=OUTLOOKS.schema)


def year_end(kpi: Kpi, sums: Sums, days_ahead: int) -> Floats | None:
    """Return draws of the value at the end of so many days more, what is known included; None where too little is."""
    drawn = {part: _drawn(known, days_ahead) for part, known in sums.items()}
    if any(future is None for future in drawn.values()):
        return None
    return _values(kpi, {part: known.sum(axis=1)[:, None] + drawn[part] for part, known in sums.items()})


def trials(daily: Mapping[Who, Sums], first: date, months: Iterable[str]) -> list[Trial]:
    """Return how the months, all known, would have been forecast each from the days before it."""
    found = []
    for month in months:
        start, end = (first_day(one) - first for one in (month, shift_month(month, 1)))
        if start.days <= 0:
            continue
        for (_, kpi_id), sums in daily.items():
            trial = _tried(CATALOGUE[kpi_id], sums, start.days, end.days, month)
            found += [trial] if trial else []
    return found


def widening(tried: Iterable[Trial]) -> float:
    """Return how much must be added on either side of the bands for the share `HELD` of such trials to hold."""
    beyond = sorted(max(0.0, one.error - one.spread) for one in tried)
    return beyond[min(len(beyond), int(np.ceil((len(beyond) + 1) * HELD))) - 1] if beyond else 0.0


def held(tried: Iterable[Trial]) -> list[bool]:
    """Return which trials lay in their band, each widened as the trials of the other months call for."""
    tried = list(tried)
    found = []
    for one in tried:
        others = [other for other in tried if other.month != one.month]
        if others:
            found.append(one.error <= one.spread + widening(others))
    return found


def _row(
    month: str, who: Who, draws: Floats, ahead: float, target: float | None, tried: list[Trial]
) -> dict[str, object]:
    kpi = CATALOGUE[who[1]]
    most, more = (100.0 if kpi.unit == "%" else np.inf), ahead * widening(tried)
    low, high = np.quantile(draws, [(1 - HELD) / 2, (1 + HELD) / 2]) + np.array([-more, more])
    # Evenly as far as the band is wider, and beyond it as often as a band does not hold.
    wide = np.clip(draws + np.linspace(-more, more, DRAWS) / HELD, 0.0, most)
    inside = held(tried)
    return {
        "month_on": first_day(month),
        "level": "office" if who[0] else "branch",
        "office_id": who[0],
        "kpi_id": who[1],
        "expected": float(np.median(draws)),
        "low": max(0.0, float(low)),
        "high": min(most, float(high)),
        "chance_pct": None if target is None or pd.isna(target) else _chance_pct(kpi, wide, target),
        "trials": len(tried),
        "held_pct": 100 * float(np.mean(inside)) if inside else None,
        "error": float(np.mean([one.error for one in tried])) if tried else None,
        "naive_error": float(np.mean([one.naive_error for one in tried])) if tried else None,
    }


def _chance_pct(kpi: Kpi, draws: Floats, target: float) -> float:
    met = draws >= target if kpi.better == "higher" else draws <= target
    return 100 * float(np.mean(met))


def _tried(kpi: Kpi, sums: Sums, start: int, end: int, month: str) -> Trial | None:
    before = {part: known[:, :start] for part, known in sums.items()}
    drawn = {part: _drawn(known, end - start) for part, known in before.items()}
    if any(future is None for future in drawn.values()):
        return None
    draws = _values(kpi, {part: np.asarray(future) for part, future in drawn.items()})
    came = {part: known[:, start:end].sum(axis=1)[:, None] for part, known in sums.items()}
    value = _values(kpi, came)
    last = _values(kpi, {part: known[:, max(0, start - 30) :].sum(axis=1)[:, None] for part, known in before.items()})
    if draws is None or value is None or last is None:
        return None
    low, high = np.quantile(draws, [(1 - HELD) / 2, (1 + HELD) / 2])
    error, naive = (float(abs(value[0] - guess)) for guess in (np.median(draws), last[0]))
    return Trial(kpi.id, month, error, naive, float(high - low) / 2)


def _drawn(known: Floats, days: int) -> Floats | None:
    """Return draws of the sums of so many days from the weeks that are known: an array ``[2, draws]``."""
    if known.shape[1] < LEAST_WEEKS * WEEK or not known[1].any():
        return None
    # Whole weeks up to the last day; what remains at the beginning is a short one.
    edges = np.r_[0, np.arange(known.shape[1] % WEEK or WEEK, known.shape[1], WEEK)]
    blocks = np.add.reduceat(known, edges, axis=1)
    whole, rest = divmod(days, WEEK)
    # The same weeks for every KPI and office: what they do together, such as a storm, they do together.
    chosen = np.random.default_rng(len(edges)).integers(0, len(edges), (DRAWS, whole + 1))
    share = np.r_[np.ones(whole), rest / WEEK] * known.shape[1] / (WEEK * len(edges))
    drawn: Floats = (blocks[:, chosen] * share).sum(axis=2)
    return drawn


def _values(kpi: Kpi, sums: Mapping[str, Floats]) -> Floats | None:
    """Return the values of sums ``[2, draws]`` by part, without zero denominators; None where there is none."""
    weights = dict(kpi.weights) or {"": 1.0}
    if any(part not in sums for part in weights):
        return None
    whole = np.all([sums[part][1] > 0 for part in weights], axis=0)
    ratios = [sums[part][0][whole] / sums[part][1][whole] for part in weights]
    value = np.prod(ratios, axis=0) if kpi.product else np.array(list(weights.values())) @ np.array(ratios)
    values: Floats = value * kpi.scale
    return values if whole.any() else None


def _daily(facts: Facts, months: list[str], first: date, last: date) -> tuple[date, dict[Who, dict[str, Floats]]]:
    """Return the first day of the first month that has any sums, and the sums of every day since by whose they are."""
    engine = facts.warehouse.connect()
    keys = ["kpi_id", "part", "office_id", "day_on"]
    names = ["numerator", "denominator"]
    tables = [facts.warehouse.table(engine, contract, months) for contract in MEASURES.values()]
    sums = [table.group_by(keys).agg(**{name: table[name].sum() for name in names}) for table in tables]
    rows = pd.concat([engine.to_pyarrow(one).to_pandas(date_as_object=True) for one in sums], ignore_index=True)
    rows = rows[rows["day_on"] <= last]
    rows = pd.concat([rows, rows.assign(office_id="")])
    first = min(rows["day_on"], default=first).replace(day=1)
    count = (last - first).days + 1
    found: dict[Who, dict[str, Floats]] = {}
    for (office_id, kpi_id, part), mine in rows.groupby(["office_id", "kpi_id", "part"]):
        place = pd.to_datetime(mine["day_on"]).sub(pd.Timestamp(first)).dt.days.to_numpy()
        days = np.zeros((2, count))
        for row, name in enumerate(names):
            np.add.at(days[row], place, mine[name].to_numpy(float))
        found.setdefault((office_id, kpi_id), {})[part] = days
    return first, found
