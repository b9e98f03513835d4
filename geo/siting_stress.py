"""What new sites bring if the prediction is wrong: all levels by the same number, and each site by one of its own."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs import Floats


def stressed_gains(
    new_dbm: ArrayLike,
    old_dbm: ArrayLike,
    old_site: ArrayLike,
    weight: ArrayLike,
    threshold_dbm: float,
    *,
    constant_sd_db: float,
    site_sd_db: float,
    draws: int,
    seed: int,
) -> Floats:
    """Weight that each new site adds to the network and to the new sites before it, draw by draw.

    In every draw one normal error is added to all levels, and one to those of each site, new or old. A place is covered
    by the network where its best server, as predicted, still reaches the threshold: that another site may do better
    under the errors is not looked at.

    Parameters
    ----------
    new_dbm
        Level of each new site at each place, shape (sites, places); NaN where it does not reach.
    old_dbm
        Best level of the network at each place, shape (places,); NaN where there is none.
    old_site
        Number of the site that gives it, from 0; any number where there is none.
    weight
        Of each place.
    threshold_dbm
        From here on a place is covered.
    constant_sd_db, site_sd_db
        Standard deviations of the two errors.
    draws, seed
        How many, and of which chance.

    Returns
    -------
    numpy.ndarray
        Shape (draws, sites).
    """
    new = np.nan_to_num(np.asarray(new_dbm, np.float64), nan=-np.inf)
    old = np.nan_to_num(np.asarray(old_dbm, np.float64), nan=-np.inf)
    site, of_place = np.asarray(old_site, np.int64), np.asarray(weight, np.float64)
    chance = np.random.default_rng(seed)
    constant = chance.normal(0.0, constant_sd_db, (draws, 1))
    of_old = chance.normal(0.0, site_sd_db, (draws, int(site.max(initial=0)) + 1))
    of_new = chance.normal(0.0, site_sd_db, (draws, len(new)))
    open_still: NDArray[np.bool_] = ~(old + constant + of_old[:, site] >= threshold_dbm)
    gains = np.empty((draws, len(new)))
    for k, level in enumerate(new):
        covers = level + constant + of_new[:, [k]] >= threshold_dbm
        gains[:, k] = (covers & open_still) @ of_place
        open_still &= ~covers
    return gains
