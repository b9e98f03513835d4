"""Times the terrain sweep beside SPLAT and gdal_viewshed, checks it against exact profiles, and runs a province.

What an outage does is taken from the strongest sites that were kept, beside predicting the sites that are up again.

    python -m benchmarks.coverage [--province]

One site in the middle of a real elevation model (3 arc-seconds, in the matplotlib package; beyond its rim the last
height goes on) reaches every pixel of 90 m within 20 km: our sweep, SPLAT's Longley-Rice and gdal_viewshed do the same
job, in CPU seconds of one run. SPLAT and gdal_viewshed are Debian's ``splat`` and ``gdal-bin``, pycraf is PyPI's; what
is not installed is left out and said. Our own figures are of a process that has compiled before.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from matplotlib import cbook
from pyproj import Transformer
from rasterio.transform import from_origin
from scipy.ndimage import map_coordinates

from geo.antenna import pattern_loss_db
from geo.coverage import Reached, flat_sites, predict_grid
from geo.crs import LONLAT, Grid, grid_over
from geo.gather import gather
from geo.outage import outage_effect, serving
from geo.p1812 import Link, basic_loss_db
from geo.p1812_path import INLAND, Atmosphere, Profile
from geo.propagation import along, loss_line
from geo.servers import NOBODY, Servers
from geo.sweep import Reach, sweep_sites
from geo.terrain import Terrain, read_terrain
from geo.terrain_loss import median_loss_db
from geo.terrain_trace import Mast, trace
from geo.trace_cache import TraceCache

PIXEL_M, RADIUS_M, ANTENNA_M, RECEIVER_M, MHZ = 90.0, 20_000.0, 30.0, 1.5, 900.0
LAPSE, REFRACTIVITY = 45.0, 325.0
EARTH_KM = Atmosphere(LAPSE).median_radius_km
THRESHOLDS_DB = (130.0, 140.0, 150.0)
CHECKED = 4000
THRESHOLD_DBM, KEPT = -105.0, 8
DOWN = (1, 20, 100)
"""Sites that are down at once."""
RUNS = 5
SITE = (-84.2458, 36.5896)
"""Longitude and latitude of the middle of the model."""


def cpu_s(job: Callable[[], object], runs: int = RUNS) -> float:
    """Return the least CPU time of some runs, after one that compiles; child processes count."""
    job()

    def spent() -> float:
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    times = []
    for _ in range(runs):
        start = spent()
        job()
        times.append(spent() - start)
    return min(times)


def real_terrain(folder: Path) -> tuple[Terrain, Path]:
    """Return the model on a metric grid, and a raster of the same heights for GDAL."""
    data = cbook.get_sample_data("jacksboro_fault_dem.npz")
    height, north = data["elevation"], max(float(data["ymin"]), float(data["ymax"]))
    source = folder / "lonlat.tif"
    write_raster(
        source, height, "EPSG:4326", from_origin(float(data["xmin"]), north, float(data["dx"]), float(data["dy"]))
    )
    south, east = north - height.shape[0] * float(data["dy"]), float(data["xmin"]) + height.shape[1] * float(data["dx"])
    inset = 0.002
    box = shapely.box(float(data["xmin"]) + inset, south + inset, east - inset, north - inset)
    areas = gpd.GeoDataFrame(geometry=[box], crs=4326)
    terrain = read_terrain(source, grid_over(areas, PIXEL_M, margin_px=90), areas)
    metric, grid = folder / "metric.tif", terrain.grid
    write_raster(metric, terrain.height_m, grid.crs.to_wkt(), from_origin(grid.west_m, grid.north_m, PIXEL_M, PIXEL_M))
    return terrain, metric


def write_raster(path: Path, values: Any, crs: str, transform: Any) -> None:
    """Write one band."""
    profile = {"driver": "GTiff", "count": 1, "dtype": values.dtype, "crs": crs, "transform": transform}
    with rasterio.open(path, "w", height=values.shape[0], width=values.shape[1], **profile) as out:
        out.write(values, 1)


def mast_at(terrain: Terrain, step_m: float = PIXEL_M, radius_m: float = RADIUS_M) -> Mast:
    """Return the site in the middle."""
    x, y = terrain.grid.to_plane(*SITE)
    return Mast(float(x), float(y), ANTENNA_M, RECEIVER_M, step_m, radius_m, EARTH_KM)


def pixels(grid: Grid, mast: Mast) -> tuple[Any, Any]:
    """Return the pixels within the radius."""
    x, y = np.meshgrid(grid.x_m, grid.y_m)
    within = np.hypot(x - mast.x_m, y - mast.y_m) <= mast.radius_m
    return x[within], y[within]


def one_site(terrain: Terrain, metric: Path, folder: Path) -> None:
    """Time the same job in three programs."""
    mast = mast_at(terrain)
    x, y = pixels(terrain.grid, mast)
    ground = terrain.ground()
    traced = trace(ground, mast, x, y)
    tracing = cpu_s(lambda: trace(ground, mast, x, y))
    band = cpu_s(lambda: median_loss_db(traced, MHZ / 1000, EARTH_KM))
    ours = tracing + band
    print(f"one site, {len(x):,} pixels of {PIXEL_M:.0f} m within {RADIUS_M / 1000:.0f} km, {MHZ:.0f} MHz; CPU seconds")
    print(f"  terrain sweep            {ours:8.4f}   trace {tracing:.4f}, each further band {band:.4f}")
    splat = splat_s(terrain, folder)
    if splat is not None:
        print(f"  SPLAT -olditm            {splat:8.2f}   {splat / ours:.1f} times ours (goal: at least 20)")
        print(f"    three bands            {3 * splat:8.2f}   {3 * splat / (tracing + 3 * band):.1f} times ours")
    if shutil.which("gdal_viewshed") is None:
        print("  gdal_viewshed is not installed (apt-get install gdal-bin)")
        return
    viewshed = cpu_s(lambda: run_viewshed(metric, mast, folder))
    start = cpu_s(lambda: subprocess.run(["gdal_viewshed", "--help"], check=False, capture_output=True))
    print(f"  gdal_viewshed            {viewshed:8.4f}   ours is {ours / viewshed:.2f} times it (goal: at most 1.2)")
    print(f"    without its start      {viewshed - start:8.4f}   ours is {ours / (viewshed - start):.1f} times that")


def run_viewshed(metric: Path, mast: Mast, folder: Path) -> None:
    """See from the site."""
    where = ["-ox", str(mast.x_m), "-oy", str(mast.y_m), "-oz", str(ANTENNA_M), "-tz", str(RECEIVER_M)]
    out = [str(metric), str(folder / "seen.tif")]
    subprocess.run(["gdal_viewshed", "-q", *where, "-md", str(RADIUS_M), *out], check=True, capture_output=True)


def splat_s(terrain: Terrain, folder: Path) -> float | None:
    """Return SPLAT's CPU time for the same site, radius and pixel; None where it is not installed."""
    if shutil.which("splat") is None:
        print("  SPLAT is not installed (apt-get install splat)")
        return None
    longitude, latitude = SITE
    (folder / "tx.qth").write_text(f"TX\n{latitude}\n{-longitude}\n{ANTENNA_M} meters\n")
    (folder / "tx.lrp").write_text(f"15.0\n0.005\n301.0\n{MHZ}\n5\n1\n0.5\n0.5\n")
    side = 1200
    west, south = (84 + np.arange(side) / side), (36 + np.arange(side) / side)
    x, y = terrain.grid.to_plane(*np.broadcast_arrays(-west[None, :], south[:, None]))
    grid = terrain.grid
    at = [(grid.north_m - y) / PIXEL_M - 0.5, (x - grid.west_m) / PIXEL_M - 0.5]
    heights = map_coordinates(terrain.height_m, at, order=1, mode="nearest").round().astype(int)
    lines = [85, 36, 84, 37, *heights.ravel().tolist()]
    (folder / "36:37:84:85.sdf").write_text("\n".join(map(str, lines)) + "\n")
    command = [
        "splat",
        "-t",
        "tx.qth",
        "-L",
        str(RECEIVER_M),
        "-metric",
        "-R",
        str(RADIUS_M / 1000),
        "-olditm",
        "-N",
        "-n",
    ]
    command += ["-d", ".", "-o", "out.ppm"]
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if "Longley-Rice" not in done.stdout and "ITM" not in done.stdout.upper():
        raise RuntimeError(f"SPLAT did not predict path loss:\n{done.stdout}")
    return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


