"""What the network counts and what is measured in it: counters, measurement reports, drive tests."""

from ops_platform.contracts.base import Column, Contract, count, flag, moment, number, text, word
from ops_platform.contracts.network import LATITUDE, LONGITUDE

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
        count("handovers_out_attempts", "切出请求次数", nullable=True),
        count("handovers_out", "切出成功次数", nullable=True),
        count("interference_samples", "干扰带采样点数", nullable=True, en="Samples of idle channels' interference"),
        count("interference_high_samples", "干扰带4-5采样点数", nullable=True, en="Of these in bands 4 and 5"),
        count("sdcch_attempts", "SDCCH占用请求次数", nullable=True),
        count("sdcch_overflows", "SDCCH溢出次数", nullable=True),
        count("sdcch_seizures", "SDCCH占用成功次数", nullable=True),
        count("rrc_attempts", "RRC连接请求次数", nullable=True),
        count("rrc_successes", "RRC连接成功次数", nullable=True),
        count("s1_attempts", "S1信令连接请求次数", nullable=True),
        count("s1_successes", "S1信令连接成功次数", nullable=True),
        count("erab_attempts", "E-RAB建立请求次数", nullable=True),
        count("erab_successes", "E-RAB建立成功次数", nullable=True),
        count("erab_releases", "E-RAB释放次数", nullable=True),
        count("erab_abnormal_releases", "E-RAB异常释放次数", nullable=True),
        count("erab_session_s", "E-RAB会话时长（秒）", unit="s", nullable=True),
        count("dl_volume_kbit", "下行数据量（kbit）", unit="kbit", nullable=True),
        count("dl_time_ms", "下行传输时长（毫秒）", unit="ms", nullable=True, en="While there were data to send"),
        count("prb_used", "PRB占用数", nullable=True),
        count("prb_available", "PRB可用数", nullable=True),
        count("unavailable_auto_s", "故障不可用时长（秒）", unit="s", nullable=True),
        count("unavailable_manual_s", "人工闭塞时长（秒）", unit="s", nullable=True, en="Blocked by a person"),
        flag("suspect", "数据可疑", nullable=True),
    ),
    ("cell_id", "period_start_at"),
    grain="day",
    placed_by="period_start_at",
)

MEASUREMENT_REPORTS = Contract(
    "measurement_reports",
    "测量报告（MR）：每行一个小区一个统计周期一种报告",
    "Measurement reports of a cell's users over one reporting period, by kind of report",
    (
        text("cell_id", "小区编号", refers_to="cells"),
        moment("period_start_at", "开始时间", en="Start of the reporting period"),
        Column("period_s", "int64", "统计周期（秒）", unit="s", minimum=60, maximum=86_400),
        word(
            "kind",
            "报告类型",
            {"mro": ("MRO", "周期测量"), "mre": ("MRE", "事件触发"), "mrs": ("MRS", "统计")},
            en="Periodic samples (mro), samples triggered by events (mre) or the cell's own statistics (mrs)",
        ),
        count("samples", "RSRP采样点数", en="Samples with a serving-cell RSRP, whatever neighbours they list"),
        count("covered_samples", "RSRP≥-110dBm采样点数", en="Samples at or above -110 dBm"),
        count("missing_samples", "无RSRP采样点数", nullable=True, en="Samples without a serving-cell RSRP"),
        # A sum, so that the mean of any cells and periods is one division: its dBm is the mean code less 140.5.
        # Statistics have none: their first and last class are open, so that they have no middle.
        count("rsrp_code_sum", "RSRP编码之和", nullable=True, en="Sum of the RSRP codes of TS 36.133 9.1.4"),
    ),
    ("cell_id", "period_start_at", "kind"),
    grain="day",
    placed_by="period_start_at",
)

DRIVE_TESTS = Contract(
    "drive_tests",
    "路测：每行一个采样点的服务小区与电平",
    "Drive tests: serving cell and level, one row per sample",
    (
        text("cell_id", "小区编号", "服务小区编号", refers_to="cells"),
        moment("measured_at", "测试时间", "采样时间"),
        LATITUDE,
        LONGITUDE,
        number(
            "level_dbm",
            "参考信号电平",
            "RSRP",
            "RxLev",
            "SS-RSRP",
            "RSCP",
            unit="dBm",
            minimum=-160,
            maximum=0,
            plausible=(-140, -30),
            en="RSRP, RSCP or RxLev of the serving cell, outdoors at street level",
        ),
    ),
    ("cell_id", "measured_at", "latitude", "longitude"),
    grain="month",
    placed_by="measured_at",
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
        count(
            "talk_s", "通话时长（秒）", unit="s", nullable=True, en="Seconds of conversation; 3600 in an hour are 1 Erl"
        ),
    ),
    ("office_id", "operator", "direction", "hour_start_at"),
    grain="month",
    placed_by="hour_start_at",
)

CONTRACTS = (CELL_COUNTERS, MEASUREMENT_REPORTS, DRIVE_TESTS, INTERCONNECT_COUNTERS)
