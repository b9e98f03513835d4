"""What a message says, in both languages."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ops_platform.alerting.catalogue import RULES
from ops_platform.alerting.escalation import Why
from ops_platform.alerting.rules import Condition
from ops_platform.alerting.wording import (
    MOST_LINES,
    Writing,
    most_urgent_first,
    time_left,
    write_raised,
    write_resolved,
)
from ops_platform.settings import Settings
from tests.alerting.conftest import NOW, inspection, outage

ZH, EN = Writing("zh", NOW, Settings()), Writing("en", NOW, Settings())
FAILED_RUN = Condition(
    RULES["run_failed"],
    "intake",
    "",
    {"job_name": "intake", "run_id": "ab12", "failed_at": NOW.isoformat(), "error": "a\n b"},
    NOW,
)


def row(condition: Condition, number: int = 12, **changes: Any) -> dict[str, Any]:
    """Return the condition as a row of the episode table."""
    return {
        "id": number,
        "rule": condition.rule.id,
        "subject": condition.subject,
        "facts": dict(condition.facts) | {"office_name_en": "Front Banner"} | changes,
        "opened_at": NOW,
        "resolved_at": None,
    }


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        (
            outage(),
            "【紧急】立即出发发电：S001 站，还剩 42 分钟",
            "[Critical] Leave now with a generator: S001 站, 42 min left",
        ),
        (
            outage(deadline_min=-125.5, rule="generator_late"),
            "【紧急】发电已超时：S001 站，已超 2 小时 6 分钟",
            "[Critical] Generator is late: S001 站, 2 h 6 min overdue",
        ),
        (inspection(), "【重要】巡检超期：S001 站，已超 3 天", "[Major] Inspection overdue: S001 站, 3 days overdue"),
        (
            inspection(due_on="2026-03-13", rule="inspection_due_soon"),
            "【一般】巡检即将到期：S001 站，还剩 1 天",
            "[Minor] Inspection due soon: S001 站, 1 day left",
        ),
        (FAILED_RUN, "【重要】数据处理失败：intake", "[Major] Run failed: intake"),
    ],
)
def test_the_title_says_what_where_and_how_long(condition: Condition, zh: str, en: str) -> None:
    assert write_raised("raised", condition.rule.id, [row(condition)], ZH).title == zh
    assert write_raised("raised", condition.rule.id, [row(condition)], EN).title == en


def test_the_body_says_the_times_of_the_business_and_what_to_do() -> None:
    zh = write_raised("raised", "generator_leave_by", [row(outage())], ZH)
    assert zh.body == "#12 S001 站（前旗）12:18 停电，油机须在 14:00 前启动，还剩 42 分钟"
    assert zh.closing == RULES["generator_leave_by"].advice.zh
    en = write_raised("raised", "generator_leave_by", [row(outage())], EN)
    assert en.body == (
        "#12 S001 站 (Front Banner): mains failed at 12:18, the generator must run by 14:00, 42 min left"
    )
    assert en.closing == RULES["generator_leave_by"].advice.en


def test_several_are_counted_and_the_most_urgent_is_named() -> None:
    rows = [row(outage("S001", deadline_min=50), 12), row(outage("S002", deadline_min=9), 13)]
    ordered = most_urgent_first(RULES["generator_leave_by"], rows)
    text = write_raised("raised", "generator_leave_by", ordered, ZH)
    assert text.title == "【紧急】立即出发发电：前旗 2 个基站，最急 S002 站，还剩 9 分钟"
    assert [line[:3] for line in text.body.splitlines()[:2]] == ["#13", "#12"]
    english = write_raised("raised", "generator_leave_by", ordered, EN).title
    assert english == "[Critical] Leave now with a generator: 2 sites of Front Banner, most urgent S002 站, 9 min left"


def test_a_resolved_message_names_what_it_was_and_when() -> None:
    resolved = row(outage()) | {"resolved_at": NOW + timedelta(minutes=30)}
    text = write_resolved("generator_leave_by", [resolved], ZH)
    assert text.title == "【已解除】立即出发发电：S001 站"
    assert text.body == "#12 S001 站：13:18 告警，13:48 解除"
    several = write_resolved("generator_leave_by", [resolved, resolved], EN)
    assert several.title == "[Resolved] Leave now with a generator: 2 sites of Front Banner"


def test_a_matter_of_the_branch_names_the_branch_and_an_error_stays_on_one_line() -> None:
    bare = row(FAILED_RUN)
    del bare["facts"]["office_name_en"]
    text = write_raised("raised", "run_failed", [bare, bare], replace(ZH, settings=Settings(branch="兴安分公司")))
    assert text.title == "【重要】数据处理失败：兴安分公司 2 次运行，最急 intake"
    assert text.body.splitlines()[0] == "#12 intake 于 13:18 失败（运行 ab12）：a b"


def test_a_line_break_in_a_name_does_not_break_the_title() -> None:
    text = write_raised("raised", "inspection_overdue", [row(inspection(), site_name="S\r\nBcc: x")], ZH)
    assert text.title == "【重要】巡检超期：S Bcc: x，已超 3 天"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "还剩 0 分钟"),
        (0.5, "还剩 0 分钟"),
        (59.9, "还剩 59 分钟"),
        (60, "还剩 1 小时 0 分钟"),
        (-0.5, "已超 1 分钟"),
    ],
)
def test_minutes_are_rounded_to_the_side_of_haste(minutes: float, said: str) -> None:
    assert time_left(NOW + timedelta(minutes=minutes), ZH) == said


def test_days_are_those_of_the_business() -> None:
    evening = NOW.replace(hour=16, minute=0)  # already the 13th in Shanghai
    assert time_left(date(2026, 3, 13), replace(ZH, now=evening)) == "今天到期"
    assert time_left(date(2026, 3, 13), replace(EN, now=evening - timedelta(minutes=1))) == "1 day left"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"due_on": None}, "lacks due_on"),
        ({"due_on": "12.03.2026"}, "Invalid isoformat"),
        ({"seen_at": "2026-03-12T12:00:00"}, "no offset"),
        ({"share": float("nan")}, "Out of range float"),
    ],
)
def test_a_condition_with_facts_that_no_message_could_say_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Condition(RULES["inspection_overdue"], "S001", "O1", dict(inspection().facts) | changes, NOW)


def test_a_condition_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Condition(RULES["inspection_overdue"], "S001", "O1", inspection().facts, NOW.replace(tzinfo=None))


def test_a_moment_of_another_day_is_said_with_its_day_and_of_another_year_with_its_year() -> None:
    said = [write_raised("raised", "generator_leave_by", [row(outage())], replace(ZH, now=NOW + later)).body
            for later in (timedelta(days=1), timedelta(days=365))]  # fmt: skip
    assert "03-12 12:18 停电" in said[0]
    assert "2026-03-12 12:18 停电" in said[1]


def test_what_is_known_beside_is_said_and_what_is_not_is_left_out() -> None:
    facts = {"customers_at_risk": 1234, "empty_at": None}
    body = write_raised("raised", "generator_leave_by", [row(outage(), **facts)], ZH).body
    assert body.endswith("还剩 42 分钟，断站影响 1234 户")


@pytest.mark.parametrize(
    ("why", "zh"),
    [
        ("grown", "更新"),
        ("escalated", "无人认领"),
        ("repeated", "再次提醒"),
        ("expired", "认领已到期"),
        ("handed_over", "转交"),
    ],
)
def test_the_title_says_why_one_is_told_again(why: Why, zh: str) -> None:
    title = write_raised(why, "generator_leave_by", [row(outage())], ZH).title
    assert title.startswith("【紧急】【")
    assert zh in title


def test_many_are_named_up_to_a_number_and_counted_beyond() -> None:
    rows = [row(outage(f"S{n}"), n) for n in range(MOST_LINES + 5)]
    for text in (
        write_raised("raised", "generator_leave_by", rows, ZH),
        write_resolved("generator_leave_by", rows, ZH),
    ):
        lines = text.body.splitlines()
        assert (len(lines), "另有 5 个基站" in lines[-1]) == (MOST_LINES + 1, True)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_can_be_told_in_both_languages(rule: Any) -> None:
    facts = dict.fromkeys(rule.facts, "x")
    facts |= {name: NOW.isoformat() for name in rule.facts if name.endswith("_at")}
    facts |= {name: "2026-03-12" for name in rule.facts if name.endswith("_on")}
    facts |= {name: 1 for name in (rule.first,) if name}
    for writing in (ZH, EN):
        said = row(Condition(rule, "x", "O1", facts, NOW)) | {"resolved_at": NOW}
        for text in (write_raised("raised", rule.id, [said, said], writing), write_resolved(rule.id, [said], writing)):
            assert "{" not in text.title + text.body
