"""An installation whose tables a test fills, and what its watches would tell."""

from collections.abc import Iterable
from pathlib import Path

from ops_platform.alerting.rules import Condition
from ops_platform.platform import Platform
from ops_platform.policy import Policy
from ops_platform.settings import Language, Settings
from tests.maintenance.builders import Row, store

OFFICES = [
    {"office_id": "O1", "office_name": "前旗", "office_name_en": "Qianqi"},
    {"office_id": "O2", "office_name": "后旗", "office_name_en": "Houqi"},
]


def installation(home: Path, policy: Policy | None = None, state_url: str = "", **tables: list[Row]) -> Platform:
    """Return an installation with two offices and these rows."""
    settings = Settings(home=home, policy=policy or Policy(), state_url=state_url)
    store(settings.warehouse, **{"offices": OFFICES, **tables})
    return Platform(settings)


def subjects(conditions: Iterable[Condition]) -> list[tuple[str, str]]:
    """Return rule and subject of each condition."""
    return [(condition.rule.id, condition.subject) for condition in conditions]


def line(condition: Condition, language: Language) -> str:
    """Return what is said of a condition, with times as they are stored."""
    rule, facts = condition.rule, condition.facts
    parts = [rule.line, *(words for name, words in rule.also.items() if facts.get(name) is not None)]
    office = facts.get("office_name" if language == "zh" else "office_name_en")
    return "".join(words.in_language(language) for words in parts).format(**facts, office=office, left="(left)")
