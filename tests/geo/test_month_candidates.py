"""The candidates of a month over facts: whom they cover, what they leave alone, how sure they are."""

from datetime import UTC, date, datetime

import pytest

from ops_platform.coverage.candidates import month_candidates
from ops_platform.coverage.demand import month_demand
from ops_platform.errors import PermanentError
from ops_platform.policy import CoveragePolicy, Policy, SitingPolicy
from ops_platform.reporting.candidates import candidate_curve, candidate_list
from ops_platform.settings import Settings
from tests.maintenance.builders import store

AREA = "POLYGON ((101.0 35.0, 102.0 35.0, 102.0 35.6, 101.0 35.6, 101.0 35.0))"
MONTH = "2026-03"


def village(name, latitude, longitude, people):
    return {"settlement_id": name, "settlement_name": name, "office_id": "O1", "people": people,
            "latitude": latitude, "longitude": longitude}  # fmt: skip


def level(name, people, dbm, cell="C1"):
    return {"settlement_id": name, "office_id": "O1", "month_on": date(2026, 3, 1), "people": people, "level_dbm": dbm,
            "cell_id": cell, "covered": dbm is not None and dbm >= -105}  # fmt: skip


def complaint(number, day, cause="weak_coverage", cell="C1", month=3):
    return {"complaint_id": f"K{number}", "office_id": "O1", "cell_id": cell, "cause": cause,
            "received_at": datetime(2026, month, day, tzinfo=UTC)}  # fmt: skip


@pytest.fixture
def facts(tmp_path):
    """One site; villages covered (A), weak (B, C), a far pair without coverage (D, E), and a lonely one (F)."""
    return store(
        tmp_path / "warehouse",
        offices=[{"office_id": "O1", "office_name": "东县", "office_name_en": "East", "area_wkt": AREA}],
        sites=[{"latitude": 35.1, "longitude": 101.1, "area_class": "rural", "in_service_on": date(2020, 1, 1)}],
        cells=[{"cell_id": "C1", "site_id": "S1"}],
        settlements=[
            village("A", 35.10, 101.10, 500),
            village("B", 35.14, 101.14, 300),
            village("C", 35.15, 101.15, 100),
            village("D", 35.40, 101.60, 80),
            village("E", 35.41, 101.61, 70),
            village("F", 35.55, 101.95, 40),
        ],
        coverage_levels=[
            level("A", 500, -80.0),
            level("B", 300, -100.0),
            level("C", 100, -97.0),
            level("D", 80, -120.0),
            level("E", 70, None, None),
            level("F", 40, None, None),
        ],
        complaints=[
            complaint(1, 3),
            complaint(2, 9, "no_coverage"),
            complaint(3, 9, "drops"),
            complaint(4, 5, month=1),
            complaint(5, 5, cell=None),
        ],
        traffic_review=[
            {"cell_id": "C1", "site_id": "S1", "traffic_erl": 9.8, "month_on": date(2026, 3, 1), "technology": "GSM"}
        ],
    )


def settings_of(tmp_path, **siting):
    policy = Policy(coverage=CoveragePolicy(), siting=SitingPolicy(**({"moves": 500, "certify_s": 30} | siting)))
    return Settings(home=tmp_path / "home", policy=policy)


def test_complaints_and_traffic_are_shared_by_people(facts, tmp_path):
    rows = month_demand(facts, MONTH, settings_of(tmp_path)).set_index("settlement_id")
    # Three complaints about coverage at the site: B, C and D, which are weak and have it as their best server.
    assert rows["complaints"].round(6).to_dict() == pytest.approx(
        {"A": 0, "B": 3 * 300 / 480, "C": 3 * 100 / 480, "D": 3 * 80 / 480, "E": 0, "F": 0}
    )
    assert rows["traffic_erl"].round(6).to_dict() == pytest.approx(
        {"A": 0, "B": 9.8 * 300 / 980, "C": 9.8 * 100 / 980, "D": 9.8 * 80 / 980, "E": 0, "F": 0}
    )
    assert rows["uncovered"].to_dict() == {"A": 0, "B": 0, "C": 0, "D": 80, "E": 70, "F": 40}
    recent = month_demand(facts, MONTH, settings_of(tmp_path, complaint_months=1))
    assert recent["complaints"].sum() == pytest.approx(2)


