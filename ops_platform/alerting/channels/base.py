"""What a channel is: a message goes in, and what the other side made of it comes out."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from socket import SHUT_RDWR, socket
from traceback import extract_tb
from typing import Any, Generic, Literal, Protocol, TypeVar, get_args

from ops_platform.channel_settings import ChannelSettings, Severity

OutcomeKind = Literal["accepted", "permanent", "retry", "in_doubt"]
SettingsT_co = TypeVar("SettingsT_co", bound=ChannelSettings, covariant=True)

LONGEST_ANSWER = 500
GRACE_S = 1.0
"""How much longer an attempt may take than its connection may live, to say what became of it."""
_SEVERITIES = get_args(Severity)


class Person(Protocol):
    """Somebody who may be told."""

    @property
    def staff_id(self) -> str:
        """Return the id in the staff register."""
        ...

    @property
    def email(self) -> str:
        """Return the mail address; may be empty."""
        ...


@dataclass(frozen=True)
class Message:
    """One row of the outbox, as it goes out.

    Attributes
    ----------
    key
        The same for every attempt: a receiver that knows it may drop a repeat.
    recipient
        Address on the channel.
    title
        What is the matter, in one line.
    body
        Any number of lines, the most urgent first.
    closing
        Lines that survive any shortening: what to do, where to acknowledge.
    payload
        The content for machines: ``kind`` (raised, resolved, acknowledged), ``rule``, ``severity``, ``office_id``,
        ``group_id``, ``episodes``, ``people`` and ``link`` (where to acknowledge).
    created_at
        When it was put into the outbox.
    possible_repeat
        An earlier attempt ended without an answer.
    """

    key: str
    recipient: str
    title: str
    body: str
    closing: str
    payload: Mapping[str, Any]
    created_at: datetime
    possible_repeat: bool = False

    @property
    def text(self) -> str:
        """Body and closing, whole."""
        return f"{self.body}\n{self.closing}" if self.closing else self.body


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    Attributes
    ----------
    kind
        ``accepted``; ``permanent``: refused for good; ``retry``: refused for now, surely not delivered; ``in_doubt``:
        no answer, may have been delivered.
    answer
        What the other side said, without secrets.
    after_s
        Not to be tried again before, where the other side asked for that.
    check
        What a person should look at next, in Chinese and English; empty where nothing is known.
    """

    kind: OutcomeKind
    answer: str
    after_s: float = 0.0
    check: str = ""


class Channel(Protocol):
    """A way to reach a recipient."""

    @property
    def name(self) -> str:
        """Return the name under which the installation set it up."""
        ...

    @property
    def deadline_s(self) -> float:
        """Return the longest that an attempt may take, in seconds."""
        ...

    @property
    def per_minute(self) -> int | None:
        """Return the most messages that it takes in a minute; None: any number."""
        ...

    @property
    def hears_acknowledgement(self) -> bool:
        """Return whether it pages by itself until it is told that somebody has taken the matter on."""
        ...

    @property
    def holds_one_matter(self) -> bool:
        """Return whether a group is one matter to it, which has one end: when nothing of the group is left."""
        ...

    def address(self, person: Person) -> str:
        """Return where it reaches a person; empty where it cannot, the same for all where it reaches a room."""
        ...

    def wants(self, office_id: str, severity: str) -> bool:
        """Return whether it was set up for alerts of this office and severity."""
        ...

    def send(self, message: Message) -> Outcome:
        """Make one attempt."""
        ...


@dataclass(frozen=True)
class Room(Generic[SettingsT_co]):
    """What all channels take from their settings; reaches a room that several people share.

    People on duty together share one message there, because their addresses are the same.
    """

    name: str
    settings: SettingsT_co

    @property
    def deadline_s(self) -> float:
        """Return the longest that an attempt may take, in seconds."""
        return self.settings.deadline_s + GRACE_S

    @property
    def per_minute(self) -> int | None:
        """Return the most messages that it takes in a minute; None: any number."""
        return self.settings.per_minute

    @property
    def hears_acknowledgement(self) -> bool:
        """Return whether it pages by itself; most do not."""
        return False

    @property
    def holds_one_matter(self) -> bool:
        """Return whether a group is one matter to it; where people read, the end of each part is told."""
        return False

    def address(self, person: Person) -> str:  # noqa: ARG002 - whoever it is
        """Return the name of the room."""
        return self.name

    def wants(self, office_id: str, severity: str) -> bool:
        """Return whether it was set up for alerts of this office and severity."""
        offices = [office.strip() for office in self.settings.offices.split(",") if office.strip()]
        severe = _SEVERITIES.index(severity) >= _SEVERITIES.index(self.settings.least_severity)
        return severe and (not offices or office_id in offices)


def attempt(channel: Channel, message: Message) -> Outcome:
    """Make one attempt and stop waiting for it at the channel's deadline, whatever holds it up."""
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(_send(channel, message)), daemon=True)
    thread.start()
    thread.join(channel.deadline_s)
    return outcomes[0] if outcomes else Outcome("in_doubt", f"no outcome within {channel.deadline_s:g} s")


def _send(channel: Channel, message: Message) -> Outcome:
    try:
        return channel.send(message)
    except Exception as error:  # noqa: BLE001 - the text of whatever it is may hold a secret; where it was does not
        place = extract_tb(error.__traceback__)[-1]
        answer = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        return Outcome("in_doubt", answer, check="程序错误，请报告 / a fault of this program, please report it")


@contextmanager
def cut_off(connection: Callable[[], socket | None], seconds: float) -> Iterator[None]:
    """Break a connection off after this time.

    A timeout of a socket counts from byte to byte; a peer that trickles would hold it for ever.
    """

    def cut() -> None:
        opened = connection()
        if opened is not None:
            with suppress(OSError):
                socket.shutdown(opened, SHUT_RDWR)  # below TLS, whose own farewell would wait for the peer

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def short(answer: str) -> str:
    """Return an answer as it is kept: on one line, of bounded length."""
    return " ".join(answer.split())[:LONGEST_ANSWER]
