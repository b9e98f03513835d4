"""Site outages that are not the battery's: transmission, equipment, planned work; and the true sums of all outages."""

from itertools import pairwise

import numpy as np

from ops_platform.demo.books import Books, Diary, SiteOutage
from ops_platform.demo.branch import Branch, Site
from ops_platform.demo.period import DAY, HOUR

DEVICE = "主设备网管（演示）"
STORIES = (
    "transmission", "transmission_before", "equipment", "equipment_two_sources", "equipment_flapping",
    "transmission_after_the_window", "planned", "transmission_protected", "rectifier", "cell_down",
)  # fmt: skip
ODDS = (0.24, 0.14, 0.26, 0.04, 0.04, 0.03, 0.07, 0.08, 0.04, 0.06)


class Outages:
    """Plays site outages into the books."""

    def __init__(self, rng: np.random.Generator, branch: Branch, books: Books, diary: Diary) -> None:
        self.rng, self.branch, self.books, self.diary = rng, branch, books, diary

    def play(self, site: Site, start: int, story: str) -> bool:
        """Play one story; false where the site is busy then."""
        if not self.diary.reserve(site, start - HOUR, start + 10 * HOUR):
            return False
        lasts = int(self.rng.lognormal(8.2, 0.7)) + 900
        end = start + min(lasts, 8 * HOUR)
        getattr(self, f"_{story}")(site, start, end)
        self.books.scenarios[f"site_{story}"] += 1
        return True

    def _between(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def _transmission(self, site: Site, start: int, end: int) -> None:
        self.books.alarm(site, "transmission", start + self._between(-230, 230), end + 120, DEVICE)
        self.books.down(site, start, end, "transmission")

    def _transmission_before(self, site: Site, start: int, end: int) -> None:
        self.books.alarm(site, "transmission", start - self._between(900, 3_000), end - 60, DEVICE)
        self.books.down(site, start, end, "transmission")

    def _equipment(self, site: Site, start: int, end: int) -> None:
        self.books.down(site, start, end, "equipment")

    def _equipment_two_sources(self, site: Site, start: int, end: int) -> None:
        self.books.alarm(site, "site_down", start + 30, end - 45)
        self.books.down(site, start, end, "equipment")

    def _equipment_flapping(self, site: Site, start: int, end: int) -> None:
        """Two alarms within the merging gap are one outage; a third after it is another."""
        middle = (start + end) // 2
        self.books.alarm(site, "site_down", start, middle, DEVICE)
        self.books.alarm(site, "site_down", middle + self._between(40, 59), end, DEVICE)
        self.books.downs.append(SiteOutage(site, start, end, "equipment"))
        again = end + self._between(200, 900)
        self.books.down(site, again, again + self._between(600, 1_800), "equipment")

    def _transmission_after_the_window(self, site: Site, start: int, end: int) -> None:
        self.books.alarm(site, "transmission", start + self._between(400, 800), end + 400, DEVICE)
        self.books.down(site, start, end, "equipment")

    def _planned(self, site: Site, start: int, end: int) -> None:
        self.books.planned_work(site, start - 900, end + 1_800, "割接（演示）")
        self.books.down(site, start, end, "planned")

    def _transmission_protected(self, site: Site, start: int, end: int) -> None:
        self.books.alarm(site, "transmission", start, end, DEVICE)

    def _rectifier(self, site: Site, start: int, end: int) -> None:
        self.books.alarm(site, "rectifier", start, end)

    def _cell_down(self, site: Site, start: int, end: int) -> None:
        cell = next(cell for cell in self.branch.cells if cell.site is site)
        self.books.alarm(site, "cell_down", start, end, DEVICE, cell.cell_id)


def simulate_outages(rng: np.random.Generator, branch: Branch, books: Books, diary: Diary) -> None:
    """Play every story once, one across each month's end, alarms of a site not in service, and the ordinary ones."""
    period = branch.period
    outages = Outages(rng, branch, books, diary)
    closed = (period.moment // DAY - 2) * DAY
    wanted: list[tuple[str, int | None]] = [(story, None) for story in STORIES]
    wanted += [("equipment", edge * DAY - 600) for edge in period.edges[1:]]
    for story, at in wanted:
        while not outages.play(
            branch.sites[int(rng.integers(len(branch.sites)))],
            int(rng.integers(DAY, closed)) if at is None else at,
            story,
        ):
            pass
    for day in (period.edges[1] + 12, period.edges[1] + 20):
        books.down(branch.special("hazards"), day * DAY + 9 * HOUR, day * DAY + 12 * HOUR, "equipment")
    for office in branch.offices:
        sites = branch.sites_of(office.office_id)
        rate = 0.12 + office.seed.failure * 2.2
        for _ in range(round(len(sites) * rate * period.count)):
            site = sites[int(rng.integers(len(sites)))]
            outages.play(site, int(rng.integers(DAY, closed)), str(rng.choice(STORIES, p=np.array(ODDS) / sum(ODDS))))


def measure_outages(branch: Branch, books: Books) -> None:
    """Add the true sums of generator timeliness, site outages and availability."""
    add, period = books.measures.add, branch.period
    for mains in books.mains:
        site, day, outcome = mains.site, mains.failed // DAY, mains.outcome
        if outcome != "pending":
            due = outcome in {"in_time", "late"}
            add("generator_timeliness", day, site.office_id, site.staff_id, outcome == "in_time", due, not due)
    edges = period.edges
    for site in branch.sites:
        for start, end in pairwise(edges):
            days = max(0, min(end, site.live_to) - max(start, site.live_from))
            if days:
                add("site_outages", start, site.office_id, site.staff_id, 0, days)
                add("site_availability", start, site.office_id, site.staff_id, days * DAY, days * DAY)
    for down in books.downs:
        if down.counts:
            _measure_down(books, down.site, (down.down, down.up or period.moment), planned=down.cause == "planned")


def _measure_down(books: Books, site: Site, interval: tuple[int, int], *, planned: bool) -> None:
    add, edges = books.measures.add, books.period.edges
    start, end = interval
    add("site_outages", start // DAY, site.office_id, site.staff_id, not planned, 0, planned)
    for first, last in pairwise(edges):
        seconds = max(0, min(end, last * DAY) - max(start, first * DAY))
        if seconds and planned:
            add("site_availability", first, site.office_id, site.staff_id, -seconds, -seconds, seconds)
        elif seconds:
            add("site_availability", first, site.office_id, site.staff_id, -seconds)
