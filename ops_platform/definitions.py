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
from ops_platform.contracts import FEEDS
from ops_platform.contracts.alerting import ALERT_FIGURES, ALERT_PEOPLE, PLANNED_WORK_USE
from ops_platform.contracts.coverage import (
    COVERAGE_AREAS,
    COVERAGE_CALIBRATION,
    COVERAGE_CELLS,
    OUTAGE_EFFECT,
    SITE_CANDIDATES,
)
from ops_platform.contracts.derived import (
    CELL_DAYS,
    DROP_PERCENTILES,
    FAULT_CLOCK,
    GENERATION_REVIEWS,
    LOAD_SHIFT,
    MAINS_OUTAGES,
    PACKET_REVIEW,
    RANKINGS,
    SCORECARDS,
    SITE_OUTAGES,
    TRAFFIC_REVIEW,
    WORST_CELLS,
    YEAR_SCORES,
)
from ops_platform.contracts.insight import CHANGE_VERDICTS, OUTLOOKS, SCORE_CHANGES, STANDINGS
from ops_platform.contracts.reviews import COMPLAINT_QUEUE, COMPLAINT_TABLES, INTERCONNECT
from ops_platform.kpi.catalogue import MEASURES
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

CHECKED = (
    *FEEDS.values(), MAINS_OUTAGES, SITE_OUTAGES, GENERATION_REVIEWS, CELL_DAYS, *MEASURES.values(), SCORECARDS,
    RANKINGS, YEAR_SCORES, FAULT_CLOCK, WORST_CELLS, DROP_PERCENTILES, TRAFFIC_REVIEW, LOAD_SHIFT, PACKET_REVIEW,
    *INTERCONNECT, *COMPLAINT_TABLES, COMPLAINT_QUEUE, ALERT_FIGURES, ALERT_PEOPLE, PLANNED_WORK_USE, COVERAGE_CELLS,
    COVERAGE_AREAS, OUTAGE_EFFECT, COVERAGE_CALIBRATION, SITE_CANDIDATES, SCORE_CHANGES, STANDINGS, OUTLOOKS,
    CHANGE_VERDICTS,
)  # fmt: skip


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
