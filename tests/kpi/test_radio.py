"""Drops, congestion, utilisation and worst cells; what is missing is neither good nor bad."""

from pathlib import Path
from typing import Any

import pytest

from tests.kpi.conftest import Book, book
from tests.maintenance.builders import Row, on, store

COUNTERS = {
    "busy_traffic_chs": 7200, "busy_tch_attempts": 200, "busy_tch_overflows": 4, "busy_tch_seizures": 150,
    "busy_handovers_in": 50, "busy_drops": 3, "busy_sdcch_attempts": 400, "busy_sdcch_overflows": 5,
}  # fmt: skip
NOTHING = dict.fromkeys(COUNTERS)


def gsm(cell: str, day: str = "03-12", **more: Any) -> Row:
    return {"cell_id": cell, "day_on": on(day), "technology": "GSM"} | COUNTERS | more


def worst(cell: str, **more: Any) -> Row:
    """Return a cell day at 0.12 Erl on each of 10 channels (4,320 channel-seconds) without drops or congestion."""
    calm = {"busy_traffic_chs": 4321, "busy_drops": 0, "busy_tch_overflows": 0, "busy_tch_attempts": 1000,
            "busy_tch_seizures": 600, "busy_handovers_in": 400}  # fmt: skip
    return gsm(cell, **(calm | more))


DAYS = [
    gsm("plain"),
    gsm("partly suspect", suspect_s=900),
    gsm("silent", usable_s=0, **NOTHING),
    gsm("all suspect", usable_s=0, suspect_s=900, **NOTHING),
    gsm("no drops known", busy_drops=None),
    gsm("no handovers known", busy_handovers_in=None),
    gsm("no channels known", channels=None, busy_drops=100),
    {"cell_id": "lte", "day_on": on("03-12"), "technology": "LTE", "erab_releases": 80, "erab_abnormal_releases": 3},
    {"cell_id": "lte silent", "day_on": on("03-12"), "technology": "LTE", "usable_s": 0},
    gsm("last month", "02-28"),
    worst("calm"),
    worst("drops at 3 %", busy_drops=30),
    worst("drops over 3 %", busy_drops=31),
    worst("overflows at 5 %", busy_tch_overflows=50),
    worst("overflows over 5 %", busy_tch_overflows=51),
    worst("traffic at 0.12 Erl", busy_traffic_chs=4320, busy_drops=100),
    worst("two days at 0.12 Erl", busy_traffic_chs=4321, busy_drops=100),
    worst("two days at 0.12 Erl", day="03-13", busy_traffic_chs=4319, busy_drops=100),
    worst("two days over 0.12 Erl", busy_traffic_chs=4321, busy_drops=100),
    worst("two days over 0.12 Erl", day="03-13", busy_traffic_chs=4320, busy_drops=100),
    # One day of 40 in 1,000, one of 20: together 3 %, whatever a mean of the days' rates would say.
    worst("sums", busy_drops=40),
    worst("sums", day="03-13", busy_drops=20),
    worst("a day missing", busy_drops=31),
    gsm("a day missing", "03-13", usable_s=0, suspect_s=900, **NOTHING),
    {"cell_id": "data", "day_on": on("03-12"), "technology": "LTE", "erab_abnormal_releases": 3, "erab_session_s": 7000,
     "dl_volume_kbit": 5000, "dl_time_ms": 400, "busy_prb_used": 30, "busy_prb_available": 90},
    {"cell_id": "nr", "day_on": on("03-12"), "technology": "NR", "erab_abnormal_releases": 2, "erab_session_s": 900},
    {"cell_id": "access", "day_on": on("03-12"), "technology": "LTE", "rrc_attempts": 100, "rrc_successes": 90,
     "s1_attempts": 80, "s1_successes": 72, "erab_attempts": 50, "erab_successes": None},
    gsm("sets up", busy_sdcch_seizures=390),
    gsm("blocked a while", usable_s=1000, unavailable_auto_s=30, unavailable_manual_s=200),
    gsm("blocked all day", usable_s=1000, unavailable_auto_s=0, unavailable_manual_s=1000),
    gsm("no manual time known", usable_s=1000, unavailable_auto_s=30),
    gsm("hands over", handovers_out_attempts=50, handovers_out=48),
    *(worst("nine of ten", day=f"02-{n:02}", busy_drops=20 if n > 1 else 21) for n in range(1, 11)),
    *(worst("eight of ten", day=f"02-{n:02}", busy_drops=20 if n > 2 else 21) for n in range(1, 11)),
    worst("nine of nine", day="02-01", busy_drops=None),
    *(worst("nine of nine", day=f"02-{n:02}", busy_drops=20) for n in range(2, 10)),
    worst("never seized", day="02-01", busy_tch_seizures=0, busy_handovers_in=0),
]  # fmt: skip


