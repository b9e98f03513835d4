"""Who could leave for an open outage, and from where."""

from typing import Any

import pandas as pd
import pytest

from ops_platform.maintenance.crews import free_crews, load_kw, nearest
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import Row, at, frame, power, run
from tests.maintenance.dispatching import ByRoad

NOW = at("03-12 09:00")
NEAR = {"crew_id": "near", "generator_id": "G1", "longitude": 1.0}
FAR = {"crew_id": "far", "generator_id": "G2", "longitude": 3.0}
SETS = [{"generator_id": "G1", "rated_kw": 3.0}, {"generator_id": "G2", "rated_kw": 8.0},
        {"generator_id": "G3", "rated_kw": 2.14}, {"generator_id": "G4", "rated_kw": 0.5}]  # fmt: skip


def way(*crews: Row, site: Row | None = None, runs: tuple[Row, ...] = (), **office: Any) -> tuple[float, str | None]:
    """Return hours and crew of the shortest way to a site at longitude 0 that draws 2.14 kW; its office is at 5."""
    facts = power(sites=[site or {}], offices=[{"longitude": 5.0} | office], crews=list(crews), generators=SETS,
                  generator_runs=list(runs))  # fmt: skip
    outages = facts.sites.assign(failed_at=pd.Timestamp(at("03-12 08:00")).as_unit("us"))
    found = nearest(outages, free_crews(facts, outages, NOW), facts.offices, ByRoad(), PowerPolicy(), NOW)
    crew = found["crew_id"].iloc[0]
    return float(found["travel_h"].iloc[0]), None if pd.isna(crew) else str(crew)


def test_the_nearest_crew_that_is_ready_leaves_whatever_its_office() -> None:
    assert way(FAR, NEAR) == (1.0, "near")
    assert way(FAR | {"office_id": "O2"}) == (3.0, "far")


def test_a_crew_farther_than_the_office_still_leaves_from_where_it_is() -> None:
    assert way(FAR | {"longitude": 9.0}) == (9.0, "far")


def test_without_a_ready_crew_the_way_is_from_the_office() -> None:
    assert way() == (5.0, None)
    assert way(NEAR | {"generator_id": None}) == (5.0, None), "it has no set"
    assert way(NEAR | {"can_generate": False}) == (5.0, None)
    assert way(NEAR, runs=(run(None, generator_id="G1"),)) == (5.0, None), "its set is on its way"


def test_a_crew_is_free_from_the_moment_it_said() -> None:
    assert way(NEAR | {"free_at": at("03-12 09:00:01")}) == (5.0, None)
    assert way(NEAR | {"free_at": NOW}) == (1.0, "near")


def test_a_set_too_weak_for_the_load_is_passed_over() -> None:
    # 57 A at 53.5 V is 3.05 kW, 56 A is 2.996 kW.
    assert way(NEAR, FAR, site={"load_a": 57.0}) == (3.0, "far")
    assert way(NEAR, FAR, site={"load_a": 56.0}) == (1.0, "near")
    assert way(NEAR, FAR, site={"load_a": None}) == (1.0, "near"), "of an unknown load any will do"
    assert way(NEAR, FAR, site={"load_a": 57.0, "fixed_generator": True}) == (1.0, "near"), (
        "it only starts the set there"
    )


def test_a_set_of_just_the_load_carries_it_and_one_that_no_register_knows_carries_nothing() -> None:
    assert way(NEAR | {"generator_id": "G3"}, site={"load_a": 40.0}) == (1.0, "near"), "2.14 kW"
    assert way(NEAR | {"generator_id": "G9"}, site={"load_a": 10.0}) == (5.0, None)
    assert way(NEAR | {"generator_id": "G4"}, site={"load_a": None}) == (1.0, "near")


def test_where_neither_crew_nor_office_has_a_place_no_way_is_known() -> None:
    hours, crew = way(longitude=None)
    assert pd.isna(hours)
    assert crew is None
    assert pd.isna(way(office_id="O9")[0])


def test_each_site_has_its_own_way() -> None:
    sites = [
        {"site_id": "S1"},
        {"site_id": "S2", "longitude": 3.0},
        {"site_id": "S3", "office_id": "O2", "load_a": 500.0},
    ]
    facts = power(sites=sites, offices=[{}, {"office_id": "O2", "longitude": 7.0}], crews=[NEAR, FAR], generators=SETS)
    outages = facts.sites.assign(failed_at=pd.Timestamp(NOW).as_unit("us"))
    found = nearest(outages, free_crews(facts, outages, NOW), facts.offices, ByRoad(), PowerPolicy(), NOW)
    assert found["travel_h"].tolist() == [1, 0, 7]
    assert found["crew_id"].iloc[:2].tolist() == ["near", "far"]


def test_what_a_set_must_carry_is_the_load_at_float_voltage() -> None:
    sites = frame("sites", {"load_a": 40.0}, {"load_a": None}, {"load_a": 40.0, "fixed_generator": True})
    loads = load_kw(sites, 50.0)
    assert loads[0] == pytest.approx(2.0)
    assert pd.isna(loads[1])
    assert loads[2] == 0
