"""Partitions are swapped whole: a reader sees the old or the new one, and never what a crash left behind."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from ops_platform import warehouse as storage
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.warehouse import Warehouse, connect, replacing, sql, state_of, write_whole
from tests.maintenance.builders import at, on, table

SITES, ALARMS, COUNTERS = FEEDS["sites"], FEEDS["alarms"], FEEDS["cell_counters"]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse")


def alarms(number: int, site: str = "S1") -> pa.Table:
    start = at("03-12 08:00")
    rows = [{"site_id": site, "kind": "site_down", "raised_at": start + timedelta(seconds=n)} for n in range(number)]
    return table("alarms", *rows)


def test_what_is_written_is_read(warehouse: Warehouse) -> None:
    file = warehouse.write(ALARMS, alarms(3), "2026-03")
    assert warehouse.read(ALARMS) == alarms(3)
    assert file == warehouse.root / "alarms" / "month=2026-03" / "data.parquet"


def test_each_grain_has_its_own_folders(warehouse: Warehouse) -> None:
    assert warehouse.path(SITES) == warehouse.root / "sites" / "data.parquet"
    assert warehouse.path(CELL_DAYS, "2026-03-12").parent.name == "day=2026-03-12"


@pytest.mark.parametrize(("feed", "key"), [("sites", "2026-03"), ("alarms", "")])
def test_a_key_that_does_not_belong_to_the_table_is_refused(warehouse: Warehouse, feed: str, key: str) -> None:
    with pytest.raises(ValueError, match=f"{feed} is partitioned by"):
        warehouse.path(FEEDS[feed], key)


def test_partitions_are_listed_in_order_once_they_exist(warehouse: Warehouse) -> None:
    assert warehouse.partitions(ALARMS) == warehouse.partitions(SITES) == []
    for month in ("2026-03", "2025-12"):
        warehouse.write(ALARMS, alarms(1), month)
    warehouse.write(SITES, table("sites", {}))
    assert warehouse.partitions(ALARMS) == ["2025-12", "2026-03"]
    assert warehouse.partitions(SITES) == [""]


def test_absent_partitions_hold_no_rows(warehouse: Warehouse) -> None:
    assert warehouse.read(ALARMS) == ALARMS.schema.empty_table()
    warehouse.write(ALARMS, alarms(2), "2026-03")
    assert warehouse.read(ALARMS, ["2026-02", "2026-03", "2026-04"]).num_rows == 2
    assert warehouse.read(ALARMS, ["2026-02"]).num_rows == 0
    assert warehouse.read(ALARMS, []).num_rows == 0


def test_rows_are_counted_without_reading_them(warehouse: Warehouse) -> None:
    for month, number in (("2026-02", 2), ("2026-03", 5)):
        warehouse.write(ALARMS, alarms(number), month)
    assert warehouse.count(ALARMS) == 7
    assert warehouse.count(ALARMS, ["2026-03", "2026-04"]) == 5


def test_only_the_rows_asked_for_are_read(warehouse: Warehouse) -> None:
    warehouse.write(ALARMS, alarms(5), "2026-03")
    late = pc.field("raised_at") >= pa.scalar(at("03-12 08:00:03"), pa.timestamp("us", "UTC"))
    assert warehouse.read(ALARMS, where=late) == alarms(5).slice(3)
    assert warehouse.read(ALARMS, ["2026-02"], late) == ALARMS.schema.empty_table()


def test_a_partition_is_replaced_as_a_whole(warehouse: Warehouse) -> None:
    warehouse.write(ALARMS, alarms(5), "2026-03")
    warehouse.write(ALARMS, alarms(2, "S2"), "2026-03")
    assert warehouse.read(ALARMS)["site_id"].to_pylist() == ["S2", "S2"]


def test_rows_are_stored_in_the_types_and_the_order_of_the_contract(warehouse: Warehouse) -> None:
    rows = alarms(2)
    seconds = rows["raised_at"].cast(pa.timestamp("s", tz="UTC"))
    loose = rows.set_column(rows.schema.get_field_index("raised_at"), "raised_at", seconds)
    warehouse.write(ALARMS, loose.select(loose.schema.names[::-1]).append_column("more", pa.array([1, 2])), "2026-03")
    assert warehouse.read(ALARMS) == rows


def test_rows_that_do_not_fit_the_contract_are_refused_and_nothing_changes(warehouse: Warehouse) -> None:
    warehouse.write(ALARMS, alarms(1), "2026-03")
    number = ALARMS.schema.get_field_index("raised_at")
    with pytest.raises(pa.ArrowInvalid):
        warehouse.write(ALARMS, alarms(1).set_column(number, "raised_at", pa.array(["yesterday"])), "2026-03")
    with pytest.raises(ValueError, match="non-nullable"):
        warehouse.write(
            ALARMS, alarms(1).set_column(number, "raised_at", pa.nulls(1, pa.timestamp("us", "UTC"))), "2026-03"
        )
    with pytest.raises(KeyError, match="raised_at"):
        warehouse.write(ALARMS, alarms(1).drop_columns("raised_at"), "2026-03")
    assert warehouse.read(ALARMS) == alarms(1)


def _fail_in_between(target: Path, root: Path) -> None:
    with replacing(target, root) as temporary:
        temporary.write_bytes(b"half a fi")
        raise ValueError("in between")


def test_a_writer_that_fails_leaves_the_old_partition_and_no_litter(warehouse: Warehouse) -> None:
    target = warehouse.write(ALARMS, alarms(1), "2026-03")
    with pytest.raises(ValueError, match="in between"):
        _fail_in_between(target, warehouse.root)
    assert warehouse.read(ALARMS) == alarms(1)
    assert list((warehouse.root / "_staging").iterdir()) == []


def test_what_a_killed_writer_left_is_not_read(warehouse: Warehouse) -> None:
    warehouse.write(ALARMS, alarms(1), "2026-03")
    (warehouse.root / "_staging" / "0123.parquet").write_bytes(b"half a fi")
    (warehouse.root / "alarms" / "month=2026-04").mkdir()
    assert warehouse.partitions(ALARMS) == ["2026-03"]
    assert warehouse.read(ALARMS) == alarms(1)
    engine = connect()
    assert engine.to_pyarrow(warehouse.table(engine, ALARMS).count()).as_py() == 1


def counters(number: int, cell: str = "C1") -> pa.Table:
    start = at("03-12 00:00")
    rows = [{"cell_id": cell, "period_start_at": start + timedelta(minutes=15 * n)} for n in range(number)]
    return table("cell_counters", *rows)


def in_hours(rows: pa.Table) -> list[tuple[int, pa.Table, str]]:
    return [(hour, rows.slice(4 * hour, 4), f"made {hour}") for hour in range((len(rows) + 3) // 4)]


def test_a_day_may_lie_in_hours(warehouse: Warehouse) -> None:
    warehouse.write_hours(COUNTERS, "2026-03-12", in_hours(counters(50)))
    warehouse.write(COUNTERS, counters(3, "C2"), "2026-03-13")
    names = [f"hour-{hour:02d}.parquet" for hour in range(13)]
    assert [file.name for file in warehouse.files(COUNTERS)] == [*names, "data.parquet"]
    assert warehouse.partitions(COUNTERS) == ["2026-03-12", "2026-03-13"]
    assert warehouse.read(COUNTERS, ["2026-03-12"]) == counters(50)
    assert warehouse.count(COUNTERS) == 53
    assert warehouse.sample(COUNTERS, "2026-03-12", 7) == counters(7)
    assert warehouse.sample(COUNTERS, "2026-03-14", 7) == COUNTERS.schema.empty_table()
    parts = list(warehouse.parts(COUNTERS, "2026-03-12"))
    assert [name for name, _ in parts] == [f"2026-03-12 hour-{hour:02d}" for hour in range(13)]
    assert pa.concat_tables(rows for _, rows in parts) == counters(50)
    assert list(warehouse.parts(COUNTERS, "2026-03-13")) == [("2026-03-13", counters(3, "C2"))]
    assert list(warehouse.parts(COUNTERS, "2026-03-14")) == [("2026-03-14", COUNTERS.schema.empty_table())]
    engine = connect()
    assert engine.to_pyarrow(warehouse.table(engine, COUNTERS).count()).as_py() == 53
    assert warehouse.mark(COUNTERS, "2026-03-12", 12) == "made 12"
    assert warehouse.mark(COUNTERS, "2026-03-12", 13) is None


def test_hours_do_not_count_beside_the_whole_day(warehouse: Warehouse) -> None:
    warehouse.write_hours(COUNTERS, "2026-03-12", in_hours(counters(9)))
    whole = warehouse.path(COUNTERS, "2026-03-12")
    pq.write_table(counters(2, "C2"), whole)
    assert warehouse.files(COUNTERS) == [whole]
    assert warehouse.partitions(COUNTERS) == ["2026-03-12"]
    assert warehouse.read(COUNTERS) == counters(2, "C2")


def test_a_day_is_whole_or_in_hours_and_never_both(warehouse: Warehouse) -> None:
    warehouse.write(COUNTERS, counters(9), "2026-03-12")
    folder = warehouse.path(COUNTERS, "2026-03-12").parent
    warehouse.write_hours(COUNTERS, "2026-03-12", in_hours(counters(5)))
    assert sorted(file.name for file in folder.iterdir()) == ["hour-00.parquet", "hour-01.parquet"]
    warehouse.write_hours(COUNTERS, "2026-03-12", in_hours(counters(4, "C2")))
    assert warehouse.read(COUNTERS)["cell_id"].to_pylist() == ["C2"] * 4 + ["C1"]
    warehouse.write(COUNTERS, counters(9), "2026-03-12")
    assert [file.name for file in folder.iterdir()] == ["data.parquet"]


def test_a_writer_of_hours_that_fails_leaves_the_whole_day(warehouse: Warehouse) -> None:
    def failing() -> Iterator[tuple[int, pa.Table, str]]:
        yield from in_hours(counters(4))
        raise ValueError("in between")

    warehouse.write(COUNTERS, counters(9, "C2"), "2026-03-12")
    with pytest.raises(ValueError, match="in between"):
        warehouse.write_hours(COUNTERS, "2026-03-12", failing())
    assert warehouse.read(COUNTERS) == counters(9, "C2")


@pytest.mark.parametrize("begun", ["whole", "hours"])
def test_hours_are_not_listed_by_halves_while_the_layout_changes(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, begun: str
) -> None:
    rows, day, listed = counters(8), "2026-03-12", storage._hours_beside
    whole = warehouse.path(COUNTERS, day)
    if begun == "whole":
        # A writer of hours has come to the second while the reader lists them, and is done before it looks again.
        warehouse.write(COUNTERS, rows, day)
        write_whole(rows.slice(0, 4), warehouse.hour_path(COUNTERS, day, 0), warehouse.root)
    else:
        warehouse.write_hours(COUNTERS, day, in_hours(rows))

    def meanwhile(place: Path) -> list[Path]:
        monkeypatch.undo()
        if begun == "whole":
            found = listed(place)
            warehouse.write_hours(COUNTERS, day, in_hours(rows))
            return found
        write_whole(rows, whole, warehouse.root)
        warehouse.hour_path(COUNTERS, day, 0).unlink()
        return listed(place)

    monkeypatch.setattr(storage, "_hours_beside", meanwhile)
    assert warehouse.read(COUNTERS, [day]) == rows


def test_a_reader_sees_a_day_whole_while_its_layout_changes(warehouse: Warehouse) -> None:
    rows = counters(50)
    warehouse.write(COUNTERS, rows, "2026-03-12")
    enough = threading.Event()

    def write() -> None:
        while not enough.is_set():
            warehouse.write_hours(COUNTERS, "2026-03-12", in_hours(rows))
            warehouse.write(COUNTERS, rows, "2026-03-12")

    writer = threading.Thread(target=write)
    writer.start()
    layouts: list[int] = []
    try:
        while len(layouts) < 30 or set(layouts) != {1, 13}:
            layouts.append(len(warehouse.files(COUNTERS)))
            assert warehouse.read(COUNTERS) == rows
            assert warehouse.count(COUNTERS, ["2026-03-12"]) == 50
    finally:
        enough.set()
        writer.join()


def test_a_reader_never_sees_half_a_partition(warehouse: Warehouse) -> None:
    versions = [alarms(number, f"S{number}") for number in (1, 2000)]
    for month in ("2026-03", "2026-04"):
        warehouse.write(ALARMS, versions[0], month)
    done = threading.Event()

    def write() -> None:
        for turn in range(60):
            warehouse.write(ALARMS, versions[turn % 2], "2026-03")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    engine, seen = connect(), set()
    while not done.is_set():
        rows = warehouse.read(ALARMS, ["2026-03"])
        seen.add(rows.num_rows)
        assert rows in versions
        assert engine.to_pyarrow(warehouse.table(engine, ALARMS, ["2026-03"]).count()).as_py() in {1, 2000}
    writer.join()
    assert seen <= {1, 2000}


def test_arrivals_are_kept_by_partition_in_the_order_of_their_receipts(warehouse: Warehouse) -> None:
    for receipt, month in ((10, "2026-03"), (9, "2026-03"), (100, "2026-03"), (1, "2026-04")):
        finished = warehouse.root / "finished.parquet"
        warehouse.root.mkdir(exist_ok=True)
        pq.write_table(alarms(receipt), finished)
        warehouse.adopt_arrival(ALARMS, finished, month, receipt)
    assert [pq.read_table(file, partitioning=None).num_rows for file in warehouse.arrivals(ALARMS, "2026-03")] == [
        9,
        10,
        100,
    ]
    assert warehouse.partitions(ALARMS) == [], "an arrival is not yet a fact"


def test_an_engine_reads_the_partitions_asked_for_and_computes_in_utc(warehouse: Warehouse) -> None:
    warehouse.write(ALARMS, alarms(2), "2026-03")
    warehouse.write(ALARMS, alarms(3), "2026-04")
    engine = connect()
    counted = [
        engine.to_pyarrow(warehouse.table(engine, ALARMS, keys).count()).as_py() for keys in (None, ["2026-04"], [])
    ]
    assert counted == [5, 3, 0]
    assert warehouse.table(engine, ALARMS).columns == tuple(ALARMS.schema.names), "no column comes from a folder's name"
    first = warehouse.table(engine, ALARMS, ["2026-03"]).raised_at.min()
    assert engine.to_pyarrow(first.hour()).as_py() == 0
    assert engine.to_pyarrow(first).as_py() == datetime(2026, 3, 12, tzinfo=UTC)
    midnight = sql().execute("SELECT hour(TIMESTAMPTZ '2026-03-12 08:00:00+08')").fetchone()
    assert midnight == (0,)


def test_an_unpartitioned_table_is_read_whole(warehouse: Warehouse) -> None:
    rows = table("sites", {"in_service_on": on("03-01")})
    warehouse.write(SITES, rows)
    assert warehouse.read(SITES) == rows


def test_a_column_that_a_contract_gained_is_null_in_what_was_written_before(warehouse: Warehouse) -> None:
    before = replace(ALARMS, columns=tuple(column for column in ALARMS.columns if column.name != "severity"))
    warehouse.write(before, alarms(2).drop_columns(["severity"]), "2026-02")
    warehouse.write(ALARMS, alarms(1), "2026-03")
    assert warehouse.read(ALARMS).column("severity").null_count == 3
    assert warehouse.read(ALARMS).schema.names == ALARMS.schema.names
    assert warehouse.sample(ALARMS, "2026-02", 1) == warehouse.read(ALARMS).slice(0, 1)
    for partitions in (["2026-02"], None):
        rows = warehouse.table(connect(), ALARMS, partitions)
        assert rows.columns == tuple(ALARMS.schema.names)
        assert rows.to_pyarrow().column("severity").null_count == len(rows.to_pyarrow())


def test_the_settings_choose_the_engine_and_bound_its_memory(tmp_path: Path) -> None:
    bounded = Platform(Settings(home=tmp_path, engine_memory_mb=512, engine_threads=1)).warehouse.connect()
    asked = "SELECT current_setting('memory_limit'), current_setting('threads')"
    assert bounded.raw_sql(asked).fetchone() == ("488.2 MiB", 1)
    with pytest.raises(ValidationError, match="'duckdb' or 'spark'"):
        Settings(home=tmp_path, engine="flink")


def test_the_tables_may_lie_in_a_store_of_objects(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, warehouse_url="memory://ops/warehouse")
    warehouse = Platform(settings).warehouse
    assert warehouse.partitions(ALARMS) == warehouse.partitions(SITES) == []
    for month, number in (("2026-03", 3), ("2026-04", 5), ("2026-03", 2)):
        warehouse.write(ALARMS, alarms(number), month)
    assert str(warehouse.path(ALARMS, "2026-03")) == "memory://ops/warehouse/alarms/month=2026-03/data.parquet"
    assert warehouse.partitions(ALARMS) == ["2026-03", "2026-04"]
    assert warehouse.read(ALARMS, ["2026-03"]) == alarms(2)
    assert warehouse.count(ALARMS) == 7
    engine = warehouse.connect()
    assert engine.to_pyarrow(warehouse.table(engine, ALARMS).count()).as_py() == 7
    with pytest.raises(ValueError, match="in between"):
        _fail_in_between(warehouse.path(ALARMS, "2026-03"), warehouse.root)
    assert warehouse.read(ALARMS, ["2026-03"]) == alarms(2)
    before = state_of(warehouse.path(ALARMS, "2026-03"))
    assert state_of(warehouse.path(ALARMS, "2026-03")) == before
    warehouse.write(ALARMS, alarms(2), "2026-03")
    assert state_of(warehouse.path(ALARMS, "2026-03")) != before, "another file, though of the same rows"
    for layout in (1, 2):
        warehouse.write(COUNTERS, counters(50), "2026-03-12")
        assert [file.name for file in warehouse.files(COUNTERS)] == ["data.parquet"], layout
        warehouse.write_hours(COUNTERS, "2026-03-12", in_hours(counters(50)))
        assert len(warehouse.files(COUNTERS)) == 13
        assert warehouse.mark(COUNTERS, "2026-03-12", 0) == "made 0"
        assert warehouse.mark(COUNTERS, "2026-03-12", 13) is None
        assert warehouse.read(COUNTERS, ["2026-03-12", "2026-03-13"]) == counters(50)
        assert engine.to_pyarrow(warehouse.table(engine, COUNTERS).count()).as_py() == 50
    assert not list(tmp_path.iterdir()), "nothing of the tables is on this machine"


def test_what_arrives_stays_on_this_machine_until_it_is_a_fact(tmp_path: Path) -> None:
    warehouse = Platform(Settings(home=tmp_path, warehouse_url="memory://ops/other")).warehouse
    arrival = tmp_path / "arrival.parquet"
    pq.write_table(alarms(1), arrival)
    file = warehouse.adopt_arrival(ALARMS, arrival, "2026-03", 1)
    assert file == tmp_path / "warehouse" / "_arrivals" / "alarms" / "month=2026-03" / "0000000001.parquet"
    assert warehouse.arrivals(ALARMS, "2026-03") == [file]
