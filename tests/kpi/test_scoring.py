"""Roll-ups, targets, scores and ranks."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.contracts.scores import RANKINGS, SCORECARDS
from ops_platform.facts import Facts, as_frame
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.measures import COUNTS
from ops_platform.kpi.scoring import SUBJECT, disagreements, rankings, score, scorecards, targets_for, values
from tests.maintenance.builders import Row, frame, on, store

TIMELINESS, REPAIR, HALL, OUTAGES = "generator_timeliness", "fault_repair_time", "hall_satisfaction", "site_outages"


def sums(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return sums of (kpi, office, person, numerator, denominator[, part])."""
    named = [
        dict(zip(("kpi_id", "office_id", "staff_id", "numerator", "denominator", "part"), row, strict=False))
        for row in rows
    ]
    blank = {"part": "", "version": "1", "contractor": "", "excluded": 0.0, "suspect": 0.0, "missing": 0.0}
    return pd.DataFrame([blank | row for row in named])


def value(found: pd.DataFrame, level: str = "branch", office: str = "", person: str = "") -> float | None:
    row = found[(found["level"] == level) & (found["office_id"] == office) & (found["staff_id"] == person)]
    (number,) = row["value"]
    return None if pd.isna(number) else float(number)


def test_a_value_is_a_ratio_of_sums_and_not_a_mean_of_ratios() -> None:
    found = values(
        sums((TIMELINESS, "O1", "E1", 1, 1), (TIMELINESS, "O1", "E2", 0, 9), (TIMELINESS, "O2", "E3", 5, 10))
    )
    assert value(found) == 30
    assert value(found, "office", "O1") == 10
    assert value(found, "office", "O2") == 50
    assert value(found, "person", "O1", "E1") == 100


def test_what_nobody_is_responsible_for_counts_above_the_person_only() -> None:
    found = values(sums((TIMELINESS, "O1", "", 1, 2), (TIMELINESS, "O1", "E1", 1, 2)))
    assert value(found, "office", "O1") == 50
    assert found[found["level"] == "person"]["staff_id"].tolist() == ["E1"]


def test_a_contractor_has_the_sums_of_its_people_in_every_office_and_nobody_else_s() -> None:
    base = sums((TIMELINESS, "O1", "E1", 1, 1), (TIMELINESS, "O2", "E3", 0, 1), (TIMELINESS, "O1", "E2", 7, 8))
    found = values(base.assign(contractor=["甲公司", "甲公司", ""]))
    (row,) = found[found["level"] == "contractor"].to_dict("records")
    assert [row[name] for name in (*SUBJECT[1:], "numerator", "denominator", "value")] == ["", "甲公司", "", 1, 2, 50]


def test_a_zero_denominator_gives_no_value() -> None:
    found = values(sums((TIMELINESS, "O1", "E1", 0, 0)))
    assert found["value"].isna().all()
    assert len(found) == 3


@pytest.mark.parametrize(
    ("kpi_id", "numerator", "denominator", "expected"),
    [
        (REPAIR, 5400, 1, 1.5),
        (OUTAGES, 2, 6087.5, 1.0),
        (TIMELINESS, 1, 4, 25.0),
        ("hotline_courtesy", 97, 1, 97.0),
    ],
)
def test_a_value_has_the_unit_of_its_kpi(kpi_id: str, numerator: float, denominator: float, expected: float) -> None:
    assert value(values(sums((kpi_id, "O1", "E1", numerator, denominator)))) == pytest.approx(expected)


ITEMS = (("environment", 8756), ("waiting", 7772), ("staff", 7666), ("speed", 8525))


def test_hall_satisfaction_is_the_weighted_sum_of_its_items() -> None:
    found = values(sums(*((HALL, "O1", "", score_sum, 100, item) for item, score_sum in ITEMS)))
    assert value(found) == pytest.approx(81.69, abs=0.001)


def test_a_weighted_kpi_without_one_of_its_parts_has_no_value() -> None:
    rows = [(HALL, "O1", "", score_sum, 100, item) for item, score_sum in ITEMS]
    assert value(values(sums(*rows[:3]))) is None
    assert value(values(sums(*rows[:3], (HALL, "O1", "", 0, 0, "speed")))) is None


STEPS = (("rrc", 90, 100), ("s1", 72, 80), ("erab", 25, 50))


