"""Where offices stand: by the month, by the year to date, among their peers, with how certain the rank is.

House: the interval of a rank has nine of ten draws of all values from their posteriors (`uncertainty`), scored and
ranked anew each time. Values are drawn independently. The draws of a total are centred on the total itself, from which
values at the end of their scale would pull them away. Peers are what Ward's method puts together by size, rurality and
extent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.stats import rankdata

from ops_platform.clock import first_day, month_of, months_between
from ops_platform.contracts.insight import STANDINGS
from ops_platform.contracts.scores import MEASURES, RANKINGS
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.change import judged, total_scores
from ops_platform.kpi.scoring import FULL_SCORE, score
from ops_platform.kpi.uncertainty import value_draws

DRAWS = 1000
INTERVAL = (0.05, 0.95)
PEERS = 3
"""About how many offices make a group of peers."""
Floats = npt.NDArray[np.float64]


def standings(facts: Facts, month: str, as_of: datetime) -> pa.Table:
    """Return where every office stands after a month.

    Returns
    -------
    pyarrow.Table
        Columns of the contract ``standings``.
    """
    rows = judged(facts, month)
    offices = rows[rows["level"] == "office"].reset_index(drop=True)
    year = offices.assign(value=offices["year_value"])
    by_year = total_scores(year.assign(score=score(year)))
    found = facts.whole("offices")[["office_id"]].merge(total_scores(offices), on="office_id", how="left")
    found = found.merge(by_year, on="office_id", suffixes=("", "_of_year"), how="left")
    found = found.rename(columns={"score_of_year": "year_score", "rank_of_year": "year_rank"})
    found = found.merge(rank_intervals(offices, _by_subject(facts, month)), on="office_id", how="left")
    found["peer_group"] = found["office_id"].map(peer_groups(_features(facts, found["office_id"].tolist())))
    groups = found.groupby("peer_group")["score"]
    over = month < month_of(as_of, facts.zone)
    months = list(months_between(f"{month[:4]}-01", month))
    flags = red_flags(facts, months if over else months[:-1])
    found = found.assign(
        month_on=first_day(month),
        final=over,
        peers=groups.transform("size"),
        peer_rank=groups.transform(lambda scores: scores.round(9).rank(method="min", ascending=False)),
        flags_held=[sum(office in holders for holders in flags) for office in found["office_id"]],
        flag_streak=[_streak([office in holders for holders in flags]) for office in found["office_id"]],
    ).sort_values(["rank", "office_id"])
    return pa.Table.from_pandas(found[STANDINGS.schema.names], schema=STANDINGS.schema, preserve_index=False)


def rank_intervals(offices: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return how certain total scores and ranks are.

    Parameters
    ----------
    offices
        Rows of `change.judged` at the level of offices.
    measures
        ``office_id``, ``kpi_id``, ``part``, ``subject_id``, ``numerator``, ``denominator``.

    Returns
    -------
    pandas.DataFrame
        Columns ``office_id``, ``score_low``, ``score_high``, ``rank_low``, ``rank_high``, ``first_pct``.
    """
    scored = offices[offices["score"].notna() & offices["weight"].notna()].reset_index(drop=True)
    rng = np.random.default_rng(len(scored))
    by_row = dict(list(measures.groupby(["office_id", "kpi_id"])))
    drawn = []
    for row in scored.itertuples():
        mine = by_row.get((row.office_id, row.kpi_id))
        draws = None if mine is None else value_draws(CATALOGUE[row.kpi_id], mine, DRAWS, rng)
        drawn.append(np.full(DRAWS, row.value) if draws is None else draws)
    many = scored.loc[np.repeat(scored.index, DRAWS)].assign(value=np.concatenate(drawn) if drawn else [])
    scores = score(many).to_numpy(float).reshape(len(scored), DRAWS)
    names = sorted(set(scored["office_id"]))
    totals = np.array([_total(scored, scores, name) for name in names]).reshape(len(names), DRAWS)
    ranks = rankdata(-totals.round(9), method="min", axis=0)
    low, high = np.quantile(totals, INTERVAL, axis=1)
    best, _ = np.quantile(ranks, INTERVAL, axis=1, method="lower")
    _, worst = np.quantile(ranks, INTERVAL, axis=1, method="higher")
    return pd.DataFrame(
        {
            "office_id": pd.Series(names, dtype="str"),
            "score_low": low,
            "score_high": high,
            "rank_low": best,
            "rank_high": worst,
            "first_pct": 100 * (ranks == 1).mean(axis=1),
        }
    )


