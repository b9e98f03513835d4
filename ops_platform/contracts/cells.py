"""What is derived of cells: their hours and days, load, worst cells and what to do about them."""

from ops_platform.contracts.base import Column, Contract, count, day, flag, moment, number, text, word
from ops_platform.contracts.counters import CELL_COUNTERS

BUSY_HOUR_SUMS = ("traffic_chs", "tch_attempts", "tch_overflows", "tch_seizures", "handovers_in", "drops",
         "sdcch_attempts", "sdcch_overflows", "sdcch_seizures", "prb_used", "prb_available")  # fmt: skip

DAY_SUMS = ("handovers_out_attempts", "handovers_out", "interference_samples", "interference_high_samples",
            "rrc_attempts", "rrc_successes", "s1_attempts", "s1_successes", "erab_attempts", "erab_successes",
            "erab_releases", "erab_abnormal_releases", "erab_session_s", "dl_volume_kbit", "dl_time_ms", "prb_used",
            "prb_available", "unavailable_auto_s", "unavailable_manual_s")  # fmt: skip

CELL_DAYS = Contract(
    "cell_days",
    "小区日：全天与忙时合计",
    "Sums of a cell's counters over the day and over its busy hour",
    (
        text("cell_id", "小区编号"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "责任人工号", nullable=True),
        text("technology", "制式"),
        day("day_on", "日期"),
        count("channels", "信道数", nullable=True),
        count("day_s", "当日时长（秒）", unit="s"),
        count("usable_s", "有效数据时长（秒）", unit="s"),
        count("suspect_s", "可疑数据时长（秒）", unit="s"),
        Column("busy_hour", "int64", "忙时", unit="local hour", nullable=True, minimum=0, maximum=23),
        *(count(f"busy_{name}", f"忙时{name}", nullable=True) for name in BUSY_HOUR_SUMS),
        *(CELL_COUNTERS.column(name) for name in DAY_SUMS),
    ),
    ("cell_id", "day_on"),
    grain="day",
    placed_by="day_on",
)

RULE_COUNTERS = ("traffic_chs", "drops", "tch_seizures", "handovers_in", "tch_overflows", "tch_attempts")
"""Sums by which worst-cell rules judge."""

CELL_HOURS = Contract(
    "cell_hours",
    "小区小时：最坏小区规则所需的小时合计",
    "Hourly sums of what worst-cell rules ask of a cell; written with its cell day",
    (
        text("cell_id", "小区编号"),
        day("day_on", "日期"),
        count("hour_number", "小时序号", unit="h", en="Hours from 1970-01-01 00:00 UTC to its beginning, rounded down"),
        *(count(name, name, nullable=True) for name in RULE_COUNTERS),
    ),
    ("cell_id", "hour_number"),
    grain="day",
    placed_by="day_on",
)

DROP_PERCENTILES = Contract(
    "drop_percentiles",
    "掉话率百分位：全网与各单位，按小区再按天、按天再按小区",
    "Drop rate of the branch and its offices as percentiles of percentiles, over cells and over days",
    (
        day("month_on", "月份"),
        text("office_id", "单位编码", en="Empty for the branch"),
        text("rule", "规则"),
        number("cells_pct", "小区百分位", unit="%"),
        number("days_pct", "天百分位", unit="%"),
        number(
            "value_pct", "百分位值 %", unit="%", nullable=True, en="Drop rate that so many cells keep on so many days"
        ),
        number("limit_pct", "限值 %", unit="%"),
        flag("met", "达标", nullable=True),
        count("cells", "小区数", en="With a drop rate on any day"),
        count("days", "天数", en="On which any cell has one"),
        count("cell_days", "小区日数", en="That have one"),
    ),
    ("month_on", "office_id", "rule"),
    grain="month",
    placed_by="month_on",
)

LOAD_BANDS = {
    "expand_now": "立即扩容", "expand_soon": "计划扩容", "normal": "正常", "watch": "关注", "idle": "闲置",
}  # fmt: skip
"""How loaded a cell is, in Chinese; the busiest first."""
CAPACITY_ACTIONS = {
    "expand": "扩容",
    "plan": "列入扩容计划",
    "thin_out": "可撤并",
    "reduce": "可减信道",
    "keep": "保持",
}