def exact_profile(terrain: Terrain, mast: Mast, x: float, y: float) -> Profile:
    """Return the profile along the straight line from the site, a point every pixel."""
    length = float(np.hypot(x - mast.x_m, y - mast.y_m))
    points = max(round(length / PIXEL_M), 4) + 1
    share = np.linspace(0, 1, points)
    grid = terrain.grid
    px, py = mast.x_m + share * (x - mast.x_m), mast.y_m + share * (y - mast.y_m)
    at = [(grid.north_m - py) / PIXEL_M - 0.5, (px - grid.west_m) / PIXEL_M - 0.5]
    height = map_coordinates(terrain.height_m.astype(float), at, order=1, mode="nearest")
    return Profile(share * length / 1000, height, np.zeros(points), np.full(points, INLAND), ANTENNA_M, RECEIVER_M)


def accuracy(terrain: Terrain) -> None:
    """Compare the sweep with the whole of P.1812-8 along exact profiles, and that with pycraf's P.452."""
    mast = mast_at(terrain)
    x, y = pixels(terrain.grid, mast)
    far = np.flatnonzero(np.hypot(x - mast.x_m, y - mast.y_m) > 5 * PIXEL_M)
    picked = np.random.default_rng(7).choice(far, CHECKED, replace=False)
    swept = median_loss_db(trace(terrain.ground(), mast, x, y), MHZ / 1000, EARTH_KM)[picked]
    profiles = [exact_profile(terrain, mast, x[i], y[i]) for i in picked]
    atmosphere = Atmosphere(LAPSE, REFRACTIVITY)
    start = time.process_time()
    exact = np.array([basic_loss_db(profile, Link(MHZ), SITE[1], atmosphere) for profile in profiles])
    each_ms = (time.process_time() - start) / CHECKED * 1000
    print(
        f"accuracy at {CHECKED:,} random pixels, {MHZ:.0f} MHz, median; the plain reference takes {each_ms:.2f} ms each"
    )
    report("sweep less P.1812-8 along exact profiles", swept, exact)
    try:
        other = pycraf_db(profiles)
    except ImportError:
        print("  pycraf is not installed (pip install pycraf)")
        return
    report("P.1812-8 less pycraf's P.452-16, same profiles", exact, other)
    report("sweep less pycraf's P.452-16", swept, other)