def test_accessibility_is_the_product_of_its_steps_each_a_ratio_of_sums() -> None:
    rows = [("accessibility", "O1", "E1", top, bottom, step) for step, top, bottom in STEPS]
    assert value(values(sums(*rows))) == pytest.approx(100 * 0.9 * 0.9 * 0.5)
    other = [("accessibility", "O2", "E2", 100, 100, "rrc")]
    assert value(values(sums(*rows, *other))) == pytest.approx(100 * (190 / 200) * 0.9 * 0.5)
    assert value(values(sums(*rows, *other)), "office", "O2") is None, "two of its steps are not known"
    assert value(values(sums(*rows[:2], ("accessibility", "O1", "E1", 0, 0, "erab")))) is None
    assert value(values(sums(*rows[:2], ("accessibility", "O1", "E1", 0, 9, "erab")))) == 0


def test_a_part_that_one_office_lacks_is_taken_from_the_others_for_the_branch() -> None:
    rows = [(HALL, "O1", "", 80, 1, item) for item, _ in ITEMS[:3]]
    found = values(sums(*rows, *((HALL, "O2", "", 80, 1, item) for item, _ in ITEMS)))
    assert value(found) == pytest.approx(80)
    assert value(found, "office", "O1") is None


WORKS_FOR = {"E1": "甲公司", "E3": "甲公司", "E4": "乙公司"}
people = st.sampled_from([("O1", "E1"), ("O1", "E2"), ("O1", ""), ("O2", "E3"), ("O2", ""), ("O3", "E4")])


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(people, st.sampled_from([TIMELINESS, REPAIR]), st.integers(0, 50), st.integers(0, 50)),
        min_size=1,
        max_size=12,
    )
)
def test_every_level_has_the_same_sums_and_its_value_is_theirs(
    rows: list[tuple[tuple[str, str], str, int, int]],
) -> None:
    base = sums(*((kpi, *who, numerator, denominator) for who, kpi, numerator, denominator in rows))
    base["contractor"] = base["staff_id"].map(WORKS_FOR).fillna("")
    found = values(base)
    nobody = base[base["staff_id"] == ""].groupby("kpi_id")[list(COUNTS)].sum()
    totals = {level: part.groupby("kpi_id")[list(COUNTS)].sum() for level, part in found.groupby("level")}
    pd.testing.assert_frame_equal(totals["branch"], totals["office"], check_dtype=False)
    persons = totals.get("person", nobody.iloc[:0]).add(nobody, fill_value=0)
    pd.testing.assert_frame_equal(totals["branch"], persons, check_dtype=False)
    own = base[base["contractor"] == ""].groupby("kpi_id")[list(COUNTS)].sum()
    contractors = totals.get("contractor", own.iloc[:0]).add(own, fill_value=0)
    pd.testing.assert_frame_equal(totals["branch"], contractors, check_dtype=False)
    known = found[found["denominator"] > 0]
    scale = known["kpi_id"].map({kpi.id: kpi.scale for kpi in CATALOGUE.values()}).astype("float64")
    assert known["value"].to_numpy() == pytest.approx((known["numerator"] / known["denominator"] * scale).to_numpy())
    assert found[found["denominator"] == 0]["value"].isna().all()


# Targets


def target(kpi_id: str = TIMELINESS, office: str = "*", since: str = "01-01", goal: float = 98, **more: Any) -> Row:
    row = {"kpi_id": kpi_id, "office_id": office, "effective_from": on(since), "target": goal, "weight": 10.0}
    return row | {"scoring": "linear", "baseline": 90.0, "challenge": 100.0} | more


def goals(*rows: Row, month: str = "2026-03") -> dict[str, float]:
    found = targets_for(frame("targets", *rows), month, ["O1", "O2"])
    return dict(zip(found["office_id"], found["target"], strict=True))


def test_a_target_of_every_office_is_also_that_of_the_branch() -> None:
    assert goals(target()) == {"": 98, "O1": 98, "O2": 98}


def test_the_newest_target_not_after_the_first_of_the_month_holds() -> None:
    rows = [target(since="03-01", goal=97), target(since="01-01", goal=95), target(since="03-02", goal=99)]
    assert goals(*rows)["O1"] == 97
    assert goals(*rows, month="2026-02")["O1"] == 95
    assert goals(*rows, month="2025-12") == {}


def test_the_target_of_an_office_goes_before_that_of_every_office_even_where_it_is_older() -> None:
    rows = [target(office="O2", since="01-01", goal=90), target(since="03-01", goal=97)]
    assert goals(*rows) == {"": 97, "O1": 97, "O2": 90}


