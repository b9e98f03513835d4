"""Judges made-up cell counters by their contract beside Great Expectations on pandas; prints CPU seconds and memory.

    python benchmarks/checks.py [rows]

All look at the same rows, already in memory as Arrow. `intake` is the pass by which rows are accepted or quarantined
(`ops_platform.intake.check`: required values, types, bounds, references, kept span, a record of every bad row);
`summary` the counts by which the check of a day judges a partition (`expectations.quality`: required values, bounds,
key, cross-column rules). Great Expectations has the suites that it is given for small tables (`expectations.runner`),
which ask the same but for the references. Its import is told apart. Each runs in a process of its own, the better of
two. Seconds are those of the processor, all threads together, so that a busy machine tells the same.
"""

import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ops_platform.contracts import FEEDS
from ops_platform.contracts.counters import CELL_COUNTERS

ROWS = 1_000_000
GOAL = 5
BATCH = 200_000
COUNTERS = ("traffic_chs", "tch_attempts", "tch_overflows", "tch_seizures", "handovers_in", "drops",
            "handovers_out_attempts", "handovers_out", "sdcch_attempts", "sdcch_overflows", "sdcch_seizures",
            "prb_used", "prb_available")  # fmt: skip


def write(path: Path, rows: int) -> None:
    """Write a day's quarter-hours; a few in ten thousand break a rule."""
    values = {name: f"CAST(hash(i + {n}) % {100 if 'attempts' in name or 'available' in name else 5} AS BIGINT)"
              for n, name in enumerate(COUNTERS)}  # fmt: skip
    wanted = {
        "cell_id": "'C' || i // 96",
        "period_start_at": "TIMESTAMPTZ '2026-03-01 00:00:00+00' + INTERVAL 15 MINUTE * (i % 96)",
        "period_s": "CASE WHEN hash(i) % 10000 < 3 THEN 30 ELSE 900 END",
        "suspect": "false",
    } | values
    selected = ", ".join(f"{wanted.get(name, 'NULL')} AS {name}" for name in CELL_COUNTERS.schema.names)
    table = duckdb.sql(f"SELECT {selected} FROM range({rows}) t(i)").to_arrow_table()
    pq.write_table(table.cast(CELL_COUNTERS.schema), path)


def intake(path: Path) -> tuple[float, float]:
    """Return the seconds of nothing and of the pass that accepts or quarantines rows."""
    from ops_platform.intake.check import Incoming, check  # noqa: PLC0415
    from ops_platform.intake.identity import Register  # noqa: PLC0415
    from ops_platform.warehouse import Warehouse  # noqa: PLC0415

    warehouse, register = Warehouse(path.parent), FEEDS["cells"]
    cells = duckdb.sql(f"SELECT DISTINCT cell_id FROM '{path}'").to_arrow_table()
    blank = {field.name: pa.nulls(cells.num_rows, field.type) for field in register.schema}
    filled = blank | {"cell_id": cells["cell_id"].combine_chunks(), "site_id": pa.array(["S"] * cells.num_rows),
                      "technology": pa.array(["GSM"] * cells.num_rows)}  # fmt: skip
    warehouse.write(register, pa.table(filled))
    known = {"cells": Register("cells", warehouse)}
    span = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    zone, broken = ZoneInfo("Asia/Shanghai"), 0

    def judge(batch: pa.RecordBatch) -> int:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        incoming = Incoming(CELL_COUNTERS, columns, pa.array(np.arange(batch.num_rows)), zone)
        return len(check(incoming, known, span).quarantined)

    batches = list(pq.ParquetFile(path).iter_batches(BATCH))
    judge(batches[0].slice(0, 10))
    start = time.process_time()
    for batch in batches:
        broken += judge(batch)
    took = time.process_time() - start
    print(broken, end=" ")
    return 0.0, took


def summary(path: Path) -> tuple[float, float]:
    """Return the seconds of nothing and of the summary of the partition."""
    from expectations.quality import quality_summary  # noqa: PLC0415

    quality_summary(CELL_COUNTERS, [("2026-03-01", CELL_COUNTERS.schema.empty_table())])
    rows = pq.read_table(path)
    start = time.process_time()
    counts = quality_summary(CELL_COUNTERS, [("2026-03-01", rows)])
    took = time.process_time() - start
    print(int(counts["outside:period_s"].iloc[0]), end=" ")
    return 0.0, took


def great_expectations(path: Path) -> tuple[float, float]:
    """Return the seconds of its import and of its verdict."""
    from expectations.runner import validate  # noqa: PLC0415

    start = time.process_time()
    validate(CELL_COUNTERS, CELL_COUNTERS.schema.empty_table().to_pandas())
    imported = time.process_time() - start
    rows = pq.read_table(path)
    start = time.process_time()
    found = validate(CELL_COUNTERS, rows.to_pandas())
    took = time.process_time() - start
    print(next(one.failed for one in found if one.column == "period_s"), end=" ")
    return imported, took


WAYS = {"intake": intake, "summary": summary, "great_expectations": great_expectations}


def main() -> None:
    """Run every way in a process of its own, or one of them where it is named."""
    if len(sys.argv) > 2:  # noqa: PLR2004 - the way and its file
        imported, took = WAYS[sys.argv[1]](Path(sys.argv[2]))
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(imported, took, peak_gb)
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with TemporaryDirectory() as folder:
        path = Path(folder) / "counters.parquet"
        write(path, rows)
        seconds = {}
        for way in WAYS:
            command = [sys.executable, __file__, way, str(path)]
            lines = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2)]
            broken, imported, took, peak = min((line.split() for line in lines), key=lambda parts: float(parts[2]))
            seconds[way] = float(took)
            print(f"{way:20} {rows:>10} rows  {broken:>6} broken  import {float(imported):5.1f} s  "
                  f"{float(took):7.2f} s  {float(peak):5.2f} GB")  # fmt: skip
    shares = {way: seconds[way] / seconds["great_expectations"] for way in ("intake", "summary")}
    for way, share in shares.items():
        print(f"{way} takes 1/{1 / share:.1f} of Great Expectations; goal 1/{GOAL}")
    sys.exit(max(shares.values()) > 1 / GOAL)


if __name__ == "__main__":
    main()
