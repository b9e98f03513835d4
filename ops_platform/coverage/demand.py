"""For whom new sites would be: people without coverage, and complaints and traffic where it is weak."""

import numpy as np
import pandas as pd

from ops_platform.contracts.cells import TRAFFIC_REVIEW
from ops_platform.contracts.coverage import COVERAGE_LEVELS
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.settings import Settings

ABOUT_COVERAGE = ("no_coverage", "weak_coverage")


def month_demand(facts: Facts, month: str, settings: Settings) -> pd.DataFrame:
    """Return every settlement of a month with what a new site could do for it.

    Complaints and traffic are known of a cell, not of a place. The complaints about coverage of a site go to the weakly
    covered settlements that it serves, its traffic to all that it serves, both in proportion to their people.

    Returns
    -------
    pandas.DataFrame
        settlement_id, settlement_name, office_id, latitude, longitude, people, level_dbm, site_id (which serves it),
        uncovered (people without coverage), complaints, traffic_erl (both 0 where it is not weakly covered).

    Raises
    ------
    PermanentError
        If the month was not predicted yet.
    """
    levels = facts.month(COVERAGE_LEVELS, month)
    if levels.empty:
        raise PermanentError(f"{month} was not predicted yet: materialise coverage_levels for it first")
    names = ["settlement_id", "settlement_name", "latitude", "longitude"]
    site_of = facts.whole("cells").set_index("cell_id")["site_id"]
    rows = levels.drop(columns="month_on").merge(facts.whole("settlements")[names], on="settlement_id")
    rows["site_id"] = rows["cell_id"].map(site_of)
    policy = settings.policy.siting
    weak = ~(rows["level_dbm"] >= settings.policy.coverage.threshold_dbm + policy.weak_db)
    complaints = facts.month("complaints", month, before=policy.complaint_months - 1)
    about = complaints[complaints["cause"].isin(ABOUT_COVERAGE)]
    traffic = facts.month(TRAFFIC_REVIEW, month)
    return rows.assign(
        uncovered=rows["people"].where(~rows["covered"].astype(bool), 0),
        complaints=_shared(about["cell_id"].map(site_of).value_counts(), rows, weak),
        traffic_erl=_shared(traffic.groupby("site_id")["traffic_erl"].sum(), rows).where(weak, 0.0),
    )


def _shared(of_site: pd.Series, rows: pd.DataFrame, among: pd.Series | None = None) -> pd.Series:
    """Share what is known of sites among the settlements that they serve, in proportion to their people."""
    people = rows["people"].astype(np.float64)
    people = people if among is None else people.where(among, 0.0)
    served = people.groupby(rows["site_id"]).transform("sum")
    share = (people / served.where(served > 0)).fillna(0.0)
    return (rows["site_id"].map(of_site.astype(np.float64)).fillna(0.0) * share).astype(np.float64)
