"""What stands behind a month's fairness: the contests with the rows that they concern."""

from datetime import datetime
from itertools import groupby

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import kpis_in_force, subject_of
from ops_platform.kpi.contests import column_of, contests
from ops_platform.kpi.measures import counted, tables
from ops_platform.policy import Policy

SHOWN = ["contest_id", "kpi_id", "event_id", "event_on", "office_id", "reason", "evidence", "state", "decision_reason"]


def contested_events(facts: Facts, month: str, policy: Policy, as_of: datetime) -> pd.DataFrame:
    """Return a month's contests, and whether each names an event that its KPI counts.

    Returns
    -------
    pandas.DataFrame
        The columns of `SHOWN`, ``raised_at``, ``decided_at`` and ``found``; what is open first. ``office_id`` is
        that of the event where it was found.
    """
    every = contests(facts, month)
    engine, kpis = facts.warehouse.connect(), kpis_in_force(month)
    named = [kpis[kpi_id] for kpi_id in every["kpi_id"].unique() if kpi_id in kpis]
    found = []
    for subject, mine in groupby(sorted(named, key=lambda kpi: subject_of(kpi.id)), lambda kpi: subject_of(kpi.id)):
        of_subject = tables(engine, subject, facts, month, policy, as_of)
        for kpi in mine:
            rows = counted(kpi, of_subject[kpi.table], month)
            marked = rows.filter(rows[column_of(kpi)].notnull())
            events = marked.select(event_id=marked[kpi.event].cast("string"), event_on="day_on", of_office="office_id")
            frame = engine.to_pyarrow(events.distinct()).to_pandas(date_as_object=True)
            found.append(every[every["kpi_id"] == kpi.id].merge(frame, on=["event_id", "event_on"]))
    known = pd.concat([frame[["contest_id", "of_office"]] for frame in found]) if found else _NONE
    both = every.merge(known.drop_duplicates("contest_id"), on="contest_id", how="left")
    both = both.assign(found=both["of_office"].notna(), office_id=both["of_office"].fillna(both["office_id"]))
    order = both.assign(_decided=both["state"] != "open").sort_values(["_decided", "raised_at", "contest_id"])
    return order[[*SHOWN, "raised_at", "decided_at", "found"]].reset_index(drop=True)


_NONE = pd.DataFrame({"contest_id": pd.Series(dtype="str"), "of_office": pd.Series(dtype="str")})
