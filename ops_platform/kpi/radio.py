"""KPIs of the radio network, on cell days: drops, congestion, utilisation, worst cells."""

from typing import Literal

import ibis
import ibis.expr.types as ir

from ops_platform.kpi.definition import Count, Kpi, count, when

GSM = "GSM"
LTE = "LTE"


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
    technology: str,
    names: tuple[str, str],
    meanings: tuple[str, str],
    ratio: tuple[Count, Count],
    source: str,
    better: Literal["higher", "lower"] = "lower",
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
        where=_technology(technology),
        numerator=_where_known(ratio[0], ratio),
        denominator=_where_known(ratio[1], ratio),
        suspect=_suspect,
        missing=lambda row: when(~_known(row, ratio)),
        better=better,
        source=source,
    )


KPIS = (
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
