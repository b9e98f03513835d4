"""Business halls: how many people wait, at how many open counters."""

import numpy as np

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import DAY, HOUR, MINUTE
from ops_platform.demo.places import Office

HALLS = ("东街营业厅（演示）", "西街营业厅（演示）")
OPENING_HOURS = range(8, 18)
STORIES: dict[tuple[int, int], tuple[list[tuple[int, int, int]], int]] = {
    (0, 0): ([(30, 12, 4), (20, 14, 4), (10, 16, 4)], 2),
    (0, 1): ([(30, 4, 4), (20, 9, 4), (10, 10, 4)], 1),
    (1, 0): ([(20, 5, 2), (10, 3, 0)], 2),
    (2, 0): ([(30, 20, 3), (10, 7, 3)], 0),
    (3, 1): ([(40, 30, 2)], 0),
}
"""By office and hall: counts of this morning as minutes ago, people waiting, open counters; and the true level."""


def simulate_halls(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Play a calm yesterday in every hall, and this morning's queues."""
    for place, office in enumerate(branch.offices):
        for number, hall in enumerate(HALLS):
            for hour in OPENING_HOURS:
                counters = int(rng.integers(2, 6))
                at = (branch.period.today - 1) * DAY + hour * HOUR
                _count(books, office, hall, at, int(rng.integers(0, 2 * counters + 1)), counters)
            counts, level = STORIES.get((place, number), ([(10, 3, 3)], 0))
            for ago, waiting, counters in counts:
                _count(books, office, hall, branch.period.moment - ago * MINUTE, waiting, counters)
            books.scenarios[f"hall_level_{level}"] += 1
            if level:
                books.alerts[f"hall_queue_{level}"].append(f"{office.office_id}/{hall}")


def _count(books: Books, office: Office, hall: str, at: int, waiting: int, counters: int) -> None:
    books.add(
        "hall_queues", office_id=office.office_id, hall=hall, counted_at=at, waiting=waiting, open_counters=counters
    )
