"""From one installation's tables to everything that a month's page and workbook show."""

import pandas as pd
import sqlalchemy as sa

from ops_platform.clock import months_between, shift_month
from ops_platform.contracts.derived import COVERAGE_GAPS, MAINS_OUTAGES, RANKINGS, SCORECARDS, WORST_CELLS
from ops_platform.facts import Facts, as_frame
from ops_platform.kpi.catalogue import CATALOGUE, SUBJECTS
from ops_platform.kpi.publishing import content_hash
from ops_platform.platform import Platform
from ops_platform.reporting.report import MonthReport
from ops_platform.state import PUBLISHED_MONTH

MONTHS_SHOWN = 12
PAGE = "monthly_report.html"
MAP = "coverage_map.html"
WORKBOOK = "scorecard_workbook.xlsx"
CHANGED_ZH = "本月已于 {on} 发布，此后数据有变动；本页为最新数据，已发布的考核表另行保存、不再改变。"
CHANGED_EN = (
    "This month was published on {on} and its data has changed since. This page shows the newest figures; "
    "the published scorecard is kept and does not change."
)


def month_report(platform: Platform, month: str) -> MonthReport:
    """Return everything that the page and the workbook of a month show."""
    settings, facts = platform.settings, platform.facts
    earlier = list(months_between(shift_month(month, 1 - MONTHS_SHOWN), shift_month(month, -1)))
    rows = platform.warehouse.read(SCORECARDS, [month])
    published = platform.state.rows(sa.select(PUBLISHED_MONTH).where(PUBLISHED_MONTH.c.month == month))
    notes = [(settings.note, settings.note_en)] if settings.note else []
    if published and published[0]["content_sha256"] != content_hash(rows):
        on = f"{published[0]['published_at'].astimezone(settings.zone):%Y-%m-%d %H:%M}"
        notes.append((CHANGED_ZH.format(on=on), CHANGED_EN.format(on=on)))
        published = []
    return MonthReport(
        month=month,
        branch=settings.branch,
        branch_en=settings.branch_en,
        generated_at=platform.now(),
        zone=settings.zone,
        kpis=list(CATALOGUE.values()),
        groups={subject: [kpi.id for kpi in kpis] for subject, kpis in SUBJECTS.items()},
        scorecards=as_frame(rows),
        rankings=facts.month(RANKINGS, month),
        history=as_frame(platform.warehouse.read(SCORECARDS, earlier)),
        ranking_history=as_frame(platform.warehouse.read(RANKINGS, earlier)),
        offices=facts.whole("offices"),
        staff=facts.whole("staff"),
        late_outages=late_outages(facts, month),
        overdue_inspections=undone_inspections(facts, month),
        worst_cells=worst_cells(facts, month),
        gaps=facts.month(COVERAGE_GAPS, month).drop(columns=["geometry", "month_on", "settlements"]),
        map_href=MAP,
        workbook_href=WORKBOOK,
        notes=notes,
        published_at=published[0]["published_at"] if published else None,
        content_hash=published[0]["content_sha256"] if published else "",
        language=settings.language,
    )


def late_outages(facts: Facts, month: str) -> pd.DataFrame:
    """Return the month's mains outages that no generator met in time, the latest start first."""
    outages = facts.month(MAINS_OUTAGES, month)
    late = outages[outages["outcome"] == "late"].merge(_site_names(facts), on="site_id")
    columns = ["office_id", "site_id", "site_name", "staff_id", "failed_at", "deadline_at", "started_at", "restored_at"]
    return late.sort_values("failed_at", ascending=False)[columns]


def undone_inspections(facts: Facts, month: str) -> pd.DataFrame:
    """Return the month's planned inspections of accessible sites that have not been done, the earliest due first."""
    planned = facts.month("inspections", month)
    undone = planned[planned["done_at"].isna() & planned["accessible"].astype(bool)]
    sites = facts.whole("sites")[["site_id", "site_name", "office_id"]]
    return undone.merge(sites, on="site_id").sort_values("due_on")[
        ["office_id", "site_id", "site_name", "staff_id", "window_starts_on", "due_on"]
    ]


def worst_cells(facts: Facts, month: str) -> pd.DataFrame:
    """Return the month's worst cells with their busy-hour rates, most drops first."""
    rates = facts.month(WORST_CELLS, month)
    rates = rates[rates["worst"].astype(bool)].round(2).sort_values("drops", ascending=False)
    cells = facts.whole("cells")[["cell_id", "cell_name"]]
    named = rates.merge(cells, on="cell_id", how="left").merge(_site_names(facts), on="site_id", how="left")
    return named[["office_id", "cell_id", "cell_name", "site_name", "drops", "drop_pct", "congestion_pct"]]


def _site_names(facts: Facts) -> pd.DataFrame:
    return facts.whole("sites")[["site_id", "site_name"]]