TRAFFIC_REVIEW = Contract(
    "traffic_review",
    "话务分析：利用率、所需信道、增长与耗尽月份、扩容与撤并",
    "Load of every cell in its busy hours, channels needed, growth, when it is exhausted, and what to do about it",
    (
        day("month_on", "月份"),
        text("cell_id", "小区编号"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "责任人工号", nullable=True),
        text("technology", "制式"),
        count("days", "有数天数", en="Days whose busy hour is known"),
        number("channels", "信道数", nullable=True, en="Mean of its days; of GSM"),
        number("traffic_erl", "忙时话务", unit="Erl", nullable=True, en="Mean of its busy hours; of GSM"),
        number(
            "utilisation_pct",
            "利用率 %",
            unit="%",
            nullable=True,
            en="Used of available",
        ),
        word("band", "负荷等级", {name: (zh,) for name, zh in LOAD_BANDS.items()}, nullable=True),
        number("congestion_pct", "拥塞率 %", unit="%", nullable=True, en="As it was counted"),
        number("blocking_pct", "呼损 %", unit="%", nullable=True, en="By Erlang B, of the traffic offered"),
        count("channels_needed", "所需信道", nullable=True, en="By Erlang B"),
        number("growth_pct", "月增长 %", unit="%", nullable=True, en="Forecast of its office and technology"),
        number(
            "growth_error_pct",
            "预测误差 %",
            unit="%",
            nullable=True,
            en="Of the last four weeks",
        ),
        day("exhausted_on", "耗尽月份", nullable=True, en="First month expected beyond its capacity"),
        flag("only_cell", "是否站内唯一小区", en="Of its technology at its site"),
        count("served_people", "主服务人口", nullable=True, en="Of its site and direction"),
        word("action", "建议", {name: (zh,) for name, zh in CAPACITY_ACTIONS.items()}),
        text("evidence_zh", "依据"),
        text("evidence_en", "依据（英文）"),
    ),
    ("month_on", "cell_id"),
    grain="month",
    placed_by="month_on",
)

PACKET_ACTIONS = {
    "split": "分流", "enable_edge": "开通EDGE", "add": "增加信道", "reduce": "减少信道", "unknown": "信道数未知",
    "keep": "保持",
}  # fmt: skip
"""What to do about a cell's packet data channels; with its Chinese name."""

PACKET_REVIEW = Contract(
    "packet_review",
    "分组数据信道分析：数据量、预期下载速率、所需信道、建议",
    "Packet data channels of GSM cells: volume, download speed to expect, channels needed, and what to do",
    (
        day("month_on", "月份"),
        text("cell_id", "小区编号"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "责任人工号", nullable=True),
        count("days", "有数天数"),
        count("packet_channels", "分组数据信道数", nullable=True),
        flag("edge", "是否开通EDGE", nullable=True),
        number("volume_mbyte_a_day", "日均下行数据量（MB）", unit="Mbyte"),
        number("measured_kbps", "实测下载速率（kbit/s）", unit="kbit/s", nullable=True, en="Volume over active time"),
        number("demand_kbps", "忙时需求（kbit/s）", unit="kbit/s", en="Volume of the busy hour over its time"),
        number(
            "expected_kbps",
            "预期下载速率（kbit/s）",
            unit="kbit/s",
            nullable=True,
            en="Empty: it cannot carry the demand",
        ),
        count("channels_needed", "所需分组信道", nullable=True, en="For the target speed; with EDGE where GPRS cannot"),
        number("expected_then_kbps", "调整后预期（kbit/s）", unit="kbit/s", nullable=True, en="If advice is followed"),
        word("action", "建议", {name: (zh,) for name, zh in PACKET_ACTIONS.items()}),
    ),
    ("month_on", "cell_id"),
    grain="month",
    placed_by="month_on",
)