def test_each_kpi_has_its_own_target() -> None:
    found = targets_for(frame("targets", target(), target(REPAIR, goal=24)), "2026-03", [])
    assert sorted(zip(found["kpi_id"], found["target"], strict=True)) == [(REPAIR, 24), (TIMELINESS, 98)]


# Scores


def points(number: float | None, kpi_id: str = TIMELINESS, **more: Any) -> float | None:
    (found,) = score(frame("targets", target(kpi_id, **more)).assign(value=pd.Series([number], dtype="float64")))
    return None if pd.isna(found) else float(found)


@pytest.mark.parametrize(("number", "expected"), [(90, 0), (95, 50), (100, 100), (89, 0), (101, 100), (None, None)])
def test_a_linear_score_runs_from_the_baseline_to_the_challenge(number: float | None, expected: float | None) -> None:
    assert points(number) == expected


def test_a_linear_score_runs_downwards_where_lower_is_better() -> None:
    assert points(12, REPAIR, baseline=24.0, challenge=8.0) == 75


LADDER = {"scoring": "ladder", "ladder_step": 0.5, "ladder_points": 10.0, "baseline": None, "challenge": None}


@pytest.mark.parametrize(
    ("number", "expected"), [(98, 100), (99, 100), (97.9, 90), (97.5, 90), (97.4, 80), (90, 0), (None, None)]
)
def test_a_ladder_takes_points_for_every_started_step_short_of_target(number: float, expected: float) -> None:
    assert points(number, **LADDER) == expected


def test_a_ladder_looks_the_other_way_where_lower_is_better() -> None:
    assert points(24.5, REPAIR, goal=24, **LADDER) == 90
    assert points(23.0, REPAIR, goal=24, **LADDER) == 100


def test_whole_steps_are_not_one_more_by_the_last_bit() -> None:
    # 2.3 - 2 is 0.2999...98 or 0.3000...04 in floating point; three steps either way.
    steps = LADDER | {"ladder_step": 0.1}
    assert points(2.3, "tch_drop_rate", goal=2, **steps) == 70
    assert points(97.7, goal=98, **steps) == 70


def test_without_a_target_there_is_no_score() -> None:
    bare = frame("targets", target()).assign(value=99.0, target=None, scoring=None, baseline=None, challenge=None)
    for name in ("target", "baseline", "challenge", "ladder_step", "ladder_points"):
        bare[name] = bare[name].astype("float64")
    assert score(bare).isna().all()


# The scorecard of a month


