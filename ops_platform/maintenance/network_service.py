"""Which sites and cells are in service on which day: a site that failed acceptance is not."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_MANY_DAYS = 1 << 24
"""More than there are days between any two dates."""


def serving(sites: pd.DataFrame, acceptance_tests: pd.DataFrame, days: Sequence[date]) -> Flags:
    """Tell which sites are in service on which days.

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
    numpy.ndarray
        A row for each site, a column for each day.
    """
    places, numbers = np.arange(len(sites)), _day_numbers(pd.Series(list(days), dtype=object))
    asked = np.repeat(places, len(days)), np.tile(numbers, len(sites))
    return _serve(*asked, sites, acceptance_tests).reshape(len(sites), len(days))


def sites_in_service(sites: pd.DataFrame, acceptance_tests: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """Return one row per site and day on which the site is in service, as `serving` tells; in order.

    Returns
    -------
    pandas.DataFrame
        Columns ``site_id`` and ``day_on`` (date).
    """
    sites, days = sites.sort_values("site_id"), sorted(days)
    site, day = np.nonzero(serving(sites, acceptance_tests, days))
    dates = pd.Series(days, dtype=object)
    return pd.DataFrame({"site_id": sites["site_id"].take(site).array, "day_on": dates.take(day).array})


def in_service(asked: pd.DataFrame, sites: pd.DataFrame, acceptance_tests: pd.DataFrame) -> pd.DataFrame:
    """Return those of some sites and days (``site_id``, ``day_on``) where the site is in service on the day, in order.

    As `sites_in_service`, which asks for every site on every day.
    """
    places = pd.Index(sites["site_id"]).get_indexer(asked["site_id"])
    asked, places = asked.loc[places >= 0, ["site_id", "day_on"]], places[places >= 0]
    there = asked[_serve(places, _day_numbers(asked["day_on"]), sites, acceptance_tests)]
    return there.sort_values(["site_id", "day_on"], ignore_index=True)


def _serve(places: Ints, days: Ints, sites: pd.DataFrame, acceptance_tests: pd.DataFrame) -> Flags:
    """Tell of each place in ``sites`` and day from 1970 whether the site is in service."""
    first, retired = _day_numbers(sites["in_service_on"]), _day_numbers(sites["retired_on"])
    never = sites["retired_on"].isna().to_numpy()
    known = sites["in_service_on"].notna().to_numpy()
    is_open = known[places] & (first[places] <= days) & (never[places] | (days < retired[places]))
    of_site = pd.Index(sites["site_id"]).get_indexer(acceptance_tests["site_id"])
    when = of_site * _MANY_DAYS + _day_numbers(acceptance_tests["tested_on"])
    order = np.argsort(when, kind="stable")
    accepted = (acceptance_tests["passed"].astype(bool) & (acceptance_tests["open_hazards"] == 0)).to_numpy(bool)
    last = np.searchsorted(when[order], places * _MANY_DAYS + days, side="right") - 1
    # Before the first of all there is none: a test that was passed stands in its place.
    of_site, accepted = np.append(of_site[order], -1), np.append(accepted[order], np.True_)
    serves: Flags = is_open & ((of_site[last] != places) | accepted[last])
    return serves


def _day_numbers(dates: pd.Series) -> Ints:
    """Return the days from 1970 of dates; anything where there is none."""
    return np.asarray(pd.to_datetime(dates).to_numpy("datetime64[D]").astype(np.int64))
