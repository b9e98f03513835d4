"""The power clock as people read it at night: every open mains outage, the most urgent first, with the minutes left."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from ops_platform.facts import Facts
from ops_platform.reporting import formats

URGENCY = ("too_late", "leave_now", "on_battery", "running")
STATES: Mapping[str, str] = {
    "too_late": "已超时 too late",
    "leave_now": "立即出发 leave now",
    "on_battery": "电池供电 on battery",
    "running": "发电中 running",
}
COMES_FIRST: Mapping[str, str] = {"vip": "VIP", "cascade": "汇聚 cascade", "shared": "共享 shared", "": ""}
COLUMNS = [
    "state", "site_name", "office", "minutes_left", "band_min", "leave_by_min", "from_place", "deadline_at", "crew",
    "customers_at_risk", "people_without", "sites_behind", "comes_first", "failed_at", "autonomy_basis",
]  # fmt: skip


def clock_table(clock: pd.DataFrame, weight: pd.DataFrame, facts: Facts, now: datetime) -> pd.DataFrame:
    """Return the open outages with names, by state, then by what comes first, then by the minutes left.

    Parameters
    ----------
    clock
        Result of `ops_platform.maintenance.generation.open_outages`.
    weight
        Result of `ops_platform.maintenance.importance.importance`, with ``people_without`` (result of
        `ops_platform.coverage.outages.people_without`).
    facts
        The registers that hold the names.
    now
        The moment for which the clock was made.

    Returns
    -------
    pandas.DataFrame
        Minutes left until the battery is empty with the band that holds eight of ten, minutes until somebody must
        leave (below zero: ago) and from where (a crew or the office), who loses service, and how many people then have
        no coverage; null where nothing is known of it.
    """
    if clock.empty:  # which pandas cannot match with other names
        return pd.DataFrame(columns=COLUMNS)
    rows = clock.merge(weight, left_on="site_id", right_index=True, how="left")
    crews = facts.whole("crews").set_index("crew_id")["crew_name"]
    left = {name: _minutes(rows[f"empty{name}_at"], now) for name in ("", "_low", "_high")}
    band = [f"{low:,.0f} … {high:,.0f}" for low, high in zip(left["_low"], left["_high"], strict=True)]
    known = left["_low"].notna() & left["_high"].notna()
    office = rows["office_id"].map(formats.named_offices(facts.whole("offices")))
    rows = rows.assign(
        office=office,
        minutes_left=left[""],
        band_min=pd.Series(band, index=rows.index, dtype="str").where(known),
        leave_by_min=_minutes(rows["leave_by_at"], now),
        from_place=rows["from_crew_id"].map(crews).astype("str").fillna(office),
        crew=np.select([rows["generating"], rows["dispatched"]], ["已发电 running", "已派单 sent"], formats.NOTHING),
        _state=rows["state"].map(URGENCY.index),
        _first=rows["comes_first"].fillna("").map(list(COMES_FIRST).index),
    )
    rows = rows.sort_values(["_state", "_first", "minutes_left", "deadline_at", "site_id"], ignore_index=True)
    return rows.assign(state=rows["state"].map(STATES), comes_first=rows["comes_first"].map(COMES_FIRST))[COLUMNS]


def _minutes(moments: pd.Series, now: datetime) -> pd.Series:
    return np.floor((moments - pd.Timestamp(now)).dt.total_seconds() / 60)
