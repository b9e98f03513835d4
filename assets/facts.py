"""Facts: what arrived, one table per feed, and the events and cell days derived from them."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import pyarrow as pa

from assets.partitions import DAYS, ENGINE_POOL, MONTHS, NEIGHBOURING_MONTHS, keys_of, partitions_of
from assets.results import OWNERS, describe, static_metadata, table_result
from assets.tables import month_spec
from ops_platform.contracts import FEEDS, Contract
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.outages import GENERATION_REVIEWS, MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.facts import as_frame
from ops_platform.intake.archive import claims
from ops_platform.intake.fold import write_facts
from ops_platform.intake.overview import (
    dismissed_by_reason,
    quarantine_totals,
    recent_receipts,
    unbalanced_receipts,
    waiting_by_reason,
    worst_files,
    worst_values,
)
from ops_platform.intake.quarantine import release
from ops_platform.intake.receive import receive_all
from ops_platform.kpi.cell_days import write_cell_days
from ops_platform.maintenance.power_events import battery_findings, month_events
from ops_platform.maintenance.run_reviews import readable, undecided
from ops_platform.platform import Platform
from ops_platform.reporting.markdown import frame_preview
from ops_platform.reporting.masking import staff_mask

GROUP = "facts"
EVENT_FEEDS = ("alarms", "generator_runs", "generator_decisions", "planned_work", "exclusions")
POWER_EVENTS = (MAINS_OUTAGES, SITE_OUTAGES, GENERATION_REVIEWS)
PREVIEW_ROWS = 10
UNDECIDED_SHOWN = 20
OFFENDERS = 15
NEXT_STEPS = """
**怎么办**

1. 先看“最多的取值”：一个未知编号往往卡住许多行。报送缺少的台账（基站、单位等），或把这种写法登记为别名（`aliases`：
   别名类别、别名、对应编号），行会自动放行。
2. 其余的在来源系统改正后重新上传整个文件；后到的文件更正先到的。
3. 永远不会装载的行：`ops dismiss --feed … --value … --reason "…"`，可用 `--undo` 撤销；行仍可查阅。

**What to do**

1. Look at the worst values first: one unknown number often holds up many rows. Send the register that lacks it,
   or register the spelling as an alias (feed `aliases`): the rows are released by themselves.
2. Correct the rest at its source and drop the whole file again; a later file corrects an earlier one.
3. What will never be loaded: `ops dismiss --feed … --value … --reason "…"`; `--undo` takes it back.
   The rows stay readable.
"""

DECISION_STEPS = """
**怎么办**

1. 对照发电单、签到照片、动环曲线与油料记录，核对证据说明；时间均为当地时间。
2. 上传 `generator_decisions`：核定编号、发电单编号、基站编号、发电或所见时间、核定结论（计入、不计入）、核定人、
   核定时间、核定理由。无发电单的，发电单编号留空，按基站与时间（到分钟）对应。
3. 源系统有误的，改正后重新上传；该月自动重算。

**What to do**

1. Hold the evidence against the order, the photographs of the check-in, the site's curves and the fuel book.
   Times are local.
2. Drop a file of `generator_decisions`: counts or does not count, by whom, when and why. Without an order leave its
   number empty: site and time, to the minute, name the run.
