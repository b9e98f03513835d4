"""Customers: complaints with repeats, surveys."""

from itertools import count

import numpy as np

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import DAY, HOUR, MINUTE
from ops_platform.demo.places import Office

CLOSE_LIMIT_S = 72 * HOUR
ANSWER_LIMIT_S = 30 * MINUTE
CAUSES = ("no_coverage", "weak_coverage", "drops", "slow_data", "cannot_connect", "service")
HALL = {"environment": 8_756, "waiting": 7_772, "staff": 7_666, "speed": 8_525}
"""Score sums of 100 responses each, which weigh to 81.69."""
SURVEYS = {
    "hotline": {"courtesy": ("hotline_courtesy", 97.6), "problem_solving": ("hotline_problem_solving", 91.5)},
    "training": {"pass": ("training_pass_rate", 88.0)},
    "customer": {"overall": ("customer_satisfaction", 87.5)},
}


class Complaints:
    """Plays complaints. Every customer, and every pair of cell and cause, is new unless a story repeats it."""

    def __init__(self, rng: np.random.Generator, branch: Branch, books: Books) -> None:
        self.rng, self.branch, self.books, self.period = rng, branch, books, branch.period
        self._customers = count(1)
        self._used: set[tuple[str, str]] = set()

    def simulate(self) -> None:
        """Play every story of repeats once an office, the ordinary ones, and one that is not due at the present."""
        stories = ("alone", "same_customer", "same_cell", "chain", "too_old", "other_cause", "over_month_end")
        for office in self.branch.offices:
            for story in stories:
                self._story(office, story, int(self.rng.integers(1, self.period.edges[1] - 1)) * DAY)
            bad = office.seed.failure
            odds = np.array([1 - bad * 3, bad, bad, bad * 0.3, bad * 0.3, bad * 0.2, bad * 0.2])
            sites = len(self.branch.sites_of(office.office_id))
            for _ in range(round(sites * 0.2 * (self.period.count + 0.1))):
                day = int(self.rng.integers(0, self.period.today - 1))
                self._story(office, str(self.rng.choice(stories, p=odds / odds.sum())), day * DAY)
            last = self.period.closed_days * DAY - HOUR
            self._write(office, last, ("pending", self._customer(), None, "drops"), repeat=False)

    def _customer(self) -> str:
        return f"DEMO-KH{next(self._customers):06d}"

    def _fresh_cell(self, office: Office, cause: str) -> str | None:
        cells = [cell for cell in self.branch.cells if cell.site.office_id == office.office_id]
        for _ in range(30):
            cell_id = cells[int(self.rng.integers(len(cells)))].cell_id
            if (cell_id, cause) not in self._used:
                self._used.add((cell_id, cause))
                return cell_id
        return None

    def _story(self, office: Office, story: str, start: int) -> None:
        cause = str(self.rng.choice(CAUSES, p=[0.12, 0.28, 0.2, 0.25, 0.1, 0.05]))
        if story == "over_month_end":
            start = (self.period.edges[int(self.rng.integers(1, self.period.count))] - 3) * DAY
        at = start + int(self.rng.integers(0, DAY))
        customer = self._customer()
        cell = self._fresh_cell(office, cause) if story == "same_cell" or self.rng.random() < 0.6 else None  # noqa: PLR2004
        self._write(office, at, (story, customer, cell, cause), repeat=False)
        gap = {"too_old": (30 * DAY + HOUR, 44 * DAY), "over_month_end": (4 * DAY, 12 * DAY), "chain": (DAY, 14 * DAY)}
        later = at + int(self.rng.integers(*gap.get(story, (HOUR, 29 * DAY))))
        if story in {"same_customer", "chain", "over_month_end", "too_old"}:
            self._write(office, later, (story, customer, cell, cause), repeat=story != "too_old")
        if story == "same_cell" and cell:
            self._write(office, later, (story, self._customer(), cell, cause), repeat=True)
        if story == "chain":
            again = later + int(self.rng.integers(DAY, 14 * DAY))
            self._write(office, again, (story, customer, None, cause), repeat=True)
        if story == "other_cause":
            other = CAUSES[(CAUSES.index(cause) + 1) % len(CAUSES)]
            self._write(office, later, (story, customer, None, other), repeat=False)

    def _write(self, office: Office, at: int, what: tuple[str, str, str | None, str], *, repeat: bool) -> None:
        story, customer, cell, cause = what
        if at > self.period.moment:
            return
        draw = self.rng.random()
        ending = "late" if draw < office.seed.failure else "exempt" if draw > 0.985 else "in_limit"  # noqa: PLR2004
        if story == "pending":
            ending = "pending"
        elif draw < office.seed.failure / 4:
            ending = "never"
        took = {
            "late": int(self.rng.integers(CLOSE_LIMIT_S + HOUR, CLOSE_LIMIT_S * 2)),
            "in_limit": int(self.rng.integers(HOUR, CLOSE_LIMIT_S - HOUR)),
            "exempt": int(self.rng.integers(HOUR, 9 * HOUR)),
        }.get(ending)
        closed = None if took is None else self.books.seen(at + took)
        keepers = self.branch.people(office.office_id, "service")
        staff = None if self.rng.random() < 0.03 else keepers[int(self.rng.integers(len(keepers)))]  # noqa: PLR2004
        row = self.books.add(
            "complaints", complaint_id=self.books.serial("complaints", "TS"), office_id=office.office_id,
            staff_id=staff, customer_id=customer,
            customer_class=str(self.rng.choice(["group", "high_value", "ordinary"], p=[0.1, 0.2, 0.7])),
            cell_id=cell, cause=cause, received_at=at, closed_at=closed,
        )  # fmt: skip
        add, day = self.books.measures.add, at // DAY
        self.books.scenarios[f"complaint_{story}"] += 1
        add("repeat_complaint_share", day, office.office_id, staff, repeat, 1)
        if cause != "service":
            add("complaints_per_10000_users", day, office.office_id, None, 1, 0)
        if ending == "exempt" and closed is not None:
            self.books.exclusion("complaint_in_limit", (at, at + DAY), "other", event_id=str(row["complaint_id"]))
            add("complaint_in_limit", day, office.office_id, staff, 0, 0, 1)
        elif closed is not None or at + CLOSE_LIMIT_S < self.period.moment:
            add("complaint_in_limit", day, office.office_id, staff, closed is not None and ending != "late", 1)


