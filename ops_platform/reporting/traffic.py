"""The traffic review as an engineer reads it: what to expand, what to thin out, how the load is spread."""

import pandas as pd

from ops_platform.contracts.cells import CAPACITY_ACTIONS, LOAD_BANDS, PACKET_ACTIONS
from ops_platform.facts import Facts
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import frame_preview, rounded

MOST_ROWS = 20
_SHOWN = [
    "cell",
    "office",
    "technology",
    "action",
    "band",
    "evidence",
    "growth_pct",
    "growth_error_pct",
    "exhausted_on",
]


def expand_list(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the cells to expand, then those for the plan, the most loaded first, in Markdown."""
    wanted = rows[rows["action"].isin(["expand", "plan"])]
    wanted = wanted.sort_values(["action", "utilisation_pct"], ascending=[True, False])
    return _list(wanted, facts)


def thin_out_list(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the cells that could go without loss of coverage, then those with channels to spare, in Markdown."""
    wanted = rows[rows["action"].isin(["thin_out", "reduce"])]
    wanted = wanted.sort_values(["action", "utilisation_pct"], ascending=[False, True])
    return _list(wanted, facts)


def load_by_band(rows: pd.DataFrame, facts: Facts) -> str:
    """Return how many cells of each technology are in each band, in Markdown."""
    counts = pd.crosstab(rows["band"], rows["technology"]).reindex(list(LOAD_BANDS), fill_value=0)
    counts = counts.reset_index().rename(columns=str.lower)
    counts["band"] = counts["band"].map(_band)
    return frame_preview(counts, facts.zone)


def overloaded_neighbours(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the neighbours to which traffic shifted, in Markdown: first those that were overloaded."""
    names = facts.whole("sites").set_index("site_id")["site_name"]
    moved = rows[rows["shifted"].astype(bool)].sort_values(["overloaded", "extra_pct"], ascending=[False, False])
    named = moved.assign(
        site=moved["site_id"].map(names).fillna(moved["site_id"]),
        neighbour=moved["neighbour_id"].map(names).fillna(moved["neighbour_id"]),
    )
    columns = ["site", "neighbour", "distance_km", "down_at", "hours", "lost_erl", "usual_erl", "carried_erl",
               "extra_pct", "taken_pct", "load_pct", "congestion_pct", "overloaded"]  # fmt: skip
    return frame_preview(rounded(named[columns]), facts.zone, rows=MOST_ROWS)


def packet_advice(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the cells whose packet data channels are to be changed, in Markdown, the slowest first."""
    wanted = rows[rows["action"] != "keep"]
    cells = facts.whole("cells").set_index("cell_id")["cell_name"]
    named = wanted.assign(
        cell=wanted["cell_id"].map(cells).fillna(wanted["cell_id"]),
        action=[formats.two(PACKET_ACTIONS[action], action.replace("_", " ")) for action in wanted["action"]],
    )
    columns = ["cell", "action", "packet_channels", "channels_needed", "edge", "volume_mbyte_a_day", "measured_kbps",
               "demand_kbps", "expected_kbps", "expected_then_kbps"]  # fmt: skip
    return frame_preview(rounded(named[columns]), facts.zone, rows=MOST_ROWS)


def _list(rows: pd.DataFrame, facts: Facts) -> str:
    office = formats.named_offices(facts.whole("offices"))
    cells = facts.whole("cells").set_index("cell_id")["cell_name"]
    named = rows.assign(
        cell=rows["cell_id"].map(cells).fillna(rows["cell_id"]),
        office=rows["office_id"].map(office).fillna(rows["office_id"]),
        action=[formats.two(CAPACITY_ACTIONS[action], action.replace("_", " ")) for action in rows["action"]],
        band=rows["band"].map(_band),
        evidence=rows["evidence_zh"] + " / " + rows["evidence_en"],
    )
    return frame_preview(named[_SHOWN].round(1), facts.zone, rows=MOST_ROWS)


def _band(name: str | None) -> str:
    return formats.two(LOAD_BANDS[name], name.replace("_", " ")) if name in LOAD_BANDS else formats.NOTHING
