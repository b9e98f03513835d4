"""KPIs of the radio network, on cell days: drops, congestion, utilisation, worst cells."""

from functools import cache
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from ops_platform.kpi.definition import Count, Kpi, count, when

GSM = "GSM"
LTE = "LTE"
NR = "NR"


@cache  # so that KPIs of one technology are seen to concern the same rows
def _technology(name: str) -> Count:
    return lambda row: row.technology == name


def _busy(*columns: str) -> Count:
    """Count the sum of busy-hour columns; unknown where one of them is."""

    def add(row: ir.Table) -> ir.Value:
        total = row[f"busy_{columns[0]}"]
        for name in columns[1:]:
            total += row[f"busy_{name}"]
        return total

    return add


def _where_known(wanted: Count, ratio: tuple[Count, Count]) -> Count:
    """Count a sum where both of its ratio are known, so that a missing counter is neither good nor bad."""
    return lambda row: when(_known(row, ratio)) * wanted(row).fill_null(0)


def _known(row: ir.Table, ratio: tuple[Count, Count]) -> ir.Value:
    numerator, denominator = ratio
    return (numerator(row) + denominator(row)).notnull()


def _suspect(row: ir.Table) -> ir.Value:
    return when(row.suspect_s > 0)


def _cell_day_kpi(
    kpi_id: str,
    technology: str | None,
    names: tuple[str, str],
    meanings: tuple[str, str],
    ratio: tuple[Count, Count],
    source: str,
    better: Literal["higher", "lower"] = "lower",
    **shown: Any,
) -> Kpi:
    return Kpi(
        id=kpi_id,
        zh=names[0],
        en=names[1],
        meaning_zh=meanings[0],
        meaning_en=meanings[1],
        table="cell_days",
        day="day_on",
        subject="cell_id",
        evidence=("cell_id", "busy_hour", "usable_s", "suspect_s"),
        where=_technology(technology) if technology else None,
        numerator=_where_known(ratio[0], ratio),
        denominator=_where_known(ratio[1], ratio),
        suspect=_suspect,
        missing=lambda row: when(~_known(row, ratio)),
        better=better,
        source=source,
        **shown,
    )


def _up_s(row: ir.Table) -> ir.Value:
    return row.usable_s - row.unavailable_auto_s - row.unavailable_manual_s


STEPS = {
    LTE: {step: (f"{step}_attempts", f"{step}_successes") for step in ("rrc", "s1", "erab")},
    GSM: {"sdcch": ("busy_sdcch_attempts", "busy_sdcch_seizures"), "tch": ("busy_tch_attempts", "busy_tch_seizures")},
}
"""The steps by which service is accessed: what asks and what succeeds."""


def access_steps(cell_days: ir.Table) -> ir.Table:
    """Return a row for each cell day and step of access: ``part``, ``attempts``, ``successes``."""
    return ibis.union(
        *(
            cell_days.filter(cell_days.technology == technology).select(
                "cell_id", "office_id", "staff_id", "technology", "day_on", "suspect_s",
                part=ibis.literal(step), attempts=asks, successes=succeeds,
            )
            for technology, steps in STEPS.items()
            for step, (asks, succeeds) in steps.items()
        )
    )  # fmt: skip


def _access_kpi(kpi_id: str, technology: str, names: tuple[str, str], meanings: tuple[str, str], source: str) -> Kpi:
    ratio = (count("successes"), count("attempts"))
    return Kpi(
        id=kpi_id,
        zh=names[0],
        en=names[1],
        meaning_zh=meanings[0],
        meaning_en=meanings[1],
        table="access_steps",
        day="day_on",
        subject="cell_id",
        evidence=("cell_id", "part", "attempts", "successes"),
        part="part",
        weights=dict.fromkeys(STEPS[technology], 1.0),
        product=True,
        where=_technology(technology),
        numerator=_where_known(ratio[0], ratio),
        denominator=_where_known(ratio[1], ratio),
        suspect=_suspect,
        missing=lambda row: when(~_known(row, ratio)),
        better="higher",
        source=source,
    )


