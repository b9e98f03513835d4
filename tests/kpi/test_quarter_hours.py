"""The kernel gives what the expressions give, whatever the rows are, and refuses rows that do not lie in order."""

from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


def by_kernel(facts: Facts, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    facts.warehouse.write(COUNTERS, rows, DAY.isoformat())
    assert write_cell_days(facts, [DAY]) == 9
    return facts.warehouse.read(CELL_HOURS), facts.warehouse.read(CELL_DAYS)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    number=st.integers(1, 9),
    share=st.sampled_from([0.05, 0.3, 1.0]),
    at_once=st.sampled_from([1, 2, 7, 96, 97, 1000]),
    absent=st.sets(st.sampled_from(SUMMED)),
)
def test_the_kernel_gives_what_the_expressions_give(
    facts: Facts, monkeypatch: pytest.MonkeyPatch, seed: int, number: int, share: float, at_once: int, absent: set[str]
) -> None:
    rows = made(np.random.default_rng(seed), DAY, number, share).sort_by(BY_KEY)
    for name in absent:
        rows = rows.set_column(
            rows.schema.get_field_index(name), COUNTERS.schema.field(name), pa.nulls(len(rows), "int64")
        )
    monkeypatch.setattr(quarter_hours, "ROWS_AT_ONCE", at_once)
    monkeypatch.setattr("ops_platform.kpi.cell_days._write_computed", None)
    assert by_kernel(facts, rows) == expected(facts, rows)


@pytest.mark.parametrize("order", [[("cell_id", "descending")], [("period_start_at", "ascending")],
                                   [("cell_id", "ascending"), ("period_start_at", "descending")]])  # fmt: skip
def test_rows_that_do_not_lie_in_order_are_summed_by_the_expressions(
    facts: Facts, order: list[tuple[str, str]]
) -> None:
    rows = made(np.random.default_rng(1), DAY, 4).sort_by(order)
    assert quarter_hours.day_sums(facts.warehouse.write(COUNTERS, rows, DAY.isoformat()), 0) is None
    assert by_kernel(facts, rows) == expected(facts, rows)


def test_a_cell_that_comes_again_far_apart_is_seen(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarter_hours, "ROWS_AT_ONCE", 96)
    rows = made(np.random.default_rng(1), DAY, 4).sort_by(BY_KEY)
    again = pa.concat_tables([rows, rows.slice(0, 96)])
    assert quarter_hours.day_sums(facts.warehouse.write(COUNTERS, again, DAY.isoformat()), 0) is None


def test_a_day_without_rows_has_cell_days_without_seconds(facts: Facts) -> None:
    hours, days = by_kernel(facts, COUNTERS.schema.empty_table())
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
