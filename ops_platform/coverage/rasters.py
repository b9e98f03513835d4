"""Where the rasters of a month lie: one cloud-optimised GeoTIFF a layer, and the cells that their numbers mean.

``$OPS_HOME/warehouse/best_server/month=…/all.tif``, ``gsm.tif``, ``lte_1800.tif`` …; each names the file of its cells,
so that a reader never takes the numbers of one run for those of another.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from geo.cog import read_servers, write_servers
from geo.crs import Grid
from geo.servers import Servers
from ops_platform.contracts.coverage import COVERAGE_CELLS
from ops_platform.warehouse import Warehouse, replacing, write_whole

BEST_SERVER = "best_server"
ALL = "all"
"""The layer of every technology and band."""
_CELLS = "cells"


@dataclass(frozen=True)
class Layer:
    """A raster as it was stored."""

    servers: Servers
    grid: Grid
    cells: pd.DataFrame
    """Each at the position that is its number."""
    cells_file: str
    """Name of the file that holds them; of another file the numbers are others."""
    about: dict[str, str]


class Rasters:
    """The rasters of one installation."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._root = warehouse.root / BEST_SERVER

    def path(self, month: str, layer: str = ALL) -> Path:
        """Return the file of a layer."""
        return self._root / f"month={month}" / f"{layer}.tif"

    def months(self) -> list[str]:
        """Return the months that have rasters, sorted."""
        return sorted(file.parent.name.partition("=")[2] for file in self._root.glob(f"month=*/{ALL}.tif"))

    def read(self, month: str, layer: str = ALL) -> Layer | None:
        """Return a layer; None where there is none."""
        path = self.path(month, layer)
        if not path.exists():
            return None
        servers, grid, about = read_servers(path)
        cells = pd.read_parquet(path.with_name(about[_CELLS]), partitioning=None)
        return Layer(servers, grid, cells, about.pop(_CELLS), about)

    def write_cells(self, month: str, cells: pd.DataFrame) -> str:
        """Write the cells that the numbers of a month's rasters mean; return the name of their file."""
        names = [name for name in COVERAGE_CELLS.schema.names if name != "month_on"]
        schema = pa.schema([COVERAGE_CELLS.schema.field(name) for name in names])
        rows = pa.Table.from_pandas(cells[names], schema=schema, preserve_index=False)
        digest = hashlib.blake2b(cells[names].to_csv(index=False).encode(), digest_size=8).hexdigest()
        target = self.path(month).with_name(f"cells-{digest}.parquet")
        if not target.exists():
            write_whole(rows, target, self._warehouse.root)
        return target.name

    def write(
        self, month: str, layer: str, layer_servers: Servers, grid: Grid, about: dict[str, str], cells: str
    ) -> Path:
        """Replace a layer; ``cells`` is what `write_cells` gave."""
        target = self.path(month, layer)
        with replacing(target, self._warehouse.root) as path:
            write_servers(path, layer_servers, grid, {**about, _CELLS: cells})
        return target

    def drop_others(self, month: str, layers: list[str], cells: str) -> None:
        """Delete what else lies with a month's rasters: layers that are no more, cells that nothing names."""
        kept = {cells, *(f"{layer}.tif" for layer in layers)}
        for file in self.path(month).parent.iterdir():
            if file.name not in kept:
                file.unlink()
