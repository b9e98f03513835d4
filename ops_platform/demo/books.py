"""Where a simulation writes down what happened: rows of feeds as exported, and true sums as decided.

A row is a plain record under canonical names; a value under a name ending in ``_at`` is a second of the period.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ops_platform.demo.branch import Site
from ops_platform.demo.period import DAY, Period

Row = dict[str, Any]
Sums = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MainsOutage:
    """A mains outage as it truly was."""

    site: Site
    failed: int
    restored: int | None
    autonomy: int
    deadline: int
    started: int | None
    outcome: str
    fate: str
    lasts: int
    state: str = "restored"


@dataclass(frozen=True)
class SiteOutage:
    """A site outage as it truly was; ``counts`` is false for a site that is not in service."""

    site: Site
    down: int
    up: int | None
    cause: str
    counts: bool = True


@dataclass
class Measures:
    """True sums per month, KPI, part, office and person: numerator, denominator, excluded, suspect, missing."""

    period: Period
    sums: dict[tuple[int, str, str, str, str], Sums] = field(default_factory=lambda: defaultdict(lambda: np.zeros(5)))

    def add(
        self,
        kpi_id: str,
        day: int,
        office_id: str,
        staff_id: str | None,
        numerator: float = 0,
        denominator: float = 0,
        excluded: float = 0,
        *,
        suspect: float = 0,
        missing: float = 0,
        part: str = "",
    ) -> None:
        """Add one row's contribution; days outside the closed months are ignored."""
        month = self.period.month_index(day)
        if 0 <= month < self.period.count:
            key = (month, kpi_id, part, office_id, staff_id or "")
            self.sums[key] += (numerator, denominator, excluded, suspect, missing)


@dataclass
class Books:
    """Everything the simulation wrote down."""

    period: Period
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    mains: list[MainsOutage] = field(default_factory=list)
    downs: list[SiteOutage] = field(default_factory=list)
    doubts: list[Row] = field(default_factory=list)
    notes: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """True answers of one topic each, by the name of their table."""
    alerts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    on_duty: dict[tuple[str, int], str] = field(default_factory=dict)
    """By office and step: who stands there at the present; absent where nobody does."""
    empty_steps: list[str] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    """Changes on cells: ``action_id``, ``cell_id``, ``day`` and by what ``factor`` drops truly changed."""
    scenarios: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    measures: Measures = field(init=False)

    def __post_init__(self) -> None:
        self.measures = Measures(self.period)

    def seen(self, at: int | None) -> int | None:
        """Return a moment if it has come to pass."""
        return at if at is not None and at <= self.period.moment else None

    def add(self, feed: str, **row: Any) -> Row:
        """Write down a row of a feed."""
        self.rows[feed].append(row)
        return row

    def serial(self, feed: str, prefix: str) -> str:
        """Return the next identifier of a feed."""
        return f"DEMO-{prefix}{len(self.rows[feed]) + 1:06d}"

    def alarm(
        self,
        site: Site,
        kind: str,
        raised: int,
        cleared: int | None,
        source: str = "动环监控（演示）",
        cell_id: str | None = None,
    ) -> None:
        """Write down an alarm; one that clears after the present is open."""
        if raised > self.period.moment:
            raise ValueError(f"{kind} at {site.site_id} is raised after the present")
        severity = {"site_down": "critical", "mains_failure": "major", "low_voltage": "critical", "rectifier": "minor",
                    "generator_running": "warning"}.get(kind, "major")  # fmt: skip
        self.add(
            "alarms", alarm_id=self.serial("alarms", "GJ"), site_id=site.site_id, cell_id=cell_id, kind=kind,
            severity=severity, source=source, raised_at=raised, cleared_at=self.seen(cleared),
        )  # fmt: skip

    def exclusion(
        self,
        kpi_id: str,
        interval: tuple[int, int],
        reason: str,
        *,
        site_id: str | None = None,
        event_id: str | None = None,
        evidence: str | None = "照片与说明（演示）",
        approved: bool = True,
    ) -> None:
        """Write down an entry of the register of exclusions."""
        start, end = interval
        self.add(
            "exclusions", exclusion_id=self.serial("exclusions", "MZ"), kpi_id=kpi_id, site_id=site_id,
            event_id=event_id, starts_at=start, ends_at=end, reason=reason, evidence=evidence,
            approved_by="演示主任" if approved else None,
            approved_at=min(end + 3_600, self.period.moment - 60) if approved else None,
        )  # fmt: skip

    def planned_work(self, site: Site, start: int, end: int, reason: str) -> None:
        """Write down planned work that takes a site out of service."""
        self.add(
            "planned_work", work_id=self.serial("planned_work", "SG"), site_id=site.site_id, starts_at=start,
            ends_at=end, reason=reason, approved_by="演示主任",
        )  # fmt: skip

    def down(self, site: Site, down: int, up: int | None, cause: str, source: str = "主设备网管（演示）") -> None:
        """Write down a site outage with its alarm; a site that is not in service has the alarm alone."""
        self.alarm(site, "site_down", down, up, source)
        self.downs.append(SiteOutage(site, down, self.seen(up), cause, site.live(down // DAY)))


class Diary:
    """Keeps a site's stories apart, so that one cannot change the truth of another."""

    PADDING = 6 * 3_600

    def __init__(self) -> None:
        self._taken: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def reserve(self, site: Site, start: int, end: int) -> bool:
        """Reserve an interval of a site in service; false where it is taken or the site is not in service then."""
        if not (site.live(start // DAY - 1) and site.live(end // DAY + 1)):
            return False
        wide = (start - self.PADDING, end + self.PADDING)
        if any(a < wide[1] and wide[0] < b for a, b in self._taken[site.site_id]):
            return False
        self._taken[site.site_id].append((start, end))
        return True
