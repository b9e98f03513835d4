"""Situations for tests of the dispatch board: a line of sites, on which a degree of longitude is an hour by road."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ops_platform.maintenance.dispatch import DispatchPlan, Situation, dispatch
from ops_platform.policy import DispatchPolicy, PowerPolicy
from tests.maintenance.builders import Row, at

NOW = at("03-12 08:00")
POWER = PowerPolicy(setup_min=0)
POLICY = DispatchPolicy()
COLUMNS = {
    "outages": (
        "site_id",
        "latitude",
        "longitude",
        "failed_at",
        "dark_at",
        "down",
        "customers",
        "comes_first",
        "load_kw",
    ),
    "faults": (
        "fault_id",
        "site_id",
        "latitude",
        "longitude",
        "fault_class",
        "opened_at",
        "limit_at",
        "customers",
        "comes_first",
    ),
    "crews": ("crew_id", "latitude", "longitude", "can_generate", "can_repair", "rated_kw", "free_at"),
}


def after(hours: float | None) -> pd.Timestamp | None:
    """Return the moment so many hours after now; None is none."""
    return None if hours is None else pd.Timestamp(NOW + timedelta(hours=hours)).as_unit("us")


class ByRoad:
    """An hour a degree of longitude."""

    basis = "test"

    def __call__(
        self, from_latitude: ArrayLike, from_longitude: ArrayLike, latitude: ArrayLike, longitude: ArrayLike
    ) -> NDArray[Any]:
        """Return the hours; all stand at one latitude."""
        del from_latitude, latitude
        return np.abs(np.asarray(longitude) - np.asarray(from_longitude))


def outage(site_id: str, x: float = 0.0, dark: float = 1.0, customers: float | None = 100, **more: Any) -> Row:
    """Return an outage that failed just now: by policy the mains is back after six hours."""
    return {
        "site_id": site_id, "latitude": 0.0, "longitude": x, "failed_at": after(0), "dark_at": after(dark),
        "down": dark <= 0, "customers": customers, "comes_first": "", "load_kw": 3.0, **more,
    }  # fmt: skip


def fault(
    fault_id: str, x: float = 0.0, fault_class: str = "major", customers: float | None = 100, comes_first: str = ""
) -> Row:
    return {
        "fault_id": fault_id, "site_id": f"site of {fault_id}", "latitude": 0.0, "longitude": x,
        "fault_class": fault_class, "opened_at": after(-1), "limit_at": after(47), "customers": customers,
        "comes_first": comes_first,
    }  # fmt: skip


def crew(crew_id: str, x: float = 0.0, rated_kw: float = 5.0, free: float | None = None, does: str = "both") -> Row:
    return {
        "crew_id": crew_id, "latitude": 0.0, "longitude": x, "can_generate": does != "repair",
        "can_repair": does != "generate", "rated_kw": rated_kw, "free_at": after(free),
    }  # fmt: skip


def situation(*rows: Row) -> Situation:
    """Return a situation of outages, faults and crews in any order."""
    frames = {}
    for name, columns in COLUMNS.items():
        mine = [row for row in rows if set(row) == set(columns)]
        frames[name] = pd.DataFrame(mine, columns=list(columns))
    return Situation(**frames)


def plan(*rows: Row, **changes: Any) -> DispatchPlan:
    return dispatch(situation(*rows), ByRoad(), POWER, POLICY.model_copy(update=changes), NOW)


def visits(found: DispatchPlan) -> dict[str, list[str]]:
    """Return where each crew goes, in order: a site for a generator, a fault's number for a repair."""
    stops = found.stops.sort_values(["crew_id", "stop"])
    where = stops["fault_id"].where(stops["kind"] == "repair", stops["site_id"])
    return where.groupby(stops["crew_id"]).agg(list).to_dict()
