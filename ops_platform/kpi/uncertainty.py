"""How certain a value is: draws of what the true rate may be, given how little or how much was counted.

House: a share has a Beta posterior under Jeffreys' prior, any other ratio a Gamma one, with the effective number of
observations in place of the denominator. That number allows for what belongs together: 3 late of 3 at one site say less
than at three, and a billion seconds no more than the sites they are of (the design effect, Kish 1965; Korn and Graubard
1998).
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ops_platform.kpi.definition import Kpi

Floats = npt.NDArray[np.float64]
_PRIOR = 0.5
_PERCENT = 100.0


def value_draws(kpi: Kpi, rows: pd.DataFrame, draws: int, rng: np.random.Generator) -> Floats | None:
    """Return draws of a KPI's value.

    Parameters
    ----------
    kpi
        The KPI.
    rows
        Its measures at one office: ``part``, ``subject_id``, ``numerator``, ``denominator``.
    draws
        How many.

    Returns
    -------
    numpy.ndarray or None
        Shape ``[draws]``, in the KPI's unit; None where a denominator is zero.
    """
    weights = dict(kpi.weights) or {"": 1.0}
    ratios = []
    for part in weights:
        mine = rows[rows["part"] == part].groupby("subject_id")[["numerator", "denominator"]].sum()
        if not mine["denominator"].sum() > 0:
            return None
        ratios.append(_ratio_draws(mine["numerator"].to_numpy(), mine["denominator"].to_numpy(), kpi, draws, rng))
    if kpi.product:
        return np.asarray(np.prod(ratios, axis=0) * kpi.scale)
    return np.asarray(np.array(list(weights.values())) @ np.array(ratios) * kpi.scale)


def _ratio_draws(top: Floats, bottom: Floats, kpi: Kpi, draws: int, rng: np.random.Generator) -> Floats:
    whole = _PERCENT / kpi.scale
    if kpi.unit == "%" and np.all((top >= 0) & (top <= bottom * whole)):
        share, size = effective(top / whole, bottom)
        shares: Floats = rng.beta(share * size + _PRIOR, (1 - share) * size + _PRIOR, draws)
        return shares * whole
    mean, counted = top.sum() / bottom.sum(), min(top.sum(), bottom.sum())
    variance = _variance(top, bottom)
    shape = min(counted, mean**2 / variance) if variance > 0 else counted
    ratios: Floats = rng.gamma(shape + _PRIOR, mean / shape if shape else 1 / bottom.sum(), draws)
    return ratios


def effective(top: Floats, bottom: Floats) -> tuple[float, float]:
    """Return a share and of how many independent observations it is worth.

    Parameters
    ----------
    top, bottom
        Numerators and denominators by subject, shape ``[subjects]``.
    """
    share, counted = float(top.sum() / bottom.sum()), float(bottom.sum())
    variance = _variance(top, bottom)
    return share, min(counted, share * (1 - share) / variance) if variance > 0 else counted


def _variance(top: Floats, bottom: Floats) -> float:
    """Return the variance of a ratio of sums over subjects, by linearisation; zero for one subject."""
    subjects = len(top)
    if subjects < 2:  # noqa: PLR2004 - one subject varies by itself
        return 0.0
    off = top - top.sum() / bottom.sum() * bottom
    return float((off**2).sum() / bottom.sum() ** 2 * subjects / (subjects - 1))
