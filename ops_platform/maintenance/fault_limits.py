"""By when a fault is to be repaired: the order's own limit, or the rule of its class and day (docs/definitions.md)."""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ops_platform.maintenance.working_time import national_calendar
from ops_platform.policy import FaultPolicy

_HOURS = 24


def repair_limits(faults: pd.DataFrame, policy: FaultPolicy, zone: ZoneInfo) -> pd.DataFrame:
    """Return when the repair of each fault is due.

    Parameters
    ----------
    faults
        Rows of ``faults``.
    policy
        The rules by class and date of occurrence.
    zone
        The business time zone, where days begin.

    Returns
    -------
    pandas.DataFrame
        ``limit_at`` (UTC), and ``calendar_known``: whether no working day was counted in a year whose public holidays
        are not published yet. Index of ``faults``.
    """
    rule = _rules(faults, policy, zone)
    own = faults["limit_days"].notna()
    days = faults["limit_days"].where(own, rule["days"]).astype("float64")
    start = faults["dispatched_at"].where(own & faults["dispatched_at"].notna(), faults["occurred_at"])
    limit_at = start + pd.to_timedelta(days, "D").dt.round("us").astype("timedelta64[us]")
    known = pd.Series(data=True, index=faults.index)
    working = rule["count"] == "working_days"
    if working.any():
        calendar = national_calendar()
        limit_at[working] = calendar.add(start[working], days[working], zone)
        known[working] = calendar.known(start[working], limit_at[working], zone)
    return pd.DataFrame({"limit_at": limit_at, "calendar_known": known})


def _rules(faults: pd.DataFrame, policy: FaultPolicy, zone: ZoneInfo) -> pd.DataFrame:
    """Return how the rule of each fault counts, and its limit in days."""
    occurred_on = faults["occurred_at"].dt.tz_convert(zone).dt.tz_localize(None)
    count = pd.Series("", faults.index, dtype="str")
    days = pd.Series(np.nan, faults.index)
    # A rule for the class goes before one for all, a later one before an earlier: the last that fits stays.
    for rule in sorted(policy.repair_limits, key=lambda rule: (rule.fault_class is not None, rule.from_on)):
        holds = occurred_on >= np.datetime64(rule.from_on)
        if rule.fault_class is not None:
            holds &= faults["fault_class"] == rule.fault_class
        count[holds] = rule.count
        days[holds] = rule.limit / _HOURS if rule.count == "hours" else rule.limit
    return pd.DataFrame({"count": count, "days": days})
