"""The lists of a month for reading: what went wrong where, and what to do next about it."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from ops_platform.clock import month_bounds
from ops_platform.contracts.cells import WORST_CELLS
from ops_platform.contracts.coverage import COVERAGE_GAPS
from ops_platform.contracts.insight import CHANGE_VERDICTS
from ops_platform.contracts.outages import MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.facts import Facts
from ops_platform.kpi.contests import UPHELD, contests
from ops_platform.maintenance.intervals import close_open, intersect
from ops_platform.reporting.formats import records
from ops_platform.reporting.words import Words

CAUSES: Mapping[str, Words] = {
    "power": ("停电", "Power"),
    "transmission": ("传输", "Transmission"),
    "equipment": ("设备", "Equipment"),
    "planned": ("计划施工", "Planned work"),
}
SITE_STEPS: Mapping[str, Words] = {
    "power": ("核对电池容量，考虑增配电池或固定油机。", "Check the battery; consider another string or a fixed set."),
    "transmission": ("查光缆与路由，重要站做保护。", "Check fibre and route; protect the sites that others hang on."),
    "equipment": ("更换重复故障的板件，核对版本。", "Replace what fails again and again, and check its release."),
    "planned": ("把施工并到一次，放在闲时。", "Do the work in one go, and when traffic is low."),
}
"""What to do about a site, by the most frequent cause of its outages."""


def late_outages(facts: Facts, month: str) -> pd.DataFrame:
    """Return the month's mains outages that no generator met in time and that count, with why, the latest first."""
    outages, known = facts.month(MAINS_OUTAGES, month), contests(facts, month)
    upheld = known.loc[(known["kpi_id"] == "generator_timeliness") & (known["state"] == UPHELD), "event_id"]
    late = outages[(outages["outcome"] == "late") & ~outages["mains_outage_id"].isin(upheld)]
    late = late.merge(site_names(facts), on="site_id").sort_values("failed_at", ascending=False, ignore_index=True)
    words = [_why_late(row["started_at"], row["deadline_at"]) for row in records(late)]
    told = pd.DataFrame(words, columns=["late_because_zh", "late_because_en"])
    columns = ["office_id", "site_id", "site_name", "staff_id", "failed_at", "deadline_at", "started_at", "restored_at"]
    return pd.concat([late[columns], told], axis=1)


def _why_late(started_at: datetime, deadline_at: datetime) -> Words:
    """Return why a mains outage counts as not met in time."""
    if pd.isna(started_at):
        return "没有核实的发电", "No verified run"
    late_min = (started_at - deadline_at).total_seconds() / 60
    if late_min > 0:
        return f"晚 {late_min:.0f} 分钟", f"{late_min:.0f} min late"
    return "按时发电，仍因停电宕站", "Ran in time, yet the site went down"


def undone_inspections(facts: Facts, month: str, as_of: datetime) -> pd.DataFrame:
    """Return the month's inspections of accessible sites that are due and not done, the earliest due first."""
    planned, today = facts.month("inspections", month), as_of.astimezone(facts.zone).date()
    undone = planned[planned["done_at"].isna() & planned["accessible"].astype(bool) & (planned["due_on"] < today)]
    sites = facts.whole("sites")[["site_id", "site_name", "office_id"]]
    return undone.merge(sites, on="site_id").sort_values("due_on")[
        ["office_id", "site_id", "site_name", "staff_id", "window_starts_on", "due_on"]
    ]


def worst_cells(facts: Facts, month: str) -> pd.DataFrame:
    """Return the month's worst cells with their busy-hour rates, most drops first."""
    rates = facts.month(WORST_CELLS, month)
    rates = rates[rates["worst"].astype(bool)].round(2).sort_values("drops", ascending=False)
    cells = facts.whole("cells")[["cell_id", "cell_name"]]
    named = rates.merge(cells, on="cell_id", how="left").merge(site_names(facts), on="site_id", how="left")
    columns = ["office_id", "cell_id", "cell_name", "site_name", "drops", "drop_pct", "congestion_pct"]
    return named[[*columns, "next_step_zh", "next_step_en"]]


def worst_sites(facts: Facts, month: str, as_of: datetime) -> pd.DataFrame:
    """Return the sites that were down in a month with hours, times and most frequent cause, the longest down first."""
    start, end = month_bounds(month, facts.zone)
    end = min(end, as_of)
    outages = facts.touching(SITE_OUTAGES, start, end)
    down = outages.assign(start=outages["down_at"], end=close_open(outages["up_at"], as_of))
    window = pd.DataFrame({"site_id": down["site_id"].unique()}).assign(
        start=pd.Timestamp(start).as_unit("us"), end=pd.Timestamp(end).as_unit("us")
    )
    inside = intersect(down[["site_id", "start", "end"]], window, "site_id")
    hours = (inside["end"] - inside["start"]).dt.total_seconds().groupby(inside["site_id"]).sum() / 3600
    by_site = outages.groupby("site_id")
    rows = pd.DataFrame({
        "office_id": by_site["office_id"].first(),
        "down_h": hours.round(1),
        "outages": by_site.size(),
        "cause": by_site["cause"].agg(lambda causes: causes.value_counts().index[0]),
    }).reset_index()  # fmt: skip
    rows = rows.merge(site_names(facts), on="site_id").sort_values(["down_h", "site_id"], ascending=[False, True])
    words = [(*CAUSES[cause], *SITE_STEPS[cause]) for cause in rows["cause"]]
    told = pd.DataFrame(words, columns=["cause_zh", "cause_en", "next_step_zh", "next_step_en"])
    columns = ["office_id", "site_id", "site_name", "down_h", "outages"]
    return pd.concat([rows[columns].reset_index(drop=True), told], axis=1)


def gaps(facts: Facts, month: str) -> pd.DataFrame:
    """Return the month's areas without coverage, with who lives there and the nearest site, as they are stored."""
    found = facts.month(COVERAGE_GAPS, month).drop(columns=["geometry", "month_on", "settlements"])
    nearest = site_names(facts).set_index("site_id")["site_name"]
    place = found.columns.get_loc("nearest_site_id")
    found.insert(place, "nearest_site_name", found["nearest_site_id"].map(nearest))
    return found


def verdicts(facts: Facts, month: str) -> pd.DataFrame:
    """Return the verdicts on changes of cells for reading: what was said first, then what waits."""
    rows = facts.month(CHANGE_VERDICTS, month)
    order = {verdict: place for place, verdict in enumerate(("worse", "improved", "no_evidence", "too_early"))}
    rows = rows.assign(place=rows["verdict"].map(order)).sort_values(["place", "done_on", "action_id"])
    rows = rows.merge(facts.whole("cells")[["cell_id", "cell_name"]], on="cell_id", how="left")
    columns = ["office_id", "cell_id", "cell_name", "action", "done_on", "verdict", "change_pct", "low_pct", "high_pct",
               "neighbour_change_pct", "reason", "review_on"]  # fmt: skip
    return rows[columns].reset_index(drop=True)


def site_names(facts: Facts) -> pd.DataFrame:
    """Return what each site is called: ``site_id``, ``site_name``."""
    return facts.whole("sites")[["site_id", "site_name"]]