3. Where the source is wrong, correct it and drop it again; the month is computed again by itself.
"""


@dg.asset(group_name=GROUP, owners=OWNERS, kinds={"python"}, pool="intake")
def receipts(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """收件登记：收件箱中的文件逐个归档、识别、校验，不合格的行隔离待查。

    Files of the inbox, each archived, recognised and checked; rows that break their contract are kept in quarantine.
    """
    with claims(platform.settings.inbox) as files:
        arrived = receive_all(files, platform.warehouse, platform.state, platform.settings, platform.now())
    feeds = {receipt.feed for receipt in arrived if receipt.status == "accepted" and not receipt.repeated}
    released = release(feeds, platform.state, platform.warehouse, platform.settings, platform.now())
    recent, mask = recent_receipts(platform.state), staff_mask(platform.warehouse)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(receipt.rows_read for receipt in arrived),
            "files": len(arrived),
            "refused_in_this_run": sum(receipt.status == "refused" for receipt in arrived),
            "quarantined_in_this_run": sum(receipt.rows_quarantined for receipt in arrived if not receipt.repeated),
            "released": sum(receipt.rows_accepted for receipt in released),
            "waiting_in_quarantine": quarantine_totals(platform.state)["waiting"],
            "receipts": dg.MetadataValue.md(frame_preview(recent, platform.settings.zone, rows=len(recent), mask=mask)),
        }
    )


@dg.asset(group_name=GROUP, owners=OWNERS, kinds={"python"}, deps=[receipts])
def quarantine(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """隔离区：哪些行未装载、原因、卡住最多的取值与文件，以及下一步做什么。

    Quarantine: the rows that were not loaded, why, the values and files that hold up most of them, and what to do next.
    """
    state, zone, now = platform.state, platform.settings.zone, platform.now()
    totals, mask = quarantine_totals(state), staff_mask(platform.warehouse)
    tables = {
        "by_reason": waiting_by_reason(state, now),
        "worst_values": worst_values(state, now),
        "worst_files": worst_files(state, now),
        "dismissed_rows": dismissed_by_reason(state),
    }
    shown = {
        name: dg.MetadataValue.md(frame_preview(table, zone, rows=OFFENDERS, mask=mask))
        for name, table in tables.items()
    }
    steps = dg.MetadataValue.md(NEXT_STEPS)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": totals["waiting"], **totals, "what_to_do": steps, **shown}
    )


@dg.asset_check(asset=receipts, blocking=True)
def rows_conserved(platform: dg.ResourceParam[Platform]) -> dg.AssetCheckResult:
    """每个文件：接收 + 隔离 + 重复 = 读入。Of every file: accepted + quarantined + duplicate = read."""
    wrong = unbalanced_receipts(platform.state)
    offenders = dg.MetadataValue.md(frame_preview(wrong, platform.settings.zone, mask=staff_mask(platform.warehouse)))
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
        pool=ENGINE_POOL if contract.grain == "day" else None,
    )
    def fact(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
        keys, warehouse = keys_of(context), platform.warehouse
        rows = sum(write_facts(contract, key, warehouse, platform.settings.zone) for key in keys)
        sample = warehouse.sample(contract, keys[-1], PREVIEW_ROWS)
        return table_result(platform, contract, keys, rows, as_frame(sample))

    return fact


@dg.multi_asset(
    specs=[
        month_spec(
            contract,
            GROUP,
            [
                *(dg.AssetDep(feed, partition_mapping=NEIGHBOURING_MONTHS) for feed in EVENT_FEEDS),
                dg.AssetDep("sites"),
                dg.AssetDep("acceptance_tests"),
                dg.AssetDep("generators"),
            ],
            {"pandas", "parquet"},
        )
        for contract in POWER_EVENTS
    ]
)
def power_events(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """Derive the mains outages, site outages and reviewed generator runs of a month."""
    month = context.partition_key
    events = month_events(platform.facts, month, platform.settings.policy.power, platform.now())
    for contract in POWER_EVENTS:
        frame = events[contract.name]
        rows = pa.Table.from_pandas(frame[contract.schema.names], schema=contract.schema, preserve_index=False)
        platform.warehouse.write(contract, rows, month)
        shown = readable(frame) if contract is GENERATION_REVIEWS else frame
        yield table_result(platform, contract, [month], len(frame), shown)


@dg.asset_check(asset=MAINS_OUTAGES.name, partitions_def=MONTHS)
def batteries_as_registered(
    context: dg.AssetCheckExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.AssetCheckResult:
    """电池续航与台账推算相差很大的基站：电池老化，或台账有误，请现场核对。

    Sites whose batteries last much shorter or longer than the register says: worn or wrongly registered.
    """
    settings = platform.settings
    found = battery_findings(platform.facts, context.partition_key, settings.policy.power, platform.now())
    return dg.AssetCheckResult(
        passed=found.empty,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "failed": len(found),
            "offenders": dg.MetadataValue.md(frame_preview(found, settings.zone, rows=OFFENDERS)),
        },
    )


@dg.asset_check(asset=GENERATION_REVIEWS.name, partitions_def=MONTHS)
def contradictions_decided(
    context: dg.AssetCheckExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.AssetCheckResult:
    """证据相互矛盾的发电：未核定前不计入，请逐条核定。

    Generator runs that are contradicted and do not count until somebody decides.
    """
    zone = platform.settings.zone
    found = undecided(platform.facts.month(GENERATION_REVIEWS, context.partition_key))
    table = frame_preview(found, zone, rows=UNDECIDED_SHOWN, mask=staff_mask(platform.warehouse))
    return dg.AssetCheckResult(
        passed=found.empty,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "failed": len(found),
            "offenders": dg.MetadataValue.md(table),
            "what_to_do": dg.MetadataValue.md(DECISION_STEPS),
        },
    )


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
    pool=ENGINE_POOL,
)
def cell_days_asset(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Sum the counters of each cell over the day and its busy hour."""
    keys = keys_of(context)

    def told(number: int, day: date) -> None:
        context.log.info("%s: %d / %d", day, number, len(keys))

    rows = write_cell_days(platform.facts, [date.fromisoformat(key) for key in keys], told)
    sample = platform.warehouse.sample(CELL_DAYS, keys[-1], PREVIEW_ROWS)
    return table_result(platform, CELL_DAYS, keys, rows, as_frame(sample))


ASSETS = [receipts, quarantine, *(_fact_asset(contract) for contract in FEEDS.values()), power_events, cell_days_asset]
CHECKS = [rows_conserved, batteries_as_registered, contradictions_decided]
