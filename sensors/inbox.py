"""From a file in the inbox to a rebuilt month: three small steps, each asking for exactly the partitions it touches.

``new_files`` starts intake; ``new_receipts`` loads the partitions that the receipts touched; ``stale_months`` rebuilds
the months whose facts changed, one after the other, because a month's scorecard looks back at those before it.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa

from ops_platform.clock import month_of, shift_month
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.counters import CELL_COUNTERS
from ops_platform.intake.archive import CLAIMED, STABLE_S
from ops_platform.platform import Platform
from ops_platform.state import RECEIPT
from sensors.jobs import CARDS, build_month, intake, load_counters, load_dimensions, load_events

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
SENSOR_NAME = "dagster/sensor_name"
NEWEST_RECEIPT = "ops/newest_receipt"
_RECENT_RUNS = 50
FINGERPRINT = "ops/fingerprint"
MOST_ATTEMPTS = 3
_IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.sensor(
    job=intake,
    minimum_interval_seconds=30,
    description="收件箱有新文件时启动收件。Starts intake when files lie in the inbox.",
)
def new_files(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.RunRequest | dg.SkipReason:
    """Start intake when files lie in the inbox."""
    files = waiting(platform.settings.inbox)
    if not files:
        return dg.SkipReason("The inbox is empty.")
    if _in_progress(context.instance, intake.name):
        return dg.SkipReason("Intake is running.")
    seen = fingerprint(files)
    earlier = context.instance.get_runs(dg.RunsFilter(tags={FINGERPRINT: seen}))
    if sum(run.status == dg.DagsterRunStatus.FAILURE for run in earlier) >= MOST_ATTEMPTS:
        return dg.SkipReason(f"Intake of these files failed {MOST_ATTEMPTS} times; see its runs.")
    return dg.RunRequest(run_key=f"{seen}-{len(earlier)}", tags={FINGERPRINT: seen})


@dg.sensor(
    jobs=[load_dimensions, load_events, load_counters],
    minimum_interval_seconds=30,
    description="按新收件装载所涉及的分区。Loads exactly the partitions that new receipts touched.",
)
def new_receipts(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult | dg.SkipReason:
    """Load exactly the partitions that new receipts touched."""
    after = int(context.cursor or 0)
    receipts = platform.state.rows(
        sa.select(RECEIPT).where(RECEIPT.c.id > after, RECEIPT.c.status == "accepted").order_by(RECEIPT.c.id)
    )
    if not receipts:
        return dg.SkipReason("No receipt since the last tick.")
    newest = receipts[-1]["id"]
    touched: dict[str, set[str]] = {}
    for receipt in receipts:
        if receipt["partitions"]:
            touched.setdefault(receipt["feed"], set()).update(receipt["partitions"])
    requests = [
        request.with_replaced_attrs(tags={**request.tags, NEWEST_RECEIPT: str(newest)})
        for request in load_requests(touched, f"receipts-{newest}")
    ]
    return dg.SensorResult(run_requests=requests, cursor=str(newest))


@dg.sensor(
    job=build_month,
    minimum_interval_seconds=30,
    description="数据有变的月份重新计算，逐月进行。Rebuilds the months whose facts changed, the earliest first.",
)
def stale_months(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult | dg.SkipReason:
    """Rebuild the months whose facts changed, the earliest first."""
    jobs = (intake, load_dimensions, load_events, load_counters, build_month)
    if running := [job.name for job in jobs if _in_progress(context.instance, job.name)]:
        return dg.SkipReason(f"{', '.join(running)} still running.")
    loaded = RECEIPT.c.id <= newest_loaded(context.instance)
    accepted = sa.select(RECEIPT).where(RECEIPT.c.status == "accepted", loaded)
    this_month = month_of(platform.now(), platform.settings.zone)
    policy = platform.settings.policy
    # A calibration stands at the beginning of all coverage, so that the whole month must be made again.
    calibrated = policy.coverage.calibration != "off"
    back = policy.coverage.calibration_months if calibrated else policy.siting.complaint_months
    wanted = newest_by_month(
        {receipt["id"]: months_of(receipt, this_month) for receipt in platform.state.rows(accepted)}, back - 1
    )
    built = json.loads(context.cursor or "{}")
    for month, (own, before) in sorted(wanted.items()):
        newest = max(own, before)
        if newest > built.get(month, 0):
            whole = calibrated or own > built.get(month, 0)
            selection = None if whole else [dg.AssetKey(name) for name in CARDS]
            request = dg.RunRequest(run_key=f"{month}-{newest}", partition_key=month, asset_selection=selection)
            return dg.SensorResult(run_requests=[request], cursor=json.dumps(built | {month: newest}))
    return dg.SkipReason("Every month is up to date.")


def waiting(inbox: Path) -> list[Path]:
    """Return the files that intake would take now, those of an intake that broke off included.

    A file that changed a moment ago may still be growing: it is left for a later tick, because intake would leave it
    too, and its run key would be used up.
    """
    settled = time.time() - STABLE_S
    files = [*inbox.glob("[!.]*"), *inbox.glob(f"{CLAIMED}/*")]
    return sorted(
        file for file in files if file.is_file() and file.suffix.lower() != ".part" and file.stat().st_mtime <= settled
    )


def fingerprint(files: list[Path]) -> str:
    """Return a key that changes with every change of the waiting files."""
    seen = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def load_requests(touched: dict[str, set[str]], key: str) -> list[dg.RunRequest]:
    """Return the runs that load the touched partitions of each feed: registers, each month's events, ranges of days."""
    requests = []
    registers = [feed for feed in touched if FEEDS[feed].grain == "none"]
    if registers:
        selection = [dg.AssetKey(feed) for feed in registers]
        requests.append(dg.RunRequest(f"{key}-registers", job_name=load_dimensions.name, asset_selection=selection))
    events = {feed: months for feed, months in touched.items() if FEEDS[feed].grain == "month"}
    for month in sorted(set().union(*events.values())):
        selection = [dg.AssetKey(feed) for feed, months in events.items() if month in months]
        requests.append(
            dg.RunRequest(f"{key}-{month}", job_name=load_events.name, partition_key=month, asset_selection=selection)
        )
    for feed, days in touched.items():
        if FEEDS[feed].grain == "day":
            derived = [CELL_DAYS.name] if feed == CELL_COUNTERS.name else []
            requests += [
                dg.RunRequest(
                    f"{key}-{feed}-{first}",
                    job_name=load_counters.name,
                    tags={RANGE_START: first, RANGE_END: last},
                    asset_selection=[dg.AssetKey(name) for name in (feed, *derived)],
                )
                for first, last in day_ranges(days)
            ]
    return requests


