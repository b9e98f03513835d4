"""Durations in the style of work orders, written and read back."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.intake.durations import seconds, spelled

DAY, HOUR, MINUTE = 86_400, 3600, 60


def spell(*amounts: float | None) -> list[str | None]:
    found: list[str | None] = spelled(pa.array(amounts, pa.float64())).to_pylist()
    return found


@pytest.mark.parametrize("text", ["6天17时33分", "超44天6时36分", "1时57分", "5天", "3天5分", "超1分", "0分"])
def test_a_text_of_a_work_order_comes_back_as_it_was(text: str) -> None:
    assert spelled(seconds(pa.array([text]))).to_pylist() == [text]


@given(st.lists(st.integers(-(10**7), 10**7), max_size=5))
def test_whole_minutes_come_back_as_they_were(minutes: list[int]) -> None:
    amounts = pa.array([MINUTE * amount for amount in minutes], pa.float64())
    assert seconds(spelled(amounts)).equals(amounts)


def test_what_is_over_a_minute_is_left_out_but_overdue_stays_overdue() -> None:
    assert spell(59, 2 * MINUTE - 1, -30, -(MINUTE + 59)) == ["0分", "1分", "超0分", "超1分"]


def test_what_is_not_known_has_no_text() -> None:
    assert spell(None, DAY + HOUR + MINUTE) == [None, "1天1时1分"]
