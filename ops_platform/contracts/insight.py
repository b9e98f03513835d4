"""What is read out of scorecards: why a score moved, where an office stands, what is to come, what a change did."""

from ops_platform.contracts.base import Contract, count, day, flag, number, text, word

BASES = {"last_month": ("比上月",), "target": ("比目标",)}
PARTS = {
    "definition": ("口径变化",),
    "before": ("上期事件",),
    "now": ("本期事件",),
    "exclusions": ("剔除",),
    "target": ("目标变化",),
    "weight": ("权重变化",),
}
CHANGE_LEVELS = {"branch": ("分公司",), "office": ("县分公司",)}

SCORE_CHANGES = Contract(
    "score_changes",
    "总分变化的分解：指标、事件、剔除、口径、目标",
    "What a total score's change consists of, KPI by KPI; the points add up to the change",
    (
        day("month_on", "月份"),
        word("basis", "比较对象", BASES),
        word("level", "层级", CHANGE_LEVELS),
        text("office_id", "单位编码", en="Empty for the branch"),
        text("kpi_id", "指标编码"),
        word("part", "组成", PARTS),
        number("units", "数量", nullable=True, en="How much of what counts against the KPI, or was excluded"),
        number("value_change", "数值变化", nullable=True, en="In the KPI's unit"),
        number("points", "总分变化", en="Points of the total score"),
    ),
    ("month_on", "basis", "level", "office_id", "kpi_id", "part"),
    grain="month",
    placed_by="month_on",
)

OUTLOOKS = Contract(
    "outlooks",
    "年终预测：预计值、区间与试算",
    "What the year will end at, with a band, and how such forecasts did on the months that are known",
    (
        day("month_on", "月份", en="The last month that the forecast knows"),
        word("level", "层级", CHANGE_LEVELS),
        text("office_id", "单位编码", en="Empty for the branch"),
        text("kpi_id", "指标编码"),
        number("expected", "年终预计", en="In the KPI's unit"),
        number("low", "区间下限"),
        number("high", "区间上限"),
        number("chance_pct", "达标可能", unit="%", nullable=True, minimum=0, maximum=100),
        count("trials", "试算次数", en="Months and offices forecast from what was known before them"),
        number("held_pct", "落入区间", unit="%", nullable=True, en="Share of the trials that lay in their band"),
        number("error", "平均误差", nullable=True, en="Mean absolute error of the trials, in the KPI's unit"),
        number("naive_error", "照上月的误差", nullable=True, en="The same of a forecast that says: as last month"),
    ),
    ("month_on", "level", "office_id", "kpi_id"),
    grain="month",
    placed_by="month_on",
)

STANDINGS = Contract(
    "standings",
    "各单位的位置：当月、年累计、同类单位、名次区间、红旗",
    "Where every office stands: month, year to date, among its peers, and how certain the rank is",
    (
        day("month_on", "月份"),
        text("office_id", "单位编码"),
        flag("final", "月份已结束", en="A month that still runs has no flag and no rank to keep"),
        number("score", "总分", nullable=True),
        count("rank", "排名", nullable=True, en="Equal scores share a rank"),
        number("score_low", "总分下限", nullable=True, en="Nine of ten draws lie within the bounds"),
        number("score_high", "总分上限", nullable=True),
        count("rank_low", "名次最好", nullable=True),
        count("rank_high", "名次最差", nullable=True),
        number("first_pct", "第一名的可能", unit="%", nullable=True, minimum=0, maximum=100),
        number("year_score", "年累计总分", nullable=True),
        count("year_rank", "年累计名次", nullable=True),
        count("peer_group", "同类组", en="Offices of one number are comparable"),
        count("peers", "同类单位数"),
        count("peer_rank", "同类名次", nullable=True),
        count("flags_held", "本年红旗次数", en="Months of this year, over by now, in which it was first"),
        count("flag_streak", "连续红旗月数"),
    ),
    ("month_on", "office_id"),
    grain="month",
    placed_by="month_on",
)

VERDICTS = {"improved": ("改善",), "worse": ("变差",), "no_evidence": ("无证据",), "too_early": ("为时尚早",)}
VERDICT_REASONS = {
    "interval": ("区间不含零",),
    "spans_zero": ("区间含零",),
    "already_moving": ("调整前已在变化",),
    "neighbours_worse": ("邻区变差",),
    "few_days": ("天数不足",),
    "few_controls": ("对照不足",),
}

CHANGE_VERDICTS = Contract(
    "change_verdicts",
    "优化效果：每次天线、功率、参数调整的结论",
    "What each antenna, power or parameter change did to its cell, by difference in differences",
    (
        day("month_on", "月份"),
        text("action_id", "操作编号"),
        text("cell_id", "小区编号"),
        text("office_id", "单位编码"),
        text("action", "操作类型"),
        day("done_on", "操作日期"),
        text("kpi_id", "指标编码", en="The drop rate of the cell's technology"),
        word("verdict", "结论", VERDICTS),
        word("reason", "依据", VERDICT_REASONS),
        number("change_pct", "变化", unit="%", nullable=True, en="Of the rate, against the controls"),
        number("low_pct", "变化下限", unit="%", nullable=True, en="Bounds of 99 %"),
        number("high_pct", "变化上限", unit="%", nullable=True),
        number("neighbour_change_pct", "邻区变化", unit="%", nullable=True),
        number("neighbour_low_pct", "邻区变化下限", unit="%", nullable=True),
        number("neighbour_high_pct", "邻区变化上限", unit="%", nullable=True),
        count("controls", "对照小区数"),
        count("days_before", "调整前天数"),
        count("days_after", "调整后天数"),
        day("review_on", "最早可评日期", en="Before it a change of a quarter could not be told from chance"),
    ),
    ("month_on", "action_id"),
    grain="month",
    placed_by="month_on",
)

CONTRACTS = (
    SCORE_CHANGES,
    STANDINGS,
    OUTLOOKS,
    CHANGE_VERDICTS,
)
