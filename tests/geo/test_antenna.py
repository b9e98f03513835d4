"""Antenna patterns, tilts and the power of a resource element, against published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.antenna import (
    horizontal_loss_db,
    in_antenna_frame,
    pattern_loss_db,
    reference_power_dbm,
    tilted_pattern_loss_db,
    vertical_loss_db,
)


def test_vertical_pattern_gives_the_published_values():
    # TR 36.814 / 37.840: 5 deg -3; 10 deg -12; from 12.9 deg -20
    assert vertical_loss_db([0, 5, 10, 12.9, 13, 60], 0) == pytest.approx([0, 3, 12, 19.97, 20, 20], abs=0.01)
    assert vertical_loss_db(7, 4) == vertical_loss_db(1, 4) == vertical_loss_db(3, 0)


def test_horizontal_pattern_gives_the_published_values():
    # 65 degrees wide: half of it off the azimuth loses 3 dB, all of it 12 dB; 25 dB at the back
    assert horizontal_loss_db([0, 32.5, -65, 180, 359]) == pytest.approx([0, 3, 12, 25, 0], abs=0.01)


def test_an_antenna_without_azimuth_has_only_the_vertical_pattern():
    assert pattern_loss_db(np.nan, 5, 0) == pytest.approx(3.0)


def test_both_planes_together_never_lose_more_than_25_db():
    assert pattern_loss_db(65, 10, 0) == pytest.approx(24.0)
    assert pattern_loss_db(180, 90, 0) == 25.0


@given(st.floats(-720, 720), st.floats(-90, 90), st.floats(0, 15))
def test_the_pattern_is_symmetric_and_bounded(phi, theta, tilt):
    loss = float(pattern_loss_db(phi, theta, tilt))
    assert 0 <= loss <= 25
    assert float(pattern_loss_db(-phi, theta, tilt)) == pytest.approx(loss, abs=1e-6)
    assert float(pattern_loss_db(phi + 360, theta, tilt)) == pytest.approx(loss, abs=1e-6)


def test_a_leaning_antenna_looks_down_in_front_and_up_behind():
    phi, below = in_antenna_frame([0, 90, 180, -90], 0.0, 6.0)
    assert below == pytest.approx([-6, 0, 6, 0], abs=1e-12)
    assert phi == pytest.approx([0, 90, 180, -90], abs=1e-12)


def test_the_tilts_differ_at_the_sides():
    # At the horizon 60 degrees off the azimuth a lean of 8 degrees sinks the beam by asin(sin 8 cos 60) only.
    sunk = np.degrees(np.arcsin(np.sin(np.radians(8)) * 0.5))
    turned = np.degrees(np.arctan2(np.sin(np.radians(60)), 0.5 * np.cos(np.radians(8))))
    expected = 12 * (turned / 65) ** 2 + 12 * (sunk / 10) ** 2
    assert tilted_pattern_loss_db(60, 0, 8, 0) == pytest.approx(expected)
    assert tilted_pattern_loss_db(60, 0, 0, 8) == pytest.approx(12 * (60 / 65) ** 2 + 12 * 0.64)
    assert tilted_pattern_loss_db(60, 0, 8, 0) < tilted_pattern_loss_db(60, 0, 0, 8)


@given(st.floats(-30, 30), st.floats(-10, 20), st.floats(0, 12), st.floats(0, 12))
def test_straight_ahead_both_tilts_add_up(phi, below, mechanical, electrical):
    ahead = tilted_pattern_loss_db(0, below, mechanical, electrical)
    assert ahead == pytest.approx(pattern_loss_db(0, below, mechanical + electrical))
    assert tilted_pattern_loss_db(phi, below, 0, electrical) == pytest.approx(pattern_loss_db(phi, below, electrical))


@given(st.floats(-180, 180), st.floats(-89, 89), st.floats(-20, 20))
def test_leaning_forward_and_back_again_is_no_turn(phi, below, tilt):
    back = in_antenna_frame(*in_antenna_frame(phi, below, tilt), -tilt)
    direction = [np.radians(v) for v in (phi, below)]
    again = [np.radians(v) for v in back]
    unit = [np.array([np.cos(b) * np.cos(p), np.cos(b) * np.sin(p), np.sin(b)]) for p, b in (direction, again)]
    assert unit[0] == pytest.approx(unit[1], abs=1e-6)


def test_an_antenna_without_azimuth_sinks_its_beam_all_around_by_both_tilts():
    assert tilted_pattern_loss_db(np.nan, 9, 2, 2) == pytest.approx(12 * 0.25)


def test_a_level_is_that_of_one_resource_element():
    # 20 W on 20 MHz of LTE: 43 dBm over 100 blocks of 12 subcarriers; 200 W on 100 MHz of NR: 273 blocks.
    assert reference_power_dbm(43.0, "LTE", 20) == pytest.approx(43 - 30.79, abs=0.005)
    assert reference_power_dbm(53.0, "NR", 100) == pytest.approx(53 - 35.15, abs=0.005)
    assert reference_power_dbm(43.0, "GSM") == 43.0
    assert reference_power_dbm(43.0, "UMTS") == 33.0
    with pytest.raises(ValueError, match=r"LTE has no channel of None MHz, only 1\.4, 3"):
        reference_power_dbm(43.0, "LTE")
