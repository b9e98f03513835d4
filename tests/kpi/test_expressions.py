"""The SQL that the definition book shows comes from the declaration and gives the very sums that are computed."""

import re
from dataclasses import replace

import ibis
import numpy as np
import pyarrow as pa
import pytest

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.definition import Count, Kpi, none, when
from ops_platform.kpi.expressions import expressions, schemas
from ops_platform.kpi.measures import COUNTS
from ops_platform.policy import Policy
from tests.maintenance.builders import store

ROWS = 200


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ibis.Schema]:
    return schemas(store(tmp_path_factory.mktemp("facts"), sites=[{}], offices=[{}]), Policy())


@pytest.fixture(scope="module")
def engine() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def made_up(schema: ibis.Schema, texts: list[str]) -> pa.Table:
    """Return rows of a table in which every column takes small values, the texts that matter, and nulls."""
    random = np.random.default_rng(7)

    def column(dtype: ibis.DataType) -> pa.Array:
        known = random.random(ROWS) > 0.15
        if dtype.is_boolean():
            return pa.array(random.random(ROWS) > 0.5, pa.bool_(), mask=~known)
        if dtype.is_numeric():
            return pa.array(random.integers(0, 9, ROWS), pa.int64(), mask=~known).cast(dtype.to_pyarrow())
        if dtype.is_string():
            return pa.array(random.choice([*texts, "x"], ROWS), pa.string(), mask=~known)
        return pa.nulls(ROWS, dtype.to_pyarrow())

    # A column of which nothing says what it holds is in no expression.
    return pa.table({name: column(dtype) for name, dtype in schema.items() if not dtype.is_null()})


@pytest.mark.parametrize("kpi", CATALOGUE.values(), ids=list(CATALOGUE))
def test_the_sql_of_a_kpi_gives_the_sums_that_are_computed(
    kpi: Kpi, columns: dict[str, ibis.Schema], engine: ibis.BaseBackend
) -> None:
    found = expressions(kpi, columns[kpi.table])
    rows = made_up(columns[kpi.table], re.findall(r"'([^']*)'", " ".join(found.values())))
    table = engine.create_table(kpi.table, rows, overwrite=True)
    concerned = table.filter(kpi.where(table)) if kpi.where else table
    concerned_by_sql = engine.con.table(kpi.table).filter(found.get("where", "true"))
    added = concerned.select(**{name: getattr(kpi, name)(concerned) for name in COUNTS})
    assert set(found) - {"where"} == {name for name in COUNTS if getattr(kpi, name) is not none}
    for name in found.keys() - {"where"}:
        [(by_sql,)] = concerned_by_sql.aggregate(found[name]).fetchall()
        assert (by_sql or 0) == engine.to_pyarrow(added[name].sum()).as_py(), (kpi.id, name)


def test_an_expression_reads_as_a_person_would_write_it(columns: dict[str, ibis.Schema]) -> None:
    def of(kpi_id: str) -> dict[str, str]:
        return dict(expressions(CATALOGUE[kpi_id], columns[CATALOGUE[kpi_id].table]))

    assert of("generator_timeliness")["denominator"] == "COUNT(*) FILTER (WHERE outcome IN ('in_time', 'late'))"
    assert of("site_availability")["numerator"] == "SUM(in_service_s - down_s)"
    assert of("site_outages")["denominator"] == "COUNT(*)"
    assert of("fault_repair_time")["numerator"] == "SUM(repair_s) FILTER (WHERE exempt_fault_repair_time IS NULL)"
    assert of("tch_drop_rate")["where"] == "technology = 'GSM'"
    assert of("cell_availability")["numerator"].startswith("SUM(usable_s - unavailable_auto_s - unavailable_manual_s)")
    assert of("complaint_in_limit")["denominator"] == (
        "COUNT(*) FILTER (WHERE exempt IS NULL AND (close_s IS NOT NULL OR age_s > close_limit_s))"
    )


@pytest.mark.parametrize(
    "count",
    [
        lambda row: row.a - (row.b - row.c),
        lambda row: row.a - (row.b + row.c),
        lambda row: row.a + (row.b - row.c),
        lambda row: row.a * (row.b + row.c),
        lambda row: row.a / ((row.b + 1) * (row.c + 1)),
        lambda row: ibis.cases((row.a > 2, 2), else_=0),
        lambda row: ibis.cases((row.a > 2, 1), else_=1),
        lambda row: when((row.a > 1) & ((row.b > 2) | (row.c > 2))),
        lambda row: when(((row.a > 1) | (row.b > 2)) & ~((row.c > 3) & (row.a > 0))),
        lambda row: when(row.a > 1) * when(row.b > 1) * row.c.fill_null(0),
    ],
)
def test_no_bracket_is_dropped_that_means_something(count: Count, engine: ibis.BaseBackend) -> None:
    rows = made_up(ibis.schema({"a": "int64", "b": "int64", "c": "int64"}), [])
    table = engine.create_table("made_up", rows, overwrite=True)
    kpi = replace(CATALOGUE["site_outages"], table="made_up", numerator=count, excluded=none, reason=None)
    [(by_sql,)] = engine.con.table("made_up").aggregate(expressions(kpi, table.schema())["numerator"]).fetchall()
    assert by_sql == pytest.approx(engine.to_pyarrow(table.select(added=count(table)).added.sum()).as_py(), rel=1e-12)
