"""The traffic review as an engineer reads it."""

from pathlib import Path

import pandas as pd
import pytest

from ops_platform.facts import Facts, as_frame
from ops_platform.reporting.traffic import expand_list, load_by_band, thin_out_list
from tests.maintenance.builders import store, table

CELLS = (
    ("C1", "plan", "expand_soon", 70.0, "GSM"), ("C2", "expand", "expand_now", 85.0, "GSM"),
    ("C3", "expand", "expand_now", 95.0, "LTE"), ("C4", "thin_out", "idle", 5.0, "LTE"),
    ("C5", "reduce", "idle", 3.0, "GSM"), ("C6", "thin_out", "idle", 2.0, "LTE"), ("C7", "keep", None, None, "NR"),
)  # fmt: skip


@pytest.fixture
def review(tmp_path: Path) -> tuple[pd.DataFrame, Facts]:
    facts = store(
        tmp_path,
        offices=[{"office_id": "O1", "office_name": "甲", "office_name_en": "A"}],
        cells=[{"cell_id": "C2", "cell_name": "二号小区"}],
    )
    rows = [
        {"cell_id": cell, "office_id": "O1", "action": action, "band": band, "utilisation_pct": load,
         "technology": kind, "evidence_zh": "依据", "evidence_en": "because"}
        for cell, action, band, load, kind in CELLS
    ]  # fmt: skip
    return as_frame(table("traffic_review", *rows)), facts


def named(text: str) -> list[str]:
    return [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines()[2:]]


def test_what_to_expand_comes_before_the_plan_and_the_most_loaded_first(review: tuple[pd.DataFrame, Facts]) -> None:
    assert named(expand_list(*review)) == ["C3", "二号小区", "C1"]
    assert "甲 A | GSM | 扩容 expand | 立即扩容 expand now | 依据 / because" in expand_list(*review)


def test_what_may_go_comes_before_what_may_shrink_and_the_emptiest_first(review: tuple[pd.DataFrame, Facts]) -> None:
    assert named(thin_out_list(*review)) == ["C6", "C4", "C5"]


def test_every_band_has_its_row(review: tuple[pd.DataFrame, Facts]) -> None:
    lines = load_by_band(*review).splitlines()
    assert [line.split(" | ")[1:] for line in lines[2:]] == [
        ["1", "1 |"], ["1", "0 |"], ["0", "0 |"], ["0", "0 |"], ["1", "2 |"],
    ]  # fmt: skip


def test_nothing_is_shown_of_nothing(review: tuple[pd.DataFrame, Facts]) -> None:
    rows, facts = review
    assert named(expand_list(rows[:0], facts)) == named(thin_out_list(rows[:0], facts)) == []
