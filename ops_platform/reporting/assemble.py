"""From one installation's tables to everything that a month's page and workbook show."""

from collections.abc import Mapping

import pandas as pd

from ops_platform.clock import months_between, shift_month
from ops_platform.contracts.insight import OUTLOOKS, SCORE_CHANGES, STANDINGS
from ops_platform.contracts.scores import RANKINGS, SCORECARDS
from ops_platform.facts import as_frame
from ops_platform.kpi.catalogue import SUBJECTS, kpis_in_force
from ops_platform.kpi.change import gains, judged
from ops_platform.kpi.explain import RowsBehind, shortfalls
from ops_platform.kpi.fairness import contested_events, exclusions_by_reason
from ops_platform.kpi.publishing import FOLDER, Publication, folder_of, is_current, newest
from ops_platform.platform import Platform
from ops_platform.reporting.index_page import INDEX, Index, files_of
from ops_platform.reporting.masking import shown_staff
from ops_platform.reporting.month_lists import (
    gaps,
    late_outages,
    site_names,
    undone_inspections,
    verdicts,
    worst_cells,
    worst_sites,
)
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import NAMES_SHOWN
from ops_platform.reporting.year_ahead import year_ahead
from ops_platform.settings import Language

MONTHS_SHOWN = 12
PAGE = "monthly_report.html"
MAP = "coverage_map.html"
MAP_PICTURE = "coverage_map.png"
ANALYST_MAP = "analyst_map.html"
WORKBOOK = "scorecard_workbook.xlsx"
BOOK = "definition_book.html"
PDFS: Mapping[Language, str] = {"zh": "monthly_report_zh.pdf", "en": "monthly_report_en.pdf"}
FILES = {"page": PAGE, "workbook": WORKBOOK, "map_short": MAP}
"""The files of a month that people open, by a key of the page's words."""
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
    rules, behind = judged(facts, month), RowsBehind(facts, month, settings.policy, platform.now())
    picture = settings.reports / month / MAP_PICTURE
    sites = site_names(facts)
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
        overdue_inspections=undone_inspections(facts, month, platform.now()),
        worst_cells=worst_cells(facts, month),
        worst_sites=worst_sites(facts, month, platform.now()),
        gaps=gaps(facts, month),
        judged=rules,
        score_changes=facts.month(SCORE_CHANGES, month),
        standings=facts.month(STANDINGS, month),
        outlooks=facts.month(OUTLOOKS, month),
        gains=gains(rules),
        verdicts=verdicts(facts, month),
        map_picture=picture.read_bytes() if picture.exists() else b"",
        map_href=MAP,
        workbook_href=WORKBOOK,
        index_href=f"../{INDEX}",
        notes=notes,
        published_at=published.published_at if published else None,
        content_hash=published.content_sha256 if published else "",
        language=settings.language,
        revision=published.revision if published else 0,
        restated_because=published.reason if published else "",
        restated=pd.DataFrame() if restated is None else restated,
        published_href=published_href,
        book_href=BOOK,
        shortfalls=shortfalls(behind, NAMES_SHOWN).merge(sites, on="site_id", how="left"),
        shares={str(name): share for name, share in settings.policy.scoring.composite.items()},
        year_ahead=year_ahead(facts, as_frame(rows), month),
        contests=contested_events(behind).merge(sites, on="site_id", how="left"),
        exclusions=exclusions_by_reason(behind),
    )


def report_index(platform: Platform) -> Index:
    """Return what the page over all months shows: the months that have a page."""
    settings = platform.settings
    months = [folder.name for folder in sorted(settings.reports.glob("????-??")) if (folder / PAGE).exists()]
    published = {month: newest(platform.state, month) for month in months}
    return Index(
        branch=settings.branch,
        branch_en=settings.branch_en,
        offices=platform.facts.whole("offices"),
        rankings=as_frame(platform.warehouse.read(RANKINGS, months)),
        published={month: found.published_at for month, found in published.items() if found},
        files={month: files_of(settings.reports / month, FILES | _printed(published[month])) for month in months},
        generated_at=platform.now(),
        zone=settings.zone,
        language=settings.language,
    )


def _printed(publication: Publication | None) -> dict[str, str]:
    """Return the names of the PDFs that were published, below the month's folder."""
    if publication is None:
        return {}
    return {f"pdf_{language}": f"{FOLDER}/r{publication.revision}/{name}" for language, name in PDFS.items()}
