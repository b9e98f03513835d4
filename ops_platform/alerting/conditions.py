"""What is the matter now: facts and a moment become the conditions that rules tell about."""

from datetime import datetime

import pandas as pd

from ops_platform.alerting.rules import Condition
from ops_platform.clock import month_of, shift_month
from ops_platform.facts import Facts
from ops_platform.maintenance import inspections as cycles
from ops_platform.maintenance.power_events import clock_now
from ops_platform.policy import Policy

INSPECTION_RULES = ("inspection_overdue", "inspection_due_soon")
OUTAGE_RULES = ("generator_leave_by", "generator_late")
MONTHS_BACK = 2
"""An inspection missed longer ago than this is no longer news."""


def inspection_conditions(facts: Facts, policy: Policy, now: datetime) -> list[Condition]:
    """Return the sites whose inspection is overdue or due soon."""
    today = cycles.today(now, facts.zone)
    month = shift_month(month_of(now, facts.zone), 1)
    planned = cycles.with_local_dates(facts.month("inspections", month, before=MONTHS_BACK + 1), facts.zone)
    named = planned.merge(_names(facts), on="site_id")
    found = {
        "inspection_overdue": cycles.overdue(named, today),
        "inspection_due_soon": cycles.due_soon(named, today, policy.inspection),
    }
    return [
        Condition(rule, row.site_id, row.office_id, _named(row) | {"due_on": row.due_on.isoformat()})
        for rule, rows in found.items()
        for row in rows.itertuples()
    ]


def outage_conditions(facts: Facts, policy: Policy, now: datetime) -> list[Condition]:
    """Return the open mains outages to which the response is slow, by the power clock at this moment."""
    clock = clock_now(facts, policy.power, now)
    clock = clock.drop(columns=["site_name", "office_id"]).merge(_names(facts), on="site_id")
    # A fixed set may still start by itself before the deadline; after it, somebody must go there too.
    by_crew = ~clock["fixed_generator"].astype(bool)
    found = {
        "generator_leave_by": clock[by_crew & (clock["state"] == "leave_now") & ~clock["dispatched"]],
        "generator_late": clock[clock["state"] == "too_late"],
    }
    return [
        Condition(
            rule,
            row.site_id,
            row.office_id,
            _named(row) | {"failed_at": row.failed_at.isoformat(), "deadline_at": row.deadline_at.isoformat()},
        )
        for rule, rows in found.items()
        for row in rows.itertuples()
    ]


def _names(facts: Facts) -> pd.DataFrame:
    offices = facts.whole("offices")[["office_id", "office_name", "office_name_en"]]
    return facts.whole("sites")[["site_id", "site_name", "office_id"]].merge(offices, on="office_id")


def _named(row: tuple[object, ...]) -> dict[str, str]:
    return {name: getattr(row, name) for name in ("site_name", "office_name", "office_name_en")}
