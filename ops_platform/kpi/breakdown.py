"""A KPI of a month from the branch down to single events: office, person, site, event, every level adding up."""

import ibis
import pandas as pd

from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.explain import RowsBehind
from ops_platform.kpi.measures import COUNTS
from ops_platform.kpi.scoring import valued

LEVELS: dict[str, tuple[str, ...]] = {
    "branch": (),
    "office": ("office_id",),
    "person": ("office_id", "staff_id"),
    "site": ("office_id", "staff_id", "site_id"),
    "event": ("office_id", "staff_id", "site_id", "day_on", "event_id"),
}
KEYS = LEVELS["event"]


def breakdown(kpi: Kpi, behind: RowsBehind) -> pd.DataFrame:
    """Return a KPI at every level from the branch down to the event.

    Returns
    -------
    pandas.DataFrame
        ``level``, the columns of `KEYS` (empty above their level; ``staff_id`` also where nobody is responsible,
        ``site_id`` also where an event has no site), the counts and ``value``; the branch first.
    """
    rows = behind.of(kpi)
    place = next((name for name in ("site_id", "cell_id") if name in rows.columns), "")
    chosen = rows.select(
        "office_id",
        "staff_id",
        "day_on",
        *COUNTS,
        event_id=rows[kpi.event].cast("string"),
        part=rows[kpi.part] if kpi.part else ibis.literal(""),
        place=rows[place] if place else ibis.literal(""),
    )
    frame = behind.engine.to_pyarrow(chosen).to_pandas(date_as_object=True)
    frame = frame[frame[list(COUNTS)].any(axis=1)]
    if place == "site_id":
        sites = frame["place"]
    else:
        sites = frame["place"].map(behind.facts.whole("cells").set_index("cell_id")["site_id"])
    events = frame.assign(site_id=sites.fillna(""), staff_id=frame["staff_id"].fillna(""), kpi_id=kpi.id)
    return rolled_up(events.drop(columns="place"), kpi)


def rolled_up(events: pd.DataFrame, kpi: Kpi) -> pd.DataFrame:
    """Return events of a KPI summed at every level.

    Parameters
    ----------
    events
        The columns of `KEYS`, ``kpi_id``, ``part`` and the counts.
    """
    levels = []
    for level, keys in LEVELS.items():
        sums = events.groupby([*keys, "kpi_id", "part"], as_index=False)[list(COUNTS)].sum()
        blank = {key: "" for key in KEYS if key not in keys}
        levels.append(sums.assign(level=level, **blank).astype(dict.fromkeys(blank, object)))
    found = valued(pd.concat(levels, ignore_index=True), ["level", *KEYS], {kpi.id: kpi})
    order = found.assign(_place=found["level"].map({level: place for place, level in enumerate(LEVELS)}))
    order = order.assign(**{key: order[key].astype(str) for key in KEYS})
    return order.sort_values(["_place", *KEYS], ignore_index=True).drop(columns="_place")
