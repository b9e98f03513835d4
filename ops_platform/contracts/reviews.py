"""What the platform derives of calls with other operators and of complaints about the network."""

from ops_platform.contracts.base import Column, Contract, count, day, moment, number, text, word
from ops_platform.contracts.counters import INTERCONNECT_COUNTERS
from ops_platform.contracts.service import COMPLAINTS

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

CELL_BASES = {"complaint": "投诉单", "map": "覆盖图"}
"""By what the cell of a complaint is known; with its Chinese name."""
COUNTERS_SAY = {"agree": "指标相符", "silent": "指标无异常", "unknown": "无指标"}
"""Whether the counters say what a complaint says; with its Chinese name."""
_WHERE = (
    text("settlement_id", "居民点编码", nullable=True, en="Given, or the nearest one"),
    text("cell_id", "小区编号", nullable=True, en="Given, or the best server of the settlement"),
    text("site_id", "基站编号", nullable=True),
)
_CAUSE = COMPLAINTS.column("cause")
_SAID = (
    word("counters", "指标印证", {name: (zh,) for name, zh in COUNTERS_SAY.items()}),
    text("evidence_zh", "证据说明"),
    text("evidence_en", "证据说明（英文）"),
)

COMPLAINT_REVIEW = Contract(
    "complaint_review",
    "网络投诉分析：所在地点与小区、第几次投诉、指标是否印证",
    "Complaints about the network: place and cell, how many times already, whether counters say the same",
    (
        text("complaint_id", "投诉编号"),
        text("office_id", "单位编码"),
        text("staff_id", "处理人工号", nullable=True),
        COMPLAINTS.column("customer_class"),
        _CAUSE,
        moment("received_at", "投诉受理时间"),
        moment("closed_at", "投诉办结时间", nullable=True),
        *_WHERE,
        word("cell_basis", "小区依据", {name: (zh,) for name, zh in CELL_BASES.items()}, nullable=True),
        count("customer_times", "该客户第几次", en="Of the same cause within 30 days, this one included"),
        count("cell_times", "该小区第几次", nullable=True, en="Likewise, of the same cell"),
        count("place_times", "该地点第几次", nullable=True, en="Likewise, of the same settlement"),
        *_SAID,
    ),
    ("complaint_id",),
    grain="month",
    placed_by="received_at",
)

COMPLAINT_PLACES = Contract(
    "complaint_places",
    "投诉地点：同一地点同一原因的投诉、重复、指标是否印证、下一步",
    "Places and causes of complaints in a month: how many, repeats, whether counters say the same, what to do next",
    (
        day("month_on", "月份"),
        text("office_id", "单位编码"),
        text("place_id", "地点编号", en="The settlement, or the site where no settlement is known"),
        _CAUSE,
        text("site_id", "基站编号", nullable=True, en="Of the newest complaint"),
        count("complaints", "投诉数"),
        count("customers", "投诉客户数"),
        count("priority", "重点客户投诉数", en="Of group and high-value customers"),
        count("repeats", "重复投诉数", en="Not the first of its customer, cell or place within 30 days"),
        count("open", "未办结数"),
        count("people", "人口", nullable=True, en="Of the settlement"),
        *_SAID,
        text("next_step_zh", "下一步"),
        text("next_step_en", "下一步（英文）"),
    ),
    ("month_on", "office_id", "place_id", "cause"),
    grain="month",
    placed_by="month_on",
)

COMPLAINT_QUEUE = Contract(
    "complaint_queue",
    "投诉优先队列：此刻未办结的网络投诉，最先处理的在前",
    "Complaints about the network that are open now, in the order in which they are to be handled",
    (
        text("complaint_id", "投诉编号"),
        text("office_id", "单位编码"),
        text("staff_id", "处理人工号", nullable=True),
        COMPLAINTS.column("customer_class"),
        _CAUSE,
        moment("received_at", "投诉受理时间"),
        moment("limit_at", "最迟办结时间"),
        Column("minutes_left", "int64", "剩余分钟", unit="min", en="Rounded down; below zero where overdue"),
        *_WHERE,
        count("customer_times", "该客户第几次"),
        count("place_times", "该地点第几次", nullable=True),
        count("together", "同地点同因未办结", en="Other open ones of the same place and cause: one visit serves all"),
    ),
    ("complaint_id",),
)

COMPLAINT_TABLES = (COMPLAINT_REVIEW, COMPLAINT_PLACES)
INTERCONNECT = (INTERCONNECT_HOURS, INTERCONNECT_REVIEW, INTERCONNECT_CHANGES, COMPETITOR_VIEW)

CONTRACTS = (
    *INTERCONNECT,
    *COMPLAINT_TABLES,
    COMPLAINT_QUEUE,
)
