"""Faults to which nobody responded in time, and repairs near or past their limit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd

from ops_platform.alerting.rules import AHEAD, Condition, Fact, Rule, Watch, Words
from ops_platform.alerting.watches.places import OFFICE_FACTS, in_words, known, named, people, with_names
from ops_platform.contracts.events import FAULTS
from ops_platform.maintenance.fault_clock import fault_clock
from ops_platform.maintenance.importance import importance
from ops_platform.platform import Platform

_UNIT = Words("张故障单", "faults")
_FACTS = ("fault_id", "site_name", *OFFICE_FACTS, "fault_class_zh", "fault_class_en", "occurred_at")
_ALSO = {
    "staff_name": Words("，处理人 {staff_name}", ", handled by {staff_name}"),
    "customers_at_risk": Words("，该站服务 {customers_at_risk} 户", ", the site serves {customers_at_risk} customers"),
}

NOT_RESPONDED = Rule(
    "fault_not_responded",
    "major",
    Words("故障未按时响应", "No response to a fault"),
    _UNIT,
    Words(
        "{fault_id} {site_name}（{office}）{fault_class_zh}故障，{occurred_at} 发生，应 {respond_by_at} 前响应，{left}",
        "{fault_id} {site_name} ({office}): {fault_class_en} fault of {occurred_at}, response was due by "
        "{respond_by_at}, {left}",
    ),
    Words(
        "请立即接单并登记首次反馈；不能处理的，马上转派他人。",
        "Take the order and record the first response now; hand it over at once if you cannot.",
    ),
    "fault_id",
    "respond_by_at",
    (*_FACTS, "respond_by_at"),
    also=_ALSO,
    worsens_to="fault_not_responded_urgent",
)
NOT_RESPONDED_URGENT = replace(
    NOT_RESPONDED,
    id="fault_not_responded_urgent",
    severity="critical",
    heading=Words("紧急故障未按时响应", "No response to a critical fault"),
    worsens_to="",
)
REPAIR_DUE = Rule(
    "fault_repair_due",
    "minor",
    Words("故障修复即将到期", "Fault repair due soon"),
    _UNIT,
    Words(
        "{fault_id} {site_name}（{office}）{fault_class_zh}故障，最迟须于 {limit_at} 修复，{left}",
        "{fault_id} {site_name} ({office}): {fault_class_en} fault, repair is due by {limit_at}, {left}",
    ),
    Words(
        "请确认处理人已在途、备件已备；缺件或进不了站的，现在就上报。",
        "Make sure that somebody is on the way with the parts; report now what is missing or who refuses access.",
    ),
    "fault_id",
    "limit_at",
    (*_FACTS, "limit_at"),
    also=_ALSO,
    worsens_to="fault_repair_late",
)
REPAIR_LATE = replace(
    REPAIR_DUE,
    id="fault_repair_late",
    severity="major",
    heading=Words("故障修复超时", "Fault repair is late"),
    line=Words(
        "{fault_id} {site_name}（{office}）{fault_class_zh}故障，应于 {limit_at} 前修复而未修复，{left}",
        "{fault_id} {site_name} ({office}): {fault_class_en} fault, not repaired by {limit_at}, {left}",
    ),
    advice=Words(
        "请升级至县分公司负责人，定下修复时间并登记原因；已修复的，立即结单。",
        "Escalate to the head of the office, agree on a time and record why it is late; if repaired, close it.",
    ),
    worsens_to="",
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the open faults that wait for a response or are near or past the limit of their repair."""
    facts, policy = platform.facts, platform.settings.policy.fault
    clock = fault_clock(facts, policy, now)
    rows = with_names(facts, clock[clock["repaired_at"].isna()])
    rows["customers_at_risk"] = rows["site_id"].map(importance(facts.whole("sites"))["customers_at_risk"])
    rows["staff_name"] = rows["staff_id"].map(people(facts))
    unanswered = rows["responded_at"].isna() | (rows["responded_at"] > now)
    respond_by = rows["reported_at"].fillna(rows["occurred_at"]) + pd.Timedelta(policy.response_limit_min, "min")
    rows["respond_by_at"] = respond_by.where(unanswered)
    urgent = rows["fault_class"] == "critical"
    ahead = pd.Timedelta(policy.repair_due_soon_h, "h")
    found = {
        NOT_RESPONDED: rows["respond_by_at"].where(~urgent),
        NOT_RESPONDED_URGENT: rows["respond_by_at"].where(urgent),
        REPAIR_DUE: (rows["limit_at"] - ahead).where(rows["limit_at"] > now),
        REPAIR_LATE: rows["limit_at"],
    }
    for rule, since in found.items():
        for row in rows.assign(since=since)[since <= now + AHEAD].itertuples():
            yield Condition(
                rule, row.fault_id, row.office_id, _facts(row, rule.due), row.since.to_pydatetime(), row.site_id
            )


def _facts(row: Any, due: str) -> dict[str, Fact]:
    return (
        named(row)
        | in_words(FAULTS.column("fault_class"), row.fault_class)
        | {
            "fault_id": row.fault_id,
            "occurred_at": row.occurred_at.isoformat(),
            due: getattr(row, due).isoformat(),
            "staff_name": known(row.staff_name),
            "customers_at_risk": known(row.customers_at_risk),
        }
    )


WATCH = Watch(
    "faults",
    Words("故障未按时响应、修复将到期或已超时", "Faults without response, and repairs near or past their limit"),
    (NOT_RESPONDED, NOT_RESPONDED_URGENT, REPAIR_DUE, REPAIR_LATE),
    find,
    every_s=60,
)
