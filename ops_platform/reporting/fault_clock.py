"""The clock of faults as it is stored and as people read it: remaining time in the style of work orders."""

import pandas as pd
import pyarrow as pa

from ops_platform.contracts.outages import FAULT_CLOCK
from ops_platform.facts import Facts
from ops_platform.intake import durations
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import frame_preview

MOST_ROWS = 200
_SHOWN = ["fault_id", "site_name", "office", "fault_class", "occurred_at", "limit_at", "remaining", "minutes_left",
          "repaired_at", "response_min", "reported_cause", "confirmed_cause", "cause_right", "repeat_dispatches",
          "returns"]  # fmt: skip


def clock_table(clock: pd.DataFrame) -> pa.Table:
    """Return the result of `maintenance.fault_clock.fault_clock` as rows of the contract ``fault_clock``."""
    remaining = pa.array(clock["remaining"].dt.total_seconds(), pa.float64(), from_pandas=True)
    columns = clock.assign(remaining=durations.spelled(remaining).to_pylist())[FAULT_CLOCK.schema.names]
    return pa.Table.from_pandas(columns, FAULT_CLOCK.schema, preserve_index=False)


def board(rows: pd.DataFrame, facts: Facts) -> str:
    """Return stored rows of the clock in Markdown: names of sites and offices in both languages, business time.

    Parameters
    ----------
    rows
        Columns of the contract ``fault_clock``, in its order.
    facts
        The registers that hold the names.
    """
    sites = facts.whole("sites")[["site_id", "site_name"]]
    named = rows.merge(sites, on="site_id", how="left")
    named["office"] = named["office_id"].map(formats.named_offices(facts.whole("offices")))
    return frame_preview(named[_SHOWN], facts.zone, rows=MOST_ROWS)


def calendar_note(rows: pd.DataFrame) -> str:
    """Return what is to be known of limits that reach into a year without published holidays; empty where none does."""
    unknown = rows[~rows["calendar_known"].astype(bool)]
    if unknown.empty:
        return ""
    year = unknown["limit_at"].max().year
    return (
        f"{len(unknown)} 个工单的时限跨入放假安排尚未收录的年份（至 {year} 年），该年只按周末休息推算；"
        "公布后请升级 holidays 库 / "
        f"the limits of {len(unknown)} orders reach into a year (up to {year}) whose public holidays are not known "
        "yet; there only weekends are taken as free; upgrade the library holidays once they are published"
    )
