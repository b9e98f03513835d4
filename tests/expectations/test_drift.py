"""A day that is not as its weekdays were before is found: fewer cells, another unit, a counter gone, some at zero."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from expectations.drift import COLUMNS, drift_summary, judge_drift
from expectations.suites import PLAUSIBILITY
from ops_platform.contracts.cells import CELL_DAYS

DAY = "2026-03-29"
CELLS = 40
Change = Callable[[pd.DataFrame], pd.DataFrame]


def a_day(day: str, cells: int = CELLS) -> pd.DataFrame:
    rng = np.random.default_rng(date.fromisoformat(day).toordinal())
    usual = np.linspace(10_000, 50_000, cells)
    frame = pd.DataFrame({name: [None] * cells for name in COLUMNS})
    return frame.assign(
        usable_s=86_400, office_id="O1", technology="GSM",
        busy_traffic_chs=np.rint(usual * rng.uniform(0.95, 1.05, cells)), busy_tch_attempts=np.rint(usual / 50),
    )  # fmt: skip


def summary(change: Change = lambda rows: rows, weeks: int = 4, cells: int = CELLS) -> pd.DataFrame:
    first = date.fromisoformat(DAY)
    days = {(first - timedelta(weeks=week)).isoformat() for week in range(1, weeks + 1)}

    def read(day: str) -> pa.Table:
        if day == DAY:
            rows = change(a_day(day, cells))
        elif day in days:
            rows = a_day(day, cells)
        else:
            return CELL_DAYS.schema.empty_table()
        schema = pa.schema([CELL_DAYS.schema.field(name) for name in COLUMNS])
        return pa.Table.from_pandas(rows[list(COLUMNS)], schema=schema, preserve_index=False)

    return drift_summary(read, [DAY])


def found(change: Change) -> dict[str, set[str]]:
    findings = judge_drift(summary(change))
    assert {finding.suite for finding in findings} <= {PLAUSIBILITY}
    assert all(finding.advice_zh and finding.advice_en for finding in findings)
    return {finding.column: {str(row["counter"]) for row in finding.offenders} for finding in findings}


BOTH = {"busy_traffic_chs", "busy_tch_attempts"}


def test_a_day_like_those_before_does_not_drift() -> None:
    rows = summary()
    assert rows["counter"].tolist() == ["busy_traffic_chs", "busy_tch_attempts"]
    assert rows["group"].unique().tolist() == ["O1 GSM"]
    assert rows["heard_pct"].tolist() == [100, 100]
    assert judge_drift(rows) == []


@pytest.mark.parametrize(("left", "told"), [(32, False), (31, True), (0, True)])
def test_cells_that_are_not_heard_are_found(left: int, *, told: bool) -> None:
    changed = found(lambda rows: rows.assign(usable_s=[86_400] * left + [0] * (CELLS - left)))
    assert ("heard_pct" in changed) == told
    assert not told or changed["heard_pct"] == BOTH


def test_a_counter_in_another_unit_is_found_and_no_other() -> None:
    assert found(lambda rows: rows.assign(busy_traffic_chs=rows["busy_traffic_chs"] // 60)) == {
        "volume_pct": {"busy_traffic_chs"}
    }


def test_a_counter_that_some_cells_lack_is_found() -> None:
    gone = [None] * 5
    assert found(lambda rows: rows.assign(busy_tch_attempts=gone + rows["busy_tch_attempts"].tolist()[5:])) == {
        "known_pct": {"busy_tch_attempts"}
    }


def test_cells_at_zero_are_found_although_cells_and_mean_are_within_bounds() -> None:
    third = CELLS // 3
    assert found(
        lambda rows: rows.assign(busy_traffic_chs=[0] * third + rows["busy_traffic_chs"].tolist()[third:])
    ) == {"spread_pct": {"busy_traffic_chs"}}


def test_growth_of_all_cells_alike_is_no_drift_of_the_spread() -> None:
    rows = summary(lambda rows: rows.assign(busy_traffic_chs=rows["busy_traffic_chs"] // 2 * 3))
    first = rows.set_index("counter").loc["busy_traffic_chs"]
    assert first["volume_pct"] == pytest.approx(150, abs=2)
    assert first["spread_pct"] < 5


def test_without_two_weeks_or_ten_cells_nothing_is_judged() -> None:
    assert summary(weeks=1).empty
    assert not summary(weeks=2).empty
    assert summary(cells=9).empty
    assert not summary(cells=10).empty
    assert judge_drift(summary(weeks=1)) == []