def report(what: str, ours: Any, theirs: Any) -> None:
    """Print mean, spread and agreement of two losses."""
    difference = ours - theirs
    heard = theirs <= THRESHOLDS_DB[-1]
    agree = ", ".join(f"{((ours <= t) == (theirs <= t)).mean():.2%} at {t:.0f} dB" for t in THRESHOLDS_DB)
    for which, those in ((f"up to {THRESHOLDS_DB[-1]:.0f} dB", difference[heard]), ("all", difference)):
        print(f"  {what}, {which}: {len(those):,}, mean {those.mean():+.2f} dB, sd {those.std():.2f} dB")
    print(f"    covered alike {agree}")


def pycraf_db(profiles: list[Profile]) -> Any:
    """Return the whole loss of P.452-16 as pycraf predicts it."""
    from astropy import units as u  # noqa: PLC0415 - not a dependency
    from pycraf import conversions, pathprof  # noqa: PLC0415

    losses = []
    for profile in profiles:
        km = profile.distance_km
        path = pathprof.PathProp(
            MHZ / 1000 * u.GHz, 288.15 * u.K, 1013.25 * u.hPa, SITE[0] * u.deg, SITE[1] * u.deg, SITE[0] * u.deg,
            (SITE[1] + km[-1] / 111.2) * u.deg, ANTENNA_M * u.m, RECEIVER_M * u.m, PIXEL_M * u.m, 50 * u.percent,
            polarization=1, version=16, delta_N=LAPSE / u.km, N0=REFRACTIVITY * u.dimensionless_unscaled,
            hprof_dists=km * u.km, hprof_heights=profile.height_m * u.m, hprof_bearing=0 * u.deg,
            hprof_backbearing=180 * u.deg, d_tm=km[-1] * u.km, d_lm=km[-1] * u.km,
        )  # fmt: skip
        whole = pathprof.loss_complete(path, 0 * conversions.dBi, 0 * conversions.dBi)[4]
        losses.append(float(whole.value))
    return np.array(losses)


