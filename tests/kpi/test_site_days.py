"""Generation, site outages and availability: what each site and day adds."""

import pytest

from ops_platform.facts import Facts
from tests.kpi.conftest import Book, book
from tests.maintenance.builders import Row, at, on, span, store

DAY = 86_400
HOUR = 3600
ALL = 31 * DAY


def down(site: str, start: str, end: str | None, cause: str = "equipment") -> Row:
    return {"site_id": site, "down_at": at(start), "up_at": at(end) if end else None, "cause": cause, "staff_id": "E1"}


OUTCOMES = ("unknown", "pending", "mains_back", "fixed_set", "exempt", "in_time", "late")
OUTAGES = [
    down("down an hour", "03-12 10:00", "03-12 11:00"),
    down("planned", "03-12 10:00", "03-12 11:00", "planned"),
    down("half planned", "03-12 10:00", "03-12 12:00"),
    down("works overlap", "03-12 10:00", "03-12 14:00", "planned"),
    down("across the start", "02-28 23:00", "03-01 01:00"),
    down("open", "03-31 22:00", None),
    down("over midnight", "03-12 23:00", "03-13 02:00"),
    down("retired", "03-11 22:00", "03-12 03:00"),
]
WORKS = [
    span("03-12 09:00", "03-12 12:00", site_id="planned"),
    span("03-12 11:00", "03-12 13:00", site_id="half planned"),
    span("03-12 10:00", "03-12 12:00", site_id="works overlap"),
    span("03-12 11:00", "03-12 13:00", site_id="works overlap"),
    span("03-12 11:00", "03-12 13:00", site_id="quiet"),
]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    names = sorted({str(row["site_id"]) for row in OUTAGES} | {"quiet"})
    retired = {"retired_on": on("03-12")}
    return store(
        tmp_path_factory.mktemp("warehouse"),
        sites=[{"site_id": name} | (retired if name == "retired" else {}) for name in names],
        site_outages=OUTAGES,
        planned_work=WORKS,
        mains_outages=[{"site_id": name, "outcome": name, "failed_at": at("03-12 08:00")} for name in OUTCOMES]
        + [{"site_id": "second", "outcome": "late", "failed_at": at("03-01 00:30")}],
    )


@pytest.fixture(scope="module")
def sites(facts: Facts) -> Book:
    return book("power", facts)


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ("in_time", (1, 1, 0, 0, 0)),
        ("late", (0, 1, 0, 0, 0)),
        ("mains_back", (0, 0, 1, 0, 0)),
        ("fixed_set", (0, 0, 1, 0, 0)),
        ("exempt", (0, 0, 1, 0, 0)),
        ("unknown", (0, 0, 0, 0, 1)),
        ("pending", (0, 0, 0, 0, 0)),
    ],
)
def test_generation_counts_in_time_against_late(sites: Book, outcome: str, counts: tuple[float, ...]) -> None:
    assert sites.of("generator_timeliness", outcome) == counts


def test_a_mains_outage_counts_on_its_local_date(sites: Book) -> None:
    assert sites.of("generator_timeliness", "second", day_on=on("03-01")) == (0, 1, 0, 0, 0)


def test_every_day_in_service_is_a_site_day(sites: Book) -> None:
    assert sites.of("site_outages", "quiet") == (0, 31, 0, 0, 0)
    assert sites.of("site_outages", "retired") == (1, 11, 0, 0, 0)


def test_an_outage_counts_on_the_day_it_starts(sites: Book) -> None:
    assert sites.of("site_outages", "over midnight", day_on=on("03-12")) == (1, 1, 0, 0, 0)
    assert sites.of("site_outages", "over midnight") == (1, 31, 0, 0, 0)
    assert sites.of("site_outages", "across the start") == (0, 31, 0, 0, 0)


def test_a_planned_outage_is_counted_apart(sites: Book) -> None:
    assert sites.of("site_outages", "planned") == (0, 31, 1, 0, 0)
    assert sites.of("site_outages", "half planned") == (1, 31, 0, 0, 0)


def test_availability_is_the_time_up_of_the_time_in_service(sites: Book) -> None:
    assert sites.of("site_availability", "quiet") == (ALL, ALL, 0, 0, 0)
    assert sites.of("site_availability", "down an hour") == (ALL - HOUR, ALL, 0, 0, 0)


def test_planned_down_time_leaves_both_sums(sites: Book) -> None:
    assert sites.of("site_availability", "planned") == (ALL - HOUR, ALL - HOUR, HOUR, 0, 0)
    assert sites.of("site_availability", "half planned") == (ALL - 2 * HOUR, ALL - HOUR, HOUR, 0, 0)


def test_overlapping_works_take_their_time_out_once(sites: Book) -> None:
    assert sites.of("site_availability", "works overlap") == (ALL - 4 * HOUR, ALL - 3 * HOUR, 3 * HOUR, 0, 0)


def test_down_time_counts_on_the_days_on_which_it_was(sites: Book) -> None:
    assert sites.of("site_availability", "over midnight", day_on=on("03-12")) == (23 * HOUR, DAY, 0, 0, 0)
    assert sites.of("site_availability", "over midnight", day_on=on("03-13")) == (22 * HOUR, DAY, 0, 0, 0)
    assert sites.of("site_availability", "across the start") == (ALL - HOUR, ALL, 0, 0, 0)
    assert sites.of("site_availability", "open") == (ALL - 2 * HOUR, ALL, 0, 0, 0)


def test_down_time_after_the_site_retired_does_not_count(sites: Book) -> None:
    assert sites.of("site_availability", "retired") == (11 * DAY - 2 * HOUR, 11 * DAY, 0, 0, 0)


def test_the_days_of_a_site_belong_to_its_office_and_person(sites: Book) -> None:
    rows = sites.rows[sites.rows["kpi_id"] == "site_availability"]
    assert set(zip(rows["office_id"], rows["staff_id"], strict=True)) == {("O1", "E1")}


def test_a_month_counts_up_to_the_moment_and_an_open_outage_too(facts: Facts) -> None:
    so_far = book("power", facts, as_of=at("03-12 10:30"))
    whole = 11 * DAY + 10 * HOUR + HOUR // 2
    assert so_far.of("site_availability", "quiet") == (whole, whole, 0, 0, 0)
    assert so_far.of("site_availability", "down an hour") == (whole - HOUR // 2, whole, 0, 0, 0)
    assert so_far.of("site_outages", "quiet") == (0, 12, 0, 0, 0)


def test_a_month_that_has_not_begun_has_no_site_days(facts: Facts) -> None:
    assert book("power", facts, "2026-05").rows.empty
