"""Reports: the month's page and workbook for district managers."""

from collections.abc import Iterator

import dagster as dg

from assets.coverage import COVERAGE_MAP
from assets.partitions import MONTHS
from assets.results import OWNERS, file_result, picture
from ops_platform.contracts.cells import WORST_CELLS
from ops_platform.contracts.coverage import COVERAGE_GAPS
from ops_platform.contracts.insight import OUTLOOKS, SCORE_CHANGES, STANDINGS
from ops_platform.contracts.outages import MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.contracts.published import PUBLISHED_SCORECARDS
from ops_platform.contracts.scores import RANKINGS, SCORECARDS, YEAR_SCORES
from ops_platform.maintenance.power_review import power_review as review_of_power
from ops_platform.platform import Platform
from ops_platform.reporting import assemble, charts, markdown
from ops_platform.reporting.definition_book import definition_book as book_of
from ops_platform.reporting.index_page import INDEX, render_index
from ops_platform.reporting.office_month import office_months
from ops_platform.reporting.page import render
from ops_platform.reporting.power_review import review_previews
from ops_platform.reporting.workbook import workbook
from ops_platform.warehouse import replacing

GROUP = "reports"
MONTHLY_REPORT = "monthly_report"
SCORECARD_WORKBOOK = "scorecard_workbook"
REPORT_INDEX = "report_index"
_PAGE = """月报：一页看全月，离线可开，中英双语。本单位的当月情况见下方以单位命名的条目。

The month on one page: opens without internet, in Chinese and English. An office's month is the entry of its name."""
_WORKBOOK = """考核工作簿：数值与总分均为可复算的公式。

The scorecard as a workbook whose values and totals are live formulas."""
_TABLES = [SCORECARDS, RANKINGS, YEAR_SCORES, SCORE_CHANGES, STANDINGS, OUTLOOKS, MAINS_OUTAGES, SITE_OUTAGES,
           WORST_CELLS, COVERAGE_GAPS]  # fmt: skip
_DEPENDENCIES = [*(contract.name for contract in _TABLES), "offices", "staff", "inspections", "contests",
                 "targets", "role_targets"]  # fmt: skip


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            MONTHLY_REPORT,
            group_name=GROUP,
            partitions_def=MONTHS,
            # A report made while its month is closed says that it is published.
            deps=[*_DEPENDENCIES, COVERAGE_MAP, PUBLISHED_SCORECARDS.name],
            description=_PAGE,
            owners=OWNERS,
            kinds={"html"},
        ),
        dg.AssetSpec(
            SCORECARD_WORKBOOK,
            group_name=GROUP,
            partitions_def=MONTHS,
            deps=[*_DEPENDENCIES, PUBLISHED_SCORECARDS.name],
            description=_WORKBOOK,
            owners=OWNERS,
            kinds={"excel"},
        ),
    ]
)
def month_reports(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.MaterializeResult]:
    """Make the month's page and workbook of the same figures."""
    reports, month = platform.settings.reports, context.partition_key
    page, book = reports / month / assemble.PAGE, reports / month / assemble.WORKBOOK
    report = assemble.month_report(platform, month)
    with replacing(page, reports) as path:
        path.write_text(render(report), encoding="utf-8")
    yield file_result(
        MONTHLY_REPORT,
        page,
        ranking=dg.MetadataValue.md(markdown.ranking(report)),
        **{name: dg.MetadataValue.md(text) for name, text in office_months(report).items()},
        scorecard=dg.MetadataValue.md(markdown.scorecard(report)),
        ranking_chart=picture(charts.ranking_chart(report)),
        target_chart=picture(charts.target_chart(report)),
        map=picture(report.map_picture) if report.map_picture else dg.MetadataValue.text("—"),
    )
    with replacing(book, reports) as path:
        path.write_bytes(workbook(report))
    yield file_result(SCORECARD_WORKBOOK, book)


@dg.asset(
    name=REPORT_INDEX, group_name=GROUP, deps=[MONTHLY_REPORT, SCORECARD_WORKBOOK, RANKINGS.name],
    owners=OWNERS, kinds={"html"},
)  # fmt: skip
def report_index(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """全部月份与单位的目录页。

    The page over all months and offices.
    """
    page = platform.settings.reports / INDEX
    found = assemble.report_index(platform)
    with replacing(page, platform.settings.reports) as path:
        path.write_text(render_index(found), encoding="utf-8")
    return file_result(REPORT_INDEX, page, months=dg.MetadataValue.md(markdown.months(found)))


@dg.asset(
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=[WORST_CELLS.name, SCORECARDS.name, "targets", "role_targets", "offices"],
    owners=OWNERS,
    kinds={"html"},
)
def definition_book(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """指标定义手册：当月有效的口径、出处、版本、目标，以及最坏小区规则对照。

    Definition book of a month: every KPI as in force, its source, versions and targets; worst-cell rules side by side.
    """
    folder = platform.settings.reports / context.partition_key
    with replacing(folder / assemble.BOOK, platform.settings.reports) as path:
        path.write_text(book_of(platform, context.partition_key), encoding="utf-8")
    return file_result("definition_book", folder / assemble.BOOK)


@dg.asset(
    group_name=GROUP,
    deps=[MAINS_OUTAGES.name, SITE_OUTAGES.name, "generator_runs", "sites", "acceptance_tests", "offices", "staff"],
    owners=OWNERS,
    kinds={"python"},
)
def power_review(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """一年供电回顾：市电停电与 YD/T 1051 基准对比、值得增配电池或固定油机的基站、发电队伍工作量。

    The year's power: mains failures beside YD/T 1051-2018, sites worth more battery or a fixed set, the crews' load.
    """
    review = review_of_power(platform.facts, platform.now())
    shown = {name: dg.MetadataValue.md(text) for name, text in review_previews(review, platform.facts).items()}
    return dg.MaterializeResult(metadata={"since": review.since.isoformat(), **shown})


ASSETS = [month_reports, report_index, definition_book, power_review]
