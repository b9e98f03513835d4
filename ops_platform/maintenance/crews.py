"""Who could go to open mains outages at a moment, and from where the way to each is the shortest.

House definitions, stated in docs/definitions.md.
"""

from datetime import datetime

import numpy as np
import pandas as pd

from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.maintenance.travel import Travel
from ops_platform.policy import PowerPolicy


def under_way(facts: PowerFacts, outages: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return the generator runs that were dispatched to an open outage and have not ended.

    Parameters
    ----------
    outages
        The open ones: ``site_id``, ``failed_at``.
    """
    runs = facts.generator_runs[facts.generator_runs["ended_at"].isna()]
    runs = runs.merge(outages[["site_id", "failed_at"]], on="site_id")
    return runs[runs["dispatched_at"].between(runs["failed_at"], pd.Timestamp(now))]


def free_crews(facts: PowerFacts, outages: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return the crews whose generator is not at work or on its way, with ``rated_kw``, what it can carry.

    Parameters
    ----------
    outages
        As in `under_way`.
    """
    away = under_way(facts, outages, now)["generator_id"].dropna()
    free = facts.crews[~facts.crews["generator_id"].isin(away)]
    rated = free.merge(facts.generators[["generator_id", "rated_kw"]], on="generator_id", how="left")
    return rated.assign(rated_kw=rated["rated_kw"].fillna(0.0))


def load_kw(sites: pd.DataFrame, volts: float) -> pd.Series:
    """Return what a crew's generator must carry at each site: ``load_a`` at so many volts; null where unknown.

    A fixed generator (``fixed_generator``) carries the load itself; the crew only starts it.
    """
    load = sites["load_a"].astype("float64") * volts / 1000
    return load.mask(sites["fixed_generator"].astype(bool), 0.0)


def nearest(
    outages: pd.DataFrame,
    crews: pd.DataFrame,
    offices: pd.DataFrame,
    travel: Travel,
    policy: PowerPolicy,
    now: datetime,
) -> pd.DataFrame:
    """Return the shortest way to each outage: that of a crew that could leave now, else that from the site's office.

    Parameters
    ----------
    outages
        ``site_id``, ``office_id``, ``latitude``, ``longitude``, ``load_a``, ``fixed_generator`` of the sites.
    crews
        Result of `free_crews`. One can leave where it generates, its set carries the load (any, where that is unknown)
        and its ``free_at`` is past or empty.
    offices
        Columns of the contract ``offices``: the place from which the office's crews start.

    Returns
    -------
    pandas.DataFrame
        Aligned with ``outages``: ``travel_h``, null where no way is known, and ``crew_id``, null where it is from the
        office.
    """
    ready = crews["can_generate"].astype(bool) & ~(crews["free_at"] > pd.Timestamp(now)).astype(bool)
    ready &= crews["generator_id"].notna()
    crews = crews[ready]
    ends = [outages[name].to_numpy(float) for name in ("latitude", "longitude")]
    depots = offices.set_index("office_id")[["latitude", "longitude"]].reindex(outages["office_id"])
    by_office = travel(*(depots[name].to_numpy(float) for name in ("latitude", "longitude")), *ends)
    starts = (crews[name].to_numpy(float)[:, None] for name in ("latitude", "longitude"))
    hours = travel(*starts, *(end[None, :] for end in ends))
    strong = (
        crews["rated_kw"].to_numpy(float)[:, None]
        >= load_kw(outages, policy.witnesses.load_volts).fillna(0.0).to_numpy()
    )
    by_crew = pd.DataFrame(np.where(strong, hours, np.nan), index=crews["crew_id"], columns=outages.index)
    soonest = by_crew.min()
    found = soonest.notna()
    first = by_crew.loc[:, found].idxmin().astype("str").reindex(outages.index)
    return pd.DataFrame({"travel_h": soonest.where(found, by_office), "crew_id": first})
