"""ITU-R P.1812-8 against published profiles, and what must hold for every path."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.p1812 import (
    Link,
    basic_loss_db,
    ducting_db,
    field_strength_dbuv_m,
    free_space_loss_db,
    inverse_normal,
    location_margin_db,
    location_sd_db,
    scatter_db,
)
from geo.p1812_diffraction import Terminals, Wave, delta_bullington_db, smooth_bullington_db, spherical_earth_db
from geo.p1812_path import (
    COAST,
    INLAND,
    SEA,
    Atmosphere,
    Horizons,
    Profile,
    SmoothSurface,
    centre_latitude_deg,
    duct_time_pct,
    horizons,
    smooth_surface,
)

COMMITTED = Path(__file__).parent / "data" / "p1812.json"
WHOLE = Path(__file__).parents[2].parent / "shared" / "reference" / "p1812_8_profiles.json"
POLARIZATION = {1: "horizontal", 2: "vertical"}


def assert_published(profiles):
    for path in profiles:
        arrays = (np.array(path[name]) for name in ("d_km", "h_m", "clutter_m"))
        distance, height, clutter = arrays
        ends = (path["tx_lon"], path["tx_lat"]), (path["rx_lon"], path["rx_lat"])
        for case in path["cases"]:
            zone = np.array(path["zone"]).astype(int)
            profile = Profile(distance, height, clutter, zone, case["htg_m"], case["hrg_m"])
            link = Link(case["f_MHz"], case["p_pct"], polarization=POLARIZATION[case["pol"]])
            latitude = centre_latitude_deg(*ends, profile.length_km)
            loss = basic_loss_db(profile, link, latitude, Atmosphere(path["DN"], path["N0"]))
            field = field_strength_dbuv_m(loss, case["f_MHz"], case["erp_dBW"] - 30)
            # The values were published to 1e-8 dB.
            assert loss == pytest.approx(case["Lb_dB"], abs=1e-7), (path["name"], case["p_pct"])
            assert field == pytest.approx(case["E_dBuVm"], abs=1e-7)


def test_the_published_losses_at_1_and_10_km_come_out():
    profiles = json.loads(COMMITTED.read_text())["profiles"]
    assert [len(path["cases"]) for path in profiles] == [3, 3]
    assert_published(profiles)


@pytest.mark.skipif(not WHOLE.is_file(), reason=f"no published profiles at {WHOLE}")
def test_all_published_losses_come_out():
    profiles = json.loads(WHOLE.read_text())
    assert sum(len(path["cases"]) for path in profiles) == 18
    assert_published(profiles)


def published_10_km(receiver_m=7.0):
    path = json.loads(COMMITTED.read_text())["profiles"][0]
    assert path["name"] == "b2iseac_rural_land_10km"
    d, h, clutter = (np.array(path[name]) for name in ("d_km", "h_m", "clutter_m"))
    return Profile(d, h, clutter, np.array(path["zone"]), 60.0, receiver_m)


def test_the_published_steps_of_the_10_km_path_come_out():
    profile, atmosphere = published_10_km(), Atmosphere(45.0, 326.079979)
    surface = smooth_surface(profile, horizons(profile, atmosphere.median_radius_km, 0.0953).between)
    wave = Wave(0.0953, "horizontal", profile.sea_share)
    bend = delta_bullington_db(
        profile.distance_km, profile.obstacles_m, surface.diffraction, atmosphere.median_radius_km, wave
    )
    assert atmosphere.median_radius_km == pytest.approx(8930.776786, abs=1e-6)
    assert surface.diffraction == Terminals(
        814.4, 257.3, pytest.approx(537.65013, abs=1e-5), pytest.approx(206.91287, abs=1e-5)
    )
    assert free_space_loss_db(profile, 0.0953) == pytest.approx(91.99531592, abs=1e-8)
    assert bend == pytest.approx(28.49553647, abs=1e-8)


def sea_path():
    """Shares and runs of zones of the published path of 235.1 km from Ireland to England."""
    d = np.array([0, 11.519075, 13.519075, 16.456175, 18.456175, 230.397175, 232.397175, 235.1])
    zone = np.array([INLAND, INLAND, COAST, COAST, SEA, SEA, COAST, COAST])
    return Profile(d, np.zeros(8), np.zeros(8), zone, 814.4, 118.3)


def test_the_published_steps_of_a_path_over_the_sea_come_out():
    # b2iseac_eqdist_vertical, second case: 95.3 MHz, vertical, 10 % of the time
    profile, atmosphere, link = sea_path(), Atmosphere(45.0, 326.079979), Link(95.3, 10.0)
    assert profile.sea_share == pytest.approx(0.91, abs=1e-12)
    assert profile.longest_km(COAST, INLAND) == pytest.approx(17.456175)
    assert profile.longest_km(INLAND) == pytest.approx(12.519075)
    assert duct_time_pct(profile, 53.68658428) == pytest.approx(4.268390323, abs=1e-8)
    seen = Horizons(120.6063, 45.96205, -13.50401348, -5.147056324, 7.673627996, slice(0, 0))
    surface = SmoothSurface(Terminals(814.4, 118.3, 0, 0), 734.5370073, 154.7962427, 13.74801219)
    assert ducting_db(profile, link, seen, surface, 4.268390323, atmosphere) == pytest.approx(179.6164596, abs=1e-6)
    assert scatter_db(235.1, 7.673627996, 0.0953, 10.0, atmosphere) == pytest.approx(155.2387581, abs=1e-6)
    wave = Wave(0.0953, "vertical", 0.91)
    smooth = (235.1, 734.5370073, 154.7962427, atmosphere.duct_radius_km, wave)
    assert spherical_earth_db(*smooth) == pytest.approx(14.04613832, abs=1e-6)
    # 2,001 points of zeros against the closed form of attachment 4
    assert smooth_bullington_db(*smooth) == pytest.approx(13.84792798, abs=1e-3)
    assert inverse_normal(0.10) / inverse_normal(0.04268390323) == pytest.approx(0.7448716911, abs=1e-9)


def test_a_ship_s_antenna_is_lifted_into_the_duct():
    seen = Horizons(20.0, 20.0, -1.0, -1.0, 5.0, slice(0, 0))
    surface = SmoothSurface(Terminals(30, 30, 0, 0), 30.0, 30.0, 0.0)
    d = np.linspace(0, 40, 9)
    land, ships = (
        Profile(d, np.zeros(9), np.zeros(9), np.array([end, *[SEA] * 7, end]), 30.0, 30.0) for end in (INLAND, SEA)
    )
    link = Link(900.0, 10.0)
    gain = ducting_db(land, link, seen, surface, 10.0, Atmosphere()) - ducting_db(
        ships, link, seen, surface, 10.0, Atmosphere()
    )
    # Two antennas 30 m over the sea, each -3 (1 + tanh(0.07 * 20)) dB.
    assert gain == pytest.approx(6 * (1 + np.tanh(1.4)), abs=0.01)


def test_near_the_poles_ducts_follow_another_rule():
    profile = sea_path()
    mu1 = (duct_time_pct(profile, 80.0) / 4.17) ** (1 / 1.3)
    assert duct_time_pct(profile, -80.0) == duct_time_pct(profile, 80.0)
    assert duct_time_pct(profile, 60.0) == pytest.approx(10 ** (1.67 - 0.9) * mu1 * mu1 ** (0.0176 * 60 - 0.935))


@pytest.mark.parametrize(("pct", "quantile"), [(50, 0.0), (10, 1.28155), (1, 2.32635), (95, -1.64485)])
def test_the_normal_quantile_is_right_within_what_the_recommendation_says(pct, quantile):
    assert inverse_normal(pct / 100) == pytest.approx(quantile, abs=5e-4)


def test_more_locations_need_a_larger_margin():
    # (0.52 + 0.024 f) w^0.28: 0.9 GHz, 250 m
    among_houses = location_sd_db(900, 250, clutter_m=10.0)
    assert among_houses == pytest.approx(0.5416 * 250**0.28)
    assert location_sd_db(900, 250, receiver_m=15.0, clutter_m=10.0) == pytest.approx(0.5 * among_houses)
    assert location_sd_db(900, 250, receiver_m=40.0, clutter_m=10.0) == 0.0
    assert location_margin_db(50, 6.0) == pytest.approx(0.0, abs=1e-6)
    assert location_margin_db(95, 6.0) == pytest.approx(1.645 * 6.0, abs=0.01)
    profile = published_10_km()
    median = basic_loss_db(profile, Link(900.0), 50.0, Atmosphere())
    edge = basic_loss_db(profile, Link(900.0, location_pct=95, location_sd_db=6.0), 50.0, Atmosphere())
    assert edge - median == pytest.approx(1.645 * 6.0, abs=0.01)


heights = st.lists(st.floats(0, 600), min_size=9, max_size=40)


def random_profile(ground, clutter_m, transmitter_m, receiver_m, length_km):
    n = len(ground)
    d = np.linspace(0, length_km, n)
    return Profile(d, np.array(ground), np.full(n, clutter_m), np.full(n, INLAND), transmitter_m, receiver_m)


path_of = st.builds(random_profile, heights, st.floats(0, 25), st.floats(1, 100), st.floats(1, 100), st.floats(0.5, 60))


@settings(max_examples=60)
@given(path_of, st.sampled_from([400.0, 900.0, 1800.0, 3500.0]))
def test_at_half_of_the_time_a_path_loses_the_same_in_both_directions(profile, mhz):
    back = Profile(
        profile.distance_km,
        profile.height_m[::-1].copy(),
        profile.clutter_m,
        profile.zone,
        profile.receiver_m,
        profile.transmitter_m,
    )
    there, return_ = (basic_loss_db(p, Link(mhz), 35.0, Atmosphere()) for p in (profile, back))
    assert there == pytest.approx(return_, abs=1e-6)


@settings(max_examples=60)
@given(path_of)
def test_no_path_is_better_than_a_clear_one_and_rare_moments_are_no_worse(profile):
    median, rare = (basic_loss_db(profile, Link(900.0, pct), 35.0, Atmosphere()) for pct in (50.0, 1.0))
    assert median >= free_space_loss_db(profile, 0.9) - 1e-9
    assert rare <= median + 1e-6


@settings(max_examples=60)
@given(path_of, st.floats(1, 200))
def test_a_higher_antenna_is_bent_less_over_the_terrain(profile, more_m):
    wave = Wave(0.9, "vertical", 0.0)
    ends = profile.transmitter_amsl_m, profile.receiver_amsl_m
    smooth = Terminals(*ends, ends[0] - 1e4, ends[1] - 1e4)  # far above a smooth Earth: the terrain alone bends
    higher = Terminals(ends[0] + more_m, ends[1], smooth.smooth_transmitter_m, smooth.smooth_receiver_m)
    low, high = (
        delta_bullington_db(profile.distance_km, profile.obstacles_m, both, 8500.0, wave) for both in (smooth, higher)
    )
    assert high <= low + 1e-9


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"distance_km": [0, 1, 1, 2, 3]}, "rise"),
        ({"distance_km": [0.1, 1, 2, 3, 4]}, "begin with 0"),
        ({"height_m": [1, 2, np.nan, 4, 5]}, "height_m has values that are missing"),
        ({"zone": [4, 4, 2, 4, 4]}, "zone must be"),
        ({"receiver_m": 0.5}, "receiver_m must lie"),
        ({"clutter_m": [0, 0, 0]}, "arrays of one length"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(changes, says):
    good = {
        "distance_km": [0, 1, 2, 3, 4],
        "height_m": [1, 2, 3, 4, 5],
        "clutter_m": [0] * 5,
        "zone": [4] * 5,
        "transmitter_m": 30.0,
        "receiver_m": 1.5,
    }
    values = {k: np.array(v, float) if isinstance(v, list) else v for k, v in (good | changes).items()}
    with pytest.raises(ValueError, match=says):
        Profile(**values)


@pytest.mark.parametrize("wrong", [{"frequency_mhz": 10.0}, {"time_pct": 60.0}, {"location_pct": 0.0}])
def test_a_link_outside_the_method_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Link(**({"frequency_mhz": 900.0} | wrong))
