"""The branch's coverage map as one HTML page that asks no network for anything."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coverage import Coverage
from geo.crs import Floats
from geo.gaps import people_covered
from geo.page import DEGREE_DECIMALS, features, label_points, lists, render
from geo.raster import (
    CLASS_COLOURS,
    DEPTH_COLOURS,
    DEPTH_FLOORS,
    PEOPLE_COLOURS,
    PEOPLE_FLOORS_PER_KM2,
    class_floors_dbm,
    classes_from,
    level_classes,
    overlay,
)
from geo.words import STATE_WORDS, WORDS, Language, Text

_LEAFLET = "leaflet-1.9.4"
_M2_PER_KM2 = 1e6
_NOTHING = Text("", "")
_SITES = ["site_id", "site_name", "office_id", "state", "latitude", "longitude"]
PEOPLE_WITHOUT = "people_without"
CANDIDATES = [
    "rank", "site_kind", "latitude", "longitude", "people_gained", "people_so_far", "holds_share", "nearest_site_id",
    "nearest_site_km", "places_gained", "office_id",
]  # fmt: skip
_GAPS = [
    "gap_id", "office_id", "area_km2", "people", "settlements", "settlement_names", "nearest_site_id",
    "nearest_site_km", "farthest_km",
]  # fmt: skip


@dataclass(frozen=True)
class MapContent:
    """Everything a coverage map shows."""

    title: Text
    note: Text
    """Banner under the title; empty texts for none."""
    coverage: Coverage
    threshold_dbm: float
    areas: gpd.GeoDataFrame
    """office_id, office_name, office_name_en, geometry; EPSG:4326."""
    gaps: gpd.GeoDataFrame
    """As :func:`geo.gaps.find_gaps` gives them."""
    sites: pd.DataFrame
    """site_id, site_name, office_id, state, latitude, longitude; and, where it is known, people_without: who has no
    coverage while the site is down."""
    cells: pd.DataFrame
    """As :func:`geo.coverage.predict_at` takes them, with site_id and technology."""
    settlements: pd.DataFrame
    """settlement_id, settlement_name, latitude, longitude, people."""
    settlement_levels: pd.DataFrame
    """What :func:`geo.coverage.predict_at` gives for the settlements, in their order."""
    model: Text = WORDS["model"]
    """By which model the levels were predicted."""
    depth: NDArray[np.uint16] | None = None
    """Sites at or above the threshold at each pixel, the grid's shape."""
    people: Floats | None = None
    """People of each pixel, the grid's shape."""
    candidates: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CANDIDATES))
    """Places for new sites, best first: rank, site_kind, latitude, longitude, people_gained, people_so_far, holds_share
    (chance that half of them are gained), nearest_site_id, nearest_site_km, places_gained, office_id."""
    states: Text = _NOTHING
    """Of which moment the sites' states are."""


def coverage_map(content: MapContent, lang: Language = "zh") -> str:
    """Draw the map as a self-contained page.

    Parameters
    ----------
    content
        What to show. Texts from data are escaped: they reach the page as text, never as markup.
    lang
        Language the page opens in; a button switches to the other one.

    Returns
    -------
    str
        HTML with Leaflet, styles, data and the level picture inside. Its own content security policy forbids every
        request.

    Raises
    ------
    ValueError
        Unknown language, or levels that do not belong to the settlements.
    """
    if len(content.settlement_levels) != len(content.settlements):
        raise ValueError("settlement_levels must have one row per settlement")
    return render("map", content.title, _data_of(content), lang, _LEAFLET)


def _data_of(content: MapContent) -> dict[str, Any]:
    """Collect the page's data; rows are short lists, because 1,900 of them repeat every key."""
    west, south, east, north = content.coverage.grid.bounds_lonlat
    position = pd.Series(np.arange(len(content.sites)), index=content.sites["site_id"].to_numpy())
    site_of_cell = position.reindex(content.cells["site_id"].to_numpy()).fillna(-1).astype(int)
    covered = people_covered(content.settlements, content.settlement_levels["level_dbm"], content.threshold_dbm)
    return {
        "title": content.title._asdict(),
        "note": content.note._asdict(),
        "words": {key: text._asdict() for key, text in (WORDS | {"model": content.model}).items()},
        "states": {key: text._asdict() for key, text in STATE_WORDS.items()},
        "threshold": content.threshold_dbm,
        "pictures": _pictures(content),
        "bounds": [[south, west], [north, east]],
        "asOf": content.states._asdict(),
        "areas": features(content.areas, ["office_id", "office_name", "office_name_en"]),
        "labels": lists(label_points(content.areas)),
        "outline": _outline(content.areas),
        "gaps": features(content.gaps, _GAPS),
        "candidates": [dict(zip(CANDIDATES, row, strict=True)) for row in lists(content.candidates[CANDIDATES])],
        "sites": lists(content.sites.reindex(columns=[*_SITES, PEOPLE_WITHOUT])),
        "cells": lists(
            content.cells[["cell_id", "technology", "band_mhz", "azimuth_deg", "tilt_deg", "antenna_height_m"]].assign(
                site=site_of_cell.to_numpy()
            )
        ),
        "settlements": lists(
            content.settlements[["settlement_name", "people", "latitude", "longitude"]].assign(
                level=content.settlement_levels["level_dbm"].round(1).to_numpy(),
                cell=content.settlement_levels["cell_id"].to_numpy(),
            )
        ),
        "people": {"all": int(content.settlements["people"].sum()), "covered": int(covered.sum())},
    }


def _pictures(content: MapContent) -> list[dict[str, Any]]:
    """Draw the grids of which one at a time lies under the rest: level, overlap, population."""
    grid = content.coverage.grid
    levels = level_classes(content.coverage, content.threshold_dbm)
    drawn: list[tuple[str, NDArray[np.uint8], tuple[float, ...], tuple[str, ...]]] = [
        ("level", levels, class_floors_dbm(content.threshold_dbm), CLASS_COLOURS)
    ]
    if content.depth is not None:
        drawn.append(("overlap", classes_from(content.depth, DEPTH_FLOORS), DEPTH_FLOORS, DEPTH_COLOURS))
    if content.people is not None:
        per_km2 = content.people / (grid.pixel_m**2 / _M2_PER_KM2)
        classes = classes_from(per_km2, PEOPLE_FLOORS_PER_KM2)
        drawn.append(("population", classes, PEOPLE_FLOORS_PER_KM2, PEOPLE_COLOURS))
    return [
        {
            "key": key,
            "uri": "data:image/png;base64," + b64encode(overlay(classes, grid, colours).png).decode("ascii"),
            "classes": [{"floor": floor, "colour": colour} for floor, colour in zip(floors, colours, strict=True)],
        }
        for key, classes, floors, colours in drawn
    ]


def _outline(areas: gpd.GeoDataFrame) -> list[list[list[float]]]:
    """All rings of the areas together as latitude and longitude; the map masks what lies outside, enclaves too."""
    rings = shapely.get_rings(shapely.union_all(areas.geometry.to_numpy()))
    return [np.round(shapely.get_coordinates(ring)[:, ::-1], DEGREE_DECIMALS).tolist() for ring in rings]
