"""The branch's coverage map as one HTML page that asks no network for anything."""

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from geo.coverage import Coverage
from geo.crs import Floats
from geo.gaps import people_covered
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

_HERE = Path(__file__).parent
_LEAFLET = _HERE / "vendor" / "leaflet-1.9.4"
_DEGREE_DECIMALS = 5
"""About a metre."""
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
    if lang not in get_args(Language):
        raise ValueError(f"lang must be one of {get_args(Language)}, not {lang!r}")
    if len(content.settlement_levels) != len(content.settlements):
        raise ValueError("settlement_levels must have one row per settlement")
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return templates.get_template("map.html").render(
        lang=lang,
        title=getattr(content.title, lang),
        leaflet_css=Markup(_without_pictures(_read(_LEAFLET / "leaflet.css"))),  # noqa: S704 - our own file
        leaflet_js=Markup(_without_source_map(_read(_LEAFLET / "leaflet.js"))),  # noqa: S704 - our own file
        leaflet_license=Markup(_read(_LEAFLET / "LICENSE")),  # noqa: S704 - our own file
        page_css=Markup(_read(_HERE / "templates" / "page.css")),  # noqa: S704 - our own file
        page_js=Markup(_read(_HERE / "templates" / "page.js")),  # noqa: S704 - our own file
        map_css=Markup(_read(_HERE / "templates" / "map.css")),  # noqa: S704 - our own file
        map_js=Markup(_read(_HERE / "templates" / "map.js")),  # noqa: S704 - our own file
        data=Markup(_script_json(_data_of(content))),  # noqa: S704 - escaped by _script_json
    )


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
        "areas": _features(content.areas, ["office_id", "office_name", "office_name_en"]),
        "labels": _lists(_label_points(content.areas)),
        "outline": _outline(content.areas),
        "gaps": _features(content.gaps, _GAPS),
        "candidates": [dict(zip(CANDIDATES, row, strict=True)) for row in _lists(content.candidates[CANDIDATES])],
        "sites": _lists(content.sites.reindex(columns=[*_SITES, PEOPLE_WITHOUT])),
        "cells": _lists(
            content.cells[["cell_id", "technology", "band_mhz", "azimuth_deg", "tilt_deg", "antenna_height_m"]].assign(
                site=site_of_cell.to_numpy()
            )
        ),
        "settlements": _lists(
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


def _lists(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows as lists; missing values are None, degrees keep five decimals."""
    rounded = frame.round({"latitude": _DEGREE_DECIMALS, "longitude": _DEGREE_DECIMALS}).astype(object)
    rows: list[list[Any]] = rounded.where(frame.notna(), None).to_numpy().tolist()
    return rows


def _features(frame: gpd.GeoDataFrame, columns: list[str]) -> list[dict[str, Any]]:
    """GeoJSON features with the given properties and coordinates rounded to a metre."""
    rounded = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy, _DEGREE_DECIMALS))
    shapes = [json.loads(text) for text in shapely.to_geojson(rounded)]
    properties = _lists(pd.DataFrame(frame[columns]))
    return [
        {"type": "Feature", "properties": dict(zip(columns, values, strict=True)), "geometry": shape}
        for values, shape in zip(properties, shapes, strict=True)
    ]


def _label_points(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Where an area's name stands: the middle of its widest part."""
    circles = shapely.maximum_inscribed_circle(areas.geometry.to_numpy(), tolerance=0.01)
    middles = shapely.get_coordinates(circles)[::2]
    return pd.DataFrame({"latitude": middles[:, 1], "longitude": middles[:, 0]})


def _outline(areas: gpd.GeoDataFrame) -> list[list[list[float]]]:
    """All rings of the areas together as latitude and longitude; the map masks what lies outside, enclaves too."""
    rings = shapely.get_rings(shapely.union_all(areas.geometry.to_numpy()))
    return [np.round(shapely.get_coordinates(ring)[:, ::-1], _DEGREE_DECIMALS).tolist() for ring in rings]


def _script_json(data: dict[str, Any]) -> str:
    """JSON that can stand inside a script element: no text in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _without_pictures(css: str) -> str:
    """Leaflet's style without the marker and layer images, which the map does not use and could not load."""
    return re.sub(r"url\(images/[^)]*\)", "none", css)


def _without_source_map(script: str) -> str:
    return re.sub(r"//# sourceMappingURL=\S+", "", script)
