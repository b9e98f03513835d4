"""A raster of the made-up people: each settlement's spread around its middle, nobody lost."""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from ops_platform.demo.branch import Branch

PIXEL_DEG = 0.002
"""About 200 m."""
REACH_PX = 3
SPREAD_PX = 1.2
POPULATION = "population.tif"
ABOUT = "演示数据，纯属虚构：居民点人口散布于其周围 / Made up: the people of each settlement spread around it"


def write_population(branch: Branch, path: Path) -> None:
    """Write people per pixel as a GeoTIFF that says it is made up."""
    margin = (REACH_PX + 1) * PIXEL_DEG
    west = min(place.longitude for place in branch.settlements) - margin
    north = max(place.latitude for place in branch.settlements) + margin
    width = int((max(place.longitude for place in branch.settlements) + margin - west) / PIXEL_DEG) + 1
    height = int((north - min(place.latitude for place in branch.settlements) + margin) / PIXEL_DEG) + 1
    people = np.zeros((height, width))
    away = np.arange(-REACH_PX, REACH_PX + 1)
    share = np.exp(-(away[:, None] ** 2 + away[None, :] ** 2) / (2 * SPREAD_PX**2))
    share /= share.sum()
    for place in branch.settlements:
        row, column = int((north - place.latitude) / PIXEL_DEG), int((place.longitude - west) / PIXEL_DEG)
        rows, columns = (slice(at - REACH_PX, at + REACH_PX + 1) for at in (row, column))
        people[rows, columns] += place.people * share
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326", "compress": "deflate"}
    transform = from_origin(west, north, PIXEL_DEG, PIXEL_DEG)
    with rasterio.open(path, "w", height=height, width=width, transform=transform, **profile) as out:
        out.write(people.astype(np.float32), 1)
        out.update_tags(TIFFTAG_IMAGEDESCRIPTION=ABOUT)
