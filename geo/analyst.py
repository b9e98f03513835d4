"""The analyst's map: every patch of a branch with who serves it, how strong, and how many overlap, drawn by WebGL."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.features import rasterize, shapes
from rasterio.transform import from_origin

from geo.crs import LONLAT, Grid
from geo.map import MapContent
from geo.page import features, label_points, lists, render
from geo.raster import (
    CLASS_COLOURS,
    DEPTH_COLOURS,
    DEPTH_FLOORS,
    class_floors_dbm,
    classes_from,
    level_classes,
)
from geo.words import STATE_WORDS, WORDS, Language

_MAPLIBRE = "maplibre-gl-5.24.1"
_M2_PER_KM2 = 1e6


def analyst_map(content: MapContent, patches: gpd.GeoDataFrame, lang: Language = "zh") -> str:
    """Draw the analyst's map as a self-contained page; it needs WebGL, and says so where there is none.

    Parameters
    ----------
    content
        What the branch's map shows.
    patches
        As :func:`served_patches` gives them.
    lang
        Language the page opens in.

    Returns
    -------
    str
        HTML with MapLibre GL (1.1 MB) and all data inside. Its own content security policy forbids every request.
    """
    cells = content.cells[["cell_id", "site_id", "technology", "band_mhz"]]
    position = pd.Series(np.arange(len(content.sites)), index=content.sites["site_id"].to_numpy())
    site = position.reindex(cells["site_id"].to_numpy()).fillna(-1).astype(int)
    west, south, east, north = content.areas.total_bounds
    data: dict[str, Any] = {
        "title": content.title._asdict(),
        "note": content.note._asdict(),
        "words": {key: text._asdict() for key, text in (WORDS | {"model": content.model}).items()},
        "states": {key: text._asdict() for key, text in STATE_WORDS.items()},
        "threshold": content.threshold_dbm,
        "scales": [
            {"key": key, "classes": [{"floor": f, "colour": c} for f, c in zip(floors, colours, strict=True)]}
            for key, floors, colours in (
                ("level", class_floors_dbm(content.threshold_dbm), CLASS_COLOURS),
                ("overlap", DEPTH_FLOORS, DEPTH_COLOURS),
            )
        ],
        "bounds": [[west, south], [east, north]],
        "areas": features(content.areas, ["office_id", "office_name", "office_name_en"]),
        "labels": lists(label_points(content.areas)),
        "gaps": features(content.gaps, ["gap_id", "area_km2", "people"]),
        "sites": lists(content.sites[["site_id", "site_name", "office_id", "state", "latitude", "longitude"]]),
        "cells": lists(cells.assign(site_id=site.to_numpy())),
        "patches": lists(pd.DataFrame(patches[["cell", "level", "depth", "area_km2"]]).round({"area_km2": 3})),
        "rings": [patch["geometry"]["coordinates"] for patch in features(patches, [])],
    }
    return render("analyst", content.title, data, lang, _MAPLIBRE)


def served_patches(content: MapContent) -> gpd.GeoDataFrame:
    """Join the pixels of the branch that have the same server, class of level, and class of overlap.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, one row per patch: ``cell`` (position in the content's cells), ``level`` and ``depth`` (classes, 0
        the lowest), ``area_km2``. What nobody serves at the threshold is in no patch.
    """
    coverage, grid = content.coverage, content.coverage.grid
    depth = coverage.server >= 0 if content.depth is None else content.depth
    level = level_classes(coverage, content.threshold_dbm)
    inside = rasterize(content.areas.to_crs(grid.crs).geometry, grid.shape, transform=_transform(grid)) == 1
    served = inside & (level < len(CLASS_COLOURS)) & (depth > 0)
    kinds = np.column_stack([coverage.server[served], level[served], classes_from(depth[served], DEPTH_FLOORS)])
    kind, of_pixel = np.unique(kinds.reshape(-1, 3), axis=0, return_inverse=True)
    number = np.zeros(grid.shape, np.int32)
    number[served] = of_pixel.ravel()
    found = list(shapes(number, mask=served, transform=_transform(grid)))
    plane = gpd.GeoSeries([shapely.geometry.shape(outline) for outline, _ in found], crs=grid.crs)
    patches = pd.DataFrame(kind[[int(value) for _, value in found]], columns=["cell", "level", "depth"])
    return gpd.GeoDataFrame(
        patches.assign(area_km2=plane.area.to_numpy() / _M2_PER_KM2),
        geometry=plane.to_crs(LONLAT).to_numpy(),
        crs=LONLAT,
    )


def _transform(grid: Grid) -> Any:
    return from_origin(grid.west_m, grid.north_m, grid.pixel_m, grid.pixel_m)
