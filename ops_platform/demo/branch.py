"""The branch itself: its offices, and made-up people, sites, cells and settlements."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from ops_platform.demo.period import Period
from ops_platform.demo.places import REMOTE_ZONES, WGS84, Office, Places, load_offices

USABLE_AT_V = {None: 1.0, 43.2: 1.0, 46.0: 0.75}
"""What is left of the usable share of the capacity at each set point of the low-voltage disconnect."""
GENERATING = "演示代维公司"
MAINTAINING = (None, GENERATING, "演示通信服务公司")
"""For whom the maintenance staff of an office work, in turn; none is the branch itself."""


@dataclass(frozen=True)
class Person:
    """A member of staff."""

    staff_id: str
    name: str
    office_id: str
    role: str
    contractor: str | None


@dataclass
class Site:
    """A site, with the days on which it is in service (``live_from <= day < live_to``).

    ``strength`` is what nobody knows: how long its battery really lasts, as a share of what the formula says.
    """

    site_id: str
    name: str
    office_id: str
    staff_id: str | None
    latitude: float
    longitude: float
    area_class: str
    priority: str
    capacity_ah: float | None
    strings: int | None
    battery_installed_on: date | None
    temperature_c: float
    load_a: float
    fixed_generator: bool
    in_service_on: date
    travel_s: int
    special: str = ""
    retired_on: date | None = None
    lvd_v: float | None = None
    strength: float = 1.0
    live_from: int = -(10**6)
    live_to: int = 10**6
    customers: int | None = None
    upstream_site_id: str | None = None
    shared_by: int | None = None

    def live(self, day: int) -> bool:
        """Return whether the site is in service on a day index."""
        return self.live_from <= day < self.live_to

    def autonomy_s(self, failed_on: date) -> int:
        """Return the battery autonomy in whole seconds, by the house formula of docs/definitions.md."""
        if self.capacity_ah is None or self.strings is None or self.battery_installed_on is None:
            raise ValueError(f"{self.site_id} has no known battery")
        years = (failed_on - self.battery_installed_on).days / 365.25
        age = max(0.5, 1 - 0.04 * years)
        cold = 1 - 0.008 * max(0.0, 25.0 - self.temperature_c)
        usable = 0.8 * USABLE_AT_V[self.lvd_v]
        return int(self.capacity_ah * self.strings * usable * age * cold / self.load_a * 3600)


@dataclass(frozen=True)
class Cell:
    """A cell; ``azimuth_deg`` is empty for an omnidirectional antenna."""

    cell_id: str
    site: Site
    technology: str
    band_mhz: float
    height_m: float
    azimuth_deg: float | None
    mechanical_tilt_deg: float
    electrical_tilt_deg: float
    gain_dbi: float
    power_dbm: float
    channels: int | None

    @property
    def packet_channels(self) -> int | None:
        """Packet data channels: at every fifth site too few."""
        few = int(self.site.site_id[-4:]) % 5 == 0
        return None if self.channels is None else 2 if few else 6

    @property
    def edge(self) -> bool | None:
        """Whether it has EDGE: at every second site."""
        return None if self.channels is None else int(self.site.site_id[-4:]) % 2 == 0


@dataclass(frozen=True)
class Settlement:
    """A settlement with its people."""

    settlement_id: str
    name: str
    office_id: str
    latitude: float
    longitude: float
    people: int


@dataclass
class Branch:
    """Everything that stands still."""

    period: Period
    offices: list[Office]
    staff: list[Person]
    sites: list[Site]
    cells: list[Cell]
    settlements: list[Settlement] = field(default_factory=list)

    def people(self, office_id: str, role: str) -> list[str]:
        """Return the ids of an office's staff in a role."""
        return [person.staff_id for person in self.staff if (person.office_id, person.role) == (office_id, role)]

    @property
    def contractors(self) -> dict[str, str]:
        """For whom each member of staff works who is not the branch's own."""
        return {person.staff_id: person.contractor for person in self.staff if person.contractor}

    def fleet(self, office_id: str) -> list[str]:
        """Return the ids of an office's portable generators, one for each of its generation staff."""
        count = len(self.people(office_id, "generation"))
        return [f"DEMO-YJ{office_id[-2:]}{number:02d}" for number in range(1, count + 1)]

    def sites_of(self, office_id: str) -> list[Site]:
        """Return an office's sites."""
        return [site for site in self.sites if site.office_id == office_id]

    def special(self, word: str) -> Site:
        """Return the site that plays a special part."""
        return next(site for site in self.sites if site.special == word)


