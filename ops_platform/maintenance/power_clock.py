"""The power clock: how long a site's battery lasts after the mains fails, and what must have happened by when.

All definitions are house definitions, stated in docs/definitions.md; the numbers are `PowerPolicy`'s.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ops_platform.policy import PowerPolicy

STATES = ("restored", "running", "too_late", "leave_now", "on_battery")
DAYS_PER_YEAR = 365.25
RATED_TEMPERATURE_C = 25.0


def autonomy_s(sites: pd.DataFrame, failed_at: pd.Series, policy: PowerPolicy, zone: ZoneInfo) -> pd.Series:
    """Return the battery autonomy in whole seconds.

    Parameters
    ----------
    sites
        One row per failure, aligned with ``failed_at``: ``capacity_ah``, ``strings``, ``battery_installed_on``,
        ``temperature_c``, ``load_a``, ``lvd_v`` (may be null).
    failed_at
        When the mains failed (UTC); the battery's age is taken on its business-local date.

    Returns
    -------
    pandas.Series
        Int64, null where any of the inputs but ``lvd_v`` is unknown or the load is zero.
    """
    on = failed_at.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    years = (on - pd.to_datetime(sites["battery_installed_on"])).dt.days / DAYS_PER_YEAR
    age = (1 - policy.yearly_fade * years).clip(lower=policy.capacity_floor)
    cold = 1 - policy.cold_loss_per_c * (RATED_TEMPERATURE_C - sites["temperature_c"]).clip(lower=0)
    usable_ah = sites["capacity_ah"] * sites["strings"] * usable_share(sites["lvd_v"], policy) * age * cold
    seconds = usable_ah / sites["load_a"].where(sites["load_a"] > 0) * 3600
    return pd.Series(np.floor(seconds.astype("float64")), index=failed_at.index).astype("Int64")


def usable_share(lvd_v: pd.Series, policy: PowerPolicy) -> pd.Series:
    """Return the share of the rated capacity that can be drawn down to a set point of the low-voltage disconnect.

    Parameters
    ----------
    lvd_v
        Set points (V) of a 48 V system; null means the set point for which the policy's share holds.
    """
    volts, shares = zip(*policy.usable_by_lvd_v, strict=True)
    set_point = lvd_v.astype("float64").fillna(volts[0])
    return pd.Series(policy.usable_share * np.interp(set_point, volts, shares), index=lvd_v.index)


def deadlines(
    failed_at: pd.Series, autonomy: pd.Series, priority: pd.Series, policy: PowerPolicy
) -> tuple[pd.Series, pd.Series]:
    """Return the autonomy deadline and the deadline by which a generator must run.

    Parameters
    ----------
    failed_at, autonomy, priority
        Aligned: start of the outage (UTC), battery autonomy (s, may be null), the site's priority class.

    Returns
    -------
    tuple of pandas.Series
        Autonomy deadline (null where the autonomy is) and deadline (then the class limit alone).
    """
    margin = pd.Timedelta(policy.safety_margin_min, "min")
    by_battery = after(failed_at, autonomy) - margin
    limit_min = priority.map(policy.class_limit_min).astype("float64")
    by_class = failed_at + pd.to_timedelta(limit_min, unit="m").dt.as_unit("us")
    return by_battery, by_battery.where(by_battery < by_class, by_class)


def after(moments: pd.Series, seconds: pd.Series) -> pd.Series:
    """Return the moments so many seconds later; null where the seconds are."""
    return moments + pd.to_timedelta(seconds.astype("float64"), unit="s").dt.as_unit("us")


def leave_by(deadline: pd.Series, travel_h: pd.Series, policy: PowerPolicy) -> pd.Series:
    """Return when a crew must leave at the latest.

    Parameters
    ----------
    deadline, travel_h
        Aligned: deadlines (UTC) and hours of travel to the site.

    Returns
    -------
    pandas.Series
        Deadline less travel and set-up; null where the travel is unknown.
    """
    return deadline - pd.to_timedelta(policy.setup_min + 60 * travel_h, unit="m").dt.as_unit("us")


def state(outages: pd.DataFrame, now: datetime) -> pd.Series:
    """Return the state of each mains outage at a moment.

    Parameters
    ----------
    outages
        ``restored_at``, ``deadline_at``, ``leave_by_at`` and ``generating`` (one was started and has not ended).

    Returns
    -------
    pandas.Series
        One of `STATES` per row. An outage becomes late by the passing of time alone.
    """
    moment = pd.Timestamp(now)
    conditions = [
        outages["restored_at"].notna() & (outages["restored_at"] <= moment),
        outages["generating"],
        outages["deadline_at"] <= moment,
        outages["leave_by_at"] <= moment,
    ]
    return pd.Series(np.select(conditions, STATES[:4], STATES[4]), index=outages.index)
