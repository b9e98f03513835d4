"""The kernel gives what the expressions give, whatever the rows are, and refuses rows that do not lie in order."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_platform.clock import local_midnight
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS
from ops_platform.facts import Facts
from ops_platform.kpi import quarter_hours
from ops_platform.kpi.cell_days import cell_days, hour_sums, kept_hours, write_cell_days
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.warehouse import connect
from tests.kpi.made_counters import COUNTERS, OF_GSM, SUMMED, cells
from tests.kpi.made_counters import quarter_hours as made
from tests.maintenance.builders import ZONE, store

DAY = date(2026, 3, 12)
BY_KEY = [("cell_id", "ascending"), ("period_start_at", "ascending")]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    register = [{"cell_id": cell, "technology": ("GSM", "LTE", "NR")[n % 3]} for n, cell in enumerate(cells(9))]
    return store(tmp_path_factory.mktemp("warehouse"), sites=[{}], cells=register, acceptance_tests=[])


def expected(facts: Facts, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the cell hours and the cell days by the expressions."""
    counters = ibis.memtable(rows)
    hours = kept_hours(hour_sums(counters, DAY, ZONE), DAY, ZONE)
    days = cell_days(counters, ibis.memtable(CellRegister(facts).table([DAY])), DAY, ZONE)
    first, second = (
        connect().to_pyarrow(table.order_by(contract.key)).cast(contract.schema)
        for table, contract in ((hours, CELL_HOURS), (days, CELL_DAYS))
    )
    return first, second


def by_kernel(facts: Facts, rows: pa.Table, *, by_hour: bool = False) -> tuple[pa.Table, pa.Table]:
    lay(facts, rows, by_hour=by_hour)
    assert write_cell_days(facts, [DAY]) == 9
    return facts.warehouse.read(CELL_HOURS), facts.warehouse.read(CELL_DAYS)


def lay(facts: Facts, rows: pa.Table, *, by_hour: bool) -> list[Path]:
    """Store a day whole or by the hour; return its files."""
    if by_hour:
        since = pc.subtract(rows["period_start_at"].cast("int64"), pa.scalar(epoch_us(facts.zone)))
        hours = pc.divide(since, pa.scalar(3_600_000_000))
        parts = [(hour, rows.filter(pc.equal(hours, hour)), "") for hour in range(25)]
        facts.warehouse.write_hours(COUNTERS, DAY.isoformat(), parts)
    else:
        facts.warehouse.write(COUNTERS, rows, DAY.isoformat())
    return facts.warehouse.files(COUNTERS, [DAY.isoformat()])


def epoch_us(zone: ZoneInfo) -> int:
    return int(local_midnight(DAY, zone).timestamp()) * 1_000_000


@pytest.mark.parametrize("by_hour", [False, True])
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    number=st.integers(1, 9),
    share=st.sampled_from([0.05, 0.3, 1.0]),
    at_once=st.sampled_from([1, 2, 7, 96, 97, 1000]),
    absent=st.sets(st.sampled_from(SUMMED)),
)
def test_the_kernel_gives_what_the_expressions_give(
    facts: Facts,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seed: int,
    number: int,
    share: float,
    at_once: int,
    absent: set[str],
    by_hour: bool,
) -> None:
    rows = made(np.random.default_rng(seed), DAY, number, share).sort_by(BY_KEY)
    for name in absent:
        rows = rows.set_column(
            rows.schema.get_field_index(name), COUNTERS.schema.field(name), pa.nulls(len(rows), "int64")
        )
    monkeypatch.setattr(quarter_hours, "ROWS_AT_ONCE", at_once)
    monkeypatch.setattr("ops_platform.kpi.cell_days._write_computed", None)
    assert by_kernel(facts, rows, by_hour=by_hour) == expected(facts, rows)


def test_the_earliest_of_equally_busy_hours_is_the_busy_one_also_over_files(facts: Facts) -> None:
    rows = made(np.random.default_rng(1), DAY, 3).sort_by(BY_KEY)
    number = rows.schema.get_field_index("traffic_chs")
    equal = rows.set_column(number, COUNTERS.schema.field("traffic_chs"), pa.array([7] * len(rows)))
    days = by_kernel(facts, equal, by_hour=True)[1]
    assert days == expected(facts, equal)[1]
    assert days["busy_hour"].to_pylist()[:3] == [0, 0, 0]


def test_a_cell_may_be_heard_of_first_in_a_later_hour(facts: Facts) -> None:
    rows = made(np.random.default_rng(1), DAY, 7).sort_by(BY_KEY)
    noon = pa.scalar(epoch_us(ZONE) + 12 * 3_600_000_000).cast(rows["period_start_at"].type)
    first = pc.equal(rows["cell_id"], cells(1)[0])
    rows = rows.filter(pc.or_(pc.invert(first), pc.greater_equal(rows["period_start_at"], noon)))
    assert by_kernel(facts, rows, by_hour=True) == expected(facts, rows)


def test_the_twenty_fifth_hour_is_one_of_the_day(facts: Facts) -> None:
    rows = made(np.random.default_rng(1), DAY, 3).sort_by(BY_KEY)
    later = pc.add(rows["period_start_at"], pa.scalar(3600, pa.duration("s")))
    rows = rows.set_column(1, COUNTERS.schema.field("period_start_at"), later)
    number = rows.schema.get_field_index("traffic_chs")
    growing = pa.array(np.arange(len(rows)))
    rows = rows.set_column(number, COUNTERS.schema.field("traffic_chs"), growing)
    found = by_kernel(facts, rows, by_hour=True)
    assert found == expected(facts, rows)
    assert found[1]["busy_hour"].to_pylist()[:3] == [23, 23, 23], "the last that a day has a name for"


