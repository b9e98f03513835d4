"""Calls with other operators over a month: hours, relations, sudden changes, and the competitors by office."""

from collections.abc import Iterator

import dagster as dg

from assets.results import table_result
from assets.tables import month_spec
from ops_platform.contracts.reviews import (
    COMPETITOR_VIEW,
    INTERCONNECT,
    INTERCONNECT_CHANGES,
    INTERCONNECT_HOURS,
    INTERCONNECT_REVIEW,
)
from ops_platform.facts import as_frame
from ops_platform.kpi.interconnect import interconnect as tables_of
from ops_platform.platform import Platform
from ops_platform.reporting.interconnect import competitors, hours_of_day, relations, sudden

GROUP = "measures"
ONE_MONTH_BACK = dg.TimeWindowPartitionMapping(start_offset=-1)
"""What is usual, and the trend, need the month before."""
_PREVIEWS = {
    INTERCONNECT_HOURS.name: ("hours_of_day", hours_of_day),
    INTERCONNECT_REVIEW.name: ("relations", relations),
    INTERCONNECT_CHANGES.name: ("sudden_changes", sudden),
    COMPETITOR_VIEW.name: ("competitors", competitors),
}


@dg.multi_asset(
    specs=[
        month_spec(
            contract,
            GROUP,
            [
                dg.AssetDep("interconnect_counters", partition_mapping=ONE_MONTH_BACK),
                dg.AssetDep("operator_customers", partition_mapping=ONE_MONTH_BACK),
                "offices",
            ],
            {"pandas", "parquet"},
        )
        for contract in INTERCONNECT
    ]
)
def interconnect(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """Review a month's calls with other operators."""
    facts, month = platform.facts, context.partition_key
    tables = tables_of(facts, month, platform.settings.policy.interconnect)
    for contract in INTERCONNECT:
        table = tables[contract.name]
        platform.warehouse.write(contract, table, month)
        rows = as_frame(table)
        name, preview = _PREVIEWS[contract.name]
        shown = {name: dg.MetadataValue.md(preview(rows, facts))}
        yield table_result(platform, contract, [month], len(rows), rows, **shown)


ASSETS = [interconnect]
