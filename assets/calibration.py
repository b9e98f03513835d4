"""The correction of the coverage model by measurements."""

import dagster as dg

from assets.results import table_result
from assets.tables import month_table
from ops_platform.contracts.coverage import COVERAGE_CALIBRATION
from ops_platform.coverage.calibration import month_calibration
from ops_platform.facts import as_frame
from ops_platform.platform import Platform

_YEAR_BACK = dg.TimeWindowPartitionMapping(start_offset=-12)
"""As many months as the policy lets measurements count."""


@month_table(
    COVERAGE_CALIBRATION,
    "coverage",
    [
        dg.AssetDep("drive_tests", partition_mapping=_YEAR_BACK),
        dg.AssetDep("measurement_reports", partition_mapping=_YEAR_BACK),
        *("cells", "sites", "acceptance_tests", "settlements", "offices"),
    ],
    {"statsmodels", "parquet"},
)
def coverage_calibration(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """Hold the predicted levels against the measured ones, and say by how much each band is corrected."""
    month, settings = context.partition_key, platform.settings
    table = month_calibration(platform.facts, month, settings)
    platform.warehouse.write(COVERAGE_CALIBRATION, table, month)
    rows = as_frame(table)
    applied = rows.loc[rows["applied"].astype(bool), "band_mhz"].drop_duplicates()
    return table_result(
        platform,
        COVERAGE_CALIBRATION,
        [month],
        len(rows),
        rows,
        measurements=settings.policy.coverage.calibration,
        bands_corrected=", ".join(f"{band:g}" for band in applied) or "none",
    )


ASSETS = [coverage_calibration]