def flat_ground() -> None:
    """Time the compiled prediction without terrain beside the same in plain numpy."""
    areas = gpd.GeoDataFrame(geometry=[shapely.box(101.0, 35.0, 102.0, 35.8)], crs=4326)
    grid = grid_over(areas, 250.0)
    cells = random_cells(grid, 900).assign(tilt_deg=4.0)
    compiled = cpu_s(lambda: predict_grid(cells, grid, radius_km=RADIUS_M / 1000, receiver_height_m=RECEIVER_M), 3)
    plain = cpu_s(lambda: plain_hata(cells, grid), 1)
    print(f"without terrain, {len(cells)} cells within 20 km on pixels of 250 m; CPU seconds")
    print(f"  compiled {compiled:.3f}, plain numpy {plain:.2f}: {plain / compiled:.1f} times (goal: at least 10)")
    outages(cells, grid, partial(flat_sites, where=grid, radius_km=RADIUS_M / 1000, receiver_height_m=RECEIVER_M))


def outages(cells: pd.DataFrame, grid: Grid, sites: Callable[[pd.DataFrame], Iterator[Reached]]) -> None:
    """Time the effect of outages beside predicting the sites that are up, and see that both say the same."""
    pixels = grid.shape[0] * grid.shape[1]

    def predicted(up: Any, kept: int, only: Any = None) -> Servers:
        numbers = np.flatnonzero(up).astype(np.int32)
        reached = sites(cells.iloc[numbers].reset_index(drop=True))
        named = (one._replace(server=numbers[one.server]) for one in reached)
        return gather(named, pixels, kept=kept, threshold_dbm=THRESHOLD_DBM, only=only)

    start = time.process_time()
    servers = predicted(np.ones(len(cells), bool), KEPT)
    print(f"  {KEPT} strongest sites of {pixels:,} pixels kept: {time.process_time() - start:.1f} CPU s, "
          f"{(servers.cell.nbytes + servers.step.nbytes + servers.depth.nbytes) / 1e6:,.0f} MB")  # fmt: skip
    masts = cells.drop_duplicates("site_id")
    away = np.hypot(masts["longitude"] - masts["longitude"].iloc[0], masts["latitude"] - masts["latitude"].iloc[0])
    nearest = masts["site_id"].to_numpy()[np.argsort(away.to_numpy())]
    for count in DOWN:
        down = cells["site_id"].isin(nearest[:count]).to_numpy()
        quick = cpu_s(lambda: outage_effect(servers, down, count))  # noqa: B023 - called at once
        effect = outage_effect(servers, down, count)
        start = time.process_time()
        truth = predicted(~down, 1)
        again = time.process_time() - start
        by = serving(servers, effect)
        decided = np.ones(pixels, bool)
        decided[effect.undecided] = False
        decided[effect.taken[effect.by == NOBODY]] = False
        alike = np.array_equal(by[decided], np.where(truth.served, truth.cell[:, 0].astype(np.int32), -1)[decided])
        print(f"  {count:,} neighbouring sites down: {quick * 1000:.1f} CPU ms, predicting again {again:.1f} s, "
              f"{again / quick:,.0f} times (goal: at least 10); {len(effect.lost):,} pixels lost, "
              f"{len(effect.taken):,} taken over; {'the same' if alike else 'NOT THE SAME'}, "
              f"{(~decided).sum():,} beyond what is kept")  # fmt: skip


def plain_hata(cells: pd.DataFrame, grid: Grid) -> Any:
    """Predict the best level as a page of numpy would: every cell over its pixels at once."""
    best = np.full(grid.shape, -np.inf)
    x, y = np.meshgrid(grid.x_m, grid.y_m)
    masts = grid.to_plane(cells["longitude"], cells["latitude"])
    for cell, mast_x, mast_y in zip(cells.itertuples(), *masts, strict=True):
        away = np.hypot(x - mast_x, y - mast_y)
        near = away <= RADIUS_M
        line = loss_line(cell.band_mhz, cell.antenna_height_m, RECEIVER_M, cell.environment)
        off = np.degrees(np.arctan2(x[near] - mast_x, y[near] - mast_y)) - cell.azimuth_deg
        below = np.degrees(np.arctan2(cell.antenna_height_m - RECEIVER_M, away[near]))
        level = cell.reference_power_dbm + cell.antenna_gain_dbi - along(away[near] / 1000, *line)
        best[near] = np.maximum(best[near], level - pattern_loss_db(off, below, 4.0))
    return best


