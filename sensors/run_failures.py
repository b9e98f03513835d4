"""Alerts about jobs whose latest run failed, by partition; resolved by the next run of the same that succeeds."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.evaluation import write_down
from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches.runs import RUN_FAILED
from ops_platform.platform import Platform
from sensors.alerts import said
from sensors.inbox import RANGE_END, RANGE_START
from sensors.jobs import JOBS

EVERY_S = 60
_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_RECENT_RUNS = 200


def failed_jobs(instance: dg.DagsterInstance, now: datetime) -> Iterator[Condition]:
    """Yield a condition for every job and partition whose latest finished run failed."""
    for job in JOBS:
        filters = dg.RunsFilter(job_name=job.name, statuses=_FINISHED)
        latest: dict[str, dg.RunRecord] = {}
        for run_record in instance.get_run_records(filters, limit=_RECENT_RUNS):
            latest.setdefault(_what(run_record.dagster_run), run_record)
        for what, run_record in latest.items():
            run = run_record.dagster_run
            if run.status == dg.DagsterRunStatus.FAILURE:
                ended = datetime.fromtimestamp(run_record.end_time or run_record.create_timestamp.timestamp(), UTC)
                facts = {
                    "job_name": what,
                    "run_id": run.run_id,
                    "failed_at": ended.isoformat(),
                    "error": first_error(instance, run.run_id),
                }
                # Runs are stamped by the machine's clock; a demonstration lives at another time.
                yield Condition(RUN_FAILED, what, "", facts, min(ended, now))


def _what(run: dg.DagsterRun) -> str:
    """Return the job and the partition, or the range of partitions, that a run was of."""
    tags = (run.tags.get(name) for name in ("dagster/partition", RANGE_START, RANGE_END))
    return " ".join([run.job_name, *(tag for tag in tags if tag)])


def first_error(instance: dg.DagsterInstance, run_id: str) -> str:
    """Return what the first failing step of a run said, with the step's name."""
    failures = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=1).records
    if not failures:
        return "failed before its first step"
    event = failures[0].event_log_entry.get_dagster_event()
    error = event.step_failure_data.error
    cause = (error.cause or error) if error else None
    text = cause.message.strip().splitlines()[-1] if cause else "no message"
    return f"{event.step_key}: {text}"


@dg.sensor(
    minimum_interval_seconds=EVERY_S,
    description="作业失败：最近一次运行失败的作业。Jobs whose latest run failed, into the ledger; never sends.",
)
def run_failures(context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
    """Jobs whose latest run failed, into the ledger; never sends."""
    now = platform.now()
    found, channels = failed_jobs(context.instance, now), channels_of(platform.settings)
    return said(write_down(platform, [RUN_FAILED], EVERY_S, found, channels, now))


SENSORS = [run_failures]
