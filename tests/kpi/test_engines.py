"""Both engines give the same: integers equal, ratios to 1e-12, and the SQL of both is written down."""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from ops_platform.contracts import Contract
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS, WORST_CELLS
from ops_platform.contracts.scores import MEASURES
from ops_platform.facts import Facts
from ops_platform.kpi.busy_hours import busy_hours
from ops_platform.kpi.catalogue import CATALOGUE, SUBJECTS
from ops_platform.kpi.cell_days import write_cell_days
from ops_platform.kpi.cell_register import CellRegister
from ops_platform.kpi.measures import COUNTS, month_measures
from ops_platform.kpi.scoring import month_sums, values
from ops_platform.kpi.traffic_review import loads
from ops_platform.kpi.worst_cell_list import worst_cell_list
from ops_platform.policy import Policy
from ops_platform.warehouse import Engine, Warehouse
from tests.kpi.conftest import AS_OF, MONTH
from tests.kpi.made_counters import days_of, made_facts

LACKS = [
    *(["Java (Debian package openjdk-17-jre-headless)"] if shutil.which("java") is None else []),
    *(["the extra spark"] if importlib.util.find_spec("pyspark") is None else []),
]
pytestmark = [
    pytest.mark.skipif(bool(LACKS), reason=f"Spark needs {' and '.join(LACKS)}"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
DAYS = days_of(date(2026, 3, 1), 2)
SPARK = Engine(
    "spark",
    spark={
        "spark.master": "local[1]",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # So little data is done sooner than code is generated for it.
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.adaptive.enabled": "false",
    },
)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Facts, Facts]]:
    """Give the same counters under two roots, made into cell days by DuckDB and by Spark."""
    embedded = made_facts(tmp_path_factory.mktemp("duckdb"), 7, DAYS, 36)
    root = tmp_path_factory.mktemp("spark") / "warehouse"
    shutil.copytree(embedded.warehouse.root, root)
    distributed = replace(embedded, warehouse=Warehouse(root, SPARK))
    assert write_cell_days(embedded, DAYS) == write_cell_days(distributed, DAYS) > 0
    yield embedded, distributed
    distributed.warehouse.connect()._session.stop()


@pytest.mark.parametrize("contract", [CELL_HOURS, CELL_DAYS], ids=lambda contract: contract.name)
def test_cell_hours_and_cell_days_are_equal_to_the_last_bit(engines: tuple[Facts, Facts], contract: Contract) -> None:
    embedded, distributed = (facts.warehouse.read(contract) for facts in engines)
    assert embedded.num_rows >= 2 * 36
    assert embedded.equals(distributed)


def test_each_partition_is_one_file_and_nothing_else_is_left(engines: tuple[Facts, Facts]) -> None:
    for facts in engines:
        warehouse = facts.warehouse
        assert [file.name for file in warehouse.path(CELL_DAYS, "2026-03-01").parent.iterdir()] == ["data.parquet"]
        assert list((warehouse.root / "_staging").iterdir()) == []


def test_every_measure_of_the_radio_network_is_equal(engines: tuple[Facts, Facts]) -> None:
    keys = ["kpi_id", "part", "day_on", "office_id", "staff_id", "subject_id"]
    found = []
    for facts in engines:
        facts.warehouse.write(MEASURES["radio"], month_measures("radio", facts, MONTH, Policy(), AS_OF), MONTH)
        rows = month_measures("radio", facts, MONTH, Policy(), AS_OF, by_subject=True)
        found.append(rows.to_pandas().sort_values(keys, ignore_index=True))
    pd.testing.assert_frame_equal(*found, check_exact=True)
    assert set(found[0]["kpi_id"]) == {kpi.id for kpi in SUBJECTS["radio"]}, "every KPI has rows to be compared"
    counted = found[0].groupby("kpi_id")[list(COUNTS)].sum()
    assert (counted["missing"] > 0).sum() > len(counted) / 2, "some of nearly all is missing"
    assert (found[0]["denominator"] == 0).any()


def test_every_value_of_the_radio_network_is_equal_to_1e_12(engines: tuple[Facts, Facts]) -> None:
    embedded, distributed = (
        values(month_sums(facts, [MONTH])).set_index(["level", "office_id", "staff_id", "kpi_id"])["value"]
        for facts in engines
    )
    known = embedded.dropna()
    assert {kpi for *_, kpi in known.index} == {kpi.id for kpi in SUBJECTS["radio"]}
    assert CATALOGUE.keys() >= {kpi for *_, kpi in known.index}
    pd.testing.assert_series_equal(embedded.sort_index(), distributed.sort_index(), rtol=1e-12, atol=0)


def test_the_worst_cell_list_is_equal(engines: tuple[Facts, Facts]) -> None:
    embedded, distributed = (worst_cell_list(facts, MONTH, Policy().worst_cell, AS_OF) for facts in engines)
    assert embedded.rows.num_rows > 0
    assert embedded.rows.schema == WORST_CELLS.schema
    assert embedded.rows.equals(distributed.rows)
    pd.testing.assert_frame_equal(embedded.rules, distributed.rules)


def test_the_loads_of_the_traffic_review_are_equal(engines: tuple[Facts, Facts]) -> None:
    found: list[pa.Table] = []
    for facts in engines:
        engine = facts.warehouse.connect()
        rows = loads(CellRegister(facts).cell_days(engine, [day.isoformat() for day in DAYS]))
        found.append(engine.to_pyarrow(rows.order_by("cell_id")))
    assert found[0].num_rows > 0
    assert found[0].equals(found[1])


def test_the_time_consistent_busy_hours_are_equal(engines: tuple[Facts, Facts]) -> None:
    embedded, distributed = (busy_hours(facts, MONTH) for facts in engines)
    assert len(embedded) > 24
    pd.testing.assert_frame_equal(embedded, distributed, check_exact=True)
