"""The other operators: calls with them by hour, what suddenly changed in them, and how many customers everybody has."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import DAY, HOUR, Period
from ops_platform.demo.places import Office

Ints = npt.NDArray[np.int64]
OWN = "CMCC 移动"
OPERATORS = ("CUCC 联通", "CTCC 电信", "CBN 广电")
SIZES = (420, 360, 60)
DIRECTIONS = ("outgoing", "incoming")
HOURS = np.arange(8, 23)
TIED = [7, 9]
"""Places of the hours that tie."""
TOLD_POINTS = 5
TALK_S = (55, 110)
"""Between these a call that was answered lasted on the average of its hour."""
CUSTOMERS_OF_PEOPLE = {OWN: 0.52, "CUCC 联通": 0.21, "CTCC 电信": 0.17, "CBN 广电": 0.02}
"""Customers of each operator for every inhabitant of the settlements."""
WINNER, LOSER, MONTHLY_WIN = "CTCC 电信", OWN, 0.03
"""In the second office one operator wins so much of another's first customers every month."""


@dataclass(frozen=True)
class Story:
    """What suddenly changes with one operator in one direction at one office, over whole hours ``[first, end)``.

    Attributes
    ----------
    to
        The new ratio of connected or answered calls, or by how much the traffic is multiplied.
    """

    office: int
    operator: int
    direction: str
    ratio: str
    first: tuple[int, int]
    end: tuple[int, int]
    to: float


def stories(period: Period) -> tuple[Story, ...]:
    """Return the sudden changes; a moment is a day index and an hour of the day. The last goes on to the present."""
    second, last = period.edges[1], period.edges[-2]
    return (
        Story(2, 2, "outgoing", "connect", (second + 7, 8), (second + 7, 23), 0.22),
        Story(0, 1, "incoming", "answer", (second + 12, 10), (second + 14, 18), 0.4),
        Story(3, 0, "outgoing", "share", (last + 20, 8), (period.today, 23), 1.7),
    )


def simulate_customers(branch: Branch, books: Books) -> None:
    """Count everybody's customers, month by month."""
    for index, office in enumerate(branch.offices):
        people = sum(place.people for place in branch.settlements if place.office_id == office.office_id)
        for month, start in enumerate(branch.period.starts):
            moved = round(people * CUSTOMERS_OF_PEOPLE[LOSER] * MONTHLY_WIN * month) if index == 1 else 0
            for operator, share in CUSTOMERS_OF_PEOPLE.items():
                customers = round(people * share) + moved * ((operator == WINNER) - (operator == LOSER))
                if operator == OWN:
                    day = branch.period.edges[month]
                    books.measures.add("complaints_per_10000_users", day, office.office_id, None, 0, customers)
                books.add(
                    "operator_customers", office_id=office.office_id, operator=operator, month_on=start,
                    own=operator == OWN, customers=customers,
                )  # fmt: skip


def simulate_interconnect(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Play the traffic with the other operators, in which two hours of one day tie."""
    told = stories(branch.period)
    for index, office in enumerate(branch.offices):
        for place, operator in enumerate(OPERATORS):
            for direction in DIRECTIONS:
                mine = [story for story in told if (story.office, story.operator, story.direction) ==
                        (index, place, direction)]  # fmt: skip
                _relation(rng, books, office, (operator, direction), (place, mine))
    for story in told:
        books.scenarios[f"interconnect_{story.ratio}"] += 1
        until = story.end[0] < branch.period.today
        for operator, ratio in _concerned(story):
            books.notes["interconnect_changes"].append({
                "office_id": branch.offices[story.office].office_id, "operator": operator,
                "direction": story.direction, "ratio": ratio,
                "changed_at": branch.period.utc(story.first[0] * DAY + story.first[1] * HOUR),
                "over_at": branch.period.utc(story.end[0] * DAY + story.end[1] * HOUR) if until else None,
            })  # fmt: skip


def _concerned(story: Story) -> list[tuple[str, str]]:
    """Return which ratios of which operators move by five points or more.

    What is not connected is not answered; what one operator gains of the traffic, the others lose.
    """
    if story.ratio != "share":
        ratios = ("connect", "answer") if story.ratio == "connect" else (story.ratio,)
        return [(OPERATORS[story.operator], ratio) for ratio in ratios]
    before = np.array(SIZES)
    after = before * np.where(np.arange(len(SIZES)) == story.operator, story.to, 1.0)
    moved = 100 * np.abs(after / after.sum() - before / before.sum())
    return [(operator, story.ratio) for operator, points in zip(OPERATORS, moved, strict=True) if points >= TOLD_POINTS]


def _relation(
    rng: np.random.Generator, books: Books, office: Office, who: tuple[str, str], what: tuple[int, list[Story]]
) -> None:
    place, told = what
    days = books.period.today
    wave = 0.5 + np.sin((HOURS - 7) / 16 * np.pi)
    volume = np.broadcast_to(SIZES[place] * wave, (days, len(HOURS))).copy()
    reach = np.full(volume.shape, 0.86 - office.seed.failure * 0.4)
    answers = np.full(volume.shape, 0.68)
    for story in told:
        within = _within(days, story)
        if story.ratio == "share":
            volume[within] *= story.to
        else:
            (reach if story.ratio == "connect" else answers)[within] = story.to
    attempts = rng.poisson(volume)
    tie = place == 0
    if tie:
        attempts[5, TIED] = attempts[5].max()
    invalid = rng.binomial(attempts, 0.03)
    if tie:
        invalid[5] = 0
    valid = attempts - invalid
    connected = rng.binomial(valid, reach)
    answered = rng.binomial(connected, answers)
    busy = rng.binomial(connected - answered, 0.4)
    silent = rng.binomial(connected - answered - busy, 0.7)
    away = connected - answered - busy - silent
    talk = answered * rng.integers(*TALK_S, answered.shape)
    _measure(books, office, valid, connected, answered)
    operator, direction = who
    columns = {"attempts": attempts, "invalid_attempts": invalid, "answered": answered, "busy": busy,
               "no_answer": silent, "unreachable": away, "talk_s": talk}  # fmt: skip
    listed: dict[str, list[Any]] = {name: values.ravel().tolist() for name, values in columns.items()}
    starts = [day * DAY + int(hour) * HOUR for day in range(days) for hour in HOURS]
    for row, start in enumerate(starts):
        books.add(
            "interconnect_counters", office_id=office.office_id, operator=operator, direction=direction,
            hour_start_at=start, **{name: values[row] for name, values in listed.items()},
        )  # fmt: skip


def _within(days: int, story: Story) -> npt.NDArray[np.bool_]:
    at = np.arange(days)[:, None] * 24 + HOURS[None, :]
    (first_day, first_hour), (end_day, end_hour) = story.first, story.end
    return (at >= first_day * 24 + first_hour) & (at < end_day * 24 + end_hour)


def _measure(books: Books, office: Office, valid: Ints, connected: Ints, answered: Ints) -> None:
    for day, hour in enumerate(valid.argmax(axis=1)):
        for kpi_id, part in (("interconnect_connect_rate", connected), ("interconnect_answer_rate", answered)):
            books.measures.add(
                kpi_id, day, office.office_id, None, float(part[day, hour]), float(valid[day, hour])
            )  # fmt: skip
