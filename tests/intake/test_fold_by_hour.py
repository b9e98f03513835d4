"""A large day is folded by the hour: the facts are those of the whole fold, and what did not change is not touched."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.clock import local_midnight
from ops_platform.contracts import FEEDS
from ops_platform.contracts.base import Contract, count, moment, text
from ops_platform.intake import fold as folding
from ops_platform.intake import staging
from ops_platform.intake.fold import GONE, fold, write_facts
from ops_platform.warehouse import Warehouse
from tests.intake.conftest import House

COUNTS = Contract(
    "counts",
    "计数",
    "Counts of a cell",
    (text("cell_id", ""), moment("starts_at", ""), count("value", "", nullable=True)),
    ("cell_id", "starts_at"),
    grain="day",
    placed_by="starts_at",
)
ZONE = ZoneInfo("Asia/Shanghai")
DAY = "2026-03-12"
DAYS = [
    (DAY, "Asia/Shanghai"),
    (DAY, "Asia/Kolkata"),
    ("2026-10-25", "Europe/Berlin"),
    ("2026-03-29", "Europe/Berlin"),
    ("2026-04-05", "Australia/Lord_Howe"),
]
"""An hour of Kolkata begins at half past, a day of Berlin has 25 or 23, one of Lord Howe half an hour more."""
Row = tuple[str, int, int | None, bool]
"""Cell, quarter-hour of the day, value, and whether it is gone."""
ROWS = st.dictionaries(
    st.tuples(st.sampled_from(["A", "B", "C"]), st.integers(-6, 106)),
    st.tuples(st.none() | st.integers(0, 9), st.booleans()),
    max_size=12,
).map(lambda rows: [(*key, *value) for key, value in rows.items()])


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setattr(folding, "WHOLE_ROWS", 0)
    return Warehouse(tmp_path)


def arrive(
    warehouse: Warehouse,
    receipt: int,
    rows: Sequence[Row],
    day: str = DAY,
    zone: ZoneInfo = ZONE,
    contract: Contract = COUNTS,
    **options: object,
) -> Path:
    midnight = local_midnight(date.fromisoformat(day), zone)
    moments = [midnight + row[1] * timedelta(minutes=15) for row in rows]
    arrival = warehouse.root / "arrival.parquet"
    table = pa.table(
        {
            "cell_id": [row[0] for row in rows],
            "starts_at": pa.array(moments, pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in rows], pa.int64()),
            GONE: pa.array([row[3] for row in rows], pa.bool_()),
        },
        schema=COUNTS.schema.append(pa.field(GONE, pa.bool_())),
    )
    pq.write_table(table, arrival, **options)
    return warehouse.adopt_arrival(contract, arrival, day, receipt)


def quarter(number: int, value: int = 1, cells: str = "AB", *, gone: bool = False) -> list[Row]:
    return [(cell, number, value, gone) for cell in cells]


def files(warehouse: Warehouse) -> dict[str, tuple[int, int]]:
    """Return what tells whether a file was written again."""
    return {file.name: (file.stat().st_ino, file.stat().st_mtime_ns) for file in warehouse.files(COUNTS, [DAY])}


def rewritten(warehouse: Warehouse) -> set[str]:
    """Fold the day; return the names of the files that were written."""
    before = files(warehouse)
    assert write_facts(COUNTS, DAY, warehouse, ZONE) == fold(COUNTS, DAY, warehouse).num_rows
    assert facts(warehouse) == fold(COUNTS, DAY, warehouse)
    return {name for name, written in files(warehouse).items() if before.get(name) != written}


def facts(warehouse: Warehouse, day: str = DAY) -> pa.Table:
    return warehouse.read(COUNTS, [day]).sort_by([(name, "ascending") for name in COUNTS.key])


@settings(max_examples=30)
@given(
    place=st.sampled_from(DAYS),
    arrivals=st.lists(st.tuples(ROWS, st.integers(1, 4)), min_size=1, max_size=5),
    folds=st.sets(st.integers(0, 4)),
)
def test_hours_hold_what_the_whole_fold_gives(
    tmp_path_factory: pytest.TempPathFactory,
    place: tuple[str, str],
    arrivals: list[tuple[list[Row], int]],
    folds: set[int],
) -> None:
    day, zone = place[0], ZoneInfo(place[1])
    warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "WHOLE_ROWS", 0)
        for number, (rows, group) in enumerate(arrivals):
            arrive(warehouse, number + 1, rows, day, zone, row_group_size=group)
            if number in folds or number == len(arrivals) - 1:
                expected = fold(COUNTS, day, warehouse)
                assert write_facts(COUNTS, day, warehouse, zone) == len(expected)
                assert facts(warehouse, day) == expected
    for file in warehouse.files(COUNTS, [day]):
        rows = pq.read_table(file, partitioning=None)
        assert rows == rows.sort_by([(name, "ascending") for name in COUNTS.key])
    shutil.rmtree(warehouse.root)


def test_every_hour_since_local_midnight_has_its_file(warehouse: Warehouse) -> None:
    day, zone = "2026-10-25", ZoneInfo("Europe/Berlin")
    arrive(warehouse, 1, [row for number in range(100) for row in quarter(number)], day, zone)
    write_facts(COUNTS, day, warehouse, zone)
    stored = warehouse.files(COUNTS, [day])
    assert [file.name for file in stored] == [f"hour-{hour:02d}.parquet" for hour in range(25)]
    firsts = [min(pq.read_table(file, partitioning=None)["starts_at"].to_pylist()) for file in stored]
    assert firsts == [datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=hour) for hour in range(25)]


def test_a_late_quarter_hour_writes_its_hour_and_no_other(warehouse: Warehouse) -> None:
    for number in range(96):
        arrive(warehouse, number + 1, quarter(number))
    assert len(rewritten(warehouse)) == 24
    arrive(warehouse, 97, quarter(81, value=2))
    assert rewritten(warehouse) == {"hour-20.parquet"}
    assert rewritten(warehouse) == set(), "nothing has come since"
    arrive(warehouse, 98, [*quarter(3), *quarter(4)], row_group_size=2)
    assert rewritten(warehouse) == {"hour-00.parquet", "hour-01.parquet"}


def test_what_does_not_touch_an_hour_is_not_read_for_it(warehouse: Warehouse) -> None:
    other = arrive(warehouse, 1, quarter(0), compression="none", use_dictionary=False)
    arrive(warehouse, 2, quarter(40))
    write_facts(COUNTS, DAY, warehouse, ZONE)
    told, content = other.stat(), other.read_bytes()
    # Its rows are damaged, not its footer.
    other.write_bytes(content[:4] + b"\xff" * 40 + content[44:])
    os.utime(other, ns=(told.st_atime_ns, told.st_mtime_ns))
    arrive(warehouse, 3, quarter(41))
    assert write_facts(COUNTS, DAY, warehouse, ZONE) == 6
    with pytest.raises((OSError, pa.ArrowInvalid)):
        fold(COUNTS, DAY, warehouse)


def test_an_hour_of_which_all_rows_went_away_is_empty(warehouse: Warehouse) -> None:
    arrive(warehouse, 1, [*quarter(0), *quarter(9)])
    assert len(rewritten(warehouse)) == 3, "the row group may touch what lies between"
    arrive(warehouse, 2, quarter(9, gone=True))
    assert rewritten(warehouse) == {"hour-02.parquet"}
    assert facts(warehouse).num_rows == 2
    assert rewritten(warehouse) == set()


def test_an_arrival_that_was_taken_back_is_no_longer_in_its_hour(warehouse: Warehouse) -> None:
    arrive(warehouse, 1, quarter(0))
    taken_back = arrive(warehouse, 2, quarter(9))
    write_facts(COUNTS, DAY, warehouse, ZONE)
    taken_back.unlink()
    assert rewritten(warehouse) == {"hour-02.parquet"}
    assert facts(warehouse).num_rows == 2


def test_an_arrival_under_the_name_of_another_is_another(warehouse: Warehouse) -> None:
    arrive(warehouse, 1, quarter(9, value=1))
    write_facts(COUNTS, DAY, warehouse, ZONE)
    arrive(warehouse, 1, quarter(9, value=2))
    assert rewritten(warehouse) == {"hour-02.parquet"}
    assert facts(warehouse)["value"].to_pylist() == [2, 2]


def test_a_damaged_hour_is_folded_anew(warehouse: Warehouse) -> None:
    arrive(warehouse, 1, quarter(9))
    write_facts(COUNTS, DAY, warehouse, ZONE)
    warehouse.hour_path(COUNTS, DAY, 2).write_bytes(b"half a fi")
    assert rewritten(warehouse) == {"hour-02.parquet"}


def test_row_groups_without_statistics_may_touch_every_hour(warehouse: Warehouse) -> None:
    arrive(warehouse, 1, quarter(9), write_statistics=False)
    assert len(rewritten(warehouse)) == 25
    assert facts(warehouse).num_rows == 2


@pytest.mark.parametrize(
    "changed",
    [
        replace(COUNTS, columns=(*COUNTS.columns, count("more", "", nullable=True))),
        replace(COUNTS, key=("starts_at", "cell_id")),
    ],
    ids=["a column", "the key"],
)
def test_hours_are_folded_anew_when_the_contract_changed(warehouse: Warehouse, changed: Contract) -> None:
    arrive(warehouse, 1, [*quarter(8), *quarter(9)])
    write_facts(COUNTS, DAY, warehouse, ZONE)
    assert write_facts(changed, DAY, warehouse, ZONE) == 4
    assert pq.read_table(warehouse.hour_path(changed, DAY, 2), partitioning=None) == fold(changed, DAY, warehouse)


def test_hours_are_folded_anew_when_the_day_begins_at_another_moment(warehouse: Warehouse) -> None:
    arrive(warehouse, 1, [*quarter(0), *quarter(9)])
    write_facts(COUNTS, DAY, warehouse, ZONE)
    assert write_facts(COUNTS, DAY, warehouse, ZoneInfo("Asia/Tokyo")) == 4
    assert facts(warehouse) == fold(COUNTS, DAY, warehouse)


@pytest.mark.parametrize(("limit", "names"), [(4, ["data.parquet"]), (3, ["hour-00.parquet", "hour-02.parquet"])])
def test_only_a_day_for_which_many_rows_have_arrived_lies_in_hours(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, limit: int, names: list[str]
) -> None:
    monkeypatch.setattr(folding, "WHOLE_ROWS", limit)
    for receipt, number in enumerate((0, 9)):
        arrive(warehouse, receipt + 1, quarter(number))
    rewritten(warehouse)
    assert [file.name for file in warehouse.files(COUNTS, [DAY])] == names


def test_a_day_goes_over_to_hours_when_it_has_grown_and_back_when_it_is_small(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "WHOLE_ROWS", 2)
    arrive(warehouse, 1, quarter(0))
    assert rewritten(warehouse) == {"data.parquet"}
    later = arrive(warehouse, 2, quarter(9))
    assert rewritten(warehouse) == {"hour-00.parquet", "hour-02.parquet"}
    assert not warehouse.path(COUNTS, DAY).exists()
    later.unlink()
    assert rewritten(warehouse) == {"data.parquet"}
    assert len(list(warehouse.path(COUNTS, DAY).parent.iterdir())) == 1


def test_what_a_killed_fold_left_is_finished_by_the_next(warehouse: Warehouse) -> None:
    arrive(warehouse, 1, quarter(0))
    write_facts(COUNTS, DAY, warehouse, ZONE)
    whole = warehouse.path(COUNTS, DAY)
    # Killed before the whole day was removed: it still counts.
    pq.write_table(COUNTS.schema.empty_table(), whole)
    assert facts(warehouse).num_rows == 0
    assert write_facts(COUNTS, DAY, warehouse, ZONE) == 2
    assert not whole.exists()


@pytest.mark.parametrize(
    "contract",
    [replace(COUNTS, key=("cell_id",)), replace(COUNTS, grain="month")],
    ids=["a correction may move a row to another hour", "a month"],
)
def test_only_a_day_whose_rows_stay_in_their_hour_is_folded_by_the_hour(
    warehouse: Warehouse, contract: Contract
) -> None:
    partition = DAY if contract.grain == "day" else DAY[:7]
    midnight = arrive(warehouse, 1, quarter(0)), arrive(warehouse, 2, quarter(9, cells="A"))
    for receipt, file in enumerate(midnight):
        warehouse.adopt_arrival(contract, file, partition, receipt + 1)
    number = write_facts(contract, partition, warehouse, ZONE)
    assert number == (2 if contract.grain == "day" else 3)
    assert [file.name for file in warehouse.files(contract, [partition])] == ["data.parquet"]


@pytest.mark.parametrize("repeated", [0, 1])
def test_a_file_that_goes_cell_by_cell_has_groups_of_few_hours(
    house: House, monkeypatch: pytest.MonkeyPatch, repeated: int
) -> None:
    monkeypatch.setattr(staging, "GROUP_ROWS", 8)
    lines = [f"{cell},2026-03-12 {hour:02d}:00,3600,{hour}" for cell in ("C1", "C2") for hour in range(24)]
    again = ["C2,2026-03-12 05:00,3600,7"] * repeated
    text = "\n".join(["小区编号,开始时间,统计周期（秒）,TCH占用请求次数", *lines, *again, ""])
    assert house.receive("counters.csv", text).rows_accepted == 48
    [arrival] = house.warehouse.arrivals(FEEDS["cell_counters"], DAY)
    with pq.ParquetFile(arrival) as stored:
        groups = [stored.read_row_group(n)["period_start_at"].to_pylist() for n in range(stored.num_row_groups)]
    spans = [max(group) - min(group) for group in groups]
    assert len(groups) == 6 + repeated
    assert max(spans) <= timedelta(hours=4), "eight rows are four hours of two cells"
    monkeypatch.setattr(folding, "WHOLE_ROWS", 0)
    assert write_facts(FEEDS["cell_counters"], DAY, house.warehouse, ZONE) == 48
    at_five = house.warehouse.read(FEEDS["cell_counters"], [DAY]).to_pylist()[10:12]
    assert [row["tch_attempts"] for row in at_five] == [5, 7 if repeated else 5]
