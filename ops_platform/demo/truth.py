"""The true answers, summed from the simulation's own records and never from its exported files."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from ops_platform.demo.books import Books, Measures, Row, Sums
from ops_platform.demo.branch import Branch
from ops_platform.demo.export import Tally
from ops_platform.demo.period import DAY, MINUTE, Period
from ops_platform.demo.scores import score_rows, year_rows
from ops_platform.demo.work import REPAIR_LIMIT_S

WEIGHTS = {
    "hall_satisfaction": {"environment": 0.25, "waiting": 0.23, "staff": 0.28, "speed": 0.24},
    "satisfaction_lead": {"own": 1.0, "competitor": -1.0},
}
"""What the ratios are weighed with that a KPI adds up."""
FACTORS = {
    "site_outages": 3043.75, "fault_repair_time": 1 / 3600, "hotline_courtesy": 1.0, "hotline_problem_solving": 1.0,
    "training_pass_rate": 1.0, "erab_retainability": 1.0, "dl_throughput": 1.0, "customer_satisfaction": 1.0,
    "complaints_per_10000_users": 10_000.0, "data_download_rate": 1000.0,
}  # fmt: skip
"""Unit factor where it is not that of a share in percent. Survey scores are points of 100 and already percent."""
PERCENT = 100.0
STEPS = {"accessibility": ("rrc", "s1", "erab"), "call_setup": ("sdcch", "tch")}
"""What the shares are of that a KPI multiplies."""
STAMP = pa.timestamp("us", tz="UTC")
Key = tuple[str, str, str, str, str, str]


def _levels(measures: Measures, contractors: Mapping[str, str]) -> dict[Key, dict[str, Sums]]:
    """Return sums per month, level, office, contractor, person and KPI, by part."""
    months = measures.period.months
    found: dict[Key, dict[str, Sums]] = defaultdict(lambda: defaultdict(lambda: np.zeros(5)))
    for (month, kpi_id, part, office_id, staff_id), sums in measures.sums.items():
        subjects = [("branch", "", "", ""), ("office", office_id, "", "")]
        if staff_id:
            subjects.append(("person", office_id, "", staff_id))
        if contractor := contractors.get(staff_id):
            subjects.append(("contractor", "", contractor, ""))
        for subject in subjects:
            found[months[month], *subject, kpi_id][part] += sums
    return found


def value_of(kpi_id: str, parts: dict[str, Sums]) -> float | None:
    """Return a KPI's value with its unit factor; none where a denominator is zero."""
    wanted = WEIGHTS.get(kpi_id) or STEPS.get(kpi_id) or ("",)
    if any(part not in parts or not parts[part][1] for part in wanted):
        return None
    ratios = {part: parts[part][0] / parts[part][1] for part in wanted}
    if kpi_id in WEIGHTS:
        return float(sum(weight * ratios[part] for part, weight in WEIGHTS[kpi_id].items()))
    return float(np.prod(list(ratios.values())) * FACTORS.get(kpi_id, PERCENT))


def kpi_rows(measures: Measures, contractors: Mapping[str, str]) -> list[Row]:
    """Return the true scorecard rows of the closed months.

    Parameters
    ----------
    contractors
        For whom each member of staff works who is not the branch's own.
    """
    rows = []
    for (month, level, office_id, contractor, staff_id, kpi_id), parts in sorted(
        _levels(measures, contractors).items()
    ):
        total = np.sum(list(parts.values()), axis=0)
        names = ("numerator", "denominator", "excluded", "suspect", "missing")
        rows.append(
            {
                "month": month, "level": level, "office_id": office_id, "contractor": contractor, "staff_id": staff_id,
                "kpi_id": kpi_id,
                **{name: float(total[index]) for index, name in enumerate(names)},
                "value": value_of(kpi_id, parts),
            }
        )  # fmt: skip
    return rows


