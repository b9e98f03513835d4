"""Rasters of the strongest sites: what is written is read back, and other programs understand it."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from geo.cog import read_servers, write_servers
from geo.coverage import Reached
from geo.crs import grid_over
from geo.gather import best_of, gather


@pytest.fixture(scope="module")
def grid():
    odd = shapely.box(101.2123456789, 35.0987654321, 101.7123456789, 35.4012345678)
    return grid_over(gpd.GeoDataFrame(geometry=[odd], crs=4326), 100)


@pytest.fixture(scope="module")
def servers(grid):
    rng = np.random.default_rng(2)
    pixels = grid.shape[0] * grid.shape[1]
    sites = [
        Reached(
            np.sort(rng.choice(pixels, 60_000, replace=False)),
            rng.uniform(-130, -40, 60_000).astype(np.float32),
            np.full(60_000, 300 * site, np.int32),
        )
        for site in range(5)
    ]
    return gather(sites, pixels, kept=2, threshold_dbm=-105.3)


@pytest.fixture
def file(tmp_path, servers, grid):
    path = tmp_path / "all.tif"
    write_servers(path, servers, grid, {"model": "平地 flat"})
    return path


def test_what_is_written_is_read_back(file, servers, grid):
    found, laid, about = read_servers(file)
    assert laid == grid
    assert np.array_equal(found.cell, servers.cell)
    assert np.array_equal(found.step, servers.step)
    assert np.array_equal(found.depth, servers.depth)
    assert found.threshold_dbm == -105.3
    assert about["model"] == "平地 flat"


def test_the_file_is_cloud_optimised_and_says_what_its_bands_are(file, servers, grid):
    with rasterio.open(file) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.overviews(1)
        assert raster.block_shapes[0] == (256, 256)
        assert raster.descriptions == ("overlap depth", "cell 1", "level 1", "cell 2", "level 2")
        stored = raster.read(3, masked=True)
        level = stored * raster.scales[2] + raster.offsets[2]
    ours = best_of(servers, grid).level_dbm
    assert np.array_equal(level.mask, np.isnan(ours))
    assert level.compressed() == pytest.approx(ours[~np.isnan(ours)], abs=1e-4)


def test_the_same_servers_make_the_same_file(file, tmp_path, servers, grid):
    again = tmp_path / "again.tif"
    write_servers(again, servers, grid, {"model": "平地 flat"})
    assert again.read_bytes() == file.read_bytes()
