"""An installation whose months have measures, targets and a scorecard, to be closed and restated."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ops_platform.clock import shift_month
from ops_platform.contracts.scores import MEASURES, RANKINGS, SCORECARDS
from ops_platform.facts import as_frame
from ops_platform.kpi.scoring import rankings, scorecards
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import RECEIPT
from tests.maintenance.builders import Row, on, store, table

MONTH = "2026-03"
OFFICES = [
    {"office_id": "O1", "office_name": "前旗", "office_name_en": "Qianqi"},
    {"office_id": "O2", "office_name": "后旗", "office_name_en": "Houqi"},
]


def measure(kpi_id: str, office: str, numerator: float, denominator: float, day: str = "03-12", **more: Any) -> Row:
    """Return a measure of one office, site and day."""
    blank = {"version": "1", "part": "", "staff_id": "", "subject_id": "S1", "excluded": 0.0, "suspect": 0.0,
             "missing": 0.0}  # fmt: skip
    counts = {"numerator": float(numerator), "denominator": float(denominator)}
    return {**blank, "kpi_id": kpi_id, "office_id": office, "day_on": on(day), **counts, **more}


def target(kpi_id: str, goal: float = 90.0, since: str = "01-01", **more: Any) -> Row:
    """Return a linear target of every office."""
    row = {"kpi_id": kpi_id, "office_id": "*", "effective_from": on(since), "target": goal, "weight": 10.0}
    return row | {"scoring": "linear", "baseline": 50.0, "challenge": 100.0} | more


def installation(home: Path, now: datetime, *measures: Row, targets: list[Row] | None = None) -> Platform:
    """Return an installation with two offices and these measures of power and faults."""
    settings = Settings(home=home, frozen_at=now, state_url="")
    goals = targets if targets is not None else [target(row["kpi_id"]) for row in measures[:1]]
    store(settings.warehouse, offices=OFFICES, targets=goals, power_measures=list(measures))
    return Platform(settings)


def later(platform: Platform, now: datetime) -> Platform:
    """Return the same installation at another moment."""
    return Platform(platform.settings.model_copy(update={"frozen_at": now}))


def build(platform: Platform, *measures: Row, month: str = MONTH) -> Platform:
    """Compute scorecard and ranking of a month, after its measures were replaced where there are any."""
    if measures:
        contract = MEASURES["power"]
        platform.warehouse.write(contract, table(contract.name, *measures), month)
    cards = scorecards(platform.facts, month)
    platform.warehouse.write(SCORECARDS, cards, month)
    before = platform.facts.month(RANKINGS, shift_month(month, -1))
    platform.warehouse.write(RANKINGS, rankings(month, as_frame(pa.concat_tables([cards])), before), month)
    return platform


def accept(platform: Platform, feed: str, *months: str, status: str = "accepted") -> int:
    """Note a receipt that touches these months; of a register none."""
    values = {"sha256": os.urandom(32).hex(), "feed": feed, "file_name": f"{feed}.csv", "received_at": platform.now(),
              "status": status, "partitions": list(months) or [""], "months": list(months)}  # fmt: skip
    with platform.state.transaction() as connection:
        key = connection.execute(RECEIPT.insert().values(values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]
