"""What is derived of people and offices: measures, scorecards, rankings, the year."""

from ops_platform.contracts.base import Contract, count, day, flag, number, text, word

COUNTS = (
    number("numerator", "分子"),
    number("denominator", "分母"),
    number("excluded", "剔除"),
    number("suspect", "可疑"),
    number("missing", "缺失"),
)


def _measures(name: str, zh: str, en: str) -> Contract:
    """Return the contract of one subject's measures; all subjects share it."""
    return Contract(
        name,
        zh,
        en,
        (
            text("kpi_id", "指标编码"),
            text("version", "定义版本"),
            text("part", "分项", en="Item of a weighted KPI; empty otherwise"),
            day("day_on", "日期"),
            text("office_id", "单位编码"),
            text("staff_id", "责任人工号", en="Empty where nobody is responsible"),
            text("subject_id", "对象编号", en="Site, cell, operator, settlement: what the row is about"),
            *COUNTS,
        ),
        ("kpi_id", "part", "day_on", "office_id", "staff_id", "subject_id"),
        grain="month",
        placed_by="day_on",
    )


_NAMES = {
    "power": ("动力与故障指标量", "Measures of power and faults"),
    "inspection": ("巡检与作业指标量", "Measures of inspections and work plans"),
    "radio": ("无线指标量", "Measures of the radio network"),
    "traffic": ("话务指标量", "Measures of interconnect traffic"),
    "service": ("服务指标量", "Measures of the service side"),
    "coverage": ("覆盖指标量", "Measures of coverage"),
}

MEASURES: dict[str, Contract] = {
    subject: _measures(f"{subject}_measures", zh, en) for subject, (zh, en) in _NAMES.items()
}
"""The table of each subject's measures."""

LEVELS = {"branch": ("分公司",), "office": ("县分公司",), "contractor": ("代维公司",), "person": ("个人",)}
WHO = (
    text("office_id", "单位编码", en="Empty for the branch and for contractors"),
    text("contractor", "代维公司", en="Empty at the other levels"),
    text("staff_id", "工号", en="Empty above the person"),
)

SCORECARDS = Contract(
    "scorecards",
    "月度考核表：分公司、单位、代维公司、个人",
    "Monthly scorecard of the branch, its offices, contractors and people",
    (
        day("month_on", "月份"),
        word("level", "层级", LEVELS),
        *WHO,
        text("kpi_id", "指标编码"),
        text("version", "定义版本"),
        number("value", "数值", nullable=True, en="Empty where the denominator is zero"),
        *COUNTS,
        number("target", "目标值", nullable=True),
        flag("met", "达标", nullable=True),
        number("score", "得分", nullable=True),
        number("weight", "权重", nullable=True),
        count(
            "rank",
            "排名",
            nullable=True,
            en="Among the offices, the contractors, or the people of the branch; 1 is best",
        ),
        number("previous_value", "上月", nullable=True),
        number("change", "环比", nullable=True),
        number("year_value", "年累计", nullable=True),
        number("year_numerator", "年累计分子"),
        number("year_denominator", "年累计分母"),
    ),
    ("month_on", "level", "office_id", "contractor", "staff_id", "kpi_id"),
    grain="month",
    placed_by="month_on",
)

RANKINGS = Contract(
    "rankings",
    "月度总分与排名",
    "Total score and rank of the branch's offices, contractors and people",
    (
        day("month_on", "月份"),
        word("level", "层级", LEVELS),
        *WHO,
        number("score", "总分", nullable=True),
        number("weight_pct", "计分权重占比", unit="%", en="Share of the weights whose KPI has a value"),
        count("rank", "排名", nullable=True),
        number("previous_score", "上月总分", nullable=True),
        count("previous_rank", "上月排名", nullable=True),
    ),
    ("month_on", "level", "office_id", "contractor", "staff_id"),
    grain="month",
    placed_by="month_on",
)

YEAR_SCORES = Contract(
    "year_scores",
    "年度综合得分：月度、重点工作、巡查",
    "Composite score of the offices over the year so far: monthly scores, key work and inspection tours",
    (
        day("month_on", "月份"),
        text("office_id", "单位编码"),
        count("months", "计分月数", en="Of the year so far, with a total score"),
        number("monthly", "月度平均分", nullable=True),
        number("key_work", "重点工作得分", nullable=True),
        number("inspection_tour", "巡查得分", nullable=True),
        number("composite", "年度综合得分", nullable=True, en="Over the shares that have a score"),
        number("share_pct", "计分份额占比", unit="%", en="Shares that have a score"),
        count("rank", "排名", nullable=True),
    ),
    ("month_on", "office_id"),
    grain="month",
    placed_by="month_on",
)

CONTRACTS = (*MEASURES.values(), SCORECARDS, RANKINGS, YEAR_SCORES)
