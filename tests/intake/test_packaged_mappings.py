"""Exports with the column lists of real systems are read by the mappings that come along."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from tests.intake.conftest import House


def _headers(text: str) -> list[str]:
    return text.split(",")


GENERATOR_EXPORT = [
    "编号",
    "故障单编码",
    "省份(分公司)",
    "地市(分公司)",
    "区县",
    "站址名称",
    "站址编码",
    "资源站址编码",
    "运营商名称",
    "运营商编码",
    "发电日期",
    "发电开始时间",
    "发电结束时间",
    "发电时长（小时）",
    "往返行驶里程（公里）",
    "实时油价（元/升）",
    "油机数量",
    "是否空跑",
    "是否铁塔油机",
    "是否自动油机",
    "地理系数",
    "特殊区域类型",
    "每小时油耗（L）",
    "站址来源",
    "系统数",
    "所属项目部",
    "是否长期发电",
    "发电原因",
    "备注",
    "油机功率",
    "油机类型",
    "油机编号",
    "发电人",
    "发电人联系电话",
    "开始发电实时电压（开关电源）",
    "结束发电实时电压（开关电源）",
    "状态(已完成/进行中)",
]
FAULT_EXPORT = [
    "故障单编码",
    "工单状态",
    "受理时间",
    "派单时间",
    "接单时间",
    "告警时间",
    "时限",
    "回单时间",
    "归档时间",
    "故障来源",
    "告警名称",
    "告警状态",
    "告警描述",
    "告警等级",
    "站址运维ID",
    "站址名称",
    "所属省份",
    "所属地市",
    "所属区县",
    "是否上站",
    "故障原因",
    "是否免责",
    "免责条款",
    "具体免责原因",
    "告警清除时间",
    "回复内容",
    "故障设备类型",
    "是否催办",
    "回单是否超时",
    "回单人",
    "代维公司",
    "处理过程",
    "机房类型",
    "供电方式",
    "FSU上网卡类型",
    "FSU厂家",
    "空调生产厂商",
    "电池生产厂商",
    "开关电源厂家",
    "是否具备发电条件",
    "单体电池组数",
    "单组额定容量（AH）",
    "直流负载总电流（A）",
    "蓄电池基础保障服务备电时长",
    "告警历时（分钟）",
    "工单处理历时（分钟）",
    "处理人/部门",
    "回单操作终端",
    "接单时长（分钟）",
    "首次反馈时间",
    "接单是否超时",
    "所属运营商",
    "故障确认内容",
    "区域经理",
    "数据来源",
    "接单操作终端",
    "签到时间",
    "签到经度",
    "签到纬度",
    "站址经度",
    "站址纬度",
    "是否是发电工单",
    "故障类型",
]
WORK_ORDERS = [
    "地市",
    "片区",
    "网格",
    "工单编号",
    "工单标题",
    "基站名称",
    "基站编号",
    "小区编号",
    "小区名称",
    "是否交维",
    "派单时间",
    "处理时限",
    "最迟结单时间",
    "剩余时长",
    "重复派单数",
    "退回次数",
    "处理人",
    "回单时间",
    "结单时间",
    "故障原因",
    "工单状态",
    "是否室分",
    "备注",
]
CELL_PARAMETERS = [
    "地市",
    "网格",
    "厂家",
    "制式",
    "eNodeBID",
    "CELL_ID",
    "CELL_NAME",
    "SectorID",
    "频段",
    "频段号",
    "频点",
    "带宽",
    "频段",
    "是否接室分",
    "经度",
    "纬度",
    "天线挂高",
    "机械下倾角",
    "电下倾角",
    "总下倾角",
    "方位角",
    "水平半功率角",
    "天线增益",
    "TAC",
    "PCI",
    "参考信号功率",
    "小区功率（华为W，中兴DBM）",
    "是否开通",
    "天线厂家",
    "天线型号",
]


def table(headers: Sequence[str], *rows: Mapping[str, str], above: str = "", below: str = "") -> str:
    """Return a CSV of these columns, with the cells that are given."""
    lines = [",".join(headers), *(",".join(row.get(header, "") for header in headers) for row in rows)]
    return above + "\n".join(lines) + "\n" + below


def test_a_generator_export_and_its_empty_trips(house: House) -> None:
    run = {"站址编码": "S1", "发电开始时间": "2026-03-02 08:00", "发电结束时间": "2026-03-02 11:00", "油机编号": "G1"}
    run |= {"油机功率": "5", "开始发电实时电压（开关电源）": "48.2", "结束发电实时电压（开关电源）": "53.5V"}
    text = table(
        GENERATOR_EXPORT,
        run | {"编号": "R1", "是否空跑": "否"},
        run | {"编号": "R2", "是否空跑": "是", "发电结束时间": "2026-03-02 08:05"},
        run | {"编号": "R3", "是否空跑": "否", "发电结束时间": "", "状态(已完成/进行中)": "进行中"},
        above="发电信息,,,\n",
        below="合计,3,\n查询区间：2026-03-01 至 2026-03-31\n",
    )
    receipt = house.receive("发电信息-导出（0301-0331）.csv", text.encode("gb18030"))
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("generator_runs", 3, 0)
    assert "empty trip" in receipt.finding
    runs = {row["run_id"]: row for row in house.facts("generator_runs", "2026-03").to_pylist()}
    assert runs["R1"]["started_at"] == runs["R1"]["dispatched_at"] != runs["R1"]["ended_at"]
    assert [runs["R1"][name] for name in ("rated_kw", "start_voltage_v", "end_voltage_v")] == [5.0, 48.2, 53.5]
    assert (runs["R2"]["started_at"], runs["R2"]["ended_at"]) == (None, None)
    assert [runs[name]["empty_trip"] for name in ("R1", "R2", "R3")] == [False, True, False]
    assert runs["R1"]["arrived_latitude"] is None
    assert runs["R3"]["started_at"] is not None
    assert runs["R3"]["ended_at"] is None


def test_a_fault_export_gives_faults_and_what_it_calls_exempt(house: House) -> None:
    fault = {"站址运维ID": "S1", "告警时间": "2026-03-02 08:00", "受理时间": "2026-03-02 08:02", "告警等级": "二级告警"}
    text = table(
        FAULT_EXPORT,
        fault | {"故障单编码": "F1", "首次反馈时间": "2026-03-02 08:10", "告警清除时间": "2026-03-02 12:00"}
        | {"故障原因": "市电停电", "是否免责": "否"},
        fault | {"故障单编码": "F2", "告警清除时间": "2026-03-02 09:00", "故障原因": "光缆中断", "是否免责": "是"}
        | {"免责条款": "业主原因", "具体免责原因": "物业不让进"},
    )  # fmt: skip
    house.receive("故障工单.csv", text)
    faults = {row["fault_id"]: row for row in house.facts("faults", "2026-03").to_pylist()}
    assert [faults[name]["fault_class"] for name in ("F1", "F2")] == ["major", "major"]
    assert [faults[name]["reported_cause"] for name in ("F1", "F2")] == ["power", "transmission"]
    assert {faults[name]["limit_days"] for name in faults} == {None}
    [exempt] = house.facts("exclusions", "2026-03").to_pylist()
    assert (exempt["event_id"], exempt["reason"], exempt["evidence"]) == ("F2", "access_refused", "物业不让进")
    assert exempt["approved_at"] is None, "what an export says of itself is not approved"


def test_a_fault_export_has_a_limit_where_it_says_its_unit_and_when_the_order_was_sent_out(house: House) -> None:
    fault = {"站址运维ID": "S1", "告警时间": "2026-03-02 08:00", "受理时间": "2026-03-02 08:02", "告警等级": "二级告警"}
    limits = {"F1": "48小时", "F2": "3天", "F3": "90分钟", "F4": "600", "F5": "2026-03-04 08:00", "F6": ""}
    sent = {"F1": {"派单时间": "2026-03-02 08:05"}, "F2": {"接单时间": "2026-03-02 08:07"}}
    orders = [fault | {"故障单编码": name, "时限": limit, **sent.get(name, {})} for name, limit in limits.items()]
    house.receive("故障工单.csv", table(FAULT_EXPORT, *orders))
    assert house.aside() == []
    faults = {row["fault_id"]: row for row in house.facts("faults", "2026-03").to_pylist()}
    days = [faults[name]["limit_days"] for name in limits]
    assert days == [2.0, 3.0, 0.0625, None, None, None], "600 may be minutes or hours"
    assert faults["F1"]["dispatched_at"] == datetime(2026, 3, 2, 0, 5, tzinfo=UTC)
    assert faults["F6"]["dispatched_at"] is None


def test_work_orders_of_a_branch_carry_their_limit_their_dispatches_and_their_returns(house: House) -> None:
    order = {"工单编号": "W1", "基站编号": "S1", "派单时间": "2026/3/1 8:26:22", "最迟结单时间": "2026/3/8 8:26"}
    order |= {"处理时限": "7天", "重复派单数": "2", "退回次数": "1", "是否交维": "是"}
    house.receive("工单查询20260320.csv", table(WORK_ORDERS, order).encode("gb18030"))
    [row] = house.facts("faults", "2026-03").to_pylist()
    assert (row["limit_days"], row["repeat_dispatches"], row["returns"]) == (7.0, 2, 1)
    assert row["dispatched_at"] == row["occurred_at"] == datetime(2026, 3, 1, 0, 26, 22, tzinfo=UTC)


def test_work_orders_of_a_branch_say_what_is_assumed(house: House) -> None:
    order = {"基站编号": "S1", "派单时间": "2026/3/1 8:26:22", "最迟结单时间": "2026/3/8 8:26", "处理时限": "7天"}
    order |= {"剩余时长": "超44天6时36分", "备注": '"第一行\n第二行"', "故障原因": "天馈驻波"}
    text = table(WORK_ORDERS, order | {"工单编号": "W1", "是否交维": "是"})
    receipt = house.receive("工单查询20260320.csv", text.encode("gb18030"))
    assert (receipt.feed, receipt.rows_accepted) == ("faults", 1)
    assert "assumed fault_class = minor" in receipt.finding
    assert house.facts("faults", "2026-03").column("confirmed_cause").to_pylist() == ["antenna"]


def test_cell_parameters_with_power_in_two_units(house: House) -> None:
    cell = {"制式": "FDD", "eNodeBID": "S1", "CELL_NAME": "x", "天线挂高": "35", "方位角": "360", "是否开通": "是"}
    text = table(
        CELL_PARAMETERS,
        cell | {"CELL_ID": "1", "厂家": "华为", "小区功率（华为W，中兴DBM）": "40W", "电下倾角": '"2,2"'},
        cell | {"CELL_ID": "2", "厂家": "中兴", "小区功率（华为W，中兴DBM）": "46"},
        cell | {"CELL_ID": "3", "厂家": "中兴", "是否开通": "否"},
    )
    receipt = house.receive("工参.csv", text)
    cells = {row["cell_id"]: row for row in house.facts("cells").to_pylist()}
    assert set(cells) == {"C1", "C2", "S1-1", "S1-2"}
    assert cells["S1-1"]["power_dbm"] == pytest.approx(46.0206, abs=1e-4)
    assert (cells["S1-2"]["power_dbm"], cells["S1-1"]["electrical_tilt_deg"]) == (46.0, 2.0)
    assert "是否开通 = 否 (1)" in receipt.finding


LINES = {
    "ignition_0414.csv": 'IGN,"North - BTS_S1","12",Nestanak 220 V,major,2026-03-14_03:03:53\n'
    'IGN,"North - S1","12",Nestanak 220 V,cleared,2026-03-14_04:03:53 \n',
    "neteco.txt": "U2020,RR_S1,Mains Failure,2026-03-14 02:10:44,major\n"
    "U2020,S1,Mains Failure,2026-03-14 02:09:40,cleared\n",
    "sc300_rps.csv": "RPS,S1,North,AC_Fail,1,2026-03-14 02:10:44,10.0.0.1,\n"
    "RPS,S1,North,AC_Fail,1,2026-03-14 03:10:44,10.0.0.1,cleared\n",
    "benning.log": "S1,dcTrapAlarmEntryAdded,dcAlarmACInputFault 3,3,10.0.0.1,2026-03-14 02:10:44\n"
    "S1,dcTrapAlarmEntryRemoved,dcAlarmACInputFault 3,3,10.0.0.1,2026-03-14 03:10:44\n",
    "dse74.csv": "DEA_S1,7420,notifMainsFail,2026-03-14 02:10:44,10.0.0.1,major\n"
    "DEA_S1,7420,notifMainsReturn,2026-03-14 03:10:44,10.0.0.1,clear\n",
}


@pytest.mark.parametrize("name", LINES)
def test_lines_of_an_alarm_log_become_raises_and_clears(house: House, name: str) -> None:
    receipt = house.receive(name, LINES[name])
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("alarm_events", 2, 0)
    rows = house.facts("alarm_events", "2026-03").to_pylist()
    assert {(row["site_id"], row["kind"]) for row in rows} == {("S1", "mains_failure")}
    assert sorted(row["state"] for row in rows) == ["cleared", "raised"]


def test_a_table_of_sites_out_of_service_is_read_below_its_section_lines(house: House) -> None:
    text = "----BTS----\nBTS_S1 2026-03-16 12:59:00 North\n----NodeB----\nS2 2026-03-16 13:00:00 South\n"
    receipt = house.receive("out_of_service_0316.txt", text)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (2, 0), receipt.finding
    rows = house.facts("alarm_events", "2026-03").to_pylist()
    found = {(row["site_id"], row["kind"], row["state"], f"{row['happened_at']:%H:%M}") for row in rows}
    assert found == {("S1", "other", "raised", "04:59"), ("S2", "other", "raised", "05:00")}
    assert "makes none" in receipt.finding, "without an end it would be down for ever"


def test_an_alarm_that_nobody_named_is_kept_as_other(house: House) -> None:
    receipt = house.receive("baran.csv", "S1,ACTIVE,,poorcooling,2026-03-14 02:10:44,10.0.0.1,major\n")
    [row] = house.facts("alarm_events", "2026-03").to_pylist()
    assert (row["kind"], row["alarm_text"], row["severity"]) == ("other", "poorcooling", "major"), receipt.finding


def test_alarms_of_a_northbound_interface(house: House) -> None:
    house.receive("aliases.csv", "别名类别,别名,对应编号\n基站,600,S1\n")
    alarm = {
        "alarmRaisedTime": "2026-3-10,14:18:3.0,+3:0", "perceivedSeverity": "MAJOR", "eventType": "NewAlarm",
        "specificProblem": "7767|BCCH MISSING", "probableCause": "INDETERMINATE",
        "managedObjectClass": "PLMN-PLMN/BSC-388042/BCF-600/BTS-601",
    }  # fmt: skip
    records = [alarm, alarm | {"perceivedSeverity": "CLEARED", "alarmRaisedTime": "2026-3-10,15:0:0.0,+3:0"}]
    records += [alarm | {"eventType": "AckChanged"}, alarm | {"specificProblem": "7115"}]
    receipt = house.receive("alarms.json", json.dumps(records))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (3, 0)
    assert "AckChanged (1)" in receipt.finding
    rows = house.facts("alarm_events", "2026-03").to_pylist()
    assert sorted((row["kind"], row["state"]) for row in rows) == [
        ("cell_down", "cleared"), ("cell_down", "raised"), ("other", "raised"),
    ]  # fmt: skip
    assert {f"{row['happened_at']:%H:%M}" for row in rows} == {"11:18", "12:00"}
