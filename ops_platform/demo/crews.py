"""Who can be sent and what for: generators, crews, the customers of a site, and the faults of the present night."""

from dataclasses import replace

import numpy as np

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import HOUR, MINUTE
from ops_platform.demo.places import WGS84, Office
from ops_platform.demo.power import SETUP_S
from ops_platform.demo.witnesses import KILOVOLTS
from ops_platform.demo.work import CAUSES

CUSTOMERS = {"rural": 180, "town": 500, "urban": 1_100, "centre": 1_600}
"""Median customers of a site by area class."""
UNCOUNTED = 0.04
SHARED, DIRECT, SITES_A_HUB = 0.3, 0.5, 12
RATED_KW = (3.0, 5.0, 8.0, 12.0)
MAINTAINERS_A_CREW = 3
BUSY = 0.25


def simulate_crews(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Count the customers of every site and write down each office's generators and crews at the present."""
    for site in branch.sites:
        served = int(rng.lognormal(np.log(CUSTOMERS[site.area_class]), 0.5))
        site.customers = None if rng.random() < UNCOUNTED else served
        site.shared_by = 1 + int(rng.binomial(2, SHARED))
    for office in branch.offices:
        sites = branch.sites_of(office.office_id)
        hubs = sites[::SITES_A_HUB]
        for site in sites:
            hub = hubs[int(rng.integers(len(hubs)))]
            site.upstream_site_id = None if site in hubs or rng.random() < DIRECT else hub.site_id
        for generator_id in branch.fleet(office.office_id):
            books.add(
                "generators", generator_id=generator_id, office_id=office.office_id,
                rated_kw=float(rng.choice(RATED_KW, p=[0.2, 0.4, 0.3, 0.1])),
            )  # fmt: skip
            _crew(rng, branch, books, office, generator_id)
        for _ in range(max(1, len(branch.people(office.office_id, "maintenance")) // MAINTAINERS_A_CREW)):
            _crew(rng, branch, books, office, None)


def simulate_night_faults(rng: np.random.Generator, branch: Branch, books: Books, count: int) -> None:
    """Write down faults that occurred in the last hours and are not repaired; no closed month knows them."""
    sites = [site for site in branch.sites if not site.special]
    for _ in range(count):
        site = sites[int(rng.integers(len(sites)))]
        occurred = books.period.moment - int(rng.integers(40 * MINUTE, 7 * HOUR))
        reported = occurred + int(rng.integers(2 * MINUTE, 14 * MINUTE))
        books.add(
            "faults", fault_id=books.serial("faults", "GZ"), site_id=site.site_id, staff_id=site.staff_id,
            fault_class=str(rng.choice(["critical", "major", "minor"], p=[0.2, 0.45, 0.35])), occurred_at=occurred,
            reported_at=reported, responded_at=reported + int(rng.integers(60, 13 * MINUTE)), repaired_at=None,
            reported_cause=str(rng.choice(CAUSES)), confirmed_cause=None, story="tonight",
        )  # fmt: skip
        books.scenarios["fault_tonight"] += 1


def _crew(rng: np.random.Generator, branch: Branch, books: Books, office: Office, generator_id: str | None) -> None:
    """Write down a crew: at its office or at the site where its last work was."""
    sites = branch.sites_of(office.office_id)
    site = sites[int(rng.integers(len(sites)))]
    away = rng.random() < 0.5  # noqa: PLR2004 - half of them are on the road in the morning
    latitude, longitude = (site.latitude, site.longitude) if away else office.seed.seat
    number = sum(row["office_id"] == office.office_id for row in books.rows["crews"]) + 1
    busy = int(rng.integers(10 * MINUTE, 2 * HOUR))
    books.add(
        "crews", crew_id=f"DEMO-DW{office.office_id[-2:]}{number:02d}", office_id=office.office_id,
        crew_name=f"演示{office.seed.name[:2]}{'发电' if generator_id else '抢修'}{number}队",
        latitude=round(latitude, 5), longitude=round(longitude, 5),
        generator_id=generator_id, can_generate=generator_id is not None,
        can_repair=generator_id is None or bool(rng.random() < 0.4),  # noqa: PLR2004 - some do both
        free_at=books.period.moment + busy if rng.random() < BUSY else None,
    )  # fmt: skip


PATIENCE_S = 600
"""A generator should be on its way so long after the mains failed."""


def settle_night(books: Books) -> None:
    """Find the true state of each open outage that waits for a crew: they leave from where the nearest ready one is."""
    moment = books.period.moment
    failed = {mains.site.site_id: mains.failed for mains in books.mains if mains.restored is None}
    dispatched = [run for run in books.rows["generator_runs"] if run["ended_at"] is None
                  and failed.get(run["site_id"], moment + 1) <= run["dispatched_at"] <= moment]  # fmt: skip
    away = {run["generator_id"] for run in dispatched}
    rated = {row["generator_id"]: row["rated_kw"] for row in books.rows["generators"]}
    ready = [crew for crew in books.rows["crews"] if crew["can_generate"] and crew["generator_id"] not in away
             and (crew["free_at"] or 0) <= moment]  # fmt: skip
    books.alerts["generator_leave_by"].clear()
    for index, mains in enumerate(books.mains):
        if mains.state not in {"on_battery", "leave_now"}:
            continue
        site = mains.site
        ways = [_road_s((crew["latitude"], crew["longitude"]), (site.latitude, site.longitude)) for crew in ready
                if site.fixed_generator or rated[crew["generator_id"]] >= site.load_a * KILOVOLTS]  # fmt: skip
        leave_by = mains.deadline - min(ways, default=site.travel_s) - SETUP_S
        state = "leave_now" if leave_by <= moment else "on_battery"
        books.mains[index] = replace(mains, state=state)
        sent = any(run["site_id"] == site.site_id for run in dispatched)
        if sent or site.fixed_generator:
            continue
        if state == "leave_now":
            books.alerts["generator_leave_by"].append(site.site_id)
        elif moment - mains.failed >= PATIENCE_S:
            books.alerts["generator_not_dispatched"].append(site.site_id)


def _road_s(start: tuple[float, float], end: tuple[float, float]) -> float:
    return float(WGS84.inv(start[1], start[0], end[1], end[0])[2] / 1000 * 1.4 / 40 * HOUR)
