"""What the platform derives for those who look after calls with other operators: hours, relations, changes, markets."""

from ops_platform.contracts.base import Contract, count, day, moment, number, text, word
from ops_platform.contracts.counters import INTERCONNECT_COUNTERS

CHANGED_RATIOS = {"connect": "接通率", "answer": "应答率", "share": "话务份额"}
"""The ratios of a relation whose sudden changes are found; with their Chinese names."""
_OFFICE = text("office_id", "单位编码", en="Empty for the branch")
_OPERATOR = text("operator", "对端运营商")
_DIRECTION = INTERCONNECT_COUNTERS.column("direction")
_SUMS = (
    count("valid", "有效试呼", en="Attempts less the invalid ones"),
    count("connected", "接通次数", en="Answered, busy, no answer or unreachable"),
    count("answered", "应答次数"),
)
_RATIOS = (
    number("connect_pct", "接通率 %", unit="%", nullable=True, en="Connected of valid attempts"),
    number("answer_pct", "应答率 %", unit="%", nullable=True, en="Answered of valid attempts"),
    number(
        "share_pct", "话务份额 %", unit="%", nullable=True, en="Of valid attempts with all operators, same direction"
    ),
)

INTERCONNECT_HOURS = Contract(
    "interconnect_hours",
    "互联互通小时：分单位、运营商、方向、小时的接通率、应答率、份额",
    "Hours of calls with other operators: connect and answer ratio, traffic, share of each operator and direction",
    (
        _OFFICE,
        _OPERATOR,
        _DIRECTION,
        moment("hour_start_at", "小时开始时间"),
        *_SUMS,
        number("traffic_erl", "话务量", unit="Erl", nullable=True),
        *_RATIOS,
    ),
    ("office_id", "operator", "direction", "hour_start_at"),
    grain="month",
    placed_by="hour_start_at",
)

INTERCONNECT_REVIEW = Contract(
    "interconnect_review",
    "互联互通分析：各运营商各方向的接通、应答、份额、趋势",
    "Calls with each other operator in each direction over a month: ratios, share, last month, trend, serious hours",
    (
        day("month_on", "月份"),
        _OFFICE,
        _OPERATOR,
        _DIRECTION,
        *_SUMS,
        number("traffic_erl", "日均话务量", unit="Erl", nullable=True, en="Of all its hours, the mean"),
        *_RATIOS,
        number("previous_connect_pct", "上月接通率 %", unit="%", nullable=True),
        number("previous_answer_pct", "上月应答率 %", unit="%", nullable=True),
        number("previous_share_pct", "上月份额 %", unit="%", nullable=True),
        number(
            "trend_points",
            "接通率趋势（百分点/周）",
            unit="points/week",
            nullable=True,
            en="Theil-Sen slope of its days",
        ),
        number("trend_low", "趋势下限", unit="points/week", nullable=True, en="Of 95 % confidence"),
        number("trend_high", "趋势上限", unit="points/week", nullable=True),
        count("serious_hours", "严重小时数", en="Hours with too few connected, of enough attempts"),
        count("changes", "突变次数", en="Sudden changes that began in the month"),
    ),
    ("month_on", "office_id", "operator", "direction"),
    grain="month",
    placed_by="month_on",
)

INTERCONNECT_CHANGES = Contract(
    "interconnect_changes",
    "互联互通突变：哪个比率、何时起止、幅度及置信区间",
    "Sudden changes of calls with other operators: which ratio, from when to when, by how much, with its interval",
    (
        _OFFICE,
        _OPERATOR,
        _DIRECTION,
        word("ratio", "比率", {name: (zh,) for name, zh in CHANGED_RATIOS.items()}),
        moment("changed_at", "突变开始"),
        moment("over_at", "突变结束", nullable=True, en="Empty while it lasts at the month's end"),
        count("hours", "小时数", en="Hours with attempts"),
        count("attempts", "试呼次数", en="Behind the ratio"),
        number("ratio_pct", "突变期间 %", unit="%"),
        number("usual_pct", "平时同时段 %", unit="%", en="What these hours usually have"),
        number("size_points", "幅度（百分点）", unit="points"),
        number("low_points", "幅度下限", unit="points", en="Of 95 % confidence"),
        number("high_points", "幅度上限", unit="points"),
    ),
    ("office_id", "operator", "direction", "ratio", "changed_at"),
    grain="month",
    placed_by="changed_at",
)

COMPETITOR_VIEW = Contract(
    "competitor_view",
    "竞争视图：各单位辖区内各运营商的用户与网间话务",
    "Competitors by office: each operator's customers and its calls with ours, and which share each office has",
    (
        day("month_on", "月份"),
        text("office_id", "单位编码"),
        _OPERATOR,
        count("valid", "有效试呼", en="Both directions"),
        number("talk_h", "通话小时", unit="h", nullable=True),
        number(
            "incoming_pct", "来话占比 %", unit="%", nullable=True, en="Of valid attempts, those towards our customers"
        ),
        number(
            "operator_share_pct", "占本单位网间话务 %", unit="%", nullable=True, en="Of the office's calls with others"
        ),
        number("office_share_pct", "本单位占该运营商 %", unit="%", nullable=True, en="Of the operator's calls with us"),
        number("connect_pct", "接通率 %", unit="%", nullable=True),
        number("answer_pct", "应答率 %", unit="%", nullable=True),
        count("customers", "异网用户数", nullable=True, en="Of the operator"),
        count("own_customers", "本网用户数", nullable=True),
        number("market_pct", "用户份额 %", unit="%", nullable=True, en="The operator's, of all operators' customers"),
        number("previous_market_pct", "上月用户份额 %", unit="%", nullable=True),
        number(
            "customer_share_pct", "本单位占该运营商用户 %", unit="%", nullable=True, en="Of its customers in the branch"
        ),
        number("calls_per_customer", "户均网间呼叫", nullable=True, en="Valid attempts for each of its customers"),
    ),
    ("month_on", "office_id", "operator"),
    grain="month",
    placed_by="month_on",
)

INTERCONNECT = (INTERCONNECT_HOURS, INTERCONNECT_REVIEW, INTERCONNECT_CHANGES, COMPETITOR_VIEW)
