"""The month's figures as a page shows them: written out, compared with target and past, nothing computed anew.

The only sums here are shares of a total score and what the rest of the year still needs, both from scorecard rows.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from ops_platform.clock import shift_month
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.scoring import NAMED
from ops_platform.reporting import formats
from ops_platform.reporting.actions import ACTIONS, GENERAL_ACTION
from ops_platform.reporting.formats import known
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.sparkline import sparkline
from ops_platform.reporting.words import Words, word

MONTHS_SHOWN = 12
FULL_SCORE = 100.0
NAMES_SHOWN = 3
"""Names of sites or cells that an office's card says to look at first."""
Who = tuple[str, str, str, str]
"""Level, office id, contractor, staff id."""
BRANCH: Who = ("branch", "", "", "")


@dataclass(frozen=True)
class Figure:
    """One KPI of one office, person or the branch."""

    kpi: Kpi
    value: float | None
    target: float | None
    met: bool | None
    score: float | None
    weight: float | None
    rank: int | None
    change: float | None
    year: float | None
    year_numerator: float
    year_denominator: float
    counts: Mapping[str, float]
    absent: bool = False

    @property
    def state(self) -> str:
        """The word (`words.WORDS`) that says where the value stands."""
        if self.value is None:
            return "no_value"
        return "untargeted" if self.met is None else "met" if self.met else "missed"

    @property
    def why(self) -> Words:
        """Why there is no value."""
        return word("why_absent" if self.absent else "why_zero")

    @property
    def improved(self) -> bool | None:
        """Whether the change since last month is for the better."""
        return formats.is_better(self.kpi, self.change)

    @property
    def year_met(self) -> bool | None:
        """Whether the year to date is on target; None where there is no value or no target."""
        if self.year is None or self.target is None:
            return None
        return self.year >= self.target if self.kpi.better == "higher" else self.year <= self.target

    def needed(self, month: str) -> float | str:
        """Return the value that the rest of the year must average to end at target (house), or why there is none.

        Assumes that each remaining month has the average denominator of the months so far.
        """
        done = int(month[5:7])
        if self.target is None or self.kpi.weights or self.year_denominator == 0:
            return ""
        if done == 12:  # noqa: PLR2004 - December
            return "year_over"
        ahead = self.year_denominator / done * (12 - done)
        goal = self.target / self.kpi.scale * (self.year_denominator + ahead)
        value = (goal - self.year_numerator) / ahead * self.kpi.scale
        best = (FULL_SCORE if self.kpi.unit == "%" else float("inf")) if self.kpi.better == "higher" else 0.0
        worst = 0.0 if self.kpi.better == "higher" else (FULL_SCORE if self.kpi.unit == "%" else float("inf"))
        if self.kpi.better == "higher":
            return "out_of_reach" if value > best else "secured" if value <= worst else value
        return "out_of_reach" if value < best else "secured" if value >= worst else value


@dataclass(frozen=True)
class Standing:
    """A total score with its rank."""

    who: Who
    score: float | None
    rank: int | None
    moved: int | None
    change: float | None
    weight_pct: float | None
    trend: Markup


@dataclass(frozen=True)
class Loss:
    """A KPI below target: what it costs, what to do, how many the office has on the list, and the first of them."""

    figure: Figure
    points: float | None
    action: Words
    list_key: str
    listed: int
    first: list[str]


