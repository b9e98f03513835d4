"""Rows of facts for tests of rules and KPIs: a test says what matters to it, the rest is filled in."""

from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from ops_platform.contracts import DERIVED, FEEDS, Contract
from ops_platform.facts import Facts, as_frame
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.warehouse import Warehouse

Row = dict[str, Any]

ZONE = ZoneInfo("Asia/Shanghai")
YEAR = 2026
EXAMPLES: dict[str, Any] = {
    "string": "x", "int64": 1, "float64": 1.0, "boolean": False, "timestamp": datetime(2026, 3, 12, tzinfo=UTC),
    "date": date(2026, 1, 1), "binary": b"",
}  # fmt: skip
DEFAULTS: dict[str, Row] = {
    # 160 Ah of two new strings at 40 A: four hours, so the autonomy deadline is 3 h 30 min after the failure.
    "sites": {
        "site_id": "S1", "office_id": "O1", "staff_id": "E1", "priority": "c", "capacity_ah": 100.0, "strings": 2,
        "battery_installed_on": date(2026, 3, 12), "temperature_c": 25.0, "load_a": 40.0, "latitude": 0.0,
        "longitude": 0.0, "in_service_on": date(2020, 1, 1),
    },
    "offices": {"office_id": "O1", "latitude": 0.0, "longitude": 0.0},
    "crews": {"office_id": "O1", "can_generate": True, "latitude": 0.0, "longitude": 0.0},
    "generators": {"office_id": "O1", "rated_kw": 5.0},
    "cells": {"cell_id": "C1", "site_id": "S1", "technology": "GSM", "channels": 10},
    "alarms": {"site_id": "S1"},
    "generator_runs": {"site_id": "S1"},
    "generator_decisions": {"site_id": "S1"},
    "battery_tests": {"site_id": "S1", "load_a": 40.0, "ended_at_cut_off": True},
    "planned_work": {"site_id": "S1"},
    "exclusions": {"kpi_id": "generator_timeliness", "reason": "other"},
    "acceptance_tests": {"site_id": "S1", "passed": True, "open_hazards": 0},
    "inspections": {"site_id": "S1", "staff_id": "E1", "accessible": True},
    "faults": {"site_id": "S1", "staff_id": "E1", "fault_class": "minor"},
    "complaints": {"office_id": "O1", "cause": "drops", "customer_class": "ordinary"},
    "work_plan_items": {"office_id": "O1", "staff_id": "E1"},
    "service_surveys": {"office_id": "O1"},
    "cell_counters": {"cell_id": "C1", "period_s": 3600},
    "interconnect_counters": {"office_id": "O1", "operator": "CT", "direction": "outgoing"},
    "mains_outages": {"site_id": "S1", "office_id": "O1", "staff_id": "E1"},
    "site_outages": {"site_id": "S1", "office_id": "O1", "staff_id": "E1"},
    "cell_days": {"cell_id": "C1", "site_id": "S1", "office_id": "O1", "staff_id": "E1", "technology": "GSM",
                  "channels": 10, "day_s": 86400, "usable_s": 86400, "suspect_s": 0},
    "coverage_levels": {"office_id": "O1"},
}  # fmt: skip


def at(text: str) -> datetime:
    """Return the UTC moment of a business-local time of 2026, written ``03-12 08:00`` or with seconds."""
    return datetime.fromisoformat(f"{YEAR}-{text}").replace(tzinfo=ZONE).astimezone(UTC)


def on(text: str) -> date:
    """Return a date of 2026, written ``03-12``."""
    return date.fromisoformat(f"{YEAR}-{text}")


def contract_of(name: str) -> Contract:
    return (FEEDS | DERIVED)[name]


def table(name: str, *rows: Row) -> pa.Table:
    """Return rows of a contract; a column that no row names is null where it may be."""
    contract = contract_of(name)
    numbers = count(1)
    key = next(name for name in contract.key if contract.column(name).dtype == "string")
    blank = {column.name: None if column.nullable else EXAMPLES[column.dtype] for column in contract.columns}
    filled = [blank | {key: f"{key}-{next(numbers)}"} | DEFAULTS.get(name, {}) | row for row in rows]
    unknown = {column for row in rows for column in row} - set(contract.schema.names)
    assert not unknown, f"{name} has no {unknown}"
    return pa.Table.from_pylist(filled, schema=contract.schema)


def frame(name: str, *rows: Row) -> pd.DataFrame:
    return as_frame(table(name, *rows))


def alarm(kind: str, raised: str, cleared: str | None = None, **more: Any) -> Row:
    return {"kind": kind, "raised_at": at(raised), "cleared_at": at(cleared) if cleared else None, **more}


def run(started: str | None, ended: str | None = None, dispatched: str = "03-12 08:00", **more: Any) -> Row:
    """Return a generator run."""
    return {
        "dispatched_at": at(dispatched),
        "started_at": at(started) if started else None,
        "ended_at": at(ended) if ended else None,
        **more,
    }


def span(starts: str, ends: str, **more: Any) -> Row:
    """Return a row of a register with an interval: planned work, an exclusion."""
    return {"starts_at": at(starts), "ends_at": at(ends), **more}


def power(**feeds: list[Row]) -> PowerFacts:
    """Return the facts of power events; one site and its office where none is given."""
    feeds = {"sites": [{}], "offices": [{}], **feeds}
    names = ("sites", "acceptance_tests", "alarms", "generator_runs", "generator_decisions", "planned_work",
             "exclusions", "battery_tests", "offices", "crews", "generators")  # fmt: skip
    return PowerFacts(**{name: frame(name, *feeds.get(name, [])) for name in names})


def store(root: Path, zone: ZoneInfo = ZONE, **tables: list[Row]) -> Facts:
    """Write rows to a warehouse, each in the partition where it belongs, and return its facts."""
    facts = Facts(Warehouse(root), zone)
    for name, rows in tables.items():
        contract = contract_of(name)
        partitions: dict[str, list[Row]] = defaultdict(list)
        for row in table(name, *rows).to_pylist():
            partitions[_partition(contract, row, zone)].append(row)
        for key, part in partitions.items():
            facts.warehouse.write(contract, pa.Table.from_pylist(part, schema=contract.schema), key)
    return facts


def _partition(contract: Contract, row: Row, zone: ZoneInfo) -> str:
    if contract.grain == "none":
        return ""
    placed = row[contract.placed_by]
    day = placed.astimezone(zone).date() if isinstance(placed, datetime) else placed
    return f"{day:%Y-%m}" if contract.grain == "month" else f"{day:%Y-%m-%d}"
