"""The compiled half of P.1812-8 against its plain reference, over random terrain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.p1812 import Link, basic_loss_db, free_space_loss_db
from geo.p1812_diffraction import Wave, bullington_db, first_term_db, smooth_bullington_db, spherical_earth_db
from geo.p1812_path import INLAND, Atmosphere, Profile, horizons, smooth_surface
from geo.terrain_loss import _first_term, median_loss_db
from geo.terrain_trace import (
    _BLOCK,
    ABOVE_MAST,
    ABOVE_RECEIVER,
    FALL,
    LENGTH,
    NU,
    SMOOTH_NU,
    TRACES,
    Ground,
    Mast,
    _closest,
    _extremes,
    _least_smooth_clearance,
    _smooth_nu,
    trace,
)

ATMOSPHERE = Atmosphere()
RADIUS_KM = ATMOSPHERE.median_radius_km
STEP_M = 100.0


def northward(height_m, clutter_m, antenna_m, receivers=None):
    """Trace receivers due north of a mast over ground that varies only from south to north."""
    points = len(height_m)
    raster = np.repeat(np.asarray(height_m, np.float32)[::-1, None], 3, axis=1)
    ground = Ground(raster, np.full((1, 1), clutter_m, np.float32), -1.5 * STEP_M, (points - 0.5) * STEP_M, STEP_M)
    mast = Mast(0.0, 0.0, antenna_m, 1.5, STEP_M, points * STEP_M, RADIUS_KM)
    steps = np.arange(4, points) if receivers is None else np.asarray(receivers)
    return steps, trace(ground, mast, np.zeros(len(steps)), steps * STEP_M)


def reference(height_m, clutter_m, antenna_m, steps, mhz):
    """Free space and delta-Bullington of the plain reference, with the smooth edge of attachment 4; and its profile."""
    n = steps + 1
    height = np.asarray(height_m[:n], np.float32).astype(float)
    profile = Profile(np.arange(n) * STEP_M / 1000, height, np.full(n, clutter_m), np.full(n, INLAND), antenna_m, 1.5)
    ends = smooth_surface(profile, horizons(profile, RADIUS_KM, mhz / 1000).between).diffraction
    wave = Wave(mhz / 1000, "vertical", 0.0)
    edge = bullington_db(profile.distance_km, profile.obstacles_m, ends.transmitter_m, ends.receiver_m, RADIUS_KM, wave)
    smooth = (
        profile.length_km,
        ends.transmitter_m - ends.smooth_transmitter_m,
        ends.receiver_m - ends.smooth_receiver_m,
        RADIUS_KM,
        wave,
    )
    sphere = max(spherical_earth_db(*smooth) - smooth_bullington_db(*smooth), 0.0)
    return free_space_loss_db(profile, mhz / 1000) + edge + sphere, profile


def hills(seed, points, relief_m):
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 1, points))
    return 500 + relief_m * (walk - walk.min()) / np.ptp(walk) + rng.normal(0, relief_m / 50 + 0.01, points)


terrain = st.builds(hills, st.integers(0, 10_000), st.integers(6, 250), st.sampled_from([0.0, 3.0, 40.0, 600.0]))


@settings(max_examples=80)
@given(
    terrain,
    st.sampled_from([0.0, 10.0, 15.0]),
    st.floats(10, 100),
    st.sampled_from([400.0, 900.0, 1800.0, 3500.0]),
    st.data(),
)
def test_the_kernel_gives_the_reference_s_median_loss(height, clutter, antenna, mhz, data):
    steps, traced = northward(height, clutter, antenna)
    losses = median_loss_db(traced, mhz / 1000, RADIUS_KM)
    at = data.draw(st.integers(0, len(steps) - 1))
    expected, _ = reference(height, clutter, antenna, int(steps[at]), mhz)
    assert losses[at] == pytest.approx(expected, abs=1e-3)


@settings(max_examples=60)
@given(terrain, st.floats(15, 100), st.sampled_from([700.0, 900.0, 1800.0, 3500.0]), st.data())
def test_what_the_kernel_leaves_out_hardly_matters_where_cells_reach(height, antenna, mhz, data):
    steps, traced = northward(height, 0.0, antenna)
    losses = median_loss_db(traced, mhz / 1000, RADIUS_KM)
    near = np.flatnonzero((losses < 145.0) & (steps >= 20) & (steps <= 200))
    if not len(near):
        return
    at = near[data.draw(st.integers(0, len(near) - 1))]
    _, profile = reference(height, 0.0, antenna, int(steps[at]), mhz)
    whole = basic_loss_db(profile, Link(mhz), 35.0, ATMOSPHERE)
    assert losses[at] == pytest.approx(whole, abs=0.5)


@settings(max_examples=30)
@given(terrain, st.floats(15, 80), st.floats(1, 60))
def test_a_higher_antenna_never_sees_a_worse_edge(height, antenna, more):
    _, low = northward(height, 0.0, antenna)
    _, high = northward(height, 0.0, antenna + more)
    assert (high[:, NU] <= low[:, NU] + 1e-3 * (1 + np.abs(low[:, NU]))).all()


def test_a_wall_shadows_what_lies_behind_it_and_the_beam_leaves_over_its_top():
    height = np.full(60, 100.0)
    height[20] = 250.0
    steps, traced = northward(height, 0.0, 30.0, receivers=[10, 40])
    assert steps.tolist() == [10, 40]
    before, behind = median_loss_db(traced, 0.9, RADIUS_KM)
    assert behind - before > 12 + 20
    assert traced[:, LENGTH] == pytest.approx([1.0, 4.0])
    assert traced[0, FALL] == pytest.approx(28.5, abs=0.1)
    assert traced[1, FALL] == pytest.approx(-120 / 2, abs=0.2)


def test_receivers_may_come_in_any_order_and_stand_at_the_mast():
    height = hills(4, 120, 200.0)
    shuffled = np.random.default_rng(0).permutation(np.arange(120))
    _, mixed = northward(height, 0.0, 30.0, receivers=shuffled)
    _, sorted_ = northward(height, 0.0, 30.0, receivers=np.arange(120))
    assert np.array_equal(mixed[np.argsort(shuffled)], sorted_)
    assert np.isfinite(sorted_).all()
    assert sorted_[0, LENGTH] == pytest.approx(0.02)
    assert (sorted_[:, ABOVE_MAST] >= 30.0 - 1e-3).all()


def test_around_the_mast_every_direction_sees_the_same_cone():
    # The fan must not prefer a direction: on a cone the loss depends on distance alone.
    size = 81
    x = (np.arange(size) - size // 2) * STEP_M
    away = np.hypot(*np.meshgrid(x, x))
    ground = Ground((900 - away / 10).astype(np.float32), np.zeros((1, 1), np.float32), x[0] - 50, x[-1] + 50, STEP_M)
    mast = Mast(0.0, 0.0, 20.0, 1.5, STEP_M, 3500.0, RADIUS_KM)
    angle = np.radians(np.arange(0, 360, 7.3))
    losses = median_loss_db(trace(ground, mast, 3000 * np.sin(angle), 3000 * np.cos(angle)), 0.9, RADIUS_KM)
    assert np.ptp(losses) < 0.5


def test_a_wall_one_step_before_a_near_receiver_shadows_it():
    height = np.full(10, 100.0)
    height[1] = 200.0
    _, traced = northward(height, 0.0, 30.0, receivers=[2, 3])
    assert (traced[:, NU] > 1).all()


@settings(max_examples=100)
@given(terrain, st.integers(0, 200), st.floats(1, 400), st.floats(1, 400))
def test_passing_over_blocks_of_points_changes_no_extreme(height, short, start_m, eye_m):
    last = max(len(height) - 1 - short, 1)
    d = np.arange(len(height)) * STEP_M / 1000
    length, start, eye = float(d[last]) + 0.07, height[0] + start_m, height[last] + eye_m
    d1, h1 = d[1 : last + 1], height[1 : last + 1]
    blocks = range(last // _BLOCK + 1)
    drop = height - 30.0 * d**2
    tops, drop_tops = (
        np.array([h[max(b * _BLOCK, 1) : min(b * _BLOCK + _BLOCK, last + 1)].max() for b in blocks])
        for h in (height, drop)
    )
    slope = (eye - start) / length
    low_eye = eye - 30.0 * length**2
    found = _extremes(d, height, drop, tops, drop_tops, last, length, start, eye, low_eye, (-1e9, -1e9, -1e9))
    assert found == pytest.approx(
        (
            np.max((drop[1 : last + 1] - low_eye) / (length - d1)),
            np.max((h1 - eye) / (length - d1)),
            np.max(h1 - start - slope * d1),
        )
    )
    clear = start + slope * d1 - h1
    if (clear > 0).all():
        least = np.min(clear**2 * length / (d1 * (length - d1)))
        assert _closest(d, height, tops, last, length, start, slope, 1e9) == pytest.approx(least)


@settings(max_examples=150)
@given(st.floats(0.5, 80), st.floats(1.5, 800), st.floats(1.5, 800), st.sampled_from([300.0, 900.0, 3500.0]))
def test_the_smooth_earth_is_that_of_the_reference(length, mast, receiver, mhz):
    wave = Wave(mhz / 1000, "vertical", 0.0)
    smooth = (length, mast, receiver, RADIUS_KM, wave)
    assert _first_term(*smooth[:4], mhz / 1000) == pytest.approx(first_term_db(*smooth), abs=1e-8)
    column = np.zeros((1, TRACES), np.float32)
    column[0, [LENGTH, NU, SMOOTH_NU, ABOVE_MAST, ABOVE_RECEIVER]] = (
        length,
        -5.0,
        _smooth_nu(*smooth[:4]),
        mast,
        receiver,
    )
    loss = median_loss_db(column, mhz / 1000, RADIUS_KM)[0] - 20 * np.log10(mhz / 1000)
    expected = max(spherical_earth_db(*smooth) - smooth_bullington_db(*smooth), 0.0)
    assert loss == pytest.approx(expected, abs=2e-3)


@settings(max_examples=300)
@given(st.floats(0.1, 80), st.floats(1.5, 900), st.floats(1.5, 900), st.floats(0, 300), st.floats(0, 300))
def test_where_the_smooth_earth_is_called_clear_it_is_and_higher_ends_only_clear_it_more(
    length, mast, rx, more, more_rx
):
    bound = _least_smooth_clearance(length, mast, rx, RADIUS_KM)
    higher = _smooth_nu(length, mast + more, rx + more_rx, RADIUS_KM)
    if bound > 0:
        assert -higher >= np.sqrt(0.002) * bound * (1 - 1e-9) - 1e-9
