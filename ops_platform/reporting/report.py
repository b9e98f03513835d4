"""What a month's page and workbook are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.clock import month_of
from ops_platform.kpi.definition import Kpi
from ops_platform.settings import Language


@dataclass(frozen=True, kw_only=True)
class MonthReport:
    """Everything that the page and the workbook of one month show.

    Attributes
    ----------
    month
        ``YYYY-MM``, business-local.
    branch, branch_en
        Names of the branch.
    generated_at
        Moment of making, aware.
    zone
        The business time zone.
    kpis
        Definitions, in the order in which they are shown.
    groups
        Subject (a key of `words.SUBJECTS`) to the ids of its KPIs; KPIs in none are shown last.
    scorecards, rankings
        Rows of the month, as the contracts ``scorecards`` and ``rankings`` have them.
    offices
        ``office_id``, ``office_name``, ``office_name_en``.
    staff
        ``staff_id``, ``staff_name``, ``office_id``.
    history, ranking_history
        Scorecards and rankings of earlier months, for trends.
    late_outages, overdue_inspections, worst_cells, worst_sites, gaps
        What to do next: small frames under the contracts' column names, most urgent row first; ``office_id``: whose.
    judged
        Rows of `ops_platform.kpi.change.judged`: the rules that scored the month.
    score_changes, standings, outlooks
        Rows of the month, as the contracts of these names have them.
    gains
        Result of `ops_platform.kpi.change.gains`: what each KPI would bring at target.
    verdicts
        What changes on cells did, as the contract ``change_verdicts`` has them.
    map_picture
        The coverage map as a PNG; empty where there is none.
    map_href, workbook_href, index_href
        Addresses of the coverage map, the workbook and the page over all months, relative to the page; empty where
        there is none.
    notes
        Remarks at the top in Chinese and English, such as that the data are made up.
    published_at, content_hash
        When the month was published, and the fingerprint of its figures; empty while it is provisional.
    language
        First language of the page.
    revision, restated_because, restated
        Which revision of the published month it is, why it was restated, and the lines that changed with it, as the
        contract ``restatements`` has them.
    published_href
        Address of what stands published, where this is what is computed now and differs; relative to the page.
    contests
        What is contested, as `ops_platform.kpi.fairness.contested_events` gives it.
    exclusions
        What was left out and why, as `ops_platform.kpi.fairness.exclusions_by_reason` gives it.
    book_href
        Address of the definition book, relative to the page.
    shortfalls
        Result of `ops_platform.kpi.explain.shortfalls` with ``site_name``: what to look into first.
    shares
        What of the year each component weighs: the house rule `composite`.
    year_ahead
        The year so far and next year's targets, as `ops_platform.reporting.year_ahead.year_ahead` gives them.
    """

    month: str
    branch: str
    branch_en: str
    generated_at: datetime
    zone: ZoneInfo
    kpis: Sequence[Kpi]
    scorecards: pd.DataFrame
    rankings: pd.DataFrame
    offices: pd.DataFrame
    staff: pd.DataFrame
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranking_history: pd.DataFrame = field(default_factory=pd.DataFrame)
    late_outages: pd.DataFrame = field(default_factory=pd.DataFrame)
    overdue_inspections: pd.DataFrame = field(default_factory=pd.DataFrame)
    worst_cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    gaps: pd.DataFrame = field(default_factory=pd.DataFrame)
    worst_sites: pd.DataFrame = field(default_factory=pd.DataFrame)
    judged: pd.DataFrame = field(default_factory=pd.DataFrame)
    score_changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    standings: pd.DataFrame = field(default_factory=pd.DataFrame)
    outlooks: pd.DataFrame = field(default_factory=pd.DataFrame)
    gains: pd.DataFrame = field(default_factory=pd.DataFrame)
    verdicts: pd.DataFrame = field(default_factory=pd.DataFrame)
    map_picture: bytes = b""
    map_href: str = ""
    workbook_href: str = ""
    index_href: str = ""
    notes: Sequence[tuple[str, str]] = ()
    published_at: datetime | None = None
    content_hash: str = ""
    language: Language = "zh"
    revision: int = 0
    restated_because: str = ""
    restated: pd.DataFrame = field(default_factory=pd.DataFrame)
    published_href: str = ""
    contests: pd.DataFrame = field(default_factory=pd.DataFrame)
    exclusions: pd.DataFrame = field(default_factory=pd.DataFrame)
    book_href: str = ""
    shortfalls: pd.DataFrame = field(default_factory=pd.DataFrame)
    shares: Mapping[str, float] = field(default_factory=dict)
    year_ahead: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def contested(self) -> dict[tuple[str, str], int]:
        """How many events are contested and not decided, by office (empty: the branch) and KPI."""
        if self.contests.empty:
            return {}
        open_ones = self.contests[self.contests["found"] & (self.contests["state"] == "open")]
        by_office = open_ones.groupby(["office_id", "kpi_id"]).size()
        by_branch = open_ones.groupby("kpi_id").size()
        return {**by_office.to_dict(), **{("", kpi): count for kpi, count in by_branch.items()}}

    @property
    def running(self) -> bool:
        """Whether the month was not over when the report was made, so that nothing in it is final."""
        return self.month >= month_of(self.generated_at, self.zone)

    @property
    def lists(self) -> dict[str, pd.DataFrame]:
        """The lists of what to do next, by a key of `words.LISTS`."""
        return {
            "late_outages": self.late_outages,
            "overdue_inspections": self.overdue_inspections,
            "worst_cells": self.worst_cells,
            "worst_sites": self.worst_sites,
            "gaps": self.gaps,
        }