def day_ranges(days: set[str]) -> list[tuple[str, str]]:
    """Return the runs of consecutive days as first and last day of each."""
    ordered = sorted(days)
    ordinals = [date.fromisoformat(day).toordinal() for day in ordered]
    breaks = [n for n in range(1, len(ordered)) if ordinals[n] != ordinals[n - 1] + 1]
    starts, ends = [0, *breaks], [*breaks, len(ordered)]
    return [(ordered[start], ordered[end - 1]) for start, end in zip(starts, ends, strict=True) if ordered]


def months_of(receipt: Mapping[str, Any], this_month: str) -> list[str]:
    """Return the months that a receipt makes stale; a register (sites, targets) holds from the running month on."""
    of_register = receipt["partitions"] and FEEDS[receipt["feed"]].grain == "none"
    return [this_month] if of_register else receipt["months"]


def newest_by_month(months_by_receipt: dict[int, list[str]], back: int) -> dict[str, tuple[int, int]]:
    """Return for each month the newest receipt that touches it, and the newest that touches a month it looks back at.

    A scorecard looks back at the months of its year and at the month before it, new sites and calibration at ``back``
    months before it.
    """
    own: dict[str, int] = {}
    for receipt, months in months_by_receipt.items():
        for month in months:
            own[month] = max(own.get(month, 0), receipt)

    def looks_back(month: str, other: str) -> bool:
        return other < month and (other[:4] == month[:4] or other >= shift_month(month, -max(back, 1)))

    return {
        month: (own[month], max((own[other] for other in own if looks_back(month, other)), default=0)) for month in own
    }


def newest_loaded(instance: dg.DagsterInstance) -> int:
    """Return the newest receipt whose partitions were asked to be loaded.

    Sensors tick in no order: a month built between intake and loading would lack the new rows and pass for up to date.
    """
    asked = instance.get_runs(dg.RunsFilter(tags={SENSOR_NAME: new_receipts.name}), limit=_RECENT_RUNS)
    return max((int(run.tags.get(NEWEST_RECEIPT, "0")) for run in asked), default=0)


def _in_progress(instance: dg.DagsterInstance, job_name: str) -> bool:
    return bool(instance.get_runs(dg.RunsFilter(job_name=job_name, statuses=_IN_PROGRESS), limit=1))


SENSORS = [new_files, new_receipts, stale_months]
