"""Why a total score moved, or is not what the targets ask: parts per KPI that add up to the difference.

House: a total score is a weighted mean, so its change is, per KPI, the mean share times the change of the score, plus
the change of the share times the distance of the KPI's score from the total. A KPI's score moves along a path: from the
value of before to what the later definition makes of it, without the exclusions, to what it would be had nothing gone
wrong, to what went wrong now, to the exclusions of now. Every step is scored under the targets of before and of now and
the mean is taken; the rest is the target's. So the parts add up whatever the scoring, and what went wrong costs what it
costs the month it went wrong in.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, shift_month
from ops_platform.contracts.insight import SCORE_CHANGES
from ops_platform.contracts.outages import MAINS_OUTAGES
from ops_platform.contracts.scores import SCORECARDS
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import SUBJECTS, kpis_in_force, subject_of
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.harm import effects, has_ideal
from ops_platform.kpi.measures import COUNTS, measures, tables
from ops_platform.kpi.scoring import score, targets_for, values
from ops_platform.policy import Policy

WHO = ["level", "office_id"]
KEYS = [*WHO, "kpi_id"]
PLAYERS = ("definition", "before", "now", "exclusions", "target")
RULE = ["scoring", "target", "baseline", "challenge", "ladder_step", "ladder_points"]
Floats = npt.NDArray[np.float64]


def score_changes(facts: Facts, month: str, policy: Policy, as_of: datetime) -> pa.Table:
    """Return what the month's total scores differ by from the month before, and from what every target met would give.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``score_changes``: branch and offices, the points of one basis adding up to the
        difference of the total scores.
    """
    after = judged(facts, month)
    before = judged(facts, shift_month(month, -1))
    changed = _under_later_definitions(facts, before, after, policy, as_of)
    parts = [
        split(before, after, changed).assign(basis="last_month"),
        split(at_target(after), after).assign(basis="target"),
    ]
    rows = pd.concat(parts, ignore_index=True).assign(month_on=first_day(month))
    return pa.Table.from_pandas(rows[SCORE_CHANGES.schema.names], schema=SCORE_CHANGES.schema, preserve_index=False)


def judged(facts: Facts, month: str) -> pd.DataFrame:
    """Return the scorecard rows of branch and offices of a month with the rule that scored them and their effects."""
    cards = facts.month(SCORECARDS, month)
    cards = cards[cards["level"].isin(["branch", "office"])]
    targets = targets_for(facts.whole("targets"), month, facts.whole("offices")["office_id"])
    rules = targets[["kpi_id", "office_id", *(name for name in RULE if name != "target")]]
    rows = cards.merge(rules, on=["kpi_id", "office_id"], how="left")
    rows = rows.assign(granted=_granted(facts, month, rows))
    return rows.assign(**effects(rows))


def _granted(facts: Facts, month: str, rows: pd.DataFrame) -> pd.Series:
    """Return what somebody's decision excluded; that mains came back in time is nobody's."""
    exempt = facts.month(MAINS_OUTAGES, month)
    exempt = exempt[exempt["outcome"] == "exempt"]
    by_office = exempt.groupby("office_id").size().to_dict() | {"": len(exempt)}
    mains = rows["office_id"].map(by_office).fillna(0).astype(float)
    return rows["excluded"].where(rows["kpi_id"] != "generator_timeliness", mains)


def at_target(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they would be were every KPI with a value exactly at its target, nothing excluded."""
    met = rows.assign(value=rows["target"].where(rows["value"].notna()), granted=0.0)
    ideal = rows["value"] - rows["events"] - rows["exclusions"]
    met = met.assign(events=met["value"] - ideal, exclusions=0.0, harm=np.nan)
    return met.assign(score=score(met))


