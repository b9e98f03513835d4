"""A month in which nothing happened has no measures, and a feed without answers is no reason to stop."""

from pathlib import Path

import pytest

from ops_platform.kpi.catalogue import SUBJECTS
from tests.kpi.conftest import book
from tests.maintenance.builders import at, on, store


@pytest.mark.parametrize("subject", [subject for subject in SUBJECTS if subject != "power"])
def test_a_month_in_which_nothing_arrived_has_no_measures(subject: str, tmp_path: Path) -> None:
    assert book(subject, store(tmp_path, sites=[{}])).rows.empty


def test_a_month_without_any_event_still_has_its_site_days(tmp_path: Path) -> None:
    found = book("power", store(tmp_path, sites=[{}]))
    assert set(found.rows["kpi_id"]) == {"site_outages", "site_availability"}


def test_columns_in_which_nothing_is_known_are_read(tmp_path: Path) -> None:
    facts = store(
        tmp_path,
        sites=[{}],
        faults=[{"occurred_at": at("03-12 08:00")}],
        complaints=[{"received_at": at("03-12 08:00")}],
        inspections=[{"due_on": on("03-12")}],
        work_plan_items=[{"due_on": on("03-12")}],
    )
    assert book("power", facts).of("fault_report_timeliness") == (0, 1, 0, 0, 0)
    assert book("power", facts).of("technical_response") == (0, 0, 0, 0, 0)
    assert book("service", facts).of("complaint_in_limit") == (0, 1, 0, 0, 0)
    assert book("inspection", facts).of("inspection_completion") == (0, 1, 0, 0, 0)
    assert book("inspection", facts).of("work_plan_completion") == (0, 1, 0, 0, 0)
