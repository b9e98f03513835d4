"""What stands behind a month's fairness: the contests with the rows that they concern, and why things were left out."""

import ibis
import pandas as pd
from ibis import _

from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import kpis_in_force
from ops_platform.kpi.contests import UPHELD, column_of, contests, is_contested
from ops_platform.kpi.explain import RowsBehind, site_of

REASONS = ("mains_back", "fixed_set", "planned_work", "access_refused", "force_majeure", "other", "contest", "several")
"""Why a row is left out of a KPI."""
SHOWN = ["contest_id", "kpi_id", "event_id", "event_on", "office_id", "reason", "evidence", "state", "decision_reason"]


def contested_events(behind: RowsBehind) -> pd.DataFrame:
    """Return a month's contests, and whether each names an event that its KPI counts.

    Returns
    -------
    pandas.DataFrame
        The columns of `SHOWN`, ``raised_at``, ``decided_at``, ``found`` and ``site_id`` (null where the event has
        none); what is open first. ``office_id`` is that of the event where it was found.
    """
    every, kpis = contests(behind.facts, behind.month), kpis_in_force(behind.month)
    named = [kpis[kpi_id] for kpi_id in every["kpi_id"].unique() if kpi_id in kpis]
    found = []
    for kpi in named:
        rows = behind.of(kpi)
        marked = rows.filter(rows[column_of(kpi)].notnull())
        events = marked.select(
            event_id=marked[kpi.event].cast("string"), event_on="day_on", of_office="office_id", site_id=site_of(marked)
        )
        frame = behind.engine.to_pyarrow(events.distinct()).to_pandas(date_as_object=True)
        found.append(every[every["kpi_id"] == kpi.id].merge(frame, on=["event_id", "event_on"]))
    known = pd.concat([frame[["contest_id", "of_office", "site_id"]] for frame in found]) if found else _NONE
    both = every.merge(known.drop_duplicates("contest_id"), on="contest_id", how="left")
    both = both.assign(found=both["of_office"].notna(), office_id=both["of_office"].fillna(both["office_id"]))
    order = both.assign(_decided=both["state"] != "open").sort_values(["_decided", "raised_at", "contest_id"])
    return order[[*SHOWN, "raised_at", "decided_at", "found", "site_id"]].reset_index(drop=True)


def exclusions_by_reason(behind: RowsBehind) -> pd.DataFrame:
    """Return how much was left out of a month's KPIs, office by office, for which reason.

    Returns
    -------
    pandas.DataFrame
        ``kpi_id``, ``office_id``, ``reason`` (of `REASONS`) and ``excluded``, which over the reasons adds up to the
        office's excluded count.
    """
    every, kpis = contests(behind.facts, behind.month), kpis_in_force(behind.month).values()
    upheld = set(every.loc[every["state"] == UPHELD, "kpi_id"])
    mine = [kpi for kpi in kpis if kpi.reason or kpi.id in upheld]
    named, found = _reasons(behind.facts), [_NOTHING_LEFT_OUT]
    for kpi in mine:
        rows = behind.of(kpi)
        why = kpi.reason(rows).cast("string") if kpi.reason else ibis.null("string")
        if is_contested(kpi, rows):
            why = ibis.ifelse(rows[column_of(kpi)].fill_null("") == UPHELD, ibis.literal("contest"), why)
        sums = rows.filter(rows.excluded != 0).group_by("office_id", why=why).agg(excluded=_.excluded.sum())
        frame = behind.engine.to_pyarrow(sums).to_pandas()
        found.append(frame.assign(kpi_id=kpi.id, reason=[_reason(text, named) for text in frame["why"]]))
    return pd.concat(found).groupby(["kpi_id", "office_id", "reason"], as_index=False, sort=False)["excluded"].sum()


def _reasons(facts: Facts) -> dict[str, str]:
    """Return the reason of each entry of the registers by its number."""
    exclusions: dict[str, str] = facts.whole("exclusions").set_index("exclusion_id")["reason"].to_dict()
    return exclusions | dict.fromkeys(facts.whole("planned_work")["work_id"], "planned_work")


def _reason(text: str, named: dict[str, str]) -> str:
    """Return the reason that a word or the numbers of entries give; several entries may differ in theirs."""
    if text in REASONS:
        return text
    reasons = {named.get(number, "other") for number in text.split()}
    return reasons.pop() if len(reasons) == 1 else "several"


_NOTHING_LEFT_OUT = pd.DataFrame(
    {"kpi_id": pd.Series(dtype="str"), "office_id": pd.Series(dtype="str"), "reason": pd.Series(dtype="str"),
     "excluded": pd.Series(dtype="float64")}
)  # fmt: skip
_NONE = pd.DataFrame({name: pd.Series(dtype="str") for name in ("contest_id", "of_office", "site_id")})
