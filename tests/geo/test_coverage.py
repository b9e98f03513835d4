"""Best level and best server, at places and on the grid."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.coverage import _angle, predict_at, predict_grid
from geo.crs import geodesic, grid_over
from geo.propagation import cost231_hata_db
from geo.tr38901 import rma_obstructed_db

RADIO = {"radius_km": 20.0, "receiver_height_m": 1.5}


def one_cell(**changes):
    cell = {
        "cell_id": "C1",
        "site_id": "S1",
        "technology": "GSM",
        "band_mhz": 900,
        "latitude": 35.1,
        "longitude": 101.5,
        "antenna_height_m": 30.0,
        "azimuth_deg": 90.0,
        "tilt_deg": 3.0,
        "environment": "open",
        "reference_power_dbm": 33.0,
        "antenna_gain_dbi": 15.0,
    }
    return pd.DataFrame([cell | changes])


def test_the_level_is_that_of_the_definition_worked_by_hand():
    point = pd.DataFrame({"latitude": [35.1], "longitude": [101.6]})
    distance, bearing = geodesic(101.5, 35.1, 101.6, 35.1)
    km = float(distance) / 1000
    lg = np.log10(900)
    mobile = (1.1 * lg - 0.7) * 1.5 - (1.56 * lg - 0.8)
    urban = 69.55 + 26.16 * lg - 13.82 * np.log10(30) - mobile + (44.9 - 6.55 * np.log10(30)) * np.log10(km)
    path = urban - 4.78 * lg**2 + 18.33 * lg - 40.94
    theta = np.degrees(np.arctan2(28.5, km * 1000))
    pattern = 12 * ((float(bearing) - 90) / 65) ** 2 + 12 * ((theta - 3) / 10) ** 2
    predicted = predict_at(one_cell(), point, **RADIO)
    assert predicted["level_dbm"].item() == pytest.approx(33 + 15 - pattern - path, abs=1e-9)
    assert predicted["cell_id"].item() == "C1"


def test_above_2_ghz_the_kernel_gives_the_loss_of_tr_38901_where_that_is_asked():
    cell = one_cell(band_mhz=3500, environment="suburban", azimuth_deg=np.nan, tilt_deg=0.0, antenna_height_m=31.5)
    point = pd.DataFrame({"latitude": [35.1], "longitude": [101.53]})
    asked = {
        name: predict_at(cell, point, above_2_ghz=name, **RADIO).level_dbm.item() for name in ("cost231", "tr38901")
    }
    metres = float(geodesic(101.5, 35.1, 101.53, 35.1)[0])
    lost = {"cost231": cost231_hata_db(3500, metres / 1000, 31.5, 1.5, "suburban"),
            "tr38901": rma_obstructed_db(3.5, metres, 31.5)}  # fmt: skip
    assert asked["tr38901"] - asked["cost231"] == pytest.approx(lost["cost231"] - lost["tr38901"], abs=0.01)


def test_a_place_beyond_the_radius_has_no_level_and_no_cell():
    # 20 km east along the parallel of 35.1 degrees is 0.2195 degrees of longitude.
    points = pd.DataFrame({"latitude": [35.1, 35.1], "longitude": [101.5 + 0.2190, 101.5 + 0.2200]}, index=[7, 3])
    predicted = predict_at(one_cell(), points, **RADIO)
    assert predicted.index.tolist() == [7, 3]
    assert predicted["level_dbm"].notna().tolist() == [True, False]
    assert predicted["cell_id"].isna().tolist() == [False, True]


def test_a_place_under_the_antenna_has_a_level():
    at_mast = pd.DataFrame({"latitude": [35.1], "longitude": [101.5]})
    assert np.isfinite(predict_at(one_cell(), at_mast, **RADIO)["level_dbm"].item())


def test_of_equal_cells_the_first_serves(areas):
    twins = pd.concat([one_cell(), one_cell(cell_id="C2")], ignore_index=True)
    point = pd.DataFrame({"latitude": [35.2], "longitude": [101.5]})
    assert predict_at(twins, point, **RADIO)["cell_id"].item() == "C1"
    assert set(np.unique(predict_grid(twins, grid_over(areas, 2000), **RADIO).server)) <= {-1, 0}


def test_the_grid_agrees_with_the_places(areas, cells):
    grid = grid_over(areas, 1000)
    coverage = predict_grid(cells, grid, **RADIO)
    longitude, latitude = grid.centres_lonlat()
    places = pd.DataFrame({"longitude": longitude.ravel(), "latitude": latitude.ravel()})
    predicted = predict_at(cells, places, **RADIO)
    # plane against ellipsoid: a few hundredths of a degree and metres
    difference = coverage.level_dbm.ravel() - predicted["level_dbm"].to_numpy()
    assert np.nanmax(np.abs(difference)) < 0.01
    assert (np.isnan(coverage.level_dbm.ravel()) != predicted["level_dbm"].isna()).mean() < 0.001
    same = coverage.server.ravel() == pd.Index(cells["cell_id"]).get_indexer(predicted["cell_id"])
    assert same.mean() > 0.99


def test_without_cells_there_is_no_level(areas, cells, settlements):
    coverage = predict_grid(cells[:0], grid_over(areas, 2000), **RADIO)
    assert np.isnan(coverage.level_dbm).all()
    assert (coverage.server == -1).all()
    assert predict_at(cells[:0], settlements, **RADIO)["level_dbm"].isna().all()
    assert predict_at(cells, settlements[:0], **RADIO).empty


cell_rows = st.fixed_dictionaries(
    {
        "latitude": st.floats(34.9, 35.4),
        "longitude": st.floats(101.1, 101.9),
        "band_mhz": st.sampled_from([700, 900, 1800, 2100, 2600]),
        "antenna_height_m": st.floats(10, 80),
        "azimuth_deg": st.one_of(st.just(np.nan), st.floats(0, 360)),
        "tilt_deg": st.floats(0, 12),
        "environment": st.sampled_from(["open", "suburban", "city"]),
        "reference_power_dbm": st.floats(0, 46),
    }
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(cell_rows, min_size=1, max_size=5))
def test_the_kernel_is_the_plain_formula_and_another_cell_never_lowers_the_level(areas, rows):
    frames = [one_cell(cell_id=f"C{i}", **row) for i, row in enumerate(rows)]
    cells = pd.concat(frames, ignore_index=True)
    grid = grid_over(areas, 4000)
    compiled = predict_grid(cells, grid, **RADIO).level_dbm
    longitude, latitude = grid.centres_lonlat()
    places = pd.DataFrame({"longitude": longitude.ravel(), "latitude": latitude.ravel()})
    plain = predict_at(cells, places, **RADIO)["level_dbm"].to_numpy().reshape(grid.shape)
    both = np.isfinite(compiled) & np.isfinite(plain)
    # The plane's metre moves a level by hundredths only right under a mast; elsewhere by thousandths.
    assert np.allclose(compiled[both], plain[both], atol=0.05)
    fewer = predict_grid(cells[:-1], grid, **RADIO).level_dbm
    assert (np.nan_to_num(compiled, nan=-999) >= np.nan_to_num(fewer, nan=-999)).all()


def test_near_the_mast_and_above_it_the_kernel_is_still_the_formula(areas):
    grid = grid_over(areas, 100)
    cell, above = one_cell(latitude=35.15, azimuth_deg=np.nan), {"radius_km": 2.0, "receiver_height_m": 60.0}
    compiled = predict_grid(cell, grid, **above).level_dbm.ravel()
    longitude, latitude = grid.centres_lonlat()
    there = np.isfinite(compiled)
    places = pd.DataFrame({"longitude": longitude.ravel()[there], "latitude": latitude.ravel()[there]})
    plain = predict_at(cell, places, **(above | {"radius_km": 2.1}))["level_dbm"].to_numpy()
    distance, _ = geodesic(101.5, 35.15, places["longitude"], places["latitude"])
    assert (distance < 400).sum() > 30
    assert compiled[there][distance > 60] == pytest.approx(plain[distance > 60], abs=0.01)


@given(st.floats(0, 2e4), st.floats(-2e4, 2e4))
def test_the_kernel_s_angle_is_that_of_its_sides(opposite, adjacent):
    adjacent += 0.0  # of a point without sides arctan2 goes by the sign of its zero
    assert _angle.py_func(opposite, adjacent) == pytest.approx(np.degrees(np.arctan2(opposite, adjacent)), abs=1e-3)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("antenna_height_m", np.nan, "missing"),
        ("reference_power_dbm", np.nan, "missing"),
        ("tilt_deg", None, "missing"),
        ("antenna_height_m", 0.0, "positive"),
        ("environment", "jungle", "open, suburban, city"),
        ("environment", None, "open, suburban, city"),
        ("latitude", 95.0, "-90 and 90"),
    ],
)
def test_a_cell_the_model_cannot_use_is_named_with_its_column(areas, column, value, says):
    cells = pd.concat([one_cell(), one_cell(cell_id="BAD", **{column: value})], ignore_index=True)
    with pytest.raises(ValueError, match=f"cell BAD: {column} .*{says}"):
        predict_grid(cells, grid_over(areas, 4000), **RADIO)
    with pytest.raises(ValueError, match=f"cell BAD: {column}"):
        predict_at(cells, one_cell()[["latitude", "longitude"]], **RADIO)


def test_absent_columns_are_named():
    with pytest.raises(ValueError, match="band_mhz, tilt_deg"):
        predict_at(one_cell().drop(columns=["band_mhz", "tilt_deg"]), one_cell(), **RADIO)
