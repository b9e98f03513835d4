"""What happens and what is done about it: alarms, generator runs, faults, inspections, work plans, exclusions."""

from ops_platform.contracts.base import Contract, count, day, flag, moment, number, text, word

ALARM_KINDS = {
    "mains_failure": (
        "市电停电", "停电告警", "交流停电", "输入电压异常", "198092053", "Mains Failure", "AC_Fail", "AC Fail",
        "commercialPowerFailure", "dcAlarmACInputFault", "notifMainsFail", "notifMainsReturn", "Nestanak 220 V",
    ),
    "battery_discharging": ("电池放电", "蓄电池放电", "Battery Discharging", "batteryDischarging"),
    "low_voltage": (
        "电池低电压", "直流电压过低", "低压告警", "DC Undervoltage", "Battery Low Voltage", "lowBatteryThreshold",
    ),
    "rectifier": ("整流模块故障", "Rectifier Failure", "rectifierFailure"),
    "generator_running": ("油机运行", "油机启动", "notifEngineStarts", "notifEngineStops", "Generator Running"),
    "site_down": (
        "基站退出服务", "198094422", "网元断链", "198099803", "设备掉电", "198092295", "基站断站", "Site Down",
        "NE Is Disconnected",
    ),
    "cell_down": ("小区退出服务", "LTE小区退出服务", "198094419", "BCCH MISSING", "Cell Down"),
    "transmission": ("传输中断", "光路中断", "S1断链", "198094420", "Gubitak komunikacije"),
    "other": ("其他", "其它"),
}  # fmt: skip
"""Names and codes of ZTE, Nokia, Huawei, DSE and Benning, and probable causes of ITU-T X.733 by name."""
CAUSES = {
    "power": ("动力", "电源"),
    "transmission": ("传输",),
    "equipment": ("主设备", "设备"),
    "environment": ("动环", "环境"),
    "antenna": ("天馈",),
}
SEVERITIES = {
    "critical": ("紧急", "严重"),
    "major": ("重要", "主要"),
    "minor": ("一般", "次要"),
    "warning": ("提示", "警告"),
}

ALARMS = Contract(
    "alarms",
    "告警：动环与主设备告警的发生与清除",
    "Alarms of site power, environment and equipment, raised and cleared",
    (
        text("alarm_id", "告警编号"),
        text("site_id", "基站编号", "站址编码", refers_to="sites"),
        text("cell_id", "小区编号", refers_to="cells", nullable=True),
        word("kind", "告警名称", ALARM_KINDS),
        word("severity", "告警等级", SEVERITIES, nullable=True),
        text("source", "告警来源", nullable=True),
        moment("raised_at", "告警时间", "发生时间"),
        moment("cleared_at", "告警清除时间", "清除时间", nullable=True),
    ),
    ("alarm_id",),
    grain="month",
    placed_by="raised_at",
    until="cleared_at",
)

ALARM_EVENTS = Contract(
    "alarm_events",
    "告警流水：一行一次发生或一次清除",
    "Lines of alarm logs that tell raise and clear apart; one line per raise or clear",
    (
        text("site_id", "基站编号", "站址编码", refers_to="sites"),
        word("kind", "告警名称", ALARM_KINDS),
        word("state", "告警状态", {"raised": ("发生", "告警", "ACTIVE"), "cleared": ("清除", "恢复", "CLEAR")}),
        moment("happened_at", "发生或清除时间", en="When the alarm was raised or cleared"),
        text("source", "告警来源", en="System that wrote the line"),
        word("severity", "告警等级", SEVERITIES, nullable=True),
        text("alarm_text", "告警描述", nullable=True, en="What the system calls the alarm"),
    ),
    ("site_id", "kind", "happened_at", "state", "source"),
    grain="month",
    placed_by="happened_at",
)

