"""Inspection cycles: which sites are overdue for their inspection, and which are due soon."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.policy import InspectionPolicy


def overdue(inspections: pd.DataFrame, today: date) -> pd.DataFrame:
    """Return the earliest overdue inspection of each site that has one.

    Overdue is a planned, accessible inspection that is not done though its last day is over, unless the site was
    inspected later, in or after the missed window.

    Parameters
    ----------
    inspections
        Columns of the contract ``inspections``.
    today
        The business-local date.

    Returns
    -------
    pandas.DataFrame
        Rows of ``inspections`` with ``days_overdue``, most overdue first.
    """
    open_ones = _open(inspections)
    missed = open_ones[open_ones["due_on"] < today]
    done = inspections.dropna(subset="done_at")[["site_id", "done_at", "done_on"]]
    later = missed[["inspection_id", "site_id", "window_starts_on"]].merge(done, on="site_id")
    made_good = later.loc[later["done_on"] >= later["window_starts_on"], "inspection_id"]
    missed = missed[~missed["inspection_id"].isin(made_good)]
    first = missed.sort_values(["due_on", "site_id"]).drop_duplicates("site_id")
    return first.assign(days_overdue=[(today - due).days for due in first["due_on"]])


def due_soon(inspections: pd.DataFrame, today: date, policy: InspectionPolicy) -> pd.DataFrame:
    """Return the next inspection of each site whose last day is near.

    Returns
    -------
    pandas.DataFrame
        Rows of ``inspections`` with ``days_left``, most urgent first.
    """
    open_ones = _open(inspections)
    last = today + timedelta(days=policy.due_soon_days)
    soon = open_ones[(open_ones["due_on"] >= today) & (open_ones["due_on"] <= last)]
    first = soon.sort_values(["due_on", "site_id"]).drop_duplicates("site_id")
    return first.assign(days_left=[(due - today).days for due in first["due_on"]])


def with_local_dates(inspections: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Return the inspections with ``done_on``, the business-local date on which each was done."""
    return inspections.assign(done_on=inspections["done_at"].dt.tz_convert(zone).dt.date)


def today(now: datetime, zone: ZoneInfo) -> date:
    """Return the business-local date of a moment."""
    return now.astimezone(zone).date()


def _open(inspections: pd.DataFrame) -> pd.DataFrame:
    return inspections[inspections["done_at"].isna() & inspections["accessible"].astype(bool)]
