"""What is derived of power and faults: outages of mains and sites, generator runs reviewed, fault clocks."""

from ops_platform.contracts.base import Column, Contract, count, flag, moment, number, text, word
from ops_platform.contracts.events import FAULTS

OUTCOMES = ("unknown", "pending", "mains_back", "fixed_set", "exempt", "in_time", "late")
WITNESSES = {"alarms": "告警", "position": "签到位置", "energy": "发电量", "fuel": "油耗", "voltage": "开关电源电压"}
"""What may say, independently of the others, whether a generator ran; with its Chinese name."""
SAYS = ("agree", "contradict", "silent")
CONTRADICTIONS = {
    "none": "无矛盾", "claimed_not_seen": "有单无证", "seen_not_claimed": "有迹无单", "empty_trip": "空跑",
    "fuel_without_energy": "有油耗无电量", "position_far": "签到过远", "energy_unlike_load": "电量与负载不符",
    "fuel_unlike_rating": "油耗与功率不符", "voltage_unlike_running": "电压不似发电",
}  # fmt: skip
"""How a generator run is contradicted, in Chinese."""
DECISIONS = {"counts": "计入", "does_not_count": "不计入"}
OUTAGE_CAUSES = ("planned", "power", "transmission", "equipment")

MAINS_OUTAGES = Contract(
    "mains_outages",
    "市电停电事件：截止时刻、发电核实、结果",
    "Mains outages with deadline, verified generation and outcome",
    (
        text("mains_outage_id", "停电事件编号", en="Site and start"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "责任人工号", nullable=True),
        moment("failed_at", "停电时间"),
        moment("restored_at", "来电时间", nullable=True),
        count("autonomy_s", "电池续航（秒）", unit="s", nullable=True, en="Empty where the site's battery is unknown"),
        moment("autonomy_deadline_at", "续航截止时刻", nullable=True),
        moment("deadline_at", "发电截止时刻", nullable=True),
        moment("started_at", "核实发电时间", nullable=True, en="Start of the first run that counts"),
        text("run_id", "发电单编号", nullable=True),
        word("outcome", "结果", dict.fromkeys(OUTCOMES, ())),
        text("excluded_by", "免责依据", nullable=True, en="Exclusion or planned work that covers the failure"),
        text("alarm_ids", "来源告警", en="Alarms it was derived from, separated by spaces"),
    ),
    ("mains_outage_id",),
    grain="month",
    placed_by="failed_at",
    until="restored_at",
)

SITE_OUTAGES = Contract(
    "site_outages",
    "基站宕站事件：起止与原因",
    "Site outages with their cause",
    (
        text("site_outage_id", "宕站事件编号", en="Site and start"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "责任人工号", nullable=True),
        moment("down_at", "宕站时间"),
        moment("up_at", "恢复时间", nullable=True),
        word("cause", "原因", dict.fromkeys(OUTAGE_CAUSES, ())),
        text("alarm_ids", "来源告警", en="Alarms it was derived from, separated by spaces"),
    ),
    ("site_outage_id",),
    grain="month",
    placed_by="down_at",
    until="up_at",
)

FAULT_CLOCK = Contract(
    "fault_clock",
    "故障时限：未修复与本月修复的故障，最紧急的在前",
    "Clock of faults: those open and those repaired this month, the most urgent first",
    (
        text("fault_id", "故障单编码"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "处理人工号", nullable=True),
        FAULTS.column("fault_class"),
        moment("occurred_at", "故障发生时间"),
        FAULTS.column("dispatched_at"),
        FAULTS.column("repaired_at"),
        moment("limit_at", "最迟修复时间", en="By when repair is due"),
        flag("calendar_known", "节假日已公布", en="Else its working days took weekends alone as free"),
        text("remaining", "剩余时长", en="To the repair, or to now while open; 超 is overdue"),
        Column("minutes_left", "int64", "剩余分钟", unit="min", en="Rounded down; below zero where overdue"),
        number("response_min", "首次响应（分钟）", unit="min", nullable=True, en="From report to first response"),
        FAULTS.column("reported_cause"),
        FAULTS.column("confirmed_cause"),
        flag("cause_right", "原因一致", nullable=True, en="Empty until both causes are known"),
        FAULTS.column("repeat_dispatches"),
        FAULTS.column("returns"),
    ),
    ("fault_id",),
)

GENERATION_REVIEWS = Contract(
    "generation_reviews",
    "发电核查：申报或所见的每次发电、证据、矛盾与核定",
    "Every generator run claimed or seen: what each witness says, what contradicts it, what was decided",
    (
        text("review_id", "核查编号", en="The run, or site and time where it was only seen"),
        text("run_id", "发电单编号", nullable=True, en="Empty where nobody claims the run"),
        text("mains_outage_id", "停电事件编号", nullable=True, en="Empty where the mains had not failed"),
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        text("staff_id", "发电人工号", nullable=True),
        text("contractor", "代维公司", nullable=True),
        moment("happened_at", "发电或所见时间", en="Start; of an empty trip without one, arrival or dispatch"),
        moment("started_at", "发电开始时间", nullable=True, en="As claimed, or when it was seen"),
        moment("ended_at", "发电结束时间", nullable=True),
        flag("verified", "告警是否核实", en="Alarms agree, as docs/definitions.md says"),
        count("grade", "一致证据数", en="Witnesses that agree"),
        count("speaking", "有效证据数", en="Witnesses that say anything"),
        *(
            word(f"witness_{name}", f"{zh}证据", dict.fromkeys(SAYS, ()), en=f"What the {name} say of it")
            for name, zh in WITNESSES.items()
        ),
        word("contradiction", "矛盾", dict.fromkeys(CONTRADICTIONS, ()), en="The first that fits"),
        word("decision", "核定结论", dict.fromkeys(DECISIONS, ()), nullable=True),
        flag("counts", "是否计入"),
        text("evidence_zh", "证据说明", nullable=True, en="What contradicts it, in Chinese"),
        text("evidence_en", "证据说明（英文）", nullable=True, en="What contradicts it, in English"),
    ),
    ("review_id",),
    grain="month",
    placed_by="happened_at",
)

CONTRACTS = (
    MAINS_OUTAGES,
    SITE_OUTAGES,
    GENERATION_REVIEWS,
    FAULT_CLOCK,
)
