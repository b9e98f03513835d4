"""How much time each fault has left, with its first response, causes, repeated dispatches and returns."""

from datetime import datetime

import pandas as pd

from ops_platform.clock import month_bounds, month_of
from ops_platform.facts import Facts
from ops_platform.maintenance.fault_limits import repair_limits
from ops_platform.policy import FaultPolicy


def fault_clock(facts: Facts, policy: FaultPolicy, now: datetime) -> pd.DataFrame:
    """Return the faults that are open and those repaired in the running month, the most urgent first.

    Parameters
    ----------
    facts
        Faults of any age, and the sites with their offices.
    policy
        The limits.
    now
        To where the time of an open fault runs.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract ``fault_clock``, with ``remaining`` as a timedelta. Open faults stand first; of these,
        and of the repaired ones, those with the least time left.
    """
    moment = pd.Timestamp(now).as_unit("us")
    faults = facts.whole("faults")
    month_starts, _ = month_bounds(month_of(now, facts.zone), facts.zone)
    ends = faults["repaired_at"].where(faults["repaired_at"] <= moment)
    concerned = (faults["occurred_at"] <= moment) & (ends.isna() | (ends >= pd.Timestamp(month_starts)))
    rows = faults[concerned].assign(repaired_at=ends)
    rows = rows.merge(facts.whole("sites")[["site_id", "office_id"]], on="site_id")
    rows = rows.assign(**repair_limits(rows, policy, facts.zone))
    remaining = rows["limit_at"] - rows["repaired_at"].fillna(moment)
    return rows.assign(
        remaining=remaining,
        minutes_left=remaining // pd.Timedelta(1, "min"),
        response_min=(rows["responded_at"] - rows["reported_at"]).dt.total_seconds() / 60,
        cause_right=_same(rows["reported_cause"], rows["confirmed_cause"]),
    ).sort_values(
        ["repaired_at", "remaining", "fault_id"],
        key=lambda column: column.notna() if column.name == "repaired_at" else column,
        ignore_index=True,
    )


def _same(reported: pd.Series, confirmed: pd.Series) -> pd.Series:
    """Return whether two causes are one, null where either is unknown."""
    return (reported == confirmed).astype("boolean").where(reported.notna() & confirmed.notna())