def _staff(rng: np.random.Generator, office: Office, size: float) -> list[Person]:
    wanted = {"manager": 1, "maintenance": 8, "generation": 4, "service": 2}
    people: list[Person] = []
    surnames = "才索扎李马王张多旦拉"
    for role, number in wanted.items():
        for _ in range(max(1 if role in {"manager", "service"} else 2, round(number * size))):
            serial = len(people) + 1
            contractor = GENERATING if role == "generation" else None
            if role == "maintenance":
                contractor = MAINTAINING[serial % len(MAINTAINING)]
            name = f"演示{surnames[int(rng.integers(len(surnames)))]}某{serial:02d}"
            people.append(Person(f"DEMO-{office.office_id[-2:]}{serial:03d}", name, office.office_id, role, contractor))
    return people


def _battery(rng: np.random.Generator, first: date) -> tuple[float, int, date, float, float]:
    """Return capacity, strings, installation day, room temperature and load that last between 1.5 and 11 hours."""
    while True:
        capacity = float(rng.choice([200, 300, 500]))
        strings = int(rng.integers(1, 3))
        installed = first - timedelta(days=int(rng.integers(120, 3_300)))
        temperature = round(float(rng.uniform(2, 29)), 1)
        load = round(float(rng.uniform(25, 90)), 1)
        hours = capacity * strings * 0.8 * max(0.5, 1 - 0.04 * (first - installed).days / 365.25) / load
        if 2.2 <= hours <= 11:  # noqa: PLR2004 - the range that this branch's rooms are built for
            return capacity, strings, installed, temperature, load


def _specials(office_id: str, count: int) -> list[str]:
    wanted = {
        "632301": ["failed", "orphan"],
        "632322": ["hazards"],
        "632323": ["passing", "orphan"],
        "632324": ["retired", "batteryless"],
    }[office_id]
    return ["fixed", "fixed", *wanted, *([""] * count)][:count]


def _site(rng: np.random.Generator, period: Period, office: Office, places: Places, index: int, special: str) -> Site:
    (lat, lon), area = places.site(special, REMOTE_ZONES.get(office.office_id, (0.0, ""))[1])
    capacity, strings, installed, temperature, load = _battery(rng, period.first)
    _, _, distance = WGS84.inv(office.seed.seat[1], office.seed.seat[0], lon, lat)
    priority = str(rng.choice(["vip", "a", "b", "c"], p={"centre": [0.3, 0.5, 0.2, 0], "urban": [0.1, 0.4, 0.4, 0.1],
                   "town": [0, 0.2, 0.5, 0.3], "rural": [0, 0, 0.35, 0.65]}[area]))  # fmt: skip
    blank = special == "batteryless"
    return Site(
        site_id=f"DEMO{office.office_id[-2:]}{index:04d}",
        name=f"演示{office.seed.name[:2]}基站{index:03d}",
        office_id=office.office_id,
        staff_id=None,
        latitude=lat,
        longitude=lon,
        area_class=area,
        priority=priority,
        capacity_ah=None if blank else capacity,
        strings=None if blank else strings,
        battery_installed_on=None if blank else installed,
        temperature_c=temperature,
        load_a=load,
        fixed_generator=special == "fixed" or (special == "" and rng.random() < 0.06),  # noqa: PLR2004
        in_service_on=period.first - timedelta(days=int(rng.integers(200, 4_000))),
        travel_s=int(distance / 1000 * 1.4 / 40 * 3600),
        special=special,
    )


