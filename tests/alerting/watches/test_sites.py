"""Sites that are down: by cause, the important ones first."""

from pathlib import Path
from typing import Any

import pytest

from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches.sites import SITE_DOWN, SITE_DOWN_IMPORTANT, WATCH
from ops_platform.policy import AlertPolicy, Policy
from tests.alerting.watches.looking import NAMES, SITES, look, texts, told
from tests.maintenance.builders import Row, alarm, at, run, span

NOW = at("03-12 11:15")
DOWN = alarm("site_down", "03-12 10:00")
STAFF = [{"staff_id": "E1", "staff_name": "李雷"}, {"staff_id": "E2", "staff_name": "韩梅梅"}]


def down(root: Path, *alarms: Row, **more: Any) -> list[Condition]:
    return look(WATCH, root, **({"now": NOW, "alarms": [DOWN, *alarms], "staff": STAFF} | more))


def test_a_site_that_is_down_is_told_with_its_cause_since_it_went_down(tmp_path: Path) -> None:
    (condition,) = down(tmp_path)
    assert (condition.rule, condition.subject, condition.site_id) == (SITE_DOWN, "S1", "S1")
    assert (condition.office_id, condition.true_at, condition.suppressed) == ("O1", at("03-12 10:00"), "")
    assert condition.facts == {
        "site_name": "S1 站", **NAMES, "cause": "equipment", "cause_zh": "主设备故障", "cause_en": "equipment",
        "down_at": at("03-12 10:00").isoformat(), "customers_at_risk": None, "sites_behind": None, "sent": None,
        "people_without": None,
        "rank": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "zh", "en"), [("mains_failure", "停电", "power"), ("transmission", "传输中断", "transmission")]
)
def test_the_cause_is_said_in_both_languages(tmp_path: Path, kind: str, zh: str, en: str) -> None:
    (condition,) = down(tmp_path, alarm(kind, "03-12 09:58"))
    assert (condition.facts["cause"], condition.facts["cause_zh"], condition.facts["cause_en"]) == (en, zh, en)
    said = texts(condition)
    assert f"原因：{zh}" in said[0]
    assert f"cause: {en}" in said[1]


def test_people_without_coverage_because_of_it_are_told(tmp_path: Path) -> None:
    served = [
        {"month_on": at("03-01 12:00").date(), "place_id": "V1", "people": 40.0, "depth": 2} | who
        for who in ({"rank": 1, "site_id": "S1"}, {"rank": 2, "site_id": "S2"})
    ]
    (condition,) = down(tmp_path, coverage_servers=served)
    assert condition.facts["people_without"] == 0
    both = down(tmp_path, alarm("site_down", "03-12 10:00", site_id="S2"), coverage_servers=served)
    assert [condition.facts["people_without"] for condition in both] == [40, 40]
    assert "40 人因此无信号" in texts(both[0])[0]
    assert "40 people without any coverage" in texts(both[0])[1]


def test_it_is_over_when_the_site_is_up_and_begins_when_it_is_down(tmp_path: Path) -> None:
    alarms = [DOWN | {"cleared_at": at("03-12 11:15")}]
    assert down(tmp_path, alarms=alarms) == []
    assert told(down(tmp_path, alarms=alarms, now=at("03-12 11:14"))) == [("site_down", "S1")]
    assert told(down(tmp_path, alarms=alarms, now=at("03-12 10:00"))) == [("site_down", "S1")]
    assert down(tmp_path, alarms=alarms, now=at("03-12 09:59")) == []


def test_a_site_down_since_an_earlier_month_is_still_told(tmp_path: Path) -> None:
    assert told(down(tmp_path, alarms=[alarm("site_down", "01-05 08:00")])) == [("site_down", "S1")]


def test_a_site_that_is_not_in_service_is_not_told(tmp_path: Path) -> None:
    assert down(tmp_path, acceptance_tests=[{"tested_on": at("02-01 00:00").date(), "passed": False}]) == []


def important(root: Path, *sites: Row, policy: Policy | None = None) -> list[tuple[str, Any]]:
    found = down(root, policy=policy, sites=list(sites))
    return [(condition.rule.id, condition.facts["rank"]) for condition in found]


def test_vip_sites_and_those_on_which_others_hang_are_critical(tmp_path: Path) -> None:
    assert important(tmp_path / "1", SITES[0] | {"priority": "vip"}) == [("site_down_important", 0)]
    behind = SITES[1] | {"upstream_site_id": "S1"}
    assert important(tmp_path / "2", SITES[0], behind) == [("site_down_important", 1)]
    assert important(tmp_path / "3", SITES[0] | {"shared_by": 3}) == [("site_down", 2)]


