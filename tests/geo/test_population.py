"""People on pixels: nobody is lost, and what cannot be used is named."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from geo.crs import grid_over
from geo.population import PopulationError, people_on

GRID = grid_over(gpd.GeoDataFrame(geometry=[shapely.box(101.2, 35.0, 101.6, 35.3)], crs=4326), 250.0)


def raster(path, counts, *, step=0.01, crs="EPSG:4326", west=101.3, north=35.25, nodata=None):
    counts = np.asarray(counts, np.float32)
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": crs, "nodata": nodata}
    with rasterio.open(
        path,
        "w",
        height=counts.shape[0],
        width=counts.shape[1],
        transform=from_origin(west, north, step, step),
        **profile,
    ) as out:
        out.write(counts, 1)
    return path


@pytest.mark.parametrize("step", [0.0008333, 0.00833, 0.03])
def test_nobody_within_the_grid_is_lost_whatever_the_raster_s_pixel(tmp_path, step):
    counts = np.random.default_rng(1).poisson(3, (int(0.15 / step),) * 2)
    assert people_on(raster(tmp_path / "p.tif", counts, step=step), GRID).sum() == pytest.approx(counts.sum())


def test_a_pixel_s_people_stand_where_it_lies(tmp_path):
    people = people_on(raster(tmp_path / "p.tif", [[0, 0], [40, 0]]), GRID)
    row, column = np.nonzero(people)
    left, right = GRID.index_of([101.3, 101.31], [35.23, 35.23])[1]
    top, bottom = GRID.index_of([101.3, 101.3], [35.24, 35.23])[0]
    assert (row.min(), row.max(), column.min(), column.max()) == pytest.approx((top, bottom, left, right), abs=1)
    inner = people[row.min() + 1 : row.max(), column.min() + 1 : column.max()]
    assert inner == pytest.approx(40 / (1.1132 * 0.911 / 0.0625), rel=0.35)  # 16.2 pixels of the grid


def test_people_beyond_the_grid_and_voids_do_not_count(tmp_path):
    beyond = raster(tmp_path / "p.tif", [[7, 5]], west=101.7)
    assert people_on(beyond, GRID).sum() == 0
    voids = raster(tmp_path / "v.tif", [[-9999, np.nan, 5]], nodata=-9999)
    assert people_on(voids, GRID).sum() == pytest.approx(5)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"crs": None}, "no coordinate system"), ({"counts": [[3, -9999]]}, "-9999 people in row 0, column 1")],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_that_cannot_be_used_is_named(tmp_path, wrong, says):
    path = raster(tmp_path / "p.tif", **({"counts": [[1]]} | wrong))
    with pytest.raises(PopulationError, match=f"p.tif: {says}"):
        people_on(path, GRID)


def test_a_file_that_is_no_raster_is_named(tmp_path):
    with pytest.raises(PopulationError, match=r"missing\.tif: no raster"):
        people_on(tmp_path / "missing.tif", GRID)
