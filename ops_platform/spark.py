"""The distributed engine: Ibis's Spark backend, told to move rows as Arrow and to read and write the warehouse's files.

Needs the extra ``spark`` and Java 17. Imported by `ops_platform.warehouse.connect` alone, and only where it is chosen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.pyspark import Backend
from ibis.backends.pyspark.datatypes import PySparkSchema
from pyspark.sql import SparkSession

_CONFIGURATION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
    # As pyarrow and DuckDB write moments; Spark's own default is a type that Parquet has given up.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
}


class Spark(Backend):  # type: ignore[misc]
    """Ibis on Spark without its detour over pandas, which makes floating-point numbers of integers with nulls."""

    def to_pyarrow(self, expr: ir.Expr, /, **_: Any) -> Any:
        """Return the result of an expression: a table, column or scalar, in the expression's types."""
        rows = expr.as_table()
        found = self._frame(rows).toArrow()
        return expr.__pyarrow_result__(found.cast(rows.schema().to_pyarrow()))

    def create_table(self, name: str, /, obj: ir.Table | pa.Table, **_: Any) -> ir.Table:
        """Keep rows for as long as the engine lives; nothing reaches the catalogue of the cluster."""
        rows = ibis.memtable(obj) if isinstance(obj, pa.Table) else obj
        self._frame(rows).persist().createOrReplaceTempView(name)
        return self.table(name)

    def read_files(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        """Return the rows of Parquet files; a column that a file lacks is null in it."""
        name = ibis.util.gen_name("files")
        types = PySparkSchema.from_ibis(ibis.schema(schema))
        self._session.read.schema(types).parquet(*files).createOrReplaceTempView(name)
        return self.table(name)

    def write_file(self, rows: ir.Table, folder: str) -> int:
        """Write rows as the one Parquet file of a new folder, in their order; return how many there are."""
        self._frame(rows).coalesce(1).write.parquet(folder)
        return int(self._session.read.parquet(folder).count())

    def _frame(self, rows: ir.Table) -> Any:
        self._run_pre_execute_hooks(rows)
        return self._session.sql(self.compile(rows))

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        self._session.createDataFrame(op.data.to_pyarrow(op.schema)).createOrReplaceTempView(op.name)


def connect_spark(threads: int, configuration: Mapping[str, str]) -> Spark:
    """Open the session of this process; without ``spark.master`` in the configuration it runs inside this process.

    Parameters
    ----------
    threads
        Of the session that runs inside this process.
    configuration
        Of Spark, by its own names.
    """
    builder = SparkSession.builder.appName("ops_platform")
    for name, value in ({"spark.master": f"local[{threads}]"} | _CONFIGURATION | dict(configuration)).items():
        builder = builder.config(name, value)
    Spark.register_options()
    engine = Spark()
    engine.do_connect(builder.getOrCreate())
    return engine
