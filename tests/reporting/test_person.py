"""One person's page: for that person and the manager, by settings, and for nobody else."""

from pathlib import Path

import pytest

from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.reporting.person import may_see, person_page
from ops_platform.settings import PeopleSettings
from tests.kpi.months import MONTH, build, installation, measure, target
from tests.maintenance.builders import Row, at, frame, store

KPI = "fault_repair_in_limit"
STAFF: list[Row] = [
    {"staff_id": "E1", "staff_name": "张三丰", "office_id": "O1", "role": "maintenance"},
    {"staff_id": "E2", "staff_name": "李四", "office_id": "O1", "role": "maintenance"},
    {"staff_id": "M1", "staff_name": "王五", "office_id": "O1", "role": "manager"},
    {"staff_id": "M2", "staff_name": "赵六", "office_id": "O2", "role": "manager"},
]


@pytest.mark.parametrize(
    ("viewer", "individual", "seen"),
    [
        ("E1", "person_and_manager", True),
        ("M1", "person_and_manager", True),
        ("E2", "person_and_manager", False),
        ("M2", "person_and_manager", False),
        ("nobody", "person_and_manager", False),
        ("E1", "person", True),
        ("M1", "person", False),
        ("E1", "off", False),
        ("M1", "off", False),
    ],
)
def test_settings_decide_who_may_see_a_person(viewer: str, individual: str, *, seen: bool) -> None:
    settings = PeopleSettings.model_validate({"individual": individual})
    assert may_see(viewer, "E1", frame("staff", *STAFF), settings) == seen


def test_of_somebody_unknown_nothing_is_seen() -> None:
    assert not may_see("E9", "E9", frame("staff", *STAFF), PeopleSettings())


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Return an installation in which two people repaired faults, one of them late once."""
    rows = [measure(KPI, "O1", 1, 2, staff_id="E1"), measure(KPI, "O1", 1, 1, staff_id="E2")]
    platform = installation(tmp_path, at("04-04 08:00"), *rows, targets=[target(KPI)])
    fault = {"site_id": "S1", "staff_id": "E1", "occurred_at": at("03-12 08:00"), "repaired_at": at("03-16 08:00")}
    faults = [fault | {"fault_id": "F1"}, fault | {"fault_id": "F2", "repaired_at": at("03-12 09:00")},
              fault | {"fault_id": "F3", "staff_id": "E2"}]  # fmt: skip
    store(platform.settings.warehouse, staff=STAFF, sites=[{"site_name": "麦秀站"}], faults=faults)
    return build(platform)


def test_a_page_shows_the_person_s_figures_and_what_fell_short(platform: Platform) -> None:
    page = person_page(platform, MONTH, "E1", "M1")
    assert "张三丰" in page
    assert "50.00%" in page
    assert "F1" in page
    assert "F2" not in page, "what was in time did not fall short"
    assert "麦秀站" in page, "a site is called by its name"
    assert "F3" not in page, "of nobody else anything is shown"
    assert "李四" not in page
    assert "noindex" in page
    assert "http" not in page.replace("http-equiv", "")


def test_nobody_else_gets_the_page(platform: Platform) -> None:
    with pytest.raises(PermanentError, match=r"E2 may not see the page of E1 \(OPS_PEOPLE__INDIVIDUAL"):
        person_page(platform, MONTH, "E1", "E2")


def test_a_person_without_figures_has_no_page(platform: Platform) -> None:
    with pytest.raises(PermanentError, match="M2 has no figures in 2026-03"):
        person_page(platform, MONTH, "M2", "M2")
