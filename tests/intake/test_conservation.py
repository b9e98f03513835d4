"""For any file: every row is accepted, quarantined or a duplicate, and receiving it again changes nothing."""

import csv
import io
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.contracts import FEEDS
from ops_platform.intake.check import Incoming, check
from ops_platform.intake.fold import fold
from ops_platform.intake.identity import registers
from ops_platform.intake.keys import key_codes, last_of_each
from ops_platform.intake.receive import receive
from ops_platform.intake.staging import Staging
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE, open_state
from ops_platform.warehouse import Warehouse

NOW = datetime(2026, 3, 20, tzinfo=UTC)
HEADER = ["小区编号", "开始时间", "统计周期（秒）", "TCH占用请求次数", "数据可疑"]
CELL = st.sampled_from(["C1", "C2", "C3", "", "-", "坏\n行", 'x"y', "a,b"])
TIME = st.sampled_from(
    ["2026-03-01 08:00", "2026/3/1 8:00:00", "2026-03-31 23:00", "2026-04-01 00:00", "31/12/2026", ""]
)
PERIOD = st.sampled_from(["3600", "900", "5", "一小时", ""])
COUNT = st.sampled_from(["5", "-1", "7.0", "NIL", "1,2", "0x10", ""])
FLAG = st.sampled_from(["是", "0", "?", ""])
# A single cell at the foot of a file is a remark, and no row.
ROWS = st.lists(st.tuples(CELL, TIME, PERIOD, COUNT, FLAG).filter(lambda row: sum(map(bool, row)) != 1), max_size=30)


def written(rows: list[tuple[str, ...]], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode(encoding)


@settings(max_examples=40)
@given(rows=ROWS, encoding=st.sampled_from(["utf-8-sig", "gb18030"]))
def test_rows_are_conserved_and_twice_is_once(rows: list[tuple[str, ...]], encoding: str) -> None:
    folder = Path(mkdtemp())
    try:
        installation = Settings(home=folder)
        warehouse, state = Warehouse(installation.warehouse), open_state(installation.state)
        for name, text in {
            "o.csv": "单位编码,单位名称,单位英文名\nO1,甲,A\n",
            "s.csv": "基站编号,基站名称,单位编码,纬度,经度,区域类型,基站等级,是否具备固定油机,入网日期\n"
            "S1,甲,O1,30,110,农村,A,否,2020-01-01\n",
            "c.csv": "小区编号,基站编号,制式\nC1,S1,2G\nC2,S1,2G\n",
        }.items():
            (folder / name).write_text(text, encoding="utf-8")
            assert receive(folder / name, warehouse, state, installation, NOW).rows_accepted
        path = folder / "counters.csv"
        path.write_bytes(written(rows, encoding))
        receipt = receive(path, warehouse, state, installation, NOW)
        assert receipt.status == "accepted"
        assert receipt.rows_read == sum(any(row) for row in rows)
        assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_duplicate
        assert len(state.rows(sa.select(QUARANTINE))) == receipt.rows_quarantined
        contract = FEEDS["cell_counters"]
        facts = [fold(contract, day, warehouse) for day in receipt.partitions]
        assert sum(len(fact) for fact in facts) == receipt.rows_accepted
        again = receive(path, warehouse, state, installation, NOW)
        # Only a file of which every row waits is read anew, and comes to the same.
        assert again.repeated == (receipt.rows_accepted > 0 or receipt.rows_quarantined == 0)
        assert again.rows_quarantined == receipt.rows_quarantined == len(state.rows(sa.select(QUARANTINE)))
        assert [fold(contract, day, warehouse) for day in receipt.partitions] == facts
    finally:
        shutil.rmtree(folder)


KEY = st.tuples(st.sampled_from(["C1", "C2", "C3"]), st.integers(0, 2), st.sampled_from(["01", "02"]))
BATCHES = st.lists(st.lists(st.tuples(KEY, st.integers(0, 3)), max_size=15), max_size=4)


@settings(max_examples=60)
@given(batches=BATCHES)
def test_last_line_of_each_key_stands_across_batches_and_partitions(
    batches: list[list[tuple[tuple[str, int, str], int]]],
) -> None:
    contract = FEEDS["cell_counters"]
    rows = [row for batch in batches for row in batch]
    with TemporaryDirectory() as folder:
        installation = Settings(home=Path(folder))
        warehouse = Warehouse(installation.warehouse)
        known = [{"cell_id": cell, "site_id": "S1", "technology": "GSM"} for cell in ("C1", "C2", "C3")]
        warehouse.write(FEEDS["cells"], pa.Table.from_pylist(known, FEEDS["cells"].schema))
        with Staging(contract, 1, warehouse, installation, NOW) as staging:
            line = 2
            for batch in batches:
                columns = {
                    "cell_id": pa.array([cell for (cell, _, _), _ in batch], pa.string()),
                    "period_start_at": pa.array(
                        [f"2026-03-{day} 0{hour}:00" for (_, hour, day), _ in batch], pa.string()
                    ),
                    "period_s": pa.array(["3600"] * len(batch), pa.string()),
                    "drops": pa.array([str(value) for _, value in batch], pa.string()),
                }
                lines = pa.array(range(line, line + len(batch)), pa.int64())
                checked = check(
                    Incoming(contract, columns, lines, installation.zone),
                    registers(contract, warehouse),
                    installation.kept_span(NOW),
                )
                assert len(checked.rows) == len(batch)
                staging.add(checked.rows)
                line += len(batch)
            repeats = staging.settle()
            partitions, _ = staging.publish()
        last = {key: (value, at) for at, (key, value) in enumerate(rows, start=2)}
        arrived = [
            pq.read_table(file, partitioning=None).column("_line").to_pylist()
            for partition in partitions
            for file in warehouse.arrivals(contract, partition)
        ]
        assert sorted(at for lines in arrived for at in lines) == sorted(at for _, at in last.values())
        lost = [(at, key, value) for at, (key, value) in enumerate(rows, start=2) if last[key][1] != at]
        assert repeats.duplicates == sum(value == last[key][0] for _, key, value in lost)
        conflicts = zip(repeats.conflicts["_line"].to_pylist(), repeats.conflicts["_by"].to_pylist(), strict=True)
        assert list(conflicts) == [(at, last[key][1]) for at, key, value in lost if value != last[key][0]]


@given(rows=st.lists(st.tuples(st.text(max_size=3), st.integers(), st.booleans())).filter(bool))
def test_codes_order_rows_as_their_keys_do(rows: list[tuple[str, int, bool]]) -> None:
    bounded = [(text, number % 2**40, flag) for text, number, flag in rows]
    columns = [pa.chunked_array([pa.array(list(column))]) for column in zip(*bounded, strict=True)]
    codes = key_codes(columns)
    by_bytes = sorted(range(len(rows)), key=lambda at: (bounded[at][0].encode(), *bounded[at][1:]))
    assert np.argsort(codes, kind="stable").tolist() == by_bytes
    assert len(last_of_each(codes)) == len(set(bounded))
