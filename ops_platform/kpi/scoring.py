"""Roll-ups and scores: sums of measures become values, values meet targets, scores become ranks.

Every value is a ratio of sums (or a weighted sum of such ratios) computed from the level's own rows.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from ops_platform.clock import first_day, months_between, shift_month
from ops_platform.contracts import Contract
from ops_platform.contracts.scores import MEASURES, RANKINGS, SCORECARDS
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import CATALOGUE, kpis_in_force
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.measures import COUNTS

LEVELS: dict[str, tuple[str, ...]] = {
    "branch": (),
    "office": ("office_id",),
    "contractor": ("contractor",),
    "person": ("office_id", "staff_id"),
}
NAMED = ["office_id", "contractor", "staff_id"]
SUBJECT = ["level", *NAMED]
FULL_SCORE = 100.0


def month_sums(facts: Facts, months: Iterable[str]) -> pd.DataFrame:
    """Return the sums of the measures of whole months by KPI, part, office and person.

    Returns
    -------
    pandas.DataFrame
        Columns ``kpi_id``, ``part``, ``office_id``, ``staff_id``, ``contractor`` (for whom the person works by the
        staff register; empty for the operator's own people) and the counts.
    """
    engine = facts.warehouse.connect()
    keys = ["kpi_id", "part", "office_id", "staff_id"]
    wanted = list(months)
    tables = [facts.warehouse.table(engine, contract, wanted) for contract in MEASURES.values()]
    sums = [table.group_by(keys).agg(**{name: table[name].sum() for name in COUNTS}) for table in tables]
    found = pd.concat([engine.to_pyarrow(expression).to_pandas() for expression in sums], ignore_index=True)
    staff = facts.whole("staff")[["staff_id", "contractor"]]
    return found.merge(staff, on="staff_id", how="left").fillna({"contractor": ""})


def values(sums: pd.DataFrame, kpis: Mapping[str, Kpi] = CATALOGUE) -> pd.DataFrame:
    """Return the value of each KPI at every level.

    Parameters
    ----------
    sums
        Result of `month_sums`.

    Returns
    -------
    pandas.DataFrame
        Columns ``level``, ``office_id``, ``contractor``, ``staff_id``, ``kpi_id``, ``value`` (null where a
        denominator is zero) and the counts. What is nobody's is in no row of a person or contractor.
    """
    levels = []
    for level, keys in LEVELS.items():
        rows = sums[sums[keys[-1]] != ""] if level in {"person", "contractor"} else sums
        by_part = rows.groupby([*keys, "kpi_id", "part"], as_index=False)[list(COUNTS)].sum()
        blank = {key: "" for key in NAMED if key not in keys}
        levels.append(by_part.assign(level=level, **blank))
    return valued(pd.concat(levels, ignore_index=True), SUBJECT, kpis)


def valued(parts: pd.DataFrame, keys: Sequence[str], kpis: Mapping[str, Kpi] = CATALOGUE) -> pd.DataFrame:
    """Return sums with the value of each KPI under some keys.

    Parameters
    ----------
    parts
        The keys, ``kpi_id``, ``part`` and the counts; one row for each of them together.

    Returns
    -------
    pandas.DataFrame
        The keys, ``kpi_id``, the counts over all parts, and ``value``, null where a denominator is zero.
    """
    parts = parts.merge(_terms(kpis), on=["kpi_id", "part"])
    ratio = parts["numerator"] / parts["denominator"].where(parts["denominator"] != 0)
    parts = parts.assign(value=ratio * parts["factor"], known=ratio.notna(), ratio=ratio)
    by_kpi = parts.groupby([*keys, "kpi_id"], as_index=False)
    totals = by_kpi.agg(
        {
            **dict.fromkeys(COUNTS, "sum"),
            "value": "sum",
            "known": "sum",
            "terms": "first",
            "ratio": "prod",
            "scale": "first",
        }
    )
    totals["value"] = totals["value"].where(totals["scale"].isna(), totals["ratio"] * totals["scale"])
    totals["value"] = totals["value"].where(totals["known"] == totals["terms"])
    return totals.drop(columns=["known", "terms", "ratio", "scale"])


def _terms(kpis: Mapping[str, Kpi]) -> pd.DataFrame:
    """Return what each part of a KPI's value is multiplied by, of how many parts it consists, and a product's scale."""
    terms = [
        (kpi.id, part, weight * kpi.scale, len(kpi.weights) or 1, kpi.scale if kpi.product else None)
        for kpi in kpis.values()
        for part, weight in (kpi.weights or {"": 1.0}).items()
    ]
    return pd.DataFrame(terms, columns=["kpi_id", "part", "factor", "terms", "scale"]).astype({"scale": float})


def with_absent(found: pd.DataFrame, office_ids: Iterable[str]) -> pd.DataFrame:
    """Return the values with a row for every KPI of the branch and of each office, also where nothing arrived for it.

    Parameters
    ----------
    found
        Result of `values`.
    office_ids
        The branch's offices.

    Returns
    -------
    pandas.DataFrame
        ``found`` and, for what is absent, rows without value whose counts are zero.
    """
    subjects = [("branch", "", "", ""), *(("office", office, "", "") for office in office_ids)]
    expected = [(*subject, kpi) for subject in subjects for kpi in CATALOGUE]
    keys = [*SUBJECT, "kpi_id"]
    rows = found.merge(pd.DataFrame(expected, columns=keys), on=keys, how="outer")
    return rows.assign(**rows[list(COUNTS)].fillna(0.0))


def targets_for(targets: pd.DataFrame, month: str, office_ids: Iterable[str]) -> pd.DataFrame:
    """Return the targets in force in a month for each office, and for the branch under office ``""``.

    The newest row whose ``effective_from`` is not after the month's first day holds; a row of the office itself goes
    before a row for every office (``*``).
    """
    newest_last = targets[targets["effective_from"] <= first_day(month)].sort_values("effective_from")
    general = newest_last[newest_last["office_id"] == "*"].drop_duplicates("kpi_id", keep="last")
    everywhere = [general.assign(office_id=office) for office in ("", *office_ids)]
    own = newest_last[newest_last["office_id"] != "*"]
    return pd.concat([*everywhere, own], ignore_index=True).drop_duplicates(["kpi_id", "office_id"], keep="last")


def goals(facts: Facts, month: str) -> pd.DataFrame:
    """Return the targets and weights in force in a month.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract ``goals`` but the month. Rows of role ``""`` are those of the branch (office ``""``) and
        of the offices; a role with targets of its own has a whole set in every office, its own rows before the
        office's.
    """
    offices = facts.whole("offices")["office_id"]
    return goals_of(facts.whole("targets"), facts.whole("role_targets"), month, offices)


def goals_of(targets: pd.DataFrame, role_targets: pd.DataFrame, month: str, offices: Iterable[str]) -> pd.DataFrame:
    """Return `goals` of targets and role targets that need not be those of the installation."""
    general = targets_for(targets, month, offices).assign(role="")
    found = [general]
    for role, rows in role_targets.groupby("role"):
        own = targets_for(rows, month, offices)
        both = pd.concat([general, own], ignore_index=True).drop_duplicates(["kpi_id", "office_id"], keep="last")
        if len(own):
            found.append(both[both["office_id"] != ""].assign(role=role))
    return pd.concat(found, ignore_index=True)


def with_goals(rows: pd.DataFrame, in_force: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    """Return rows of values with the target and weight of each: a person's are those of the role, else the office's.

    Parameters
    ----------
    rows
        Result of `values`.
    in_force
        Result of `goals`.
    staff
        The staff register.
    """
    roles = rows["staff_id"].map(staff.set_index("staff_id")["role"])
    return rows.assign(role=roles.where(roles.isin(set(in_force["role"])), "")).merge(
        in_force, on=["kpi_id", "office_id", "role"], how="left"
    )


def score(rows: pd.DataFrame, kpis: Mapping[str, Kpi] = CATALOGUE) -> pd.Series:
    """Return the score (0-100) of values against their targets.

    Parameters
    ----------
    rows
        ``kpi_id``, ``value`` and the columns of the contract ``targets``. Linear: zero at the baseline, full at the
        challenge. Ladder: ``ladder_points`` off for every started ``ladder_step`` short of target.

    Returns
    -------
    pandas.Series
        Null where there is no value or no target.
    """
    linear = (rows["value"] - rows["baseline"]) / (rows["challenge"] - rows["baseline"]) * FULL_SCORE
    sign = np.where([kpis[kpi].better == "higher" for kpi in rows["kpi_id"]], 1.0, -1.0)
    short = ((rows["target"] - rows["value"]) * sign).clip(lower=0)
    # A shortfall of whole steps must not become one step more by the last bit of a division.
    steps = np.ceil((short / rows["ladder_step"]).round(9))
    ladder = FULL_SCORE - steps * rows["ladder_points"]
    return linear.where(rows["scoring"] == "linear", ladder).clip(0, FULL_SCORE)


def scorecards(facts: Facts, month: str) -> pa.Table:
    """Return the scorecard of a month: the branch, its offices, contractors and people, KPI by KPI.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``scorecards``.
    """
    keys = [*SUBJECT, "kpi_id"]
    offices = facts.whole("offices")["office_id"]
    last_month = shift_month(month, -1)
    # Each month is valued by its own definitions; the year to date by those of its last month.
    now, previous, year = (
        with_absent(values(month_sums(facts, months), kpis_in_force(defined)), offices)
        for months, defined in (
            ([month], month),
            ([last_month], last_month),
            (months_between(f"{month[:4]}-01", month), month),
        )
    )
    rows = with_goals(now, goals(facts, month), facts.whole("staff"))
    rows = rows.merge(previous[[*keys, "value"]].rename(columns={"value": "previous_value"}), on=keys, how="left")
    year = year.rename(columns={name: f"year_{name}" for name in ("value", "numerator", "denominator")})
    rows = rows.merge(year[[*keys, "year_value", "year_numerator", "year_denominator"]], on=keys, how="left")
    higher = pd.Series([CATALOGUE[kpi].better == "higher" for kpi in rows["kpi_id"]], index=rows.index)
    goodness = rows["value"].where(higher, -rows["value"])
    known = rows["value"].notna() & rows["target"].notna()
    met = goodness >= rows["target"].where(higher, -rows["target"])
    rows = rows.assign(
        month_on=first_day(month),
        version=rows["kpi_id"].map({kpi.id: kpi.version for kpi in kpis_in_force(month).values()}),
        score=score(rows),
        met=met.astype("boolean").where(known),
        rank=goodness.groupby([rows["level"], rows["kpi_id"]]).rank(method="min", ascending=False),
        change=rows["value"] - rows["previous_value"],
    )
    rows.loc[rows["level"] == "branch", "rank"] = np.nan
    order = {kpi: place for place, kpi in enumerate(CATALOGUE)}
    rows = rows.assign(order=rows["kpi_id"].map(order)).sort_values([*SUBJECT, "order"])
    return _table(rows, SCORECARDS)


def rankings(month: str, cards: pd.DataFrame, previous: pd.DataFrame) -> pa.Table:
    """Return the total scores and ranks of a month.

    Parameters
    ----------
    cards
        The month's scorecard.
    previous
        The rankings of the month before; may be empty.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``rankings``. A KPI without a score takes its weight out of the sum.
    """
    scored = cards["score"].notna() & cards["weight"].notna()
    rows = cards.assign(points=(cards["score"] * cards["weight"]).where(scored), counted=cards["weight"].where(scored))
    totals = rows.groupby(SUBJECT, as_index=False)[["points", "counted", "weight"]].sum()
    totals["score"] = totals["points"] / totals["counted"].where(totals["counted"] > 0)
    totals["rank"] = totals.groupby("level")["score"].rank(method="min", ascending=False)
    totals.loc[totals["level"] == "branch", "rank"] = np.nan
    totals["weight_pct"] = 100 * totals["counted"] / totals["weight"].where(totals["weight"] > 0, 1)
    before = previous[[*SUBJECT, "score", "rank"]].rename(columns={"score": "previous_score", "rank": "previous_rank"})
    totals = totals.merge(before, on=SUBJECT, how="left").assign(month_on=first_day(month))
    return _table(totals, RANKINGS)


def disagreements(cards: pd.DataFrame) -> pd.DataFrame:
    """Return the KPIs whose branch sums differ from the sums of the offices.

    Returns
    -------
    pandas.DataFrame
        Columns ``kpi_id`` and, for numerator and denominator, branch and offices.
    """
    sums = cards.groupby(["level", "kpi_id"], as_index=False)[["numerator", "denominator"]].sum()
    branch, offices = (sums[sums["level"] == level].drop(columns="level") for level in ("branch", "office"))
    both = branch.merge(offices, on="kpi_id", how="outer", suffixes=("_branch", "_offices")).fillna(0)
    same = (both["numerator_branch"] == both["numerator_offices"]) & (
        both["denominator_branch"] == both["denominator_offices"]
    )
    return both[~same]


def _table(rows: pd.DataFrame, contract: Contract) -> pa.Table:
    return pa.Table.from_pandas(rows[contract.schema.names], schema=contract.schema, preserve_index=False)
