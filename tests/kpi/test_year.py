"""An office's year: monthly scores, key work and inspection tours by their shares."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from ops_platform.facts import Facts, as_frame
from ops_platform.kpi.year import year_scores
from ops_platform.policy import Policy, ScoringPolicy
from tests.maintenance.builders import Row, on, store

SHARES = {"monthly": 0.5, "key_work": 0.3, "inspection_tour": 0.2}
POLICY = Policy(scoring=ScoringPolicy(composite=SHARES))  # type: ignore[arg-type]


def total(office: str, day: str, score: float | None, level: str = "office") -> Row:
    who = {"level": level, "office_id": office, "contractor": "", "staff_id": "" if level == "office" else "E1"}
    return who | {"month_on": on(day), "score": score}


def given(office: str, kind: str, day: str, score: float) -> Row:
    return {"office_id": office, "kind": kind, "assessed_on": on(day), "score": score}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return store(
        tmp_path,
        offices=[{"office_id": office} for office in ("O1", "O2", "O3")],
        rankings=[
            total("O1", "01-01", 80.0), total("O1", "02-01", 90.0), total("O1", "03-01", None),
            total("O1", "04-01", 10.0), total("O2", "02-01", 70.0), total("O1", "02-01", 5.0, "person"),
        ],
        assessments=[
            given("O1", "key_work", "01-31", 60.0), given("O1", "key_work", "03-31", 80.0),
            given("O1", "inspection_tour", "02-10", 100.0), given("O1", "inspection_tour", "04-02", 0.0),
            given("O2", "key_work", "02-10", 50.0),
        ],
    )  # fmt: skip


def test_each_component_is_the_mean_of_its_scores_of_the_year_so_far(facts: Facts) -> None:
    rows = as_frame(year_scores(facts, "2026-03", POLICY)).set_index("office_id")
    first = rows.loc["O1"]
    assert first[["months", "monthly", "key_work", "inspection_tour"]].tolist() == [2, 85, 70, 100]
    assert first["composite"] == pytest.approx(0.5 * 85 + 0.3 * 70 + 0.2 * 100)
    assert (first["share_pct"], first["rank"]) == (100, 1)


def test_a_component_without_a_score_takes_its_share_out_and_says_so(facts: Facts) -> None:
    rows = as_frame(year_scores(facts, "2026-03", POLICY)).set_index("office_id")
    assert rows.loc["O2", "composite"] == pytest.approx((0.5 * 70 + 0.3 * 50) / 0.8)
    assert rows.loc["O2", "share_pct"] == pytest.approx(80)
    assert rows.loc["O3", ["composite", "rank"]].isna().all()
    assert rows.loc["O3", ["months", "share_pct"]].tolist() == [0, 0]


def test_next_month_counts_only_when_it_is_over(facts: Facts) -> None:
    rows = as_frame(year_scores(facts, "2026-04", POLICY)).set_index("office_id")
    assert rows.loc["O1", ["months", "monthly", "inspection_tour"]].tolist() == [3, 60, 50]


@pytest.mark.parametrize(
    "shares", [SHARES | {"monthly": 0.4}, {"monthly": 1.0}, {"monthly": 0.7, "key_work": 0.3}, SHARES | {"tour": 0.0}]
)
def test_shares_that_are_no_whole_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        ScoringPolicy(composite=shares)  # type: ignore[arg-type]
