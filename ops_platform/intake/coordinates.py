"""Coordinates as exports carry them, made degrees on WGS-84: degrees-minutes-seconds, map projections, GCJ-02."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from ops_platform.errors import PermanentError
from ops_platform.intake.words import both

GCJ_02: Final = "GCJ-02"
Floats = npt.NDArray[np.float64]

_FIGURE = r"\d+(?:[.,]\d+)?"
_DMS = (
    r"(?i)^(?P<sign>[+-])?(?P<before>[NSEW北南东西])?[纬经]?\s*(?P<d>" + _FIGURE + r")\s*(?P<degree>[°:度]|\s)?\s*"
    r"(?:(?P<m>" + _FIGURE + r")\s*(?P<minute>[':分]|\s)?\s*)?"
    r"(?:(?P<s>" + _FIGURE + r")\s*(?:\"|秒)?\s*)?(?P<after>[NSEW])?$"
)
_HEMISPHERES = {"latitude": ("N北", "S南"), "longitude": ("E东", "W西")}
_SIXTY = 60

# The known formula of the obfuscation that maps of mainland China carry by law, on the Krasovsky 1940 ellipsoid.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ENOUGH_DEG = 1e-10
_MOST_ROUNDS = 30


def degrees(text: pa.Array, name: str) -> pa.Array:
    """Read degrees, minutes and seconds, or degrees with a hemisphere.

    Parameters
    ----------
    text
        Trimmed, shape (n,): 45°49'14.002N, 1°15'23"E, N 45 49 14.
    name
        ``latitude`` or ``longitude``: a hemisphere of the other axis is not understood, nor is a bare number.

    Returns
    -------
    pyarrow.Array
        float64 degrees, shape (n,), south and west negative, null where the text is not understood.
    """
    quoted = pc.replace_substring_regex(text, r"[’‘′´`ʹ]|\s\x{0301}", "'")
    quoted = pc.replace_substring_regex(quoted, r"''|[“”″ʺ]", '"')
    parts = pc.extract_regex(pc.replace_substring_regex(quoted, "[º˚]", "°"), _DMS)

    def figure(part: str) -> pa.Array:
        written = pc.replace_substring(pc.struct_field(parts, part), ",", ".")
        return pc.if_else(pc.equal(written, ""), "0", written).cast(pa.float64())

    whole, minutes, seconds = figure("d"), figure("m"), figure("s")
    side = pc.utf8_upper(
        pc.binary_join_element_wise(pc.struct_field(parts, "before"), pc.struct_field(parts, "after"), "")
    )
    positive, negative = (pa.array(list(letters)) for letters in _HEMISPHERES[name])
    none = pc.equal(side, "")
    south_west = pc.is_in(side, negative)
    understood = pc.and_(pc.less(minutes, _SIXTY), pc.less(seconds, _SIXTY))
    understood = pc.and_(understood, pc.or_(none, pc.or_(south_west, pc.is_in(side, positive))))
    # Without a hemisphere or a mark, "45" is a number like any other; with a sign and a hemisphere it says it twice.
    marked = pc.or_(pc.not_equal(pc.struct_field(parts, "m"), ""), pc.equal(pc.struct_field(parts, "degree"), "°"))
    signed = pc.not_equal(pc.struct_field(parts, "sign"), "")
    understood = pc.and_(understood, pc.or_(pc.and_(none, marked), pc.and_(pc.invert(none), pc.invert(signed))))
    # Only the last figure may have a fraction.
    minutes_given, seconds_given = (pc.not_equal(pc.struct_field(parts, part), "") for part in ("m", "s"))
    for figures, finer in ((whole, pc.or_(minutes_given, seconds_given)), (minutes, seconds_given)):
        understood = pc.and_(understood, pc.or_(pc.invert(finer), pc.equal(figures, pc.floor(figures))))
    total = pc.add(whole, pc.add(pc.divide(minutes, 60.0), pc.divide(seconds, 3600.0)))
    minus = pc.or_(south_west, pc.equal(pc.struct_field(parts, "sign"), "-"))
    values = pc.if_else(minus, pc.negate(total), total)
    return pc.if_else(pc.fill_null(understood, fill_value=False), values, pa.scalar(None, pa.float64()))


def to_wgs84(x: pa.Array, y: pa.Array, crs: str) -> tuple[pa.Array, pa.Array]:
    """Bring coordinates of another system to WGS-84.

    Parameters
    ----------
    x, y
        Easting and northing, or longitude and latitude, in the unit of the system, numbers, shape (n,).
    crs
        ``GCJ-02``, or the EPSG code of a coordinate system, such as ``EPSG:2263``.

    Returns
    -------
    longitude, latitude
        float64 degrees, shape (n,), null where the system does not reach.

    Raises
    ------
    PermanentError
        If there is no such coordinate system.
    """
    east, north = (
        np.asarray(pc.fill_null(axis.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False)) for axis in (x, y)
    )
    system = coordinate_system(crs)
    if system is None:
        longitude, latitude = gcj02_to_wgs84(east, north)
    else:
        longitude, latitude = Transformer.from_crs(system, CRS.from_epsg(4326), always_xy=True).transform(east, north)
    off = ~(np.isfinite(longitude) & np.isfinite(latitude))
    return pa.array(longitude, pa.float64(), mask=off), pa.array(latitude, pa.float64(), mask=off)


def coordinate_system(crs: str) -> CRS | None:
    """Return the coordinate system of a name, None for GCJ-02, which is none.

    Raises
    ------
    PermanentError
        If there is no such coordinate system.
    """
    if crs.strip().upper().replace("_", "-") in {GCJ_02, "GCJ02"}:
        return None
    try:
        return CRS.from_user_input(crs.strip())
    except CRSError as error:
        raise PermanentError(
            both(
                f"未知坐标系 {crs!r}，应为 {GCJ_02} 或 EPSG 代码，如 EPSG:4490",
                f"unknown coordinate system {crs!r}; write {GCJ_02} or an EPSG code such as EPSG:4490",
            )
        ) from error


def wgs84_to_gcj02(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Obfuscate WGS-84 degrees as maps of mainland China do; outside the formula's rectangle nothing changes."""
    inside = (longitude > _WEST) & (longitude < _EAST) & (latitude > _SOUTH) & (latitude < _NORTH)
    east, north = _shift(longitude, latitude)
    return np.where(inside, longitude + east, longitude), np.where(inside, latitude + north, latitude)


def gcj02_to_wgs84(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Undo `wgs84_to_gcj02` by fixed-point iteration, to far less than 0.1 m."""
    found = longitude, latitude
    for _ in range(_MOST_ROUNDS):
        again = wgs84_to_gcj02(*found)
        miss = longitude - again[0], latitude - again[1]
        found = found[0] + miss[0], found[1] + miss[1]
        if not any((np.abs(axis) > _ENOUGH_DEG).any() for axis in miss):
            break
    return found


def _shift(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    x, y = longitude - 105.0, latitude - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north_m += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north_m += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east_m += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east_m += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    phi = np.radians(latitude)
    bulge = 1 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    radius = _AXIS_M / np.sqrt(bulge)
    meridian = _AXIS_M * (1 - _ECCENTRICITY_2) / bulge**1.5
    return np.degrees(east_m / (radius * np.cos(phi))), np.degrees(north_m / meridian)