LOAD_SHIFT = Contract(
    "load_shift",
    "话务转移：基站中断期间邻站多承载了多少、是否过载",
    "Where traffic went while a site was down: what each neighbour carried beside its usual, and whether too much",
    (
        text("site_outage_id", "宕站事件编号"),
        text("site_id", "基站编号", en="The site that was down"),
        text("office_id", "单位编码", en="Of that site"),
        text("neighbour_id", "邻站编号"),
        text("neighbour_office_id", "邻站单位编码"),
        number("distance_km", "距离（km）", unit="km"),
        moment("down_at", "宕站时间"),
        count("hours", "整小时数", en="Whole hours of the outage in the month"),
        count("heard_hours", "邻站有数小时数", en="Of these, hours in which the neighbour was heard"),
        number(
            "lost_erl", "中断站平时话务", unit="Erl", nullable=True, en="What the site usually carries in these hours"
        ),
        number("usual_erl", "邻站平时话务", unit="Erl"),
        number("carried_erl", "邻站当时话务", unit="Erl"),
        number("extra_pct", "多承载 %", unit="%", nullable=True, en="Above its usual"),
        number("taken_pct", "承接比例 %", unit="%", nullable=True, en="Of what the site that was down usually carries"),
        number("load_pct", "邻站负荷 %", unit="%", nullable=True, en="Of its channels, in these hours"),
        number("congestion_pct", "邻站拥塞率 %", unit="%", nullable=True),
        flag("shifted", "是否转移", en="More than chance would have it"),
        flag("overloaded", "是否过载", en="Traffic shifted to it, and its load or congestion was over the limit"),
    ),
    ("site_outage_id", "neighbour_id"),
    grain="month",
    placed_by="down_at",
)

CELL_CAUSES = {
    "hardware": "硬件", "transmission": "传输", "congestion": "拥塞", "interference": "干扰", "coverage": "覆盖",
    "neighbour": "邻区", "no_evidence": "无证据",
}  # fmt: skip
"""Why a cell probably is a worst cell; with its Chinese name."""

WORST_CELLS = Contract(
    "worst_cells",
    "最坏小区清单：符合的规则、趋势、可能原因与证据、下一步",
    "Cells that meet a worst-cell rule in a month: trend, probable cause with its evidence, and what to do next",
    (
        day("month_on", "月份"),
        text("cell_id", "小区编号"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "责任人工号", nullable=True),
        flag("worst", "是否最坏小区", en="Meets the selected rule"),
        text("rules", "符合的规则", en="Separated by spaces"),
        text("rule_versions", "规则版本", en="Of those rules, in their order"),
        text("reasons_zh", "原因说明"),
        text("reasons_en", "原因说明（英文）"),
        count("days", "有数天数", en="Days of which all is known"),
        count("met_days", "达标天数", en="Days whose busy hour met the selected rule"),
        count("streak_days", "连续天数", en="Of its newest known days, how many met it in a row"),
        count("drops", "掉话次数", en="In the month's busy hours"),
        number("drop_pct", "掉话率 %", unit="%", nullable=True),
        number("congestion_pct", "拥塞率 %", unit="%", nullable=True),
        number("office_drops_pct", "占本单位掉话 %", unit="%", nullable=True, en="Share of its office's drops"),
        number("previous_drop_pct", "上月掉话率 %", unit="%", nullable=True),
        flag("previously_worst", "上月是否最坏小区", nullable=True, en="Empty where last month is not known"),
        number("traffic_erl", "忙时话务", unit="Erl", nullable=True, en="Mean of its busy hours"),
        number("channels", "信道数", nullable=True, en="Mean of its days"),
        count("channels_needed", "所需信道", nullable=True, en="By Erlang B at 2 %"),
        number("outage_h", "基站中断（小时）", unit="h", en="In the month"),
        count("outage_days", "中断且最坏的天数", en="Days worst on which its site was down"),
        count("actions", "近期优化操作", en="In the month and the one before"),
        text("last_action", "最近操作", nullable=True),
        day("last_action_on", "最近操作日期", nullable=True),
        word("cause", "可能原因", {name: (zh,) for name, zh in CELL_CAUSES.items()}),
        text("evidence_zh", "证据说明"),
        text("evidence_en", "证据说明（英文）"),
        text("next_step_zh", "下一步"),
        text("next_step_en", "下一步（英文）"),
        text("next_inspection_id", "下次巡检编号", nullable=True, en="The next inspection planned at its site"),
        day("next_inspection_on", "下次巡检期限", nullable=True),
    ),
    ("month_on", "cell_id"),
    grain="month",
    placed_by="month_on",
)

CONTRACTS = (CELL_DAYS, CELL_HOURS, WORST_CELLS, TRAFFIC_REVIEW, DROP_PERCENTILES, PACKET_REVIEW, LOAD_SHIFT)
