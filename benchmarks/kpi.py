"""A month of quarter-hours to its radio KPIs and worst cells: the platform beside the same by hand, and the bare scan.

Run ``python -m benchmarks.kpi --root FOLDER --cells 10000 100000``; the folder takes 4 GB for 100,000 cells. Each step
runs in a process of its own, whose wall clock, processor time (of all threads) and peak of resident memory are told.
It first does the same for a few cells, which loads libraries and compiled code and is told apart, as warmed_cpu_s.
Where other work runs on the machine, it is the processor time that compares. docs/engines.md has the table.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.kpi_data import COUNTERS, DAYS, MONTH, ZONE, facts_of, write_month
from benchmarks.kpi_rivals import RATIOS, RULES, Answer, by_pandas, by_polars, by_sql, scan
from ops_platform.clock import month_bounds
from ops_platform.intake.fold import GONE, write_facts
from ops_platform.kpi.cell_days import write_cell_days
from ops_platform.kpi.measures import month_measures
from ops_platform.kpi.traffic_review import month_of_loads
from ops_platform.kpi.worst_cell_list import worst_cell_list
from ops_platform.policy import Policy

AS_OF = month_bounds(MONTH, ZONE)[1]
LATE_DAY, LATE_QUARTER = DAYS[14], 80
FEW = 90


def month_from_days(root: Path) -> Answer:
    """Compute measures of every radio KPI, the list of worst cells by every rule, and the load of every cell."""
    facts, policy = facts_of(root), Policy()
    measured = month_measures("radio", facts, MONTH, policy, AS_OF).to_pandas()
    found = worst_cell_list(facts, MONTH, policy.worst_cell, AS_OF)
    engine = facts.warehouse.connect()
    month_of_loads(engine, facts, [day.isoformat() for day in DAYS])
    measured["name"] = (measured["kpi_id"] + " " + measured["part"]).str.strip()
    sums = measured.groupby(["name", "office_id"])[["numerator", "denominator"]].sum()
    met = found.rules.assign(rule=found.rules["rule"].str.rstrip("*")).set_index("rule")["cells"]
    return (
        {f"{name} {office}": list(pair) for (name, office), *pair in sums.itertuples() if name in RATIOS},
        {name: int(met[name]) for name in RULES},
    )


def whole_month(root: Path) -> Answer:
    """Sum every day and compute the month from the days."""
    write_cell_days(facts_of(root), DAYS)
    return month_from_days(root)


def late_file(root: Path) -> Answer:
    """Take in a quarter-hour that came late: fold its day, sum its day, compute the month."""
    facts = facts_of(root)
    warehouse, key = facts.warehouse, LATE_DAY.isoformat()
    write_facts(COUNTERS, key, warehouse, ZONE)
    print(json.dumps({"folded_at_cpu_s": _cpu_s()}))
    write_cell_days(facts, [LATE_DAY])
    print(json.dumps({"summed_at_cpu_s": _cpu_s()}))
    return month_from_days(root)


STEPS: dict[str, Callable[[Path], Answer | None]] = {
    "bare scan": scan,
    "platform": whole_month,
    "platform, month from days": month_from_days,
    "DuckDB SQL": by_sql,
    "Polars": by_polars,
    "pandas": by_pandas,
    "platform, late quarter-hour": late_file,
}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _step(name: str, root: Path) -> None:
    """Do one step in this process and print what it took and what it found."""
    STEPS[name](root.parent / f"m{FEW}")
    print(json.dumps({"warmed_cpu_s": _cpu_s()}))
    begun_s, cpu_s = time.perf_counter(), _cpu_s()
    answer = STEPS[name](root)
    told: dict[str, Any] = {
        "wall_s": time.perf_counter() - begun_s,
        "cpu_s": _cpu_s() - cpu_s,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "answer": answer,
    }
    print(json.dumps(told))


def _arrive_late(root: Path) -> None:
    """Let a day have arrived as 96 quarter-hours that are folded, and one of them, counted anew, come once more."""
    warehouse, key = facts_of(root).warehouse, LATE_DAY.isoformat()
    arrival = root / "arrival.parquet"
    if not warehouse.arrivals(COUNTERS, key):
        receipts = count(1)
        for file in warehouse.files(COUNTERS, [key]):
            rows = pq.read_table(file, partitioning=None)
            rows = rows.append_column(GONE, pa.array(np.zeros(len(rows), bool)))
            for moment in sorted(pc.unique(rows["period_start_at"]).to_pylist()):
                at = pa.scalar(moment, rows["period_start_at"].type)
                pq.write_table(rows.filter(pc.equal(rows["period_start_at"], at)), arrival, compression="lz4")
                warehouse.adopt_arrival(COUNTERS, arrival, key, next(receipts))
        write_facts(COUNTERS, key, warehouse, ZONE)
    arrivals = warehouse.arrivals(COUNTERS, key)
    shutil.copy(arrivals[LATE_QUARTER], arrival)
    warehouse.adopt_arrival(COUNTERS, arrival, key, len(arrivals) + 1)


def _apart(do: Callable[..., None], *arguments: Any) -> None:
    """Do something in another process: the peak of a step's process begins at that of the process that starts it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        process.submit(do, *arguments).result()


def _measured(name: str, root: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.kpi", "--root", str(root), "--step", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        told |= json.loads(line)
    return told


def main() -> None:
    """Measure every step at every size and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--cells", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--steps", nargs="+", default=list(STEPS))
    parser.add_argument("--step")
    asked = parser.parse_args()
    if asked.step:
        _step(asked.step, asked.root)
        return
    few = asked.root / f"m{FEW}"
    _apart(write_month, few, FEW)
    for cells in asked.cells:
        root = asked.root / f"m{cells}"
        _apart(write_month, root, cells)
        rows = facts_of(root).warehouse.count(COUNTERS)
        print(f"\n{cells} cells, {rows / 1e6:.1f} million rows, {datetime.now(ZONE):%Y-%m-%d %H:%M}\n")
        print("| | wall s | processor s | peak GB | answer |\n|---|---|---|---|---|")
        agreed: Answer | None = None
        for name in asked.steps:
            if "late" in name:
                _apart(_arrive_late, few)
                _apart(_arrive_late, root)
            told = _measured(name, root)
            agreed = agreed or told["answer"]
            same = "-" if told["answer"] is None else "as above" if told["answer"] == agreed else "DIFFERS"
            more = "".join(f"; {key} {value:.1f}" for key, value in told.items() if key.endswith("_cpu_s"))
            figures = f"{told['wall_s']:.1f} | {told['cpu_s']:.1f} | {told['peak_gb']:.2f}"
            print(f"| {name} | {figures} | {same}{more} |", flush=True)


if __name__ == "__main__":
    main()
