"""What a file decides once: day or month first, comma or point; and numbers read under what it decided."""

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.contracts.base import Column, Contract
from ops_platform.intake.conventions import UNDECIDED, Conventions, survey
from ops_platform.intake.values import Problem, convert

ZONE = ZoneInfo("Asia/Shanghai")
CONTRACT = Contract(
    "t", "某", "some", key=("name",),
    columns=(
        Column("name", "string", "名"), Column("at", "timestamp", "时"), Column("on", "date", "日"),
        Column("value", "float64", "值"), Column("count", "int64", "数"),
    ),
)  # fmt: skip


def decided(*columns: tuple[str, list[str | None]], fixed: Conventions = UNDECIDED) -> Conventions:
    return survey([{name: pa.array(cells, pa.string())} for name, cells in columns], CONTRACT, fixed)


def read(text: str, dtype: str = "float64", *, decimal_comma: bool | None = None) -> object:
    column = Column("x", dtype, "某", nullable=True)  # type: ignore[arg-type]
    values, problems = convert(column, pa.array([text]), ZONE, Conventions(decimal_comma=decimal_comma))
    return Problem(problems[0]) if problems[0] else values[0].as_py()


@pytest.mark.parametrize(
    ("cells", "day_first"),
    [
        (["25/06/2001", "01/02/2026"], True), (["01/25/2016"], False), (["25/06/2001", "01/25/2016"], None),
        (["01/02/2026"], None),
        (["01-02-2026", "13.02.2026 08:00"], True), (["32/06/2001", "25/13/2001"], None), (["2026-03-25 08:00"], None),
        (["２５/06/2001"], True), ([None, " 25/06/2001"], True), (["12/12/2026", "31/12/2026"], True),
        (["12/31/2026"], False),
    ],
)  # fmt: skip
def test_a_file_decides_whether_the_day_comes_first(cells: list[str | None], *, day_first: bool | None) -> None:
    assert decided(("at", cells)) == Conventions(day_first=day_first, surveyed=True)
    assert decided(("on", cells)) == Conventions(day_first=day_first, surveyed=True)


@pytest.mark.parametrize(
    ("cells", "decimal_comma"),
    [
        (["4,662778"], True), (["12,5", "1,234"], True), (["1.234,56"], True), (["0,123"], True), (["1234,567"], True),
        (["1.234.567"], True), (["1,234,567"], False), (["1,234.5"], False), (["12.5", "1,234"], False),
        (["1,234"], None),
        (["1.234"], None), (["1 234,5"], True), (["1'234.5"], False), (["12,5%"], True), (["4，66"], True),
        (["-4,66"], True),
        (["86,87,2,6,77"], None), (["12,5", "12.5"], None), (["12", None, "-"], None), (["45°49'14,002N"], None),
    ],
)  # fmt: skip
def test_a_file_decides_what_the_comma_is(cells: list[str | None], *, decimal_comma: bool | None) -> None:
    assert decided(("value", cells)) == Conventions(decimal_comma=decimal_comma, surveyed=True)


def test_whole_numbers_prove_only_what_is_whole() -> None:
    assert decided(("count", ["6,5", "1,1"])).decimal_comma is None
    assert decided(("count", ["12.5"])).decimal_comma is None
    assert decided(("count", ["1,234,567"])).decimal_comma is False
    assert decided(("count", ["1.234.567"])).decimal_comma is True


def test_proof_in_one_batch_or_column_decides_for_all_and_contradicts_across_them() -> None:
    assert decided(("at", ["01/02/2026"]), ("on", ["25/06/2001"])).day_first is True
    assert decided(("at", ["01/25/2016"]), ("on", ["25/06/2001"])).day_first is None
    assert decided(("value", ["12.5"]), ("count", ["1.234.567"])).decimal_comma is None
    assert decided(("value", ["12.5"]), ("value", ["1,5"])).decimal_comma is None
    assert decided(("name", ["12,5 25/06/2001"]), ("other", ["12,5"])) == Conventions(surveyed=True)


def test_a_mapping_stands_against_the_file() -> None:
    fixed = Conventions(day_first=False, decimal_comma=False)
    assert decided(("at", ["25/06/2001"]), ("value", ["1,5"]), fixed=fixed) == Conventions(
        day_first=False, decimal_comma=False, surveyed=True
    )


def test_typed_values_prove_nothing() -> None:
    assert survey([{"value": pa.array([1.5])}], CONTRACT) == Conventions(surveyed=True)


