"""Receives a made-up CSV of cell counters beside the plain readers of DuckDB and pandas, and prints rates and ratios.

    python benchmarks/intake.py [megabytes] [share of broken rows]

Ours is the whole way: archive, contract, quarantine, repeated keys, Parquet by day, receipt. The others only read the
file into memory. Each runs in a process of its own, so that its peak memory is its own.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

CELLS = 2000
ROW_BYTES = 80
DEFAULTS = (250, 0.0)
TURNS = 3
NOW = datetime(2026, 6, 20, tzinfo=UTC)
COUNTERS = {
    "TCH话务量（信道秒）": 5000,
    "TCH占用请求次数": 500,
    "TCH溢出次数": 5,
    "TCH占用成功次数": 500,
    "切入成功次数": 50,
    "TCH掉话次数": 5,
    "SDCCH占用请求次数": 500,
    "SDCCH溢出次数": 5,
    "E-RAB释放次数": 5000,
    "E-RAB异常释放次数": 50,
    "PRB占用数": 100_000,
}
"""Columns and how far their made-up values go."""
OFFICES = "单位编码,单位名称,单位英文名\nO1,甲县,County A\n"
SITES = (
    "基站编号,基站名称,单位编码,纬度,经度,区域类型,基站等级,是否具备固定油机,入网日期\n"
    "S1,一站,O1,30,110,农村,A,否,2020-01-01\n"
)


def write_counters(path: Path, rows: int, broken: float) -> None:
    """Write a CSV of quarter-hour counters, some of them broken."""
    start = "TIMESTAMP '2026-03-01' + INTERVAL 15 MINUTE * (i // 2000)"
    values = ", ".join(f'hash(i + {n}) % {top} AS "{name}"' for n, (name, top) in enumerate(COUNTERS.items()))
    duckdb.sql(
        f"""
        COPY (
            SELECT 'C' || lpad((i % {CELLS})::VARCHAR, 5, '0') AS "小区编号",
                   CASE WHEN hash(i + 99) % 1000000 < {broken * 1_000_000} THEN 'unclear'
                        ELSE strftime({start}, '%Y-%m-%d %H:%M:%S') END AS "开始时间",
                   900 AS "统计周期（秒）", {values}, 100000 AS "PRB可用数", '否' AS "数据可疑"
            FROM range({rows}) t(i)
        ) TO '{path}' (HEADER)
        """
    )


def ours(path: Path, home: Path) -> None:
    """Receive the file into an installation that knows the cells."""
    from ops_platform.intake.receive import receive  # noqa: PLC0415
    from ops_platform.settings import Settings  # noqa: PLC0415
    from ops_platform.state import open_state  # noqa: PLC0415
    from ops_platform.warehouse import Warehouse  # noqa: PLC0415

    settings = Settings(home=home)
    warehouse, state = Warehouse(settings.warehouse), open_state(settings.state)
    cells = "\n".join(f"C{n:05d},S1,2G" for n in range(CELLS))
    for name, text in {
        "offices.csv": OFFICES,
        "sites.csv": SITES,
        "cells.csv": f"小区编号,基站编号,制式\n{cells}\n",
    }.items():
        (home / name).write_text(text, encoding="utf-8")
        receive(home / name, warehouse, state, settings, NOW)
    began, cpu = time.perf_counter(), time.process_time()
    receipt = receive(path, warehouse, state, settings, NOW)
    report("ops_platform", began, cpu, receipt.rows_read, path)
    print(f"{'':<20}{receipt.rows_quarantined} rows set aside")


def plain_duckdb(path: Path, _home: Path) -> None:
    """Read the file into memory with DuckDB."""
    began, cpu = time.perf_counter(), time.process_time()
    rows = duckdb.connect(config={"threads": 2}).execute(f"SELECT * FROM read_csv('{path}')").to_arrow_table()
    report("DuckDB read_csv", began, cpu, len(rows), path)


def plain_pandas(path: Path, _home: Path) -> None:
    """Read the file into memory with pandas."""
    import pandas as pd  # noqa: PLC0415

    began, cpu = time.perf_counter(), time.process_time()
    rows = pd.read_csv(path)
    report("pandas read_csv", began, cpu, len(rows), path)


def report(name: str, began: float, cpu: float, rows: int, path: Path) -> None:
    """Print one line of the table."""
    wall, busy = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    megabytes = path.stat().st_size / 1e6
    print(
        f"{name:<20}{wall:7.2f} s  {busy:7.2f} CPU s  {rows / wall:11,.0f} rows/s  {megabytes / wall:7.1f} MB/s"
        f"  peak {peak:6.0f} MB",
        flush=True,
    )


RUNS: dict[str, Callable[[Path, Path], None]] = {"ours": ours, "duckdb": plain_duckdb, "pandas": plain_pandas}


def main() -> None:
    """Run every reader on the same file, in turns."""
    if len(sys.argv) > 1 and sys.argv[1] in RUNS:
        name, path, home = sys.argv[1:]
        RUNS[name](Path(path), Path(home))
        return
    megabytes, broken = (float(given) for given in (*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :]))
    best: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "counters.csv"
        write_counters(path, int(megabytes * 1e6 / ROW_BYTES), broken)
        print(f"{path.stat().st_size / 1e6:.0f} MB, {broken:.2%} of the rows broken")
        for turn in range(TURNS):
            for name in RUNS:
                home = Path(folder) / f"{name}{turn}"
                home.mkdir()
                command = [sys.executable, __file__, name, str(path), str(home)]
                told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                print(told, end="")
                best[name] = min(best.get(name, 1e9), float(told[20:].split()[0]))
    ratios = {name: best["ours"] / best[name] for name in ("duckdb", "pandas")}
    print(f"best of {TURNS}: ours / DuckDB {ratios['duckdb']:.2f}, ours / pandas {ratios['pandas']:.2f}")


if __name__ == "__main__":
    main()
