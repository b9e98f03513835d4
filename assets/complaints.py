"""Complaints about the network: the month's, joined to places, cells and counters; and the queue of this moment."""

from collections.abc import Iterator

import dagster as dg

from assets.partitions import NEIGHBOURING_MONTHS, TWO_MONTHS_BACK
from assets.results import OWNERS, describe, static_metadata, table_result
from assets.tables import month_spec
from ops_platform.contracts.cells import CELL_DAYS, TRAFFIC_REVIEW
from ops_platform.contracts.coverage import COVERAGE_LEVELS
from ops_platform.contracts.outages import SITE_OUTAGES
from ops_platform.contracts.reviews import COMPLAINT_PLACES, COMPLAINT_QUEUE, COMPLAINT_REVIEW, COMPLAINT_TABLES
from ops_platform.facts import as_frame, as_rows
from ops_platform.kpi import complaint_places
from ops_platform.kpi.complaint_review import complaint_review as review_of
from ops_platform.platform import Platform
from ops_platform.reporting.complaints import places, queue, silent_places

REGISTERS = ["settlements", "cells", "sites", "offices"]


@dg.multi_asset(
    specs=[
        month_spec(
            contract,
            "measures",
            [
                dg.AssetDep("complaints", partition_mapping=TWO_MONTHS_BACK),
                dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()),
                dg.AssetDep("measurement_reports", partition_mapping=dg.TimeWindowPartitionMapping()),
                dg.AssetDep(SITE_OUTAGES.name, partition_mapping=NEIGHBOURING_MONTHS),
                TRAFFIC_REVIEW.name,
                COVERAGE_LEVELS.name,
                *REGISTERS,
            ],
            {"pandas", "parquet"},
        )
        for contract in COMPLAINT_TABLES
    ]
)
def complaint_review(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """Hold a month's complaints about the network against its counters."""
    facts, month, policy = platform.facts, context.partition_key, platform.settings.policy
    tables = review_of(facts, month, policy)
    for contract in COMPLAINT_TABLES:
        platform.warehouse.write(contract, tables[contract.name], month)
    review, found = as_frame(tables[COMPLAINT_REVIEW.name]), as_frame(tables[COMPLAINT_PLACES.name])
    said = dg.MetadataValue.json(review["counters"].value_counts().to_dict())
    yield table_result(platform, COMPLAINT_REVIEW, [month], len(review), review, counters=said)
    yield table_result(
        platform,
        COMPLAINT_PLACES,
        [month],
        len(found),
        found,
        places=dg.MetadataValue.md(places(found, facts)),
        counters_silent=dg.MetadataValue.md(silent_places(found, facts, policy.complaint.review.least_complaints)),
    )


@dg.asset(
    name=COMPLAINT_QUEUE.name,
    group_name="operations",
    deps=["complaints", COVERAGE_LEVELS.name, *REGISTERS],
    description=describe(COMPLAINT_QUEUE),
    metadata=static_metadata(COMPLAINT_QUEUE),
    owners=OWNERS,
    kinds={"parquet"},
)
def complaint_queue(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Put the open complaints about the network into the order in which they are to be handled."""
    facts, now = platform.facts, platform.now()
    table = as_rows(COMPLAINT_QUEUE, complaint_places.complaint_queue(facts, platform.settings.policy.complaint, now))
    platform.warehouse.write(COMPLAINT_QUEUE, table)
    rows = as_frame(table)
    return table_result(
        platform,
        COMPLAINT_QUEUE,
        [""],
        len(rows),
        rows,
        measured_at=dg.MetadataValue.timestamp(now),
        overdue=int((rows["minutes_left"] < 0).sum()),
        queue=dg.MetadataValue.md(queue(rows, facts)),
    )


ASSETS = [complaint_review, complaint_queue]
