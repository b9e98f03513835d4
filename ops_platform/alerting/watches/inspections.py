"""Inspections that are overdue or due soon."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd

from ops_platform.alerting.rules import Condition, Rule, Watch, Words
from ops_platform.alerting.watches.places import SITES, named, with_names
from ops_platform.clock import local_midnight, month_of, shift_month
from ops_platform.maintenance import inspections as cycles
from ops_platform.platform import Platform

MONTHS_BACK = 2
"""An inspection missed longer ago than this is no longer news."""
_FACTS = ("site_name", "office_name", "due_on")

INSPECTION_OVERDUE = Rule(
    "inspection_overdue",
    "major",
    Words("巡检超期", "Inspection overdue"),
    SITES,
    Words(
        "{site_name}（{office}）最晚应于 {due_on} 完成巡检，{left}",
        "{site_name} ({office}): inspection was due on {due_on}, {left}",
    ),
    Words(
        "请今天安排巡检并回传结果；无法进站的，登记原因并附证明。",
        "Inspect today and return the result; where the site cannot be entered, record why, with evidence.",
    ),
    "site_name",
    "due_on",
    _FACTS,
    group_by=("due_on",),
    news_for=timedelta(days=31 * (MONTHS_BACK + 1)),
)
INSPECTION_DUE_SOON = Rule(
    "inspection_due_soon",
    "minor",
    Words("巡检即将到期", "Inspection due soon"),
    SITES,
    Words(
        "{site_name}（{office}）最晚须于 {due_on} 完成巡检，{left}",
        "{site_name} ({office}): inspection is due on {due_on}, {left}",
    ),
    Words(
        "请排入近日巡检路线；无法进站的，登记原因并附证明。",
        "Put it on one of the next rounds; where the site cannot be entered, record why, with evidence.",
    ),
    "site_name",
    "due_on",
    _FACTS,
    worsens_to="inspection_overdue",
    group_by=("due_on",),
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the sites whose inspection is overdue or due soon."""
    facts, policy = platform.facts, platform.settings.policy.inspection
    today = cycles.today(now, facts.zone)
    month = shift_month(month_of(now, facts.zone), 1)
    planned = cycles.with_local_dates(facts.month("inspections", month, before=MONTHS_BACK + 1), facts.zone)
    inspections = with_names(facts, planned)
    ahead = pd.Timedelta(policy.due_soon_days, "D")
    for rule, rows, after_due in (
        (INSPECTION_OVERDUE, cycles.overdue(inspections, today), pd.Timedelta(1, "D")),
        (INSPECTION_DUE_SOON, cycles.due_soon(inspections, today, policy), -ahead),
    ):
        for row in rows.itertuples():
            since = local_midnight((pd.Timestamp(row.due_on) + after_due).date(), facts.zone)
            told = named(row) | {"due_on": row.due_on.isoformat()}
            yield Condition(rule, row.site_id, row.office_id, told, since, row.site_id)


WATCH = Watch(
    "overdue_inspections",
    Words("巡检超期与即将到期", "Inspections overdue or due soon"),
    (INSPECTION_OVERDUE, INSPECTION_DUE_SOON),
    find,
    every_s=300,
)
