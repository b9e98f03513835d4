"""The SQL that both engines are given, kept as files: the way out, should Ibis no longer be kept up.

After an intended change run this file with ``UPDATE_SQL=1`` in the environment: it rewrites ``golden/*.sql``. Read the
difference before committing it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from ops_platform.contracts import FEEDS, Contract
from ops_platform.contracts.cells import CELL_DAYS, CELL_HOURS
from ops_platform.kpi.busy_hours import hours_of_day
from ops_platform.kpi.catalogue import SUBJECTS
from ops_platform.kpi.cell_days import cell_days, hour_sums, kept_hours
from ops_platform.kpi.cell_register import SERVICE
from ops_platform.kpi.measures import measures
from ops_platform.kpi.radio import access_steps
from ops_platform.kpi.traffic_review import loads
from ops_platform.kpi.worst_cells import bad_hours, cell_months, judged_days, often_met
from ops_platform.policy import Policy
from tests.kpi.conftest import MONTH
from tests.maintenance.builders import ZONE, on

GOLDEN = Path(__file__).with_name("golden")
DAY = on("03-12")


def stored(contract: Contract, columns: list[str] | None = None) -> ir.Table:
    fields = [contract.schema.field(name) for name in columns or contract.schema.names]
    return ibis.table(ibis.schema(pa.schema(fields)), name="service" if columns else contract.name)


def statements() -> Iterator[tuple[str, ir.Table]]:
    """Yield every expression over counters and cell days, by name."""
    counters, service = stored(FEEDS["cell_counters"]), stored(CELL_DAYS, SERVICE)
    hours = hour_sums(counters, DAY, ZONE)
    yield "hour sums", hours
    yield "cell hours", kept_hours(hours, DAY, ZONE)
    yield "cell days", cell_days(counters, service, DAY, ZONE)
    days, policy = stored(CELL_DAYS), Policy()
    bad = bad_hours(stored(CELL_HOURS), days, policy.worst_cell)
    yield "bad hours", bad
    months = cell_months(days, ibis.table(bad.schema(), name="bad_hours"), policy.worst_cell)
    yield "cell months", months
    yield "days on which cells were worst", often_met(judged_days(days, policy.worst_cell.rule), "worst", 3)
    yield "loads", loads(days)
    midnights = ibis.table({"day_on": "date", "midnight_h": "int64"}, name="midnights")
    yield "hours of the day", hours_of_day(stored(CELL_HOURS), days, midnights)
    tables = {"cell_days": days, "access_steps": access_steps(days),
              "cell_months": ibis.table(months.schema(), name="cell_months")}  # fmt: skip
    for kpi in SUBJECTS["radio"]:
        yield f"measures of {kpi.id}", measures([kpi], tables, MONTH)


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark"])
def test_the_sql_is_as_it_is_written_down(dialect: str) -> None:
    if dialect == "pyspark":
        pytest.importorskip("pyspark", reason="the extra spark is not installed")
    getattr(ibis, dialect)  # which sets the dialect's options
    found = "\n".join(f"-- {name}\n{ibis.to_sql(rows, dialect=dialect)};\n" for name, rows in statements())
    file = GOLDEN / f"{dialect}.sql"
    if os.environ.get("UPDATE_SQL"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8"), "the SQL changed; if this is meant, run with UPDATE_SQL=1"
