"""What is read out of a month: why totals moved, where offices stand, what the year ends at, what changes did."""

import dagster as dg

from assets.partitions import MONTHS, NEIGHBOURING_MONTHS
from assets.results import table_result
from assets.scorecards import GROUP, OFFENDERS, YEAR_TO_DATE
from assets.tables import month_table
from ops_platform.clock import month_of
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.insight import CHANGE_VERDICTS, OUTLOOKS, SCORE_CHANGES, STANDINGS
from ops_platform.contracts.outages import MAINS_OUTAGES
from ops_platform.contracts.scores import MEASURES, RANKINGS, SCORECARDS
from ops_platform.facts import as_frame
from ops_platform.kpi import change, outlook, ranking, verdicts
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.completeness import gaps_of
from ops_platform.kpi.explain import RowsBehind
from ops_platform.kpi.fairness import contested_events
from ops_platform.platform import Platform
from ops_platform.reporting.completeness import completeness_words
from ops_platform.reporting.fairness import astray_words
from ops_platform.reporting.markdown import frame_preview
from ops_platform.reporting.masking import staff_mask
from ops_platform.reporting.office_month import moves_table, verdict_counts

SINCE_LAST_MONTH = dg.TimeWindowPartitionMapping(start_offset=-1)
_GOALS, _KINDS = ("targets", "offices"), {"pandas", "parquet"}
_MEASURED = [dg.AssetDep(contract.name, partition_mapping=YEAR_TO_DATE) for contract in MEASURES.values()]


@month_table(
    SCORE_CHANGES,
    GROUP,
    [
        *(dg.AssetDep(contract.name, partition_mapping=SINCE_LAST_MONTH) for contract in (SCORECARDS, MAINS_OUTAGES)),
        *_GOALS,
    ],
    _KINDS,
)
def score_changes(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Split the change of every total score into KPIs, events, exclusions, definitions and targets."""
    month, policy = context.partition_key, platform.settings.policy
    rows = change.score_changes(platform.facts, month, policy, platform.now())
    platform.warehouse.write(SCORE_CHANGES, rows, month)
    frame = as_frame(rows)
    text = moves_table(frame, CATALOGUE, platform.facts.whole("offices"))
    return table_result(platform, SCORE_CHANGES, [month], rows.num_rows, frame, moved=dg.MetadataValue.md(text))


@month_table(
    STANDINGS,
    GROUP,
    [
        *(dg.AssetDep(contract.name, partition_mapping=YEAR_TO_DATE) for contract in (SCORECARDS, RANKINGS)),
        *(dg.AssetDep(contract.name) for contract in MEASURES.values()),
        "sites",
        *_GOALS,
    ],
    _KINDS,
)
def standings(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Place every office: month, year to date, among its peers, with the interval of its rank."""
    month = context.partition_key
    rows = ranking.standings(platform.facts, month, platform.now())
    platform.warehouse.write(STANDINGS, rows, month)
    return table_result(platform, STANDINGS, [month], rows.num_rows, as_frame(rows))


@month_table(OUTLOOKS, GROUP, [*_MEASURED, SCORECARDS.name, *_GOALS], _KINDS)
def outlooks(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Forecast the end of the year with a band, and try the forecast on the months that are known."""
    month = context.partition_key
    rows = outlook.outlooks(platform.facts, month, platform.now())
    platform.warehouse.write(OUTLOOKS, rows, month)
    frame = as_frame(rows)
    tried = frame.dropna(subset="held_pct")
    held = float(tried["held_pct"].mean()) if len(tried) else None
    return table_result(platform, OUTLOOKS, [month], len(frame), frame, trials_in_their_band_pct=held)


@month_table(
    CHANGE_VERDICTS,
    GROUP,
    [
        dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()),
        dg.AssetDep("optimisation_actions", partition_mapping=NEIGHBOURING_MONTHS),
        *(dg.AssetDep(name) for name in ("cells", "sites", "acceptance_tests", "offices")),
    ],
    {"scipy", "parquet"},
)
def change_verdicts(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Judge what each antenna, power or parameter change of this month and the last did to its cell."""
    month = context.partition_key
    rows = verdicts.change_verdicts(platform.facts, month, platform.now())
    platform.warehouse.write(CHANGE_VERDICTS, rows, month)
    frame = as_frame(rows)
    by_office = verdict_counts(frame, platform.facts.whole("offices"))
    return table_result(platform, CHANGE_VERDICTS, [month], len(frame), frame, by_office=dg.MetadataValue.md(by_office))


@dg.asset_check(asset=SCORECARDS.name, partitions_def=MONTHS)
def month_is_complete(
    context: dg.AssetCheckExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.AssetCheckResult:
    """有目标的指标是否都有数据，缺失是否过多；说明中逐项写明。

    Whether every KPI with a target has data and little of it is missing; the description says which do not.
    """
    month, facts = context.partition_key, platform.facts
    gaps = gaps_of(facts.month(SCORECARDS, month))
    running = month >= month_of(platform.now(), facts.zone)
    zh, en = completeness_words(gaps, CATALOGUE, facts.whole("offices"), running=running)
    return dg.AssetCheckResult(
        # Of a month that still runs much is not due yet.
        passed=gaps.empty or running,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{zh} {en}",
        metadata={"failed": len(gaps), "offenders": dg.MetadataValue.md(frame_preview(gaps, facts.zone, rows=20))},
    )


@dg.asset_check(asset=SCORECARDS.name, partitions_def=MONTHS)
def contests_name_events(
    context: dg.AssetCheckExecutionContext, platform: dg.ResourceParam[Platform]
) -> dg.AssetCheckResult:
    """每条申诉是否指向本月计入其指标的事件；说明中逐条写明查无此事的申诉。

    Whether every contest names an event that its KPI counts in this month; the description says which do not.
    """
    month, settings = context.partition_key, platform.settings
    rows = contested_events(RowsBehind(platform.facts, month, settings.policy, platform.now()))
    astray = rows[~rows["found"]]
    return dg.AssetCheckResult(
        passed=astray.empty,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(astray_words(astray, platform.facts.whole("offices"))),
        metadata={
            "failed": len(astray),
            "offenders": dg.MetadataValue.md(
                frame_preview(astray, settings.zone, rows=OFFENDERS, mask=staff_mask(platform.warehouse))
            ),
        },
    )


ASSETS = [score_changes, standings, outlooks, change_verdicts]
CHECKS = [month_is_complete, contests_name_events]
