"""Degrees, minutes and seconds, map projections and GCJ-02."""

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.crs import geodesic
from ops_platform.contracts.network import LATITUDE, LONGITUDE
from ops_platform.errors import PermanentError
from ops_platform.intake import coordinates
from ops_platform.intake.conventions import Conventions
from ops_platform.intake.values import Problem, convert

ZONE = ZoneInfo("Asia/Shanghai")


def read(text: str, axis: str = "latitude", *, decimal_comma: bool | None = None) -> object:
    column = LATITUDE if axis == "latitude" else LONGITUDE
    values, problems = convert(column, pa.array([text]), ZONE, Conventions(decimal_comma=decimal_comma))
    return Problem(problems[0]) if problems[0] else values[0].as_py()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("45°49'14.002N", 45.82055611), ("45°49'14.002\"N", 45.82055611), ("N 45 49 14", 45.82055556),
        ("45 49 14 S", -45.82055556), ("45°49′14″", 45.82055556), ("45°49’14”n", 45.82055556),
        ("45º49''", None), ("45°49´14´´N", 45.82055556), ("-45°49'14\"", -45.82055556), ("45度49分14秒", 45.82055556),
        ("北纬45°49'14\"", 45.82055556), ("45°49,5'N", 45.825), ("45°49'14,002\"N", 45.82055611), ("45.82N", 45.82),
        ("45.82°", 45.82), ("45:49:14N", 45.82055556), ("45° 49' 14\" N", 45.82055556), ("0°0'1\"S", -1 / 3600),
    ],
)  # fmt: skip
def test_degrees_minutes_seconds(text: str, value: float | None) -> None:
    assert read(text) == (Problem.TYPE if value is None else pytest.approx(value, abs=1e-8))


@pytest.mark.parametrize(
    ("text", "value"), [("1°15'23\"E", 1.25638889), ("1°15'23\"W", -1.25638889), ("东经113°15'23\"", 113.25638889)]
)
def test_longitudes(text: str, value: float) -> None:
    assert read(text, "longitude") == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(
    "text",
    [
        "1°15'23\"E",
        "45°60'14\"N",
        "45°49'60\"N",
        "45.5°49'14\"N",
        "45°49.5'14\"N",
        "-45°49'14\"S",
        "45 49 14",
        "N",
        "°",
    ],
)
def test_no_latitudes(text: str) -> None:
    if text == "45 49 14":
        assert read(text) == pytest.approx(45.82055556, abs=1e-8)
    else:
        assert read(text) is Problem.TYPE


def test_decimal_comma_and_degrees_stand_side_by_side() -> None:
    assert read("4,662778", decimal_comma=True) == 4.662778
    assert read("45°49'14.002N", decimal_comma=True) == pytest.approx(45.82055611, abs=1e-8)
    assert read("4,662778") is Problem.AMBIGUOUS


@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59_999), st.sampled_from("NS"))
def test_degrees_read_back(degree: int, minute: int, milli: int, side: str) -> None:
    expected = (degree + minute / 60 + milli / 3_600_000) * (1 if side == "N" else -1)
    for text in (f"{degree}°{minute}'{milli / 1000:.3f}\"{side}", f"{side} {degree} {minute} {milli / 1000:.3f}"):
        assert read(text) == pytest.approx(expected, abs=1e-9)


@given(st.floats(73.6, 134.9), st.floats(18.1, 53.4))
def test_gcj02_reads_back_within_a_decimetre(longitude: float, latitude: float) -> None:
    x, y = coordinates.wgs84_to_gcj02(np.array([longitude]), np.array([latitude]))
    moved, _ = geodesic(longitude, latitude, x, y)
    assert 20 < moved.item() < 1500
    there = coordinates.to_wgs84(pa.array(x), pa.array(y), "GCJ-02")
    missed, _ = geodesic(longitude, latitude, *(axis.to_numpy() for axis in there))
    assert missed.item() < 0.1


def test_gcj02_moves_places_as_published() -> None:
    # The example that implementations of the formula share: WGS-84 (116.404, 39.915) in Beijing.
    x, y = coordinates.wgs84_to_gcj02(np.array([116.404, 26.72, 100.0]), np.array([39.915, 58.38, 57.0]))
    assert (x[0], y[0]) == (pytest.approx(116.41024449916938, abs=1e-9), pytest.approx(39.91640428150164, abs=1e-9))
    assert (x[1:].tolist(), y[1:].tolist()) == ([26.72, 100.0], [58.38, 57.0])
    places = pa.array([26.72, None]), pa.array([58.38, 1.0])
    assert [axis.to_pylist() for axis in coordinates.to_wgs84(*places, "gcj02")] == [[26.72, None], [58.38, None]]


def test_projected_coordinates_in_feet_and_metres() -> None:
    # New York's state plane counts US survey feet; its false easting of 984250 ft lies on 74° W.
    longitude, latitude = coordinates.to_wgs84(pa.array([984_250.0, None]), pa.array([145_795.0, 1.0]), "EPSG:2263")
    assert (longitude[0].as_py(), latitude[0].as_py()) == (
        pytest.approx(-74, abs=1e-6),
        pytest.approx(40.5667, abs=1e-3),
    )
    assert longitude[1].as_py() is None
    x, y = coordinates.to_wgs84(pa.array([500_000]), pa.array([6_471_000]), "EPSG:32635")
    assert (x[0].as_py(), y[0].as_py()) == (pytest.approx(27, abs=1e-6), pytest.approx(58.376, abs=1e-2))
    same = coordinates.to_wgs84(pa.array([113.2]), pa.array([23.1]), "EPSG:4326")
    assert [axis.to_pylist() for axis in same] == [[113.2], [23.1]]


def test_cgcs2000_in_degrees_and_in_its_projections() -> None:
    # Its ellipsoid differs from that of WGS-84 by a tenth of a millimetre, and its axes by centimetres.
    same = coordinates.to_wgs84(pa.array([101.5]), pa.array([35.1]), "EPSG:4490")
    assert [axis[0].as_py() for axis in same] == pytest.approx([101.5, 35.1], abs=1e-7)
    # Three-degree zones by central meridian and by number: 34 zones of three degrees is 102° E.
    for crs, easting in (("EPSG:4543", 500_000.0), ("EPSG:4522", 34_500_000.0)):
        x, y = coordinates.to_wgs84(pa.array([easting]), pa.array([3_886_000.0]), crs)
        assert x[0].as_py() == pytest.approx(102.0, abs=1e-7), crs
        assert y[0].as_py() == pytest.approx(35.1, abs=0.01), crs


@pytest.mark.parametrize("crs", ["EPSG:999999", "BD-09", ""])
def test_an_unknown_system_is_said(crs: str) -> None:
    with pytest.raises(PermanentError, match="EPSG:4490"):
        coordinates.to_wgs84(pa.array([1.0]), pa.array([1.0]), crs)
