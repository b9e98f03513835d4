"""New sites: where the next ones should stand."""

import dagster as dg

from assets.partitions import TWO_MONTHS_BACK
from assets.results import picture, table_result
from assets.tables import month_table
from ops_platform.contracts.cells import TRAFFIC_REVIEW
from ops_platform.contracts.coverage import COVERAGE_CALIBRATION, COVERAGE_LEVELS, SITE_CANDIDATES
from ops_platform.coverage.candidates import month_candidates
from ops_platform.facts import as_frame
from ops_platform.platform import Platform
from ops_platform.reporting.candidates import candidate_curve, candidate_list


@month_table(
    SITE_CANDIDATES,
    "coverage",
    [
        COVERAGE_LEVELS.name,
        COVERAGE_CALIBRATION.name,
        TRAFFIC_REVIEW.name,
        dg.AssetDep("complaints", partition_mapping=TWO_MONTHS_BACK),
        *("cells", "sites", "acceptance_tests", "settlements", "offices"),
    ],
    {"numba", "parquet"},
)
def site_candidates(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Rank the places where a new site would bring most."""
    facts, month = platform.facts, context.partition_key
    found = month_candidates(facts, month, platform.settings)
    platform.warehouse.write(SITE_CANDIDATES, found.rows, month)
    return table_result(
        platform,
        SITE_CANDIDATES,
        [month],
        found.rows.num_rows,
        as_frame(found.rows),
        candidates=dg.MetadataValue.md(candidate_list(found, facts)),
        curve=picture(candidate_curve(found, month)),
        people_uncovered=found.uncovered,
        **({} if found.certificate is None else {"share_of_optimum_proven": found.certificate.share}),
    )


ASSETS = [site_candidates]