def test_a_site_is_critical_from_a_number_of_customers_on(tmp_path: Path) -> None:
    assert important(tmp_path / "1", SITES[0] | {"customers": 3000}) == [("site_down_important", 2)]
    assert important(tmp_path / "2", SITES[0] | {"customers": 2999}) == [("site_down", 2)]
    policy = Policy(alerts=AlertPolicy(important_customers=10))
    assert important(tmp_path / "3", SITES[0] | {"customers": 10}, policy=policy) == [("site_down_important", 2)]


def test_who_loses_service_and_what_hangs_on_it_is_said(tmp_path: Path) -> None:
    sites = [SITES[0] | {"customers": 300}, SITES[1] | {"customers": 500, "upstream_site_id": "S1"}]
    (condition,) = down(tmp_path, sites=sites)
    assert texts(condition)[0].endswith("影响 800 户，下挂 1 个基站")
    assert texts(condition)[1].endswith("800 customers without service, 1 sites hang on it")


def test_who_was_sent_last_and_is_not_done_is_named(tmp_path: Path) -> None:
    runs = [run(None, dispatched="03-12 10:30", staff_id="E1")]
    (condition,) = down(tmp_path / "1", generator_runs=runs)
    assert condition.facts["sent"] == "李雷"
    order = {"staff_id": "E2", "occurred_at": at("03-12 10:00"), "dispatched_at": at("03-12 10:40")}
    (condition,) = down(tmp_path / "2", generator_runs=runs, faults=[order])
    assert condition.facts["sent"] == "韩梅梅"
    assert texts(condition)[1].endswith("韩梅梅 was sent")
    earlier = order | {"dispatched_at": at("03-12 10:29")}
    (condition,) = down(tmp_path / "7", generator_runs=runs, faults=[earlier])
    assert condition.facts["sent"] == "李雷"
    done = order | {"repaired_at": NOW}
    (condition,) = down(tmp_path / "3", generator_runs=runs, faults=[done])
    assert condition.facts["sent"] == "李雷"
    (condition,) = down(tmp_path / "4", generator_runs=runs, faults=[done], now=at("03-12 11:14"))
    assert condition.facts["sent"] == "韩梅梅"
    (condition,) = down(tmp_path / "5", generator_runs=runs, faults=[order | {"dispatched_at": at("03-12 11:16")}])
    assert condition.facts["sent"] == "李雷"
    (condition,) = down(tmp_path / "6", generator_runs=[run("03-12 10:30", "03-12 11:00", staff_id="E1")])
    assert condition.facts["sent"] is None


def test_a_contractors_crew_without_a_name_is_named_by_its_firm(tmp_path: Path) -> None:
    runs = [run(None, dispatched="03-12 10:30", contractor="代维一队")]
    (condition,) = down(tmp_path, generator_runs=runs)
    assert condition.facts["sent"] == "代维一队"


def test_an_order_of_last_month_still_says_who_was_sent(tmp_path: Path) -> None:
    order = {"staff_id": "E2", "occurred_at": at("02-27 10:00"), "dispatched_at": at("02-27 10:40")}
    (condition,) = down(tmp_path, faults=[order])
    assert condition.facts["sent"] == "韩梅梅"


def test_planned_work_keeps_it_from_being_told_until_the_work_is_over(tmp_path: Path) -> None:
    work = [span("03-12 09:00", "03-12 11:15", work_id="W1")]
    (condition,) = down(tmp_path, planned_work=work, now=at("03-12 11:14"))
    assert (condition.facts["cause"], condition.suppressed) == ("planned", "W1")
    (condition,) = down(tmp_path, planned_work=work)
    assert (condition.facts["cause_zh"], condition.suppressed) == ("计划施工", "")
    other = [span("03-12 09:00", "03-12 12:00", site_id="S2")]
    assert [one.suppressed for one in down(tmp_path, planned_work=other)] == [""]


def test_sites_of_one_cause_are_gathered_for_a_minute() -> None:
    for rule, severity in ((SITE_DOWN, "major"), (SITE_DOWN_IMPORTANT, "critical")):
        assert (rule.severity, rule.group_by, rule.gather_s, rule.first) == (
            severity, ("cause",), 60, "rank" if rule is SITE_DOWN_IMPORTANT else "",
        )  # fmt: skip
    assert (SITE_DOWN.worsens_to, SITE_DOWN_IMPORTANT.worsens_to) == (SITE_DOWN_IMPORTANT.id, "")
    assert not {*SITE_DOWN.inhibited_by, *SITE_DOWN_IMPORTANT.inhibited_by}, "what was warned of and came is told"


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert look(WATCH, tmp_path, NOW, sites=SITES) == []
