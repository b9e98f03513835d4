"""Pictures of a month for places that show images, PNG or SVG; Chinese where a font for it is installed."""

from collections.abc import Sequence
from io import BytesIO
from itertools import cycle
from typing import Any

from ops_platform.clock import first_day
from ops_platform.reporting import formats, words
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import BRANCH, View
from ops_platform.settings import Language

CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei")
GOOD, BAD, QUIET, LEAD, INK, SOFT = "#1f6f8b", "#b5430a", "#9db7c3", "#1f6f8b", "#1c2733", "#5b6875"
LINES = ("#1f6f8b", "#b5430a", "#7a5c16", "#6b4c9a", "#3d7a3d", "#5b6875", "#a02c5d", "#14303f")
"""Colours of offices, each dark enough to be read as a label on white."""


def ranking_chart(report: MonthReport) -> bytes:
    """Return a bar chart of the offices' total scores, best at the top."""
    view, (font, chinese) = View(report), chart_font()
    standings = [one for one in view.office_standings() if one.score is not None][::-1]
    labels = {office: name[0 if chinese else 1] for office, name in formats.office_names(report.offices).items()}
    figure, axes = canvas(7.2, 0.9 + 0.46 * max(len(standings), 1))
    scores = [one.score or 0.0 for one in standings]
    colours = [LEAD if one.rank == 1 and not report.running else QUIET for one in standings]
    axes.barh(range(len(standings)), scores, color=colours, height=0.58)
    names = [("" if report.running else f"{one.rank}  ") + labels[one.who[1]] for one in standings]
    axes.set_yticks(range(len(standings)), names, **font)
    for place, score in enumerate(scores):
        axes.text(score + 1, place, f"{score:.1f}", va="center", color=INK, fontsize=10)
    axes.set_xlim(0, 108)
    axes.set_xticks([])
    branch = report.branch if chinese else report.branch_en
    spoken = 0 if chinese else 1
    so_far = f" · {words.word('so_far_rank')[spoken]}" if report.running else ""
    return png(figure, axes, f"{branch} {report.month} {words.WORDS['ranking'][spoken]}{so_far}", font)


def target_chart(report: MonthReport) -> bytes:
    """Return the branch's shortfall or surplus per KPI, as a share of its target; below target stands out."""
    view, (font, chinese) = View(report), chart_font()
    figures = [one for one in view.figures(BRANCH) if one.value is not None and one.target][::-1]
    # In per cent of the target's distance to perfection for shares that should be high, of the target itself otherwise.
    margins = []
    for one in figures:
        room = 100 - (one.target or 0) if one.kpi.better == "higher" and one.kpi.unit == "%" else one.target or 1
        sign = 1 if one.kpi.better == "higher" else -1
        margins.append(max(-100.0, min(100.0, 100 * sign * ((one.value or 0) - (one.target or 0)) / (room or 1))))
    plot, axes = canvas(7.6, 0.9 + 0.3 * max(len(figures), 1))
    axes.barh(range(len(figures)), margins, color=[GOOD if one.met else BAD for one in figures], height=0.6)
    names = [one.kpi.zh if chinese else one.kpi.en for one in figures]
    axes.set_yticks(range(len(figures)), names, **font)
    for place, (one, margin) in enumerate(zip(figures, margins, strict=True)):
        note = f"{formats.with_unit(one.kpi, one.value)}  ({formats.target(one.kpi, one.target)})"
        if not chinese:
            note = note.replace("≥", ">=").replace("≤", "<=")
        axes.text(max(margin, 0) + 2, place, note, va="center", color=INK if one.met else BAD, fontsize=8)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    axes.set_xlim(min([*margins, 0]) - 3, max([*margins, 0]) + 60)
    axes.set_xticks([])
    return png(plot, axes, words.WORDS["chart_targets"][0 if chinese else 1], font)


def score_chart(view: View, language: Language) -> bytes:
    """Return a line chart of the offices' total scores month by month as an SVG; empty where there is but one month."""
    import matplotlib as mpl  # noqa: PLC0415

    font, chinese = chart_font()
    if len(view.months) < 2:  # noqa: PLR2004 - one point is no line
        return b""
    zh = language == "zh" and chinese
    names = {office: name[0 if zh else 1] for office, name in formats.office_names(view.report.offices).items()}
    plot, axes = canvas(5.8, 2.5)
    ends = []
    for one, colour in zip(view.office_standings(), cycle(LINES), strict=False):
        scores = [float("nan") if score is None else score for score in view.scores(one.who)]
        axes.plot(scores, color=colour, linewidth=2, marker="o", markersize=3.5, clip_on=False)
        if one.score is not None:
            ends.append((one.score, f"{names[one.who[1]]}  {one.score:.1f}", colour))
    low, high = axes.get_ylim()
    for place, (_, label, colour) in zip(apart([end[0] for end in ends], (high - low) / 9), ends, strict=True):
        axes.text(len(view.months) - 0.85, place, label, va="center", color=colour, fontsize=10, **font)
    months = [_month_name(month, zh=zh) for month in view.months]
    if view.report.running:
        months[-1] += f"\n{words.word('so_far_rank')[0 if zh else 1]}"
    axes.set_xticks(range(len(months)), months)
    axes.tick_params(labelsize=9, **({"labelfontfamily": font["fontname"]} if font else {}))
    axes.set_xlim(-0.15, len(view.months) - 0.85 + 0.22 * len(view.months))
    axes.grid(axis="y", color="#e3e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
    # Letters stay letters, and names inside the picture are the same whenever it is drawn.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": view.report.month}):
        sink = BytesIO()
        plot.savefig(sink, format="svg", transparent=True, metadata={"Date": None})
    return sink.getvalue()


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Return places on a scale moved so that none is nearer than a gap to the next one, in the order given.

    Parameters
    ----------
    places
        From the highest to the lowest.
    """
    found: list[float] = []
    for place in places:
        found.append(min(place, found[-1] - gap) if found else place)
    # All move back by as much as they were pushed down on average, so that their middle stays where it was.
    shift = sum(place - moved for place, moved in zip(places, found, strict=True)) / (len(found) or 1)
    return [place + shift for place in found]


def _month_name(month: str, *, zh: bool) -> str:
    return f"{int(month[5:])}月" if zh else f"{first_day(month):%b}"


def canvas(width: float, height: float) -> tuple[Any, Any]:
    """Return a figure of a size in inches with bare axes."""
    # Not through pyplot, which keeps every figure of every thread in one global list; imported late because it is slow.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=10)
    return figure, axes


def png(figure: Any, axes: Any, title: str, font: dict[str, str]) -> bytes:
    """Return a figure as a picture under a title; the font is that of `chart_font`."""
    axes.set_title(title, loc="left", fontsize=11, color=INK, **font)
    sink = BytesIO()
    figure.savefig(sink, format="png", metadata={"Software": None})
    return sink.getvalue()


def chart_font() -> tuple[dict[str, str], bool]:
    """Return the font to pass to texts, and whether it has Chinese."""
    from matplotlib import font_manager  # noqa: PLC0415

    installed = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in CJK_FONTS if name in installed), "")
    return ({"fontname": found}, True) if found else ({}, False)