def simulate_surveys(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Play the surveys; one office-month's hall scores are the worked example that weighs to 81.69."""
    period = branch.period
    for office in branch.offices:
        drift = (0.05 - office.seed.failure) * 25
        for month, start in enumerate(period.edges[:-1]):
            example = month == 1 and office is branch.offices[0]
            for item, score in HALL.items():
                responses = 100 if example else int(rng.integers(60, 140))
                mean = score / 100 if example else min(97.0, score / 100 + drift + float(rng.normal(0, 1.5)))
                _survey(
                    books, office, start + 19, ("hall", item, "hall_satisfaction"), round(mean * responses), responses
                )
            for topic, items in SURVEYS.items():
                for item, (kpi_id, mean) in items.items():
                    for offset in (9, 24):
                        responses = int(rng.integers(20, 90))
                        level = min(99.5, mean + drift * 0.8 + float(rng.normal(0, 1.2)))
                        points = round(level * responses) if item != "pass" else round(level * responses / 100) * 100
                        _survey(
                            books,
                            office,
                            start + offset,
                            (topic, item, kpi_id),
                            min(points, responses * 100),
                            responses,
                        )

            _survey(books, office, start + 24, ("customer", "overall", "customer_satisfaction"),
                    round((70 + float(rng.normal(0, 6))) * 60), 60, about="competitor")  # fmt: skip


def simulate_enquiries(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Play enquiries: most answered at once, some late, some never, one of each office still within its time."""
    period = branch.period
    for office in branch.offices:
        keepers = branch.people(office.office_id, "service")
        count = round(len(branch.sites_of(office.office_id)) * 0.4 * period.count) + 4
        asked = [*rng.integers(0, period.moment - 2 * ANSWER_LIMIT_S, count).tolist(), period.moment - 5 * 60]
        for at in asked:
            waits, draw = at + ANSWER_LIMIT_S >= period.moment, rng.random()
            late, never = draw < office.seed.failure, draw > 0.99  # noqa: PLR2004
            took = int(rng.integers(ANSWER_LIMIT_S + 60, 5 * HOUR) if late else rng.integers(20, ANSWER_LIMIT_S - 20))
            answered = None if waits or never else books.seen(at + took)
            staff = keepers[int(rng.integers(len(keepers)))]
            books.add(
                "enquiries", enquiry_id=books.serial("enquiries", "ZX"), office_id=office.office_id, staff_id=staff,
                asked_at=at, answered_at=answered,
            )  # fmt: skip
            if not waits:
                good = answered is not None and not late
                books.measures.add("enquiry_in_limit", at // DAY, office.office_id, staff, good, 1)


def simulate_assessments(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Write the scores of key work, every month, and of inspection tours, every second; one office has no tour."""
    period = branch.period
    for place, office in enumerate(branch.offices):
        for month, end in enumerate(period.edges[1:]):
            kinds = ["key_work", *(["inspection_tour"] if month % 2 == 0 and place else [])]
            for kind in kinds:
                score = min(100.0, 92 - office.seed.failure * 100 + float(rng.normal(0, 3)))
                books.add(
                    "assessments", assessment_id=books.serial("assessments", "KH"), office_id=office.office_id,
                    kind=kind, assessed_on=period.date(end - 2), score=round(score, 1), assessed_by="演示主任",
                    remark=None,
                )  # fmt: skip


def _survey(
    books: Books, office: Office, day: int, what: tuple[str, str, str], points: int, responses: int, about: str = "own"
) -> None:
    topic, item, kpi_id = what
    books.add(
        "service_surveys", survey_id=books.serial("service_surveys", "CP"), office_id=office.office_id,
        surveyed_on=books.period.date(day), topic=topic, item=item, score_sum=points, responses=responses,
        about=None if about == "own" and topic == "hall" else about,
    )  # fmt: skip
    part = item if topic == "hall" else ""
    if about == "own":
        books.measures.add(kpi_id, day, office.office_id, None, points, responses, part=part)
    if topic == "customer":
        books.measures.add("satisfaction_lead", day, office.office_id, None, points, responses, part=about)
