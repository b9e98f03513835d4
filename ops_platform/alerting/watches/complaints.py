"""Complaints near or past the limit of closing, group and high-value customers first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ops_platform.alerting.rules import AHEAD, Condition, Fact, Rule, Watch, Words
from ops_platform.alerting.watches.places import OFFICE_FACTS, in_words, known, office_named, people, with_office_names
from ops_platform.contracts.service import COMPLAINTS
from ops_platform.platform import Platform

_RANK = {"group": 0, "high_value": 1, "ordinary": 2}
_PRIORITY = ("group", "high_value")

DUE_SOON = Rule(
    "complaint_due_soon",
    "minor",
    Words("投诉即将到期", "Complaint due soon"),
    Words("件投诉", "complaints"),
    Words(
        "{complaint_id}（{office}）{customer_class_zh}，{cause_zh}，{received_at} 受理，须于 {limit_at} 前办结，{left}",
        "{complaint_id} ({office}): {customer_class_en} customer, {cause_en}, received {received_at}, to be closed by "
        "{limit_at}, {left}",
    ),
    Words(
        "请今天联系客户，办结并登记结果；需要网络处理的，催办对应工单。",
        "Call the customer today, close the complaint and record how; where the network is at fault, press its order.",
    ),
    "complaint_id",
    "limit_at",
    ("complaint_id", *OFFICE_FACTS, "customer_class_zh", "customer_class_en", "cause_zh", "cause_en", "received_at",
     "limit_at", "rank"),
    also={"staff_name": Words("，处理人 {staff_name}", ", handled by {staff_name}")},
    first="rank",
    worsens_to="complaint_overdue",
    news_for=timedelta(days=7),
)  # fmt: skip
OVERDUE = replace(
    DUE_SOON,
    id="complaint_overdue",
    heading=Words("投诉超时未办结", "Complaint overdue"),
    line=Words(
        "{complaint_id}（{office}）{customer_class_zh}，{cause_zh}，{received_at} 受理，应于 {limit_at} 前办结，{left}",
        "{complaint_id} ({office}): {customer_class_en} customer, {cause_en}, received {received_at}, was to be closed "
        "by {limit_at}, {left}",
    ),
    advice=Words(
        "请立即联系客户说明进展并约定时间，报客服主管；已办结的，立即登记。",
        "Call the customer now, say how it stands, agree on a time and tell the head of service; if closed, record it.",
    ),
    worsens_to="",
)
PRIORITY_DUE_SOON = replace(
    DUE_SOON,
    id="complaint_due_soon_priority",
    severity="major",
    heading=Words("重点客户投诉即将到期", "Priority complaint due soon"),
    worsens_to="complaint_overdue_priority",
)
PRIORITY_OVERDUE = replace(
    OVERDUE,
    id="complaint_overdue_priority",
    severity="major",
    heading=Words("重点客户投诉超时未办结", "Priority complaint overdue"),
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the open complaints that are near or past their limit."""
    facts, policy = platform.facts, platform.settings.policy.complaint
    every = facts.whole("complaints")
    is_open = (every["received_at"] <= now) & (every["closed_at"].isna() | (every["closed_at"] > now))
    rows = with_office_names(facts, every[is_open])
    rows["staff_name"] = rows["staff_id"].map(people(facts))
    rows["limit_at"] = rows["received_at"] + pd.Timedelta(policy.close_limit_h, "h")
    priority = rows["customer_class"].isin(_PRIORITY)
    soon = (rows["limit_at"] - pd.Timedelta(policy.due_soon_h, "h")).where(rows["limit_at"] > now)
    found = {
        PRIORITY_OVERDUE: rows["limit_at"].where(priority),
        PRIORITY_DUE_SOON: soon.where(priority),
        OVERDUE: rows["limit_at"].where(~priority),
        DUE_SOON: soon.where(~priority),
    }
    for rule, since in found.items():
        for row in rows.assign(since=since)[since <= now + AHEAD].itertuples():
            yield Condition(rule, row.complaint_id, row.office_id, _facts(row), row.since.to_pydatetime())


def _facts(row: Any) -> dict[str, Fact]:
    # The customer's number stays in the house: a message passes through other people's systems.
    return (
        office_named(row)
        | in_words(COMPLAINTS.column("customer_class"), row.customer_class)
        | in_words(COMPLAINTS.column("cause"), row.cause)
        | {
            "complaint_id": row.complaint_id,
            "received_at": row.received_at.isoformat(),
            "limit_at": row.limit_at.isoformat(),
            "rank": _RANK[row.customer_class],
            "staff_name": known(row.staff_name),
        }
    )


WATCH = Watch(
    "complaints",
    Words("投诉将到期或已超时，集团与高价值客户优先", "Complaints near or past their limit, priority customers first"),
    (PRIORITY_OVERDUE, PRIORITY_DUE_SOON, OVERDUE, DUE_SOON),
    find,
    every_s=300,
)
