"""From one installation's tables to everything that a month's page and workbook show."""

import pandas as pd

from ops_platform.clock import months_between, shift_month
from ops_platform.contracts.derived import COVERAGE_GAPS, MAINS_OUTAGES, RANKINGS, SCORECARDS
from ops_platform.facts import Facts, as_frame
from ops_platform.kpi.catalogue import MEASURES, SUBJECTS, kpis_in_force
from ops_platform.kpi.fairness import contested_events
from ops_platform.kpi.publishing import Publication, folder_of, is_current, newest
from ops_platform.platform import Platform
from ops_platform.reporting.masking import shown_staff
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.year_ahead import year_ahead

MONTHS_SHOWN = 12
PAGE = "monthly_report.html"
MAP = "coverage_map.html"
WORKBOOK = "scorecard_workbook.xlsx"
BOOK = "definition_book.html"
CHANGED_ZH = "本月已于 {on} 发布（第 {revision} 版），此后数据有变动；本页为最新数据，已发布的月报另行保存、不再改变。"
CHANGED_EN = (
    "This month was published on {on} (revision {revision}) and its data has changed since. This page shows the newest "
    "figures; the published report is kept and does not change."
)


def month_report(
    platform: Platform, month: str, publication: Publication | None = None, restated: pd.DataFrame | None = None
) -> MonthReport:
    """Return everything that the page and the workbook of a month show.

    Parameters
    ----------
    publication, restated
        Where the report is made to be published: as what, and the lines that changed with it. Without it the report is
        of the live figures, and says whether they still are what was published.
    """
    settings, facts = platform.settings, platform.facts
    earlier = list(months_between(shift_month(month, 1 - MONTHS_SHOWN), shift_month(month, -1)))
    rows = platform.warehouse.read(SCORECARDS, [month])
    notes = [(settings.note, settings.note_en)] if settings.note else []
    published = publication or newest(platform.state, month)
    published_href = ""
    if published and not is_current(platform, published):
        on = f"{published.published_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
        texts = (text.format(on=on, revision=published.revision) for text in (CHANGED_ZH, CHANGED_EN))
        notes.append((next(texts), next(texts)))
        kept = folder_of(settings, published) / PAGE
        published_href = kept.relative_to(settings.reports / month).as_posix() if kept.is_file() else ""
        published = None
    return MonthReport(
        month=month,
        branch=settings.branch,
        branch_en=settings.branch_en,
        generated_at=platform.now(),
        zone=settings.zone,
        kpis=list(kpis_in_force(month).values()),
        groups={subject: [kpi.id for kpi in kpis] for subject, kpis in SUBJECTS.items()},
        scorecards=as_frame(rows),
        rankings=facts.month(RANKINGS, month),
        history=as_frame(platform.warehouse.read(SCORECARDS, earlier)),
        ranking_history=as_frame(platform.warehouse.read(RANKINGS, earlier)),
        offices=facts.whole("offices"),
        staff=shown_staff(facts.whole("staff"), names=settings.people.names_on_pages),
        late_outages=late_outages(facts, month),
        overdue_inspections=undone_inspections(facts, month),
        worst_cells=worst_cells(facts, month),
        gaps=facts.month(COVERAGE_GAPS, month).drop(columns=["geometry", "month_on"]),
        map_href=MAP,
        workbook_href=WORKBOOK,
        notes=notes,
        published_at=published.published_at if published else None,
        content_hash=published.content_sha256 if published else "",
        language=settings.language,
        revision=published.revision if published else 0,
        restated_because=published.reason if published else "",
        restated=pd.DataFrame() if restated is None else restated,
        published_href=published_href,
        book_href=BOOK,
        year_ahead=year_ahead(facts, as_frame(rows), month),
        contests=contested_events(facts, month, settings.policy, platform.now()),
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
    measures = facts.month(MEASURES["radio"], month)
    sums = measures.groupby(["kpi_id", "office_id", "subject_id"], as_index=False)[["numerator", "denominator"]].sum()
    worst, drops, congestion = (
        sums[sums["kpi_id"] == kpi].set_index(["office_id", "subject_id"])
        for kpi in ("worst_cell_share", "tch_drop_rate", "tch_congestion")
    )
    worst = worst[worst["numerator"] > 0].index
    drops, congestion = drops.reindex(worst), congestion.reindex(worst)
    rates = pd.DataFrame(
        {
            "drops": drops["numerator"],
            "drop_pct": 100 * drops["numerator"] / drops["denominator"],
            "congestion_pct": 100 * congestion["numerator"] / congestion["denominator"],
        }
    )
    rates = rates.reset_index(names=["office_id", "cell_id"]).round(2).sort_values("drops", ascending=False)
    cells = facts.whole("cells")[["cell_id", "cell_name", "site_id"]].merge(_site_names(facts), on="site_id")
    named = rates.merge(cells, on="cell_id", how="left")
    return named[["office_id", "cell_id", "cell_name", "site_name", "drops", "drop_pct", "congestion_pct"]]


def _site_names(facts: Facts) -> pd.DataFrame:
    return facts.whole("sites")[["site_id", "site_name"]]
