"""Receives made-up cell counters beside plain readers of the same files, and prints rates, ratios and peak memory.

    python benchmarks/intake.py [megabytes] [share of broken rows]

CSV: ours is the whole way (archive, contract, quarantine, repeated keys, Parquet by day, receipt); DuckDB and pandas
only read the file into memory. PM XML of TS 32.435, with ``r p=`` and with ``measResults``: ours reads it to rows of
the feed; lxml only parses it incrementally, once stopping at every element, once at every ``measValue`` only. Each
runs in a process of its own, so that its peak memory is its own.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import duckdb
from lxml import etree

from ops_platform.intake.counter_names import counter_names

CELLS = 2000
ROW_BYTES = 80
PM_COUNTERS = 30
PM_CELLS = 200
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


def write_pm(path: Path, megabytes: float, *, positions: bool) -> None:
    """Write a PM file of many network elements, each counter with its position or all in one text."""
    names = [*counter_names().counters, *(f"VS.Other{n}" for n in range(PM_COUNTERS))][:PM_COUNTERS]
    types = "".join(f'<measType p="{p}">{name}</measType>\n' for p, name in enumerate(names, 1))
    types = types if positions else f"<measTypes>{' '.join(names)}</measTypes>\n"
    gran = '<granPeriod duration="PT900S" endTime="2026-03-01T08:15:00+08:00"/>\n'
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<measCollecFile xmlns="http://example.org/measCollec">\n')
        element = 0
        while file.tell() < megabytes * 1e6:
            element += 1
            file.write(f'<measData><managedElement localDn="ManagedElement={element}"/>\n<measInfo>{gran}{types}')
            for cell in range(PM_CELLS):
                values = [str((cell * 7 + place * 13 + element * 31) % 9973) for place in range(PM_COUNTERS)]
                each = "".join(f'<r p="{p}">{value}</r>\n' for p, value in enumerate(values, 1))
                results = each if positions else f"<measResults>{' '.join(values)}</measResults>\n"
                file.write(f'<measValue measObjLdn="Cell=C{element}-{cell}">\n{results}</measValue>\n')
            file.write("</measInfo></measData>\n")
        file.write("</measCollecFile>\n")


def our_pm(path: Path, _home: Path) -> None:
    """Read the file to rows of the feed ``cell_counters``."""
    from ops_platform.intake.pm_counters import cell_counters  # noqa: PLC0415

    began, cpu = time.perf_counter(), time.process_time()
    rows = sum(len(batch.line) for batch in cell_counters(path.name, path, ZoneInfo("Asia/Shanghai"), counter_names()))
    report("ops_platform", began, cpu, rows, path)


def bare_parse(path: Path, _home: Path, stop_at: str | None = None) -> None:
    """Parse the file incrementally with lxml and count its values, at every element or at those of one name."""
    began, cpu = time.perf_counter(), time.process_time()
    rows = 0
    for _, element in etree.iterparse(path, tag=stop_at):
        rows += element.tag.endswith("measValue")
        element.clear()
    report("lxml, all elements" if stop_at is None else "lxml, values only", began, cpu, rows, path)


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


Run = Callable[[Path, Path], None]
RUNS: dict[str, Run] = {
    "ours": ours,
    "duckdb": plain_duckdb,
    "pandas": plain_pandas,
    "our_pm": our_pm,
    "all_elements": bare_parse,
    "values_only": partial(bare_parse, stop_at="{*}measValue"),
}


def compare(title: str, path: Path, names: Sequence[str]) -> None:
    """Run readers of one file in turns, the first of them ours, and print how many times as long it takes."""
    print(f"\n{title}, {path.stat().st_size / 1e6:.0f} MB")
    best: dict[str, float] = {}
    for turn in range(TURNS):
        for name in names:
            home = path.parent / f"{path.stem}-{name}-{turn}"
            home.mkdir()
            command = [sys.executable, __file__, name, str(path), str(home)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            print(told, end="")
            best[name] = min(best.get(name, 1e9), float(told[20:].split()[0]))
    first, *others = names
    print(f"best of {TURNS}: " + ", ".join(f"ours / {name} {best[first] / best[name]:.2f}" for name in others))


def main() -> None:
    """Run every reader on its files."""
    if len(sys.argv) > 1 and sys.argv[1] in RUNS:
        name, path, home = sys.argv[1:]
        RUNS[name](Path(path), Path(home))
        return
    megabytes, broken = (float(given) for given in (*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :]))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "counters.csv"
        write_counters(path, int(megabytes * 1e6 / ROW_BYTES), broken)
        compare(f"CSV, {broken:.2%} of the rows broken", path, ["ours", "duckdb", "pandas"])
        for title, positions in {"r p=": True, "measResults": False}.items():
            path = Path(folder) / f"pm-{positions}.xml"
            write_pm(path, megabytes, positions=positions)
            compare(f"PM XML, {title}", path, ["our_pm", "all_elements", "values_only"])


if __name__ == "__main__":
    main()