GENERATOR_RUNS = Contract(
    "generator_runs",
    "发电：派单、到站、开始、结束",
    "Generator dispatches and runs",
    (
        text("run_id", "发电单编号", "编号"),
        text("site_id", "站址编码", "基站编号", refers_to="sites"),
        text("staff_id", "发电人工号", refers_to="staff", nullable=True),
        moment("dispatched_at", "派单时间"),
        moment("arrived_at", "到站时间", "签到时间", nullable=True),
        moment("started_at", "发电开始时间", nullable=True),
        moment("ended_at", "发电结束时间", nullable=True),
        text("generator_id", "油机编号", nullable=True),
        number("energy_kwh", "发电量（kWh）", unit="kWh", minimum=0, nullable=True),
        number("fuel_l", "油耗（L）", unit="L", minimum=0, nullable=True),
        text("contractor", "代维公司", "代维单位", nullable=True),
        number("arrived_latitude", "签到纬度", unit="°", minimum=-90, maximum=90, nullable=True),
        number("arrived_longitude", "签到经度", unit="°", minimum=-180, maximum=180, nullable=True),
        number(
            "start_voltage_v",
            "开始发电实时电压（开关电源）",
            "开始发电实时电压",
            unit="V",
            minimum=0,
            plausible=(40, 60),
            nullable=True,
            en="At the rectifier when the run began",
        ),
        number(
            "end_voltage_v",
            "结束发电实时电压（开关电源）",
            "结束发电实时电压",
            unit="V",
            minimum=0,
            plausible=(40, 60),
            nullable=True,
            en="At the rectifier when the run ended",
        ),
        flag("empty_trip", "是否空跑", nullable=True, en="The crew came and did not generate: mains was back"),
        number("rated_kw", "油机功率", "油机功率（kW）", unit="kW", minimum=0, plausible=(1, 200), nullable=True),
    ),
    ("run_id",),
    grain="month",
    placed_by="dispatched_at",
    until="ended_at",
)

GENERATOR_DECISIONS = Contract(
    "generator_decisions",
    "发电核定：有矛盾的发电是否计入",
    "Decisions whether a generator run that is contradicted, or was only seen, counts",
    (
        text("decision_id", "核定编号"),
        text("run_id", "发电单编号", nullable=True, en="Empty: the run is known by its site and time"),
        text("site_id", "基站编号", "站址编码", refers_to="sites"),
        moment("happened_at", "发电或所见时间", en="As the review has it, to the minute"),
        word("decision", "核定结论", {"counts": ("计入", "有效"), "does_not_count": ("不计入", "无效")}),
        text("decided_by", "核定人"),
        moment("decided_at", "核定时间"),
        text("reason", "核定理由"),
    ),
    ("decision_id",),
    grain="month",
    placed_by="happened_at",
)

BATTERY_TESTS = Contract(
    "battery_tests",
    "蓄电池放电测试：电流、时长、起止电压、是否放至终止电压",
    "Discharge tests of site batteries: current, duration, voltages, whether the cut-off was reached",
    (
        text("test_id", "放电测试编号", "测试编号"),
        text("site_id", "基站编号", "站址编码", refers_to="sites"),
        moment("tested_at", "放电开始时间", "测试时间", en="When the discharge began"),
        number("load_a", "放电电流（A）", unit="A", minimum=0, plausible=(1, 500)),
        count("duration_s", "放电时长（秒）", "放电时长", unit="s"),
        number("start_voltage_v", "放电起始电压（V）", unit="V", minimum=0, plausible=(40, 60), nullable=True),
        number("end_voltage_v", "放电结束电压（V）", unit="V", minimum=0, plausible=(40, 60), nullable=True),
        number(
            "cut_off_v",
            "终止电压（V）",
            "放电终止电压（V）",
            unit="V",
            minimum=0,
            plausible=(40, 52),
            nullable=True,
            en="Set point down to which the test was to go; empty: the site's low-voltage disconnect",
        ),
        flag("ended_at_cut_off", "是否放至终止电压", en="Else the test was broken off before"),
        text("staff_id", "测试人工号", refers_to="staff", nullable=True),
    ),
    ("test_id",),
    grain="month",
    placed_by="tested_at",
)

