"""What counts against a KPI, counted in words: late generators, site outages, hours down."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops_platform.reporting import formats
from ops_platform.reporting.words import Words


@dataclass(frozen=True)
class Events:
    """How the harm to a KPI is counted.

    Attributes
    ----------
    zh, en
        The words, with ``{n}`` for the count.
    per
        Units of the measure to one of the words' unit, such as seconds to an hour.
    """

    zh: str
    en: str
    per: float = 1.0

    def counted(self, units: float) -> Words:
        """Return so many in words."""
        count = formats.amount(round(units / self.per, 1))
        return self.zh.format(n=count), self.en.format(n=count)


EVENTS: Mapping[str, Events] = {
    "generator_timeliness": Events("未及时发电 {n} 次", "mains outages without a generator in time: {n}"),
    "site_outages": Events("宕站 {n} 次", "site outages: {n}"),
    "site_availability": Events("宕站 {n} 小时", "hours down: {n}", 3600),
    "fault_report_timeliness": Events("上报超时 {n} 单", "faults reported late: {n}"),
    "fault_report_accuracy": Events("原因误报 {n} 单", "faults reported with the wrong cause: {n}"),
    "technical_response": Events("响应超时 {n} 单", "faults responded to late: {n}"),
    "fault_repair_time": Events("处理 {n} 小时", "hours of repair: {n}", 3600),
    "fault_repair_in_limit": Events("处理超时 {n} 单", "faults repaired late: {n}"),
    "inspection_completion": Events("未按期巡检 {n} 站次", "inspections not done in time: {n}"),
    "inspection_quality": Events("抽检不合格 {n} 站次", "inspections that failed the audit: {n}"),
    "work_plan_completion": Events("作业未按期完成 {n} 项", "work items not done in time: {n}"),
    "tch_drop_rate": Events("掉话 {n} 次", "drops: {n}"),
    "tch_drop_rate_without_handover": Events("掉话 {n} 次", "drops: {n}"),
    "tch_congestion": Events("溢出 {n} 次", "overflows: {n}"),
    "sdcch_congestion": Events("信令溢出 {n} 次", "signalling overflows: {n}"),
    "erab_drop_rate": Events("异常释放 {n} 次", "abnormal releases: {n}"),
    "worst_cell_share": Events("最坏小区 {n} 个", "worst cells: {n}"),
    "interconnect_connect_rate": Events("未接通 {n} 次", "calls not connected: {n}"),
    "complaint_in_limit": Events("投诉超时 {n} 件", "complaints closed late: {n}"),
    "repeat_complaint_share": Events("重复投诉 {n} 件", "repeated complaints: {n}"),
    "training_pass_rate": Events("培训失分 {n} 人次", "training failures: {n}", 100),
    "coverage_population_share": Events("未覆盖 {n} 人", "people without coverage: {n}"),
}
"""KPIs whose harm can be counted so that it says something."""

IN_SECONDS = frozenset({"site_availability"})
"""KPIs that leave out seconds, which are read as hours."""
