"""A look of a watch at facts that a test states: one office with three sites, unless it says otherwise."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ops_platform.alerting.catalogue import RULES, WATCHES
from ops_platform.alerting.rules import Condition, Watch
from ops_platform.platform import Platform
from ops_platform.policy import Policy
from ops_platform.settings import Settings
from tests.maintenance.builders import Row, store

NAMES = {"office_name": "前旗", "office_name_en": "Qianqi"}
OFFICES = [{"office_id": "O1", **NAMES}]
SITES = [{"site_id": site, "site_name": f"{site} 站"} for site in ("S1", "S2", "S3")]


def look(watch: Watch, root: Path, now: datetime, policy: Policy | None = None, **feeds: list[Row]) -> list[Condition]:
    """Write the feeds, where there are any, and return what the watch finds."""
    platform = Platform(Settings(home=root, policy=policy or Policy()))
    if feeds:
        store(platform.settings.warehouse, **({"offices": OFFICES, "sites": SITES} | feeds))
    found = list(watch.find(platform, now))
    assert WATCHES[watch.name] is watch
    assert {condition.rule.id for condition in found} <= {rule.id for rule in watch.rules} <= set(RULES)
    for condition in found:
        assert_words_fit(condition)
    return found


def assert_words_fit(condition: Condition) -> None:
    """Every field of the rule's words is known in both languages."""
    rule = condition.rule
    fields = {**condition.facts, "office": "x", "left": "x"}
    for words in (rule.line, *(words for name, words in rule.also.items() if fields.get(name) is not None)):
        for text in (words.zh, words.en):
            assert "None" not in text.format(**fields)
    assert set(rule.also) <= set(fields), rule.id
    assert rule.name in rule.facts
    assert rule.due in rule.facts
    assert not rule.first or isinstance(fields[rule.first], int)


def told(conditions: Sequence[Condition]) -> list[tuple[str, str]]:
    return [(condition.rule.id, condition.subject) for condition in conditions]


def since(conditions: Sequence[Condition]) -> dict[str, datetime]:
    """Return since when each rule's one condition is true."""
    found = {condition.rule.id: condition.true_at for condition in conditions}
    assert len(found) == len(conditions)
    return found


def texts(condition: Condition) -> tuple[str, str]:
    """Return what is said of a condition in Chinese and English, with times as they are stored."""
    rule, facts = condition.rule, condition.facts
    also = [words for name, words in rule.also.items() if facts.get(name) is not None]
    zh, en = ("".join(parts) for parts in zip(*((one.zh, one.en) for one in (rule.line, *also)), strict=True))
    fields: dict[str, Any] = {**facts, "left": "…"}
    return zh.format(**fields, office=facts["office_name"]), en.format(**fields, office=facts["office_name_en"])
