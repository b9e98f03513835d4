"""What is frozen when a month is published, and how a restatement differs from what was published before."""

from dataclasses import replace

from ops_platform.contracts.base import Contract, count, day, flag, number, text, word
from ops_platform.contracts.scores import COUNTS, LEVELS, RANKINGS, SCORECARDS, WHO
from ops_platform.contracts.service import ROLE_TARGETS

DEFINITIONS = Contract(
    "definitions",
    "指标定义：当月有效的版本",
    "Definitions of the KPIs as they were in force in a month",
    (
        day("month_on", "月份"),
        text("kpi_id", "指标编码"),
        text("version", "定义版本"),
        day("effective_from", "生效日期"),
        text("zh", "指标名称"),
        text("en", "指标英文名"),
        text("meaning_zh", "含义"),
        text("meaning_en", "含义（英文）"),
        text("source_zh", "出处"),
        text("source_en", "出处（英文）"),
        flag("house", "自定义"),
        text("unit", "单位"),
        text("better", "优劣方向"),
    ),
    ("month_on", "kpi_id"),
    grain="month",
    placed_by="month_on",
)

GOALS = Contract(
    "goals",
    "当月有效的目标与权重",
    "Targets and weights in force in a month, for the branch, each office, and each role where it has its own",
    (
        day("month_on", "月份"),
        *(column for column in ROLE_TARGETS.columns if column.name != "effective_from"),
        day("effective_from", "生效日期"),
    ),
    ("month_on", "office_id", "role", "kpi_id"),
    grain="month",
    placed_by="month_on",
)

SUBJECT_SUMS = Contract(
    "subject_sums",
    "指标分子分母：按对象汇总到月",
    "Sums of the measures of a month by KPI, person and subject",
    (
        day("month_on", "月份"),
        text("kpi_id", "指标编码"),
        text("part", "分项", en="Item of a weighted KPI; empty otherwise"),
        text("office_id", "单位编码"),
        text("staff_id", "责任人工号", en="Empty where nobody is responsible"),
        text("subject_id", "对象编号"),
        *COUNTS,
    ),
    ("month_on", "kpi_id", "part", "office_id", "staff_id", "subject_id"),
    grain="month",
    placed_by="month_on",
)


def _published(contract: Contract, name: str) -> Contract:
    """Return the table that keeps what was published of another, revision by revision."""
    return replace(
        contract,
        name=name,
        zh=f"已发布：{contract.zh}",
        en=f"As published: {contract.en}",
        columns=(count("revision", "修订号", en="0 as first published; each restatement adds one"), *contract.columns),
        key=("revision", *contract.key),
    )


PUBLISHED_SCORECARDS = _published(SCORECARDS, "published_month")
PUBLISHED = {
    "scorecards": PUBLISHED_SCORECARDS,
    "rankings": _published(RANKINGS, "published_rankings"),
    "sums": _published(SUBJECT_SUMS, "published_sums"),
    "definitions": _published(DEFINITIONS, "published_definitions"),
    "targets": _published(GOALS, "published_targets"),
}
"""What a published month is made of, and the table that keeps each part."""

RESTATEMENTS = Contract(
    "restatements",
    "重述明细：哪些数值变了、为什么",
    "Restatements of published months, line by line: what changed and why",
    (
        day("month_on", "月份"),
        count("revision", "修订号"),
        word("level", "层级", LEVELS),
        *WHO,
        text("kpi_id", "指标编码", en="Empty for total score and rank"),
        text("figure", "变动项"),
        number("before", "原发布", nullable=True),
        number("after", "重述后", nullable=True),
        text(
            "why", "变动原因", en="data, definition, policy, target, time, earlier_months, others; separated by spaces"
        ),
        text("receipts", "相关收件", en="Receipts that arrived since and concern it, separated by spaces"),
    ),
    ("month_on", "revision", "level", "office_id", "contractor", "staff_id", "kpi_id", "figure"),
    grain="month",
    placed_by="month_on",
)
