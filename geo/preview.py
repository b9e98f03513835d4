"""The coverage map as a picture, for places that show no HTML page: the Dagster UI, a mail, a workbook."""

import io
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geo.crs import Grid
from geo.map import MapContent
from geo.raster import CLASS_COLOURS, CLASS_STEP_DB, class_floors_dbm
from geo.words import WORDS, Language, Text

_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
_INK, _GAP, _UNCOVERED = "#1f2b37", "#c8500a", "#f08020"
_WIDTH_IN = 7.5
_DPI = 110


def preview_png(content: MapContent, lang: Language = "zh") -> bytes:
    """Draw the map with matplotlib.

    Parameters
    ----------
    content
        What to show.
    lang
        Language of the labels. Without a Chinese font on the machine they are English, whatever was asked for.

    Returns
    -------
    bytes
        PNG, 825 pixels wide.
    """
    family = chinese_font()
    spoken: Language = lang if family else "en"
    words: dict[str, Any] = {"family": family} if family else {}
    grid = content.coverage.grid
    figure = Figure(figsize=(_WIDTH_IN, _WIDTH_IN * min(1.6, max(0.7, grid.shape[0] / grid.shape[1])) + 0.9), dpi=_DPI)
    axes = figure.add_axes((0.03, 0.11, 0.94, 0.79))
    west, south, east, north = grid.bounds_m
    floors = class_floors_dbm(content.threshold_dbm)
    norm = BoundaryNorm([*floors, floors[-1] + CLASS_STEP_DB], len(CLASS_COLOURS))
    level = np.ma.masked_where(~(content.coverage.level_dbm >= content.threshold_dbm), content.coverage.level_dbm)
    colours = ListedColormap(CLASS_COLOURS)
    picture = axes.imshow(
        level, cmap=colours, norm=norm, extent=(west, east, south, north), interpolation="nearest", zorder=1
    )
    _draw_areas(axes, content, spoken, words)
    _draw_places(axes, content)
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    figure.text(
        0.03, 0.965, _printable(content.title, spoken), fontsize=14, weight="bold", color=_INK, va="top", **words
    )
    figure.text(0.03, 0.932, _printable(content.note, spoken), fontsize=9, color="#6b4300", va="top", **words)
    scale = figure.colorbar(picture, cax=figure.add_axes((0.05, 0.075, 0.5, 0.016)), orientation="horizontal")
    scale.set_ticks(list(floors), labels=[f"{floor:g}" for floor in floors])
    scale.ax.tick_params(labelsize=8, colors=_INK, length=0)
    scale.minorticks_off()
    scale.outline.set_visible(False)
    caption = f"{getattr(WORDS['level'], spoken)} (dBm)"
    figure.text(0.05, 0.028, caption, fontsize=9, color=_INK, **words)
    figure.legend(
        handles=[Patch(facecolor="white", edgecolor=_GAP, hatch="////", label=getattr(WORDS["gaps"], spoken))],
        loc=(0.66, 0.05),
        frameon=False,
        prop={"size": 9, **words},
    )
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)
    return out.getvalue()


def chinese_font() -> str | None:
    """Name of an installed font with Chinese characters, as matplotlib knows it; None without one."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE_FONTS if name in installed), None)


def _draw_areas(axes: Axes, content: MapContent, lang: Language, words: dict[str, Any]) -> None:
    """Cover what lies outside the branch, draw gaps and borders, and name the areas."""
    grid = content.coverage.grid
    areas = content.areas.to_crs(grid.crs)
    frame = gpd.GeoSeries([shapely.box(*grid.bounds_m).buffer(2 * grid.pixel_m)], crs=grid.crs)
    frame.difference(areas.geometry.union_all()).plot(ax=axes, color="white", zorder=2)
    if len(content.gaps):
        content.gaps.to_crs(grid.crs).plot(
            ax=axes, facecolor="none", edgecolor=_GAP, hatch="/////", linewidth=0.9, zorder=3
        )
    # The dark line alone could not be seen over strong levels.
    areas.boundary.plot(ax=axes, color="white", alpha=0.65, linewidth=2.6, zorder=4)
    areas.boundary.plot(ax=axes, color="#3b4753", linewidth=1.0, zorder=4)
    names = [Text(str(zh), str(en)) for zh, en in zip(areas["office_name"], areas["office_name_en"], strict=True)]
    many = len(names) > 8  # noqa: PLR2004 - smaller letters for a city's many districts
    for name, place in zip(names, areas.geometry.representative_point(), strict=True):
        text = axes.text(
            place.x,
            place.y,
            _printable(name, lang),
            fontsize=7 if many else 11,
            weight="bold",
            color=_INK,
            ha="center",
            **words,
        )
        text.set(zorder=7, bbox={"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 1.5})


def _draw_places(axes: Axes, content: MapContent) -> None:
    grid = content.coverage.grid
    reached = content.settlement_levels["level_dbm"].to_numpy(np.float64) >= content.threshold_dbm
    _dots(axes, grid, content.settlements[reached], marker="s", s=5, c="white", edgecolors="#56646f", linewidths=0.5)
    _dots(axes, grid, content.sites, marker="o", s=8, c=_INK, edgecolors="white", linewidths=0.4)
    _dots(axes, grid, content.settlements[~reached], marker="s", s=20, c=_UNCOVERED, edgecolors=_INK, linewidths=0.8)


def _dots(axes: Axes, grid: Grid, places: pd.DataFrame, **style: Any) -> None:
    if len(places):
        axes.scatter(*grid.to_plane(places["longitude"], places["latitude"]), zorder=6, **style)


def _printable(text: Text, lang: Language) -> str:
    """Text in a language; in English only the letters matplotlib's own font has, and never a formula."""
    words = text.zh if lang == "zh" else text.en.encode("latin-1", "ignore").decode("latin-1")
    return words.replace("$", r"\$")