@pytest.mark.parametrize(
    ("text", "dtype", "comma", "point", "undecided"),
    [
        ("1,234", "float64", 1.234, 1234.0, Problem.AMBIGUOUS),
        ("12,5", "float64", 12.5, Problem.TYPE, Problem.AMBIGUOUS),
        ("1,234.5", "float64", Problem.TYPE, 1234.5, Problem.AMBIGUOUS),
        ("1.234,5", "float64", 1234.5, Problem.TYPE, Problem.AMBIGUOUS),
        ("1.234", "float64", 1234.0, 1.234, 1.234),
        ("12.5", "float64", Problem.TYPE, 12.5, 12.5),
        ("1.234.567", "float64", 1234567.0, Problem.TYPE, Problem.AMBIGUOUS),
        ("1 234 567,5", "float64", 1234567.5, Problem.TYPE, Problem.AMBIGUOUS),
        ("1 234 567", "float64", 1234567.0, 1234567.0, Problem.AMBIGUOUS),
        ("-1,5", "float64", -1.5, Problem.TYPE, Problem.AMBIGUOUS),
        (",5", "float64", 0.5, Problem.TYPE, Problem.AMBIGUOUS),
        ("0,123", "float64", 0.123, Problem.TYPE, Problem.AMBIGUOUS),
        ("86,872", "int64", Problem.TYPE, 86872, Problem.AMBIGUOUS),
        ("1.234", "int64", 1234, Problem.TYPE, Problem.TYPE),
        ("86,87,2,6,77", "int64", Problem.TYPE, Problem.TYPE, Problem.TYPE),
        ("86,87,2,6,77", "float64", Problem.TYPE, Problem.TYPE, Problem.TYPE),
        ("6,5", "int64", Problem.TYPE, Problem.TYPE, Problem.TYPE),
        ("1,1", "int64", Problem.TYPE, Problem.TYPE, Problem.TYPE),
        ("5", "int64", 5, 5, 5),
        ("9007199254740993", "int64", 9007199254740993, 9007199254740993, 9007199254740993),
        ("9.007.199.254.740.993", "int64", 9007199254740993, Problem.TYPE, Problem.AMBIGUOUS),
        ("1e3", "float64", 1000.0, 1000.0, 1000.0),
    ],
)
def test_a_number_is_read_as_the_file_decided(
    text: str, dtype: str, comma: object, point: object, undecided: object
) -> None:
    assert read(text, dtype, decimal_comma=True) == comma
    assert read(text, dtype, decimal_comma=False) == point
    assert read(text, dtype) == undecided


def test_a_column_of_points_is_not_cut_short_under_the_decimal_comma() -> None:
    values, problems = convert(
        Column("x", "float64", "某"), pa.array(["1.234", "2.345"]), ZONE, Conventions(decimal_comma=True)
    )
    assert (values.to_pylist(), problems.tolist()) == ([1234.0, 2345.0], [0, 0])


@given(st.integers(-(10**12), 10**12), st.integers(0, 999_999), st.sampled_from([",", ".", " ", "'", ""]))
def test_a_grouped_number_reads_back(whole: int, fraction: int, group: str) -> None:
    point = "." if group == "," else ","
    text = f"{whole:,}".replace(",", group) + f"{point}{fraction:06}"
    assert read(text, decimal_comma=point == ",") == float(f"{whole}.{fraction:06}")
    assert (read(text) is Problem.AMBIGUOUS) == ("," in text)


@given(st.integers(-(10**17), 10**17), st.booleans())
def test_a_grouped_whole_number_reads_back_to_the_last_digit(whole: int, comma: bool) -> None:  # noqa: FBT001
    text = f"{whole:,}".replace(",", ".") if comma else f"{whole:,}"
    assert read(text, "int64", decimal_comma=comma) == whole
    assert decided(("count", [text])).decimal_comma == (comma if abs(whole) >= 10**6 else None)


def test_text_kept_by_its_distinct_values_is_read_and_surveyed_like_any_other() -> None:
    cells = pa.array(["25/06/2001", "01/02/2026", None, "25/06/2001"]).dictionary_encode()
    conventions = survey([{"at": cells}], CONTRACT)
    assert conventions.day_first is True
    values, problems = convert(CONTRACT.column("on"), cells, ZONE, conventions)
    assert [str(value) for value in values] == ["2001-06-25", "2026-02-01", "None", "2001-06-25"]
    assert not problems.any()
    numbers = pa.array(["1.234", "0x10"]).dictionary_encode()
    values, problems = convert(CONTRACT.column("value"), numbers, ZONE, Conventions(decimal_comma=True))
    assert (values.to_pylist(), problems.tolist()) == ([1234.0, None], [Problem.NONE, Problem.TYPE])
    values, problems = convert(CONTRACT.column("count"), numbers, ZONE)
    assert (values.to_pylist(), problems.tolist()) == ([None, None], [Problem.TYPE, Problem.TYPE])
