"""What a page says beyond the figures: where an office stands, what moved it, what a KPI would bring, what comes."""

from collections.abc import Hashable
from typing import Any

from markupsafe import Markup

from ops_platform.clock import months_between
from ops_platform.contracts.insight import VERDICTS
from ops_platform.reporting import formats
from ops_platform.reporting.event_words import EVENTS
from ops_platform.reporting.formats import known
from ops_platform.reporting.moves import Move, moves
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.sparkline import bullet
from ops_platform.reporting.view import Figure
from ops_platform.reporting.words import Words

Row = dict[Hashable, Any]


class Insight:
    """The readings of a `MonthReport`, looked up by office and KPI; empty where a report has none."""

    def __init__(self, report: MonthReport) -> None:
        self.report = report
        self._kpis = {kpi.id: kpi for kpi in report.kpis}
        self._standings = {row["office_id"]: row for row in formats.records(report.standings)}
        self._outlooks = {(row["office_id"], row["kpi_id"]): row for row in formats.records(report.outlooks)}
        self._gains = {(row["office_id"], row["kpi_id"]): row for row in formats.records(report.gains)}
        self._judged = {(row["office_id"], row["kpi_id"]): row for row in formats.records(report.judged)}

    def standing(self, office_id: str) -> Row:
        """Return an office's row of the standings."""
        return self._standings.get(office_id, {})

    def outlook(self, office_id: str, kpi_id: str) -> Row:
        """Return what the year will end at."""
        return self._outlooks.get((office_id, kpi_id), {})

    def moves(self, office_id: str) -> list[Move]:
        """Return what moved an office's total score since last month, the largest first."""
        return moves(self.report.score_changes, self._kpis, office_id)

    def change(self, office_id: str) -> float | None:
        """Return the sum of all moves of an office."""
        found = self.moves(office_id)
        return sum(one.points for one in found) if found else None

    def gain(self, office_id: str, kpi_id: str) -> Row:
        """Return what an office would gain, and where it would stand, with a KPI at target."""
        return self._gains.get((office_id, kpi_id), {})

    def events(self, office_id: str, kpi_id: str) -> Words:
        """Return how much counts against a KPI, in words; empty where that says nothing."""
        harm = known(self._judged.get((office_id, kpi_id), {}).get("harm"))
        return EVENTS[kpi_id].counted(harm) if harm and kpi_id in EVENTS else ("", "")

    def band(self, office_id: str, figure: Figure) -> Markup:
        """Return a value on the band of its scores; nothing where the score has steps instead."""
        row = self._judged.get((office_id, figure.kpi.id), {})
        zero, target, full = (known(row.get(name)) for name in ("baseline", "target", "challenge"))
        if figure.value is None or zero is None or target is None or full is None:
            return Markup("")
        return bullet(figure.value, zero, target, full)

    def flags(self) -> list[tuple[str, list[str]]]:
        """Return who was first in each month of the year that is over."""
        first: dict[str, list[str]] = {}
        for frame in (self.report.ranking_history, self.report.rankings):
            for row in formats.records(frame):
                if row["level"] == "office" and row["rank"] == 1:
                    first.setdefault(f"{row['month_on']:%Y-%m}", []).append(row["office_id"])
        months = list(months_between(f"{self.report.month[:4]}-01", self.report.month))
        return [(month, first[month]) for month in (months[:-1] if self.report.running else months) if month in first]

    def tried(self) -> dict[str, str | Words]:
        """Return how the forecasts did when they were tried; empty where they were not."""
        rows = [row for row in self._outlooks.values() if known(row["held_pct"]) is not None]
        if not rows:
            return {}
        # A KPI's trials stand on every row of it.
        kpis = {row["kpi_id"]: row for row in rows}.values()
        held = sum(row["held_pct"] for row in kpis) / len(kpis)
        better = sum(row["error"] < row["naive_error"] for row in kpis)
        return {"held": f"{held:.0f}", "n": str(better), "m": str(len(kpis))}

    def verdicts(self) -> list[Row]:
        """Return the verdicts on changes of cells."""
        return formats.records(self.report.verdicts)

    def verdicts_by_word(self) -> tuple[list[Row], list[Row]]:
        """Return the verdicts that say something, and those without evidence or before their time."""
        said = [row for row in self.verdicts() if row["verdict"] in {"improved", "worse"}]
        return said, [row for row in self.verdicts() if row["verdict"] not in {"improved", "worse"}]

    def verdict_totals(self) -> list[tuple[str, int]]:
        """Return how many changes got each verdict; none where nothing got it."""
        found = [row["verdict"] for row in self.verdicts()]
        return [(verdict, found.count(verdict)) for verdict in VERDICTS if verdict in found]

    def verdict_counts(self) -> list[tuple[str, dict[str, int]]]:
        """Return, by office, how many changes got each verdict."""
        counted: dict[str, dict[str, int]] = {}
        for row in self.verdicts():
            mine = counted.setdefault(row["office_id"], dict.fromkeys(VERDICTS, 0))
            mine[row["verdict"]] += 1
        return sorted(counted.items())
