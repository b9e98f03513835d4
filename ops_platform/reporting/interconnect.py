"""Calls with other operators as people read them: relations, hours of the day, sudden changes, competitors."""

import pandas as pd

from ops_platform.contracts.counters import INTERCONNECT_COUNTERS
from ops_platform.contracts.reviews import CHANGED_RATIOS
from ops_platform.facts import Facts
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import frame_preview, rounded

MOST_CHANGES = 30
BRANCH = ("分公司", "Branch")
_RELATION = ["office", "operator", "direction"]
_REVIEW = [*_RELATION, "valid", "traffic_erl", "connect_pct", "previous_connect_pct", "answer_pct", "share_pct",
           "previous_share_pct", "trend", "serious_hours", "changes"]  # fmt: skip
_CHANGES = [*_RELATION, "ratio", "changed_at", "over_at", "usual_pct", "ratio_pct", "size", "attempts"]
_VIEW = ["office", "operator", "customers", "market_pct", "previous_market_pct", "customer_share_pct", "valid",
         "incoming_pct", "operator_share_pct", "office_share_pct", "connect_pct", "calls_per_customer"]  # fmt: skip


def relations(review: pd.DataFrame, facts: Facts) -> str:
    """Return the month's relations in Markdown: first those of the branch, of each office the worst first."""
    named = _named(review, facts)
    named["trend"] = [
        _interval(*found)
        for found in zip(review["trend_points"], review["trend_low"], review["trend_high"], strict=True)
    ]
    return frame_preview(rounded(named[_REVIEW], 2), facts.zone, rows=len(named))


def hours_of_day(hours: pd.DataFrame, facts: Facts) -> str:
    """Return connect and answer ratio and share by hour of the day, of the branch's relations over the month."""
    branch = hours[hours["office_id"] == ""]
    branch = branch.assign(hour=branch["hour_start_at"].dt.tz_convert(facts.zone).dt.hour)
    everybody = branch.groupby(["direction", "hour"])["valid"].sum().rename("all_valid")
    sums = branch.groupby(["operator", "direction", "hour"])[["valid", "connected", "answered"]].sum()
    sums = sums.join(everybody).reset_index()
    valid = sums["valid"].where(sums["valid"] > 0)
    shown = sums.assign(
        direction=sums["direction"].map(_direction),
        connect_pct=100 * sums["connected"] / valid,
        answer_pct=100 * sums["answered"] / valid,
        share_pct=100 * valid / sums["all_valid"],
    )
    columns = ["operator", "direction", "hour", "valid", "connect_pct", "answer_pct", "share_pct"]
    return frame_preview(rounded(shown[columns]), facts.zone, rows=len(shown))


def sudden(changes: pd.DataFrame, facts: Facts) -> str:
    """Return the sudden changes in Markdown, in order of time, each with its size and interval."""
    named = _named(changes, facts)
    named["ratio"] = [formats.two(CHANGED_RATIOS[ratio], ratio) for ratio in changes["ratio"]]
    sizes = zip(changes["size_points"], changes["low_points"], changes["high_points"], strict=True)
    named["size"] = [_interval(*found) for found in sizes]
    return frame_preview(rounded(named[_CHANGES]), facts.zone, rows=MOST_CHANGES)


def competitors(view: pd.DataFrame, facts: Facts) -> str:
    """Return the competitors by office in Markdown, the largest first."""
    ordered = view.sort_values(["office_id", "customers", "valid"], ascending=[True, False, False])
    return frame_preview(rounded(_named(ordered, facts)[_VIEW]), facts.zone, rows=len(ordered))


def _named(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    names = formats.named_offices(facts.whole("offices")) | {"": formats.two(*BRANCH)}
    named = rows.assign(office=[names.get(office, office) for office in rows["office_id"]])
    return named.assign(direction=named["direction"].map(_direction)) if "direction" in named else named


def _direction(name: str) -> str:
    return formats.two(INTERCONNECT_COUNTERS.column("direction").words[name][0], name)


def _interval(size: float, low: float, high: float) -> str:
    return formats.NOTHING if pd.isna(size) else f"{size:+.1f} ({low:+.1f} … {high:+.1f})"
