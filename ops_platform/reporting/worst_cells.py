"""The worst cells as an engineer reads them: the twenty worst, a work list for each office, the rules side by side."""

import pandas as pd

from ops_platform.contracts.cells import CELL_CAUSES
from ops_platform.facts import Facts
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import frame_preview, rounded

WORST_SHOWN = 20
WORK_SHOWN = 50


def worst_twenty(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the first twenty worst cells of the selected rule in Markdown, most drops first."""
    named = _named(rows[rows["worst"].astype(bool)], facts)
    shown = named[["cell", "office", "reasons", "streak_days", "office_drops_pct", "trend", "cause", "evidence"]]
    return frame_preview(shown.round({"office_drops_pct": 1}), facts.zone, rows=WORST_SHOWN)


def work_lists(rows: pd.DataFrame, facts: Facts) -> str:
    """Return what each office has to do, in Markdown: its cells, the next step, and the inspection to do it with."""
    named = _named(rows[rows["worst"].astype(bool)], facts)
    columns = [
        "cell",
        "cause",
        "next_step",
        "last_action",
        "last_action_on",
        "next_inspection_on",
        "next_inspection_id",
    ]
    parts = [
        f"**{office}** ({len(mine)})\n\n" + frame_preview(mine[columns], facts.zone, rows=WORK_SHOWN)
        for office, mine in named.groupby("office")
    ]
    return "\n\n".join(parts) or "没有最坏小区 / No worst cells"


def rules_side_by_side(rules: pd.DataFrame, facts: Facts) -> str:
    """Return how many cells meet each rule, in Markdown; the selected rule has an asterisk."""
    return frame_preview(rules, facts.zone, rows=len(rules))


def network_percentiles(rows: pd.DataFrame, facts: Facts) -> str:
    """Return the percentiles of the drop rate in Markdown: what so many cells keep on so many days."""
    names = formats.named_offices(facts.whole("offices")) | {"": formats.two("分公司", "Branch")}
    shown = rows.assign(office=[names.get(office, office) for office in rows["office_id"]])
    columns = ["office", "rule", "cells_pct", "days_pct", "value_pct", "limit_pct", "met", "cells", "days"]
    return frame_preview(rounded(shown[columns], 2), facts.zone, rows=len(shown))


def _named(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    office = formats.named_offices(facts.whole("offices"))
    cells = facts.whole("cells").set_index("cell_id")["cell_name"]
    change = rows["drop_pct"] - rows["previous_drop_pct"]
    again = rows["previously_worst"] == True  # noqa: E712 - of what is not known it is not said
    trend = [
        (formats.NOTHING if pd.isna(points) else f"{points:+.2f}") + "，上月也是 / worst last month too" * bool(before)
        for points, before in zip(change, again, strict=True)
    ]
    return rows.assign(
        cell=rows["cell_id"].map(cells).fillna(rows["cell_id"]),
        office=rows["office_id"].map(office).fillna(rows["office_id"]),
        cause=rows["cause"].map(lambda cause: formats.two(CELL_CAUSES[cause], cause.replace("_", " "))),
        trend=trend,
        reasons=rows["reasons_zh"] + " / " + rows["reasons_en"],
        evidence=rows["evidence_zh"] + " / " + rows["evidence_en"],
        next_step=rows["next_step_zh"] + " / " + rows["next_step_en"],
    )
