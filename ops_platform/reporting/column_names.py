"""The headers of columns, in Chinese and English."""

from collections.abc import Mapping

from ops_platform.contracts import DERIVED, FEEDS
from ops_platform.reporting.words import Words

_CONTRACTS = (*FEEDS.values(), *DERIVED.values())
# A name that several contracts use is read as the first of them has it, so the last is laid down first.
_CHINESE = {column.name: column.zh for contract in reversed(_CONTRACTS) for column in contract.columns}
_SUFFIXES = {
    "_pct": " %", "_at": " at", "_on": " on", "_min": ", min", "_h": ", h", "_s": ", s", "_m": ", m", "_km": ", km",
    "_dbm": ", dBm", "_ah": ", Ah", "_erl": ", Erl", "_id": "",
}  # fmt: skip
_COLUMN_NAMES: Mapping[str, Words] = {
    "start_voltage_v": ("开始电压（V）", "Voltage at the start, V"),
    "end_voltage_v": ("结束电压（V）", "Voltage at the end, V"),
    "happened_at": ("发生时间", "When"),
    "evidence_zh": ("证据说明", "Evidence in Chinese"),
    "evidence_en": ("证据说明（英文）", "Evidence"),
    "id": ("编号", "No."),
    "feed": ("数据", "Feed"),
    "column": ("列", "Column"),
    "reason": ("原因", "Reason"),
    "rows": ("行数", "Rows"),
    "line": ("行号", "Line"),
    "file_name": ("文件", "File"),
    "status": ("状态", "Status"),
    "finding": ("说明", "Finding"),
    "received_at": ("接收时间", "Received"),
    "kind": ("原因类别", "Kind of reason"),
    "files": ("文件数", "Files"),
    "days_waiting": ("等待天数", "Days waiting"),
    "down_h": ("宕站（小时）", "Down, h"),
    "outages": ("宕站次数", "Outages"),
    "late_because": ("为何算未及时", "Why it counts as late"),
    "nearest_site_name": ("最近基站", "Nearest site"),
    "farthest_km": ("最远点距基站（km）", "Farthest point, km"),
    "next_step": ("下一步", "What to do next"),
    "dismissed_why": ("搁置理由", "Dismissed because"),
    "dismissed_by": ("搁置人", "Dismissed by"),
    "dismissed_at": ("搁置时间", "Dismissed"),
    "task": ("任务", "Task"),
    "office": ("单位", "Office"),
    "stop": ("第几站", "Stop"),
    "due_at": ("期限", "Battery empty, or limit"),
    "minutes_left": ("剩余（分钟）", "Minutes left"),
    "hours_a_year": ("停电小时/站年", "Hours a site-year"),
    "baseline_hours": ("基准（小时）", "Standard, hours"),
    "failures_a_year": ("停电次数/站年", "Failures a site-year"),
    "baseline_failures": ("基准（次）", "Standard, failures"),
    "sites": ("基站数", "Sites"),
    "position": ("坐标", "Position"),
    "dark_h_a_year": ("断站小时/年", "Hours dark a year"),
    "lost_a_year": ("损失用户小时/年", "Customer-hours lost a year"),
    "saved_by_string_a_year": ("增一组电池可挽回", "One more string saves"),
    "saved_by_set_a_year": ("固定油机可挽回", "A fixed set saves"),
    "staff": ("人员", "Person"),
    "dispatches": ("派单", "Dispatched"),
    "runs": ("发电", "Runs"),
    "generating_h": ("发电小时", "Hours generating"),
    "state": ("状态", "State"),
    "band_min": ("八成可能（分钟）", "Eight of ten, min"),
    "leave_by_min": ("多久内出发（分钟）", "Leave within, min"),
    "from_place": ("从何处出发", "From"),
    "crew": ("队伍", "Crew"),
    "customers_at_risk": ("影响用户", "Customers at risk"),
    "people_without": ("无信号人口", "People without coverage"),
    "without_km2": ("无信号面积（km²）", "Without coverage, km²"),
    "people_taken_over": ("被接替人口", "People served by others"),
    "sites_behind": ("下挂站", "Sites behind"),
    "comes_first": ("优先", "Comes first"),
    "autonomy_basis": ("续航依据", "Battery known by"),
    "leave_at": ("出发", "Leave"),
    "arrive_at": ("到达", "Arrive"),
    "running_at": ("发上电 / 修复", "Running / repaired"),
    "dark_at": ("断电", "Dark from"),
    "until_at": ("恢复", "Dark until"),
    "limit_at": ("时限", "Limit"),
    "lost_h": ("损失（用户小时）", "Customer-hours lost"),
    "lost_otherwise_h": ("无人前往时的损失", "Lost if nobody goes"),
    "method": ("派单方式", "Way to plan"),
    "urgent_attended": ("已安排的紧急故障", "Urgent faults attended"),
    "rows_read": ("读入", "Read"),
    "rows_accepted": ("接收", "Accepted"),
    "rows_quarantined": ("隔离", "Quarantined"),
    "rows_duplicate": ("重复", "Duplicate"),
    "office_id": ("单位", "Office"),
    "staff_id": ("责任人", "Responsible"),
    "late_min": ("超时（分钟）", "Late, min"),
    "days_overdue": ("逾期天数", "Days overdue"),
    "design_min": ("推算续航（分钟）", "Autonomy by design, min"),
    "learned_min": ("实际续航估计（分钟）", "Learned autonomy, min"),
    "low_min": ("估计下限（分钟）", "At least, min"),
    "high_min": ("估计上限（分钟）", "At most, min"),
    "observations": ("放电次数", "Discharges"),
    "rule": ("规则", "Rule"),
    "version": ("版本", "Version"),
    "zh": ("内容", "In Chinese"),
    "en": ("内容（英文）", "What it asks"),
    "cells": ("小区数", "Cells"),
    "of": ("在网小区", "Of cells"),
    "cause": ("原因", "Cause"),
    "evidence": ("证据", "Evidence"),
    "gsm": ("GSM 小区", "GSM cells"),
    "lte": ("LTE 小区", "LTE cells"),
    "trend": ("趋势", "Trend"),
    "drops": ("掉话次数", "Drops"),
    "drop_pct": ("掉话率 %", "Drop rate %"),
    "drop_rate_pct": ("掉话率 %", "Drop rate %"),
    "congestion_pct": ("拥塞率 %", "Congestion %"),
    "traffic_per_channel_erl": ("每线话务 Erl", "Erl per channel"),
    "place": ("地点", "Place"),
    "site": ("基站", "Site"),
    "cell": ("小区", "Cell"),
    "neighbour": ("邻站", "Neighbour"),
    "hour": ("时", "Hour"),
    "size": ("幅度（百分点）及区间", "By how many points"),
    "traffic_erl": ("话务量 Erl", "Traffic, Erl"),
    "area_km2": ("面积（km²）", "Area, km²"),
    "nearest_site_km": ("距最近基站（km）", "Nearest site, km"),
}


def column(name: str) -> Words:
    """Return a column's header in both languages; the contracts' Chinese name where there is one.

    A column of Chinese whose neighbour has the English is named without its language.
    """
    name = name.removesuffix("_zh") if name not in _COLUMN_NAMES else name
    if name in _COLUMN_NAMES:
        return _COLUMN_NAMES[name]
    stem, ending = next(((name.removesuffix(end), end) for end in _SUFFIXES if name.endswith(end)), (name, ""))
    english = (stem.replace("_", " ") + _SUFFIXES.get(ending, "")).strip()
    return _CHINESE.get(name, name), english[:1].upper() + english[1:]