KPIS = (
    _access_kpi(
        "accessibility",
        LTE,
        ("无线接通率", "E-RAB accessibility"),
        ("RRC 成功率 x S1 成功率 x E-RAB 成功率，各为合计之比", "RRC x S1 x E-RAB success, each a ratio of sums"),
        "3GPP TS 32.450 6.1.1",
    ),
    _access_kpi(
        "call_setup",
        GSM,
        ("呼叫建立成功率", "Call set-up success"),
        ("忙时立即指配成功率 x TCH 占用成功率", "Busy-hour immediate-assignment success x TCH seizure success"),
        "3GPP TS 32.410 7.4",
    ),
    _cell_day_kpi(
        "tch_drop_rate",
        GSM,
        ("掉话率（含切换）", "TCH drop rate"),
        ("忙时掉话次数 / （占用成功 + 切入成功）", "Busy-hour drops / (seizures + handovers in)"),
        (_busy("drops"), _busy("tch_seizures", "handovers_in")),
        "CUCC 2003 G2.7; 3GPP TS 32.410 8.2",
    ),
    _cell_day_kpi(
        "tch_drop_rate_without_handover",
        GSM,
        ("掉话率（不含切换）", "TCH drop rate without handover"),
        ("忙时掉话次数 / 占用成功次数", "Busy-hour drops / seizures"),
        (_busy("drops"), _busy("tch_seizures")),
        "CUCC 2003 G2.8",
    ),
    _cell_day_kpi(
        "tch_congestion",
        GSM,
        ("TCH 拥塞率", "TCH congestion"),
        ("忙时溢出次数 / 占用请求次数", "Busy-hour overflows / attempts"),
        (_busy("tch_overflows"), _busy("tch_attempts")),
        "CUCC 2003 G2.6; TRAI 2009",
    ),
    _cell_day_kpi(
        "sdcch_congestion",
        GSM,
        ("SDCCH 拥塞率", "SDCCH congestion"),
        ("忙时溢出次数 / 占用请求次数", "Busy-hour overflows / attempts"),
        (_busy("sdcch_overflows"), _busy("sdcch_attempts")),
        "TRAI 2009",
    ),
    _cell_day_kpi(
        "erab_drop_rate",
        LTE,
        ("E-RAB 掉线率", "E-RAB drop rate"),
        ("异常释放次数 / 释放次数", "Abnormal releases / releases"),
        (count("erab_abnormal_releases"), count("erab_releases")),
        "Operator-defined; not retainability (TS 32.450 6.2.1)",
    ),
    *(
        _cell_day_kpi(
            kpi_id,
            technology,
            (f"{zh}保持性", f"{en} retainability"),
            ("异常释放次数 / 会话时长（秒）", "Abnormal releases / seconds of session time"),
            (count("erab_abnormal_releases"), count("erab_session_s")),
            source,
            scale=1.0,
            unit="/s",
            decimals=6,
        )
        for kpi_id, technology, zh, en, source in (
            ("erab_retainability", LTE, "E-RAB ", "E-RAB", "3GPP TS 32.450 6.2.1, R2"),
            ("flow_retainability", NR, "QoS 流", "QoS flow", "3GPP TS 28.554 6.5.1, R2"),
        )
    ),
    _cell_day_kpi(
        "dl_throughput",
        LTE,
        ("下行速率", "Downlink throughput"),
        ("下行数据量 / 有数据可发的时长", "Volume sent / time while there were data to send"),
        (count("dl_volume_kbit"), count("dl_time_ms")),
        "3GPP TS 32.450 6.3.1",
        "higher",
        scale=1.0,
        unit="Mbit/s",
    ),
    _cell_day_kpi(
        "data_download_rate",
        GSM,
        ("GPRS 下载速率", "GPRS download rate"),
        ("下行数据量 / 有数据可发的时长", "Volume sent / time while there were data to send"),
        (count("dl_volume_kbit"), count("dl_time_ms")),
        "In the manner of 3GPP TS 32.450 6.3.1",
        "higher",
        scale=1000.0,
        unit="kbit/s",
    ),
    _cell_day_kpi(
        "handover_success",
        GSM,
        ("切换成功率", "Handover success"),
        ("切出成功次数 / 切出请求次数", "Handovers out that succeeded / requested"),
        (count("handovers_out"), count("handovers_out_attempts")),
        "3GPP TS 32.410 9.5",
        "higher",
    ),
    _cell_day_kpi(
        "cell_availability",
        None,
        ("小区可用率", "Cell availability"),
        (
            "（有数时长 - 故障与人工不可用）/ 有数时长",
            "(Time counted - unavailable, by itself or by people) / time counted",
        ),
        (_up_s, count("usable_s")),
        "3GPP TS 32.450 6.4.1; missing counters leave the time",
        "higher",
        decimals=3,
    ),
    _cell_day_kpi(
        "cell_availability_without_manual",
        None,
        ("小区可用率（扣除人工闭塞）", "Cell availability without manual blocking"),
        ("同上，人工闭塞时长不计入分子分母", "The same, with the time of manual blocking in neither sum"),
        (_up_s, lambda row: row.usable_s - row.unavailable_manual_s),
        "Vendor rule: manual time leaves the time",
        "higher",
        decimals=3,
    ),
    _cell_day_kpi(
        "channel_utilisation",
        GSM,
        ("每线话务利用率", "Channel utilisation"),
        ("忙时话务量 / 可用信道", "Busy-hour traffic / available channels"),
        (_busy("traffic_chs"), lambda row: row.channels * 3600),
        "Operator practice",
        "higher",
    ),
    _cell_day_kpi(
        "prb_utilisation",
        LTE,
        ("PRB 利用率", "PRB utilisation"),
        ("忙时占用 PRB / 可用 PRB", "Busy-hour resource blocks used / available"),
        (_busy("prb_used"), _busy("prb_available")),
        "Operator practice",
        "higher",
    ),
    Kpi(
        id="counter_completeness",
        zh="性能数据完整率",
        en="Counter completeness",
        meaning_zh="收到计数器的时长 / 在网时长；缺失的时段不进入其他指标的分母",
        meaning_en="Time for which counters arrived / time in service; what did not is in no other denominator",
        table="cell_days",
        day="day_on",
        subject="cell_id",
        evidence=("cell_id", "usable_s", "suspect_s", "day_s"),
        # Where periods overlap, a day is still no more than complete.
        numerator=lambda row: ibis.least(row.usable_s + row.suspect_s, row.day_s),
        denominator=lambda row: row.day_s,
        suspect=_suspect,
        better="higher",
        source="House; in the manner of missing files in a vendor's availability rule",
        house=True,
    ),
    Kpi(
        id="cell_q90",
        zh="日掉话率达标小区比例",
        en="Cells within the daily drop limit",
        meaning_zh="九成以上的天忙时掉话率 <= 2 % 的小区 / 有掉话率的小区",
        meaning_en="Cells whose busy-hour drop rate is at most 2 % on at least 90 % of days / cells with a drop rate",
        table="cell_months",
        day="first_on",
        subject="cell_id",
        evidence=("cell_id", "rated_days", "within_days"),
        where=_technology(GSM),
        numerator=lambda row: when((row.rated_days > 0) & row.within_often),
        denominator=lambda row: when(row.rated_days > 0),
        suspect=count("suspect_days"),
        missing=count("missing_days"),
        better="higher",
        source="In the manner of TRAI 2017, Network_QSD(90,90)",
        house=True,
    ),
    Kpi(
        id="worst_cell_share",
        zh="最坏小区比例",
        en="Worst-cell share",
        meaning_zh="符合所选规则的小区 / 在网小区；默认规则 (e)：每线话务 > 0.12 Erl 且（掉话率 > 3 % 或拥塞率 > 5 %）",
        meaning_en="Cells meeting the selected rule / cells in service; by default (e): over 0.12 Erl per channel and "
        "(drop rate over 3 % or congestion over 5 %)",
        table="cell_months",
        day="first_on",
        subject="cell_id",
        evidence=(
            "cell_id",
            "days",
            "traffic_chs",
            "drops",
            "tch_seizures",
            "handovers_in",
            "tch_overflows",
            "tch_attempts",
            "worst",
        ),
        where=_technology(GSM),
        numerator=lambda row: when(row.worst),
        denominator=lambda row: when(row.days > 0),
        suspect=count("suspect_days"),
        missing=count("missing_days"),
        better="lower",
        source="House: the selected one of the worst-cell rules in docs/definitions.md",
        house=True,
    ),
)
