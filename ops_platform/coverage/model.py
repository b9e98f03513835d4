"""By which model a month is predicted: over the elevation model that is set, or over flat ground."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

import geo
from geo.coverage import Reached, flat_sites, predict_at
from geo.crs import Grid, grid_over
from geo.sweep import Reach, sweep_at, sweep_sites
from geo.terrain import Clutter, TerrainError, read_terrain
from geo.trace_cache import TraceCache
from geo.words import WORDS, Text
from ops_platform.errors import PermanentError
from ops_platform.settings import Settings

WITH_TR38901 = Text(
    "按 Okumura-Hata 与 COST 231-Hata 模型预测，2 GHz 以上按 3GPP TR 38.901 非视距；视为平地，未计地形。",
    "Prediction: Okumura-Hata / COST 231-Hata, above 2 GHz 3GPP TR 38.901 without line of sight; over flat ground, "
    "terrain not counted.",
)
OVER_TERRAIN = Text(
    "按 ITU-R P.1812-8 中值（视距与绕射）在地形 {terrain} 上预测，{clutter}。",
    "Prediction: median of ITU-R P.1812-8 (line of sight and diffraction) over the terrain {terrain}, {clutter}.",
)
CLUTTER = {
    True: Text("地物高度取自 {land_cover}", "clutter of {land_cover}"),
    False: Text("地物高度按站点所在区域类别统一取值", "clutter by the class of the site's area"),
}


@dataclass(frozen=True)
class Model:
    """A way to predict.

    Attributes
    ----------
    text
        What it is, for readers.
    basis
        What it rests on, for the asset's reader.
    version
        Changes with everything a level depends on but the cells: settings, terrain, and the code of `geo`.
    levels
        Best level and serving cell of cells at places.
    sites
        What each site gives the pixels of a grid, or places.
    traces
        Of the terrain.
    """

    text: Text
    basis: dict[str, str | int | float]
    version: str
    levels: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
    sites: Callable[[pd.DataFrame, Grid | pd.DataFrame], Iterator[Reached]]
    traces: TraceCache | None = field(default=None)

    def drop_unused_traces(self) -> None:
        """Delete the traces of this purpose that it has not used."""
        if self.traces is not None:
            self.traces.drop_unused()


def model_of(areas: gpd.GeoDataFrame, settings: Settings, purpose: str = "") -> Model:
    """Return the model that the settings ask for.

    Parameters
    ----------
    areas
        Of the offices.
    settings
        Policy, terrain, land cover.
    purpose
        Folder of its traces within that of all: who drops what it does not use leaves those of other purposes alone.

    Raises
    ------
    PermanentError
        If the elevation model or the land cover cannot be used.
    """
    return _over_terrain(areas, settings, purpose) if settings.terrain else _over_flat_ground(settings)


def _over_flat_ground(settings: Settings) -> Model:
    policy = settings.policy.coverage
    text = WITH_TR38901 if policy.above_2_ghz == "tr38901" else WORDS["model"]
    reach: dict[str, Any] = {
        "radius_km": policy.radius_km,
        "receiver_height_m": policy.receiver_height_m,
        "above_2_ghz": policy.above_2_ghz,
    }
    return Model(
        text=text,
        basis={"model": "\n\n".join(text), "terrain": "OPS_TERRAIN is not set"},
        version=_version(reach),
        levels=partial(predict_at, **reach),
        sites=partial(flat_sites, **reach),
    )


def _over_terrain(areas: gpd.GeoDataFrame, settings: Settings, purpose: str) -> Model:
    policy, source = settings.policy.coverage, settings.terrain
    assert source is not None  # noqa: S101 - chosen by it
    clutter = Clutter(settings.land_cover, policy.clutter_m) if settings.land_cover else None
    # Masts stand, and paths run, as far beyond the areas as a cell reaches.
    beyond = int(np.ceil(policy.radius_km * 1000 / policy.terrain_step_m)) + 1
    try:
        terrain = read_terrain(source, grid_over(areas, policy.terrain_step_m, beyond), areas, clutter)
    except TerrainError as error:
        raise PermanentError(f"OPS_TERRAIN, OPS_LAND_COVER: {error}") from error
    reach = Reach(
        radius_km=policy.radius_km,
        receiver_height_m=policy.receiver_height_m,
        location_pct=policy.location_pct,
        location_width_m=policy.pixel_m,
        lapse_rate=policy.lapse_rate,
    )
    traces = TraceCache(settings.terrain_traces / purpose)
    cover = settings.land_cover.name if settings.land_cover else ""
    text = Text(*(
        text.format(terrain=source.name, clutter=of_clutter.format(land_cover=cover))
        for text, of_clutter in zip(OVER_TERRAIN, CLUTTER[clutter is not None], strict=True)
    ))  # fmt: skip
    return Model(
        text=text,
        basis={
            "model": "\n\n".join(text),
            "terrain": str(source),
            "terrain_version": terrain.version,
            "terrain_filled_share": terrain.filled_share,
        },
        version=_version((reach, terrain.version)),
        levels=partial(sweep_at, terrain=terrain, reach=reach, cache=traces),
        sites=partial(sweep_sites, terrain=terrain, reach=reach, cache=traces),
        traces=traces,
    )


def _version(of: object) -> str:
    digest = hashlib.blake2b(repr(of).encode(), digest_size=12)
    for source in sorted(Path(geo.__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
