"""What crews and meters tell of each generator run, and the runs of which they do not agree.

Most runs are told plausibly, some with gaps. A few are contradicted, each in one way; what is known to be contradicted,
and what becomes of the outage by it, is written down as truth. The alarms of these runs stay as they were.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from math import cos, pi, radians, sin

import numpy as np

from ops_platform.demo.books import Books, MainsOutage, Row
from ops_platform.demo.branch import Branch, Site
from ops_platform.demo.period import DAY
from ops_platform.demo.power import LONGEST_S

LATE = ("late_before_empty", "late_after_empty")
IN_TIME = ("in_time", "in_time_by_mains_alarm")
METRES_A_DEGREE = 111_000
KILOVOLTS = 0.0535
SHARE = 0.01


@dataclass(frozen=True)
class Doubt:
    """A kind of contradiction, the fates of the outages that get it, and what was decided."""

    kind: str
    fates: tuple[str, ...]
    decision: str | None = None


DOUBTS = (
    Doubt("position_far", LATE), Doubt("fuel_without_energy", LATE), Doubt("energy_unlike_load", LATE),
    Doubt("fuel_unlike_rating", LATE), Doubt("voltage_unlike_running", IN_TIME),
    Doubt("position_far", IN_TIME), Doubt("energy_unlike_load", IN_TIME, "does_not_count"),
    Doubt("fuel_without_energy", IN_TIME, "counts"), Doubt("claimed_not_seen", ("false_claim",), "counts"),
    Doubt("empty_trip", ("mains_back_cancelled_crew",)), Doubt("seen_not_claimed", ("mains_back",)),
)  # fmt: skip


def simulate_witnesses(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Let crews and meters tell of every run, then let them contradict a few; the generators must be known."""
    Witnesses(rng, branch, books).play()


class Witnesses:
    """Tells of the runs in the books."""

    def __init__(self, rng: np.random.Generator, branch: Branch, books: Books) -> None:
        self.rng, self.books = rng, books
        self.sites = {site.site_id: site for site in branch.sites}
        self.ratings = {row["generator_id"]: row["rated_kw"] for row in books.rows["generators"]}
        self.runs: dict[str, list[Row]] = defaultdict(list)
        for row in books.rows["generator_runs"]:
            self.runs[row["site_id"]].append(row)

    def play(self) -> None:
        """Tell of every run, and contradict some of each kind."""
        for row in self.books.rows["generator_runs"]:
            self._tell(row, self.sites[row["site_id"]])
        doubted: set[int] = set()
        for doubt in DOUBTS:
            pool = [
                index
                for index, mains in enumerate(self.books.mains)
                if mains.fate in doubt.fates and not mains.site.fixed_generator and index not in doubted
            ]
            some = self.rng.permutation(len(pool))[: 1 + round(SHARE * len(pool))]
            for index in (pool[int(place)] for place in some):
                doubted.add(index)
                self.books.mains[index] = self._doubt(self.books.mains[index], doubt)
        for index, mains in enumerate(self.books.mains):
            if mains.fate == "false_claim" and index not in doubted:
                run = self._run(mains)
                self._write(mains.site, run["run_id"], run["started_at"], Doubt("claimed_not_seen", ()))

    def _run(self, mains: MainsOutage) -> Row:
        return next(
            row for row in self.runs[mains.site.site_id] if 0 <= row["dispatched_at"] - mains.failed < LONGEST_S
        )

    def _between(self, low: float, high: float, digits: int = 2) -> float:
        return round(float(self.rng.uniform(low, high)), digits)

    def _check_in(self, row: Row, site: Site, metres: float) -> None:
        bearing = self._between(0, 2 * pi, 4)
        row["arrived_latitude"] = round(site.latitude + metres * cos(bearing) / METRES_A_DEGREE, 6)
        east = metres * sin(bearing) / METRES_A_DEGREE / cos(radians(site.latitude))
        row["arrived_longitude"] = round(site.longitude + east, 6)

    def _tell(self, row: Row, site: Site) -> None:
        rated = self.ratings[row["generator_id"]]
        row["rated_kw"] = rated if int(row["run_id"][-1]) % 2 else None  # half of the orders leave it to the register
        if row["started_at"] is None:
            return
        row["empty_trip"] = False
        if self.rng.random() > 0.07:  # noqa: PLR2004 - some telephones do not know where they are
            self._check_in(row, site, self._between(5, 250))
        read = self.rng.random() > 0.15  # noqa: PLR2004 - some crews read no voltage
        row["start_voltage_v"] = self._between(46.5, 50.5, 1) if read else None
        if row["ended_at"] is not None:
            hours = (row["ended_at"] - row["started_at"]) / 3600
            row["energy_kwh"] = round(site.load_a * KILOVOLTS * hours * self._between(1.1, 1.7), 2)
            row["fuel_l"] = round(rated * hours * self._between(0.1, 0.25), 2)
            row["end_voltage_v"] = self._between(53.2, 54.2, 1) if read else None

    def _doubt(self, mains: MainsOutage, doubt: Doubt) -> MainsOutage:
        """Contradict the run of an outage and return what became of the outage."""
        if doubt.kind == "seen_not_claimed":
            seen = mains.failed + ((mains.restored or mains.failed) - mains.failed) // 3
            self.books.alarm(mains.site, "generator_running", seen, mains.restored)
            self._write(mains.site, None, seen, doubt)
            return mains
        run = self._run(mains)
        if doubt.kind == "empty_trip":
            arrived = max(run["dispatched_at"], mains.restored or 0) + 600
            run.update(empty_trip=True, arrived_at=arrived)
            self._check_in(run, mains.site, self._between(5, 250))
            self._write(mains.site, run["run_id"], arrived, doubt)
            return mains
        self._contradict(run, mains.site, doubt.kind)
        self._write(mains.site, run["run_id"], run["started_at"], doubt)
        if doubt.decision == "counts":
            return replace(mains, started=run["started_at"])
        return replace(mains, started=None, outcome="late")

    def _contradict(self, run: Row, site: Site, kind: str) -> None:
        hours = (run["ended_at"] - run["started_at"]) / 3600
        if kind == "position_far":
            self._check_in(run, site, self._between(2_000, 15_000))
        elif kind == "fuel_without_energy":
            run["energy_kwh"] = 0.0
        elif kind == "energy_unlike_load":
            run["energy_kwh"] = round(run["energy_kwh"] * 8, 2)
        elif kind == "fuel_unlike_rating":
            run["fuel_l"] = round(self.ratings[run["generator_id"]] * hours * 1.2, 2)
        elif kind == "voltage_unlike_running":
            run.update(start_voltage_v=self._between(53.4, 54.0, 1), end_voltage_v=self._between(47.0, 50.0, 1))

    def _write(self, site: Site, run_id: str | None, happened: int, doubt: Doubt) -> None:
        """Write down what is contradicted, and the decision where there is one."""
        self.books.doubts.append(
            {
                "run_id": run_id, "site_id": site.site_id, "happened_at": self.books.period.utc(happened),
                "contradiction": doubt.kind, "decision": doubt.decision,
            }
        )  # fmt: skip
        self.books.scenarios[f"doubt_{doubt.kind}_{doubt.decision or 'undecided'}"] += 1
        if doubt.decision:
            self.books.add(
                "generator_decisions", decision_id=self.books.serial("generator_decisions", "HD"), run_id=run_id,
                site_id=site.site_id, happened_at=happened, decision=doubt.decision, decided_by="演示主任",
                decided_at=happened + DAY, reason="现场照片与电表读数（演示）",
            )  # fmt: skip
