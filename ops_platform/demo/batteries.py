"""What nobody knows of the batteries: how long each really lasts; and the discharge tests that tell a little of it."""

from collections.abc import Iterable

import numpy as np

from ops_platform.demo.books import Books, Diary
from ops_platform.demo.branch import USABLE_AT_V, Branch, Site
from ops_platform.demo.period import DAY, HOUR

BETWEEN_SITES = 0.2
WITHIN_SITE = 0.08
WEAKEST, STRONGEST = 0.4, 1.7
PEUKERT = 1.15
CAMPAIGN_MONTHS_BACK = (9, 4)
"""Campaigns of discharge tests, in months of 30 days before the first month."""
CAMPAIGN_DAYS = 20
LONGEST_TEST_S = 10 * HOUR


def wear(rng: np.random.Generator, branch: Branch) -> None:
    """Give every site the set point of its low-voltage disconnect, and the true strength of its battery."""
    for site in branch.sites:
        site.lvd_v = [None, 43.2, 46.0][int(rng.choice(3, p=[0.3, 0.6, 0.1]))]
        site.strength = float(np.clip(np.exp(rng.normal(0, BETWEEN_SITES)), WEAKEST, STRONGEST))


def strength_today(rng: np.random.Generator, site: Site) -> float:
    """Return the strength that the battery shows in one discharge."""
    return float(np.clip(site.strength * np.exp(rng.normal(0, WITHIN_SITE)), WEAKEST, STRONGEST))


def simulate_tests(rng: np.random.Generator, branch: Branch, books: Books, diary: Diary) -> None:
    """Play the discharge tests: two campaigns before the first month, and some sites in every month since."""
    period = branch.period
    for months in CAMPAIGN_MONTHS_BACK:
        begin = -30 * months
        _campaign(rng, branch, books, branch.sites, (begin, begin + CAMPAIGN_DAYS), 0.6)
    for start, end in zip(period.edges, [*period.edges[1:], period.today], strict=True):
        free = [site for site in branch.sites if rng.random() < 0.1]  # noqa: PLR2004 - a tenth of the sites a month
        for site in free:
            at = int(rng.integers(start, end)) * DAY + int(rng.integers(9 * HOUR, 12 * HOUR))
            if at + LONGEST_TEST_S < period.moment and diary.reserve(site, at, at + LONGEST_TEST_S):
                _test(rng, branch, books, site, at)


def _campaign(
    rng: np.random.Generator, branch: Branch, books: Books, sites: Iterable[Site], days: tuple[int, int], share: float
) -> None:
    for site in sites:
        if rng.random() < share:
            at = int(rng.integers(*days)) * DAY + int(rng.integers(9 * HOUR, 12 * HOUR))
            if site.in_service_on <= branch.period.date(at // DAY):
                _test(rng, branch, books, site, at)


def _test(rng: np.random.Generator, branch: Branch, books: Books, site: Site, at: int) -> None:
    """Write one test: at a current near the site's load, down to the cut-off or broken off before."""
    on = branch.period.date(at // DAY)
    if site.battery_installed_on is None or site.battery_installed_on > on:
        return
    times = float(rng.uniform(0.8, 1.3))
    load = round(site.load_a * times, 1)
    cut_off = [43.2, 46.0][int(rng.random() < 0.2)]  # noqa: PLR2004 - a fifth are careful of their batteries
    deeper = USABLE_AT_V[cut_off] / USABLE_AT_V[site.lvd_v]
    full = site.autonomy_s(on) * strength_today(rng, site) * deeper * (site.load_a / load) ** PEUKERT
    allowed = LONGEST_TEST_S if rng.random() < 0.7 else int(rng.uniform(0.3, 1.0) * full)  # noqa: PLR2004
    lasted = int(min(full, allowed))
    books.add(
        "battery_tests", test_id=books.serial("battery_tests", "FDCS"), site_id=site.site_id, tested_at=at,
        load_a=load, duration_s=lasted, start_voltage_v=round(float(rng.uniform(52.5, 54.0)), 1),
        end_voltage_v=round(cut_off + (52 - cut_off) * (1 - lasted / full), 1), cut_off_v=cut_off,
        ended_at_cut_off=full <= allowed, staff_id=branch.people(site.office_id, "maintenance")[0],
    )  # fmt: skip
