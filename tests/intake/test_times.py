"""Dates and times as exports write them, what needs the file's convention, and hours that clocks repeat or skip."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from ops_platform.contracts.base import Column
from ops_platform.intake.conventions import Conventions
from ops_platform.intake.times import comes_twice
from ops_platform.intake.values import Problem, ambiguous_message, convert, nonexistent_message, twice_message

TALLINN = ZoneInfo("Europe/Tallinn")
MOMENT = Column("x_at", "timestamp", "某", nullable=True)
DAY = Column("x_on", "date", "某", nullable=True)


def read(text: str, column: Column = MOMENT, zone: str = "UTC", **decided: bool) -> object:
    values, problems = convert(column, pa.array([text, None]), ZoneInfo(zone), Conventions(**decided))
    assert values.type == column.arrow_type
    assert (problems[1], values[1].as_py()) == (Problem.NONE, None)
    value = values[0].as_py()
    assert (value is None) == (problems[0] > 0)
    return Problem(problems[0]) if problems[0] else str(value).removesuffix("+00:00")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-12-25 08:26", "2015-12-25 08:26:00"),
        ("2016/1/1 8:26:22", "2016-01-01 08:26:22"),
        ("2016/1/3 0:00", "2016-01-03 00:00:00"),
        ("2019.11.25_15.34.34", "2019-11-25 15:34:34"),
        ("2026-04-14_01:53:38", "2026-04-14 01:53:38"),
        ("2025-9-10,14:18:3.0,+3:0", "2025-09-10 11:18:03"),
        ("2025-9-10,1:8:3.5,-3:30", "2025-09-10 04:38:03.500000"),
        ("20200518154500Z", "2020-05-18 15:45:00"),
        ("20200518154500+0100", "2020-05-18 14:45:00"),
        ("2020-05-18 15:45:00 +0100", "2020-05-18 14:45:00"),
        ("2020-05-18 15:45:00 UTC", "2020-05-18 15:45:00"),
        ("20260301", "2026-03-01 00:00:00"),
        ("202603010826", "2026-03-01 08:26:00"),
        ("20260301_0826", "2026-03-01 08:26:00"),
        ("2026-03-01   10:00:00 AM", "2026-03-01 10:00:00"),
        ("2026-03-01 10:00:00 pm", "2026-03-01 22:00:00"),
        ("2026-03-01 12:05 AM", "2026-03-01 00:05:00"),
        ("2026-03-01 12:05 PM", "2026-03-01 12:05:00"),
        ("2026/3/1 上午 9:05", "2026-03-01 09:05:00"),
        ("2026/3/1 下午1:05:07", "2026-03-01 13:05:07"),
        ("2026年3月1日8时26分", "2026-03-01 08:26:00"),
        ("2026年3月1日 8时26分05秒", "2026-03-01 08:26:05"),
        ("２０２６－０３－０１　０８：２６", "2026-03-01 08:26:00"),
        ("2026-03-01 08", "2026-03-01 08:00:00"),
        ("36526", "2000-01-01 00:00:00"),
        ("46082.351388888889", "2026-03-01 08:26:00"),
        ("46082.999999", "2026-03-02 00:00:00"),
        ("73050", "2099-12-31 00:00:00"),
    ],
)
def test_a_clear_time_is_read(text: str, moment: str) -> None:
    assert read(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "10:00:00 AM", "  10:00:00 AM", "08:26", "2026-03-01 13:00 AM", "2026-03-01 上午 9:05 AM", "2026-03-01 08:60",
        "2026-03-01 08:26 +15:00", "2026-03-01 08:26 +01:60", "36525", "73051", "5", "1767225600", "32/13/2026",
        "1/2/26", "1969-12-31", "2101-01-01", "20261301",
    ],
)  # fmt: skip
def test_an_unclear_time_is_not_guessed(text: str) -> None:
    assert read(text) is Problem.TYPE


@pytest.mark.parametrize(("day_first", "month"), [(True, 11), (False, 1)])
def test_the_file_says_whether_day_or_month_comes_first(*, day_first: bool, month: int) -> None:
    moment = read("01/11/2016 01:00:00", day_first=day_first)
    assert moment == f"2016-{month:02}-{12 - month:02} 01:00:00"


@pytest.mark.parametrize("text", ["01/11/2016 01:00:00", "9/8/2025", "25/06/2001", "01-02-2026 08:00"])
def test_what_the_file_does_not_decide_is_called_so(text: str) -> None:
    assert read(text) is Problem.AMBIGUOUS
    assert read(text.partition(" ")[0], DAY) is Problem.AMBIGUOUS


def test_the_same_day_and_month_need_no_convention() -> None:
    assert read("05/05/2026") == "2026-05-05 00:00:00"


def test_a_value_against_the_decided_convention_is_wrong() -> None:
    assert read("25/06/2001", day_first=True) == "2001-06-25 00:00:00"
    assert read("25/06/2001", day_first=False) is Problem.TYPE


@pytest.mark.parametrize("text", ["20260301", "46082", "2026-3-1", "2026年3月1日", "46082.0", "2026-03-01 00:00"])
def test_dates(text: str) -> None:
    assert read(text, DAY) == "2026-03-01"


@pytest.mark.parametrize("text", ["46082.5", "202603010826", "2026-03-01 00:00Z"])
def test_a_time_of_day_or_an_offset_is_no_date(text: str) -> None:
    assert read(text, DAY) is Problem.TYPE


@pytest.mark.parametrize("other", ["2026-03-01 08:00", "1/1/2026 8:00"])
def test_a_time_that_clocks_skip_does_not_exist(other: str) -> None:
    cells = pa.array(["2025-03-30 03:30", "2025-03-30 04:00", "2025-03-30T00:30:00Z", other])
    values, problems = convert(MOMENT, cells, TALLINN)
    assert problems.tolist() == [Problem.NONEXISTENT, 0, 0, 0]
    assert values[0].as_py() is None
    assert values[2].as_py() == datetime(2025, 3, 30, 0, 30, tzinfo=UTC)


def test_times_that_come_twice_are_counted_unless_they_say_their_offset() -> None:
    cells = pa.array(
        [
            "2025-10-26 03:30", "2025/10/26 3:59:59", "2025-10-26 04:00", "2025-10-26 02:59",
            "2025-10-26T03:30:00+02:00", "2025-10-26 01:30:00Z", "2025-10-26 03:30", "2025-10-26,3:30:0.0,+3:0", None,
        ]
    )  # fmt: skip
    values, problems = convert(MOMENT, cells, TALLINN)
    assert not problems.any()
    assert comes_twice(cells, values, TALLINN) == 3
    assert comes_twice(cells, values, ZoneInfo("Asia/Shanghai")) == 0
    assert comes_twice(values, values, TALLINN) == 0
    assert comes_twice(pa.array([None], pa.string()), values.slice(8), TALLINN) == 0


def test_messages_name_what_to_do_in_both_languages() -> None:
    for column, setting in ((MOMENT, "day_first: true"), (DAY, "day_first: true")):
        assert ambiguous_message(column, "01/02/2026").count(setting) == 2
    assert ambiguous_message(Column("x", "float64", "某"), "1,234").count("decimal_comma: true") == 2
    assert nonexistent_message(TALLINN).count("Europe/Tallinn") == 2
    assert "3" in twice_message(MOMENT, 3, TALLINN)