def _stage(period: Period, site: Site) -> None:
    """Give a special site its place in time."""
    edges = period.edges
    if site.special == "failed":
        site.in_service_on, site.live_from = period.date(9), 10**6
    elif site.special == "hazards":
        site.in_service_on, site.live_from = period.date(edges[1]), 10**6
    elif site.special == "passing":
        site.in_service_on, site.live_from = period.date(edges[1] + 4), edges[1] + 15
    elif site.special == "retired":
        site.live_to = edges[-2] + 10
        site.retired_on = period.date(site.live_to)


def _cells(rng: np.random.Generator, site: Site) -> list[Cell]:
    layout = str(rng.choice(["sectors", "mixed", "omni"], p=[0.5, 0.3, 0.2]))
    height = round(float(rng.uniform(15, 32)), 1)
    turn = int(rng.integers(0, 12)) * 10
    cells = []
    for technology, letter in (("GSM", "G"), ("LTE", "L")):
        sectored = layout == "sectors" or (layout == "mixed" and technology == "LTE")
        azimuths: list[float | None] = [float((turn + 120 * k) % 360) for k in range(3)] if sectored else [None]
        gsm = technology == "GSM"
        band = 900.0 if gsm else float(rng.choice([900, 1800, 2100], p=[0.2, 0.6, 0.2]))
        for index, azimuth in enumerate(azimuths, 1):
            carriers = int(rng.integers(2, 5)) if sectored or site.area_class == "rural" else int(rng.integers(3, 7))
            cells.append(
                Cell(
                    f"{site.site_id}{letter}{index}", site, technology, band, height, azimuth,
                    float(rng.integers(0, 5)), float(rng.integers(0, 4)) if sectored else 0.0,
                    15.5 if sectored else 8.0,
                    float(rng.integers(26, 34)) if gsm else round(float(rng.uniform(9, 16)), 1),
                    carriers * 8 - 2 - (carriers > 2) if gsm else None,  # noqa: PLR2004
                )
            )  # fmt: skip
    return cells


def _settlements(rng: np.random.Generator, office: Office, places: Places, size: float) -> list[Settlement]:
    first, second = "东西南北上下新尕德拉", "滩沟沿塘卡麻曲龙贡措"
    found = []
    for index in range(1, max(12, round(office.seed.settlements * size)) + 1):
        lat, lon = places.settlement()
        name = f"演示{first[int(rng.integers(10))]}{second[int(rng.integers(10))]}村{index:02d}"
        people = int(rng.lognormal(5.9, 0.8)) + 20
        found.append(Settlement(f"DEMO-S{office.office_id[-2:]}{index:03d}", name, office.office_id, lat, lon, people))
    return found


def build_branch(rng: np.random.Generator, period: Period, scale: float) -> Branch:
    """Draw the branch.

    Parameters
    ----------
    rng
        Source of every draw.
    period
        The months it lives through.
    scale
        1.0 is about 420 sites; small scales keep at least ten sites an office.
    """
    offices = load_offices()
    branch = Branch(period, offices, [], [], [])
    for office in offices:
        places = Places(rng, office, offices)
        branch.staff += _staff(rng, office, min(scale, 1.0) if scale < 1 else scale**0.5)
        keepers = branch.people(office.office_id, "maintenance")
        count = max(12, round(office.seed.sites * scale))
        for index, special in enumerate(_specials(office.office_id, count), 1):
            site = _site(rng, period, office, places, index, special)
            _stage(period, site)
            site.staff_id = None if special == "orphan" else keepers[index % len(keepers)]
            branch.sites.append(site)
            branch.cells += _cells(rng, site)
        branch.settlements += _settlements(rng, office, places, scale)
    return branch
