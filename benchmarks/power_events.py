"""Derives mains and site outages from made-up alarms, and prints how long it takes.

    python benchmarks/power_events.py [alarms ...]

By default 3,000 alarms of a week at 400 sites, then a month of a province and of a nation. Half of the alarms come as
such, half as lines of a log that are paired first. The large ones need memory: about 1 GB per million alarms.
"""

import resource
import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ops_platform.maintenance import generation
from ops_platform.maintenance.alarm_log import alarms_of
from ops_platform.maintenance.power_facts import PowerFacts
from ops_platform.policy import PowerPolicy

SIZES = (3_000, 100_000, 1_000_000)
ALARMS_A_SITE = 8
KINDS = ("mains_failure", "battery_discharging", "low_voltage", "site_down", "transmission", "generator_running")
START = datetime(2026, 3, 1, tzinfo=UTC)
MONTH_S = 31 * 86_400
ZONE = ZoneInfo("Asia/Shanghai")


def made_up(count: int, seed: int = 1) -> tuple[PowerFacts, pd.DataFrame]:
    """Return facts with half of the alarms, and the lines of a log that holds the others."""
    rng = np.random.default_rng(seed)
    names = pd.Series([f"S{number:06d}" for number in range(max(1, count // ALARMS_A_SITE))], dtype="str")
    raised = pd.to_datetime(START).as_unit("us") + pd.to_timedelta(rng.integers(0, MONTH_S, count), unit="s").as_unit(
        "us"
    )
    alarms = pd.DataFrame(
        {
            "alarm_id": pd.Series([f"A{number:08d}" for number in range(count)], dtype="str"),
            "site_id": names.take(rng.integers(0, len(names), count)).reset_index(drop=True),
            "kind": pd.Series(np.array(KINDS)[rng.integers(0, len(KINDS), count)], dtype="str"),
            "raised_at": raised,
            "cleared_at": raised + pd.to_timedelta(rng.integers(30, 6 * 3600, count), unit="s").as_unit("us"),
        }
    ).assign(source="NMS", severity="major", cell_id=None)
    alarms.loc[rng.random(count) < 0.001, "cleared_at"] = pd.NaT  # noqa: PLR2004 - some are never cleared
    logged = alarms.iloc[count // 2 :]
    lines = pd.concat(
        [
            logged.assign(state="raised", happened_at=logged["raised_at"]),
            logged.dropna(subset="cleared_at").assign(state="cleared", happened_at=logged["cleared_at"]),
        ],
        ignore_index=True,
    )
    sites = pd.DataFrame({"site_id": names}).assign(
        office_id="O1", staff_id="E1", priority="b", capacity_ah=100.0, strings=2, load_a=40.0, temperature_c=25.0,
        battery_installed_on=datetime(2024, 1, 1).date(), fixed_generator=False, lvd_v=np.nan,  # noqa: DTZ001
        in_service_on=datetime(2020, 1, 1).date(), retired_on=None,  # noqa: DTZ001
    )  # fmt: skip
    moments = {name: pd.Series(dtype=raised.dtype) for name in ("starts_at", "ends_at", "approved_at", "tested_at")}
    register = pd.DataFrame({"site_id": pd.Series(dtype="str"), **moments})
    text = pd.Series(dtype="str")
    runs = pd.DataFrame(
        {"run_id": text, "site_id": text} | dict.fromkeys(("started_at", "ended_at"), moments["starts_at"])
    )
    return (
        PowerFacts(
            sites=sites,
            acceptance_tests=pd.DataFrame({"site_id": text, "tested_on": text, "passed": text, "open_hazards": text}),
            alarms=alarms.iloc[: count // 2],
            generator_runs=runs.assign(dispatched_at=runs["started_at"]),
            planned_work=register.assign(work_id=text),
            exclusions=register.assign(exclusion_id=text, kpi_id=text, reason=text, evidence=text),
            battery_tests=register.assign(test_id=text),
        ),
        lines,
    )


def main() -> None:
    """Derive the events of alarms of each size."""
    sizes = [int(given) for given in sys.argv[1:]] or SIZES
    policy, end = PowerPolicy(), datetime(2026, 4, 1, tzinfo=UTC)
    print(f"{'alarms':>11} {'paired':>9} {'site outages':>14} {'mains outages':>14} {'events':>10} {'peak':>9}")
    for count in sizes:
        facts, lines = made_up(count)
        began = time.perf_counter()
        logged = alarms_of(lines, policy.clear_before_raise_s).astype(facts.alarms.dtypes.to_dict())
        facts = PowerFacts(**(vars(facts) | {"alarms": pd.concat([facts.alarms, logged], ignore_index=True)}))
        paired = time.perf_counter()
        downs = generation.site_outages(facts, policy, ZONE)
        sites_done = time.perf_counter()
        mains = generation.mains_outages(facts, downs, policy, ZONE, end)
        done = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{count:11,} {paired - began:8.2f}s {sites_done - paired:13.2f}s {done - sites_done:13.2f}s "
            f"{len(downs) + len(mains):10,} {peak:6.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
