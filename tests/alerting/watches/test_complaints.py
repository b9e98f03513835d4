"""Complaints near or past their limit: priority customers first, and no customer's number in a message."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops_platform.alerting.rules import AHEAD, Condition
from ops_platform.alerting.watches.complaints import DUE_SOON, OVERDUE, PRIORITY_DUE_SOON, PRIORITY_OVERDUE, WATCH
from ops_platform.policy import ComplaintPolicy, Policy
from tests.alerting.watches.looking import NAMES, SITES, look, since, texts, told
from tests.maintenance.builders import at

RECEIVED, LIMIT = at("03-10 08:00"), at("03-13 08:00")
COMPLAINT = {"complaint_id": "C1", "customer_id": "KH-13800000001", "received_at": RECEIVED, "staff_id": "E1"}
STAFF = [{"staff_id": "E1", "staff_name": "李雷"}]


def complaints(root: Path, now: datetime, policy: Policy | None = None, **more: Any) -> list[Condition]:
    return look(WATCH, root, now, policy, staff=STAFF, complaints=[COMPLAINT | more])


@pytest.mark.parametrize(("kind", "suffix"), [("ordinary", ""), ("high_value", "_priority"), ("group", "_priority")])
def test_a_complaint_is_announced_a_day_before_its_limit_and_then_overdue(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    complaints(tmp_path, LIMIT, customer_class=kind)
    ahead = LIMIT - timedelta(days=1)

    def found(now: datetime) -> dict[str, datetime]:
        return since(look(WATCH, tmp_path, now))

    soon, late = f"complaint_due_soon{suffix}", f"complaint_overdue{suffix}"
    assert found(ahead - AHEAD - timedelta(seconds=1)) == {}
    assert found(ahead - AHEAD) == {soon: ahead}
    assert found(LIMIT - AHEAD) == {soon: ahead, late: LIMIT}
    assert found(LIMIT) == {late: LIMIT}
    assert found(LIMIT + timedelta(days=200)) == {late: LIMIT}, "however long it is open"


def test_the_limits_are_the_policys(tmp_path: Path) -> None:
    policy = Policy(complaint=ComplaintPolicy(close_limit_h=48, due_soon_h=2))
    assert since(complaints(tmp_path, at("03-12 07:00"), policy)) == {"complaint_due_soon": at("03-12 06:00")}


def test_closing_it_ends_it(tmp_path: Path) -> None:
    closed = LIMIT + timedelta(hours=1)
    assert told(complaints(tmp_path, closed - timedelta(seconds=1), closed_at=closed)) == [("complaint_overdue", "C1")]
    assert complaints(tmp_path, closed, closed_at=closed) == []
    policy = Policy(complaint=ComplaintPolicy(due_soon_h=73))
    assert complaints(tmp_path, RECEIVED - timedelta(seconds=1), policy) == [], "nothing before it was received"
    assert complaints(tmp_path, RECEIVED, policy) != []


def test_group_customers_come_first_and_then_those_of_high_value(tmp_path: Path) -> None:
    rows = [COMPLAINT | {"complaint_id": kind, "customer_class": kind} for kind in ("ordinary", "high_value", "group")]
    found = look(WATCH, tmp_path, LIMIT, staff=STAFF, complaints=rows)
    assert {one.subject: one.facts["rank"] for one in found} == {"group": 0, "high_value": 1, "ordinary": 2}
    assert {rule.first for rule in WATCH.rules} == {"rank"}
    assert [rule.severity for rule in (PRIORITY_OVERDUE, PRIORITY_DUE_SOON, OVERDUE, DUE_SOON)] == [
        "major", "major", "minor", "minor",
    ]  # fmt: skip
    assert (DUE_SOON.worsens_to, PRIORITY_DUE_SOON.worsens_to) == (OVERDUE.id, PRIORITY_OVERDUE.id)
    assert not OVERDUE.worsens_to + PRIORITY_OVERDUE.worsens_to
    assert {rule.news_for for rule in WATCH.rules} == {timedelta(days=7)}


def test_what_is_told_of_a_complaint_and_that_the_customer_is_not(tmp_path: Path) -> None:
    (condition,) = complaints(tmp_path, LIMIT, customer_class="group", cause="slow_data")
    assert condition.facts == {
        "complaint_id": "C1", **NAMES, "customer_class_zh": "集团客户", "customer_class_en": "group",
        "cause_zh": "上网慢", "cause_en": "slow data", "received_at": RECEIVED.isoformat(),
        "limit_at": LIMIT.isoformat(), "rank": 0, "staff_name": "李雷",
    }  # fmt: skip
    assert condition.office_id == "O1"
    assert texts(condition)[0].startswith("C1（前旗）集团客户，上网慢")
    assert texts(condition)[1].startswith("C1 (Qianqi): group customer, slow data")
    assert all("13800000001" not in said for said in texts(condition))


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert look(WATCH, tmp_path, LIMIT, sites=SITES) == []
