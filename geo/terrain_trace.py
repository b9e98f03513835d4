"""What terrain does to a path, of any frequency: the compiled twin of ``geo.p1812_path`` over a fan of profiles.

:func:`trace` follows the terrain from one mast and leaves seven numbers per receiver; only ``geo.terrain_loss``, which
turns them into a loss, depends on frequency.
"""

from math import acos, cos, log10, pi, sin, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import kept, part

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LENGTH, SPREAD, NU, SMOOTH_NU, ABOVE_MAST, ABOVE_RECEIVER, FALL = range(7)
"""Columns of a trace: path in km; free-space loss at 1 GHz in dB; diffraction parameter of the terrain's edge and of
the smooth Earth's, times the root of the wavelength in m; both antennas above the smooth surface in m; how steeply the
path falls as it leaves the mast, m/km. Where the smooth Earth can take nothing from any frequency, its diffraction
parameter is a bound."""
TRACES = 7

_NO_EDGE_NU = -0.78
_LONGEST_WAVE_M = 1.0
_CLEAR = 17.456
"""Clearance over a smooth sphere that takes nothing from the longest wave."""
_NEAREST_KM = 0.02
_BLOCK = 16
_RADIALS = 2.0
"""Radials in a step along the rim. 1.25 of them take a tenth less time, but spread 1.2 dB about exact profiles where
phones hear, and not 0.75."""


class Ground(NamedTuple):
    """A raster of terrain in a metric plane."""

    height_m: Singles
    """Above sea level, shape (rows, columns), without gaps."""
    clutter_m: Singles
    """Above ground; the shape of ``height_m``, or (1, 1) for one value everywhere."""
    west_m: float
    north_m: float
    pixel_m: float


class Mast(NamedTuple):
    """Where a fan of profiles begins, and how it is drawn."""

    x_m: float
    y_m: float
    antenna_m: float
    """Above ground."""
    receiver_m: float
    """Receivers above ground."""
    step_m: float
    """Between two points of a profile."""
    radius_m: float
    earth_radius_km: float
    """Median effective radius of the Earth."""


@kept
def _sample(values: Any, ground: Any, x: float, y: float) -> float:
    """Bilinear value of a raster at a place in its plane."""
    per = 1.0 / ground.pixel_m
    return float(_bilinear(values, (x - ground.west_m) * per - 0.5, (ground.north_m - y) * per - 0.5))


@kept
def _bilinear(values: Any, right: float, down: float) -> float:
    """Bilinear value of a raster, so many pixels from the middle of its first one; the edge goes on outside."""
    rows, columns = values.shape
    if rows == 1 and columns == 1:
        return float(values[0, 0])
    right = min(max(right, 0.0), columns - 1.0)
    down = min(max(down, 0.0), rows - 1.0)
    column, row = min(int(right), columns - 2), min(int(down), rows - 2)
    u, v = right - column, down - row
    top = values[row, column] * (1.0 - u) + values[row, column + 1] * u
    bottom = values[row + 1, column] * (1.0 - u) + values[row + 1, column + 1] * u
    return float(top * (1.0 - v) + bottom * v)


@kept
def _turns(east: float, north: float) -> float:
    """Bearing from 0 to 1, within 2e-6 (Abramowitz and Stegun, 4.4.47)."""
    long, short = max(abs(east), abs(north)), min(abs(east), abs(north))
    z = short / long if long > 0.0 else 0.0
    z2 = z * z
    turn = z * (0.9998660 + z2 * (-0.3302995 + z2 * (0.1801410 + z2 * (-0.0851330 + z2 * 0.0208351)))) / (2.0 * pi)
    turn = turn if abs(east) <= abs(north) else 0.25 - turn
    turn = turn if north >= 0.0 else 0.5 - turn
    return turn if east >= 0.0 else 1.0 - turn


@kept
def _by_profile(mast: Any, x: Any, y: Any, radials: int, steps: int) -> Any:
    """Sort receivers by radial and step. Returns their order and where each (radial, step) begins in it."""
    count = np.zeros(radials * (steps + 1) + 1, np.int32)
    key = np.empty(len(x), np.int32)
    for i in range(len(x)):
        dx, dy = x[i] - mast.x_m, y[i] - mast.y_m
        radial = int(_turns(dx, dy) * radials + 0.5) % radials
        step = min(max(int(sqrt(dx * dx + dy * dy) / mast.step_m - 0.5), 0), steps)
        key[i] = radial * (steps + 1) + step
        count[key[i] + 1] += 1
    for i in range(1, len(count)):
        count[i] += count[i - 1]
    order = np.empty(len(x), np.int32)
    free = count[:-1].copy()
    for i in range(len(x)):
        order[free[key[i]]] = i
        free[key[i]] += 1
    return order, count


