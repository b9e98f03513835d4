"""What was received, held against what happened. Knows the story and the receiver's file, and nothing of the ledger."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta

from tests.faults.receiver import Accepted
from tests.faults.story import PEOPLE, STEP, Matter, Story

IN_TIME = timedelta(seconds=90)
SHARED_WAITS = timedelta(minutes=15)
"""What joins a group that was told, or ends in one that lasts, may wait so long."""


@dataclass(frozen=True)
class Count:
    """What a trial came to.

    Attributes
    ----------
    tried
        Tellings that had to arrive: of each matter, each step of the ladder, and its end.
    lost
        Of these, never arrived.
    duplicated
        Arrived again without a mark.
    in_doubt
        Arrived marked as a possible repeat.
    late
        Arrived later than `IN_TIME` after their moment.
    untrue
        Told something that was not the matter.
    """

    tried: int = 0
    lost: int = 0
    duplicated: int = 0
    in_doubt: int = 0
    late: int = 0
    untrue: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def is_kept(self) -> bool:
        """Whether the promise was kept."""
        return self.tried > 0 and not (self.lost or self.duplicated or self.untrue)


NAMES = tuple(field.name for field in fields(Count))


@dataclass(frozen=True)
class Due:
    """A telling that must arrive."""

    matter: Matter
    recipient: str
    kind: str
    at: datetime


def check(
    story: Story,
    accepted: Sequence[Accepted],
    *,
    people: Collection[str] = PEOPLE,
    stale: timedelta = timedelta(minutes=5),
    step: timedelta = STEP,
    ladder: bool = True,
) -> Count:
    """Hold what arrived against a story.

    Parameters
    ----------
    story
        What happened.
    accepted
        What arrived, in order.
    people
        Those who must be told, in the order of the ladder.
    stale
        What lasts shorter than this beyond a step need not have reached it, and what is told longer after its end is
        untrue.
    step
        How long after a step the next is due.
    ladder
        Whether more than the first step must be told.
    """
    windows = _windows(story.matters)
    arrived: dict[tuple[Matter, str, str], list[Accepted]] = defaultdict(list)
    untrue = 0
    for message in accepted:
        for site in message.sites:
            matter = next((m for start, end, m in windows.get(site, []) if start <= message.at < end), None)
            stood = matter is not None and (
                message.kind == "resolved" or matter.opens <= message.at < matter.ends + stale or message.repeat
            )
            untrue += not stood
            if matter:
                arrived[matter, message.recipient, message.kind].append(message)
    lost = late = tried = 0
    for due in _due(story.matters, tuple(people), arrived, stale, step, ladder=ladder):
        tried += 1
        found = arrived.get((due.matter, due.recipient, due.kind))
        lost += not found
        late += bool(found) and min(message.at for message in found) > due.at + IN_TIME
    twice = _twice(accepted) + sum(_told_twice(messages) for key, messages in arrived.items() if key[2] == "raised")
    return Count(tried, lost, twice, sum(message.repeat for message in accepted), late, untrue)


def _windows(matters: Iterable[Matter]) -> dict[str, list[tuple[datetime, datetime, Matter]]]:
    """Return for each site from when until when what is told of it is told of which matter."""
    of_site: dict[str, list[Matter]] = defaultdict(list)
    for matter in sorted(matters, key=lambda matter: matter.opens):
        of_site[matter.site].append(matter)
    forever = timedelta(days=3650)
    return {
        site: [
            (matter.opens, following.opens if following else matter.ends + forever, matter)
            for matter, following in zip(some, [*some[1:], None], strict=True)
        ]
        for site, some in of_site.items()
    }


def _due(
    matters: Iterable[Matter],
    people: tuple[str, ...],
    arrived: dict[tuple[Matter, str, str], list[Accepted]],
    stale: timedelta,
    step: timedelta,
    *,
    ladder: bool,
) -> Iterator[Due]:
    for matter in matters:
        waits = SHARED_WAITS if matter.shared else timedelta(0)
        for number, person in enumerate(people[: None if ladder else 1]):
            at = matter.opens + number * step + waits
            if matter.ends >= at + stale:
                yield Due(matter, person, "raised", at)
        for told, person, kind in list(arrived):
            if told == matter and kind == "raised":
                yield Due(matter, person, "resolved", matter.ends + waits)


def _twice(accepted: Iterable[Accepted]) -> int:
    """Count the messages that arrived again under their key without a mark."""
    seen: set[tuple[str, str]] = set()
    again = 0
    for message in accepted:
        mine = (message.recipient, message.key)
        again += mine in seen and not message.repeat
        seen.add(mine)
    return again


def _told_twice(messages: Iterable[Accepted]) -> int:
    """Count how often a person was told of one matter as of a new one more than once."""
    return max(len({m.key for m in messages if m.why == "raised"}) - 1, 0)
