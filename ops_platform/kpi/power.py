"""KPIs of power and faults: generation, site outages, availability, fault reporting and repair."""

from datetime import datetime

import ibis
import pandas as pd

from ops_platform.clock import month_bounds, month_days
from ops_platform.contracts.outages import MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.facts import Facts
from ops_platform.kpi.definition import Kpi, at_least_once, because, count, one, when, within_limit
from ops_platform.maintenance import intervals
from ops_platform.maintenance.fault_limits import repair_limits
from ops_platform.maintenance.generation import exempted
from ops_platform.maintenance.network_service import sites_in_service
from ops_platform.policy import FaultPolicy, Policy

SITE_DAYS_PER_100_SITE_MONTHS = 100 * 365.25 / 12


KPIS = (
    Kpi(
        id="generator_timeliness",
        zh="基站停电发电及时率",
        en="Generator timeliness",
        meaning_zh="在截止时刻前核实发电且未因停电宕站的停电次数 / 超过电池续航的停电次数",
        meaning_en="Mains outages with a verified generator start by the deadline and no site outage / "
        "mains outages that outlast the battery",
        table="mains_outages",
        day="day_on",
        subject="site_id",
        evidence=(
            "mains_outage_id",
            "failed_at",
            "restored_at",
            "deadline_at",
            "started_at",
            "run_id",
            "outcome",
            "excluded_by",
        ),
        numerator=lambda row: when(row.outcome == "in_time"),
        denominator=lambda row: when(row.outcome.isin(("in_time", "late"))),
        excluded=lambda row: when(row.outcome.isin(("mains_back", "fixed_set", "exempt"))),
        reason=lambda row: ibis.ifelse(row.outcome == "exempt", row.excluded_by, row.outcome),
        missing=lambda row: when(row.outcome == "unknown"),
        better="higher",
        source="House formula; 98 % is operator practice",
        house=True,
    ),
    Kpi(
        id="site_outages",
        zh="基站宕站次数",
        en="Site outages",
        meaning_zh="每百站月的宕站次数（不含计划施工）",
        meaning_en="Site outages per 100 site-months, planned work apart",
        table="site_days",
        day="day_on",
        subject="site_id",
        evidence=("site_id", "outages", "planned_outages"),
        numerator=count("outages"),
        denominator=one,
        excluded=count("planned_outages"),
        reason=because("planned_work"),
        scale=SITE_DAYS_PER_100_SITE_MONTHS,
        unit="/100",
        better="lower",
        source="Operator practice",
    ),
    Kpi(
        id="site_availability",
        zh="基站可用率",
        en="Site availability",
        meaning_zh="（在网时长 - 宕站时长并集）/ 在网时长，计划施工时长剔除",
        meaning_en="In-service seconds less the union of down seconds / in-service seconds, planned work apart",
        table="site_days",
        day="day_on",
        subject="site_id",
        evidence=("site_id", "in_service_s", "down_s", "planned_down_s"),
        numerator=lambda row: row.in_service_s - row.down_s,
        denominator=lambda row: row.in_service_s - row.planned_down_s,
        excluded=count("planned_down_s"),
        reason=because("planned_work"),
        decimals=3,
        better="higher",
        source="Form of 3GPP TS 32.450 6.4.1",
    ),
    Kpi(
        id="fault_report_timeliness",
        zh="故障反映及时率",
        en="Fault report timeliness",
        meaning_zh="在等级时限内上报的故障 / 应上报的故障",
        meaning_en="Faults reported within the limit of their class / faults due",
        table="faults",
        day="occurred_on",
        subject="site_id",
        evidence=(
            "fault_id",
            "occurred_at",
            "reported_at",
            "report_s",
            "report_limit_s",
            "exempt_fault_report_timeliness",
        ),
        **within_limit("report_s", "report_limit_s", "age_s", "exempt_fault_report_timeliness"),
        better="higher",
        source="House",
        house=True,
    ),
    Kpi(
        id="fault_report_accuracy",
        zh="故障反映准确率",
        en="Fault report accuracy",
        meaning_zh="上报原因与确认原因一致的故障 / 已确认原因的故障",
        meaning_en="Faults whose reported cause is the confirmed one / faults with a confirmed cause",
        table="faults",
        day="occurred_on",
        subject="site_id",
        evidence=("fault_id", "occurred_at", "reported_cause", "confirmed_cause", "exempt_fault_report_accuracy"),
        numerator=lambda row: when(
            row.exempt_fault_report_accuracy.isnull() & (row.reported_cause == row.confirmed_cause)
        ),
        denominator=lambda row: when(row.exempt_fault_report_accuracy.isnull() & row.confirmed_cause.notnull()),
        excluded=lambda row: when(row.exempt_fault_report_accuracy.notnull()),
        reason=count("exempt_fault_report_accuracy"),
        missing=lambda row: when(row.exempt_fault_report_accuracy.isnull() & row.confirmed_cause.isnull()),
        better="higher",
        source="House",
        house=True,
    ),
    Kpi(
        id="technical_response",
        zh="15 分钟响应率",
        en="Technical response in 15 min",
        meaning_zh="上报后 15 分钟内响应的故障 / 已上报故障",
        meaning_en="Faults responded to within 15 min of the report / faults reported",
        table="faults",
        day="reported_on",
        subject="site_id",
        evidence=("fault_id", "reported_at", "responded_at", "response_s", "exempt_technical_response"),
        **within_limit("response_s", "response_limit_s", "report_age_s", "exempt_technical_response"),
        better="higher",
        source="The operator's work plan",
    ),
    Kpi(
        id="fault_repair_time",
        zh="故障平均处理时长",
        en="Mean time to repair",
        meaning_zh="故障处理时长合计 / 已修复故障数",
        meaning_en="Hours from occurrence to repair / faults repaired",
        table="faults",
        day="occurred_on",
        subject="site_id",
        evidence=("fault_id", "occurred_at", "repaired_at", "repair_s", "exempt_fault_repair_time"),
        where=lambda row: row.exempt_fault_repair_time.notnull() | row.repair_s.notnull(),
        numerator=lambda row: when(row.exempt_fault_repair_time.isnull()) * row.repair_s.fill_null(0),
        denominator=lambda row: when(row.exempt_fault_repair_time.isnull()),
        excluded=lambda row: when(row.exempt_fault_repair_time.notnull()),
        reason=count("exempt_fault_repair_time"),
        scale=1 / 3600,
        unit="h",
        better="lower",
        source="MIIT 2009: mean at most 24 h",
    ),
    Kpi(
        id="fault_repair_in_limit",
        zh="故障处理及时率",
        en="Faults repaired in time",
        meaning_zh="时限内修复的故障 / 到期故障；时限按工单自带或发生日的规则",
        meaning_en="Faults repaired within their limit / faults repaired or past it; the limit is the order's own or "
        "the rule of the day",
        table="faults",
        day="occurred_on",
        subject="site_id",
        evidence=("fault_id", "occurred_at", "repaired_at", "repair_s", "limit_at", "exempt_fault_repair_in_limit"),
        suspect=lambda row: when(~row.calendar_known),
        **within_limit("repair_s", "repair_limit_s", "age_s", "exempt_fault_repair_in_limit"),
        better="higher",
        source="MIIT 2009: at most 48 h",
    ),
    Kpi(
        id="fault_repeat_dispatch_share",
        zh="故障重复派单率",
        en="Faults dispatched again",
        meaning_zh="重复派单的故障 / 已知重复派单数的故障",
        meaning_en="Faults whose order was sent out again / faults of which the number is known",
        table="faults",
        day="occurred_on",
        subject="site_id",
        evidence=("fault_id", "occurred_at", "dispatched_at", "repeat_dispatches"),
        **at_least_once("repeat_dispatches"),
        better="lower",
        source="House",
        house=True,
    ),
    Kpi(
        id="fault_return_share",
        zh="故障退单率",
        en="Faults sent back",
        meaning_zh="被退回的故障工单 / 已知退回次数的故障",
        meaning_en="Faults whose order was sent back / faults of which the number is known",
        table="faults",
        day="occurred_on",
        subject="site_id",
        evidence=("fault_id", "occurred_at", "dispatched_at", "returns"),
        **at_least_once("returns"),
        better="lower",
        source="House",
        house=True,
    ),
)


