"""JSON, HTML and Parquet become tables like any other; what is damaged is refused in plain words."""

import contextlib
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.errors import PermanentError
from ops_platform.intake.grids import json_sheet
from ops_platform.intake.readers import sheets
from tests.intake.conftest import House

RAISED = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
ALARMS = [
    {
        "告警编号": "A1",
        "基站编号": "S1",
        "告警名称": "停电告警",
        "告警时间": "2026-03-01 08:00",
        "更多": {"级别": 3, "列": [1, 2]},
    },
    {"告警编号": "A2", "基站编号": "S2", "告警名称": "停电告警", "告警时间": "2026-03-01 08:00", "告警清除时间": None},
]


def parquet(**columns: pa.Array) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ALARMS),
        json.dumps({"count": 2, "alarms": ALARMS}, ensure_ascii=False, indent=1),
        "\n".join(json.dumps(alarm, ensure_ascii=False) for alarm in ALARMS) + "\n\n",
    ],
)
def test_json_records_are_rows(house: House, text: str) -> None:
    receipt = house.receive("alarms.json", text)
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("alarms", 2, 0)
    assert house.facts("alarms", "2026-03")["raised_at"].to_pylist() == [RAISED, RAISED]
    assert "更多.级别, 更多.列" in receipt.finding


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "holds no records"),
        ('{"a": 1}\n{"a": \n', "line 2 is no JSON"),
        ('{"a": 1}\n7\n', "line 2 is no JSON object"),
        ('{"features": [{"geometry": 7, "properties": {}}]}', "no valid GeoJSON"),
    ],
)
def test_json_that_is_no_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        json_sheet("x.json", text.encode())


@settings(max_examples=80)
@given(data=st.one_of(st.binary(max_size=60), st.text(alphabet='{}[]",:1a\n', max_size=40).map(str.encode)))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with contextlib.suppress(PermanentError):
        json_sheet("x.json", data)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_page_called_xls_is_read(house: House, encoding: str) -> None:
    page = (
        "<html><body><table><tr><td colspan=3>单位清单</td></tr><tr><th>单位编码<th>单位名称<th>单位英文名</tr>"
        "<tr><td>O7<td>庚县<td>County G</tr></table></body></html>"
    )
    receipt = house.receive("x.xls", page.encode(encoding))
    assert (receipt.feed, receipt.rows_accepted) == ("offices", 1)
    assert house.facts("offices")["office_name"].to_pylist() == ["甲县", "庚县"]


def test_parquet_keeps_its_types_and_its_zone(house: House) -> None:
    moments = pa.array([RAISED.replace(tzinfo=None)] * 2, pa.timestamp("ms")).cast(pa.timestamp("ms", "Europe/Paris"))
    data = parquet(
        cell_id=pa.array(["C1", "C2"]), period_start_at=moments, period_s=pa.array([900, 900], pa.int16()),
        drops=pa.array([3, None], pa.int64()), tags=pa.array([[1], None]),
    )  # fmt: skip
    receipt = house.receive("counters.parquet", data)
    assert (receipt.feed, receipt.rows_accepted, receipt.rows_quarantined) == ("cell_counters", 2, 0)
    rows = house.facts("cell_counters", "2026-03-01").to_pylist()
    assert [(row["cell_id"], row["period_start_at"], row["period_s"], row["drops"]) for row in rows] == [
        ("C1", RAISED, 900, 3), ("C2", RAISED, 900, None),
    ]  # fmt: skip


def test_local_times_of_parquet_are_the_branch_s_and_bad_rows_are_set_aside(house: House) -> None:
    local = pa.array([datetime(2026, 3, 1, 8, 0)] * 2, pa.timestamp("us"))  # noqa: DTZ001 - as such files have them
    data = parquet(
        cell_id=pa.array(["C1", "C9"]), period_start_at=local, period_s=pa.array([900, 900]), drops=pa.array([1.0, 2.5])
    )
    receipt = house.receive("counters.parquet", data)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (1, 1)
    assert house.facts("cell_counters", "2026-03-01")["period_start_at"].to_pylist() == [RAISED]


def test_damaged_parquet_is_refused(house: House) -> None:
    assert "does not open as Parquet" in house.receive("x.parquet", b"PAR1 damaged PAR1").finding


def test_json_beyond_the_memory_is_refused_with_the_setting(house: House) -> None:
    path = house.file("big.json", b"[" + b" " * (2 << 20))
    with pytest.raises(PermanentError, match="OPS_INTAKE__MEMORY_MB"):
        sheets("big.json", path, memory_mb=8)
