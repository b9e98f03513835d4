"""The branch's coverage map as one HTML page that asks no network for anything."""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from geo.coverage import Coverage
from geo.gaps import people_covered
from geo.raster import CLASS_COLOURS, class_floors_dbm, level_overlay
from geo.words import STATE_WORDS, WORDS, Language, Text

_HERE = Path(__file__).parent
_LEAFLET = _HERE / "vendor" / "leaflet-1.9.4"
_DEGREE_DECIMALS = 5
"""About a metre."""


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
    """site_id, site_name, office_id, state, latitude, longitude."""
    cells: pd.DataFrame
    """As :func:`geo.coverage.predict_at` takes them, with site_id and technology."""
    settlements: pd.DataFrame
    """settlement_id, settlement_name, latitude, longitude, people."""
    settlement_levels: pd.DataFrame
    """What :func:`geo.coverage.predict_at` gives for the settlements, in their order."""
    model: Text = WORDS["model"]
    """By which model the levels were predicted."""


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
        map_css=Markup(_read(_HERE / "templates" / "map.css")),  # noqa: S704 - our own file
        map_js=Markup(_read(_HERE / "templates" / "map.js")),  # noqa: S704 - our own file
        data=Markup(_script_json(_data_of(content))),  # noqa: S704 - escaped by _script_json
    )


def _data_of(content: MapContent) -> dict[str, Any]:
    """Collect the page's data; rows are short lists, because 1,900 of them repeat every key."""
    overlay = level_overlay(content.coverage, content.threshold_dbm)
    west, south, east, north = overlay.bounds_lonlat
    position = pd.Series(np.arange(len(content.sites)), index=content.sites["site_id"].to_numpy())
    site_of_cell = position.reindex(content.cells["site_id"].to_numpy()).fillna(-1).astype(int)
    covered = people_covered(content.settlements, content.settlement_levels["level_dbm"], content.threshold_dbm)
    return {
        "title": content.title._asdict(),
        "note": content.note._asdict(),
        "words": {key: text._asdict() for key, text in (WORDS | {"model": content.model}).items()},
        "states": {key: text._asdict() for key, text in STATE_WORDS.items()},
        "threshold": content.threshold_dbm,
        "classes": [
            {"floor": floor, "colour": colour}
            for floor, colour in zip(class_floors_dbm(content.threshold_dbm), CLASS_COLOURS, strict=True)
        ],
        "raster": {
            "uri": "data:image/png;base64," + b64encode(overlay.png).decode("ascii"),
            "bounds": [[south, west], [north, east]],
        },
        "areas": _features(content.areas, ["office_id", "office_name", "office_name_en"]),
        "labels": _lists(_label_points(content.areas)),
        "outline": _outline(content.areas),
        "gaps": _features(
            content.gaps, ["gap_id", "office_id", "area_km2", "people", "nearest_site_id", "nearest_site_km"]
        ),
        "sites": _lists(content.sites[["site_id", "site_name", "office_id", "state", "latitude", "longitude"]]),
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
