"""Faults without response, and repairs near or past their limit, by the passing of time."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ops_platform.alerting.rules import AHEAD, Condition
from ops_platform.alerting.watches.faults import NOT_RESPONDED, NOT_RESPONDED_URGENT, REPAIR_DUE, REPAIR_LATE, WATCH
from ops_platform.policy import FaultPolicy, Policy
from tests.alerting.watches.looking import NAMES, SITES, look, since, texts, told
from tests.maintenance.builders import at

FAULT = {"fault_id": "F1", "occurred_at": at("03-10 08:00"), "reported_at": at("03-10 08:10"), "fault_class": "major"}
ANSWERED = FAULT | {"responded_at": at("03-10 08:15")}
STAFF = [{"staff_id": "E1", "staff_name": "李雷"}]


def faults(root: Path, now: datetime, **more: Any) -> list[Condition]:
    return look(WATCH, root, now, policy=more.pop("policy", None), staff=STAFF, faults=[FAULT | more])


def test_a_fault_waits_a_quarter_of_an_hour_for_its_response(tmp_path: Path) -> None:
    assert faults(tmp_path, at("03-10 08:14")) == []
    found = faults(tmp_path, at("03-10 08:25") - AHEAD)
    assert since(found) == {"fault_not_responded": at("03-10 08:25")}
    assert told(faults(tmp_path, at("03-10 12:00"))) == [("fault_not_responded", "F1")]
    policy = Policy(fault=FaultPolicy(response_limit_min=16))
    assert faults(tmp_path, at("03-10 08:25") - AHEAD, policy=policy) == []


def test_one_that_nobody_reported_waits_from_when_it_occurred(tmp_path: Path) -> None:
    assert since(faults(tmp_path, at("03-10 08:25"), reported_at=None)) == {"fault_not_responded": at("03-10 08:15")}


def test_a_response_ends_it_and_so_does_the_repair(tmp_path: Path) -> None:
    responded = at("03-10 08:30")
    assert told(faults(tmp_path, at("03-10 08:29"), responded_at=responded)) == [("fault_not_responded", "F1")]
    assert faults(tmp_path, responded, responded_at=responded) == []
    assert faults(tmp_path, at("03-10 08:31"), repaired_at=at("03-10 08:31")) == []


def test_critical_faults_wake_somebody(tmp_path: Path) -> None:
    found = faults(tmp_path, at("03-10 09:00"), fault_class="critical")
    assert told(found) == [("fault_not_responded_urgent", "F1")]
    assert (NOT_RESPONDED.severity, NOT_RESPONDED_URGENT.severity) == ("major", "critical")
    assert NOT_RESPONDED.worsens_to == NOT_RESPONDED_URGENT.id
    assert not NOT_RESPONDED_URGENT.worsens_to


def test_a_repair_is_announced_four_hours_before_its_limit_and_then_late(tmp_path: Path) -> None:
    limit = at("03-12 08:00")
    look(WATCH, tmp_path, limit, staff=STAFF, faults=[ANSWERED])
    ahead = limit - timedelta(hours=4)

    def found(now: datetime) -> dict[str, datetime]:
        return since(look(WATCH, tmp_path, now))

    assert found(ahead - AHEAD - timedelta(seconds=1)) == {}
    assert found(ahead - AHEAD) == {"fault_repair_due": ahead}
    assert found(limit - AHEAD - timedelta(seconds=1)) == {"fault_repair_due": ahead}
    assert found(limit - AHEAD) == {"fault_repair_due": ahead, "fault_repair_late": limit}
    assert found(limit) == {"fault_repair_late": limit}
    assert REPAIR_DUE.worsens_to == REPAIR_LATE.id
    assert (REPAIR_DUE.severity, REPAIR_LATE.severity, REPAIR_LATE.worsens_to) == ("minor", "major", "")


def test_the_limit_is_the_orders_own_where_it_has_one(tmp_path: Path) -> None:
    found = look(WATCH, tmp_path, at("03-11 07:00"), staff=STAFF, faults=[ANSWERED | {"limit_days": 1.0}])
    assert since(found) == {"fault_repair_due": at("03-11 04:00")}
    policy = Policy(fault=FaultPolicy(repair_due_soon_h=1.5))
    assert since(look(WATCH, tmp_path, at("03-11 07:00"), policy)) == {"fault_repair_due": at("03-11 06:30")}


def test_what_is_told_of_a_fault(tmp_path: Path) -> None:
    sites = [SITES[0] | {"customers": 300}]
    late, unanswered = look(
        WATCH, tmp_path, at("03-12 09:00"), staff=STAFF, sites=sites,
        faults=[ANSWERED, FAULT | {"fault_id": "F2", "occurred_at": at("03-12 08:00"), "reported_at": None}],
    )[::-1]  # fmt: skip
    assert late.facts == {
        "fault_id": "F1", "site_name": "S1 站", **NAMES, "fault_class_zh": "重要", "fault_class_en": "major",
        "occurred_at": at("03-10 08:00").isoformat(), "limit_at": at("03-12 08:00").isoformat(),
        "staff_name": "李雷", "customers_at_risk": 300,
    }  # fmt: skip
    assert (late.office_id, late.site_id, unanswered.subject) == ("O1", "S1", "F2")
    assert texts(late)[0].endswith("，处理人 李雷，该站服务 300 户")
    assert texts(unanswered)[1].endswith(", handled by 李雷, the site serves 300 customers")


def test_a_handler_who_is_not_on_the_register_is_not_named(tmp_path: Path) -> None:
    (condition,) = faults(tmp_path, at("03-10 09:00"), staff_id=None)
    assert condition.facts["staff_name"] is None


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert look(WATCH, tmp_path, at("03-10 09:00"), sites=SITES) == []
