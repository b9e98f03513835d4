"""Where calls go when a site is down for hours: its nearest neighbour of the same office carries more until then."""

import math

import numpy as np
import numpy.typing as npt

from ops_platform.demo.books import Books, SiteOutage
from ops_platform.demo.branch import Branch, Cell, Site
from ops_platform.demo.period import DAY, HOUR, Period

DEGREE_KM = 111.2
WITHIN_KM = 9.0
LEAST_HOURS = 3
MORE = 1.5
BUSY = range(8, 21)
"""Hours of the day in which there are calls to shift."""


def takers(branch: Branch, books: Books) -> list[tuple[SiteOutage, Site]]:
    """Return the outages whose calls shift, each with the neighbour that takes them.

    They last some whole busy hours, and neither that neighbour nor any other part of its story is down meanwhile.
    """
    found: list[tuple[SiteOutage, Site]] = []
    for down in books.downs:
        if down.counts and down.up is not None and len(_hours(down)) >= LEAST_HOURS:
            near = [site for site in branch.sites_of(down.site.office_id) if site is not down.site]
            near = [site for site in near if _km(site, down.site) < WITHIN_KM and _up(site, down, books)]
            near = [site for site in near if all(site is not taker for _, taker in found)]
            if near:
                found.append((down, min(near, key=lambda site: _km(site, down.site))))
    return found


def shifted_load(
    pairs: list[tuple[SiteOutage, Site]], cells: list[Cell], days: range, per_hour: int
) -> npt.NDArray[np.float64]:
    """Return by how much each cell's load is multiplied ``[cells, days, periods]``."""
    more = np.ones((len(cells), len(days) * 24 * per_hour))
    for down, taker in pairs:
        rows = [index for index, cell in enumerate(cells) if cell.site is taker]
        for hour in _hours(down):
            first = (hour - days.start * 24) * per_hour
            if rows and 0 <= first < more.shape[1]:
                more[rows, first : first + per_hour] = MORE
    return more.reshape(len(cells), len(days), 24 * per_hour)


def note_shifts(pairs: list[tuple[SiteOutage, Site]], period: Period, books: Books) -> None:
    """Write down who took whose calls."""
    for down, taker in pairs:
        if period.month_index(down.down // DAY) in range(period.count):
            books.scenarios["load_shift"] += 1
            books.notes["load_shift"].append({
                "month": period.month(down.down // DAY), "site_id": down.site.site_id, "neighbour_id": taker.site_id,
                "down_at": period.utc(down.down),
            })  # fmt: skip


def _hours(down: SiteOutage) -> list[int]:
    """Return the whole busy hours of an outage, counted from the period's start."""
    if down.up is None:
        return []
    return [hour for hour in range(-(-down.down // HOUR), down.up // HOUR) if hour % 24 in BUSY]


def _up(site: Site, down: SiteOutage, books: Books) -> bool:
    live = site.live(down.down // DAY) and site.live((down.up or down.down) // DAY)
    return live and not any(
        other.site is site and other.down < (down.up or down.down) and (other.up or 10**12) > down.down
        for other in books.downs
    )


def _km(one: Site, other: Site) -> float:
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return math.hypot(one.latitude - other.latitude, east) * DEGREE_KM
