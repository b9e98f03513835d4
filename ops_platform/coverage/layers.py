"""The rasters of a month: of all cells, each technology, each band; only what has changed is predicted again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.crs import Grid
from geo.gather import gather
from geo.servers import NOBODY, Mask, Servers, around, changed_sites, neighbours, renewed
from ops_platform.clock import shift_month
from ops_platform.coverage.model import Model
from ops_platform.coverage.rasters import ALL, Layer, Rasters
from ops_platform.policy import CoveragePolicy

VERSION = "version"
_NOT_OF_A_SITE = ["month_on", "number", "tilt_deg"]


@dataclass(frozen=True)
class StoredLayers:
    """What became of the rasters of a month.

    Attributes
    ----------
    whole
        Servers of the layer of all cells.
    names
        Of the layers.
    renewed_from
        Month whose rasters were renewed; empty where everything was predicted.
    changed_sites, renewed_pixels
        How much was predicted again of those.
    """

    whole: Servers
    names: list[str]
    renewed_from: str = ""
    changed_sites: int = 0
    renewed_pixels: int = 0


@dataclass(frozen=True)
class _Renewal:
    """What must be predicted again of rasters that are there.

    Attributes
    ----------
    month
        Of the rasters.
    changed
        Sites that came, went, or were changed.
    only
        Pixels that any of these reaches, before or now.
    near
        Cells that reach these pixels.
    position_now
        Number now of every cell of the rasters, and of nobody.
    of
        The layer of all cells.
    """

    month: str
    changed: set[str]
    only: Mask
    near: Mask
    position_now: NDArray[np.uint16]
    of: Layer

    def fits(self, layer: Layer, kept: int) -> bool:
        """Tell whether a layer was made with that of all cells, and not left behind by a run that broke off."""
        return (
            layer.cells_file == self.of.cells_file
            and layer.about == self.of.about
            and layer.servers.cell.shape[1] == kept
        )


def store_layers(
    rasters: Rasters, month: str, cells: pd.DataFrame, grid: Grid, model: Model, policy: CoveragePolicy
) -> StoredLayers:
    """Write the rasters of a month, one after the other.

    Where the month, or the one before, has rasters of the same model, only what lies within the radius of a changed
    site is predicted again.
    """
    renewal = _renewal(rasters, month, cells, grid, model, policy)
    cells_file = rasters.write_cells(month, cells)
    about = {VERSION: model.version, "model_zh": model.text.zh, "model_en": model.text.en}
    names, first = [], None
    for name, which, kept in layers_of(cells, policy):
        stored = rasters.read(renewal.month, name) if renewal else None
        if renewal and stored and renewal.fits(stored, kept):
            anew = servers_on(cells, which & renewal.near, grid, model, policy, kept=kept, only=renewal.only)
            servers = renewed(stored.servers, renewal.position_now, anew, renewal.only)
        else:
            servers = servers_on(cells, which, grid, model, policy, kept=kept)
        rasters.write(month, name, servers, grid, about, cells_file)
        names.append(name)
        first = first or servers
    rasters.drop_others(month, names, cells_file)
    assert first is not None  # noqa: S101 - the layer of all cells is always there
    if renewal is None:
        return StoredLayers(first, names)
    return StoredLayers(first, names, renewal.month, len(renewal.changed), int(renewal.only.sum()))


def layers_of(cells: pd.DataFrame, policy: CoveragePolicy) -> Iterator[tuple[str, Mask, int]]:
    """Yield name, cells and kept servers of every layer: all cells, each technology, each band of several."""
    yield ALL, np.ones(len(cells), np.bool_), policy.servers_kept
    technology, band = cells["technology"], cells["band_mhz"]
    for name in sorted(technology.unique()):
        yield name.lower(), (technology == name).to_numpy(np.bool_), policy.layer_servers_kept
    bands = cells.groupby("technology")["band_mhz"].nunique()
    for name, mhz in sorted({*zip(technology, band, strict=True)}):
        if bands[name] == 1:
            continue
        which = ((technology == name) & (band == mhz)).to_numpy(np.bool_)
        yield f"{name.lower()}_{mhz:g}", which, policy.layer_servers_kept


def servers_on(
    cells: pd.DataFrame,
    which: Mask,
    grid: Grid,
    model: Model,
    policy: CoveragePolicy,
    *,
    kept: int,
    only: Mask | None = None,
) -> Servers:
    """Return the servers of some cells on a grid, by their numbers among all."""
    numbers = np.flatnonzero(which).astype(np.int32)
    some = cells.iloc[numbers].reset_index(drop=True)
    reached = (one._replace(server=numbers[one.server]) for one in model.sites(some, grid))
    pixels = grid.shape[0] * grid.shape[1]
    return gather(reached, pixels, kept=kept, threshold_dbm=policy.threshold_dbm, only=only)


def _renewal(
    rasters: Rasters, month: str, cells: pd.DataFrame, grid: Grid, model: Model, policy: CoveragePolicy
) -> _Renewal | None:
    """Find rasters of the same model, of this month or the last, and what has changed since; None without such."""
    for earlier in (month, shift_month(month, -1)):
        stored = rasters.read(earlier)
        if stored is None or not _same_model(stored, grid, model, policy):
            continue
        now = cells.drop(columns=_NOT_OF_A_SITE)
        was = stored.cells[now.columns]
        changed = changed_sites(was, now)
        moved = pd.concat([rows[rows["site_id"].isin(changed)] for rows in (was, now)])
        position = pd.Series(np.arange(len(now)), now["cell_id"].to_numpy()).reindex(was["cell_id"])
        return _Renewal(
            month=earlier,
            changed=changed,
            only=around(grid, moved, policy.radius_km),
            near=neighbours(grid, now, moved, policy.radius_km),
            position_now=np.append(position.fillna(NOBODY), NOBODY).astype(np.uint16),
            of=stored,
        )
    return None


def _same_model(stored: Layer, grid: Grid, model: Model, policy: CoveragePolicy) -> bool:
    return (
        stored.about.get(VERSION) == model.version
        and stored.grid == grid
        and stored.servers.threshold_dbm == policy.threshold_dbm
    )