def _table(path: Path, rows: list[Row], stamps: tuple[str, ...] = ()) -> None:
    names = list(rows[0])
    columns = {
        name: pa.array([row[name] for row in rows], STAMP) if name in stamps else pa.array([row[name] for row in rows])
        for name in names
    }
    parquet.write_table(pa.table(columns), path)


def write_json(path: Path, document: Any) -> None:
    """Write a JSON document that people can read."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1, default=str), encoding="utf-8")


def write_truth(
    folder: Path, branch: Branch, books: Books, coverage: list[Row], radio: dict[str, list[Row]], tally: Tally
) -> None:
    """Write every true answer."""
    period = books.period
    kpis = kpi_rows(books.measures, branch.contractors)
    scores = score_rows(kpis, books)
    _table(folder / "kpis.parquet", kpis)
    _table(folder / "scores.parquet", scores)
    _table(folder / "year_scores.parquet", year_rows(scores, books))
    _table(
        folder / "mains_outages.parquet",
        [_mains_row(period, books, index) for index in range(len(books.mains))],
        ("failed_at", "restored_at", "autonomy_deadline_at", "deadline_at", "started_at"),
    )
    downs = [
        {
            "site_id": down.site.site_id, "down_at": period.utc(down.down),
            "up_at": None if down.up is None else period.utc(down.up), "cause": down.cause,
        }
        for down in books.downs
        if down.counts
    ]  # fmt: skip
    _table(folder / "site_outages.parquet", downs, ("down_at", "up_at"))
    _table(folder / "generation_reviews.parquet", books.doubts, ("happened_at",))
    _table(folder / "coverage.parquet", coverage)
    for name, rows in (books.notes | radio).items():
        _table(folder / f"{name}.parquet", rows)
    write_json(folder / "alerts.json", {rule: sorted(books.alerts[rule]) for rule in sorted(books.alerts)})
    write_json(folder / "cell_changes.json", {row["action_id"]: row["factor"] for row in books.changes})
    write_json(folder / "on_duty.json", _on_duty(books))
    write_json(folder / "fault_clock.json", _fault_clock(books))
    write_json(folder / "rows.json", {"feeds": dict(tally.feeds), "files": tally.files})
    write_json(folder / "scenarios.json", dict(sorted(books.scenarios.items())))


def _on_duty(books: Books) -> dict[str, dict[int, str]]:
    """Return who is told at each step of each office at the present: an empty step's next one."""
    told: dict[str, dict[int, str]] = defaultdict(dict)
    for office_id, reached in sorted(books.on_duty):
        for step in range(len(told[office_id]) + 1, reached + 1):
            told[office_id][step] = books.on_duty[office_id, reached]
    return told


def _fault_clock(books: Books) -> dict[str, int]:
    """Return the minutes that each fault had left: those that are open, and those repaired in the running month."""
    period = books.period
    concerned = [
        row
        for row in books.rows["faults"]
        if row["repaired_at"] is None or row["repaired_at"] >= period.closed_days * DAY
    ]
    return {
        row["fault_id"]: (row["occurred_at"] + REPAIR_LIMIT_S - (row["repaired_at"] or period.moment)) // MINUTE
        for row in concerned
    }


def _mains_row(period: Period, books: Books, index: int) -> Row:
    mains = books.mains[index]
    return {
        "site_id": mains.site.site_id,
        "office_id": mains.site.office_id,
        "staff_id": mains.site.staff_id or "",
        "failed_at": period.utc(mains.failed),
        "restored_at": None if mains.restored is None else period.utc(mains.restored),
        "autonomy_s": mains.autonomy,
        "autonomy_deadline_at": period.utc(mains.failed + mains.autonomy - 1_800),
        "deadline_at": period.utc(mains.deadline),
        "started_at": None if mains.started is None else period.utc(mains.started),
        "outcome": mains.outcome,
        "state": mains.state,
        "fate": mains.fate,
        "lasts_s": mains.lasts,
    }
