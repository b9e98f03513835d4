"""What is the matter at the present, decided from the simulation's own records."""

from collections.abc import Iterator

from ops_platform.demo.books import Books, Row
from ops_platform.demo.branch import Branch, Site
from ops_platform.demo.period import HOUR
from ops_platform.demo.service import CLOSE_LIMIT_S
from ops_platform.demo.work import REPAIR_LIMIT_S, RESPONSE_LIMIT_S

IMPORTANT_CUSTOMERS = 3000
REPAIR_SOON_S = 4 * HOUR
CLOSE_SOON_S = 24 * HOUR


def note_alerts(branch: Branch, books: Books) -> None:
    """Note the sites that are down, the faults and complaints that wait too long, and the steps without anybody."""
    for down in books.downs:
        if down.counts and down.up is None:
            rule = "site_down_important" if _important(branch, down.site) else "site_down"
            books.alerts[rule].append(down.site.site_id)
    for row in books.rows["faults"]:
        if row["repaired_at"] is None:
            for rule in _of_fault(row, books.period.moment):
                books.alerts[rule].append(row["fault_id"])
    for row in books.rows["complaints"]:
        left = row["received_at"] + CLOSE_LIMIT_S - books.period.moment
        if row["closed_at"] is None and left <= CLOSE_SOON_S:
            priority = "" if row["customer_class"] == "ordinary" else "_priority"
            books.alerts[f"complaint_{'due_soon' if left > 0 else 'overdue'}{priority}"].append(row["complaint_id"])
    books.alerts["rota_gap"] += books.empty_steps


def _of_fault(row: Row, moment: int) -> Iterator[str]:
    asked = row["occurred_at"] if row["reported_at"] is None else row["reported_at"]
    if row["responded_at"] is None and asked + RESPONSE_LIMIT_S <= moment:
        yield "fault_not_responded_urgent" if row["fault_class"] == "critical" else "fault_not_responded"
    left = row["occurred_at"] + REPAIR_LIMIT_S - moment
    if left <= REPAIR_SOON_S:
        yield "fault_repair_due" if left > 0 else "fault_repair_late"


def _important(branch: Branch, site: Site) -> bool:
    concerned, found = [site], [site]
    while found:
        names = {one.site_id for one in found}
        found = [one for one in branch.sites if one.upstream_site_id in names and one not in concerned]
        concerned += found
    customers = sum(one.customers or 0 for one in concerned)
    return site.priority == "vip" or len(concerned) > 1 or customers >= IMPORTANT_CUSTOMERS
