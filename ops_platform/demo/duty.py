"""The rota: weeks, a night shift, days off, overrides; and who is truly on duty at the present."""

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import DAY, HOUR
from ops_platform.demo.places import Office

STEPS = ("generation", "maintenance", "manager")
BY_NIGHT, WITH_DAYS_OFF, WITH_GAP, WITH_LEAVE = range(4)
"""What is told of the rota of each office, by its place in the branch."""


def simulate_duty(branch: Branch, books: Books) -> None:
    """Write the rota of every office and note who is on duty at the present, and on which steps nobody will be."""
    for place, office in enumerate(branch.offices):
        steps = [branch.people(office.office_id, role) for role in STEPS]
        for week in range(branch.period.today // 7 + 4):
            for step, people in enumerate(steps, 1):
                _week(books, office, (place, step, week), people)
        _overrides(branch, books, office, place, steps)


def _week(books: Books, office: Office, which: tuple[int, int, int], people: list[str]) -> None:
    place, step, week = which
    now = week == books.period.today // 7
    who, other = people[week % len(people)], people[(week + 1) % len(people)]
    if (place, step) == (WITH_GAP, 2) and now:
        books.empty_steps.append(f"{office.office_id}/{step}")
        return
    if (place, step) == (BY_NIGHT, 1):
        _shift(books, office, step, week, who, daily_from="08:00", daily_to="20:00")
        _shift(books, office, step, week, other, daily_from="20:00", daily_to="08:00")
        books.scenarios["duty_by_night"] += 1
    elif (place, step) == (WITH_DAYS_OFF, 2):
        _shift(books, office, step, week, who, on_days="working_days")
        _shift(books, office, step, week, other, on_days="rest_days")
        books.scenarios["duty_on_days_off"] += 1
    else:
        _shift(books, office, step, week, who)
    if now:  # the present is half past eight of a working day
        books.on_duty[office.office_id, step] = who


def _shift(books: Books, office: Office, step: int, week: int, who: str, **pattern: str) -> None:
    books.add(
        "duty_rota", office_id=office.office_id, step=step, staff_id=who, starts_at=week * 7 * DAY,
        ends_at=(week + 1) * 7 * DAY, **pattern,
    )  # fmt: skip


def _overrides(branch: Branch, books: Books, office: Office, place: int, steps: list[list[str]]) -> None:
    today = branch.period.today
    week = today // 7
    if place == WITH_DAYS_OFF:
        ill, stands_in = steps[0][week % len(steps[0])], steps[1][0]
        _override(books, office, 1, (today * DAY, (today + 2) * DAY), stands_in, "leave", instead_of=ill)
        books.on_duty[office.office_id, 1] = stands_in
    if place == WITH_LEAVE:
        away = (today * DAY, today * DAY + 12 * HOUR)
        _override(books, office, 1, away, None, "leave", instead_of=steps[0][week % len(steps[0])])
        del books.on_duty[office.office_id, 1]
        books.empty_steps.append(f"{office.office_id}/1")
    if place == BY_NIGHT:
        holiday = (branch.period.edges[-2] * DAY, (branch.period.edges[-2] + 5) * DAY)
        _override(books, office, 3, holiday, steps[1][-1], "holiday")


def _override(
    books: Books, office: Office, step: int, interval: tuple[int, int], who: str | None, reason: str,
    instead_of: str | None = None,
) -> None:  # fmt: skip
    books.scenarios[f"override_{reason}_{'somebody' if who else 'nobody'}"] += 1
    books.add(
        "duty_overrides", override_id=books.serial("duty_overrides", "DB"), office_id=office.office_id, step=step,
        starts_at=interval[0], ends_at=interval[1], staff_id=who, instead_of=instead_of, reason=reason,
    )  # fmt: skip
