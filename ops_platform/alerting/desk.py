"""With what the ledger tells somebody: who is on duty, the channels in force, the installation's words and links."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops_platform.alerting.channels import Channel
from ops_platform.alerting.rota import Recipient
from ops_platform.alerting.rules import Words
from ops_platform.settings import Language, Settings

_BY_LINK = Words("认领：{link}", "Acknowledge: {link}")
_BY_COMMAND = Words("认领：ops alerts ack {numbers}", "Acknowledge: ops alerts ack {numbers}")
_MOST_NUMBERS = 3


def _no_link(_key: str) -> str:
    return ""


@dataclass(frozen=True)
class Desk:
    """What is needed to put a message into the outbox.

    Attributes
    ----------
    rota
        Gives the people on duty of an office at a step of the ladder; where nobody stands on it, of the next step on
        which somebody does. Empty where nobody does.
    channels
        The channels in force, by name.
    settings
        Language, time zone, names and policy.
    link
        Gives the address at which the receiver of a message, named by its key, can acknowledge it; empty where the
        installation has no such page.
    """

    rota: Callable[[str, int], Sequence[Recipient]]
    channels: Mapping[str, Channel]
    settings: Settings
    link: Callable[[str], str] = _no_link

    def on_duty(self, office_id: str, steps: Iterable[int]) -> list[Recipient]:
        """Return the people on duty at some steps of an office's ladder, each once."""
        found: dict[str, Recipient] = {}
        for step in steps:
            for person in self.rota(office_id, step):
                found.setdefault(person.staff_id, person)
        return list(found.values())

    def language_of(self, people: Sequence[Recipient]) -> Language:
        """Return the language of one person; of several who share a message, the installation's."""
        own = {person.language for person in people if person.language}
        return own.pop() if len(own) == 1 and len(people) == 1 else self.settings.language

    def how_to_acknowledge(self, link: str, episode_ids: Sequence[int], language: Language) -> str:
        """Return the line of a message that says how to take the matter on."""
        if link:
            return _BY_LINK.in_language(language).format(link=link)
        numbers = " ".join(str(number) for number in episode_ids[:_MOST_NUMBERS])
        more = " …" if len(episode_ids) > _MOST_NUMBERS else ""
        return _BY_COMMAND.in_language(language).format(numbers=numbers + more)
