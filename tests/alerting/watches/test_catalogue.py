"""Every rule says what it needs to say in both languages, and belongs to one watch."""

import re
from collections import Counter
from string import Formatter

import pytest

from ops_platform.alerting.catalogue import RULES, WATCHDOG, WATCHES
from ops_platform.alerting.rules import Rule, Words
from ops_platform.alerting.watches.runs import RUN_FAILED

HAN = re.compile(r"[\u4e00-\u9fff]")
WRITTEN_LATER = {"office", "left", "name"}
"""Fields that the writing adds to the facts."""


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_line_says_only_what_every_condition_has(rule: Rule) -> None:
    for template in (rule.line.zh, rule.line.en):
        assert fields(template) <= {*rule.facts, *WRITTEN_LATER}
    assert rule.name in rule.facts
    assert rule.due in rule.facts
    assert rule.due.endswith(("_at", "_on"))
    assert set(rule.group_by) <= set(rule.facts)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_what_is_added_tells_readers_of_both_languages_the_same(rule: Rule) -> None:
    for words in rule.also.values():
        assert {name.removesuffix("_en") for name in fields(words.en)} == fields(words.zh)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_each_language_is_written_in_itself(rule: Rule) -> None:
    said: list[Words] = [rule.heading, rule.unit, rule.line, rule.advice, *rule.also.values()]
    assert all(HAN.search(words.zh) for words in said)
    assert not any(HAN.search(words.en) for words in said)


def test_every_rule_is_of_one_watch_and_takes_over_from_a_rule_that_exists() -> None:
    watched = Counter(rule.id for watch in (*WATCHES.values(), WATCHDOG) for rule in watch.rules)
    assert set(watched.values()) == {1}
    assert watched.keys() | {RUN_FAILED.id} == RULES.keys()
    assert {rule.worsens_to for rule in RULES.values()} - {""} <= RULES.keys()
