"""From one installation's tables to everything that a month's page and workbook show."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from ops_platform.clock import month_bounds, months_between, shift_month
from ops_platform.contracts.derived import COVERAGE_GAPS, MAINS_OUTAGES, RANKINGS, SCORECARDS, SITE_OUTAGES, WORST_CELLS
from ops_platform.contracts.insight import CHANGE_VERDICTS, OUTLOOKS, SCORE_CHANGES, STANDINGS
from ops_platform.facts import Facts, as_frame
from ops_platform.kpi.catalogue import CATALOGUE, SUBJECTS
from ops_platform.kpi.change import gains, judged
from ops_platform.kpi.fairness import contested_events
from ops_platform.kpi.publishing import Publication, content_hash, folder_of, newest
from ops_platform.maintenance.intervals import close_open, intersect
from ops_platform.platform import Platform
from ops_platform.reporting.index_page import INDEX, Index, files_of
from ops_platform.reporting.masking import shown_staff
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.words import Words
from ops_platform.reporting.year_ahead import year_ahead
from ops_platform.settings import Language

MONTHS_SHOWN = 12
PAGE = "monthly_report.html"
MAP = "coverage_map.html"
MAP_PICTURE = "coverage_map.png"
WORKBOOK = "scorecard_workbook.xlsx"
BOOK = "definition_book.html"
PDFS: Mapping[Language, str] = {"zh": "monthly_report_zh.pdf", "en": "monthly_report_en.pdf"}
FILES = {"page": PAGE, "workbook": WORKBOOK, "pdf_zh": PDFS["zh"], "pdf_en": PDFS["en"], "map_short": MAP}
"""The files of a month that people open, by a key of the page's words."""
CHANGED_ZH = "本月已于 {on} 发布（第 {revision} 版），此后数据有变动；本页为最新数据，已发布的月报另行保存、不再改变。"
CHANGED_EN = (
    "This month was published on {on} (revision {revision}) and its data has changed since. This page shows the newest "
    "figures; the published report is kept and does not change."
)

CAUSES: Mapping[str, Words] = {
    "power": ("停电", "Power"),
    "transmission": ("传输", "Transmission"),
    "equipment": ("设备", "Equipment"),
    "planned": ("计划施工", "Planned work"),
}
SITE_STEPS: Mapping[str, Words] = {
    "power": ("核对电池容量，考虑增配电池或固定油机。", "Check the battery; consider another string or a fixed set."),
    "transmission": ("查光缆与路由，重要站做保护。", "Check fibre and route; protect the sites that others hang on."),
    "equipment": ("更换重复故障的板件，核对版本。", "Replace what fails again and again, and check its release."),
    "planned": ("把施工并到一次，放在闲时。", "Do the work in one go, and when traffic is low."),
}
"""What to do about a site, by the most frequent cause of its outages."""


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
    rankings = platform.warehouse.read(RANKINGS, [month])
    rules = judged(facts, month)
    picture = settings.reports / month / MAP_PICTURE
    notes = [(settings.note, settings.note_en)] if settings.note else []
    published = publication or newest(platform.state, month)
    published_href = ""
    live = {"scorecards": content_hash(rows), "rankings": content_hash(rankings)}
    if published and any(published.parts.get(part) != digest for part, digest in live.items()):
        on = f"{published.published_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
        texts = (text.format(on=on, revision=published.revision) for text in (CHANGED_ZH, CHANGED_EN))
        notes.append((next(texts), next(texts)))
        published_href = f"{folder_of(settings, published).relative_to(settings.reports / month).as_posix()}/{PAGE}"
        published = None
    return MonthReport(
        month=month,
        branch=settings.branch,
        branch_en=settings.branch_en,
        generated_at=platform.now(),
        zone=settings.zone,
        kpis=list(CATALOGUE.values()),
        groups={subject: [kpi.id for kpi in kpis] for subject, kpis in SUBJECTS.items()},
        scorecards=as_frame(rows),
        rankings=as_frame(rankings),
        history=as_frame(platform.warehouse.read(SCORECARDS, earlier)),
        ranking_history=as_frame(platform.warehouse.read(RANKINGS, earlier)),
        offices=facts.whole("offices"),
        staff=shown_staff(facts.whole("staff"), names=settings.people.names_on_pages),
        late_outages=late_outages(facts, month),
        overdue_inspections=undone_inspections(facts, month),
        worst_cells=worst_cells(facts, month),
        worst_sites=worst_sites(facts, month, platform.now()),
        gaps=facts.month(COVERAGE_GAPS, month).drop(columns=["geometry", "month_on", "settlements"]),
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
        year_ahead=year_ahead(facts, as_frame(rows), month),
        contests=contested_events(facts, month, settings.policy, platform.now()),
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
        files={month: files_of(settings.reports / month, FILES) for month in months},
        generated_at=platform.now(),
        zone=settings.zone,
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
    columns = ["office_id", "cell_id", "cell_name", "site_name", "drops", "drop_pct", "congestion_pct"]
    return named[[*columns, "next_step_zh", "next_step_en"]]


def worst_sites(facts: Facts, month: str, as_of: datetime) -> pd.DataFrame:
    """Return the sites that were down in a month with hours, times and most frequent cause, the longest down first."""
    start, end = month_bounds(month, facts.zone)
    end = min(end, as_of)
    outages = facts.touching(SITE_OUTAGES, start, end)
    down = outages.assign(start=outages["down_at"], end=close_open(outages["up_at"], as_of))
    window = pd.DataFrame({"site_id": down["site_id"].unique()}).assign(
        start=pd.Timestamp(start).as_unit("us"), end=pd.Timestamp(end).as_unit("us")
    )
    inside = intersect(down[["site_id", "start", "end"]], window, "site_id")
    hours = (inside["end"] - inside["start"]).dt.total_seconds().groupby(inside["site_id"]).sum() / 3600
    by_site = outages.groupby("site_id")
    rows = pd.DataFrame({
        "office_id": by_site["office_id"].first(),
        "down_h": hours.round(1),
        "outages": by_site.size(),
        "cause": by_site["cause"].agg(lambda causes: causes.value_counts().index[0]),
    }).reset_index()  # fmt: skip
    rows = rows.merge(_site_names(facts), on="site_id").sort_values(["down_h", "site_id"], ascending=[False, True])
    words = [(*CAUSES[cause], *SITE_STEPS[cause]) for cause in rows["cause"]]
    told = pd.DataFrame(words, columns=["cause_zh", "cause_en", "next_step_zh", "next_step_en"])
    columns = ["office_id", "site_id", "site_name", "down_h", "outages"]
    return pd.concat([rows[columns].reset_index(drop=True), told], axis=1)


def verdicts(facts: Facts, month: str) -> pd.DataFrame:
    """Return the verdicts on changes of cells for reading: what was said first, then what waits."""
    rows = facts.month(CHANGE_VERDICTS, month)
    order = {verdict: place for place, verdict in enumerate(("worse", "improved", "no_evidence", "too_early"))}
    rows = rows.assign(place=rows["verdict"].map(order)).sort_values(["place", "done_on", "action_id"])
    rows = rows.merge(facts.whole("cells")[["cell_id", "cell_name"]], on="cell_id", how="left")
    columns = ["office_id", "cell_id", "cell_name", "action", "done_on", "verdict", "change_pct", "low_pct", "high_pct",
               "neighbour_change_pct", "reason", "review_on"]  # fmt: skip
    return rows[columns].reset_index(drop=True)


def _site_names(facts: Facts) -> pd.DataFrame:
    return facts.whole("sites")[["site_id", "site_name"]]
