"""Candidates for new sites as a planner reads them: the list, the curve, and what it rests on."""

import numpy as np

from ops_platform.coverage.candidates import MonthCandidates
from ops_platform.facts import Facts, as_frame
from ops_platform.reporting import formats
from ops_platform.reporting.charts import GOOD, INK, QUIET, canvas, chart_font, png
from ops_platform.reporting.markdown import frame_preview

_SHOWN = [
    "rank", "site_kind", "office", "places_gained", "people_gained", "people_so_far", "cost_so_far", "complaints",
    "traffic_erl", "people_p10", "people_p90", "holds_share", "nearest_site_km", "position",
]  # fmt: skip


def candidate_list(found: MonthCandidates, facts: Facts) -> str:
    """Return the ranked list in Markdown, with what it rests on below."""
    rows = as_frame(found.rows)
    office = formats.named_offices(facts.whole("offices"))
    shown = rows.assign(
        office=rows["office_id"].map(office).fillna(rows["office_id"]),
        position=[f"{one.latitude:.5f}, {one.longitude:.5f}" for one in rows.itertuples()],
    )[_SHOWN].round({"complaints": 1, "traffic_erl": 1, "holds_share": 2, "nearest_site_km": 1})
    return "\n\n".join([frame_preview(shown, facts.zone, rows=len(shown)), *_basis(found)])


def candidate_curve(found: MonthCandidates, month: str) -> bytes:
    """Return the curve of people newly covered over the number of new sites, with the band of the stress test."""
    rows, (font, chinese) = as_frame(found.rows), chart_font()
    figure, axes = canvas(7.2, 3.6)
    steps = np.arange(len(rows) + 1)
    # The percentiles of single sites do not add up to those of their sum: the marks stand at each site's own step.
    total = np.concatenate([[0], rows["people_so_far"].to_numpy(np.float64)])
    axes.step(steps, total, where="post", color=GOOD, linewidth=2)
    before = total[:-1]
    low, high = rows["people_p10"].to_numpy(np.float64), rows["people_p90"].to_numpy(np.float64)
    axes.vlines(steps[1:], before + low, before + high, color=QUIET, linewidth=4, alpha=0.8)
    axes.set_xlim(0, max(len(rows), 1) + 0.5)
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    names = ("新站数", "累计新增覆盖人口") if chinese else ("New sites", "People newly covered")
    axes.set_xlabel(names[0], color=INK, **font)
    axes.set_ylabel(names[1], color=INK, **font)
    axes.spines[["left", "bottom"]].set_visible(True)
    title = f"{month} 新站累计效果（条：每站 10%—90%）" if chinese else f"{month} new sites (bars: 10 to 90 % of each)"
    return png(figure, axes, title, font)


def _basis(found: MonthCandidates) -> list[str]:
    constant, site = found.sds_db
    zh = (
        f"未覆盖人口 {found.uncovered:,}，可用候选 {found.places:,}；"
        f"模型误差：整体 {constant:.1f} dB、每站 {site:.1f} dB。"
    )
    en = (
        f"{found.uncovered:,} people are not covered; {found.places:,} candidates help somebody. "
        f"Model error: {constant:.1f} dB of all levels, {site:.1f} dB of each site."
    )
    lines = [zh, en]
    one = found.certificate
    if one is not None:
        lines += [
            f"HiGHS 证明：目标值不低于最优的 {one.share:.2%}。",
            f"HiGHS proves: at least {one.share:.2%} of the optimum of what is aimed at.",
        ]
    return lines
