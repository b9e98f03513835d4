"""Steps of a ladder on which nobody will be on duty."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd

from ops_platform.alerting.rota import rota_between
from ops_platform.alerting.rules import Condition, Rule, Watch, Words
from ops_platform.alerting.watches.places import OFFICE_FACTS, office_named
from ops_platform.clock import month_bounds, month_of, shift_month
from ops_platform.platform import Platform

ROTA_GAP = Rule(
    "rota_gap",
    "major",
    Words("值班表有空缺", "Nobody on the rota"),
    Words("级", "steps"),
    Words(
        "{office}第 {step} 级自 {starts_at} 起无人值班，补排{left}",
        "{office}, step {step}: nobody is on duty from {starts_at}, to be filled: {left}",
    ),
    Words(
        "请补排值班或登记代班；空缺期间告警直接送下一级，各级都空时送值守单位。",
        "Put somebody on the rota or enter an override; until then alerts go to the next step, and where all are empty "
        "to the office that stands in.",
    ),
    "step_name",
    "starts_at",
    ("step", "step_name", *OFFICE_FACTS, "starts_at"),
    also={"ends_at": Words("，至 {ends_at} 止", ", until {ends_at}")},
    news_for=timedelta(days=92),
)
"""Told however long ago it began: the rota may have been changed today."""


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield, for each office and step of its ladder for critical matters, the earliest gap of the next days.

    A gap that begins before last month, or has no end within the days looked ahead, is told without that end.
    """
    facts, policy = platform.facts, platform.settings.policy.alerts
    # From a fixed moment on, so that the start of a gap that lasts does not move with every look at it.
    start, _ = month_bounds(shift_month(month_of(now, facts.zone), -1), facts.zone)
    ahead = timedelta(days=policy.rota_ahead_days)
    rota = rota_between(platform, start, now + ahead)
    for office in facts.whole("offices").itertuples():
        steps = range(1, policy.ladder("critical", office.office_id).steps + 1)
        gaps = rota.gaps(office.office_id, steps, start, now + ahead)
        for gap in gaps[gaps["end"] > now].drop_duplicates("step").itertuples():
            told = office_named(office) | {
                "step": gap.step,
                "step_name": f"{office.office_name}第 {gap.step} 级 / {office.office_name_en}, step {gap.step}",
                "starts_at": gap.start.isoformat(),
                "ends_at": None if gap.end == pd.Timestamp(now + ahead) else gap.end.isoformat(),
            }
            since = gap.start.to_pydatetime() - ahead
            yield Condition(ROTA_GAP, f"{office.office_id}/{gap.step}", office.office_id, told, since)


WATCH = Watch(
    "rota_gaps",
    Words("未来七天值班表的空缺", "Steps with nobody on the rota in the next days"),
    (ROTA_GAP,),
    find,
    every_s=3600,
)
