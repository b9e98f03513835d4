"""The way of a work order: when it was sent out, how often again, how often it was sent back."""

import numpy as np

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import DAY

MOST_AGAIN, MOST_BACK = 3, 2


def simulate_orders(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Send out an order for every fault that was reported; the worse an office, the more often again and back."""
    offices = {site.site_id: site.office_id for site in branch.sites}
    failure = {office.office_id: office.seed.failure for office in branch.offices}
    for row in books.rows["faults"]:
        office_id, reported = offices[row["site_id"]], row["reported_at"]
        sent = None if reported is None else books.seen(reported + int(rng.integers(0, 60)))
        again = None if sent is None else int(rng.binomial(MOST_AGAIN, failure[office_id]))
        back = None if sent is None else int(rng.binomial(MOST_BACK, failure[office_id]))
        row |= {"dispatched_at": sent, "repeat_dispatches": again, "returns": back}
        day, staff = row["occurred_at"] // DAY, row["staff_id"]
        for kpi_id, times in (("fault_repeat_dispatch_share", again), ("fault_return_share", back)):
            if times is None:
                books.measures.add(kpi_id, day, office_id, staff, missing=1)
            else:
                books.measures.add(kpi_id, day, office_id, staff, times > 0, 1)