def tables(facts: Facts, month: str, policy: Policy, as_of: datetime) -> dict[str, pd.DataFrame]:
    """Return the tables over which the KPIs of this module are declared, for one month."""
    outages = facts.month(MAINS_OUTAGES, month)
    return {
        "mains_outages": outages.assign(day_on=facts.local_date(outages["failed_at"])),
        "site_days": _site_days(facts, month, as_of),
        "faults": _faults(facts, month, policy.fault, as_of),
    }


def _site_days(facts: Facts, month: str, as_of: datetime) -> pd.DataFrame:
    """Return one row per site and day in service, with outages started and seconds down."""
    sites = facts.whole("sites")
    days = [day for day in month_days(month) if day <= as_of.astimezone(facts.zone).date()]
    start, end = month_bounds(month, facts.zone)
    end = min(end, as_of)
    outages = facts.touching(SITE_OUTAGES, start, end)
    down = outages.rename(columns={"down_at": "start"}).assign(end=intervals.close_open(outages["up_at"], as_of))
    works = facts.touching("planned_work", start, end).rename(
        columns={"starts_at": "start", "ends_at": "end", "work_id": "ids"}
    )
    window = pd.DataFrame({"site_id": sites["site_id"]}).assign(
        start=pd.Timestamp(start).as_unit("us"), end=pd.Timestamp(end).as_unit("us")
    )
    down_in_month = intervals.intersect(down[["site_id", "start", "end"]], window, "site_id")
    planned = intervals.intersect(down_in_month, intervals.union(works, "site_id"), "site_id")
    started = outages.assign(
        day_on=facts.local_date(outages["down_at"]),
        outages=(outages["cause"] != "planned").astype("int64"),
        planned_outages=(outages["cause"] == "planned").astype("int64"),
    )
    keys = ["site_id", "day_on"]
    rows = sites_in_service(sites, facts.whole("acceptance_tests"), days)
    rows = rows.merge(window.pipe(intervals.seconds_by_day, "site_id", facts.zone), on=keys)
    rows = rows.rename(columns={"seconds": "in_service_s"})
    for part, name in ((down_in_month, "down_s"), (planned, "planned_down_s")):
        seconds = intervals.seconds_by_day(part, "site_id", facts.zone).rename(columns={"seconds": name})
        rows = rows.merge(seconds, on=keys, how="left")
    counts = started.groupby(keys, as_index=False)[["outages", "planned_outages"]].sum()
    rows = rows.merge(counts, on=keys, how="left").merge(sites[["site_id", "office_id", "staff_id"]], on="site_id")
    added = ["down_s", "planned_down_s", "outages", "planned_outages"]
    return rows.assign(**rows[added].fillna(0).astype("int64"))


