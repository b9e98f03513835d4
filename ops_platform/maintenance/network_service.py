"""Which sites and cells are in service on which day: a site that failed acceptance is not."""

from collections.abc import Sequence
from datetime import date

import pandas as pd


def sites_in_service(sites: pd.DataFrame, acceptance_tests: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """Return one row per site and day on which the site is in service.

    Parameters
    ----------
    sites
        ``site_id``, ``in_service_on``, ``retired_on`` (may be null).
    acceptance_tests
        ``site_id``, ``tested_on``, ``passed``, ``open_hazards``. The latest test up to the day decides, of several on
        one date the last row; a site without any is taken as accepted.
    days
        Business-local dates.

    Returns
    -------
    pandas.DataFrame
        Columns ``site_id`` and ``day_on`` (date).
    """
    dates = pd.DataFrame({"day_on": list(days)}, dtype=object)
    return in_service(sites[["site_id"]].merge(dates, how="cross"), sites, acceptance_tests)


def in_service(asked: pd.DataFrame, sites: pd.DataFrame, acceptance_tests: pd.DataFrame) -> pd.DataFrame:
    """Return those of some sites and days (``site_id``, ``day_on``) where the site is in service on the day.

    As `sites_in_service`, which asks for every site on every day.
    """
    grid = asked.merge(sites[["site_id", "in_service_on", "retired_on"]], on="site_id")
    day = pd.to_datetime(grid["day_on"])
    retired = pd.to_datetime(grid["retired_on"])
    open_for_service = (pd.to_datetime(grid["in_service_on"]) <= day) & (retired.isna() | (day < retired))
    grid = grid.loc[open_for_service, ["site_id", "day_on"]].assign(_day=day[open_for_service])
    if grid.empty:  # of which pandas no longer knows that they were times
        return grid[["site_id", "day_on"]]
    verdicts = acceptance_tests.assign(
        _day=pd.to_datetime(acceptance_tests["tested_on"]).astype(day.dtype),
        _accepted=acceptance_tests["passed"].astype(bool) & (acceptance_tests["open_hazards"] == 0),
    )[["site_id", "_day", "_accepted"]]
    judged = pd.merge_asof(
        grid.sort_values("_day"), verdicts.sort_values("_day", kind="stable"), on="_day", by="site_id"
    )
    accepted = judged["_accepted"].isna() | (judged["_accepted"] == True)  # noqa: E712 - null means no test
    return judged.loc[accepted, ["site_id", "day_on"]].sort_values(["site_id", "day_on"], ignore_index=True)