def random_cells(grid: Grid, count: int) -> pd.DataFrame:
    """Return cells on random masts, three sectors each."""
    rng = np.random.default_rng(11)
    masts = -(-count // 3)
    west, south, east, north = grid.bounds_m
    x, y = rng.uniform(west, east, masts), rng.uniform(south, north, masts)
    longitude, latitude = Transformer.from_crs(grid.crs, LONLAT, always_xy=True).transform(x, y)
    sector = np.arange(count)
    return pd.DataFrame(
        {
            "cell_id": sector.astype(str),
            "site_id": (sector // 3).astype(str),
            "band_mhz": 900.0,
            "longitude": longitude[sector // 3],
            "latitude": latitude[sector // 3],
            "antenna_height_m": rng.uniform(20, 50, masts).round()[sector // 3],
            "azimuth_deg": 120.0 * (sector % 3),
            "mechanical_tilt_deg": 2.0,
            "electrical_tilt_deg": 4.0,
            "environment": "open",
            "reference_power_dbm": 15.0,
            "antenna_gain_dbi": 15.0,
        }
    )


def province(terrain: Terrain, cells_wanted: int, folder: Path) -> None:
    """Keep the strongest sites of every pixel of a province of 600 x 400 km, from nothing and again.

    The model is mirrored until it fills the province.
    """
    step = 100.0
    west, north, width, height = -300_000.0, 200_000.0, 600_000.0, 400_000.0
    grid = Grid(terrain.grid.crs, west, north, 250.0, (int(height / 250), int(width / 250)))
    shape = (int((height + 2 * RADIUS_M) / step), int((width + 2 * RADIUS_M) / step))
    rows, columns = (
        np.abs((np.arange(n) + m) % (2 * m) - m + 0.5).astype(int)
        for n, m in zip(shape, terrain.grid.shape, strict=True)
    )
    wide = Grid(terrain.grid.crs, west - RADIUS_M, north + RADIUS_M, step, shape)
    ground = np.ascontiguousarray(terrain.height_m[np.ix_(rows, columns)])
    land = Terrain(wide, ground, None, "mirrored", 0.0)
    cells = random_cells(grid, cells_wanted)
    reach = Reach(radius_km=RADIUS_M / 1000, receiver_height_m=RECEIVER_M, lapse_rate=LAPSE)
    pixels = grid.shape[0] * grid.shape[1]
    gather(sweep_sites(cells[:3], grid, land, reach), pixels, kept=KEPT, threshold_dbm=THRESHOLD_DBM)
    masts = -(-cells_wanted // 3)
    print(f"{cells_wanted:,} cells on {masts:,} masts over 600 x 400 km, profiles every {step:.0f} m, pixels of 250 m, "
          f"{KEPT} strongest sites kept")  # fmt: skip
    for what in ("traced anew", "traces kept"):
        cache, start, cpu = TraceCache(folder / "traces"), time.perf_counter(), time.process_time()
        reached = sweep_sites(cells, grid, land, reach, cache)
        servers = gather(reached, pixels, kept=KEPT, threshold_dbm=THRESHOLD_DBM)
        wall, spent = time.perf_counter() - start, time.process_time() - cpu
        took = f"{wall:.0f} s, {spent:.0f} CPU s, {spent / masts * 1000:.1f} CPU ms a mast"
        covered = f"{servers.served.mean():.0%} covered, by {servers.depth.mean():.1f} sites on average"
        print(f"  {what}: {took}; {cache.made:,} made, {cache.kept:,} kept; {covered}", flush=True)
    if "--province" not in sys.argv:
        cache = TraceCache(folder / "traces")
        outages(cells, grid, partial(sweep_sites, where=grid, terrain=land, reach=reach, cache=cache))
    kept = sum(path.stat().st_size for path in (folder / "traces").iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory at most {peak:,.0f} MB; traces {kept / 1e9:.1f} GB on disk")


def main() -> None:
    """Run all parts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        terrain, metric = real_terrain(folder)
        low, high = terrain.height_m.min(), terrain.height_m.max()
        print(f"terrain: {terrain.grid.shape[1]} x {terrain.grid.shape[0]} pixels, {low:.0f} to {high:.0f} m")
        one_site(terrain, metric, folder)
        accuracy(terrain)
        flat_ground()
        province(terrain, 30_000 if "--province" in sys.argv else 900, folder)


if __name__ == "__main__":
    main()
