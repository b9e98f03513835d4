"""Reports: the month's page and workbook for district managers."""

import dagster as dg
from ops_platform.reporting.assemble import month_report
from ops_platform.reporting.charts import ranking_png, targets_png
from ops_platform.reporting.markdown import ranking_markdown, scorecard_markdown
from ops_platform.reporting.workbook import write_workbook

from assets.coverage import MAP
from assets.partitions import MONTHS
from assets.results import OWNERS, file_result, picture
from ops_platform.contracts.derived import COVERAGE_GAPS, MAINS_OUTAGES, RANKINGS, SCORECARDS
from ops_platform.platform import Platform
from ops_platform.reporting.page import render_page
from ops_platform.warehouse import replacing

GROUP = "reports"
PAGE = "monthly_report"
WORKBOOK = "scorecard_workbook"
_DEPENDENCIES = [
    SCORECARDS.name,
    RANKINGS.name,
    MAINS_OUTAGES.name,
    COVERAGE_GAPS.name,
    "offices",
    "staff",
    "inspections",
]


@dg.asset(
    name=PAGE,
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=[*_DEPENDENCIES, MAP],
    description="月报：一页看全月，离线可开，中英双语。\\n\\nThe month on one page, opens without internet, Chinese and English.",
    owners=OWNERS,
    kinds={"html"},
)
def monthly_report(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Write the month's page."""
    month, reports = context.partition_key, platform.settings.reports
    report = month_report(platform, month)
    page = reports / month / f"{PAGE}.html"
    with replacing(page, reports) as path:
        path.write_text(render_page(report), encoding="utf-8")
    return file_result(
        PAGE,
        page,
        ranking=dg.MetadataValue.md(ranking_markdown(report)),
        scorecard=dg.MetadataValue.md(scorecard_markdown(report)),
        picture=picture(ranking_png(report)),
        targets=picture(targets_png(report)),
    )


@dg.asset(
    name=WORKBOOK,
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=_DEPENDENCIES,
    description="考核工作簿：公式可复算。\\n\\nThe scorecard as a workbook whose totals are live formulas.",
    owners=OWNERS,
    kinds={"excel"},
)
def scorecard_workbook(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Write the month's workbook."""
    month, reports = context.partition_key, platform.settings.reports
    book = reports / month / f"{WORKBOOK}.xlsx"
    with replacing(book, reports) as path:
        write_workbook(month_report(platform, month), path)
    return file_result(WORKBOOK, book)


ASSETS = [monthly_report, scorecard_workbook]
