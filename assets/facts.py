"""Facts: what arrived, one table per feed, and the events and cell days derived from them."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import pyarrow as pa

from assets.partitions import DAYS, MONTHS, NEIGHBOURING_MONTHS, keys_of, partitions_of
from assets.results import OWNERS, describe, static_metadata, table_result
from ops_platform.contracts import FEEDS, Contract
from ops_platform.contracts.derived import CELL_DAYS, MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.facts import as_frame
from ops_platform.intake.archive import claim
from ops_platform.intake.fold import fold
from ops_platform.intake.overview import open_quarantine, recent_receipts, unbalanced_receipts
from ops_platform.intake.receive import receive_all
from ops_platform.kpi.cell_days import write_cell_days
from ops_platform.maintenance.power_events import month_events
from ops_platform.platform import Platform
from ops_platform.reporting.markdown import frame_preview

GROUP = "facts"
EVENT_FEEDS = ("alarms", "generator_runs", "planned_work", "exclusions")
PREVIEW_ROWS = 10


@dg.asset(group_name=GROUP, owners=OWNERS, kinds={"python"}, pool="intake")
def receipts(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """收件登记：收件箱中的文件逐个归档、识别、校验，不合格的行隔离待查。

    Files of the inbox, each archived, recognised and checked; rows that break their contract are kept in quarantine.
    """
    files = claim(platform.settings.inbox)
    arrived = receive_all(files, platform.warehouse, platform.state, platform.settings, platform.now())
    zone = platform.settings.zone
    recent, aside = recent_receipts(platform.state), open_quarantine(platform.state)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(receipt.rows_read for receipt in arrived),
            "files": len(arrived),
            "refused": sum(receipt.status == "refused" for receipt in arrived),
            "quarantined": int(aside["rows"].sum()),
            "receipts": dg.MetadataValue.md(frame_preview(recent, zone, rows=len(recent))),
            "quarantine": dg.MetadataValue.md(frame_preview(aside, zone, rows=len(aside))),
        }
    )


@dg.asset_check(asset=receipts, blocking=True)
def rows_conserved(platform: dg.ResourceParam[Platform]) -> dg.AssetCheckResult:
    """每个文件：接收 + 隔离 + 重复 = 读入。Of every file: accepted + quarantined + duplicate = read."""
    wrong = unbalanced_receipts(platform.state)
    offenders = dg.MetadataValue.md(frame_preview(wrong, platform.settings.zone))
    return dg.AssetCheckResult(passed=wrong.empty, metadata={"failed": len(wrong), "offenders": offenders})


def _fact_asset(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        name=contract.name,
        group_name=GROUP,
        partitions_def=partitions_of(contract),
        deps=[receipts],
        description=describe(contract),
        metadata=static_metadata(contract),
        owners=OWNERS,
        kinds={"parquet"},
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def fact(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
        rows, sample = 0, pa.table({})
        for key in keys_of(context):
            sample = fold(contract, key, platform.warehouse)
            platform.warehouse.write(contract, sample, key)
            rows += sample.num_rows
        return table_result(platform, contract, keys_of(context), rows, as_frame(sample.slice(0, PREVIEW_ROWS)))

    return fact


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            contract.name,
            group_name=GROUP,
            description=describe(contract),
            metadata=static_metadata(contract),
            owners=OWNERS,
            kinds={"pandas", "parquet"},
            partitions_def=MONTHS,
            deps=[
                *(dg.AssetDep(feed, partition_mapping=NEIGHBOURING_MONTHS) for feed in EVENT_FEEDS),
                dg.AssetDep("sites"),
                dg.AssetDep("acceptance_tests"),
            ],
        )
        for contract in (MAINS_OUTAGES, SITE_OUTAGES)
    ]
)
def power_events(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """Derive the mains outages and site outages of a month from its alarms."""
    month = context.partition_key
    events = month_events(platform.facts, month, platform.settings.policy.power, platform.now())
    for contract in (MAINS_OUTAGES, SITE_OUTAGES):
        frame = events[contract.name]
        rows = pa.Table.from_pandas(frame[contract.schema.names], schema=contract.schema, preserve_index=False)
        platform.warehouse.write(contract, rows, month)
        yield table_result(platform, contract, [month], len(frame), frame)


@dg.asset(
    name=CELL_DAYS.name,
    group_name=GROUP,
    partitions_def=DAYS,
    deps=["cell_counters", "cells", "sites", "acceptance_tests"],
    description=describe(CELL_DAYS),
    metadata=static_metadata(CELL_DAYS),
    owners=OWNERS,
    kinds={"duckdb", "parquet"},
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def cell_days_asset(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Sum the counters of each cell over the day and its busy hour."""
    keys = keys_of(context)
    rows = write_cell_days(platform.facts, [date.fromisoformat(key) for key in keys])
    sample = platform.warehouse.read(CELL_DAYS, keys[-1:]).slice(0, PREVIEW_ROWS)
    return table_result(platform, CELL_DAYS, keys, rows, as_frame(sample))


ASSETS = [receipts, *(_fact_asset(contract) for contract in FEEDS.values()), power_events, cell_days_asset]
CHECKS = [rows_conserved]