def _faults(facts: Facts, month: str, policy: FaultPolicy, as_of: datetime) -> pd.DataFrame:
    """Return the faults of the month and the one before it, with durations (s), limits and exemptions."""
    faults = facts.month("faults", month, before=1)
    faults = faults.merge(facts.whole("sites")[["site_id", "office_id"]], on="site_id")
    exclusions = facts.whole("exclusions")
    now = pd.Timestamp(as_of).as_unit("us")
    exempt = {
        f"exempt_{kpi.id}": exempted(faults["fault_id"], exclusions, kpi.id) for kpi in KPIS if kpi.table == "faults"
    }
    limits = repair_limits(faults, policy, facts.zone)
    return faults.assign(
        **exempt,
        **limits,
        occurred_on=facts.local_date(faults["occurred_at"]),
        reported_on=facts.local_date(faults["reported_at"]),
        report_s=intervals.whole_seconds(faults["reported_at"] - faults["occurred_at"]),
        response_s=intervals.whole_seconds(faults["responded_at"] - faults["reported_at"]),
        repair_s=intervals.whole_seconds(faults["repaired_at"] - faults["occurred_at"]),
        age_s=intervals.whole_seconds(now - faults["occurred_at"]),
        report_age_s=intervals.whole_seconds(now - faults["reported_at"]),
        report_limit_s=faults["fault_class"].map(policy.report_limit_min).astype("int64") * 60,
        response_limit_s=policy.response_limit_min * 60,
        repair_limit_s=intervals.whole_seconds(limits["limit_at"] - faults["occurred_at"]),
    )
