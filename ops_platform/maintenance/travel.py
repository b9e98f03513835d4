"""How long the way to a site takes: one estimator for the power clock and the dispatch board.

House definitions, stated in docs/definitions.md; the numbers are `PowerPolicy`'s.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs import geodesic
from ops_platform.maintenance.terrain import relief_m
from ops_platform.policy import PowerPolicy

Floats = NDArray[np.float64]
RELIEF_UNIT_M_PER_KM = 100.0


class Travel(Protocol):
    """Hours by road from places to places, in degrees of latitude and longitude; shapes broadcast.

    Not a number where a place is unknown. `basis` says in Chinese and English what the hours rest on.
    """

    @property
    def basis(self) -> str:
        """What the hours rest on, for the reader of a clock or a plan."""

    def __call__(
        self, from_latitude: ArrayLike, from_longitude: ArrayLike, latitude: ArrayLike, longitude: ArrayLike
    ) -> Floats:
        """Return the hours."""


@dataclass(frozen=True)
class RoadTravel:
    """Geodesic distance, a detour factor and a speed."""

    policy: PowerPolicy

    @property
    def basis(self) -> str:
        """What the hours rest on, for the reader of a clock or a plan."""
        return "直线距离与绕行系数，未用地形 / straight line and detour factor; no terrain is set"

    def __call__(
        self, from_latitude: ArrayLike, from_longitude: ArrayLike, latitude: ArrayLike, longitude: ArrayLike
    ) -> Floats:
        """Return the hours."""
        metres, _ = geodesic(from_longitude, from_latitude, longitude, latitude)
        return np.asarray(metres / 1000 * self.policy.road_factor / self.policy.road_speed_kmh)


@dataclass(frozen=True)
class TerrainTravel:
    """As `RoadTravel`, and longer by what the straight line climbs and falls over a raster of heights.

    Attributes
    ----------
    terrain
        A raster of heights in metres that GDAL reads, with a CRS.
    """

    policy: PowerPolicy
    terrain: Path

    @property
    def basis(self) -> str:
        """What the hours rest on, for the reader of a clock or a plan."""
        return (
            f"直线距离与绕行系数，按地形 {self.terrain.name} 的起伏加长 / "
            f"straight line and detour factor, longer by the relief of {self.terrain.name}"
        )

    def __call__(
        self, from_latitude: ArrayLike, from_longitude: ArrayLike, latitude: ArrayLike, longitude: ArrayLike
    ) -> Floats:
        """Return the hours.

        Raises
        ------
        PermanentError
            If the raster cannot be read or has no CRS.
        """
        hours = RoadTravel(self.policy)(from_latitude, from_longitude, latitude, longitude)
        metres, _ = geodesic(from_longitude, from_latitude, longitude, latitude)
        relief = relief_m(
            self.terrain, (from_longitude, from_latitude), (longitude, latitude), self.policy.relief_step_m
        )
        steepness = np.divide(relief, metres / 1000, out=np.zeros_like(metres), where=metres > 0)
        return np.asarray(hours * (1 + self.policy.relief_factor * steepness / RELIEF_UNIT_M_PER_KM))


def travel_of(policy: PowerPolicy, terrain: Path | None) -> Travel:
    """Return the estimator of an installation: by terrain where it has a raster of heights."""
    return RoadTravel(policy) if terrain is None else TerrainTravel(policy, terrain)