@kept
def _block(last: int, block: int) -> tuple[int, int]:
    """First and last point of a block, of the points 1 to ``last``."""
    return max(block * _BLOCK, 1), min(block * _BLOCK + _BLOCK - 1, last)


@kept
def _extremes(
    d: Any, bare: Any, drop: Any, tops: Any, drop_tops: Any, last: int, length: float, top: float, eye: float,
    low_eye: float, most: tuple[float, float, float],
) -> tuple[float, float, float]:  # fmt: skip
    """Steepest slopes from a receiver back up to sunken and to bare points, and greatest bare height above the ray.

    Each at least what ``most`` holds. A block is passed over if its highest point, put where it would count most,
    changes nothing. All three at once: what costs time is that no processor can foresee which blocks count.
    """
    back, bare_back, highest = most
    ray = (eye - top) / length
    for block in range(last // _BLOCK, -1, -1):
        first, end = _block(last, block)
        far, near = length - d[first], length - d[end]
        rise, bare_rise = drop_tops[block] - low_eye, tops[block] - eye
        if (
            (rise <= back * (near if rise > 0 else far))
            & (bare_rise <= bare_back * (near if bare_rise > 0 else far))
            & (tops[block] - top - ray * (d[first] if ray > 0 else d[end]) <= highest)
        ):
            continue
        for i in range(first, end + 1):
            per_km = 1.0 / (length - d[i])
            back = max(back, (drop[i] - low_eye) * per_km)
            bare_back = max(bare_back, (bare[i] - eye) * per_km)
            highest = max(highest, bare[i] - top - ray * d[i])
    return back, bare_back, highest


@kept
def _closest(d: Any, drop: Any, tops: Any, last: int, length: float, start: float, slope: float, least: float) -> float:
    """Square of the least clearance of a clear ray in Fresnel's measure, ``c^2 d / (d1 d2)``; blocks as above."""
    for block in range(last // _BLOCK, -1, -1):
        first, end = _block(last, block)
        room = start + slope * (d[first] if slope > 0 else d[end]) - tops[block]
        middle = min(max(length / 2.0, d[first]), d[end])
        if room > 0 and room * room * length >= least * middle * (length - middle):
            continue
        for i in range(first, end + 1):
            clear = start + slope * d[i] - drop[i]
            least = min(least, clear * clear * length / (d[i] * (length - d[i])))
    return least


@kept
def _smooth_nu(length: float, mast: float, receiver: float, radius: float) -> float:
    """Diffraction parameter over a smooth sphere for a wave of 1 m; negative while the path is clear."""
    horizon = sqrt(0.002 * radius) * (sqrt(mast) + sqrt(receiver))
    if length < horizon:
        both = mast + receiver
        m = 250.0 * length * length / (radius * both)
        third = acos(1.5 * (mast - receiver) / both * sqrt(3.0 * m / (m + 1.0) ** 3)) / 3.0
        near = length / 2.0 * (1.0 + 2.0 * sqrt((m + 1.0) / (3.0 * m)) * cos(pi / 3.0 + third))
        far = length - near
        clear = (mast - 500.0 * near * near / radius) * far + (receiver - 500.0 * far * far / radius) * near
        return -clear / length * sqrt(0.002 * length / (near * far))
    down = 500.0 * length / radius
    slope_mast, slope_receiver = down - 2.0 * sqrt(500.0 * mast / radius), down - 2.0 * sqrt(500.0 * receiver / radius)
    at = (receiver - mast + slope_receiver * length) / (slope_mast + slope_receiver)
    above = mast + slope_mast * at - (mast * (length - at) + receiver * at) / length
    return above * sqrt(0.002 * length / (at * (length - at)))


@kept
def trace(ground: Ground, mast: Mast, x_m: Floats, y_m: Floats) -> Singles:
    """Follow the terrain from a mast to receivers.

    Profiles are drawn on a fan of radials, half a step apart at the rim; a receiver takes the nearest of them as
    far as two steps short of itself. The last point before it is its own, one step away on its own line: near a low
    antenna that point decides, above all where it bears clutter.

    Parameters
    ----------
    ground
        Terrain; it must reach around all receivers.
    mast
        The antenna and how the fan is drawn.
    x_m, y_m
        Receivers in the plane of the terrain, shape (receivers,), within the radius.

    Returns
    -------
    numpy.ndarray
        float32, shape (receivers, 7); columns as named above.
    """
    out = np.empty((len(x_m), TRACES), np.float32)
    steps = int(np.ceil(mast.radius_m / mast.step_m)) + 1
    radials = int(np.ceil(_RADIALS * 2.0 * pi * mast.radius_m / mast.step_m))
    order, begins = _by_profile(mast, x_m, y_m, radials, steps)
    step, bend = mast.step_m / 1000.0, 500.0 / mast.earth_radius_km
    d = np.arange(steps + 1) * step
    bulge, per_km = bend * d * d, 1.0 / d
    pixels = mast.step_m / ground.pixel_m
    mast_right = (mast.x_m - ground.west_m) / ground.pixel_m - 0.5
    mast_down = (ground.north_m - mast.y_m) / ground.pixel_m - 0.5
    # Ground above sea level; ground and clutter as they sink with the Earth's bend; the highest of each block.
    bare, drop = np.empty_like(d), np.empty_like(d)
    tops, drop_tops = np.empty(steps // _BLOCK + 1), np.empty(steps // _BLOCK + 1)
    foot = bare[0] = _sample(ground.height_m, ground, mast.x_m, mast.y_m)
    top = foot + mast.antenna_m
    for radial in range(radials):
        offset, farthest = radial * (steps + 1), steps
        while farthest >= 0 and begins[offset + farthest] == begins[offset + farthest + 1]:
            farthest -= 1
        east, north = sin(2.0 * pi * radial / radials), cos(2.0 * pi * radial / radials)
        steep = bare_steep = -np.inf
        v1 = v2 = 0.0
        for k in range(farthest + 1):
            # The points 1 to k - 1 lie before the receivers of step k and their own last points.
            for at in range(begins[offset + k], begins[offset + k + 1]):
                i = order[at]
                _receive(
                    out,
                    i,
                    x_m[i],
                    y_m[i],
                    ground,
                    mast,
                    d,
                    bare,
                    drop,
                    tops,
                    drop_tops,
                    k - 1,
                    steep,
                    bare_steep,
                    v1,
                    v2,
                )
            if k == 0:
                continue
            right, down = mast_right + east * k * pixels, mast_down - north * k * pixels
            bare[k] = _bilinear(ground.height_m, right, down)
            drop[k] = bare[k] + _bilinear(ground.clutter_m, right, down) - bulge[k]
            steep, bare_steep = max(steep, (drop[k] - top) * per_km[k]), max(bare_steep, (bare[k] - top) * per_km[k])
            v1 += _area(d[k - 1], d[k], bare[k - 1], bare[k])
            v2 += _moment(d[k - 1], d[k], bare[k - 1], bare[k])
            if k == 1 or k % _BLOCK == 0:
                tops[k // _BLOCK], drop_tops[k // _BLOCK] = bare[k], drop[k]
            else:
                tops[k // _BLOCK] = max(tops[k // _BLOCK], bare[k])
                drop_tops[k // _BLOCK] = max(drop_tops[k // _BLOCK], drop[k])
    return out


@part
def _receive(
    out: Any,
    i: int,
    x: float,
    y: float,
    ground: Any,
    mast: Any,
    d: Any,
    bare: Any,
    drop: Any,
    tops: Any,
    drop_tops: Any,
    last: int,
    steep: float,
    bare_steep: float,
    v1: float,
    v2: float,
) -> None:
    """Fill row ``i`` for a receiver: the points 1 to ``last`` of the radial and one of its own lie before it.

    ``steep`` and ``bare_steep`` are the steepest slopes up to those points, ``v1`` and ``v2`` reach to the last.
    """
    step, foot, bend = mast.step_m / 1000.0, bare[0], 500.0 / mast.earth_radius_km
    top = foot + mast.antenna_m
    dx, dy = x - mast.x_m, y - mast.y_m
    length = max(sqrt(dx * dx + dy * dy) / 1000.0, _NEAREST_KM)
    floor = _sample(ground.height_m, ground, x, y)
    eye, curve = floor + mast.receiver_m, bend * length * length
    nu, leave = _NO_EDGE_NU, (eye - curve - top) / length
    low_mast, low_receiver, own, before, edge = foot, floor, 0.0, 0.0, 0.0
    if length > 1.5 * step:
        own = length - step
        own_x, own_y = mast.x_m + dx * own / length, mast.y_m + dy * own / length
        before = _sample(ground.height_m, ground, own_x, own_y)
        edge = before + _sample(ground.clutter_m, ground, own_x, own_y) - bend * own * own
        seen = max(last, 0)
        low_mast, low_receiver = _fitted_line(
            v1 + _area(d[seen], own, bare[seen], before) + _area(own, length, before, floor),
            v2 + _moment(d[seen], own, bare[seen], before) + _moment(own, length, before, floor),
            length,
        )
    above_mast, above_receiver = top - min(low_mast, foot), eye - min(low_receiver, floor)
    clearance = _least_smooth_clearance(length, above_mast, above_receiver, mast.earth_radius_km)
    if length > 1.5 * step:
        # Lowering the smooth surface only clears it more.
        lower = clearance < _CLEAR
        nu, leave, down_mast, down_receiver = _obstacles(
            d, bare, drop, tops, drop_tops, last, length, top, eye, eye - curve, own, before, edge, steep,
            bare_steep, lower,
        )  # fmt: skip
        if lower:
            above_mast = top - min(low_mast - down_mast, foot)
            above_receiver = eye - min(low_receiver - down_receiver, floor)
            clearance = _least_smooth_clearance(length, above_mast, above_receiver, mast.earth_radius_km)
    if clearance < _CLEAR:
        smooth_nu = _smooth_nu(length, above_mast, above_receiver, mast.earth_radius_km)
    else:
        smooth_nu = -sqrt(0.002) * clearance
    rise = (top - eye) / 1000.0
    out[i, LENGTH], out[i, SPREAD] = length, 92.4 + 10.0 * log10(length * length + rise * rise)
    out[i, NU], out[i, FALL] = nu, -leave
    out[i, SMOOTH_NU], out[i, ABOVE_MAST], out[i, ABOVE_RECEIVER] = smooth_nu, above_mast, above_receiver


@kept
def _area(d: float, to: float, h: float, to_h: float) -> float:
    return (to - d) * (h + to_h)


@kept
def _moment(d: float, to: float, h: float, to_h: float) -> float:
    return (to - d) * (to_h * (2.0 * to + d) + h * (to + 2.0 * d))


@part
def _obstacles(
    d: Any, bare: Any, drop: Any, tops: Any, drop_tops: Any, last: int, length: float, top: float, eye: float,
    low_eye: float, own: float, before: float, edge: float, steep: float, bare_steep: float, lower: bool,  # noqa: FBT001 - compiled
) -> tuple[float, float, float, float]:  # fmt: skip
    """Find what the terrain does to a path.

    Returns the diffraction parameter of its edge for a wave of 1 m, the slope under which the path leaves, and how far
    the smooth surface is lowered at the mast and at the receiver, because ground rises above the ray. ``before`` is the
    ground of the receiver's own last point at ``own``, ``edge`` its height as it sinks, clutter included; ``steep`` and
    ``bare_steep`` are the steepest slopes up to the other points. Lowering is worked out where it is asked.
    """
    ray, bare_ray = (low_eye - top) / length, (eye - top) / length
    slope, bare_slope = max(steep, (edge - top) / own), max(bare_steep, (before - top) / own)
    back, bare_back = (edge - low_eye) / (length - own), (before - eye) / (length - own)
    highest = before - top - bare_ray * own
    if not lower:
        bare_slope, bare_back, highest = -np.inf, np.inf, np.inf
    if last > 0 and (slope >= ray or bare_slope > bare_ray):
        back, bare_back, highest = _extremes(
            d, bare, drop, tops, drop_tops, last, length, top, eye, low_eye, (back, bare_back, highest)
        )
    down_mast = down_receiver = 0.0
    if bare_slope > bare_ray:
        down_mast = highest * (bare_slope - bare_ray) / (bare_slope + bare_back)
        down_receiver = highest - down_mast
    if slope < ray:
        clear = top + ray * own - edge
        least = min(clear * clear * length / (own * (length - own)), _NO_EDGE_NU**2 * _LONGEST_WAVE_M / 0.002)
        if last > 0:
            least = _closest(d, drop, drop_tops, last, length, top, ray, least)
        return -sqrt(0.002 * least), ray, down_mast, down_receiver
    at = (low_eye - top + back * length) / (slope + back)
    nu = (slope - ray) * at * sqrt(0.002 * length / (at * (length - at)))
    return nu, slope, down_mast, down_receiver


@kept
def _fitted_line(v1: float, v2: float, length: float) -> tuple[float, float]:
    """Heights above sea level of the straight line fitted to the ground, at the mast and at the receiver."""
    return (2.0 * v1 * length - v2) / length**2, (v2 - v1 * length) / length**2


@kept
def _least_smooth_clearance(length: float, mast: float, receiver: float, radius: float) -> float:
    """Bound from below of a ray's clearance over a smooth sphere, in Fresnel's measure ``c / sqrt(d1 d2 / d)``.

    Of the ray's height the geometric mean of its two parts is taken, of the bulge its greatest height.
    """
    return 2.0 * sqrt(mast * receiver / length) - 250.0 * length * sqrt(length) / radius