def split(before: pd.DataFrame, after: pd.DataFrame, redefined: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the parts of the difference of total scores.

    Parameters
    ----------
    before, after
        Rows of `judged`, one per `KEYS`.
    redefined
        Rows of ``before`` whose definition is another one since, as the later definition has them.

    Returns
    -------
    pandas.DataFrame
        Columns `KEYS`, ``part``, ``units``, ``value_change``, ``points``; parts of nothing are left out. Per ``level``
        and ``office_id`` the points add up to the total score after less that of before. Subjects without a total
        score on either side have no rows.
    """
    if before.empty or after.empty:
        return pd.DataFrame(columns=[*KEYS, "part", "units", "value_change", "points"])
    bridge = before if redefined is None else pd.concat([redefined, before]).drop_duplicates(KEYS)
    wide = after.merge(before, on=KEYS, how="outer", suffixes=("", "_before"))
    wide = wide.merge(bridge[[*KEYS, "value", "events", "exclusions", "harm"]], on=KEYS, how="left",
                      suffixes=("", "_bridge"))  # fmt: skip
    shares = {end: _shares(wide, end) for end in ("", "_before")}
    subject = [wide[name] for name in WHO]
    points = {end: (share * wide[f"score{end}"]).where(share > 0) for end, share in shares.items()}
    totals = {end: points[end].groupby(subject).transform("sum", min_count=1) for end in shares}
    known = totals[""].notna() & totals["_before"].notna()
    wide, middle = wide[known].reset_index(drop=True), ((totals[""] + totals["_before"]) / 2)[known].to_numpy()
    now, then = (shares[end][known].to_numpy() for end in ("", "_before"))
    both = (now > 0) & (then > 0)
    steps, worth = _path(wide)
    worth *= np.where(both, (now + then) / 2, 0.0)
    scored = [np.where(share > 0, wide[f"score{end}"], np.nan) for share, end in ((now, ""), (then, "_before"))]
    # A KPI that is scored in one month only has not moved; it joined or left.
    mean = np.where(both, (scored[0] + scored[1]) / 2, np.where(now > 0, *scored))
    weight = np.where((now > 0) | (then > 0), (now - then) * (mean - middle), 0.0)
    return _long(wide, steps, worth, weight)


def _shares(wide: pd.DataFrame, end: str) -> pd.Series:
    """Return each row's share of the weights that count; zero where it has no score."""
    weight = wide[f"weight{end}"].where(wide[f"score{end}"].notna(), 0.0).fillna(0.0).astype(float)
    total = weight.groupby([wide[name] for name in WHO]).transform("sum")
    return (weight / total.where(total > 0)).fillna(0.0)


def _path(wide: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return what each of `PLAYERS` adds to the values and to the scores: two arrays ``[players, rows]``."""
    stops = _stops(wide)
    scores = [_scored(wide, stops, end) for end in ("_before", "")]
    along = np.diff((scores[0] + scores[1]) / 2, axis=0)
    target = sum(scores[1][end] - scores[0][end] for end in (0, -1)) / 2
    return _by_player(np.diff(stops, axis=0), np.zeros(len(wide))), np.nan_to_num(_by_player(along, target))


def _stops(wide: pd.DataFrame) -> Floats:
    """Return the values that a KPI passes through on its way: an array ``[stops, rows]``."""
    gross_then, gross_now = wide["value_bridge"] - wide["exclusions_bridge"], wide["value"] - wide["exclusions"]
    best = wide["value"] - wide["exclusions"] - wide["events"]
    # Where more is better and there is no most, nothing tells what went wrong: it is one step from month to month.
    best = best.where(wide["kpi_id"].map(has_ideal).astype(bool), gross_then)
    stops = [wide["value_before"], wide["value_bridge"], gross_then, best, gross_now, wide["value"]]
    array: Floats = np.array(stops, dtype=np.float64)
    return array


def _scored(wide: pd.DataFrame, stops: Floats, end: str) -> Floats:
    """Return the scores of the stops under the targets of one end."""
    rules = wide[[f"{name}{end}" for name in RULE]].set_axis(RULE, axis=1).assign(kpi_id=wide["kpi_id"])
    cases = pd.concat([rules.assign(value=values) for values in stops], ignore_index=True)
    scores: Floats = score(cases).to_numpy(float).reshape(stops.shape)
    return scores


def _by_player(steps: Floats, target: Floats) -> Floats:
    definition, no_exclusions, before, now, exclusions = steps
    return np.array([definition, before, now, no_exclusions + exclusions, target])


def _long(wide: pd.DataFrame, steps: Floats, worth: Floats, weight: Floats) -> pd.DataFrame:
    units = {"before": wide["harm_bridge"], "now": wide["harm"], "exclusions": wide["granted"]}
    parts = [
        wide[KEYS].assign(
            part=part,
            units=units.get(part, np.nan),
            value_change=steps[place],
            points=worth[place],
        )
        for place, part in enumerate(PLAYERS)
    ]
    parts.append(wide[KEYS].assign(part="weight", units=np.nan, value_change=0.0, points=weight))
    rows = pd.concat(parts, ignore_index=True)
    return rows[(rows["points"] != 0) | (rows["value_change"].fillna(0.0) != 0)].reset_index(drop=True)


def _under_later_definitions(
    facts: Facts, before: pd.DataFrame, after: pd.DataFrame, policy: Policy, as_of: datetime
) -> pd.DataFrame | None:
    """Return the rows of before that the later definitions change, computed anew from the facts; None where none is."""
    versions = before.merge(after[[*KEYS, "version"]], on=KEYS, suffixes=("", "_after"))
    changed = sorted(set(versions.loc[versions["version"] != versions["version_after"], "kpi_id"]))
    if not changed or before.empty:
        return None
    month = f"{before['month_on'].iloc[0]:%Y-%m}"
    later = kpis_in_force(f"{after['month_on'].iloc[0]:%Y-%m}")
    sums = [
        _sums(facts, [later[one] for one in changed if subject_of(one) == subject], subject, month, policy, as_of)
        for subject in SUBJECTS
    ]
    found = values(pd.concat(sums, ignore_index=True), later)
    found = found[found["level"].isin(["branch", "office"])]
    rest = before.drop(columns=[name for name in found.columns if name in before and name not in KEYS])
    # A definition under which the earlier month has no value is no bridge to it.
    rows = rest.merge(found[[*KEYS, "value", *COUNTS]].dropna(subset="value"), on=KEYS)
    return rows.assign(**effects(rows))


def _sums(facts: Facts, kpis: Sequence[Kpi], subject: str, month: str, policy: Policy, as_of: datetime) -> pd.DataFrame:
    if not kpis:
        return pd.DataFrame()
    engine = facts.warehouse.connect()
    rows = engine.to_pyarrow(measures(kpis, tables(engine, subject, facts, month, policy, as_of), month)).to_pandas()
    return (
        rows.groupby(["kpi_id", "part", "office_id"], as_index=False)[list(COUNTS)]
        .sum()
        .assign(contractor="", staff_id="")
    )


def what_if(rows: pd.DataFrame, assumed: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Return the offices' total scores and ranks as they are, and as they would be were some values others.

    Parameters
    ----------
    rows
        Result of `judged`.
    assumed
        Office id and KPI id to the value assumed.

    Returns
    -------
    pandas.DataFrame
        Columns ``office_id``, ``score``, ``rank``, ``score_then``, ``rank_then``.
    """
    offices = rows[rows["level"] == "office"].reset_index(drop=True)
    keys = zip(offices["office_id"], offices["kpi_id"], strict=True)
    value = [assumed.get(key, now) for key, now in zip(keys, offices["value"], strict=True)]
    then = offices.assign(value=np.array(value, float))
    then["score"] = score(then)
    both = [total_scores(frame).rename(columns={"score": f"score{end}", "rank": f"rank{end}"})
            for frame, end in ((offices, ""), (then, "_then"))]  # fmt: skip
    return both[0].merge(both[1], on="office_id")


def total_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each office's weighted mean of its scores, and its rank: equal scores share a rank."""
    scored = rows[rows["score"].notna() & rows["weight"].notna()]
    sums = scored.assign(points=scored["score"] * scored["weight"]).groupby("office_id")[["points", "weight"]].sum()
    total = sums["points"] / sums["weight"].where(sums["weight"] > 0)
    # What differs only by the last bits of a sum is a tie.
    rank = total.round(9).rank(method="min", ascending=False)
    return pd.DataFrame({"score": total, "rank": rank}).reset_index()


def gains(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, for every KPI below target at an office, what the office would gain and where it would stand at target.

    Returns
    -------
    pandas.DataFrame
        Columns ``office_id``, ``kpi_id``, ``points``, ``rank``, ``rank_then``; the dearest first.
    """
    offices = rows[(rows["level"] == "office") & rows["met"].eq(other=False)]
    found = []
    for row in offices.itertuples():
        then = what_if(rows, {(row.office_id, row.kpi_id): row.target})
        (mine,) = then[then["office_id"] == row.office_id].itertuples()
        found.append((row.office_id, row.kpi_id, mine.score_then - mine.score, mine.rank, mine.rank_then))
    frame = pd.DataFrame(found, columns=["office_id", "kpi_id", "points", "rank", "rank_then"])
    return frame[frame["points"] > 0].sort_values("points", ascending=False, ignore_index=True)