def test_an_hour_that_lies_in_two_files_is_summed_by_the_expressions(facts: Facts) -> None:
    rows = made(np.random.default_rng(1), DAY, 3).sort_by(BY_KEY)
    first = pa.scalar(epoch_us(ZONE)).cast(rows["period_start_at"].type)
    begun = pc.equal(rows["period_start_at"], first)
    parts = [(0, rows.filter(begun), ""), (1, rows.slice(0, 0), ""), (2, rows.filter(pc.invert(begun)), "")]
    facts.warehouse.write(COUNTERS, rows, DAY.isoformat())
    facts.warehouse.write_hours(COUNTERS, DAY.isoformat(), parts)
    files = facts.warehouse.files(COUNTERS, [DAY.isoformat()])
    assert [quarter_hours.day_sums([file], 0) is None for file in files] == [False, True, False]
    assert quarter_hours.day_sums(files, 0) is None
    assert quarter_hours.day_sums(files[::-1], 0) is None


BACKWARDS, BY_TIME = [("cell_id", "descending")], [("period_start_at", "ascending")]


@pytest.mark.parametrize(
    ("order", "by_hour"),
    [
        (BACKWARDS, False),
        (BACKWARDS, True),
        (BY_TIME, False),
        (BY_TIME, True),
        ([("cell_id", "ascending"), ("period_start_at", "descending")], False),
    ],
)
def test_rows_that_do_not_lie_in_order_are_summed_by_the_expressions(
    facts: Facts, order: list[tuple[str, str]], *, by_hour: bool
) -> None:
    rows = made(np.random.default_rng(1), DAY, 4).sort_by(order)
    assert quarter_hours.day_sums(lay(facts, rows, by_hour=by_hour), 0) is None
    assert by_kernel(facts, rows, by_hour=by_hour) == expected(facts, rows)


def test_a_cell_that_comes_again_far_apart_is_seen(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarter_hours, "ROWS_AT_ONCE", 96)
    rows = made(np.random.default_rng(1), DAY, 4).sort_by(BY_KEY)
    again = pa.concat_tables([rows, rows.slice(0, 96)])
    assert quarter_hours.day_sums(lay(facts, again, by_hour=False), 0) is None


def test_few_rows_are_in_memory(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarter_hours, "ROWS_AT_ONCE", 100)
    rows = made(np.random.default_rng(1), DAY, 9).sort_by(BY_KEY)
    [file] = lay(facts, rows, by_hour=False)
    stored = pq.ParquetFile(file, read_dictionary=["cell_id"])
    sizes = [len(batch) for _, batch in quarter_hours._whole_cells(stored, quarter_hours._cells(stored)[0])]
    assert sum(sizes) == len(rows)
    assert max(sizes) <= 2 * 100, "at most a cell more than are read at once"


def test_days_are_summed_side_by_side_and_told_of_in_their_order(tmp_path: Path) -> None:
    days = [DAY + timedelta(days=n) for n in range(5)]
    register = [{"cell_id": cell, "technology": ("GSM", "LTE", "NR")[n % 3]} for n, cell in enumerate(cells(9))]
    facts = store(tmp_path, sites=[{}], cells=register, acceptance_tests=[])
    for day, order in zip(days, (BY_KEY, BACKWARDS, BY_KEY, None, BY_TIME), strict=True):
        if order:
            rows = made(np.random.default_rng(day.day), day, 9).sort_by(order)
            facts.warehouse.write(COUNTERS, rows, day.isoformat())
    told: list[tuple[int, date]] = []
    assert write_cell_days(facts, days, lambda number, day: told.append((number, day))) == 9 * len(days)
    assert told == list(enumerate(days, 1))
    together = [facts.warehouse.read(contract) for contract in (CELL_DAYS, CELL_HOURS)]
    assert together[0].num_rows == 9 * len(days)
    for day in days:
        write_cell_days(facts, [day])
    assert [facts.warehouse.read(contract) for contract in (CELL_DAYS, CELL_HOURS)] == together


@pytest.mark.parametrize("by_hour", [False, True])
def test_a_day_without_rows_has_cell_days_without_seconds(facts: Facts, *, by_hour: bool) -> None:
    hours, days = by_kernel(facts, COUNTERS.schema.empty_table(), by_hour=by_hour)
    assert hours.num_rows == 0
    assert days["usable_s"].to_pylist() == [0] * 9


def test_a_file_from_before_a_counter_was_known(facts: Facts) -> None:
    rows = made(np.random.default_rng(1), DAY, 4).sort_by(BY_KEY)
    file = facts.warehouse.write(COUNTERS, rows, DAY.isoformat())
    pq.write_table(rows.drop_columns(["prb_used", OF_GSM[0]]), file)
    write_cell_days(facts, [DAY])
    found = facts.warehouse.read(CELL_DAYS)
    assert found["prb_used"].null_count == len(found)
    assert found["busy_drops"].null_count == len(found), "without load there is no busy hour"
    assert found["erab_releases"].null_count < len(found)
