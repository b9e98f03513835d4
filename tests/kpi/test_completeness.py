"""What is not known of a month is named, and what is nobody's target is not missed."""

from typing import Any

import pandas as pd
import pytest

from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.completeness import gaps_of
from ops_platform.reporting.completeness import completeness_words

OFFICES = pd.DataFrame({"office_id": ["O1"], "office_name": ["同仁"], "office_name_en": ["Tongren"]})
LATE, WORST = "generator_timeliness", "worst_cell_share"


def cards(*rows: dict[str, Any]) -> pd.DataFrame:
    blank = {"level": "office", "office_id": "O1", "kpi_id": LATE, "target": 98.0, "numerator": 9.0,
             "denominator": 10.0, "excluded": 0.0, "suspect": 0.0, "missing": 0.0}  # fmt: skip
    return pd.DataFrame([blank | row for row in rows])


NOTHING = {"numerator": 0.0, "denominator": 0.0}


def test_a_kpi_without_any_row_and_one_with_much_missing_are_incomplete() -> None:
    found = gaps_of(cards(NOTHING, {"kpi_id": WORST, "missing": 2.0}, {"kpi_id": "site_outages", "missing": 1.0}))
    assert found[["kpi_id", "kind"]].to_numpy().tolist() == [[LATE, "nothing"], [WORST, "missing"]]
    assert found["missing_pct"].iloc[1] == pytest.approx(100 * 2 / 12)


def test_what_has_no_target_and_what_was_excluded_whole_is_not_incomplete() -> None:
    assert gaps_of(cards(NOTHING | {"target": None}, NOTHING | {"excluded": 3.0}, {"level": "person"} | NOTHING)).empty


def test_the_words_name_the_kpi_the_office_and_how_much() -> None:
    gaps = gaps_of(cards(NOTHING, {"kpi_id": WORST, "missing": 2.0, "office_id": "", "level": "branch"}))
    zh, en = completeness_words(gaps, CATALOGUE, OFFICES, running=False)
    assert zh == "不完整：基站停电发电及时率在同仁没有数据；最坏小区比例在分公司缺失最多 17 %。"
    assert en == (
        "Incomplete: Generator timeliness has no data at Tongren; Worst-cell share lacks up to 17 % at the branch."
    )
    assert completeness_words(gaps, CATALOGUE, OFFICES, running=True)[1].startswith("The month still runs; so far:")
    assert "little is missing" in completeness_words(gaps.iloc[:0], CATALOGUE, OFFICES, running=False)[1]
