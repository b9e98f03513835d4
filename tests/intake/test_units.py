"""Units in text and in mappings, and durations."""

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.contracts.base import Column
from ops_platform.errors import PermanentError
from ops_platform.intake import units
from ops_platform.intake.values import Problem, convert

ZONE = ZoneInfo("Asia/Shanghai")


def read(text: str, unit: str, dtype: str = "float64", name: str = "x") -> object:
    column = Column(name, dtype, "某", unit=unit, nullable=True)  # type: ignore[arg-type]
    values, problems = convert(column, pa.array([text]), ZONE)
    return Problem(problems[0]) if problems[0] else values[0].as_py()


@pytest.mark.parametrize(
    ("value", "start", "end", "result"),
    [
        (40, "W", "dBm", 46.0206), (46.0206, "dbm", "W", 40), (1, "mW", "dBm", 0), (2, "kW", "W", 2000),
        (500, "mW", "W", 0.5),
        (1, "GB", "MB", 1024), (1, "tb", "GB", 1024), (2048, "KB", "MB", 2), (1024, "B", "KB", 1),
        (90, "分钟", "h", 1.5), (7, "天", "min", 10_080), (1500, "ms", "s", 1.5), (2, "小时", "秒", 7200),
        (100, "ft", "m", 30.48), (1.5, "公里", "m", 1500), (20, "MHZ", "kHz", 20_000), (1.8, "Ghz", "MHz", 1800),
        (5, "Hz", "Hz", 5), (48_000, "mV", "V", 48), (1, "kV", "V", 1000), (500, "mA", "A", 0.5),
        (500, "mAh", "Ah", 0.5),
        (250, "mL", "L", 0.25), (1500, "Wh", "kWh", 1.5), (2, "度", "kWh", 2), (1, "MWh", "kWh", 1000),
        (77, "°F", "°C", 25), (25, "℃", "°F", 77), (2, "Erl", "channel-seconds", 7200), (3600, "信道秒", "ERL", 1),
        (0.975, "ratio", "%", 97.5), (5, "people", "People", 5), (120, "度", "°", 120), (5, "Ｗ", "w", 5),
        (10, "mm", "cm", 1),
    ],
)  # fmt: skip
def test_conversion(value: float, start: str, end: str, result: float) -> None:
    assert units.convert(pa.array([value, None]), start, end).to_pylist() == [pytest.approx(result, abs=1e-4), None]


@pytest.mark.parametrize(
    ("start", "end"), [("V", "W"), ("parsec", "m"), ("MW", "W"), ("MV", "V"), ("Mb", "MB"), ("", "W"), ("W", "")]
)
def test_what_cannot_be_converted_is_said(start: str, end: str) -> None:
    with pytest.raises(PermanentError, match="单位"):
        units.convert(pa.array([1.0]), start, end)


def test_no_power_has_no_decibels() -> None:
    assert units.convert(pa.array([0.0, -1.0]), "W", "dBm").to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12V", "V", 12), ("40W", "W", 40), ("59.8 W", "W", 59.8), ("20MHz", "MHz", 20), ("20Mhz", "MHz", 20),
        ("20MHZ", "MHz", 20), ("1.8 GHz", "MHz", 1800), ("４０Ｗ", "W", 40), ("40W", "dBm", 46.0206),
        ("97.5%", "%", 97.5),
        ("97.5％", "%", 97.5), ("-５．５", "", -5.5), ("−3", "", -3), ("120°", "°", 120),
        ("35℃", "°C", 35), ("18dBi", "dBi", 18),
    ],
)  # fmt: skip
def test_a_number_with_its_unit(text: str, unit: str, value: float) -> None:
    assert read(text, unit) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "unit"), [("12V", "A"), ("12V", ""), ("97%", ""), ("97%", "V"), ("3HP", "W"), ("5 - 7", "")]
)
def test_another_unit_is_not_understood(text: str, unit: str) -> None:
    assert read(text, unit) is Problem.TYPE


def test_the_ending_of_the_name_is_the_unit_where_the_contract_names_none() -> None:
    assert read("97.5%", "", name="rate_pct") == 97.5
    assert read("7天", "", "int64", name="limit_d") == 7
    assert read("7天", "", "int64", name="d") is Problem.TYPE
    assert read("7天", "", "int64", name="some_day_of") is Problem.TYPE


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("6天17时33分", "min", 9693), ("超44天6时36分", "min", -63_756), ("1时57分", "min", 117), ("5天", "h", 120),
        ("00:04:10", "s", 250), ("49:04:10", "s", 176_650), ("7天", "d", 7), ("90分钟", "h", 1.5), ("PT15M", "s", 900),
        ("P1DT2H", "h", 26), ("1小时30分20秒", "s", 5420), ("2 days, 03:00:00", "h", 51),
        ("1.5小时", "min", 90), ("-00:01:00", "s", -60),
        ("3d 4h", "h", 76), ("20", "min", 20),
    ],
)  # fmt: skip
def test_durations(text: str, unit: str, value: float) -> None:
    assert read(text, unit) == pytest.approx(value)
    if float(value).is_integer():
        assert read(text, unit, "int64") == value


@pytest.mark.parametrize("text", ["49:10", "00:61:00", "00:00:60", "天", "P", "PT", "超", "5天3米"])
def test_no_durations(text: str) -> None:
    assert read(text, "s") is Problem.TYPE


def test_a_whole_number_must_come_out_whole() -> None:
    assert read("90秒", "min", "int64") is Problem.TYPE
    assert read("61秒", "min", "int64") is Problem.TYPE
    assert read("1.5小时", "min", "int64") == 90


def test_a_duration_is_a_number_only_in_a_column_of_time() -> None:
    assert read("6天17时33分", "") is Problem.TYPE
    assert read("00:04:10", "V") is Problem.TYPE


@given(st.integers(0, 500), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.booleans())
def test_a_duration_written_as_text_reads_back(d: int, h: int, m: int, s: int, over: bool) -> None:  # noqa: FBT001
    total = ((d * 24 + h) * 60 + m) * 60 + s
    sign = "超" if over else ""
    expected = -total if over else total
    assert read(f"{sign}{d}天{h}时{m}分{s}秒", "s", "int64") == expected
    assert read(f"{'-' if over else ''}{d * 24 + h}:{m:02}:{s:02}", "s", "int64") == expected
    assert read(f"{'-' if over else ''}P{d}DT{h}H{m}M{s}S", "s", "int64") == expected


def test_a_mapping_writes_the_unit_that_the_header_or_another_column_names() -> None:
    cells = pa.array(["40", "46", "20W", "-", None, "15"])
    per_row = pa.array(["W", "dBm", "dBm", "W", "W", None])
    labelled = units.label(cells, per_row)
    assert labelled.to_pylist() == ["40 W", "46 dBm", "20W", "-", None, "15"]
    values, problems = convert(Column("x", "float64", "某", unit="dBm", nullable=True), labelled, ZONE)
    assert not problems.any()
    assert values.to_pylist() == pytest.approx([46.0206, 46, 43.0103, None, None, 15], abs=1e-4)
    assert units.label(cells, "W").to_pylist() == ["40 W", "46 W", "20W", "-", None, "15 W"]
