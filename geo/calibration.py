"""Correcting a model of levels by measurements: per band and environment, shrunk, and judged on what was held out.

What is corrected is the mean: measured less predicted level, in dB, as a number for each band and environment. Levels
measured close to each other err alike, so that squares of the plane (blocks), not single levels, count as observations:
each weighs the same, and a block is either learned from or judged by.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.stats.meta_analysis import combine_effects

_COLUMNS = ("band_mhz", "environment", "site_id", "x_m", "y_m", "residual_db")
_SEVERAL = 2


@dataclass(frozen=True)
class Calibration:
    """Corrections and how well they did.

    Attributes
    ----------
    corrections
        One row per band and environment measured: band_mhz, environment, n (levels), blocks, correction_db.
    bands
        One row per band: band_mhz, n, blocks, sites; on what was held out bias_before_db, sd_before_db, bias_after_db,
        sd_after_db; bias_error_db (standard error of the bias), site_sd_db (spread from site to site that remains);
        applied (whether the correction is to be used: enough blocks, and a smaller error on what was held out).
    """

    corrections: pd.DataFrame
    bands: pd.DataFrame


def calibrate(residuals: pd.DataFrame, *, block_m: float, folds: int, least_blocks: int, seed: int = 0) -> Calibration:
    """Learn corrections from residuals and judge them on blocks that were held out.

    The correction of an environment is an empirical Bayes estimate: its mean over blocks, drawn towards the mean of the
    band by as much as the environments' true means spread less (Paule and Mandel) than theirs is uncertain. Each block
    is held out once, ``1 / folds`` of them at a time; the corrections that are returned rest on all of them.

    Parameters
    ----------
    residuals
        One row per measured level: band_mhz, environment, site_id, x_m, y_m (where it was measured, in a metric plane),
        residual_db (measured less predicted).
    block_m
        Edge of a block, longer than the distance over which shadowing is alike.
    folds
        Two at least.
    least_blocks
        A band with fewer blocks is not corrected; ``folds`` at least.
    seed
        Of the order in which blocks are held out.

    Raises
    ------
    ValueError
        A column is absent or a value missing; fewer than two folds, or fewer blocks asked for than folds.
    """
    absent = [name for name in _COLUMNS if name not in residuals.columns]
    if absent or residuals[list(_COLUMNS)].isna().any(axis=None):
        raise ValueError(f"residuals need {', '.join(_COLUMNS)} in every row; absent: {', '.join(absent) or 'none'}")
    if not _SEVERAL <= folds <= least_blocks or not block_m > 0:
        raise ValueError("folds must be 2 at least, and no more than least_blocks; block_m must be positive")
    block = np.floor(residuals[["x_m", "y_m"]].to_numpy(np.float64) / block_m).astype(np.int64)
    rows = residuals.assign(block=[*map(tuple, block.tolist())])
    corrections, bands = [], []
    for band, mine in rows.groupby("band_mhz", sort=True):
        cells = _block_means(mine)
        fitted = _fit(cells)
        blocks = mine["block"].nunique()
        held_out = _held_out(mine, cells, folds, seed) if blocks >= least_blocks else None
        bands.append({"band_mhz": band, "n": len(mine), "blocks": blocks} | _judged(mine, held_out))
        of = mine.groupby("environment").agg(n=("residual_db", "size"), blocks=("block", "nunique"))
        corrections.append(of.assign(band_mhz=band, correction_db=fitted.reindex(of.index)).reset_index())
    names = ["band_mhz", "environment", "n", "blocks", "correction_db"]
    return Calibration(pd.concat(corrections, ignore_index=True)[names], pd.DataFrame(bands))


def _block_means(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean residual of each environment and block."""
    return rows.groupby(["environment", "block"], as_index=False)["residual_db"].mean()


def _fit(cells: pd.DataFrame) -> pd.Series:
    """Correction of each environment from its block means."""
    of = cells.groupby("environment")["residual_db"]
    mean, blocks = of.mean(), of.size()
    if len(mean) < _SEVERAL:
        return mean
    freedom = int((blocks - 1).sum())
    if not freedom:
        return pd.Series(float(mean.mean()), mean.index)  # one block each says nothing of how blocks spread
    spread = max(float(of.apply(lambda one: ((one - one.mean()) ** 2).sum()).sum()) / freedom, 1e-12)
    variance = spread / blocks
    found = combine_effects(mean.to_numpy(), variance.to_numpy(), method_re="iterated")
    between = max(float(found.tau2), 0.0)
    weight = 1.0 / (between + variance)
    middle = float((weight * mean).sum() / weight.sum())
    return middle + between / (between + variance) * (mean - middle)


def _held_out(rows: pd.DataFrame, cells: pd.DataFrame, folds: int, seed: int) -> pd.Series:
    """Residual of every row after a correction that was learned without its block."""
    blocks = sorted(cells["block"].unique())
    order = np.random.default_rng(seed).permutation(len(blocks))
    fold = dict(zip(blocks, (order % folds).tolist(), strict=True))
    after = rows["residual_db"].copy()
    of_cell, of_row = cells["block"].map(fold), rows["block"].map(fold)
    for number in range(folds):
        learned = cells[of_cell != number]
        fitted = _fit(learned)
        there = of_row == number
        # What no other block has seen is corrected by the mean of those seen.
        known = rows.loc[there, "environment"].map(fitted).fillna(float(fitted.mean()))
        after[there] -= known
    return after


def _judged(rows: pd.DataFrame, held_out: pd.Series | None) -> dict[str, object]:
    """Bias and spread before and after; a band with too few blocks has no after."""
    bias, sd, _ = _error_of(rows, rows["residual_db"])
    before = {"sites": rows["site_id"].nunique(), "bias_before_db": bias, "sd_before_db": sd}
    if held_out is None:
        nothing = dict.fromkeys(("bias_after_db", "sd_after_db", "bias_error_db", "site_sd_db"), np.nan)
        return before | nothing | {"applied": False}
    after, sd_after, error = _error_of(rows, held_out)
    return before | {
        "bias_after_db": after,
        "sd_after_db": sd_after,
        "bias_error_db": error,
        "site_sd_db": _site_sd(rows, held_out),
        "applied": bool(np.hypot(after, sd_after) < np.hypot(bias, sd)),
    }


def _error_of(rows: pd.DataFrame, residual: pd.Series) -> tuple[float, float, float]:
    """Bias, standard deviation and the bias's standard error; every block weighs alike."""
    of = residual.groupby(rows["block"].to_numpy())
    means = of.mean()
    bias = float(means.mean())
    square = ((residual - bias) ** 2).groupby(rows["block"].to_numpy()).mean()
    error = float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else np.nan
    return bias, float(np.sqrt(square.mean())), error


def _site_sd(rows: pd.DataFrame, residual: pd.Series) -> float:
    """Spread from site to site: that of the sites' means, less what chance from block to block makes of it."""
    cells = residual.groupby([rows["site_id"].to_numpy(), rows["block"].to_numpy()]).mean()
    of = cells.groupby(level=0)
    mean, size = of.mean(), of.size()
    if len(mean) < _SEVERAL:
        return float("nan")
    freedom = int((size - 1).sum())
    within = float(((cells - of.transform("mean")) ** 2).sum()) / freedom if freedom else 0.0
    between: NDArray[np.float64] = np.asarray(mean.var(ddof=1) - (within / size).mean())
    return float(np.sqrt(max(float(between), 0.0)))