# In service on the days of which a cell has a row.
FEBRUARY = {f"02-{n:02}": {"site_id": "S0"} for n in range(1, 11)}
SITES = {"03-13": {"site_id": "S2"}, "03-12": {"site_id": "S1", "retired_on": on("03-13")},
         "02-28": {"site_id": "S0", "retired_on": on("03-01")}}  # fmt: skip


def registered(days: list[Row]) -> list[Row]:
    """Return the register of the cells of these cell days."""
    last = {day["cell_id"]: day for day in sorted(days, key=lambda day: day["day_on"])}
    return [
        {"cell_id": cell, "technology": day["technology"], "channels": day.get("channels", 10)}
        | {"site_id": (SITES | FEBRUARY)[f"{day['day_on']:%m-%d}"]["site_id"]}
        for cell, day in last.items()
    ]


@pytest.fixture(scope="module")
def radio(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("warehouse")
    return book("radio", store(folder, cell_days=DAYS, cells=registered(DAYS), sites=list(SITES.values())))


def test_a_corrected_register_counts_without_summing_the_counters_again(tmp_path: Path) -> None:
    days = [gsm("a", "03-12"), gsm("a", "03-13")]
    cells = [cell | {"channels": 20} for cell in registered(days)]
    sites = [site | {"staff_id": "new"} for site in SITES.values()]
    (tmp_path / "corrected").mkdir()
    corrected = book("radio", store(tmp_path / "corrected", cell_days=days, cells=cells, sites=sites))
    assert corrected.of("channel_utilisation", "a")[:2] == (2 * 7200, 2 * 20 * 3600)
    assert corrected.of("worst_cell_share", "a")[1] == 1, "one cell, whoever answers for it"


@pytest.mark.parametrize(
    ("kpi_id", "numerator", "denominator"),
    [
        ("tch_drop_rate", 3, 200),
        ("tch_drop_rate_without_handover", 3, 150),
        ("tch_congestion", 4, 200),
        ("sdcch_congestion", 5, 400),
        ("channel_utilisation", 7200, 36_000),
    ],
)
def test_a_gsm_cell_day_adds_the_sums_of_its_busy_hour(
    radio: Book, kpi_id: str, numerator: float, denominator: float
) -> None:
    assert radio.of(kpi_id, "plain") == (numerator, denominator, 0, 0, 0)
    assert radio.of(kpi_id, "partly suspect") == (numerator, denominator, 0, 1, 0)
    assert radio.of(kpi_id, "silent") == (0, 0, 0, 0, 1)
    assert radio.of(kpi_id, "all suspect") == (0, 0, 0, 1, 1)
    assert radio.of(kpi_id, "lte") == radio.of(kpi_id, "last month") == (0, 0, 0, 0, 0)


def test_an_lte_cell_day_adds_the_sums_of_its_whole_day(radio: Book) -> None:
    assert radio.of("erab_drop_rate", "lte") == (3, 80, 0, 0, 0)
    assert radio.of("erab_drop_rate", "lte silent") == (0, 0, 0, 0, 1)
    assert radio.of("erab_drop_rate", "plain") == (0, 0, 0, 0, 0)


def test_what_arrived_of_a_day_is_its_completeness_and_what_did_not_is_shown(radio: Book) -> None:
    assert radio.of("counter_completeness", "plain") == (86_400, 86_400, 0, 0, 0)
    assert radio.of("counter_completeness", "silent") == (0, 86_400, 0, 0, 0)
    assert radio.of("counter_completeness", "all suspect") == (900, 86_400, 0, 1, 0)
    assert radio.of("counter_completeness", "lte silent") == (0, 86_400, 0, 0, 0)
    assert radio.of("counter_completeness", "partly suspect")[0] == 86_400, "overlapping periods make no longer day"


def test_a_counter_that_is_not_known_leaves_both_sums_and_is_missing(radio: Book) -> None:
    assert radio.of("tch_drop_rate", "no drops known") == (0, 0, 0, 0, 1)
    assert radio.of("tch_congestion", "no drops known") == (4, 200, 0, 0, 0)
    assert radio.of("tch_drop_rate", "no handovers known") == (0, 0, 0, 0, 1)
    assert radio.of("tch_drop_rate_without_handover", "no handovers known") == (3, 150, 0, 0, 0)
    assert radio.of("worst_cell_share", "no drops known") == (0, 0, 0, 0, 1)


def test_traffic_on_channels_that_are_not_known_is_not_utilisation(radio: Book) -> None:
    assert radio.of("channel_utilisation", "no channels known") == (0, 0, 0, 0, 1)
    assert radio.of("worst_cell_share", "no channels known") == (0, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("cell", "is_worst"),
    [
        ("calm", 0),
        ("drops at 3 %", 0),
        ("drops over 3 %", 1),
        ("overflows at 5 %", 0),
        ("overflows over 5 %", 1),
        ("traffic at 0.12 Erl", 0),
        ("two days at 0.12 Erl", 0),
        ("two days over 0.12 Erl", 1),
        ("sums", 0),
    ],
)
def test_a_worst_cell_is_strictly_over_its_limits_on_the_sums_of_the_month(
    radio: Book, cell: str, is_worst: float
) -> None:
    assert radio.of("worst_cell_share", cell) == (is_worst, 1, 0, 0, 0)


def test_a_worst_cell_is_counted_once_on_the_first_of_the_month(radio: Book) -> None:
    assert radio.of("worst_cell_share", "two days over 0.12 Erl", day_on=on("03-01")) == (1, 1, 0, 0, 0)


def test_a_missing_day_does_not_thin_the_traffic(radio: Book) -> None:
    assert radio.of("worst_cell_share", "a day missing") == (1, 1, 0, 1, 1)


def test_a_cell_without_any_usable_day_is_not_among_the_cells(radio: Book) -> None:
    assert radio.of("worst_cell_share", "silent") == (0, 0, 0, 0, 1)
    assert radio.of("worst_cell_share", "all suspect") == (0, 0, 0, 1, 1)
    assert radio.of("worst_cell_share", "lte") == (0, 0, 0, 0, 0)


def test_data_and_retainability_are_ratios_of_the_sums_of_the_whole_day(radio: Book) -> None:
    assert radio.of("erab_retainability", "data") == (3, 7000, 0, 0, 0)
    assert radio.of("dl_throughput", "data") == (5000, 400, 0, 0, 0)
    assert radio.of("prb_utilisation", "data") == (30, 90, 0, 0, 0)
    assert radio.of("flow_retainability", "nr") == (2, 900, 0, 0, 0)
    assert radio.of("erab_retainability", "nr") == radio.of("flow_retainability", "data") == (0, 0, 0, 0, 0)
    assert radio.of("erab_retainability", "lte") == (0, 0, 0, 0, 1), "session time is not known"
    assert radio.of("handover_success", "hands over") == (48, 50, 0, 0, 0)
    assert radio.of("handover_success", "plain") == (0, 0, 0, 0, 1)


def test_manual_blocking_counts_against_a_cell_or_leaves_both_sums(radio: Book) -> None:
    assert radio.of("cell_availability", "blocked a while") == (770, 1000, 0, 0, 0)
    assert radio.of("cell_availability_without_manual", "blocked a while") == (770, 800, 0, 0, 0)
    assert radio.of("cell_availability", "blocked all day") == (0, 1000, 0, 0, 0)
    assert radio.of("cell_availability_without_manual", "blocked all day") == (0, 0, 0, 0, 0), "nothing is left"
    for kpi_id in ("cell_availability", "cell_availability_without_manual"):
        assert radio.of(kpi_id, "no manual time known") == (0, 0, 0, 0, 1)


def test_a_cell_is_within_the_daily_limit_on_nine_days_of_ten_that_have_a_rate(tmp_path: Path) -> None:
    sites = [{"site_id": "S0"}]
    days = [day for day in DAYS if day["cell_id"] in {"nine of ten", "eight of ten", "nine of nine", "never seized"}]
    found = book("radio", store(tmp_path, cell_days=days, cells=registered(days), sites=sites), month="2026-02")
    assert found.of("cell_q90", "nine of ten")[:2] == (1, 1)
    assert found.of("cell_q90", "eight of ten")[:2] == (0, 1)
    assert found.of("cell_q90", "nine of nine")[:2] == (1, 1)
    assert found.of("cell_q90", "never seized")[:2] == (0, 0)


def test_access_is_counted_by_step(radio: Book) -> None:
    steps = {part: radio.of("accessibility", "access", part=part) for part in ("rrc", "s1", "erab")}
    assert steps == {"rrc": (90, 100, 0, 0, 0), "s1": (72, 80, 0, 0, 0), "erab": (0, 0, 0, 0, 1)}
    assert radio.of("call_setup", "sets up", part="sdcch") == (390, 400, 0, 0, 0)
    assert radio.of("call_setup", "sets up", part="tch") == (150, 200, 0, 0, 0)
    assert radio.of("call_setup", "access") == (0, 0, 0, 0, 0)
