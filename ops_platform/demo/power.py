"""Mains failures: storms, batteries, crews, fixed generators, false claims, and what became of each outage.

Each outage gets a *fate* first; times are then drawn so that the fate comes true with at least a minute to spare, and
alarms and runs are written as that story would have left them. The battery has the last word: where it is weaker than
the formula says and runs down before the load is carried again, the site goes dark, and the outcome is what the rules
make of that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ops_platform.demo.batteries import strength_today
from ops_platform.demo.books import Books, Diary, MainsOutage
from ops_platform.demo.branch import GENERATING, Branch, Site
from ops_platform.demo.period import DAY, HOUR, MINUTE

CLASS_LIMIT_S = {"vip": 120 * MINUTE, "a": 180 * MINUTE, "b": 240 * MINUTE, "c": 360 * MINUTE}
MARGIN_S = 30 * MINUTE
SETUP_S = 20 * MINUTE
KPI = "generator_timeliness"
LONGEST_S = 26 * HOUR
LOW_VOLTAGE_SHARE = 0.9


@dataclass(frozen=True)
class Story:
    """One mains failure and the numbers that follow from it. All but the moments are seconds after ``failed``."""

    site: Site
    failed: int
    autonomy: int
    lasts: int
    """How long the battery really lasts this time; ``autonomy`` is what the formula says."""

    @property
    def battery_limit(self) -> int:
        """Seconds to the autonomy deadline."""
        return self.autonomy - MARGIN_S

    @property
    def limit(self) -> int:
        """Seconds to the deadline."""
        return min(self.battery_limit, CLASS_LIMIT_S[self.site.priority])

    @property
    def leave_by(self) -> int:
        """Seconds to the moment at which a crew must leave."""
        return self.limit - self.site.travel_s - SETUP_S


@dataclass(frozen=True)
class Ending:
    """How a story ended."""

    outcome: str
    restored: int
    started: int | None = None


class Power:
    """Plays mains failures into the books."""

    def __init__(self, rng: np.random.Generator, branch: Branch, books: Books, diary: Diary) -> None:
        self.rng, self.branch, self.books, self.diary = rng, branch, books, diary
        self.period = branch.period
        self.fates: dict[str, Callable[[Story], Ending]] = {
            "mains_back": self._mains_back, "mains_back_cancelled_crew": self._mains_back_cancelled,
            "in_time": self._in_time, "in_time_by_mains_alarm": self._in_time_by_mains,
            "late_before_empty": self._late_before_empty, "late_after_empty": self._late_after_empty,
            "late_no_run": self._late_no_run, "late_no_run_no_outage": self._late_quiet,
            "false_claim": self._false_claim,
            "ran_dry": self._ran_dry, "fixed_set": self._fixed_set, "fixed_failed": self._in_time,
            "force_majeure": self._force_majeure, "force_majeure_unapproved": self._unapproved,
            "access_refused": self._refused, "access_refused_no_evidence": self._refused_bare, "planned": self._planned,
            "excluded_earlier": self._excluded_earlier,
            "two_sources": self._two_sources, "flapping": self._flapping,
        }  # fmt: skip

    def draw(self, low: float, high: float) -> int:
        """Return a whole number of seconds in ``[low, high)``, or ``low`` where the range is empty."""
        return int(low) if high <= low + 1 else int(self.rng.integers(int(low), int(high)))

    def story(self, site: Site, failed: int, strength: float | None = None) -> Story:
        """Return the story of a mains failure; the battery's strength of the day is drawn where it is not given."""
        autonomy = site.autonomy_s(self.period.date(failed // DAY))
        drawn = strength_today(self.rng, site) if strength is None else strength
        return Story(site, failed, autonomy, int(autonomy * drawn))

    def play(self, site: Site, failed: int, fate: str) -> bool:
        """Play one closed mains outage; false where the site is busy then or its fixed generator forbids the fate."""
        allowed = site.fixed_generator == fate.startswith("fixed") or fate in {"mains_back", "two_sources"}
        if site.capacity_ah is None or not allowed:
            return False
        if not self.diary.reserve(site, failed, failed + LONGEST_S):
            return False
        story = self.story(site, failed)
        ending = self.fates[fate](story)
        self._close(story, ending, fate)
        return True

    def _close(self, story: Story, ending: Ending, fate: str, *, alarms: bool = True) -> None:
        site, failed = story.site, story.failed
        if alarms and fate not in {"two_sources", "flapping"}:
            self.books.alarm(site, "mains_failure", failed, failed + ending.restored)
        started = None if ending.started is None else failed + ending.started
        self.books.mains.append(
            MainsOutage(
                site,
                failed,
                failed + ending.restored,
                story.autonomy,
                failed + story.limit,
                started,
                ending.outcome,
                fate,
                story.lasts,
            )
        )
        self.books.scenarios[f"mains_{fate}"] += 1

    def discharge(self, story: Story, until: int | None, cause: str = "power", *, watched: bool = True) -> bool:
        """Run the battery down from the failure until the load is carried again; true where it was empty before.

        Writes the battery's alarms, if it is watched, and the outage of the site where it went dark.
        """
        end = None if until is None else story.failed + until
        known = self.period.moment - story.failed if until is None else until
        if watched:
            self.books.alarm(story.site, "battery_discharging", story.failed + self.draw(5, 40), end)
            low = int(story.lasts * self.rng.normal(LOW_VOLTAGE_SHARE, 0.01))
            if low < known - MINUTE:
                self.books.alarm(story.site, "low_voltage", story.failed + low, end)
        dark = story.lasts < known - MINUTE
        if dark:
            self.books.down(story.site, story.failed + story.lasts, end, cause)
        return dark

    def run(self, story: Story, start: int | None, end: int | None, dispatched: int | None = None) -> None:
        """Write a generator run; without a start it is a dispatch."""
        arrived = None if start is None else start - self.draw(600, 1_100)
        if dispatched is None:
            dispatched = (
                self.draw(300, 900) if arrived is None else max(120, arrived - story.site.travel_s - self.draw(60, 600))
            )
            dispatched = dispatched if arrived is None else min(dispatched, max(60, arrived - 120))
        crew = self.branch.people(story.site.office_id, "generation")
        fleet = self.branch.fleet(story.site.office_id)
        self.books.add(
            "generator_runs",
            run_id=self.books.serial("generator_runs", "FD"),
            site_id=story.site.site_id,
            staff_id=crew[int(self.rng.integers(len(crew)))],
            dispatched_at=story.failed + dispatched,
            arrived_at=None if arrived is None else story.failed + arrived,
            started_at=None if start is None else story.failed + start,
            ended_at=None if end is None else story.failed + end,
            generator_id=fleet[int(self.rng.integers(1, 30)) % len(fleet)],
            contractor=GENERATING,
        )

    def feasible_start(self, story: Story) -> int:
        """Return a start in time: as soon as a crew can be there, never less than two minutes before the deadline."""
        soonest = story.site.travel_s + SETUP_S + self.draw(300, 1_800)
        return max(1_500, min(soonest, story.limit - self.draw(120, 900)))

    def _mains_back(self, story: Story) -> Ending:
        restored = self.draw(600, story.battery_limit - 300)
        self.discharge(story, restored + self.draw(5, 30))
        return Ending("mains_back", restored)

    def _mains_back_cancelled(self, story: Story) -> Ending:
        self.run(story, None, None)
        return self._mains_back(story)

    def _carry(self, story: Story, start: int, restored: int, *, watched: bool = True) -> bool:
        """Let a generator carry the load from a start on; true where the battery was empty before."""
        dark = self.discharge(story, start + self.draw(60, 240), watched=watched)
        self.run(story, start, restored + self.draw(300, 1_200))
        return dark

    def _in_time(self, story: Story, *, watched: bool = True) -> Ending:
        start = self.feasible_start(story)
        restored = story.battery_limit + self.draw(600, 5 * HOUR)
        dark = self._carry(story, start, restored, watched=watched)
        return Ending("late" if dark else "in_time", restored, start)

    def _in_time_by_mains(self, story: Story) -> Ending:
        return self._in_time(story, watched=False)

    def _late_before_empty(self, story: Story) -> Ending:
        start = self.draw(story.limit + 120, max(story.limit + 600, story.autonomy - 600))
        restored = max(start, story.battery_limit) + self.draw(1_800, 3 * HOUR)
        self._carry(story, start, restored)
        return Ending("late", restored, start)

    def _late_after_empty(self, story: Story) -> Ending:
        start = max(story.autonomy, story.lasts) + self.draw(600, 2 * HOUR)
        restored = start + self.draw(1_800, 3 * HOUR)
        self._carry(story, start, restored)
        return Ending("late", restored, start)

    def _late_no_run(self, story: Story, cause: str = "power") -> Ending:
        restored = max(story.autonomy, story.lasts) + self.draw(900, 4 * HOUR)
        self.discharge(story, restored + self.draw(60, 300), cause)
        return Ending("late", restored)

    def _late_quiet(self, story: Story) -> Ending:
        restored = story.battery_limit + self.draw(180, MARGIN_S - 180)
        self.discharge(story, restored + 10)
        return Ending("late", restored)

    def _false_claim(self, story: Story) -> Ending:
        start = self.draw(1_500, story.limit - 300)
        self.run(story, start, min(start + self.draw(600, 1_500), story.autonomy - 120))
        return self._late_no_run(story)

    def _ran_dry(self, story: Story) -> Ending:
        start = self.feasible_start(story)
        if story.lasts < start + 300:
            return self._in_time(story)
        dry = max(start, story.limit) + self.draw(1_800, 2 * HOUR)
        empty = dry + self.draw(1_800, 3_600)
        restored = max(empty, story.battery_limit) + self.draw(1_200, 2 * HOUR)
        self.books.alarm(
            story.site, "battery_discharging", story.failed + 20, story.failed + start + self.draw(60, 240)
        )
        self.run(story, start, dry)
        up = story.failed + restored + self.draw(60, 240)
        self.books.alarm(story.site, "battery_discharging", story.failed + dry + 10, up)
        self.books.down(story.site, story.failed + empty, up, "power")
        return Ending("late", restored, start)

    def _fixed_set(self, story: Story) -> Ending:
        restored = story.battery_limit + self.draw(600, 6 * HOUR)
        begun = self.draw(20, 70)
        self.books.alarm(
            story.site, "generator_running", story.failed + begun, story.failed + restored + self.draw(120, 600)
        )
        self.discharge(story, begun + 20)
        return Ending("fixed_set", restored)

    def _excluded(self, story: Story, reason: str, *, evidence: str | None, approved: bool) -> Ending:
        ending = self._late_no_run(story)
        interval = (story.failed - HOUR, story.failed + ending.restored)
        self.books.exclusion(KPI, interval, reason, site_id=story.site.site_id, evidence=evidence, approved=approved)
        return ending

    def _force_majeure(self, story: Story) -> Ending:
        return Ending("exempt", self._excluded(story, "force_majeure", evidence=None, approved=True).restored)

    def _unapproved(self, story: Story) -> Ending:
        return self._excluded(story, "force_majeure", evidence="道路塌方照片（演示）", approved=False)

    def _refused(self, story: Story) -> Ending:
        return Ending(
            "exempt", self._excluded(story, "access_refused", evidence="业主拒绝录像（演示）", approved=True).restored
        )

    def _refused_bare(self, story: Story) -> Ending:
        return self._excluded(story, "access_refused", evidence=None, approved=True)

    def _excluded_earlier(self, story: Story) -> Ending:
        """Play a failure after an approved exclusion of the site that ended too soon to cover it."""
        interval = (story.failed - 5 * HOUR, story.failed - 2 * HOUR)
        self.books.exclusion(KPI, interval, "other", site_id=story.site.site_id)
        return self._late_no_run(story)

    def _planned(self, story: Story) -> Ending:
        restored = self._late_no_run(story, "planned").restored
        self.books.planned_work(story.site, story.failed - 1_800, story.failed + restored + 1_800, "市电改造（演示）")
        return Ending("exempt", restored)

    def _two_sources(self, story: Story) -> Ending:
        restored = self.draw(900, story.battery_limit - 300)
        failed, end = story.failed, story.failed + restored
        self.books.alarm(story.site, "mains_failure", failed, end - self.draw(5, 60))
        self.books.alarm(story.site, "mains_failure", failed + self.draw(10, 60), end, "主设备网管（演示）")
        self.discharge(story, restored + self.draw(5, 30), watched=False)
        return Ending("mains_back", restored)

    def _flapping(self, story: Story) -> Ending:
        """Three alarms: the second follows within the merging gap, the third after it and is an outage of its own."""
        first = self.draw(300, 900)
        again = first + self.draw(40, 59)
        restored = again + self.draw(300, 900)
        failed = story.failed
        self.books.alarm(story.site, "mains_failure", failed, failed + first)
        self.books.alarm(story.site, "mains_failure", failed + again, failed + restored)
        second = self.story(story.site, failed + restored + self.draw(200, 900))
        self._close(second, self._mains_back(second), "after_flapping")
        return Ending("mains_back", restored)


def office_lateness(failure: float) -> dict[str, float]:
    """Return the odds of each fate for an office whose people fail this often."""
    late = {"late_before_empty": 0.3, "late_after_empty": 0.3, "late_no_run": 0.12, "late_no_run_no_outage": 0.1,
            "false_claim": 0.12, "ran_dry": 0.06}  # fmt: skip
    fine = {"mains_back": 0.36, "mains_back_cancelled_crew": 0.06, "two_sources": 0.05, "flapping": 0.03,
            "in_time": 0.44, "in_time_by_mains_alarm": 0.06}  # fmt: skip
    share = failure * 0.75
    odds = {fate: odd * (1 - share) for fate, odd in fine.items()}
    return odds | {fate: odd * share for fate, odd in late.items()}


EVERY_FATE = (
    "mains_back", "mains_back_cancelled_crew", "in_time", "in_time_by_mains_alarm", "late_before_empty",
    "late_after_empty", "late_no_run", "late_no_run_no_outage", "false_claim", "ran_dry", "fixed_set", "fixed_failed",
    "force_majeure", "force_majeure_unapproved", "access_refused", "access_refused_no_evidence", "planned",
    "excluded_earlier",
    "two_sources", "flapping",
)  # fmt: skip


def _somewhere(power: Power, fate: str, failed: int | None = None) -> None:
    """Play a fate at any site and time that allow it."""
    latest = power.period.moment - 2 * DAY
    for _ in range(10_000):
        site = power.branch.sites[power.draw(0, len(power.branch.sites))]
        at = power.draw(DAY, latest) if failed is None else failed + power.draw(0, HOUR)
        if power.play(site, at, fate):
            return
    raise RuntimeError(f"no site is free for {fate}")


def _storm(power: Power, sites: list[Site], start: int, share: float, failure: float) -> None:
    odds = office_lateness(failure)
    names, weights = list(odds), np.array(list(odds.values()))
    for site in sites:
        if power.rng.random() < share:
            fixed = site.fixed_generator
            fate = "fixed_set" if fixed else str(power.rng.choice(names, p=weights / weights.sum()))
            excused = not fixed and power.rng.random() < 0.03  # noqa: PLR2004 - where the storm closed the road
            power.play(site, start + power.draw(0, 3 * HOUR), "force_majeure" if excused else fate)


def simulate_power(power: Power) -> None:
    """Play every closed mains outage of the period: each fate at least once, storms, and single failures."""
    branch, period = power.branch, power.period
    for edge in period.edges[1:]:
        _somewhere(power, "in_time", edge * DAY - 90 * MINUTE)
        _somewhere(power, "late_no_run", edge * DAY - 3 * HOUR)
    for fate in EVERY_FATE:
        _somewhere(power, fate)
    for office in branch.offices:
        sites = branch.sites_of(office.office_id)
        for start, end in pairwise(period.edges):
            for _ in range(2):
                _storm(power, sites, power.draw((start + 1) * DAY, (end - 2) * DAY), 0.18, office.seed.failure)
            for _ in range(round(len(sites) * 0.35)):
                site = sites[power.draw(0, len(sites))]
                failed = power.draw((start + 0.5) * DAY, (end - 0.2) * DAY)
                _storm(power, [site], failed, 1.0, office.seed.failure)
