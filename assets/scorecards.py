"""Scorecards: the branch, its offices, contractors and people, month by month; totals, ranks, what was published."""

import dagster as dg

from assets.partitions import MONTHS
from assets.results import OWNERS, describe, static_metadata, table_result
from ops_platform.clock import shift_month
from ops_platform.contracts.derived import PUBLISHED_SCORECARDS, RANKINGS, SCORECARDS
from ops_platform.facts import as_frame
from ops_platform.kpi import scoring
from ops_platform.kpi.catalogue import MEASURES
from ops_platform.kpi.publishing import publish
from ops_platform.platform import Platform
from ops_platform.reporting.markdown import frame_preview

GROUP = "scorecards"
YEAR_TO_DATE = dg.TimeWindowPartitionMapping(start_offset=-11)
LAST_MONTH = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)


@dg.asset(
    name=SCORECARDS.name,
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=[
        *(dg.AssetDep(contract.name, partition_mapping=YEAR_TO_DATE) for contract in MEASURES.values()),
        dg.AssetDep("targets"),
        dg.AssetDep("offices"),
        dg.AssetDep("staff"),
    ],
    description=describe(SCORECARDS),
    metadata=static_metadata(SCORECARDS),
    owners=OWNERS,
    kinds={"pandas", "parquet"},
)
def scorecards(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Score every KPI at every level."""
    month = context.partition_key
    rows = scoring.scorecards(platform.facts, month)
    platform.warehouse.write(SCORECARDS, rows, month)
    frame = as_frame(rows)
    return table_result(platform, SCORECARDS, [month], len(frame), frame)


@dg.asset(
    name=RANKINGS.name,
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=[SCORECARDS.name, dg.AssetDep(RANKINGS.name, partition_mapping=LAST_MONTH)],
    description=describe(RANKINGS),
    metadata=static_metadata(RANKINGS),
    owners=OWNERS,
    kinds={"pandas", "parquet"},
)
def rankings(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Rank offices, contractors and people by their total score."""
    month = context.partition_key
    cards = platform.facts.month(SCORECARDS, month)
    rows = scoring.rankings(month, cards, platform.facts.month(RANKINGS, shift_month(month, -1)))
    platform.warehouse.write(RANKINGS, rows, month)
    frame = as_frame(rows)
    return table_result(platform, RANKINGS, [month], len(frame), frame)


@dg.asset(
    name=PUBLISHED_SCORECARDS.name,
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=[SCORECARDS.name],
    description=f"{describe(PUBLISHED_SCORECARDS)}\n\n发布后不再改变；迟到的数据只改变实时考核表。"
    "Never changes once published; late data changes the live scorecard only.",
    metadata=static_metadata(PUBLISHED_SCORECARDS),
    owners=OWNERS,
    kinds={"parquet"},
)
def published_month(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Freeze the month's scorecard under its content hash."""
    month = context.partition_key
    version = platform.settings.policy.version
    publication = publish(month, platform.warehouse, platform.state, version, platform.now())
    return dg.MaterializeResult(
        metadata={
            "content_sha256": publication.content_sha256,
            "published_at": f"{publication.published_at.astimezone(platform.settings.zone):%Y-%m-%d %H:%M}",
            "live_scorecard_unchanged": publication.unchanged,
        }
    )


@dg.asset_check(asset=SCORECARDS.name, partitions_def=MONTHS)
def branch_is_its_own_sum(
    context: dg.AssetCheckExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.AssetCheckResult:
    """分公司合计由自身数据计算；与各单位之和不符即为数据质量问题。

    The branch is computed from its own rows; where it differs from the sum of its offices, data is at fault.
    """
    apart = scoring.disagreements(platform.facts.month(SCORECARDS, context.partition_key))
    return dg.AssetCheckResult(
        passed=apart.empty,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "failed": len(apart),
            "offenders": dg.MetadataValue.md(frame_preview(apart, platform.settings.zone)),
        },
    )


ASSETS = [scorecards, rankings, published_month]
CHECKS = [branch_is_its_own_sum]
