"""What is derived from the alert ledger. Definitions in docs/definitions.md."""

from ops_platform.contracts.base import Column, Contract, count, day, flag, number, text, word

LEVELS = {"branch": ("分公司",), "office": ("单位",), "rule": ("规则",), "rule_office": ("规则与单位",)}
"""What a row of the figures is of; each level is computed from the episodes, not from the level below."""


def _minutes(name: str, zh: str, en: str = "") -> Column:
    return number(name, zh, unit="min", nullable=True, minimum=0, en=en)


ALERT_FIGURES = Contract(
    "alert_figures",
    "告警月度统计：每条规则、每个单位发了多少，多快认领与解除",
    "The month's alerts by rule and office: how many, how soon acknowledged and resolved",
    (
        day("month_on", "月份"),
        word("level", "层级", LEVELS),
        text("rule", "告警规则", en="Empty at the levels of office and branch"),
        text("office_id", "单位编码", en="Empty at the levels of rule and branch, and for what concerns the branch"),
        count("episodes", "告警数", en="Found in the month"),
        count("told", "已通知", en="A person was told"),
        count("history", "仅记录", en="Too old when found: written down only"),
        count("suppressed", "计划施工静默", en="Never told because of planned work"),
        count("inhibited", "被抑制", en="Never told because another alert explains it"),
        count("untold", "未及通知", en="Over before anybody was told, or nobody told yet"),
        count("acknowledged", "已认领", en="Of those told"),
        count("ack_due", "应认领", en="Acknowledged, or standing when the first step was over"),
        count("ack_in_time", "及时认领", en="Before the first escalation"),
        number("ack_in_time_pct", "及时认领率", unit="%", nullable=True, minimum=0, maximum=100),
        number("ack_sum_min", "认领用时合计", unit="min", minimum=0, en="From the first telling"),
        _minutes("ack_mean_min", "平均认领用时"),
        _minutes("ack_p90_min", "九成认领用时", en="Within which nine of ten were acknowledged"),
        count("resolved", "已解除", en="Of those told"),
        number("resolve_sum_min", "解除用时合计", unit="min", minimum=0, en="From when it was found"),
        _minutes("resolve_mean_min", "平均解除用时"),
        _minutes("resolve_p90_min", "九成解除用时", en="Within which nine of ten were resolved"),
        count("false_alarms", "误报", en="Of those told"),
        count("escalated", "升级", en="Of those told, told to a further step too"),
        count("messages", "消息数", en="Put into the outbox in the month and not withdrawn"),
        count("dead_letters", "未送达", en="Messages given up"),
        count("possible_repeats", "可能重复", en="Messages sent again after an attempt without an answer"),
    ),
    ("month_on", "level", "rule", "office_id"),
    grain="month",
    placed_by="month_on",
)

ALERT_PEOPLE = Contract(
    "alert_people",
    "告警月度统计：每人被通知与认领",
    "The month's alerts by person: told, acknowledged, how soon",
    (
        day("month_on", "月份"),
        text("staff_id", "工号", en="Or the name under which somebody acknowledged"),
        count("told", "已通知", en="Alerts of which the person was told"),
        count("acknowledged", "已认领", en="Alerts that the person was the first to acknowledge"),
        _minutes("ack_median_min", "认领用时中位数", en="From when the person was told"),
    ),
    ("month_on", "staff_id"),
    grain="month",
    placed_by="month_on",
)

PLANNED_WORK_USE = Contract(
    "planned_work_use",
    "计划施工占用：各单位的静默时长",
    "How much of each office's time planned work silences",
    (
        day("month_on", "月份"),
        text("office_id", "单位编码"),
        count("works", "施工数", en="That touch the month"),
        number("silenced_h", "静默站时（小时）", unit="h", minimum=0, en="Site-hours under planned work"),
        number("site_h", "在网站时（小时）", unit="h", minimum=0, en="Site-hours in service"),
        number("share_pct", "静默占比", unit="%", nullable=True, minimum=0, maximum=100),
        flag("overused", "过度使用", en="Over the house number planned_work_over_pct"),
    ),
    ("month_on", "office_id"),
    grain="month",
    placed_by="month_on",
)

CONTRACTS = (
    ALERT_FIGURES,
    ALERT_PEOPLE,
    PLANNED_WORK_USE,
)
