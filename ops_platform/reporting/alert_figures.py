"""The month's figures of alerts as people read them: the house by rule and by office, and a picture."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.rules import Words
from ops_platform.alerting.wording import SEVERITY
from ops_platform.facts import Facts
from ops_platform.reporting import charts, formats, markdown
from ops_platform.reporting.alert_words import office_words, two

BRANCH = Words("分公司", "Branch")
_COLUMNS = (
    Words("已通知", "Told"),
    Words("未通知：仅记录 / 施工 / 被抑制 / 其他", "Not told: recorded only / planned work / explained / others"),
    Words("已认领", "Acknowledged"),
    Words("及时认领", "In time"),
    Words("认领用时：平均 / 九成（分）", "To acknowledge: mean / 90 %, min"),
    Words("解除用时：平均 / 九成（分）", "To resolve: mean / 90 %, min"),
    Words("升级", "Escalated"),
    Words("误报", "False alarms"),
    Words("消息：合计 / 未送达 / 可能重复", "Messages: all / given up / possible repeats"),
)
_CHART_TITLE = Words(
    "{month} 各规则告警：已通知，其中及时认领", "{month} alerts told by rule, and acknowledged in time"
)


def figures_tables(figures: pd.DataFrame, facts: Facts) -> dict[str, str]:
    """Return the figures in Markdown: by office with the branch, and by rule, the most told first.

    Parameters
    ----------
    figures
        Columns of the contract ``alert_figures``.
    facts
        The register of offices.
    """
    offices = {row["office_id"]: two(office_words(row)) for row in formats.records(facts.whole("offices"))}
    branch, office, rule = (
        formats.records(figures[figures["level"] == level].sort_values(["told", "episodes"], ascending=False))
        for level in ("branch", "office", "rule")
    )
    named = [(two(BRANCH), row) for row in branch]
    named += [(offices.get(row["office_id"]) or "全分公司事项 of the whole branch", row) for row in office]
    return {
        "by_office": _table(Words("单位", "Office"), named),
        "by_rule": _table(Words("告警规则", "Rule"), [(_rule(row), row) for row in rule]),
    }


def figures_chart(figures: pd.DataFrame, month: str) -> bytes:
    """Return a picture of the alerts told in a month by rule, and how many of them were acknowledged in time."""
    font, chinese = charts.chart_font()
    rows = figures[(figures["level"] == "rule") & (figures["told"] > 0)].sort_values(["told", "rule"])
    plot, axes = charts.canvas(7.6, 0.9 + 0.36 * max(len(rows), 1))
    places = range(len(rows))
    axes.barh(places, rows["told"], color=charts.QUIET, height=0.62)
    axes.barh(places, rows["ack_in_time"], color=charts.GOOD, height=0.62)
    words = [RULES[rule].heading if rule in RULES else Words(rule, rule) for rule in rows["rule"]]
    axes.set_yticks(places, [word.zh if chinese else word.en for word in words], **font)
    most = max([*rows["told"], 1])
    for place, row in enumerate(rows.itertuples()):
        share = "" if pd.isna(row.ack_in_time_pct) else f"  {row.ack_in_time_pct:.0f} %"
        axes.text(row.told + 0.01 * most, place, f"{row.told}{share}", va="center", color=charts.INK, fontsize=9)
    axes.set_xlim(0, 1.18 * most)
    axes.set_xticks([])
    title = _CHART_TITLE.zh if chinese else _CHART_TITLE.en
    return charts.png(plot, axes, title.format(month=month), font)


def _rule(row: Mapping[Hashable, Any]) -> str:
    rule = RULES.get(row["rule"])
    return f"【{two(SEVERITY[rule.severity])}】{two(rule.heading)}" if rule else str(row["rule"])


def _table(first: Words, rows: list[tuple[str, dict[Hashable, Any]]]) -> str:
    cells = [[name, *_cells(row)] for name, row in rows]
    return markdown.table([two(first), *(two(word) for word in _COLUMNS)], cells)


def _cells(row: Mapping[Hashable, Any]) -> list[str]:
    share = formats.known(row["ack_in_time_pct"])
    in_time = formats.NOTHING if share is None else f"{row['ack_in_time']} / {row['ack_due']} = {share:.1f} %"
    return [
        str(row["told"]),
        _several(row, "history", "suppressed", "inhibited", "untold"),
        str(row["acknowledged"]),
        in_time,
        _several(row, "ack_mean_min", "ack_p90_min"),
        _several(row, "resolve_mean_min", "resolve_p90_min"),
        str(row["escalated"]),
        str(row["false_alarms"]),
        _several(row, "messages", "dead_letters", "possible_repeats"),
    ]


def _several(row: Mapping[Hashable, Any], *columns: str) -> str:
    values = [formats.known(row[column]) for column in columns]
    return " / ".join(formats.NOTHING if value is None else formats.rounded(value, 0) for value in values)
