"""Text to values: what a cell means, and that nothing unclear is guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.contracts.base import Column
from ops_platform.intake.conventions import Conventions
from ops_platform.intake.values import Problem, Reduction, convert, reduce_list, without_sentinels

SHANGHAI = ZoneInfo("Asia/Shanghai")


def one(dtype: str, text: str | None, **options: object) -> tuple[object, Problem]:
    column = Column("x", dtype, "某", nullable=True, **options)  # type: ignore[arg-type]
    values, problems = convert(column, pa.array([text, None], pa.string()), SHANGHAI)
    assert values.type == column.arrow_type
    assert values[1].as_py() is None
    assert problems[1] == Problem.NONE
    return values[0].as_py(), Problem(problems[0])


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 08:26", "2026-03-01 08:26:00", "2026/3/1 8:26", "2026.3.1 08:26:00", "2026-03-01T08:26:00",
        "2026-03-01_08:26:00", "2026年3月1日 8:26", "2026-03-01T00:26:00Z", "2026-03-01T02:26:00+02:00",
        "2026-02-28T19:26:00-0500", " 2026-03-01 08:26:00 ", "20260301082600", "2026-03-01 08:26:00.000",
    ],
)  # fmt: skip
def test_a_clear_time_is_read_in_the_business_zone(text: str) -> None:
    assert one("timestamp", text) == (datetime(2026, 3, 1, 0, 26, tzinfo=UTC), Problem.NONE)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30 08:00", "2026-13-01 08:00", "08:26", "2026-03-01 24:00", "next week", "1e9"],
)
def test_an_unclear_time_is_not_guessed(text: str) -> None:
    assert one("timestamp", text) == (None, Problem.TYPE)


@pytest.mark.parametrize("text", ["2026-03-01", "2026/3/1", "2026年3月1日", "2026-03-01 00:00:00"])
def test_dates(text: str) -> None:
    assert one("date", text) == (date(2026, 3, 1), Problem.NONE)


@pytest.mark.parametrize("text", ["32/06/2001", "2026-03-01 08:00:00", "2026-02-29"])
def test_unclear_dates(text: str) -> None:
    assert one("date", text) == (None, Problem.TYPE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '""',
        "-",
        "--",
        "NA",
        "NA ",
        "n/a",
        "#N/A",
        "NULL",
        "null",
        "None",
        "无",
        "NIL",
        "Not Exist",
        "/",
        " - ",
        "\u3000",
    ],
)
@pytest.mark.parametrize("dtype", ["int64", "float64", "boolean", "timestamp", "date", "string"])
def test_missing_is_spelled_in_many_ways(text: str, dtype: str) -> None:
    assert one(dtype, text) == (None, Problem.NONE)


def test_required_text_keeps_what_was_written() -> None:
    values, _ = convert(Column("x", "string", "某"), pa.array(["无", "NA", " "]), SHANGHAI)
    assert values.to_pylist() == ["无", "NA", None]


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5), (" 5 ", 5), ("5.0", 5), ("+5", 5), ("-7", -7), ("9007199254740993", 9007199254740993)]
)
def test_whole_numbers(text: str, value: int) -> None:
    assert one("int64", text) == (value, Problem.NONE)


@pytest.mark.parametrize("text", ["5.5", "86,87,2", "0x10", "CTR_VALUE", "1e3"])
def test_not_whole_numbers(text: str) -> None:
    assert one("int64", text) == (None, Problem.TYPE)


@pytest.mark.parametrize(
    ("text", "value"), [("5.25", 5.25), ("-.5", -0.5), ("1e3", 1000.0), ("+5.5", 5.5), ("1E+2", 100.0), ("5.", 5.0)]
)
def test_decimals(text: str, value: float) -> None:
    assert one("float64", text) == (value, Problem.NONE)


@pytest.mark.parametrize("text", ["4,66,1", "nan", "inf", "1e999", "12V"])
def test_not_decimals(text: str) -> None:
    assert one("float64", text) == (None, Problem.TYPE)


@pytest.mark.parametrize(("text", "value"), [("是", True), ("否", False), ("TRUE", True), ("0", False), ("Y", True)])
def test_yes_and_no(text: str, *, value: bool) -> None:
    assert one("boolean", text) == (value, Problem.NONE)


def test_words_take_canonical_value_and_spelling() -> None:
    words = {"na": ("NA", "不适用"), "ok": ("合格",)}
    assert one("string", "NA", words=words) == ("na", Problem.NONE)
    assert one("string", "OK", words=words) == ("ok", Problem.NONE)
    assert one("string", "合格", words=words) == ("ok", Problem.NONE)
    assert one("string", "-", words=words) == (None, Problem.NONE)
    assert one("string", "大概", words=words) == (None, Problem.VOCABULARY)


def test_daylight_saving_hour_that_comes_twice_is_the_earlier_one() -> None:
    column = Column("x", "timestamp", "某")
    values, _ = convert(column, pa.array(["2025-10-26 03:30"]), ZoneInfo("Europe/Tallinn"))
    assert values[0].as_py() == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dtype", "cells", "sentinels", "kept"),
    [
        ("float64", ["-1.0", "-1", "-10", "1", None], ["-1"], [None, None, "-10", "1", None]),
        ("int64", ["-200.0", "+5", " 5 ", "?"], ["-200", "5", "?"], [None, None, None, None]),
        ("float64", ["-200,0", "x"], ["-200"], ["-200,0", "x"]),
        ("string", ["27203", "27203.0", "0/grill", "no tx in site "], ["27203", "0/Grill", "No TX in Site"],
         [None, "27203.0", None, None]),
    ],
)  # fmt: skip
def test_sentinels_of_a_column_are_empty(
    dtype: str, cells: list[str], sentinels: list[str], kept: list[str | None]
) -> None:
    column = Column("x", dtype, "某", nullable=True)  # type: ignore[arg-type]
    assert without_sentinels(column, pa.array(cells, pa.string()), sentinels).to_pylist() == kept


def test_sentinels_among_typed_values() -> None:
    column = Column("x", "float64", "某", nullable=True)
    assert without_sentinels(column, pa.array([-1.0, 2.0]), ["-1"]).to_pylist() == [None, 2.0]


@pytest.mark.parametrize("text", ["?", "0/Grill", "No TX in Site"])
def test_what_one_source_writes_for_nothing_is_not_missing_everywhere(text: str) -> None:
    assert one("float64", text) == (None, Problem.TYPE)
    assert one("string", text) == (text, Problem.NONE)


@pytest.mark.parametrize(
    ("how", "reduced"),
    [
        ("first", ["3HP", "6", "2.5", "7", None, "", "a"]), ("sum", ["6HP", "11", "4", "7", None, "", "a；b"]),
        ("max", ["3HP", "6", "2.5", "7", None, "", "a；b"]), ("count", ["2", "2", "2", "1", None, "", "2"]),
    ],
)  # fmt: skip
def test_a_list_in_a_cell_becomes_one_value(how: Reduction, reduced: list[str | None]) -> None:
    cells = pa.array(["3HP , 3HP", "6,5", "2.5、1.5", "7", None, "", "a；b"])
    assert reduce_list(cells, how).to_pylist() == reduced
    assert reduce_list(cells.slice(4, 1), how).to_pylist() == [None]


def test_a_list_of_several_units_has_no_sum() -> None:
    assert reduce_list(pa.array(["3HP,3W", "1,,2,", "1,x"]), "sum").to_pylist() == ["3HP,3W", "3", "1,x"]


_SCRAPS = st.sampled_from([
    *"180-+.,/: eETZ年月日时分秒天超°'\"NW%P８，²\u0301\x00_无é😀", "25", "2026", "46082", "AM", "下午", "MHz",
])  # fmt: skip


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=12), st.lists(_SCRAPS, max_size=10).map("".join)), max_size=4),
    st.sampled_from(["int64", "float64", "boolean", "timestamp", "date", "string"]),
    st.sampled_from(["", "s", "dBm", "° WGS-84"]),
    st.sampled_from([None, True, False]),
)
@settings(max_examples=400)
def test_no_text_stops_the_reading(
    cells: list[str | None],
    dtype: str,
    unit: str,
    decided: bool | None,  # noqa: FBT001
) -> None:
    column = Column("latitude", dtype, "某", unit=unit, nullable=True)  # type: ignore[arg-type]
    values, problems = convert(column, pa.array(cells, pa.string()), SHANGHAI, Conventions(decided, decided))
    assert (values.type, len(values), len(problems)) == (column.arrow_type, len(cells), len(cells))
    assert not any(problem and value.is_valid for problem, value in zip(problems, values, strict=True))
