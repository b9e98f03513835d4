"""Corrections from residuals whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.calibration import calibrate
from geo.siting_stress import stressed_gains

FIT = {"block_m": 1000.0, "folds": 5, "least_blocks": 10}


def residuals_of(
    truth: dict[str, float], *, blocks: int = 60, per_block: int = 20, block_sd: float = 3.0, sd: float = 5.0,
    site_sd: float = 0.0, band: float = 900.0, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Residuals in blocks of a kilometre, each of one environment and one site, with an error of its own."""
    rng = np.random.default_rng(seed)
    names = list(truth)
    sites = rng.normal(0, site_sd, 12)
    rows = []
    for block in range(blocks):
        environment, site = names[block % len(names)], (block // len(names)) % 12
        mean = truth[environment] + rng.normal(0, block_sd) + sites[site]
        for _ in range(per_block):
            place = (block % 10 + rng.random()) * 1000, (block // 10 + rng.random()) * 1000
            rows.append((band, environment, f"S{site}", *place, mean + rng.normal(0, sd)))
    return pd.DataFrame(rows, columns=["band_mhz", "environment", "site_id", "x_m", "y_m", "residual_db"])


def test_a_bias_is_found_and_taken_away_where_it_was_not_learned() -> None:
    found = calibrate(residuals_of({"open": -8.0, "city": 4.0}, blocks=200), **FIT)
    correction = found.corrections.set_index("environment")["correction_db"]
    assert correction["open"] == pytest.approx(-8.0, abs=1.0)
    assert correction["city"] == pytest.approx(4.0, abs=1.0)
    band = found.bands.iloc[0]
    assert band["applied"]
    assert (band["n"], band["blocks"]) == (4000, 200)
    assert band["bias_before_db"] == pytest.approx(-2.0, abs=1.0)
    assert abs(band["bias_after_db"]) < 0.5
    assert band["sd_before_db"] == pytest.approx(np.sqrt(36 + 9 + 25), rel=0.1)
    assert band["sd_after_db"] == pytest.approx(np.sqrt(9 + 25), rel=0.1)
    assert band["bias_error_db"] == pytest.approx(3.2 / np.sqrt(200), rel=0.2)


def test_an_environment_of_few_blocks_is_drawn_to_its_band() -> None:
    rows = residuals_of({"open": 0.0, "city": 0.0, "suburban": 1.0}, blocks=90, block_sd=6.0)
    rows = rows[(rows["environment"] != "city") | (rows["y_m"] < 1000)]
    plain = rows.assign(block=rows["x_m"] // 1000 + 100 * (rows["y_m"] // 1000)).groupby(["environment", "block"])
    mean = plain["residual_db"].mean().groupby("environment").mean()
    found = calibrate(rows, **FIT).corrections.set_index("environment")
    middle = found["correction_db"].median()
    assert abs(found.loc["city", "correction_db"] - middle) < 0.6 * abs(mean["city"] - middle)


def test_a_band_of_few_blocks_is_not_corrected() -> None:
    band = calibrate(residuals_of({"open": 9.0}, blocks=9), **FIT).bands.iloc[0]
    assert not band["applied"]
    assert band["bias_before_db"] == pytest.approx(9.0, abs=3.0)
    assert np.isnan(band["sd_after_db"])
    assert calibrate(residuals_of({"open": 9.0}, blocks=10), **FIT).bands.iloc[0]["applied"]


def test_what_makes_it_worse_is_not_applied() -> None:
    rows = residuals_of({"open": 0.0}, blocks=12, block_sd=6.0, seed=8)
    rows["residual_db"] -= (
        rows.groupby([rows["x_m"] // 1000, rows["y_m"] // 1000])["residual_db"].transform("mean").mean()
    )
    band = calibrate(rows, **FIT).bands.iloc[0]
    assert not band["applied"]
    assert band["sd_after_db"] > band["sd_before_db"]


def test_each_band_has_its_own() -> None:
    rows = pd.concat([residuals_of({"open": 5.0}), residuals_of({"open": -5.0}, band=1800.0)])
    correction = calibrate(rows, **FIT).corrections.set_index("band_mhz")["correction_db"]
    assert correction[900.0] == pytest.approx(5.0, abs=1.5)
    assert correction[1800.0] == pytest.approx(-5.0, abs=1.5)


def test_the_spread_from_site_to_site_is_told_from_chance() -> None:
    spread = {sd: calibrate(residuals_of({"open": 0.0}, blocks=600, site_sd=sd), **FIT) for sd in (0.0, 6.0)}
    assert spread[0.0].bands.iloc[0]["site_sd_db"] < 1.2
    # The means of four blocks each spread by four dB without any spread of sites.
    few = [calibrate(residuals_of({"open": 0.0}, blocks=48, block_sd=8.0, seed=seed), **FIT) for seed in range(1, 5)]
    assert np.mean([found.bands.iloc[0]["site_sd_db"] for found in few]) < 2.5
    true = np.random.default_rng(1).normal(0, 6.0, 12).std(ddof=1)
    assert spread[6.0].bands.iloc[0]["site_sd_db"] == pytest.approx(true, rel=0.15)


def test_a_block_weighs_the_same_however_long_the_car_stood_there() -> None:
    rows = residuals_of({"open": 0.0}, blocks=40)
    stood = rows[(rows["x_m"] < 1000) & (rows["y_m"] < 1000)]
    more = pd.concat([rows, *[stood] * 50])
    one, other = (calibrate(frame, **FIT) for frame in (rows, more))
    assert one.corrections["correction_db"].iloc[0] == pytest.approx(other.corrections["correction_db"].iloc[0])
    figures = ["bias_before_db", "sd_before_db", "bias_after_db", "sd_after_db", "bias_error_db"]
    assert one.bands[figures].iloc[0].tolist() == pytest.approx(other.bands[figures].iloc[0].tolist())


@pytest.mark.parametrize(
    ("change", "message"),
    [({"folds": 1}, "2 at least"), ({"least_blocks": 4}, "no more than least_blocks"), ({"block_m": 0.0}, "positive")],
)
def test_what_cannot_be_asked_is_refused(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        calibrate(residuals_of({"open": 0.0}), **(FIT | change))


def test_missing_values_are_refused() -> None:
    with pytest.raises(ValueError, match="absent: site_id"):
        calibrate(residuals_of({"open": 0.0}).drop(columns="site_id"), **FIT)


STRESS = {"threshold_dbm": -105.0, "draws": 4000, "seed": 1}


def test_without_errors_each_new_site_adds_what_it_should() -> None:
    new = [[-90.0, -90.0, np.nan, -90.0], [-90.0, np.nan, -105.0, -90.0]]
    gains = stressed_gains(
        new, [np.nan, -110, -106, -100], [0, 0, 1, 1], [1, 2, 4, 8], constant_sd_db=0.0, site_sd_db=0.0, **STRESS
    )
    assert np.unique(gains, axis=0).tolist() == [[3.0, 4.0]]


def test_an_error_of_all_levels_moves_old_and_new_together() -> None:
    # The network holds its place by 1 dB, the new site would by 1 dB: in any draw they stand or fall together.
    gains = stressed_gains([[-104.0]], [-104.0], [0], [1], constant_sd_db=9.0, site_sd_db=0.0, **STRESS)
    assert gains.sum() == 0
    gains = stressed_gains([[-104.0]], [-104.0], [0], [1], constant_sd_db=0.0, site_sd_db=9.0, **STRESS)
    assert gains.mean() == pytest.approx(0.456 * 0.544, abs=0.03)


@settings(max_examples=30)
@given(seed=st.integers(0, 999), constant=st.floats(0, 10), site=st.floats(0, 10))
def test_no_place_is_gained_twice(seed: int, constant: float, site: float) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.integers(0, 50, 30).astype(float)
    gains = stressed_gains(
        rng.normal(-105, 10, (4, 30)), rng.normal(-110, 10, 30), rng.integers(0, 5, 30), weight,
        threshold_dbm=-105.0, constant_sd_db=constant, site_sd_db=site, draws=50, seed=seed,
    )  # fmt: skip
    assert (gains >= 0).all()
    assert (gains.sum(axis=1) <= weight.sum()).all()
