"""Plans the demonstration's storm nights in several ways and prints what each loses and how long planning takes.

    python benchmarks/dispatch.py [storms of each size]

Every storm is a branch of its own from the demonstration: its sites, batteries, crews, generators and open faults, with
mains outages that wait for a crew at the demonstration's moment. All plans drive the same crews over the same roads;
the figures are customer-hours still to be lost from that moment, urgent faults attended in brackets.
"""

import sys
import time
from dataclasses import fields

import numpy as np
import pandas as pd
import pyarrow as pa

from ops_platform.contracts import FEEDS
from ops_platform.demo import MOMENT
from ops_platform.demo.books import Books, Diary
from ops_platform.demo.branch import Branch, build_branch
from ops_platform.demo.crews import simulate_crews, simulate_night_faults
from ops_platform.demo.export import standing_rows
from ops_platform.demo.period import Period
from ops_platform.demo.power import Power
from ops_platform.demo.storm_night import simulate_storm_night
from ops_platform.facts import as_frame
from ops_platform.maintenance import dispatch
from ops_platform.maintenance.dispatch_facts import situation_at
from ops_platform.maintenance.dispatch_model import Problem, greedy
from ops_platform.maintenance.generation import open_outages
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.maintenance.travel import RoadTravel
from ops_platform.policy import Policy
from ops_platform.settings import Settings

SIZES = ((0.1, 12, 8), (0.25, 30, 12), (0.8, 60, 20), (1.6, 120, 30))
"""Scale of the branch, sites without mains, crews."""
WAITING = ("on_battery", "leave_now", "leave_now", "too_late", "too_late_dark")
SITES_A_FAULT = 3
STORMS = 4
METHODS = ("nothing", "first_come", "nearest", "greedy", "solver")
ZONE = Settings(time_zone="Asia/Shanghai").zone


def rows_of(branch: Branch, books: Books, feed: str) -> pd.DataFrame:
    """Return rows of a feed as the platform would hold them."""
    contract = FEEDS[feed]
    moments = {column.name for column in contract.columns if column.dtype == "timestamp"}
    rows = [
        {
            name: branch.period.utc(row[name]) if name in moments and row.get(name) is not None else row.get(name)
            for name in contract.schema.names
        }
        for row in (standing_rows(branch) | books.rows).get(feed, [])
    ]
    return as_frame(pa.Table.from_pylist(rows, schema=contract.schema))


def storm(seed: int, scale: float, sites: int, crews: int) -> tuple[Problem, np.ndarray]:
    """Return a storm night of the demonstration as a problem of the dispatch board, and the weight of each task."""
    streams = np.random.default_rng(seed).spawn(4)
    branch = build_branch(streams[0], Period(), scale)
    books, policy = Books(branch.period), Policy()
    simulate_storm_night(Power(streams[1], branch, books, Diary()), (WAITING * sites)[:sites])
    simulate_crews(streams[2], branch, books)
    simulate_night_faults(streams[3], branch, books, sites // SITES_A_FAULT)
    offices = pd.DataFrame([{"office_id": o.office_id, "latitude": o.seed.seat[0], "longitude": o.seed.seat[1]}
                            for o in branch.offices])  # fmt: skip
    feeds = {field.name: rows_of(branch, books, field.name) for field in fields(PowerFacts) if field.name != "offices"}
    feeds["crews"] = feeds["crews"].iloc[_spread(len(feeds["crews"]), crews)]
    known, travel = PowerFacts(**feeds, offices=offices), RoadTravel(policy.power)
    clock = open_outages(known, travel, policy.power, ZONE, MOMENT)
    situation = situation_at(known, clock, rows_of(branch, books, "faults"), policy, ZONE, MOMENT)
    tasks = dispatch.tasks_of(situation, policy.dispatch, policy.power, MOMENT)
    problem = dispatch.problem_of(tasks, situation.crews, travel, policy.dispatch, MOMENT)
    return problem, tasks["weight"].to_numpy(float)


def _spread(there: int, wanted: int) -> np.ndarray:
    """Return which crews of the register take part, evenly spread over the offices."""
    return np.unique(np.linspace(0, there - 1, min(there, wanted)).round().astype(int))


def main(storms: int) -> None:
    """Print a line for each storm, and the sums."""
    print(
        f"{'sites':>5} {'crews':>5} {'faults':>6} " + " ".join(f"{name:>14}" for name in METHODS) + "  greedy s  all s"
    )
    lost = []
    for scale, sites, crews in SIZES:
        for seed in range(storms):
            problem, weight = storm(seed, scale, sites, crews)
            begun = time.perf_counter()
            greedy(problem)
            at_once = time.perf_counter() - begun
            plans, _ = dispatch.plans_of(problem, Policy().dispatch.solver_s)
            taken = time.perf_counter() - begun
            compared = dispatch.compare(problem, plans, weight).set_index("method")
            lost.append(compared["lost_h"])
            shown = " ".join(f"{row.lost_h:>9,.0f} ({row.urgent_attended:>2})" for row in compared.itertuples())
            outages, faults = int(problem.generation.sum()), int((~problem.generation).sum())
            print(f"{outages:>5} {len(problem.free_h):>5} {faults:>6} {shown} {at_once:>9.3f} {taken:>6.2f}")
    sums = pd.concat(lost, axis=1).sum(axis=1)
    print("sum                " + " ".join(f"{sums[name]:>9,.0f}     " for name in METHODS))
    print("of nothing         " + " ".join(f"{sums[name] / sums['nothing']:>9.1%}     " for name in METHODS))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STORMS)