def peer_groups(features: pd.DataFrame) -> dict[str, int]:
    """Return a group number from 1 for each office; offices of one group are comparable.

    Parameters
    ----------
    features
        Numbers by office (index), any number of columns; every column counts as much as another.
    """
    groups = -(-len(features) // PEERS)
    if groups < 2:  # noqa: PLR2004 - all are peers
        return dict.fromkeys(features.index, 1)
    spread = features.std(ddof=0)
    scaled = (features - features.mean()) / spread.where(spread > 0, 1.0)
    tree = linkage(scaled.to_numpy(float), method="ward")
    numbers = fcluster(tree, groups, criterion="maxclust")
    # Numbered in the order of the register, so that they are the same from month to month.
    order = {number: place for place, number in enumerate(dict.fromkeys(numbers.tolist()), start=1)}
    return {office: order[number] for office, number in zip(features.index, numbers.tolist(), strict=True)}


def red_flags(facts: Facts, months: Iterable[str]) -> list[set[str]]:
    """Return who held the flag in each of some months that are over; who ties for first shares it."""
    found = []
    for month in months:
        rankings = facts.month(RANKINGS, month)
        first = rankings[(rankings["level"] == "office") & (rankings["rank"] == 1)]
        found.append(set(first["office_id"]))
    return found


def _streak(held: Sequence[bool]) -> int:
    """Return how many of the last months in a row were held."""
    count = 0
    for one in reversed(held):
        if not one:
            break
        count += 1
    return count


def _total(scored: pd.DataFrame, scores: Floats, office_id: str) -> Floats:
    mine = (scored["office_id"] == office_id).to_numpy()
    weights = scored.loc[mine, "weight"].to_numpy(float)
    drawn: Floats = weights @ scores[mine] / weights.sum()
    total = float(weights @ scored.loc[mine, "score"].to_numpy(float) / weights.sum())
    return np.clip(drawn + total - np.median(drawn), 0.0, FULL_SCORE)


def _by_subject(facts: Facts, month: str) -> pd.DataFrame:
    engine = facts.warehouse.connect()
    keys = ["kpi_id", "part", "office_id", "subject_id"]
    names = ["numerator", "denominator"]
    tables = [facts.warehouse.table(engine, contract, [month]) for contract in MEASURES.values()]
    sums = [table.group_by(keys).agg(**{name: table[name].sum() for name in names}) for table in tables]
    rows = pd.concat([engine.to_pyarrow(one).to_pandas() for one in sums], ignore_index=True)
    return rows.sort_values(keys, ignore_index=True)


def _features(facts: Facts, office_ids: Sequence[str]) -> pd.DataFrame:
    """Return what makes offices comparable: logarithm of sites, share of rural ones, how far they lie apart."""
    sites = facts.whole("sites")
    middle = sites.groupby("office_id")[["latitude", "longitude"]].transform("mean")
    north = sites["latitude"] - middle["latitude"]
    east = (sites["longitude"] - middle["longitude"]) * np.cos(np.radians(middle["latitude"]))
    rows = sites.assign(rural=sites["area_class"].eq("rural").astype(float), away=np.hypot(north, east))
    found = rows.groupby("office_id").agg(sites=("site_id", "size"), rural=("rural", "mean"), away=("away", "mean"))
    found = found.reindex(sorted(office_ids)).fillna(0.0)
    return found.assign(sites=np.log1p(found["sites"]))