def measure(kpi_id: str, office: str, person: str, numerator: float, denominator: float, day: str = "03-12") -> Row:
    return {"kpi_id": kpi_id, "version": "1", "part": "", "day_on": on(day), "office_id": office, "staff_id": person,
            "subject_id": "S1", "numerator": numerator, "denominator": denominator, "excluded": 1.0, "suspect": 0.0,
            "missing": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return store(
        tmp_path_factory.mktemp("warehouse"),
        offices=[{"office_id": office} for office in ("O1", "O2", "O3", "O4")],
        staff=[
            {"staff_id": "E1", "contractor": "甲公司"},
            {"staff_id": "E2"},
            {"staff_id": "E3", "contractor": "乙公司"},
        ],
        targets=[
            target(),
            target(REPAIR, goal=24, baseline=48.0, challenge=12.0, weight=5.0),
            target(office="O2", goal=40),
            target("fault_report_timeliness"),
        ],
        power_measures=[
            measure(TIMELINESS, "O1", "E1", 9, 10),
            measure(TIMELINESS, "O2", "E2", 5, 10),
            measure(TIMELINESS, "O3", "E3", 98, 100),
            measure(TIMELINESS, "O4", "", 9, 10, "03-01"),
            measure(REPAIR, "O1", "E1", 10 * 3600, 1),
            measure(REPAIR, "O2", "E2", 30 * 3600, 1),
            measure("fault_report_accuracy", "O1", "E1", 0, 0),
            measure("fault_report_timeliness", "O1", "E1", 0, 0),
            measure("technical_response", "O1", "E1", 1, 2),
            measure(TIMELINESS, "O1", "E1", 5, 10, "02-28"),
            measure(TIMELINESS, "O1", "E1", 0, 10, "01-01"),
            measure(REPAIR, "O1", "E1", 20 * 3600, 1, "01-31"),
            measure(TIMELINESS, "O1", "E1", 1000, 1000, "04-01"),
            measure(TIMELINESS, "O1", "E1", 1000, 1000, "03-01") | {"day_on": date(2025, 12, 31)},
        ],
    )


@pytest.fixture(scope="module")
def cards(facts: Facts) -> pd.DataFrame:
    rows = scorecards(facts, "2026-03")
    assert rows.schema == SCORECARDS.schema
    return as_frame(rows).set_index([*SUBJECT, "kpi_id"]).droplevel("contractor")


def test_a_scorecard_has_every_level(cards: pd.DataFrame) -> None:
    assert cards.loc[("branch", "", "", TIMELINESS), "value"] == pytest.approx(100 * 121 / 130)
    assert cards.loc[("office", "O1", "", TIMELINESS), "value"] == 90
    assert cards.loc[("person", "O1", "E1", TIMELINESS), "value"] == 90
    assert cards.loc[("office", "O1", "", TIMELINESS), ["numerator", "denominator", "excluded"]].tolist() == [9, 10, 1]
    assert (cards["month_on"] == on("03-01")).all()


def test_the_best_ranks_first_ties_share_the_better_rank_and_the_branch_has_none(cards: pd.DataFrame) -> None:
    ranks = cards["rank"].xs(TIMELINESS, level="kpi_id")
    assert ranks["office"].droplevel("staff_id").to_dict() == {"O1": 2, "O2": 4, "O3": 1, "O4": 2}
    assert ranks["person"].droplevel("office_id").to_dict() == {"E1": 2, "E2": 3, "E3": 1}
    assert pd.isna(ranks["branch", "", ""])


def test_contractors_are_measured_by_the_staff_register_and_ranked_among_themselves(facts: Facts) -> None:
    cards = as_frame(scorecards(facts, "2026-03"))
    mine = cards[(cards["level"] == "contractor") & (cards["kpi_id"] == TIMELINESS)].set_index("contractor")
    assert mine["value"].to_dict() == {"甲公司": 90, "乙公司": 98}
    assert mine["rank"].to_dict() == {"甲公司": 2, "乙公司": 1}
    assert mine["target"].tolist() == [98, 98]
    totals = rankings("2026-03", cards, frame("rankings")).to_pandas()
    assert set(totals.loc[totals["level"] == "contractor", "contractor"]) == {"甲公司", "乙公司"}


def test_where_lower_is_better_the_lowest_ranks_first(cards: pd.DataFrame) -> None:
    ranks = cards["rank"].xs(REPAIR, level="kpi_id")["office"].droplevel("staff_id")
    assert ranks.dropna().to_dict() == {"O1": 1, "O2": 2}


def test_a_target_is_met_when_it_is_reached(cards: pd.DataFrame) -> None:
    met = cards["met"].xs("office", level="level").droplevel("staff_id")
    assert [met[office, TIMELINESS] for office in ("O1", "O2", "O3")] == [False, True, True]
    assert [met[office, REPAIR] for office in ("O1", "O2")] == [True, False]
    neither, without_value, without_target = "fault_report_accuracy", "fault_report_timeliness", "technical_response"
    assert all(pd.isna(met["O1", kpi_id]) for kpi_id in (neither, without_value, without_target))


def test_a_person_has_the_target_of_the_office(cards: pd.DataFrame) -> None:
    assert cards.loc[("person", "O2", "E2", TIMELINESS), "target"] == 40
    assert cards.loc[("branch", "", "", TIMELINESS), ["target", "weight"]].tolist() == [98, 10]


def test_the_month_before_and_the_change_stand_beside_the_value(cards: pd.DataFrame) -> None:
    assert cards.loc[("office", "O1", "", TIMELINESS), ["previous_value", "change"]].tolist() == [50, 40]
    assert cards.loc[("office", "O1", "", REPAIR), ["previous_value", "change"]].isna().all()


def test_the_year_to_date_is_the_ratio_of_the_sums_since_january(cards: pd.DataFrame) -> None:
    year = ["year_numerator", "year_denominator"]
    assert cards.loc[("office", "O1", "", TIMELINESS), year].tolist() == [14, 30]
    assert cards.loc[("office", "O1", "", TIMELINESS), "year_value"] == pytest.approx(100 * 14 / 30)
    assert cards.loc[("office", "O1", "", REPAIR), "year_value"] == 15


def test_a_kpi_without_value_is_on_the_card_without_score_and_rank(cards: pd.DataFrame) -> None:
    row = cards.loc[("office", "O1", "", "fault_report_accuracy")]
    assert row[["value", "score", "rank", "met"]].isna().all()


def test_a_kpi_for_which_nothing_arrived_is_on_the_card_and_its_weight_is_missed(cards: pd.DataFrame) -> None:
    row = cards.loc[("office", "O3", "", REPAIR)]
    assert row[["value", "score", "rank", "met"]].isna().all()
    assert row[["numerator", "denominator", "year_denominator"]].tolist() == [0, 0, 0]
    totals = rankings("2026-03", cards.reset_index().assign(contractor=""), frame("rankings")).to_pandas()
    (share,) = totals.loc[(totals["level"] == "office") & (totals["office_id"] == "O3"), "weight_pct"]
    weights = cards.loc[("office", "O3", "")]["weight"]
    assert share == pytest.approx(100 * weights[TIMELINESS] / weights.sum())


def test_the_card_lists_kpis_in_the_order_of_the_catalogue(cards: pd.DataFrame) -> None:
    mine = cards.loc[("office", "O1", "")].index.tolist()
    assert mine == [kpi for kpi in CATALOGUE if kpi in mine]


# Total scores


def ranked(*rows: Row, previous: pd.DataFrame | None = None) -> pd.DataFrame:
    before = frame("rankings") if previous is None else previous
    found = rankings("2026-03", frame("scorecards", *rows), before)
    assert found.schema == RANKINGS.schema
    return as_frame(found).set_index(SUBJECT).droplevel("contractor")


def card(office: str, kpi_id: str, points: float | None, weight: float | None, level: str = "office") -> Row:
    return {
        "level": level,
        "office_id": office,
        "contractor": "",
        "staff_id": "",
        "kpi_id": kpi_id,
        "score": points,
        "weight": weight,
    }


def test_the_total_is_weighted_over_the_kpis_with_a_score() -> None:
    found = ranked(
        card("O1", "a", 100, 10), card("O1", "b", 40, 5), card("O1", "c", None, 5), card("O1", "d", None, None)
    )
    assert found["score"].tolist() == [80]
    assert found["weight_pct"].tolist() == [75]


def test_totals_are_ranked_ties_share_the_better_rank_and_the_branch_has_none() -> None:
    rows = [card("O1", "a", 80, 1), card("O2", "a", 90, 1), card("O3", "a", 80, 1), card("O4", "a", 70, 1)]
    found = ranked(*rows, card("O5", "a", None, 1), card("", "a", 99, 1, "branch"))
    assert found["rank"]["office"].droplevel("staff_id").tolist()[:4] == [2, 1, 2, 4]
    assert found.loc[("office", "O5", "")][["score", "rank"]].isna().all()
    assert found.loc[("office", "O5", ""), "weight_pct"] == 0
    assert pd.isna(found.loc[("branch", "", ""), "rank"])


def test_a_subject_without_any_weight_has_no_total() -> None:
    found = ranked(card("O1", "a", 50, None))
    assert found["score"].isna().all()
    assert found["weight_pct"].tolist() == [0]


def test_the_total_of_the_month_before_stands_beside_it() -> None:
    before = frame(
        "rankings", {"level": "office", "office_id": "O1", "contractor": "", "staff_id": "", "score": 66.0, "rank": 3}
    )
    found = ranked(card("O1", "a", 80, 1), card("O2", "a", 90, 1), previous=before)
    assert found.loc[("office", "O1", ""), ["previous_score", "previous_rank"]].tolist() == [66, 3]
    assert found.loc[("office", "O2", ""), ["previous_score", "previous_rank"]].isna().all()


# The branch against its offices


def total(level: str, kpi_id: str, numerator: float, denominator: float) -> Row:
    return {"level": level, "kpi_id": kpi_id, "numerator": numerator, "denominator": denominator}


@pytest.mark.parametrize(("numerator", "denominator", "found"), [(3, 4, []), (2, 4, ["a"]), (3, 5, ["a"])])
def test_a_branch_that_differs_from_the_sum_of_its_offices_is_found(
    numerator: float, denominator: float, found: list[str]
) -> None:
    offices = [total("office", "a", 1, 2), total("office", "a", 2, 2), total("person", "a", 7, 7)]
    apart = disagreements(frame("scorecards", *offices, total("branch", "a", numerator, denominator)))
    assert apart["kpi_id"].tolist() == found


def test_a_kpi_that_only_the_branch_has_is_found(facts: Facts, tmp_path: Path) -> None:
    rows = [total("branch", "a", 1, 2), total("branch", "b", 1, 2), total("office", "b", 1, 2)]
    apart = disagreements(frame("scorecards", *rows))
    assert apart.to_numpy().tolist() == [["a", 1, 2, 0, 0]]
    assert disagreements(as_frame(pa.concat_tables([scorecards(facts, "2026-03")]))).empty
