"""Hours by road: by distance alone, and longer where the straight line climbs and falls."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.transform import from_origin
from rasterio.windows import Window

from ops_platform.errors import PermanentError
from ops_platform.maintenance.power_events import clock_now
from ops_platform.maintenance.terrain import relief_m
from ops_platform.maintenance.travel import RoadTravel, TerrainTravel, travel_of
from ops_platform.platform import Platform
from ops_platform.policy import PowerPolicy
from ops_platform.settings import Settings
from tests.maintenance.builders import alarm, at, store

POLICY = PowerPolicy()
DEGREE_M = 111_319.49  # of the equator
WEST, EAST = (0.0, 0.0), (0.0, 0.5)  # latitude, longitude


def raster(path: Path, heights: NDArray[Any], crs: str | None = "EPSG:4326", **more: Any) -> Path:
    """Write heights over one degree each way around 0 N 0.5 E."""
    rows, columns = heights.shape
    where = from_origin(0.0, 0.5, 1.0 / columns, 1.0 / rows) if crs == "EPSG:4326" else more.pop("transform")
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype="float32",
        crs=crs,
        transform=where,
        **more,
    ) as sink:
        sink.write(heights.astype("float32"), 1)
    return path


def ridge(top_m: float, at_share: float = 0.25, size: int = 500) -> NDArray[np.float64]:
    """Return a ridge from north to south, 0.1 degrees wide, across the way from `WEST` to `EAST`."""
    east = (np.arange(size) + 0.5) / size
    return np.tile(np.clip(1 - np.abs(east - at_share) / 0.05, 0, None) * top_m, (size, 1))


def test_a_road_is_the_geodesic_by_a_factor_and_a_speed() -> None:
    # Half a degree of the equator is 55.65975 km; x 1.4 / 40 km/h.
    assert RoadTravel(POLICY)(*WEST, *EAST) == pytest.approx(55.65975 * 1.4 / 40, rel=1e-6)
    hours = RoadTravel(POLICY)([[0.0], [0.0]], [[0.0], [0.5]], [[0.0, np.nan, 0.0]], [[0.0, 0.0, 0.5]])
    assert hours.shape == (2, 3)
    assert np.isnan(hours[:, 1]).all()


def test_flat_terrain_changes_nothing(tmp_path: Path) -> None:
    flat = TerrainTravel(POLICY, raster(tmp_path / "flat.tif", np.full((400, 400), 3200.0)))
    assert flat(*WEST, *EAST) == pytest.approx(RoadTravel(POLICY)(*WEST, *EAST), rel=1e-12)


def test_a_ridge_lengthens_the_way_across_it_both_ways_and_not_the_one_beside_it(tmp_path: Path) -> None:
    over = TerrainTravel(POLICY, raster(tmp_path / "ridge.tif", ridge(800.0)))
    by_road = RoadTravel(POLICY)(*WEST, *EAST)
    # 800 m up and 800 m down on 55.66 km: 28.7 m a km, of which each 100 m lengthen the way by 0.3.
    expected = by_road * (1 + 0.3 * (1600 / 55.65975) / 100)
    assert over(*WEST, *EAST) == pytest.approx(expected, rel=0.005)
    assert over(*EAST, *WEST) == pytest.approx(expected, rel=0.005)
    assert over(0.0, 0.4, 0.0, 0.5) == pytest.approx(RoadTravel(POLICY)(0.0, 0.4, 0.0, 0.5), rel=1e-9)


def test_the_higher_the_ridge_the_longer_the_way(tmp_path: Path) -> None:
    hours = [TerrainTravel(POLICY, raster(tmp_path / f"{top}.tif", ridge(top)))(*WEST, *EAST) for top in (0, 200, 900)]
    assert hours[0] < hours[1] < hours[2]


def test_the_resolution_of_the_raster_matters_little(tmp_path: Path) -> None:
    rough = np.random.default_rng(1).normal(0, 30, (2000, 2000))  # noise finer than any road feels
    coarse, fine = (raster(tmp_path / f"{n}.tif", ridge(800.0, size=n)) for n in (400, 2000))
    noisy = raster(tmp_path / "noisy.tif", ridge(800.0, size=2000) + rough)
    line = ((0.0, 0.0), (0.5, 0.0))
    assert relief_m(fine, *line, 250.0) == pytest.approx(relief_m(coarse, *line, 250.0), rel=0.01)
    unsmoothed = np.abs(np.diff(ridge(800.0, size=2000)[1000] + rough[1000]))[:1000].sum()
    assert relief_m(noisy, *line, 250.0) < unsmoothed / 5


def test_a_raster_in_another_projection_says_the_same(tmp_path: Path) -> None:
    mercator = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    (left, right), (bottom, top) = mercator.transform([0.0, 1.0], [-0.5, 0.5])
    where = rasterio.transform.from_bounds(left, bottom, right, top, 500, 500)
    metric = raster(tmp_path / "m.tif", ridge(800.0), "EPSG:3857", transform=where)
    degrees = raster(tmp_path / "d.tif", ridge(800.0))
    line = ((0.0, 0.0), (0.5, 0.0))
    assert relief_m(metric, *line, 250.0) == pytest.approx(relief_m(degrees, *line, 250.0), rel=0.01)


def test_where_no_height_is_known_the_way_counts_as_level(tmp_path: Path) -> None:
    holes = ridge(800.0)
    holes[:, 100:150] = -9999.0
    over = TerrainTravel(POLICY, raster(tmp_path / "holes.tif", holes, nodata=-9999.0))
    assert over(*WEST, *EAST) == pytest.approx(RoadTravel(POLICY)(*WEST, *EAST), rel=0.02)
    assert over(10.0, 10.0, 10.0, 10.5) == RoadTravel(POLICY)(10.0, 10.0, 10.0, 10.5)
    assert over(10.0, 10.0, 10.0, 10.0) == 0


def test_lines_of_every_length_and_unknown_places_come_at_once(tmp_path: Path) -> None:
    over = TerrainTravel(POLICY, raster(tmp_path / "ridge.tif", ridge(800.0)))
    ends = np.array([0.1, np.nan, 0.5, 0.0])
    together = over(0.0, 0.0, np.zeros(4), ends)
    assert np.isnan(together[1])
    assert together[3] == 0
    assert together[[0, 2]] == pytest.approx([float(over(0.0, 0.0, 0.0, end)) for end in (0.1, 0.5)], rel=0.01)
    assert over(np.zeros((0, 1)), np.zeros((0, 1)), np.zeros((1, 4)), ends).shape == (0, 4)


def test_leave_by_is_earlier_behind_a_ridge_and_the_same_on_the_plain(tmp_path: Path) -> None:
    facts = store(
        tmp_path / "w", offices=[{}], sites=[{"longitude": 0.5}], alarms=[alarm("mains_failure", "03-12 08:00")]
    )

    def leave_by(terrain: Path | None) -> Any:
        (clock,) = clock_now(type(facts)(facts.warehouse, facts.zone, terrain), POLICY, at("03-12 08:30")).itertuples()
        return clock.leave_by_at

    flat, high = raster(tmp_path / "f.tif", np.zeros((100, 100))), raster(tmp_path / "h.tif", ridge(800.0))
    assert leave_by(flat) == leave_by(None)
    assert (leave_by(None) - leave_by(high)).total_seconds() == pytest.approx(0.0862 * 116.885 * 60, rel=0.05)


def test_the_setting_reaches_the_clock_and_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_TERRAIN", str(tmp_path / "dem.tif"))
    facts = Platform(Settings(home=tmp_path)).facts
    assert travel_of(POLICY, facts.terrain) == TerrainTravel(POLICY, tmp_path / "dem.tif")
    assert isinstance(travel_of(POLICY, Platform(Settings(home=tmp_path, terrain=None)).facts.terrain), RoadTravel)


def test_the_basis_says_whether_terrain_is_used(tmp_path: Path) -> None:
    assert "no terrain is set" in travel_of(POLICY, None).basis
    assert "relief of dem.tif" in travel_of(POLICY, tmp_path / "dem.tif").basis


def test_a_raster_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"OPS_TERRAIN cannot be read: .*nowhere\.tif"):
        TerrainTravel(POLICY, tmp_path / "nowhere.tif")(*WEST, *EAST)
    with pytest.warns(match="no geotransform|georeference"), pytest.raises(PermanentError, match="has no CRS"):
        TerrainTravel(POLICY, raster(tmp_path / "bare.tif", np.zeros((5, 5)), None, transform=None))(*WEST, *EAST)


def test_a_folder_of_tiles_says_nearly_the_same_as_one_raster(tmp_path: Path) -> None:
    heights = ridge(800.0, at_share=0.3)
    whole = raster(tmp_path / "whole.tif", heights)
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    half = heights.shape[1] // 2
    with rasterio.open(whole) as source:
        for name, first in (("west.tif", 0), ("east.tif", half)):
            window = Window(first, 0, half, heights.shape[0])
            profile = source.profile | {"width": half, "transform": source.window_transform(window)}
            with rasterio.open(tiles / name, "w", **profile) as tile:
                tile.write(source.read(window=window))
    of_one, of_tiles = (TerrainTravel(POLICY, path)(*WEST, *EAST) for path in (whole, tiles))
    assert of_tiles == pytest.approx(of_one, rel=0.03)
    assert of_tiles > RoadTravel(POLICY)(*WEST, *EAST) * 1.02
