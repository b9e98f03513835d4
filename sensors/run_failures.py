"""Alerts about jobs whose latest run failed; resolved by the next run that succeeds."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from ops_platform.alerting.rules import Condition
from ops_platform.platform import Platform
from sensors.alerts import record

RULE = "run_failed"
_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_RECENT_RUNS = 200


def failed_jobs(instance: dg.DagsterInstance) -> Iterator[Condition]:
    """Yield a condition for every job whose latest finished run failed."""
    seen = set()
    for run_record in instance.get_run_records(dg.RunsFilter(statuses=_FINISHED), limit=_RECENT_RUNS):
        run = run_record.dagster_run
        if run.job_name in seen:
            continue
        seen.add(run.job_name)
        if run.status == dg.DagsterRunStatus.FAILURE:
            ended = datetime.fromtimestamp(run_record.end_time or run_record.create_timestamp.timestamp(), UTC)
            facts = {
                "job_name": run.job_name,
                "run_id": run.run_id,
                "failed_at": ended.isoformat(),
                "error": first_error(instance, run.run_id),
            }
            yield Condition(RULE, run.job_name, "", facts)


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


@dg.sensor(minimum_interval_seconds=60)
def run_failures(context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
    """作业失败：最近一次运行失败的作业。Jobs whose latest run failed, into the ledger; never sends."""
    return record(platform, [RULE], failed_jobs(context.instance))


SENSORS = [run_failures]
