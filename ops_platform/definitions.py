"""The composition root: every asset, check, sensor, schedule, job and resource, put together in one place."""

import dagster as dg

from assets import alerts as alert_assets
from assets import (
    calibration,
    complaints,
    coverage,
    facts,
    interconnect,
    measures,
    operations,
    radio,
    reports,
    scorecards,
    siting,
    standings,
)
from assets.partitions import DAYS, partitions_of
from expectations.checks import checks_for, drift_check
from ops_platform.contracts import DERIVED, FEEDS
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from sensors import (
    alerts,
    delivery,
    dispatching,
    fault_clock,
    inbox,
    jobs,
    month_close,
    open_alerts,
    run_failures,
    shift_change,
)

CHECKED = [contract for contract in (*FEEDS.values(), *DERIVED.values()) if contract is not CELL_HOURS]
"""The tables that are assets; cell hours are written beside the cell days."""


def build_definitions(settings: Settings | None = None) -> dg.Definitions:
    """Build the whole house over an installation's settings; building it does no I/O.

    Parameters
    ----------
    settings
        The installation; by default the one that the environment names.
    """
    return dg.Definitions(
        assets=[
            *facts.ASSETS,
            *measures.ASSETS,
            *radio.ASSETS,
            *interconnect.ASSETS,
            *complaints.ASSETS,
            *scorecards.ASSETS,
            *standings.ASSETS,
            *calibration.ASSETS,
            *coverage.ASSETS,
            *siting.ASSETS,
            *reports.ASSETS,
            *operations.ASSETS,
            *alert_assets.ASSETS,
        ],
        asset_checks=[
            *facts.CHECKS,
            *scorecards.CHECKS,
            *standings.CHECKS,
            *(checks_for(contract, partitions_of(contract)) for contract in CHECKED),
            drift_check(CELL_DAYS, DAYS),
        ],
        jobs=[*jobs.JOBS, *delivery.JOBS],
        schedules=[
            *month_close.SCHEDULES,
            *fault_clock.SCHEDULES,
            *shift_change.SCHEDULES,
            *delivery.SCHEDULES,
        ],
        sensors=[
            *inbox.SENSORS,
            *alerts.SENSORS,
            *dispatching.SENSORS,
            *open_alerts.SENSORS,
            *run_failures.SENSORS,
            *delivery.SENSORS,
        ],
        resources={"platform": Platform(settings or Settings())},
        # A step of a few tenths of a second does not earn a process of its own.
        executor=dg.in_process_executor,
    )


defs = build_definitions()