FAULTS = Contract(
    "faults",
    "故障工单：发生、上报、响应、修复",
    "Fault work orders",
    (
        text("fault_id", "故障单编码", "工单编号"),
        text("site_id", "基站编号", "站址编码", refers_to="sites"),
        text("staff_id", "处理人工号", refers_to="staff", nullable=True),
        word(
            "fault_class",
            "故障等级",
            {
                "critical": ("紧急", "重大"),
                "major": ("重要", "较大"),
                "minor": ("一般", "轻微"),
            },
        ),
        moment("occurred_at", "故障发生时间"),
        moment("reported_at", "上报时间", "受理时间", nullable=True),
        moment("responded_at", "首次反馈时间", "响应时间", nullable=True),
        moment("repaired_at", "修复时间", "结单时间", nullable=True),
        word("reported_cause", "上报原因", CAUSES, nullable=True),
        word("confirmed_cause", "确认原因", CAUSES, nullable=True),
        number(
            "limit_days",
            "处理时限",
            unit="d",
            nullable=True,
            minimum=0,
            maximum=3650,
            plausible=(0, 60),
            en="The order's own limit, counted as the rule of its day counts; empty: the rule's limit",
        ),
        count("repeat_dispatches", "重复派单数", nullable=True, en="How often the order was sent out again"),
        count("returns", "退回次数", nullable=True, en="How often the order was sent back"),
        moment("dispatched_at", "派单时间", nullable=True),
    ),
    ("fault_id",),
    grain="month",
    placed_by="occurred_at",
    lingers_days=2,
)

INSPECTIONS = Contract(
    "inspections",
    "巡检：计划、完成、抽检",
    "Planned inspections, what was done and what was audited",
    (
        text("inspection_id", "巡检编号"),
        text("site_id", "基站编号", "站址编码", refers_to="sites"),
        text("staff_id", "巡检人工号", refers_to="staff"),
        day("window_starts_on", "计划开始日期"),
        day("due_on", "计划完成日期"),
        moment("done_at", "巡检时间", nullable=True),
        flag("accessible", "是否可进站"),
        text("access_evidence", "不可进站证明", nullable=True),
        flag("audited", "是否抽检"),
        flag("audit_passed", "抽检是否合格", nullable=True),
    ),
    ("inspection_id",),
    grain="month",
    placed_by="due_on",
)

INSPECTION_ITEMS = Contract(
    "inspection_items",
    "巡检项：逐项检查结果",
    "Checklist items of inspections",
    (
        text("inspection_id", "巡检编号"),
        text("item_code", "检查项编码", "序号"),
        text("item_name", "检查内容"),
        day("inspected_on", "检查日期"),
        word("result", "检查情况", {"ok": ("是", "OK", "合格", "正常"), "nok": ("否", "NOK", "不合格", "异常"),
                                "na": ("NA", "不适用", "N/A")}),
        text("remark", "备注", "问题描述", nullable=True),
    ),
    ("inspection_id", "item_code"),
    grain="month",
    placed_by="inspected_on",
)  # fmt: skip

WORK_PLAN_ITEMS = Contract(
    "work_plan_items",
    "作业计划：任务、期限、完成、验收",
    "Items of the maintenance work plan",
    (
        text("item_id", "作业编号"),
        text("office_id", "单位编码", refers_to="offices"),
        text("staff_id", "责任人工号", refers_to="staff", nullable=True),
        text("title", "作业内容"),
        day("due_on", "要求完成日期"),
        day("done_on", "实际完成日期", nullable=True),
        flag("accepted", "是否验收合格", nullable=True),
    ),
    ("item_id",),
    grain="month",
    placed_by="due_on",
)

