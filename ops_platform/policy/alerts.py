"""House rules of alerts: ladders, reminders, storms, limits of what is watched."""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ops_platform.contracts import FEEDS
from ops_platform.policy.base import HouseRules

Severity = Literal["critical", "major", "minor"]


class Ladder(HouseRules):
    """How a matter of one severity climbs until somebody says that it is theirs."""

    severity: Severity
    office_id: str = ""
    """The office for which it holds; empty: every office that has no ladder of its own."""
    steps: Annotated[int, Field(ge=1, le=9)] = 3
    step_min: Annotated[int, Field(ge=1)] = 10
    """How long a step has to acknowledge before the next is told."""
    repeat_min: Annotated[int, Field(ge=1)] = 30
    """How long after the last step everybody is told again,"""
    repeats: Annotated[int, Field(ge=0, le=100)] = 5
    """and how often."""
    ack_min: Annotated[int, Field(ge=1)] = 120
    """How long an acknowledgement lasts while the matter does."""


class AlertPolicy(HouseRules):
    """When somebody is told, and how often."""

    ladders: tuple[Ladder, ...] = (
        Ladder(severity="critical"),
        Ladder(severity="major", steps=2, step_min=60, repeat_min=240, repeats=2, ack_min=720),
        Ladder(severity="minor", steps=1, repeats=0, ack_min=1440),
    )
    """One for every severity, and any for single offices."""
    quiet_from: time = time(22)
    """Between these business-local times nothing but critical matters is told; the rest waits."""
    quiet_to: time = time(7)
    digest_s: int = 60
    """What joins a group that was told is told no sooner after the last message,"""
    digest_growth: float = 0.25
    """once it makes the group this much larger or is more urgent than all that was told,"""
    digest_longest_min: int = 15
    """and never later than this."""
    resolve_gather_min: int = 15
    """While a group lasts, what was resolved in it is told together this long after the first."""
    link_valid_h: Annotated[int, Field(ge=1)] = 24
    """How long the link of a message can be used to acknowledge it."""
    cell_window_days: Annotated[int, Field(ge=1, le=28)] = 7
    """A cell is told where, of so many days up to the newest with counters,"""
    cell_bad_days: Annotated[int, Field(ge=1, le=28)] = 3
    """it was a worst cell, or congested, on at least so many."""
    congestion_over_pct: int = 2
    """Share of the busy hour's attempts that overflow, over which a day is congested,"""
    congestion_attempts_over: int = 20
    """where there were more attempts than this."""
    kpi_judged_from_share: Annotated[float, Field(gt=0, le=1)] = 1 / 3
    """Share of a month that must be over before its KPIs are held against their targets."""
    feed_max_age_h: dict[str, Annotated[float, Field(gt=0)]] = {
        "alarms": 6.0, "alarm_events": 6.0, "cell_counters": 26.0, "measurement_reports": 26.0,
        "interconnect_counters": 26.0,
    }  # fmt: skip
    """How long after its last file a feed is late; a feed that is not named may be of any age."""
    feed_quarantined_over_pct: float = 5.0
    """Share of the rows of a feed's last file that wait in quarantine, over which the feed is broken."""
    contradiction_after_h: int = 24
    """How long after a contradicted generator run its decision is asked for."""
    planned_work_over_pct: float = 1.0
    """Share of an office's site-hours under planned work, over which it is overused."""
    dispatch_within_min: int = 10
    """A generator must have been dispatched this long after the mains failed;"""
    storm_sites: int = 10
    """where so many sites of an office are without mains, at once."""
    important_customers: int = 3000
    """A site that is down is critical where so many customers lose service, its own and those behind it."""
    hall_levels: tuple[float, float] = (2.5, 3.5)
    """From so many waiting customers for each open counter on a business hall's queue is of level 1, of level 2;"""
    hall_count_valid_min: int = 30
    """by its latest count, which says nothing once it is older."""
    rota_ahead_days: int = 7
    """How far ahead the rota is searched for steps with nobody on duty."""
    shift_changes: Annotated[tuple[time, ...], Field(min_length=1)] = (time(8), time(20))
    """Business-local times at which one shift hands over to the next, in the order of the day, on whole minutes."""

    @model_validator(mode="after")
    def _one_ladder_for_every_severity(self) -> "AlertPolicy":
        named = [(ladder.severity, ladder.office_id) for ladder in self.ladders]
        if len(set(named)) < len(named):
            raise ValueError("ladders：同一级别同一单位有两条 / two are for the same severity and office_id")
        if missing := {"critical", "major", "minor"} - {severity for severity, office in named if not office}:
            raise ValueError(f"ladders：缺少级别 / none for every office of severity {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _shifts_follow_each_other(self) -> "AlertPolicy":
        ordered = sorted({one.replace(second=0, microsecond=0) for one in self.shift_changes})
        if list(self.shift_changes) != ordered:
            raise ValueError(
                "shift_changes：须为当天由早到晚、不重复的整分时刻 / whole minutes in the order of the day, each once"
            )
        return self

    @model_validator(mode="after")
    def _late_feeds_are_feeds(self) -> "AlertPolicy":
        if unknown := self.feed_max_age_h.keys() - FEEDS.keys():
            raise ValueError(f"feed_max_age_h：没有这些数据 / no such feed: {', '.join(sorted(unknown))}")
        return self

    def ladder(self, severity: str, office_id: str) -> Ladder:
        """Return the ladder of a severity at an office: its own, or else that for every office."""
        fits = [
            ladder for ladder in self.ladders if ladder.severity == severity and ladder.office_id in {office_id, ""}
        ]
        return max(fits, key=lambda ladder: ladder.office_id)
