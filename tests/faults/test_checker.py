"""The checker finds what it is there to find."""

from datetime import timedelta
from typing import Any

import pytest

from tests.faults.checker import IN_TIME, Count, check
from tests.faults.receiver import Accepted
from tests.faults.story import START, STEP, Matter, Story

MINUTE = timedelta(minutes=1)
MATTER = Matter("site-0001", "O1", START, START + 30 * MINUTE)
STORY = Story((MATTER,))


def told(minutes: float = 0.0, key: str = "a", kind: str = "raised", recipient: str = "P1", **more: Any) -> Accepted:
    why = more.pop("why", kind)
    sites = more.pop("sites", (MATTER.site,))
    return Accepted(START + minutes * MINUTE, key, kind, why, recipient, sites, more.pop("repeat", False))


WELL = [
    told(0.2), told(3, "b", recipient="P2", why="escalated"), told(6, "c", recipient="P3", why="escalated"),
    *(told(30, f"end{n}", "resolved", person) for n, person in enumerate(("P1", "P2", "P3"))),
]  # fmt: skip


def test_what_went_well_is_counted() -> None:
    assert check(STORY, WELL) == Count(tried=6)
    assert check(STORY, WELL).is_kept
    assert not check(Story(()), []).is_kept, "nothing was tried"


@pytest.mark.parametrize("n", range(6))
def test_a_telling_that_never_arrived_is_lost(n: int) -> None:
    counted = check(STORY, WELL[:n] + WELL[n + 1 :])
    assert counted.lost == 1
    assert not counted.is_kept


def test_again_without_a_mark_is_duplicated_and_with_one_in_doubt() -> None:
    assert check(STORY, [*WELL, told(7)]).duplicated == 1
    again = check(STORY, [*WELL, told(7, repeat=True)])
    assert (again.duplicated, again.in_doubt, again.is_kept) == (0, 1, True)


def test_told_twice_as_two_matters_is_duplicated() -> None:
    assert check(STORY, [*WELL, told(7, "other")]).duplicated == 1


def test_what_comes_too_late_is_late() -> None:
    late = [told(IN_TIME / MINUTE + 0.1), *WELL[1:]]
    assert (check(STORY, late).late, check(STORY, late).is_kept) == (1, True)


@pytest.mark.parametrize(
    "message",
    [told(-1, "x"), told(40, "x"), told(1, "x", sites=("site-0002",)), told(1, "x", sites=("site-0001", "z-0001"))],
)
def test_what_was_not_the_matter_is_untrue(message: Accepted) -> None:
    counted = check(STORY, [*WELL, message])
    assert counted.untrue == 1
    assert not counted.is_kept


def test_a_matter_that_returns_must_be_told_again() -> None:
    again = Matter(MATTER.site, "O1", START + 60 * MINUTE, START + 62 * MINUTE + 5 * MINUTE)
    story = Story((MATTER, again))
    assert check(story, WELL, step=10 * STEP).lost == 1
    more = [*WELL, told(60, "d"), told(67, "e", "resolved")]
    assert check(story, more, step=10 * STEP).lost == 0


def test_what_did_not_last_until_a_step_need_not_reach_it() -> None:
    short = Story((Matter(MATTER.site, "O1", START, START + STEP),))
    assert check(short, [told(0.2), told(3, "e", "resolved")], stale=STEP) == Count(tried=2)
