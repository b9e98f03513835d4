"""Where complaints about the network belong: place, cell, how many times already; and which are to be handled first."""

from datetime import datetime

import pandas as pd

from geo.spatial import nearest_place
from ops_platform.clock import month_of
from ops_platform.contracts.coverage import COVERAGE_LEVELS
from ops_platform.facts import Facts, as_frame
from ops_platform.policy import ComplaintPolicy

NOT_OF_THE_NETWORK = ("service",)
CLASSES = ("group", "high_value", "ordinary")
"""Whose complaints come first."""
SUBJECTS = {"customer_times": "customer_id", "cell_times": "cell_id", "place_times": "settlement_id"}
"""How many times of whom, or of where."""


def located(facts: Facts, month: str, policy: ComplaintPolicy) -> pd.DataFrame:
    """Return the complaints about the network of a month and the two before, with place, cell and times.

    Returns
    -------
    pandas.DataFrame
        Columns of the feed ``complaints`` with ``settlement_id``, ``cell_id`` and ``site_id`` where they can be known,
        ``cell_basis``, and `SUBJECTS`: how many there were up to it of the same cause within the days of a repeat. By
        time.
    """
    complaints = facts.month("complaints", month, before=2)
    rows = complaints[~complaints["cause"].isin(NOT_OF_THE_NETWORK)]
    rows = rows.sort_values(["received_at", "complaint_id"], ignore_index=True)
    rows = _with_cells(_with_settlements(rows, facts, policy), facts, month)
    within = pd.Timedelta(policy.repeat_days, "D")
    return rows.assign(**{name: _times(rows, subject, within) for name, subject in SUBJECTS.items()})


def complaint_queue(facts: Facts, policy: ComplaintPolicy, now: datetime) -> pd.DataFrame:
    """Return the complaints about the network that are open, in the order in which they are to be handled.

    First by class of customer, then those complained of before, then those with the least time left.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract ``complaint_queue``.
    """
    moment = pd.Timestamp(now).as_unit("us")
    rows = located(facts, month_of(now, facts.zone), policy)
    is_open = (rows["received_at"] <= moment) & (rows["closed_at"].isna() | (rows["closed_at"] > moment))
    rows = rows[is_open]
    limit = rows["received_at"] + pd.Timedelta(policy.close_limit_h, "h")
    rows = rows.assign(limit_at=limit, minutes_left=(limit - moment) // pd.Timedelta(1, "min"))
    known = rows.dropna(subset="settlement_id")
    together = known.groupby(["settlement_id", "cause"])["complaint_id"].transform("size") - 1
    rows = rows.assign(together=together.reindex(rows.index).fillna(0))
    times = rows[list(SUBJECTS)].max(axis=1)
    ranked = rows.assign(rank=rows["customer_class"].map(CLASSES.index), times=times)
    return ranked.sort_values(["rank", "times", "limit_at", "complaint_id"], ascending=[True, False, True, True])


def _with_settlements(rows: pd.DataFrame, facts: Facts, policy: ComplaintPolicy) -> pd.DataFrame:
    settlements = facts.whole("settlements")
    near = nearest_place(rows, settlements, policy.review.place_within_km)
    nearest = settlements["settlement_id"].reindex(near).set_axis(rows.index)
    return rows.assign(settlement_id=rows["settlement_id"].fillna(nearest))


def _with_cells(rows: pd.DataFrame, facts: Facts, month: str) -> pd.DataFrame:
    levels = as_frame(facts.warehouse.read(COVERAGE_LEVELS, [month]))
    server = rows["settlement_id"].map(levels.set_index("settlement_id")["cell_id"])
    given = rows["cell_id"].notna()
    basis = pd.Series("complaint", rows.index).where(given, "map").where(given | server.notna(), None)
    cell = rows["cell_id"].fillna(server)
    site = cell.map(facts.whole("cells").set_index("cell_id")["site_id"])
    return rows.assign(cell_id=cell, cell_basis=basis, site_id=site)


def _times(rows: pd.DataFrame, subject: str, within: pd.Timedelta) -> pd.Series:
    """Return the how-manieth complaint of its subject and cause each is, within so long; null where it has none."""
    known = rows.dropna(subset=subject)
    found = pd.Series(pd.NA, rows.index, dtype="Int64")
    for _, mine in known.groupby([subject, "cause"]):
        received = mine["received_at"]
        first = received.searchsorted(received - within, side="left")
        found.loc[mine.index] = range(1, len(mine) + 1) - first
    return found
