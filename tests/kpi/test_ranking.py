"""Ranks say how certain they are, ties share a place, the flag has a history, and peers are comparable."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from ops_platform.clock import first_day
from ops_platform.contracts.scores import RANKINGS
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.ranking import peer_groups, rank_intervals, red_flags
from ops_platform.kpi.uncertainty import effective, value_draws
from tests.kpi.test_change import LATE, side
from tests.maintenance.builders import store

OUTAGES = "site_outages"


def events(office_id: str, good: int, of: int, kpi_id: str = LATE) -> pd.DataFrame:
    """Return measures of one event at a site each."""
    rows = [(office_id, kpi_id, "", f"{office_id}-{n}", float(n < good), 1.0) for n in range(of)]
    return pd.DataFrame(rows, columns=["office_id", "kpi_id", "part", "subject_id", "numerator", "denominator"])


def draws(rows: pd.DataFrame, kpi_id: str = LATE) -> np.ndarray:
    found = value_draws(CATALOGUE[kpi_id], rows, 20_000, np.random.default_rng(1))
    assert found is not None
    return found


def test_a_share_of_independent_events_has_the_posterior_of_the_textbook() -> None:
    low, high = np.quantile(draws(events("O1", 8, 10)), [0.025, 0.975])
    # The linearised variance of ten subjects is ten ninths of the binomial one.
    assert (low, high) == pytest.approx(tuple(100 * beta(7.7, 2.3).ppf([0.025, 0.975])), abs=0.7)


def test_all_of_three_is_far_from_certain_and_all_of_three_hundred_nearly() -> None:
    few, many = (np.quantile(draws(events("O1", of, of)), 0.05) for of in (3, 300))
    assert few == pytest.approx(100 * beta(3.5, 0.5).ppf(0.05), abs=1.5)
    assert many > 99


def test_what_belongs_together_counts_as_less() -> None:
    top, bottom = np.array([30.0, 30.0, 0.0, 30.0]), np.full(4, 30.0)
    share, size = effective(top, bottom)
    assert share == 0.75
    assert size == pytest.approx(0.75 * 0.25 / (np.var([1, 1, 0, 1]) / 3))
    assert size < 4
    assert effective(np.array([90.0]), np.array([120.0])) == (0.75, 120.0)


def test_a_rate_that_is_no_share_varies_as_its_count_does() -> None:
    rows = pd.concat([events("O1", 4, 30, OUTAGES)] * 30).assign(denominator=1.0)
    few = events("O1", 4, 900, OUTAGES)
    assert np.median(draws(few, OUTAGES)) == pytest.approx(4 / 900 * CATALOGUE[OUTAGES].scale, rel=0.1)
    spread = [np.std(one) / np.mean(one) for one in (draws(few, OUTAGES), draws(rows, OUTAGES))]
    assert spread[0] == pytest.approx(0.47, abs=0.03)
    none = draws(events("O1", 0, 900, OUTAGES), OUTAGES)
    assert 0 < np.median(none) < CATALOGUE[OUTAGES].scale / 900


def test_without_a_denominator_there_are_no_draws() -> None:
    rows = events("O1", 0, 1).assign(denominator=0.0)
    assert value_draws(CATALOGUE[LATE], rows, 10, np.random.default_rng(1)) is None
    assert value_draws(CATALOGUE["hall_satisfaction"], events("O1", 1, 1), 10, np.random.default_rng(1)) is None


def offices(of: int, *good: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = [f"O{place}" for place in range(1, len(good) + 1)]
    rows = side(*({"kpi_id": LATE, "office_id": name, "numerator": top, "denominator": of}
                  for name, top in zip(names, good, strict=True)))  # fmt: skip
    return rows, pd.concat([events(name, top, of) for name, top in zip(names, good, strict=True)])


def test_the_less_was_counted_the_less_certain_is_the_rank() -> None:
    few, many = (rank_intervals(*offices(of, of * 97 // 100, of * 90 // 100)).set_index("office_id")
                 for of in (40, 4000))  # fmt: skip
    assert few["rank_low"].tolist() == [1, 1]
    assert few["rank_high"].tolist() == [2, 2]
    assert 60 < few.loc["O1", "first_pct"] < 99
    assert many[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1], [2, 2]]
    assert many.loc["O1", "first_pct"] == 100


def test_offices_that_are_equal_are_each_first_half_of_the_time() -> None:
    found = rank_intervals(*offices(60, 55, 55))
    assert found["first_pct"].tolist() == pytest.approx([50, 50], abs=6)


@settings(max_examples=15)
@given(st.lists(st.integers(25, 40), min_size=1, max_size=4))
def test_an_interval_holds_the_score_and_a_rank_is_a_rank(good: list[int]) -> None:
    rows, measures = offices(40, *good)
    found = rank_intervals(rows, measures)
    score = dict(zip(rows["office_id"], rows["score"], strict=True))
    for row in found.itertuples():
        assert row.score_low <= score[row.office_id] <= row.score_high
        assert 1 <= row.rank_low <= row.rank_high <= len(good)
    assert found["first_pct"].sum() >= 99.9


def test_peers_are_the_offices_that_are_alike() -> None:
    features = pd.DataFrame({"sites": [1.0, 5.0, 1.1, 5.1], "rural": [0.9, 0.1, 0.8, 0.2]}, index=list("ABCD"))
    assert peer_groups(features) == {"A": 1, "B": 2, "C": 1, "D": 2}
    assert peer_groups(features.iloc[:3]) == {"A": 1, "B": 1, "C": 1}
    assert peer_groups(features.iloc[:0]) == {}


def test_the_flag_is_of_months_that_are_over_and_shared_by_those_who_tie(tmp_path: Path) -> None:
    facts = store(tmp_path)
    for month, ranks in (("2026-01", (1, 2)), ("2026-02", (1, 1)), ("2026-03", (2, 1))):
        rows = [
            {"month_on": first_day(month), "level": "office", "office_id": office, "contractor": "", "staff_id": "",
             "score": 90.0, "weight_pct": 100.0, "rank": rank, "previous_score": None, "previous_rank": None}
            for office, rank in zip(("O1", "O2"), ranks, strict=True)
        ]  # fmt: skip
        facts.warehouse.write(RANKINGS, pa.Table.from_pylist(rows, schema=RANKINGS.schema), month)
    assert red_flags(facts, ["2026-01", "2026-02", "2026-03"]) == [{"O1"}, {"O1", "O2"}, {"O2"}]
    assert red_flags(facts, []) == []
