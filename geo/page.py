"""Self-contained pages: data as text that stays text, shapes as short lists, everything a page needs inside it."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from geo.words import Language, Text

_HERE = Path(__file__).parent
DEGREE_DECIMALS = 5
"""About a metre."""


def render(page: str, title: Text, data: dict[str, Any], lang: Language, library: str) -> str:
    """Put a page together.

    Parameters
    ----------
    page
        Name of its template, style and script in ``geo/templates``.
    title
        Of the page.
    data
        What its script reads. Texts in it are escaped: they reach the page as text, never as markup.
    lang
        Language the page opens in; a button switches to the other one.
    library
        Folder of the map library in ``geo/vendor``: one script, one style, one licence.

    Returns
    -------
    str
        HTML. Its own content security policy forbids every request.

    Raises
    ------
    ValueError
        Unknown language.
    """
    if lang not in get_args(Language):
        raise ValueError(f"lang must be one of {get_args(Language)}, not {lang!r}")
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    ours, theirs = _HERE / "templates", _HERE / "vendor" / library
    return templates.get_template(f"{page}.html").render(
        lang=lang,
        title=getattr(title, lang),
        library=library,
        licence=_own(next(theirs.glob("LICENSE*"))),
        library_css=Markup(_without_pictures(_own(next(theirs.glob("*.css"))))),  # noqa: S704 - our own file
        library_js=Markup(_without_source_map(_own(next(theirs.glob("*.js"))))),  # noqa: S704 - our own file
        css=_own(ours / "page.css") + _own(ours / f"{page}.css"),
        js=_own(ours / "page.js") + _own(ours / f"{page}.js"),
        data=Markup(_script_json(data)),  # noqa: S704 - escaped by _script_json
    )


def lists(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows as lists; missing values are None, degrees keep five decimals."""
    rounded = frame.round({"latitude": DEGREE_DECIMALS, "longitude": DEGREE_DECIMALS}).astype(object)
    rows: list[list[Any]] = rounded.where(frame.notna(), None).to_numpy().tolist()
    return rows


def features(frame: gpd.GeoDataFrame, columns: list[str]) -> list[dict[str, Any]]:
    """GeoJSON features with the given properties and coordinates rounded to a metre."""
    rounded = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy, DEGREE_DECIMALS))
    shapes = [json.loads(text) for text in shapely.to_geojson(rounded)]
    properties = lists(pd.DataFrame(frame[columns]))
    return [
        {"type": "Feature", "properties": dict(zip(columns, values, strict=True)), "geometry": shape}
        for values, shape in zip(properties, shapes, strict=True)
    ]


def label_points(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Where an area's name stands: the middle of its widest part."""
    circles = shapely.maximum_inscribed_circle(areas.geometry.to_numpy(), tolerance=0.01)
    middles = shapely.get_coordinates(circles)[::2]
    return pd.DataFrame({"latitude": middles[:, 1], "longitude": middles[:, 0]})


def _script_json(data: dict[str, Any]) -> str:
    """JSON that can stand inside a script element: no text in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _own(path: Path) -> Markup:
    return Markup(path.read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _without_pictures(css: str) -> str:
    """Take out of a library's style the images beside it, which the pages do not use and could not load."""
    return re.sub(r"url\(images/[^)]*\)", "none", css)


def _without_source_map(script: str) -> str:
    return re.sub(r"//# sourceMappingURL=\S+", "", script)
