"""Counters become cell days: the busy hour, suspect rows, cells without data, days that clocks change."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from upath import UPath

from ops_platform.clock import local_midnight
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS
from ops_platform.facts import Facts
from ops_platform.kpi.cell_days import cell_days, write_cell_days
from ops_platform.kpi.cell_register import SERVICE
from ops_platform.warehouse import Warehouse, connect
from tests.maintenance.builders import ZONE, Row, on, store, table

DAY = on("03-12")


def counters(cell: str, hour: float, traffic: int | None = None, **more: Any) -> Row:
    """Return counters of an hour, counted from midnight."""
    start = local_midnight(DAY, ZONE) + timedelta(hours=hour)
    return {"cell_id": cell, "period_start_at": start, "traffic_chs": traffic, **more}


ROWS = [
    counters("tie", 10, 500, drops=1),
    counters("tie", 12, 500, drops=2),
    counters("tie", 9, 499, drops=3),
    counters("quarters", 8, 100, drops=5),
    *(counters("quarters", 9 + part / 4, 40, drops=1, period_s=900) for part in range(4)),
    counters("suspect", 10, 100, drops=1, tch_attempts=10),
    counters("suspect", 11, 900, drops=9, suspect=True, period_s=1800),
    counters("all suspect", 10, 100, suspect=True),
    counters("unknown drops", 10, 500, drops=None, tch_attempts=7),
    counters("unknown drops", 11, 100, drops=3, tch_attempts=8),
    counters("lte", 10, None, prb_used=80, prb_available=100, erab_releases=50, erab_abnormal_releases=2),
    counters("lte", 20, None, prb_used=90, prb_available=100, erab_releases=30, erab_abnormal_releases=1),
    counters("lte", 21, None, prb_used=99, erab_releases=1000, suspect=True),
    counters("ends", 0, 5, drops=1),
    counters("ends", 23, 6, drops=2),
    counters("not open", 10, 5),
]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    names = sorted({str(row["cell_id"]) for row in ROWS} | {"silent"})
    opened: dict[str, date] = {"not open": on("03-13"), "silent": DAY}
    cells = [{"cell_id": name, "in_service_on": opened.get(name)} for name in names]
    shut = [{"cell_id": "of a failed site", "site_id": "S2"}]
    facts = store(
        tmp_path_factory.mktemp("warehouse"),
        sites=[{}, {"site_id": "S2"}],
        acceptance_tests=[{"site_id": "S2", "tested_on": on("03-01"), "passed": False}],
        cells=cells + shut,
        cell_counters=ROWS,
    )
    assert write_cell_days(facts, [DAY, on("03-13")]) == 2 * len(names) - 1
    return facts.warehouse.read(CELL_DAYS, ["2026-03-12"]).to_pandas().set_index("cell_id")


def test_the_busy_hour_is_the_busiest_and_the_earliest_of_equals(days: pd.DataFrame) -> None:
    assert days.loc["tie", ["busy_hour", "busy_traffic_chs", "busy_drops"]].tolist() == [10, 500, 1]


def test_the_periods_of_an_hour_are_added(days: pd.DataFrame) -> None:
    assert days.loc["quarters", ["busy_hour", "busy_traffic_chs", "busy_drops", "usable_s"]].tolist() == [
        9,
        160,
        4,
        7200,
    ]


def test_suspect_rows_are_left_out_and_counted_apart(days: pd.DataFrame) -> None:
    names = ["busy_hour", "busy_drops", "busy_tch_attempts", "usable_s", "suspect_s"]
    assert days.loc["suspect", names].tolist() == [10, 1, 10, 3600, 1800]


def test_a_cell_without_a_usable_row_has_a_day_without_usable_seconds(days: pd.DataFrame) -> None:
    assert days.loc[["silent", "all suspect"], ["usable_s", "suspect_s"]].to_numpy().tolist() == [[0, 0], [0, 3600]]
    assert days.loc[["silent", "all suspect"], ["busy_hour", "busy_drops", "erab_releases"]].isna().all(axis=None)


def test_what_the_busy_hour_does_not_know_is_not_taken_from_another_hour(days: pd.DataFrame) -> None:
    assert days.loc["unknown drops", ["busy_hour", "busy_tch_attempts"]].tolist() == [10, 7]
    assert pd.isna(days.loc["unknown drops", "busy_drops"])


def test_lte_has_sums_of_the_whole_day_and_its_busy_hour_by_resource_blocks(days: pd.DataFrame) -> None:
    names = ["busy_hour", "erab_releases", "erab_abnormal_releases", "prb_used", "prb_available"]
    assert days.loc["lte", names].tolist() == [20, 80, 3, 170, 200]


def test_a_day_has_its_first_and_its_last_hour(days: pd.DataFrame) -> None:
    assert days.loc["ends", ["busy_hour", "busy_drops", "usable_s"]].tolist() == [23, 2, 7200]


def test_only_cells_in_service_have_a_day(days: pd.DataFrame) -> None:
    assert not {"not open", "of a failed site"} & set(days.index)
    assert days.loc["silent", ["site_id", "office_id", "staff_id", "channels"]].tolist() == ["S1", "O1", "E1", 10]


def test_the_hour_that_is_repeated_when_clocks_go_back_is_an_hour_of_its_own() -> None:
    zone, day = ZoneInfo("Europe/Berlin"), date(2026, 10, 25)
    midnight = local_midnight(day, zone)
    rows = [
        {"period_start_at": midnight + timedelta(hours=hour), "traffic_chs": traffic}
        for hour, traffic in ((10, 100), (23, 60), (24, 60))
    ]
    cells = pd.DataFrame({"cell_id": ["C1"], "site_id": "S1", "office_id": "O1", "staff_id": "E1", "technology": "GSM",
                          "channels": 10, "day_on": [day], "day_s": 25 * 3600})  # fmt: skip
    found = connect().to_pyarrow(
        cell_days(ibis.memtable(table("cell_counters", *rows)), ibis.memtable(pa.Table.from_pandas(cells)), day, zone)
    )
    assert found["busy_hour"].to_pylist() == [10]
    assert found["busy_traffic_chs"].to_pylist() == [100]
    last = [row | {"traffic_chs": 200} for row in rows[2:]]
    found = connect().to_pyarrow(
        cell_days(ibis.memtable(table("cell_counters", *last)), ibis.memtable(pa.Table.from_pandas(cells)), day, zone)
    )
    assert found["busy_hour"].to_pylist() == [23], "the last hour that clocks show"


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(ROWS))), st.lists(st.integers(0, len(ROWS)), max_size=4))
def test_any_partition_of_the_counters_into_files_gives_the_same_cell_days(
    tmp_path: Path, days: pd.DataFrame, order: list[int], cuts: list[int]
) -> None:
    rows = table("cell_counters", *ROWS).take(order)
    edges = [0, *sorted(cuts), len(ROWS)]
    files = []
    for number, (start, end) in enumerate(pairwise(edges)):
        files.append(tmp_path / f"{number}.parquet")
        pq.write_table(rows.slice(start, end - start), files[-1])
    engine = connect()
    known = days.reset_index()[SERVICE]
    found = engine.to_pyarrow(
        cell_days(
            engine.read_parquet([str(file) for file in files], hive_partitioning=False),
            ibis.memtable(pa.Table.from_pandas(known, preserve_index=False)),
            DAY,
            ZONE,
        )
    )
    again = found.cast(CELL_DAYS.schema).to_pandas().set_index("cell_id").loc[days.index]
    pd.testing.assert_frame_equal(again, days)


def test_the_counters_of_a_day_are_those_of_its_partition(tmp_path: Path) -> None:
    other = counters("C1", 24, 7)
    facts = store(tmp_path, sites=[{}], cells=[{}], cell_counters=[counters("C1", 23, 5), other])
    assert facts.warehouse.partitions(FEEDS["cell_counters"]) == ["2026-03-12", "2026-03-13"]
    write_cell_days(facts, [DAY])
    assert facts.warehouse.read(CELL_DAYS)["busy_traffic_chs"].to_pylist() == [5]


def test_hours_of_gsm_cells_are_kept_for_the_rules_that_ask_for_them(tmp_path: Path) -> None:
    rows = [
        counters("C1", 10, 50, tch_seizures=9, drops=1, period_s=1800),
        counters("C1", 10.5, 50, tch_seizures=8, drops=2, period_s=1800),
        counters("C1", 23, 50, tch_seizures=7, drops=None),
        counters("C1", 12, 50, tch_seizures=5, suspect=True),
        counters("C1", 13, None, prb_used=5),
    ]
    facts = store(tmp_path, sites=[{}], cells=[{}], cell_counters=rows)
    write_cell_days(facts, [DAY])
    midnight = int(local_midnight(DAY, ZONE).timestamp()) // 3600
    kept = facts.warehouse.read(CELL_HOURS, ["2026-03-12"]).to_pandas()
    assert (kept["hour_number"] - midnight).tolist() == [10, 23]
    assert kept["tch_seizures"].tolist() == [17, 7]
    assert kept["drops"].fillna(-1).tolist() == [3, -1]
    assert set(kept["day_on"]) == {DAY}


def test_cell_days_of_a_store_of_objects_are_those_of_a_folder(tmp_path: Path) -> None:
    rows = sorted(
        (row for row in ROWS if row["cell_id"] != "not open"), key=lambda row: (row["cell_id"], row["period_start_at"])
    )
    cells = [{"cell_id": name} for name in sorted({row["cell_id"] for row in rows})]
    local = store(tmp_path, sites=[{}], cells=cells, cell_counters=rows)
    remote = Facts(Warehouse(UPath("memory://ops/cell_days")), ZONE)
    for feed in ("sites", "cells", "acceptance_tests", "cell_counters"):
        for key in local.warehouse.partitions(FEEDS[feed]):
            remote.warehouse.write(FEEDS[feed], local.warehouse.read(FEEDS[feed], [key]), key)
    for facts in (local, remote):
        assert write_cell_days(facts, [DAY]) == len(cells)
    for contract in (CELL_DAYS, CELL_HOURS):
        assert local.warehouse.read(contract) == remote.warehouse.read(contract)