def test_the_list_is_ranked_and_adds_up(facts, tmp_path):
    found = month_candidates(facts, MONTH, settings_of(tmp_path, count=3, complaint_people=0, erl_people=0))
    rows = found.rows.to_pylist()
    assert [row["people_gained"] for row in rows] == [150, 40]
    assert [row["people_so_far"] for row in rows] == [150, 190]
    assert rows[0]["places_gained"] == "D、E"
    assert rows[0]["office_id"] == "O1"
    assert rows[0]["nearest_site_id"] == "S1"
    assert rows[0]["nearest_site_km"] == pytest.approx(56, abs=4)
    assert [row["cost_so_far"] for row in rows] == [rows[0]["cost"], rows[0]["cost"] + rows[1]["cost"]]
    assert found.uncovered == 190
    assert found.certificate is not None
    assert found.certificate.share == pytest.approx(1.0)


def test_complaints_and_traffic_decide_between_equals(facts, tmp_path):
    only_people = month_candidates(facts, MONTH, settings_of(tmp_path, count=1, complaint_people=0, erl_people=0))
    assert only_people.rows.to_pylist()[0]["complaints"] < 1
    weak_first = month_candidates(facts, MONTH, settings_of(tmp_path, count=1, complaint_people=1000))
    one = weak_first.rows.to_pylist()[0]
    assert one["complaints"] == pytest.approx(2.5)
    assert one["traffic_erl"] == pytest.approx(9.8 * 400 / 980)
    assert one["people_gained"] == 0
    assert one["holds_share"] is None


def test_a_budget_chooses_the_kind(facts, tmp_path):
    found = month_candidates(facts, MONTH, settings_of(tmp_path, budget=2.0))
    assert {row["site_kind"] for row in found.rows.to_pylist()} == {"micro"}
    assert found.rows.to_pylist()[-1]["cost_so_far"] <= 2.0


def test_the_less_is_known_the_less_is_promised(facts, tmp_path):
    sure = {"constant_sd_db": 0.0, "site_sd_db": 0.0, "count": 1, "complaint_people": 0, "erl_people": 0}
    known = month_candidates(facts, MONTH, settings_of(tmp_path, **sure)).rows.to_pylist()[0]
    assert (known["people_p10"], known["people_p50"], known["people_p90"]) == (150, 150, 150)
    assert known["holds_share"] == 1.0
    unsure = sure | {"constant_sd_db": 30.0, "site_sd_db": 30.0}
    vague = month_candidates(facts, MONTH, settings_of(tmp_path, **unsure)).rows.to_pylist()[0]
    assert vague["people_p10"] < 150
    assert vague["holds_share"] < 1.0


def test_sites_keep_their_distance(facts, tmp_path):
    micro = SitingPolicy().kinds["micro"]
    far = {"micro": micro.model_copy(update={"spacing_m": 500_000.0})}
    assert month_candidates(facts, MONTH, settings_of(tmp_path, kinds=far)).rows.num_rows == 0


def test_where_everybody_is_well_covered_nothing_is_proposed(tmp_path):
    facts = store(
        tmp_path / "warehouse",
        offices=[{"area_wkt": AREA}],
        settlements=[village("A", 35.1, 101.1, 500)],
        coverage_levels=[level("A", 500, -60.0)],
    )
    found = month_candidates(facts, MONTH, settings_of(tmp_path))
    assert (found.rows.num_rows, found.uncovered, found.certificate) == (0, 0, None)
    assert "0 people are not covered" in candidate_list(found, facts)


def test_a_month_not_predicted_is_said(tmp_path):
    facts = store(tmp_path / "warehouse", offices=[{"area_wkt": AREA}])
    with pytest.raises(PermanentError, match="2026-03 was not predicted yet"):
        month_candidates(facts, MONTH, settings_of(tmp_path))


def test_a_planner_reads_the_list_in_both_languages(facts, tmp_path):
    found = month_candidates(facts, MONTH, settings_of(tmp_path, complaint_people=0, erl_people=0))
    text = candidate_list(found, facts)
    assert "东县 East" in text
    assert "35.4" in text.split("坐标 Position")[1]
    assert "D、E" in text
    assert "190 people are not covered" in text
    assert "未覆盖人口 190" in text
    assert "不低于最优的 100.00%" in text
    assert "at least 100.00% of the optimum" in text
    assert "整体 4.0 dB" in text
    assert candidate_curve(found, MONTH).startswith(b"\x89PNG")
