"""An office's month in Markdown, for the entry of its name in the metadata of the month's report."""

from collections.abc import Mapping

import pandas as pd

from ops_platform.contracts.insight import VERDICTS
from ops_platform.kpi.definition import Kpi
from ops_platform.reporting import formats, words
from ops_platform.reporting.formats import known
from ops_platform.reporting.insight import Insight
from ops_platform.reporting.markdown import table
from ops_platform.reporting.moves import SEEN, Move, moves
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import Loss, Standing, View

MOVES_SHOWN = 8


def office_months(report: MonthReport) -> dict[str, str]:
    """Return each office's month, best first, by the office's name in both languages."""
    view, insight = View(report), Insight(report)
    names = formats.named_offices(report.offices)
    return {
        names[one.who[1]]: _office(report, view, insight, one)
        for one in view.office_standings()
    }  # fmt: skip


def moves_table(changes: pd.DataFrame, kpis: Mapping[str, Kpi], offices: pd.DataFrame) -> str:
    """Return what moved every total score since last month as a table, the branch first."""
    names = {"": formats.two(*words.word("branch"))} | formats.named_offices(offices)
    rows = [
        [name, *_told(one)]
        for office, name in names.items()
        for one in moves(changes, kpis, office)[:MOVES_SHOWN]
        if abs(one.points) >= SEEN
    ]
    return table([_word("office"), _word("kpi"), _word("points"), _word("moved")], rows)


def verdict_counts(verdicts: pd.DataFrame, offices: pd.DataFrame) -> str:
    """Return how many changes on cells got each verdict, office by office, as a table."""
    counts = verdicts.groupby(["office_id", "verdict"]).size()
    rows = [[name, *(str(counts.get((office, verdict), 0)) for verdict in VERDICTS)]
            for office, name in formats.named_offices(offices).items()]  # fmt: skip
    return table([_word("office"), *(_word(verdict) for verdict in VERDICTS)], rows)


def _office(report: MonthReport, view: View, insight: Insight, one: Standing) -> str:
    parts = [_headline(report, insight, one)]
    found = [] if report.running else [move for move in insight.moves(one.who[1]) if abs(move.points) >= SEEN]
    if found:
        parts.append(f"**{_word('moved')}** ({one.change or 0.0:+.1f})")
        parts.append(
            table([_word("kpi"), _word("points"), _word("moved")], [_told(move) for move in found[:MOVES_SHOWN]])
        )
    losses = [
        [
            formats.two(loss.figure.kpi.zh, loss.figure.kpi.en),
            formats.with_unit(loss.figure.kpi, loss.figure.value),
            formats.target(loss.figure.kpi, loss.figure.target),
            formats.NOTHING if loss.points is None else f"-{loss.points:.1f}",
            " / ".join(loss.action) + _first(loss),
        ]
        for loss in view.losses(one.who)
    ]
    if losses:
        header = [_word(key) for key in ("kpi", "value", "target", "points_lost", "lists")]
        parts += [f"**{_word('monday')}**", table(header, losses)]
    else:
        parts.append(_word("no_losses"))
    return "\n\n".join(parts)


def _first(loss: Loss) -> str:
    """Return where to begin: the first sites, cells or events behind a loss."""
    return f" {_word('look_first')}: {', '.join(loss.first)}" if loss.first else ""


def _headline(report: MonthReport, insight: Insight, one: Standing) -> str:
    """Return the score in one line: rank and how certain it is, or that the month still runs."""
    score = formats.NOTHING if one.score is None else f"{one.score:.1f}"
    if report.running:
        return f"**{score}** · {_word('so_far')}"
    place = insight.standing(one.who[1])
    told = [f"**{score}**", _word("rank_n", n=one.rank or formats.NOTHING)]
    low, high = known(place.get("rank_low")), known(place.get("rank_high"))
    if low is not None and high is not None:
        told.append(_word("rank_between", low=int(low), high=int(high)) if low != high else _word("rank_certain"))
    return " · ".join(told)


def _told(move: Move) -> list[str]:
    pairs = [move.events, *move.others] if move.events[0] else list(move.others)
    return [formats.two(move.kpi.zh, move.kpi.en), f"{move.points:+.1f}", "; ".join(" / ".join(pair) for pair in pairs)]


def _word(key: str, **values: object) -> str:
    return formats.two(*words.word(key, **values))