PLANNED_WORK = Contract(
    "planned_work",
    "计划性施工：影响基站的割接与检修",
    "Planned work that takes a site out of service",
    (
        text("work_id", "施工编号"),
        text("site_id", "基站编号", refers_to="sites"),
        moment("starts_at", "施工开始时间"),
        moment("ends_at", "施工结束时间"),
        text("reason", "施工原因"),
        text("approved_by", "批准人"),
    ),
    ("work_id",),
    grain="month",
    placed_by="starts_at",
    until="ends_at",
)

EXCLUSIONS = Contract(
    "exclusions",
    "免责登记：原因、证明、批准",
    "Register of exclusions from a KPI: reason, evidence, approver",
    (
        text("exclusion_id", "免责编号"),
        text("kpi_id", "指标编码"),
        text("site_id", "基站编号", refers_to="sites", nullable=True),
        text("event_id", "事件编号", nullable=True, en="The exempt fault or complaint; empty for an interval"),
        moment("starts_at", "免责开始时间"),
        moment("ends_at", "免责结束时间"),
        word("reason", "免责原因", {"force_majeure": ("不可抗力",), "access_refused": ("业主阻挠", "无法进站"),
                                "other": ("其他",)}),
        text("evidence", "证明材料", nullable=True),
        text("approved_by", "批准人", nullable=True),
        moment("approved_at", "批准时间", nullable=True),
    ),
    ("exclusion_id",),
    grain="month",
    placed_by="starts_at",
    until="ends_at",
)  # fmt: skip

CONTESTS = Contract(
    "contests",
    "申诉：单位对某一事件计入某一指标的异议及裁定",
    "Contests: an office disputes that an event counts for a KPI; and what was decided",
    (
        text("contest_id", "申诉编号"),
        text("kpi_id", "申诉指标", "申诉指标编码"),
        text("event_id", "申诉事件编号", en="The outage, fault, inspection, complaint; the site or cell of a day"),
        day("event_on", "事件日期", en="Local day on which the KPI counts it"),
        text("office_id", "单位编码", refers_to="offices"),
        text("raised_by", "申诉人", en="staff_id or name"),
        moment("raised_at", "申诉时间"),
        text("reason", "申诉理由"),
        text("evidence", "申诉证据", en="What shows it: photograph, letter, log"),
        word("decision", "裁定", {"upheld": ("成立", "同意"), "rejected": ("不成立", "驳回")}, nullable=True,
             en="Empty until it is decided; upheld: the event is left out"),
        text("decided_by", "裁定人", nullable=True, en="Not who raised it"),
        moment("decided_at", "裁定时间", nullable=True),
        text("decision_reason", "裁定理由", nullable=True),
    ),
    ("contest_id",),
    grain="month",
    placed_by="event_on",
)  # fmt: skip

OPTIMISATION_ACTIONS = Contract(
    "optimisation_actions",
    "网络优化操作：天线、功率、参数调整",
    "Antenna, power and parameter changes on cells",
    (
        text("action_id", "操作编号"),
        text("cell_id", "小区编号", refers_to="cells"),
        word("action", "操作类型", {"azimuth": ("方位角调整",), "tilt": ("下倾角调整",), "power": ("功率调整",),
                                "parameter": ("参数调整",), "expansion": ("扩容",)}),
        text("old_value", "调整前", nullable=True),
        text("new_value", "调整后", nullable=True),
        moment("done_at", "操作时间"),
        text("staff_id", "操作人工号", refers_to="staff", nullable=True),
    ),
    ("action_id",),
    grain="month",
    placed_by="done_at",
)  # fmt: skip

CONTRACTS = (
    ALARMS, ALARM_EVENTS, GENERATOR_RUNS, GENERATOR_DECISIONS, BATTERY_TESTS, FAULTS, INSPECTIONS, INSPECTION_ITEMS,
    WORK_PLAN_ITEMS, PLANNED_WORK, EXCLUSIONS, CONTESTS, OPTIMISATION_ACTIONS,
)  # fmt: skip
