"""What of a month is incomplete, in words."""

from collections.abc import Mapping

import pandas as pd

from ops_platform.kpi.definition import Kpi
from ops_platform.reporting import formats
from ops_platform.reporting.words import Words

MOST_LINES = 12


def completeness_words(gaps: pd.DataFrame, kpis: Mapping[str, Kpi], offices: pd.DataFrame, *, running: bool) -> Words:
    """Return what is incomplete, one KPI a line, in Chinese and English.

    Parameters
    ----------
    gaps
        Result of `ops_platform.kpi.completeness.gaps_of`.
    running
        Whether the month is not over, so that much is not due yet.
    """
    names = {"": ("分公司", "the branch")} | formats.office_names(offices)
    lines = [_line(kpis[str(kpi_id)], str(kind), rows, names)
             for (kind, kpi_id), rows in gaps.groupby(["kind", "kpi_id"], sort=False)]  # fmt: skip
    if not lines:
        return "有目标的指标均有数值，缺失不多。", "Every KPI with a target has a value, and little is missing."
    told = lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        more = len(lines) - MOST_LINES
        told.append((f"另有 {more} 项", f"{more} more"))
    head = ("本月进行中，目前：", "The month still runs; so far: ") if running else ("不完整：", "Incomplete: ")
    return head[0] + "；".join(zh for zh, _ in told) + "。", head[1] + "; ".join(en for _, en in told) + "."


def _line(kpi: Kpi, kind: str, rows: pd.DataFrame, names: Mapping[str, Words]) -> Words:
    where = [names.get(str(office), (str(office), str(office))) for office in rows["office_id"]]
    zh, en = "、".join(one[0] for one in where), ", ".join(one[1] for one in where)
    if kind == "nothing":
        return f"{kpi.zh}在{zh}没有数据", f"{kpi.en} has no data at {en}"
    most = f"{rows['missing_pct'].max():.0f} %"
    return f"{kpi.zh}在{zh}缺失最多 {most}", f"{kpi.en} lacks up to {most} at {en}"