class View:
    """The figures of a `MonthReport`, looked up by who and KPI."""

    def __init__(self, report: MonthReport) -> None:
        self.report = report
        self.kpis = {kpi.id: kpi for kpi in report.kpis}
        self.offices = formats.records(report.offices)
        self._rows = {(*_who(row), row["kpi_id"]): row for row in formats.records(report.scorecards)}
        self._standings = {_who(row): row for row in formats.records(report.rankings)}
        self._past = _by_month(report.history, report.scorecards, "kpi_id", "value")
        self._past_scores = _by_month(report.ranking_history, report.rankings, "level", "score")
        recorded = {key[0] for key in (*self._past, *self._past_scores)}
        latest = [shift_month(report.month, by) for by in range(1 - MONTHS_SHOWN, 1)]
        self.months = [month for month in latest if month >= min(recorded, default=report.month)]
        self._events: dict[tuple[str, str], list[str]] = {}
        for row in formats.records(report.shortfalls):
            event = " ".join(filter(None, (row["event_id"], formats.text(row, "site_name"))))
            self._events.setdefault((row["kpi_id"], row["office_id"]), []).append(event)
        self._weights: dict[Who, float] = {}
        for key, row in self._rows.items():
            if known(row["score"]) is not None and known(row["weight"]) is not None:
                who = key[:-1]
                self._weights[who] = self._weights.get(who, 0.0) + float(row["weight"])

    def figure(self, who: Who, kpi: Kpi) -> Figure:
        """Return a KPI's figure; one without any data is marked absent."""
        row = self._rows.get((*who, kpi.id))
        if row is None:
            return Figure(kpi, None, None, None, None, None, None, None, None, 0.0, 0.0, {}, absent=True)
        met = row["met"]
        rank = known(row["rank"])
        return Figure(
            kpi=kpi,
            value=known(row["value"]),
            target=known(row["target"]),
            met=None if met is None or pd.isna(met) else bool(met),
            score=known(row["score"]),
            weight=known(row["weight"]),
            rank=None if rank is None else int(rank),
            change=known(row["change"]),
            year=known(row["year_value"]),
            year_numerator=known(row["year_numerator"]) or 0.0,
            year_denominator=known(row["year_denominator"]) or 0.0,
            counts={
                name: known(row[name]) or 0.0 for name in ("numerator", "denominator", "excluded", "suspect", "missing")
            },
        )

    def figures(self, who: Who) -> list[Figure]:
        """Return every KPI's figure in the order of the definitions."""
        return [self.figure(who, kpi) for kpi in self.kpis.values()]

    def groups(self) -> list[tuple[str, list[Kpi]]]:
        """Return the subjects with their KPIs; those of no subject come last under an empty one."""
        named = [(key, [self.kpis[one] for one in ids if one in self.kpis]) for key, ids in self.report.groups.items()]
        placed = {kpi.id for _, kpis in named for kpi in kpis}
        rest = [kpi for kpi in self.kpis.values() if kpi.id not in placed]
        return [(key, kpis) for key, kpis in [*named, ("", rest)] if kpis]

    def trend(self, who: Who, kpi: Kpi) -> Markup:
        """Return a KPI's trend over the last twelve months."""
        values = [self._past.get((month, *who, kpi.id)) for month in self.months]
        return sparkline(values, self.figure(who, kpi).target)

    def standing(self, who: Who) -> Standing:
        """Return a total score, its rank and how both moved."""
        row = self._standings.get(who, {})
        score, before = known(row.get("score")), known(row.get("previous_score"))
        rank, rank_before = known(row.get("rank")), known(row.get("previous_rank"))
        return Standing(
            who=who,
            score=score,
            rank=None if rank is None else int(rank),
            moved=None if rank is None or rank_before is None else int(rank_before - rank),
            change=None if score is None or before is None else score - before,
            weight_pct=known(row.get("weight_pct")),
            trend=sparkline(self.scores(who)),
        )

    def scores(self, who: Who) -> list[float | None]:
        """Return the total scores of the months shown, the oldest first."""
        return [self._past_scores.get((month, *who, who[0])) for month in self.months]

    def office_standings(self) -> list[Standing]:
        """Return the offices, best first; those without a score last."""
        standings = [self.standing(("office", row["office_id"], "", "")) for row in self.offices]
        return sorted(standings, key=lambda one: (one.rank is None, one.rank or 0))

    def everyone(self, level: str) -> list[Who]:
        """Return everyone of a level who has a total score row."""
        return [who for who in self._standings if who[0] == level]

    def people(self, office_id: str) -> list[tuple[str, Standing, list[Loss]]]:
        """Return an office's people with name, total score and KPIs below target, best first."""
        names = {row["staff_id"]: str(row["staff_name"]) for row in formats.records(self.report.staff)}
        found = [who for who in self.everyone("person") if who[1] == office_id]
        return self._ranked((names.get(who[-1], who[-1]), who) for who in found)

    def contractors(self) -> list[tuple[str, Standing, list[Loss]]]:
        """Return the contractors with total score and KPIs below target, best first."""
        return self._ranked((who[2], who) for who in self.everyone("contractor"))

    def _ranked(self, named: Iterable[tuple[str, Who]]) -> list[tuple[str, Standing, list[Loss]]]:
        standings = [(name, self.standing(who), self.losses(who)) for name, who in named]
        return sorted(standings, key=lambda one: (one[1].rank is None, one[1].rank or 0, one[0]))

    def losses(self, who: Who) -> list[Loss]:
        """Return the KPIs below target, the dearest first."""
        losses = [self._loss(who, figure) for figure in self.figures(who) if figure.met is False]
        return sorted(losses, key=lambda one: -(one.points or 0.0))

    def headline(self, most: int) -> list[Figure]:
        """Return the branch's figures that deserve a tile: below target first, then by weight."""
        figures = [figure for figure in self.figures(BRANCH) if figure.value is not None]
        return sorted(figures, key=lambda one: (one.met is not False, -(one.weight or 0.0)))[:most]

    def tally(self, who: Who) -> dict[str, int]:
        """Return how many KPIs are met, missed, without value and without target."""
        states = [figure.state for figure in self.figures(who)]
        return {state: states.count(state) for state in ("met", "missed", "no_value", "untargeted")}

    def with_year(self) -> list[Figure]:
        """Return the branch's figures that have a value of the year."""
        return [one for one in self.figures(BRANCH) if one.year is not None]

    def out_of_reach(self) -> int:
        """Return how many targets of the branch the year can no longer meet."""
        return sum(one.needed(self.report.month) == "out_of_reach" for one in self.figures(BRANCH))

    def incomplete(self) -> list[Figure]:
        """Return the branch's figures with excluded, suspect or missing data."""
        return [
            one for one in self.figures(BRANCH) if any(one.counts.get(n) for n in ("excluded", "suspect", "missing"))
        ]

    def _loss(self, who: Who, figure: Figure) -> Loss:
        weights = self._weights.get(who)
        points = None
        if weights and figure.score is not None and figure.weight is not None:
            points = figure.weight * (FULL_SCORE - figure.score) / weights
        zh, en, list_key = ACTIONS.get(figure.kpi.id, GENERAL_ACTION)
        rows = self.report.lists.get(list_key, pd.DataFrame())
        mine = rows[rows["office_id"] == who[1]] if "office_id" in rows else rows
        first = _names(mine) if list_key else self._events.get((figure.kpi.id, who[1]), [])
        return Loss(figure, points, (zh, en), list_key, len(mine), first)


def _names(rows: pd.DataFrame) -> list[str]:
    """Return the names of the first cells or sites of a list, each once."""
    column = next((name for name in ("cell_name", "cell_id", "site_name") if name in rows), "")
    return [str(name) for name in rows[column].dropna().unique()[:NAMES_SHOWN]] if column else []


def _who(row: Mapping[Hashable, Any]) -> Who:
    office, contractor, person = (formats.text(row, name) for name in NAMED)
    return row["level"], office, contractor, person


def _by_month(past: pd.DataFrame, now: pd.DataFrame, last: str, value: str) -> dict[tuple[str, ...], float | None]:
    rows = formats.records(past) + formats.records(now)
    return {(f"{row['month_on']:%Y-%m}", *_who(row), row[last]): known(row[value]) for row in rows}
