"""How people, offices, causes and moments are named where alerts are shown; every text in both languages."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ops_platform.alerting.rules import Words
from ops_platform.alerting.standing import OpenGroup
from ops_platform.facts import Facts
from ops_platform.reporting import formats
from ops_platform.settings import Settings

NOTHING = Words(formats.NOTHING, formats.NOTHING)


class Names:
    """Who is meant by a staff id, and which alert by a number.

    Parameters
    ----------
    facts
        The registers that hold the names.
    groups
        What is open.
    """

    def __init__(self, facts: Facts, groups: Sequence[OpenGroup] = ()) -> None:
        staff, works = facts.whole("staff"), facts.whole("planned_work")
        offices = {row["office_id"]: row for row in formats.records(facts.whole("offices"))}
        self._people = dict(zip(staff["staff_id"], staff["staff_name"], strict=True))
        self._offices = {
            person: office_words(offices[office])
            for person, office in zip(staff["staff_id"], staff["office_id"], strict=True)
            if office in offices
        }
        self._work_ends = dict(zip(works["work_id"], works["ends_at"], strict=True))
        self._rules = {row["id"]: one.rule.heading for one in groups for row in one.episodes}

    def person(self, staff_id: str) -> str:
        """Return a person's name, or what they called themselves."""
        return self._people.get(staff_id) or staff_id

    def office_of(self, staff_id: str) -> Words:
        """Return the office of a person of the register."""
        return self._offices.get(staff_id, NOTHING)

    def cause(self, episode_id: int) -> Words:
        """Return an open alert by number and heading."""
        heading = self._rules.get(episode_id, Words("", ""))
        return Words(f"#{episode_id} {heading.zh}".strip(), f"#{episode_id} {heading.en}".strip())

    def work_ends_at(self, suppressed: str) -> datetime | None:
        """Return when the planned work that a suppressed alert names ends; None where none is known."""
        return next((end for work, end in self._work_ends.items() if suppressed.endswith(str(work))), None)


def office_words(office: Mapping[Hashable, Any]) -> Words:
    """Return the names of a row of the register of offices; in Chinese where it has no English one."""
    zh = str(office["office_name"])
    return Words(zh, formats.text(office, "office_name_en") or zh)


def two(words: Words) -> str:
    """Return words in both languages."""
    return formats.two(words.zh, words.en)


def apart(words: Words) -> str:
    """Return a longer text in both languages, with a stroke between them; the number of an alert said once."""
    if words.zh == words.en:
        return words.zh
    number, space, rest = words.en.partition(" ")
    once = rest if space and number.startswith("#") and words.zh.startswith(f"{number} ") else words.en
    return f"{words.zh} / {once}"


def when(moment: datetime, settings: Settings, now: datetime) -> str:
    """Return a business-local moment; without its date where that is today."""
    local, today = moment.astimezone(settings.zone), now.astimezone(settings.zone)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%m-%d %H:%M}"
