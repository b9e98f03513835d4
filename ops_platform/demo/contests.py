"""What offices contest, and what the approver decided: of each office late complaints, and one late generator."""

from itertools import cycle

from ops_platform.demo.books import Books, MainsOutage, Row
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import DAY, HOUR
from ops_platform.demo.service import CLOSE_LIMIT_S

STORIES = ("upheld", "open", "rejected", "by_himself")
"""The last is decided by whoever raised it, which is no decision."""
APPROVER = "演示主任"
A_OFFICE = 4
"""Contests of complaints that an office raises at most."""


def simulate_contests(branch: Branch, books: Books) -> None:
    """Contest late complaints of the closed months in turn by every story, a late generator, and what never was."""
    stories = cycle(STORIES)
    exempt = {row["event_id"] for row in books.rows["exclusions"]}
    for office in branch.offices:
        late = [
            row
            for row in books.rows["complaints"]
            if row["office_id"] == office.office_id and row["complaint_id"] not in exempt and _is_late(books, row)
        ]
        for row in late[:A_OFFICE]:
            story, day = next(stories), row["received_at"] // DAY
            _contest(branch, books, office.office_id, ("complaint_in_limit", row["complaint_id"], day), story)
            if story == "upheld":
                books.measures.add("complaint_in_limit", day, office.office_id, row["staff_id"], 0, -1, 1)
    period = books.period
    mains = next(one for one in books.mains if one.outcome == "late" and period.month_index(one.failed // DAY) == 1)
    office_id, day = mains.site.office_id, mains.failed // DAY
    _contest(branch, books, office_id, ("generator_timeliness", _named(books, mains), day), "upheld")
    books.measures.add("generator_timeliness", day, office_id, mains.site.staff_id, 0, -1, 1)
    unknown = ("complaint_in_limit", "DEMO-TS999999", period.edges[1])
    _contest(branch, books, office_id, unknown, "open")
    books.scenarios["contest_unknown"] += 1


def _is_late(books: Books, row: Row) -> bool:
    closed, limit = row["closed_at"], row["received_at"] + CLOSE_LIMIT_S
    month = books.period.month_index(row["received_at"] // DAY)
    return 0 <= month < books.period.count and closed is not None and closed > limit


def _named(books: Books, mains: MainsOutage) -> str:
    """Return the number under which people find an outage in the report: site and start, in UTC."""
    return f"MO-{mains.site.site_id}-{books.period.utc(mains.failed):%Y%m%dT%H%M%SZ}"


def _contest(branch: Branch, books: Books, office_id: str, what: tuple[str, str, int], story: str) -> None:
    kpi_id, event_id, day = what
    manager = branch.people(office_id, "manager")[0]
    raised = min((day + 6) * DAY + 9 * HOUR, books.period.moment - 2 * DAY)
    decided = raised + DAY if story != "open" else None
    said = {"upheld": "upheld", "rejected": "rejected", "by_himself": "upheld"}.get(story)
    books.add(
        "contests", contest_id=books.serial("contests", "SS"), kpi_id=kpi_id, event_id=event_id,
        event_on=books.period.date(day), office_id=office_id, raised_by=manager, raised_at=raised,
        reason="客户更改上门时间（演示）" if kpi_id == "complaint_in_limit" else "道路塌方，车辆无法通行（演示）",
        evidence="通话录音与现场照片（演示）", decision=said, decided_at=decided,
        decided_by=None if decided is None else manager if story == "by_himself" else APPROVER,
        decision_reason=None if decided is None else "经核实（演示）",
    )  # fmt: skip
    books.scenarios[f"contest_{story}"] += 1
