"""Elevation models and clutter on the branch's grid: tiles, voids, units and what is refused."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from geo.crs import grid_over
from geo.terrain import Clutter, TerrainError, read_terrain

WEST, NORTH, PIXEL = 101.4, 35.4, 0.002
SHAPE = (200, 200)


def slope_m(longitude, latitude):
    """Heights of a plane that rises to the north-east."""
    return 3000 + 2000 * (longitude - WEST) + 1000 * (latitude - 35.0)


def dem(path, *, west=WEST, north=NORTH, shape=SHAPE, change=lambda z: z, crs="EPSG:4326", units=None, nodata=-9999):
    longitude = west + (np.arange(shape[1]) + 0.5) * PIXEL
    latitude = north - (np.arange(shape[0]) + 0.5) * PIXEL
    heights = change(slope_m(*np.meshgrid(longitude, latitude)).astype(np.float32))
    profile = {"driver": "GTiff", "count": 1, "dtype": heights.dtype, "nodata": nodata, "crs": crs}
    transform = from_origin(west, north, PIXEL, PIXEL)
    with rasterio.open(path, "w", height=shape[0], width=shape[1], transform=transform, **profile) as out:
        out.write(heights, 1)
        if units:
            out.units = (units,)
    return path


@pytest.fixture
def county():
    return gpd.GeoDataFrame(geometry=[shapely.box(101.5, 35.1, 101.7, 35.3)], crs=4326)


@pytest.fixture
def grid(county):
    return grid_over(county, 250.0, margin_px=4)


def known_m(grid):
    return slope_m(*grid.centres_lonlat())


def test_heights_lie_where_the_grid_says(tmp_path, grid, county):
    terrain = read_terrain(dem(tmp_path / "dem.tif"), grid, county)
    assert np.abs(terrain.height_m - known_m(grid)).max() < 0.5  # GDAL weighs neighbours when it shrinks
    assert terrain.filled_share == 0.0
    assert terrain.clutter_m is None
    assert terrain.ground(12.0).clutter_m.tolist() == [[12.0]]


def test_a_folder_of_tiles_is_one_terrain_in_any_projection(tmp_path, grid, county):
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    dem(tiles / "a.tif", shape=(200, 90))
    dem(tiles / "b.tif", west=WEST + 90 * PIXEL, shape=(200, 110))
    (tiles / "readme.txt").write_text("no raster")
    together = read_terrain(tiles, grid, county)
    assert np.abs(together.height_m - known_m(grid)).max() < 2.0  # the seam is filled from both sides
    assert together.filled_share < 0.02
    with rasterio.open(dem(tmp_path / "dem.tif")) as source:
        projected = tmp_path / "utm.tif"
        transform, width, height = rasterio.warp.calculate_default_transform(
            source.crs, "EPSG:32647", source.width, source.height, *source.bounds, resolution=200
        )
        profile = source.profile | {"crs": "EPSG:32647", "transform": transform, "width": width, "height": height}
        with rasterio.open(projected, "w", **profile) as out:
            rasterio.warp.reproject(
                rasterio.band(source, 1), rasterio.band(out, 1), resampling=rasterio.enums.Resampling.bilinear
            )
    assert np.abs(read_terrain(projected, grid, county).height_m - known_m(grid)).max() < 1.5  # warped twice


def test_a_model_finer_than_the_grid_is_averaged(tmp_path, county):
    coarse = grid_over(county, 1000.0)
    spikes = dem(tmp_path / "dem.tif", change=lambda z: z + np.where(np.indices(z.shape).sum(0) % 2, 100, 0))
    assert np.abs(read_terrain(spikes, coarse, county).height_m - known_m(coarse) - 50).max() < 25


@pytest.mark.parametrize(("unit", "metres"), [("ft", 0.3048), ("US survey foot", 1200 / 3937), ("metre", 1.0)])
def test_feet_become_metres(tmp_path, grid, county, unit, metres):
    path = dem(tmp_path / "dem.tif", change=lambda z: (z / metres).astype(np.float32), units=unit)
    assert np.abs(read_terrain(path, grid, county).height_m - known_m(grid)).max() < 0.5


def test_the_vertical_part_of_the_coordinate_system_may_say_feet(tmp_path, grid, county):
    # WGS 84 with NAVD88 height in US survey feet
    path = dem(tmp_path / "dem.tif", change=lambda z: (z * 3937 / 1200).astype(np.float32), crs="EPSG:4326+6360")
    assert np.abs(read_terrain(path, grid, county).height_m - known_m(grid)).max() < 0.5


def punched(rows, columns):
    def change(z):
        z[rows, columns] = -9999
        return z

    return change


def test_a_small_void_is_filled_from_its_rim(tmp_path, grid, county):
    path = dem(tmp_path / "dem.tif", change=punched(slice(100, 104), slice(100, 104)))
    terrain = read_terrain(path, grid, county)
    assert 0 < terrain.filled_share < 0.01
    assert np.abs(terrain.height_m - known_m(grid)).max() < 10


def test_a_large_void_is_refused_with_its_place(tmp_path, grid, county):
    path = dem(tmp_path / "dem.tif", change=punched(slice(80, 130), slice(80, 130)))
    with pytest.raises(TerrainError, match=r"dem\.tif: no height in \d+\.\d% of the areas.*longitude 101\.\d+"):
        read_terrain(path, grid, county)


def test_beyond_the_areas_the_nearest_height_goes_on(tmp_path, county):
    wide = grid_over(county, 250.0, margin_px=120)
    terrain = read_terrain(dem(tmp_path / "dem.tif"), wide, county)
    assert np.isfinite(terrain.height_m).all()
    assert 0.3 < terrain.filled_share < 0.9
    corner = terrain.height_m[0, 0]
    assert corner == pytest.approx(slope_m(WEST, NORTH), abs=30)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"crs": None}, "no coordinate system"),
        ({"crs": "EPSG:4979"}, "above the ellipsoid"),
        ({"units": "fathom"}, "unit of height is 'fathom'"),
        ({"change": lambda z: z * 10}, "heights from .* cannot be"),
        ({"west": 90.0}, "no height in 100.0% of the areas"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, grid, county, options, says):
    with pytest.raises(TerrainError, match=rf"dem\.tif: .*{says}"):
        read_terrain(dem(tmp_path / "dem.tif", **options), grid, county)


def test_no_raster_is_refused(tmp_path, grid, county):
    (tmp_path / "dem.tif").write_text("not a raster")
    with pytest.raises(TerrainError, match=r"dem\.tif: no raster that GDAL reads"):
        read_terrain(tmp_path / "dem.tif", grid, county)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TerrainError, match="empty: the folder holds no raster"):
        read_terrain(tmp_path / "empty", grid, county)


def cover(path, classes):
    transform = from_origin(WEST, NORTH, PIXEL, PIXEL)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=1,
        dtype="uint8",
        nodata=0,
        crs="EPSG:4326",
        height=200,
        width=200,
        transform=transform,
    ) as out:
        out.write(classes.astype(np.uint8), 1)
    return path


def test_classes_of_clutter_have_heights(tmp_path, grid, county):
    classes = np.full(SHAPE, 10)
    classes[:, 100:] = 50
    classes[:100] = 0
    clutter = Clutter(cover(tmp_path / "cover.tif", classes), {10: 15.0, 50: 10.0})
    terrain = read_terrain(dem(tmp_path / "dem.tif"), grid, county, clutter)
    longitude, latitude = grid.centres_lonlat()
    expected = np.where(latitude > NORTH - 100 * PIXEL, 0, np.where(longitude < WEST + 100 * PIXEL, 15, 10))
    assert (terrain.clutter_m == expected).mean() > 0.98
    assert terrain.ground(99.0).clutter_m is terrain.clutter_m
    with pytest.raises(TerrainError, match=r"cover\.tif: no height is set for the classes 50"):
        read_terrain(dem(tmp_path / "dem.tif"), grid, county, dataclasses.replace(clutter, height_m={10: 15.0}))


def test_the_version_changes_with_heights_grid_and_clutter(tmp_path, grid, county):
    plain = read_terrain(dem(tmp_path / "dem.tif"), grid, county)
    again = read_terrain(dem(tmp_path / "dem.tif"), grid, county)
    raised = read_terrain(dem(tmp_path / "dem2.tif", change=lambda z: z + 0.01), grid, county)
    shifted = read_terrain(dem(tmp_path / "dem.tif"), grid_over(county, 250.0, margin_px=5), county)
    clutter = Clutter(cover(tmp_path / "cover.tif", np.full(SHAPE, 10)), {10: 15.0})
    wooded = read_terrain(dem(tmp_path / "dem.tif"), grid, county, clutter)
    assert plain.version == again.version
    assert len({t.version for t in (plain, raised, shifted, wooded)}) == 4
