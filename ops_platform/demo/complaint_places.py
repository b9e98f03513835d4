"""Places from which several customers complain: one where the map says the same, and one where nothing does."""

import math

from ops_platform.demo.books import Books, Row
from ops_platform.demo.branch import Branch, Settlement
from ops_platform.demo.period import DAY, HOUR

APART_KM, DEGREE_KM = 3.0, 111.0
ASIDE_DEG = 0.001
"""How far from the settlement's own place the second half of its complaints are marked."""
STORIES = (("silent", "weak_coverage", 4), ("agree", "no_coverage", 3))
"""What the counters and the map say of the place, the cause, and how many customers complain."""


def simulate_places(branch: Branch, books: Books, coverage: list[Row]) -> None:
    """Play one place of each story at every office that has one, in the second month."""
    period = branch.period
    start, end = period.edges[1], period.edges[2]
    of_cell = {cell.cell_id: cell.site for cell in branch.cells}
    down = {one.site.site_id for one in books.downs if one.down < end * DAY and (one.up or end * DAY) > start * DAY}
    level = {row["settlement_id"]: row for row in coverage if row["month"] == period.months[1] and row["cell_id"]}
    used: set[str] = set()
    for office in branch.offices:
        mine = [place for place in branch.settlements if place.office_id == office.office_id and _alone(place, branch)]
        for number, (counters, cause, customers) in enumerate(STORIES):
            fits = [
                place for place in mine
                if (row := level.get(place.settlement_id)) and place.settlement_id not in used
                and row["covered"] == (counters == "silent") and of_cell[row["cell_id"]].site_id not in down
            ]  # fmt: skip
            if not fits:
                continue
            used.add(fits[0].settlement_id)
            for index in range(customers):
                _complain(branch, books, fits[0], cause, ((start + 3 + number) * DAY + index * 30 * HOUR, index))
            books.scenarios[f"place_{counters}"] += 1
            books.notes["complaint_places"].append({
                "month": period.months[1], "place_id": fits[0].settlement_id, "cause": cause, "complaints": customers,
                "customers": customers, "repeats": customers - 1, "counters": counters,
                "site_id": of_cell[level[fits[0].settlement_id]["cell_id"]].site_id,
            })  # fmt: skip


def _alone(place: Settlement, branch: Branch) -> bool:
    """Tell whether no other settlement is near enough to be taken for this one."""
    east = math.cos(math.radians(place.latitude))
    return all(
        math.hypot(other.latitude - place.latitude, (other.longitude - place.longitude) * east) * DEGREE_KM > APART_KM
        for other in branch.settlements
        if other is not place
    )


def _complain(branch: Branch, books: Books, place: Settlement, cause: str, when: tuple[int, int]) -> None:
    """Write down a complaint that is closed in its limit; every second one has a position in place of the number."""
    at, index = when
    marked = index % 2 == 1
    staff = branch.people(place.office_id, "service")[0]
    books.add(
        "complaints", complaint_id=books.serial("complaints", "TS"), office_id=place.office_id, staff_id=staff,
        customer_id=f"DEMO-KD{place.settlement_id[-5:]}{index}", customer_class="ordinary", cell_id=None,
        settlement_id=None if marked else place.settlement_id,
        latitude=place.latitude + ASIDE_DEG if marked else None, longitude=place.longitude if marked else None,
        cause=cause, received_at=at, closed_at=at + 5 * HOUR,
    )  # fmt: skip
    day = at // DAY
    books.measures.add("complaint_in_limit", day, place.office_id, staff, 1, 1)
    books.measures.add("repeat_complaint_share", day, place.office_id, staff, 0, 1)
    books.measures.add("complaints_per_10000_users", day, place.office_id, None, 1, 0)
