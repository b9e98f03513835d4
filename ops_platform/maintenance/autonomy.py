"""Learned battery autonomy: what a site's own past discharges say, shrunk towards the design value, with a band.

House definitions, stated in docs/definitions.md; the numbers are `AutonomyPolicy`'s. A discharge is seen whole, or only
up to the moment at which the mains or a generator took the load: then the battery lasted *at least* so long. Both enter
by their likelihood: the logarithm of observed over design autonomy is normal about the site's own middle, and the
middles of all sites are normal about zero.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import log_ndtr

from ops_platform.policy import AutonomyPolicy

BASES = ("design", "learned", "test")
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_NEWTON_STEPS = 8
_SPREAD_STEPS = 40
_SETTLED = 1e-3
_SITES_FOR_SPREADS = 1_000
_LOG_ROOT_2_PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Spreads:
    """Standard deviations of the log-ratio: of the sites' middles, and of a site's discharges about its own."""

    between: float
    within: float


@dataclass(frozen=True)
class _Sample:
    """Observations by the number of their group; whole ones and those that say only "at least so long"."""

    groups: int
    whole: Ints
    ratios: Floats
    censored: Ints
    bounds: Floats


def spreads(discharges: pd.DataFrame, policy: AutonomyPolicy) -> Spreads:
    """Return the spreads that a branch's own discharges show, the policy's typical ones weighing in.

    Parameters
    ----------
    discharges
        Result of `ops_platform.maintenance.discharges.discharges`.

    Returns
    -------
    Spreads
        Where expectation and maximisation settle, the sites' middles put in at their most likely value; at least the
        policy's floor. A large branch is judged by every n-th of its sites, a thousand at least.
    """
    found = discharges.assign(group=pd.factorize(discharges["site_id"])[0])
    stride = max(1, int(found["group"].max() + 1) // _SITES_FOR_SPREADS) if len(found) else 1
    found = found[found["group"] % stride == 0]
    sample = _sample(found["group"].to_numpy() // stride, found)
    between, within = policy.between_sites**2, policy.within_site**2
    middle = np.zeros(sample.groups)
    for _ in range(_SPREAD_STEPS):
        before = between, within
        spread = Spreads(between**0.5, within**0.5)
        middle, variance = _middles(sample, spread, middle, steps=2)
        seen = 1 - variance / between
        between = _weighed(policy.between_sites, policy, (middle**2).sum(), seen.sum())
        within = _weighed(policy.within_site, policy, *_within(sample, spread, middle, variance))
        if np.allclose(before, (between, within), rtol=_SETTLED, atol=0):
            break
    return Spreads(between**0.5, within**0.5)


def _weighed(typical: float, policy: AutonomyPolicy, squares: float, count: float) -> float:
    weight = policy.spread_weight
    return float(max(policy.spread_floor**2, (weight * typical**2 + squares) / (weight + count)))


def _within(sample: _Sample, spread: Spreads, middle: Floats, variance: Floats) -> tuple[float, float]:
    """Return the expected sum of squares about the sites' middles, and how many discharges it counts for.

    A bound above the middle adds its expected excess. One below it adds and counts nothing: it says little of the
    spread, and what is lost errs to the wide side, against the certainty with which the middles are put in here.
    """
    squares = ((sample.ratios - middle[sample.whole]) ** 2 + variance[sample.whole]).sum()
    z = (sample.bounds - middle[sample.censored]) / spread.within
    z = z[z > 0]
    return squares + spread.within**2 * (z * _hazard(z)).sum(), len(sample.ratios)


def estimate(asked: pd.DataFrame, discharges: pd.DataFrame, spread: Spreads, policy: AutonomyPolicy) -> pd.DataFrame:
    """Return the learned autonomy with its band, from the discharges that were over before the moment asked.

    Parameters
    ----------
    asked
        One row per question: ``site_id``, ``at`` (UTC) and ``design_s``, the design autonomy at that moment, null where
        the battery is unknown.
    discharges
        Result of `ops_platform.maintenance.discharges.discharges`.
    spread
        Result of `spreads`.

    Returns
    -------
    pandas.DataFrame
        Indexed as ``asked``: ``autonomy_s`` (median), ``low_s`` and ``high_s`` (band of the next discharge) as Int64,
        null where the design is; ``middle_sd`` (uncertainty of the site's middle, in logarithms); ``observations``;
        ``basis`` (`BASES`: no discharge, discharges in service among them, tests only); ``differs`` (a finding).
    """
    row, seen = _earlier(asked, discharges)
    sample = _sample(row, seen, len(asked))
    middle, variance = _middles(sample, spread, np.zeros(sample.groups), _NEWTON_STEPS)
    count = np.bincount(row, minlength=len(asked))
    tests = np.bincount(row, seen["tested"], len(asked))
    reach = NormalDist().inv_cdf((1 + policy.band) / 2) * np.sqrt(variance + spread.within**2)
    design = asked["design_s"].astype("float64").to_numpy()
    seconds = {
        name: pd.Series(np.floor(design * np.exp(log_ratio)), index=asked.index).astype("Int64")
        for name, log_ratio in (("autonomy_s", middle), ("low_s", middle - reach), ("high_s", middle + reach))
    }
    return pd.DataFrame(
        {
            **seconds,
            "middle_sd": np.sqrt(variance),
            "observations": count,
            "basis": np.select([count == 0, tests == count], ["design", "test"], "learned"),
            "differs": np.abs(middle) > -np.log(1 - policy.differs_share),
        },
        index=asked.index,
    )


def _earlier(asked: pd.DataFrame, discharges: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Return each earlier discharge of each question's site, and the position of the question that it answers."""
    sites = pd.Index(asked["site_id"].unique())
    questions = pd.DataFrame({"site": sites.get_indexer(asked["site_id"]), "at": asked["at"].array})
    questions["row"] = np.arange(len(asked))
    known = discharges[["over_at", "log_ratio", "whole"]].assign(
        site=sites.get_indexer(discharges["site_id"]), tested=discharges["source"] == "test"
    )
    pairs = questions.merge(known, on="site")
    pairs = pairs[pairs["over_at"] <= pairs["at"]]
    return pairs["row"].to_numpy(), pairs


def _sample(group: Ints, seen: pd.DataFrame, groups: int | None = None) -> _Sample:
    whole, values = seen["whole"].to_numpy(dtype=bool), seen["log_ratio"].to_numpy(dtype="float64")
    number = int(group.max(initial=-1)) + 1 if groups is None else groups
    return _Sample(number, group[whole], values[whole], group[~whole], values[~whole])


def _hazard(z: Floats) -> Floats:
    """Return the expected excess over the middle, in spreads, of a normal value known to lie above ``z``."""
    hazard: Floats = np.exp(-0.5 * z * z - _LOG_ROOT_2_PI - log_ndtr(-z))
    return hazard


def _middles(sample: _Sample, spread: Spreads, start: Floats, steps: int) -> tuple[Floats, Floats]:
    """Return the most likely middle of each group's log-ratios, and its variance by the curvature there.

    Newton's method. The slope of the log-likelihood is convex and falls, so that no step from below passes the root,
    and one from above ends below it: it converges from anywhere.
    """
    precise = 1 / spread.within**2
    held = np.bincount(sample.whole, minlength=sample.groups) * precise + 1 / spread.between**2
    pulled = np.bincount(sample.whole, sample.ratios, sample.groups) * precise
    middle, curvature = start, held
    for _ in range(steps):
        z = (sample.bounds - middle[sample.censored]) / spread.within
        hazard = _hazard(z)
        slope = pulled - held * middle + np.bincount(sample.censored, hazard, sample.groups) / spread.within
        curvature = held + np.bincount(sample.censored, hazard * (hazard - z), sample.groups) * precise
        middle = middle + slope / curvature
    return middle, 1 / curvature
