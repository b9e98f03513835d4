"""Scorecards: the branch, its offices, contractors and people, month by month; totals, ranks, what was published."""

import dagster as dg
import pandas as pd
from pydantic import Field

from assets.coverage import COVERAGE_MAP
from assets.partitions import MONTHS
from assets.results import OWNERS, describe, static_metadata, table_result
from assets.tables import month_table
from ops_platform.clock import shift_month
from ops_platform.contracts.cells import WORST_CELLS
from ops_platform.contracts.coverage import COVERAGE_GAPS
from ops_platform.contracts.insight import CHANGE_VERDICTS, OUTLOOKS, SCORE_CHANGES, STANDINGS
from ops_platform.contracts.outages import MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.contracts.published import PUBLISHED_SCORECARDS
from ops_platform.contracts.scores import MEASURES, RANKINGS, SCORECARDS, YEAR_SCORES
from ops_platform.facts import as_frame
from ops_platform.kpi import scoring
from ops_platform.kpi.publishing import broken_parts, folder_of
from ops_platform.kpi.restatement import difference
from ops_platform.kpi.targets import flaws
from ops_platform.kpi.year import year_scores as year_scores_of
from ops_platform.platform import Platform
from ops_platform.reporting.assemble import PAGE
from ops_platform.reporting.markdown import frame_preview
from ops_platform.reporting.publication import close_month, restate_month
from ops_platform.reporting.restatement import LINES_SHOWN, difference_tables

GROUP = "scorecards"
OFFENDERS = 20
YEAR_TO_DATE = dg.TimeWindowPartitionMapping(start_offset=-11)
LAST_MONTH = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)


@month_table(
    SCORECARDS,
    GROUP,
    [
        *(dg.AssetDep(contract.name, partition_mapping=YEAR_TO_DATE) for contract in MEASURES.values()),
        dg.AssetDep("targets"),
        dg.AssetDep("role_targets"),
        dg.AssetDep("offices"),
        dg.AssetDep("staff"),
    ],
    {"pandas", "parquet"},
)
def scorecards(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Score every KPI at every level."""
    month = context.partition_key
    rows = scoring.scorecards(platform.facts, month)
    platform.warehouse.write(SCORECARDS, rows, month)
    frame = as_frame(rows)
    return table_result(platform, SCORECARDS, [month], len(frame), frame)


@month_table(
    RANKINGS, GROUP, [SCORECARDS.name, dg.AssetDep(RANKINGS.name, partition_mapping=LAST_MONTH)], {"pandas", "parquet"}
)
def rankings(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Rank offices, contractors and people by their total score."""
    month = context.partition_key
    cards = platform.facts.month(SCORECARDS, month)
    rows = scoring.rankings(month, cards, platform.facts.month(RANKINGS, shift_month(month, -1)))
    platform.warehouse.write(RANKINGS, rows, month)
    frame = as_frame(rows)
    return table_result(platform, RANKINGS, [month], len(frame), frame)


class Closing(dg.Config):
    """重述已发布的月份时填写；关闭月份时留空。Filled in to restate a published month; left empty to close one."""

    reason: str = Field(default="", description="重述理由。Why the month is restated.")
    who: str = Field(default="", description="重述责任人。Who restates it.")


@dg.asset(
    name=PUBLISHED_SCORECARDS.name,
    group_name=GROUP,
    partitions_def=MONTHS,
    # A month is published with its report, so all that the report shows comes first.
    deps=[
        SCORECARDS.name,
        RANKINGS.name,
        YEAR_SCORES.name,
        *(contract.name for contract in (SCORE_CHANGES, STANDINGS, OUTLOOKS, CHANGE_VERDICTS, SITE_OUTAGES)),
        WORST_CELLS.name,
        *(contract.name for contract in MEASURES.values()),
        MAINS_OUTAGES.name,
        COVERAGE_GAPS.name,
        COVERAGE_MAP,
        "inspections",
        "contests",
        "targets",
        "role_targets",
        "offices",
        "staff",
    ],
    description=f"{describe(PUBLISHED_SCORECARDS)}\n\n发布后不再改变；迟到的数据只改变实时考核表。更正须重述，另成一版。"
    "Never changes once published; late data changes the live scorecard only. To correct it, restate it: job "
    "restate_month.",
    metadata=static_metadata(PUBLISHED_SCORECARDS),
    owners=OWNERS,
    kinds={"parquet"},
)
def published_month(
    context: dg.AssetExecutionContext, config: Closing, platform: dg.ResourceParam[Platform]
) -> dg.MaterializeResult:
    """Freeze the month's figures, definitions, targets, receipts and report under their content hash."""
    month = context.partition_key
    if config.reason:
        published = restate_month(platform, month, config.reason, config.who)
    else:
        published = close_month(platform, month)
    tables = difference_tables(difference(platform, published), platform.facts)
    shown = {
        f"changed_{name}": dg.MetadataValue.md(frame_preview(table, platform.settings.zone, rows=LINES_SHOWN))
        for name, table in tables.items()
    }
    return dg.MaterializeResult(
        metadata={
            "content_sha256": published.content_sha256,
            "revision": published.revision,
            "published_at": f"{published.published_at.astimezone(platform.settings.zone):%Y-%m-%d %H:%M}",
            "report": dg.MetadataValue.path(folder_of(platform.settings, published).absolute() / PAGE),
            "receipts": len(published.receipts),
            "live_scorecard_unchanged": "lines" not in tables,
            "broken": ", ".join(broken_parts(platform, published)) or "—",
            **shown,
        }
    )


@month_table(
    YEAR_SCORES,
    GROUP,
    [
        dg.AssetDep(RANKINGS.name, partition_mapping=YEAR_TO_DATE),
        dg.AssetDep("assessments", partition_mapping=YEAR_TO_DATE),
        "offices",
    ],
    {"pandas", "parquet"},
)
def year_scores(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Weigh monthly scores, key work and inspection tours together."""
    month = context.partition_key
    rows = year_scores_of(platform.facts, month, platform.settings.policy)
    platform.warehouse.write(YEAR_SCORES, rows, month)
    return table_result(platform, YEAR_SCORES, [month], rows.num_rows, as_frame(rows))


@dg.asset_check(asset="targets")
def targets_add_up(platform: dg.ResourceParam[Platform]) -> dg.AssetCheckResult:
    """目标与权重：每行填写完整、方向正确，各单位各岗位权重合计相符。

    Targets and weights: every row is complete and the right way round, and the weights of each office and role add up.
    """
    facts = platform.facts
    offices = facts.whole("offices")["office_id"].tolist()
    found = flaws(facts.whole("targets"), facts.whole("role_targets"), offices, platform.settings.policy.scoring)
    shown = pd.DataFrame([(one.where, one.zh, one.en) for one in found], columns=["where", "zh", "en"])
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "failed": len(found),
            "offenders": dg.MetadataValue.md(frame_preview(shown, platform.settings.zone, rows=OFFENDERS)),
        },
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


ASSETS = [scorecards, rankings, year_scores, published_month]
CHECKS = [branch_is_its_own_sum, targets_add_up]
