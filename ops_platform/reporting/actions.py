"""What to do about a KPI below target, and on which list to begin."""

from collections.abc import Mapping

ACTIONS: Mapping[str, tuple[str, str, str]] = {
    "generator_timeliness": (
        "逐条查看未及时发电的停电：是派单晚、路上久，还是没有油机。",
        "Go through the outages without a generator in time: late dispatch, long way, or no generator.",
        "late_outages",
    ),
    "site_outages": (
        "按原因分清停电、传输、设备，先治重复宕站的站。",
        "Split by cause (power, transmission, equipment) and start with the sites that fail again and again.",
        "worst_sites",
    ),
    "site_availability": (
        "找出宕站时间最长的站，先恢复，再查根因。",
        "Find the sites that were down longest; restore first, then look for the root cause.",
        "worst_sites",
    ),
    "inspection_completion": (
        "先补逾期的站；不能进站的要留证明并登记免责。",
        "Do the overdue sites first; where access is refused, keep evidence and register it.",
        "overdue_inspections",
    ),
    "worst_cell_share": (
        "对清单中的小区测试：方位角、下倾角、参数、每载波功率。",
        "Test the listed cells: azimuth, tilt, parameters, power of every carrier.",
        "worst_cells",
    ),
    "inspection_quality": (
        "把抽检不合格的项目逐项返工，并在班前会讲清标准。",
        "Redo the items that failed the audit, and go over the standard at the morning briefing.",
        "",
    ),
    "work_plan_completion": (
        "每周核对到期作业：未完成的定人定日期，未验收的尽快验收。",
        "Check the due items weekly: a person and a date for what is open, acceptance for what is done.",
        "",
    ),
    "fault_report_timeliness": (
        "看是谁、在哪个班次上报晚了，把上报放在赶往现场之前。",
        "See who reported late and on which shift; report before driving to the site.",
        "",
    ),
    "fault_report_accuracy": (
        "对照确认原因，找出常被误判的故障类型，组织一次案例讲评。",
        "Compare with the confirmed causes, find the kind that is often misjudged, and go through cases together.",
        "",
    ),
    "technical_response": (
        "核对值班表：无人响应的时段补人，或调整接单顺序。",
        "Check the rota: put people where nobody responded, or change the order of call.",
        "",
    ),
    "fault_repair_time": (
        "从耗时最长的故障看起：缺备件、缺人还是路远。",
        "Start with the longest faults: no spare part, nobody free, or a long way.",
        "",
    ),
    "fault_repair_in_limit": (
        "超时限的故障逐单说明原因，备件提前到县。",
        "Give the reason for each fault past its limit, and keep its spare parts in the county.",
        "",
    ),
    "erab_drop_rate": (
        "先查掉线最多的小区：干扰、弱覆盖、传输。",
        "Start with the cells that lose most: interference, weak coverage, transmission.",
        "",
    ),
    "sdcch_congestion": (
        "核对 SDCCH 配置与位置区边界，增配或调整。",
        "Check SDCCH configuration and location-area borders; add channels or move the border.",
        "",
    ),
    "interconnect_connect_rate": (
        "按运营商和方向分开看，忙时中继不足的申请扩容。",
        "Look at each operator and direction; ask for more trunks where the busy hour is short of them.",
        "",
    ),
    "hall_satisfaction": (
        "看环境、等候、人员、速度哪一项最低，先改那一项。",
        "See which of environment, waiting, staff and speed is lowest, and change that first.",
        "",
    ),
    "hotline_courtesy": (
        "抽听录音，对照服务用语逐条讲评。",
        "Listen to recordings and go through them against the service wording.",
        "",
    ),
    "hotline_problem_solving": (
        "把没有一次解决的问题归类，更新知识库。",
        "Sort what was not solved at the first call, and update the knowledge base.",
        "",
    ),
    "training_pass_rate": ("未合格的人员补训补考。", "Train and examine again those who did not pass.", ""),
    "customer_satisfaction": (
        "回访低分客户，按原因转给责任人。",
        "Call back the customers who scored low, and hand the cause to whoever owns it.",
        "",
    ),
    "tch_drop_rate": (
        "先查掉话最多的小区，看干扰、覆盖与切换。",
        "Start with the cells that drop most.",
        "worst_cells",
    ),
    "tch_congestion": (
        "忙的小区扩容，闲的小区减容：资源跟着话务走。",
        "Expand congested cells and thin out idle ones: resources follow the traffic.",
        "worst_cells",
    ),
    "coverage_population_share": (
        "查看覆盖地图与建站建议。",
        "See the coverage map and the suggested sites.",
        "gaps",
    ),
    "complaint_in_limit": (
        "每日清点临近 3 天的投诉，集团与高价值客户优先。",
        "Count the complaints near their third day every morning; group and high-value customers first.",
        "",
    ),
    "repeat_complaint_share": (
        "同一客户、同一小区再次投诉的，回到现场测试后再办结。",
        "For a customer or cell that complains again, test on site before closing.",
        "",
    ),
}
"""What to do about a KPI below target, and the list that shows where; KPIs without an entry get the general advice."""

GENERAL_ACTION: tuple[str, str, str] = (
    "对照分子与分母，找出拖累最大的站点与人员，列入下月作业计划。",
    "Compare numerator and denominator, find the sites and people that weigh most, and put them on next month's plan.",
    "",
)
