"""What the network counts: cell counters and interconnect counters."""

from ops_platform.contracts.base import Column, Contract, count, flag, moment, text, word

CELL_COUNTERS = Contract(
    "cell_counters",
    "小区性能计数器：每行一个小区一个统计周期",
    "Performance counters of a cell over one granularity period",
    (
        text("cell_id", "小区编号", refers_to="cells"),
        moment("period_start_at", "开始时间", en="Start of the granularity period"),
        Column("period_s", "int64", "统计周期（秒）", unit="s", minimum=60, maximum=86_400),
        count("traffic_chs", "TCH话务量（信道秒）", unit="channel-seconds", nullable=True),
        count("tch_attempts", "TCH占用请求次数", nullable=True),
        count("tch_overflows", "TCH溢出次数", nullable=True),
        count("tch_seizures", "TCH占用成功次数", nullable=True),
        count("handovers_in", "切入成功次数", nullable=True),
        count("drops", "TCH掉话次数", nullable=True),
        count("sdcch_attempts", "SDCCH占用请求次数", nullable=True),
        count("sdcch_overflows", "SDCCH溢出次数", nullable=True),
        count("erab_releases", "E-RAB释放次数", nullable=True),
        count("erab_abnormal_releases", "E-RAB异常释放次数", nullable=True),
        count("prb_used", "PRB占用数", nullable=True),
        count("prb_available", "PRB可用数", nullable=True),
        flag("suspect", "数据可疑", nullable=True),
    ),
    ("cell_id", "period_start_at"),
    grain="day",
    placed_by="period_start_at",
)

INTERCONNECT_COUNTERS = Contract(
    "interconnect_counters",
    "互联互通话务统计：分运营商、方向、小时",
    "Calls to and from other operators, by direction and hour",
    (
        text("office_id", "单位编码", refers_to="offices"),
        text("operator", "对端运营商"),
        word("direction", "方向", {"outgoing": ("去话", "网间去话"), "incoming": ("来话", "网间来话")}),
        moment("hour_start_at", "小时开始时间"),
        count("attempts", "试呼次数"),
        count("invalid_attempts", "无效试呼次数"),
        count("answered", "应答次数"),
        count("busy", "用户忙次数"),
        count("no_answer", "无应答次数"),
        count("unreachable", "用户不可及次数"),
    ),
    ("office_id", "operator", "direction", "hour_start_at"),
    grain="month",
    placed_by="hour_start_at",
)

CONTRACTS = (CELL_COUNTERS, INTERCONNECT_COUNTERS)
