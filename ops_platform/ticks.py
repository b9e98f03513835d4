"""Evaluating the sensors in this process and running what they ask for: a daemon's work without a daemon.

For the demonstration, and for an installation driven by a timer. The sensors are the same as under the daemon, and so
are their rules: a run key that was used is not used again, and a sensor's cursor is kept between ticks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import dagster as dg

CURSORS = "ops_platform/cursor/"
RUN_KEY_TAG = "dagster/run_key"
SENSOR_NAME_TAG = "dagster/sensor_name"
QUIET = {"console": {"config": {"log_level": "ERROR"}}}
"""The events of a run are in the UI; the terminal is for what fails."""


@dataclass(frozen=True)
class Ticks:
    """The sensors of an installation, evaluated by hand.

    Attributes
    ----------
    defs
        The whole house.
    instance
        Where runs are recorded and cursors are kept.
    """

    defs: dg.Definitions
    instance: dg.DagsterInstance

    def settle(self, sensors: Sequence[str], starting: Callable[[str, dg.RunRequest], None]) -> int:
        """Evaluate sensors, and run what they ask for, until none asks for anything new; return how many runs it took.

        Parameters
        ----------
        sensors
            Names, in the order in which they are evaluated.
        starting
            Called before each run with the job's name and the request.

        Raises
        ------
        dagster.DagsterError
            If a run fails; it is recorded on the instance all the same.
        """
        runs = 0
        while requests := [asked for name in sensors for asked in self.evaluate(name)]:
            for job, request in requests:
                starting(job, request)
                self.run(job, request)
            runs += len(requests)
        return runs

    def evaluate(self, name: str) -> Iterator[tuple[str, dg.RunRequest]]:
        """Evaluate one sensor; yield the job and the request of each run that it asks for and that was not made yet."""
        sensor = self.defs.resolve_sensor_def(name)
        kept = self.instance.daemon_cursor_storage
        key = CURSORS + name
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=kept.get_cursor_values({key}).get(key),
            resources=dict(self.defs.resources or {}),
            repository_def=self.defs.get_repository_def(),
            sensor_name=name,
        ) as context:
            tick = sensor.evaluate_tick(context)
        if tick.cursor is not None:
            kept.set_cursor_values({key: tick.cursor})
        for request in tick.run_requests or []:
            job = str(request.job_name or sensor.job_name)
            tags = {RUN_KEY_TAG: str(request.run_key), SENSOR_NAME_TAG: name}
            if not self.instance.get_runs(dg.RunsFilter(tags=tags), limit=1):
                yield job, request.with_replaced_attrs(tags={**request.tags, **tags})

    def run(self, job: str, request: dg.RunRequest) -> None:
        """Run a job in this process as a request asks for it.

        Raises
        ------
        dagster.DagsterError
            If the run fails; it is recorded on the instance all the same.
        """
        self.defs.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=request.partition_key,
            asset_selection=request.asset_selection,
            run_config={**request.run_config, "loggers": QUIET},
            tags=dict(request.tags),
        )
