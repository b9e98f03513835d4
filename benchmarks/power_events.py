"""Derives a month's outages and reviews from made-up alarms as its run does, and prints how long that takes.

    python benchmarks/power_events.py [alarms ...]

By default 3,000 alarms of a week at 400 sites, then a month of a province and of a nation. Half of the alarms come as
such, half as lines of a log that are paired first. Each size is written to a warehouse and derived from it, each by a
process of its own, so that the peak is that of deriving alone.
"""

import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ops_platform.contracts import FEEDS
from ops_platform.facts import Facts
from ops_platform.maintenance.power_events import month_events
from ops_platform.policy import PowerPolicy
from ops_platform.settings import Settings
from ops_platform.warehouse import Warehouse

SIZES = (3_000, 100_000, 1_000_000, 10_000_000)
ALARMS_A_SITE = 8
KINDS = ("mains_failure", "battery_discharging", "low_voltage", "site_down", "transmission", "generator_running")
MONTH, START, END = "2026-03", datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
MONTH_S = 30 * 86_400
ZONE = Settings(time_zone="Asia/Shanghai").zone


def write(count: int, root: Path, seed: int = 1) -> None:
    """Write sites, alarms and the lines of a log to a warehouse."""
    rng, warehouse = np.random.default_rng(seed), Warehouse(root)
    names = np.array([f"S{number:07d}" for number in range(max(1, count // ALARMS_A_SITE))])
    raised = pd.Timestamp(START).as_unit("us") + pd.to_timedelta(rng.integers(0, MONTH_S, count), unit="s").as_unit(
        "us"
    )
    alarms = pd.DataFrame(
        {
            "site_id": names[rng.integers(0, len(names), count)],
            "kind": np.array(KINDS)[rng.integers(0, len(KINDS), count)],
            "raised_at": raised,
            "cleared_at": raised + pd.to_timedelta(rng.integers(30, 6 * 3600, count), unit="s").as_unit("us"),
        }
    )
    alarms.loc[rng.random(count) < 0.001, "cleared_at"] = pd.NaT  # noqa: PLR2004 - some are never cleared
    plain, logged = alarms.iloc[: count // 2], alarms.iloc[count // 2 :]
    _store(warehouse, "alarms", plain.assign(alarm_id=[f"A{number:08d}" for number in range(len(plain))]))
    lines = [
        logged.assign(state="raised", happened_at=logged["raised_at"]),
        logged.dropna(subset="cleared_at").assign(state="cleared", happened_at=lambda rows: rows["cleared_at"]),
    ]
    _store(warehouse, "alarm_events", pd.concat(lines, ignore_index=True))
    sites = pd.DataFrame({"site_id": names}).assign(
        site_name=names, office_id="O1", staff_id="E1", priority="b", area_class="rural", capacity_ah=100.0, strings=2,
        load_a=40.0, temperature_c=25.0, battery_installed_on=date(2024, 1, 1), fixed_generator=False, latitude=35.0,
        longitude=102.0, in_service_on=date(2020, 1, 1),
    )  # fmt: skip
    _store(warehouse, "sites", sites)


def _store(warehouse: Warehouse, feed: str, rows: pd.DataFrame) -> None:
    contract = FEEDS[feed]
    blank = {name: None for name in contract.schema.names if name not in rows}
    blank |= {"source": "NMS"} if "source" in blank else {}
    table = pa.Table.from_pandas(rows.assign(**blank), schema=contract.schema, preserve_index=False)
    warehouse.write(contract, table, MONTH if contract.grain == "month" else "")


def derive(root: Path) -> str:
    """Derive the month's events; return a line of what there was and what it took."""
    began = time.perf_counter()
    found = month_events(Facts(Warehouse(root), ZONE), MONTH, PowerPolicy(), END)
    taken = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sizes = " ".join(f"{len(found[name]):>18,}" for name in ("mains_outages", "site_outages", "generation_reviews"))
    return f"{taken:8.1f} s {sizes} {peak:7,.0f} MB"


def main() -> None:
    """Derive the events of alarms of each size."""
    print(f"{'alarms':>11} {'taken':>10} {'mains outages':>18} {'site outages':>18} {'reviews':>18} {'peak':>10}")
    for count in [int(given) for given in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            for task, *given in ((write, count, Path(folder)), (derive, Path(folder))):
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                    told = process.submit(task, *given).result()
            print(f"{count:11,} {told}", flush=True)


if __name__ == "__main__":
    main()
