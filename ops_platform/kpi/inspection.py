"""KPIs of planned work: inspections done and audited, work plan items done."""

from datetime import datetime

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.kpi.definition import Kpi, because, when
from ops_platform.maintenance.inspections import with_local_dates
from ops_platform.policy import Policy

KPIS = (
    Kpi(
        id="inspection_completion",
        zh="巡检完成率",
        en="Inspection completion",
        meaning_zh="在计划期内完成的巡检 / 可进站的计划巡检",
        meaning_en="Inspections done in their window / planned inspections of accessible sites",
        table="inspections",
        day="due_on",
        subject="site_id",
        evidence=("inspection_id", "site_id", "window_starts_on", "due_on", "done_at", "accessible", "access_evidence"),
        numerator=lambda row: when(row.accessible & row.in_window),
        denominator=lambda row: when(row.accessible & row.due),
        excluded=lambda row: when(~row.accessible),
        reason=because("access_refused"),
        better="higher",
        source="Operator practice",
    ),
    Kpi(
        id="inspection_quality",
        zh="抽检合格率",
        en="Inspection quality",
        meaning_zh="抽检合格的巡检 / 抽检的巡检",
        meaning_en="Audited inspections that passed / audited inspections",
        table="inspections",
        day="due_on",
        subject="site_id",
        evidence=("inspection_id", "site_id", "done_at", "audit_passed"),
        numerator=lambda row: when(row.audited & row.audit_passed),
        denominator=lambda row: when(row.audited),
        better="higher",
        source="Operator practice",
    ),
    Kpi(
        id="work_plan_completion",
        zh="作业计划完成率",
        en="Work plan completion",
        meaning_zh="按期完成且验收合格的作业 / 到期作业",
        meaning_en="Items done on time and accepted / items due",
        table="work_plan_items",
        day="due_on",
        subject="item_id",
        evidence=("item_id", "title", "due_on", "done_on", "accepted"),
        numerator=lambda row: when(row.on_time & row.accepted),
        denominator=lambda row: when(row.due),
        better="higher",
        source="The operator's work plan",
    ),
)


def tables(facts: Facts, month: str, _policy: Policy, as_of: datetime) -> dict[str, pd.DataFrame]:
    """Return the tables over which the KPIs of this module are declared, for one month."""
    today = as_of.astimezone(facts.zone).date()
    inspections = with_local_dates(facts.month("inspections", month), facts.zone)
    inspections = inspections.merge(facts.whole("sites")[["site_id", "office_id"]], on="site_id")
    items = facts.month("work_plan_items", month)
    done = inspections["done_on"].notna()
    done_item = items["done_on"].notna()
    return {
        "inspections": inspections.assign(
            accessible=inspections["accessible"].astype(bool),
            audited=inspections["audited"].astype(bool),
            audit_passed=inspections["audit_passed"].eq(other=True),
            in_window=done & _between(inspections["done_on"], inspections["window_starts_on"], inspections["due_on"]),
            due=done | (inspections["due_on"] < today),
        ),
        "work_plan_items": items.assign(
            accepted=items["accepted"].eq(other=True),
            on_time=done_item & (items["done_on"].fillna(today) <= items["due_on"]),
            due=done_item | (items["due_on"] < today),
        ),
    }


def _between(days: pd.Series, first: pd.Series, last: pd.Series) -> pd.Series:
    day = pd.to_datetime(days)
    return (day >= pd.to_datetime(first)) & (day <= pd.to_datetime(last))
