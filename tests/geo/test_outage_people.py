"""Whom outages leave without coverage: each site alone, with those behind it, and beside others that are down."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_platform.contracts.coverage import COVERAGE_CELLS, COVERAGE_SERVERS
from ops_platform.coverage.network import month_cells
from ops_platform.coverage.outage_table import area_served, outage_table
from ops_platform.coverage.outages import people_without, populated_now
from ops_platform.coverage.picture import map_content
from ops_platform.coverage.predict import store_prediction
from ops_platform.coverage.rasters import Rasters
from tests.geo.test_month_coverage import month_coverage, settings_of
from tests.geo.test_month_layers import cells_of, facts_of
from tests.maintenance.builders import alarm, at, run, store

NOW = at("03-12 11:15")
SITES = ("A", "B", "C", "D")


def listed(place, people, *sites, depth=None, month="2026-03"):
    """Rows of a place: its sites best first; those after a None do not reach the threshold."""
    serving = sites.index(None) if None in sites else len(sites)
    names = [site for site in sites if site]
    return [
        {"month_on": date.fromisoformat(f"{month}-01"), "place_id": place, "office_id": "O1", "people": people,
         "rank": i + 1, "cell_id": f"{site}-1", "site_id": site, "level_dbm": -80.0 - i, "serves": i < serving,
         "depth": serving if depth is None else depth}
        for i, site in enumerate(names)
    ]  # fmt: skip


def without(tmp_path, rows, asked, down=(), upstream=()):
    facts = store(
        tmp_path,
        coverage_servers=rows,
        sites=[{"site_id": site, "upstream_site_id": dict(upstream).get(site)} for site in SITES],
    )
    return people_without(populated_now(facts, NOW), facts.whole("sites"), asked, set(down)).to_dict()


def test_people_whom_one_site_alone_serves_lose_coverage_with_it(tmp_path):
    rows = [*listed("V1", 100, "A"), *listed("V2", 30, "A", "B"), *listed("V3", 7, "B", None, "A")]
    assert without(tmp_path, rows, ["A", "B", "C"]) == {"A": 100, "B": 7, "C": 0}


def test_what_is_down_already_counts_on_both_sides(tmp_path):
    rows = [*listed("V1", 100, "A"), *listed("V2", 30, "A", "B"), *listed("V3", 7, "C", "B")]
    assert without(tmp_path, rows, ["A", "B"], down=["A"]) == {"A": 100, "B": 30}
    # Either alone would bring the thirty back.
    assert without(tmp_path, rows, ["A", "B"], down=["A", "B"]) == {"A": 130, "B": 30}


def test_sites_behind_a_site_go_down_with_it(tmp_path):
    rows = [*listed("V1", 100, "A", "B"), *listed("V2", 30, "B"), *listed("V3", 7, "C")]
    assert without(tmp_path, rows, ["A", "B"], upstream=[("B", "A")]) == {"A": 130, "B": 30}
    assert without(tmp_path, rows, ["C"], down=["A"], upstream=[("B", "A"), ("C", "B")]) == {"C": 7}
    beside = [*rows, *listed("V4", 9, "C", "B")]  # of which B is down with A
    assert without(tmp_path, beside, ["C"], down=["A"], upstream=[("B", "A")]) == {"C": 16}
    assert without(tmp_path, beside, ["C"], down=["A"]) == {"C": 7}


def test_of_a_place_with_more_sites_than_are_listed_nothing_is_claimed(tmp_path):
    rows = [*listed("V1", 100, "A", "B", depth=3), *listed("V2", 5, "A", "B")]
    assert without(tmp_path, rows, ["A"], down=["B"]) == {"A": 5}
    assert without(tmp_path, rows, ["A"], down=["B", "C"]) == {"A": 5}


def test_without_a_prediction_nothing_is_known_and_a_later_one_does_not_count(tmp_path):
    assert without(tmp_path, [], ["A"]) == {"A": None}
    later = listed("V1", 100, "A", month="2026-04")
    assert without(tmp_path / "later", later, ["A"]) == {"A": None}
    both = [*later, *listed("V1", 60, "A", month="2026-02"), *listed("V1", 50, "A", month="2026-01")]
    assert without(tmp_path / "both", both, ["A"]) == {"A": 60}


places = st.lists(
    st.tuples(st.integers(1, 90), st.lists(st.sampled_from(SITES), min_size=1, max_size=4, unique=True)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=places, down=st.sets(st.sampled_from(SITES)), asked=st.sampled_from(SITES))
def test_the_figure_is_the_difference_of_counting_twice(tmp_path_factory, places, down, asked):
    rows = [row for i, (people, sites) in enumerate(places) for row in listed(f"V{i}", people, *sites)]

    def lost(dark):
        return sum(people for people, sites in places if {*sites} <= dark)

    found = without(tmp_path_factory.mktemp("w"), rows, [asked], down)
    assert found == {asked: lost(down | {asked}) - lost(down - {asked})}


@pytest.fixture
def facts(tmp_path):
    """Three predicted sites; the first is down, the second on battery, the third on a generator."""
    facts = facts_of(tmp_path / "warehouse", cells_of("S1", "S2", "S3"))
    store(
        tmp_path / "warehouse",
        alarms=[
            alarm("site_down", "03-12 10:00", site_id="S1"),
            alarm("mains_failure", "03-12 08:00", site_id="S1"),
            alarm("mains_failure", "03-12 10:30", site_id="S2"),
            alarm("mains_failure", "03-12 10:30", site_id="S3"),
        ],
        generator_runs=[run("03-12 11:00", site_id="S3")],
    )
    return facts


def predicted(facts, settings):
    facts.warehouse.write(COVERAGE_CELLS, month_cells(facts, "2026-03", settings), "2026-03")
    found = store_prediction(facts, "2026-03", settings)
    facts.warehouse.write(COVERAGE_SERVERS, found.servers, "2026-03")


def test_the_table_says_what_is_down_what_may_be_and_who_takes_over(facts, tmp_path):
    settings = settings_of(tmp_path)
    predicted(facts, settings)
    found = outage_table(facts, settings, NOW)
    rows = found.rows.set_index("site_id")
    assert rows["state"].to_dict() == {"S1": "down", "S2": "at_risk"}
    assert rows["since_at"].to_dict() == {"S1": pd.Timestamp(at("03-12 10:00")), "S2": pd.Timestamp(at("03-12 10:30"))}
    layer = Rasters(facts.warehouse).read("2026-03")
    alone = [layer.cells["site_id"].tolist().index(site) for site in ("S1", "S2")]
    inside = area_served(layer, facts, settings).weight
    assert inside.sum() == pytest.approx(810, rel=0.02)  # of both counties, and nothing beyond
    served, cell, depth = layer.servers.served, layer.servers.cell, layer.servers.depth
    only_first = inside[served & (cell[:, 0] == alone[0]) & (depth == 1)].sum()
    assert rows.loc["S1", "without_km2"] == found.km2 == pytest.approx(only_first)
    gone = np.isin(cell[:, :2], alone)
    both = inside[served & gone[:, 0] & ((depth == 1) | ((depth == 2) & gone[:, 1]))].sum()
    assert found.km2_at_worst == pytest.approx(both)
    assert rows.loc["S2", "without_km2"] == pytest.approx(both - only_first)
    assert (rows.loc["S1", "taken_over_by"], rows.loc["S2", "taken_over_by"]) == ("S2", "")
    assert (found.month, found.people + rows.loc["S1", "people_taken_over"]) == ("2026-03", 100)


def test_the_map_of_the_present_month_shows_who_is_down_and_whom_that_leaves_without(facts, tmp_path):
    settings = settings_of(tmp_path)
    month_coverage(facts, "2026-03", settings)
    content = map_content(facts, "2026-03", settings, NOW)
    sites = content.sites.set_index("site_id")
    assert sites["state"].to_dict() == {"S1": "down", "S2": "on_battery", "S3": "in_service"}
    table = outage_table(facts, settings, NOW).rows.set_index("site_id")["people_without"]
    assert sites["people_without"][table.index].to_dict() == table.to_dict()
    assert sites["people_without"]["S3"] == 30
    assert content.states.en == "Down and on battery as of 2026-03-12 11:15"


def test_the_map_of_a_past_month_shows_the_states_of_its_last_day(facts, tmp_path):
    settings = settings_of(tmp_path)
    month_coverage(facts, "2026-03", settings)
    content = map_content(facts, "2026-03", settings, at("04-02 11:15"))
    assert set(content.sites["state"]) == {"in_service"}
    assert content.states.en == "States as of 2026-03-31"
    assert content.people is None
    assert np.array_equal(content.depth > 0, content.coverage.level_dbm >= content.threshold_dbm)


def test_what_was_not_kept_is_predicted_again_so_that_the_area_is_exact(facts, tmp_path):
    shallow = settings_of(tmp_path, policy={"servers_kept": 1})
    predicted(facts, shallow)
    rough = Rasters(facts.warehouse).read("2026-03")
    area = area_served(rough, facts, shallow)
    pair = {"S1", "S2"}
    assert (rough.servers.depth > 1).any()
    exact = area.effect(pair)
    predicted(facts, settings_of(tmp_path))
    deep = area_served(Rasters(facts.warehouse).read("2026-03"), facts, settings_of(tmp_path)).effect(pair)
    assert len(exact.undecided) == len(deep.undecided) == 0
    assert exact.lost.tolist() == deep.lost.tolist()
    assert exact.taken.tolist() == deep.taken.tolist()
    assert exact.by.tolist() == deep.by.tolist()
    assert len(exact.lost) > 0
    near = area.served_by(pair).effect(pair)
    assert len(near.undecided) > 0, "what was not kept stays open where it is not asked"


def test_without_a_prediction_the_table_is_empty(facts, tmp_path):
    found = outage_table(facts, settings_of(tmp_path), NOW)
    assert (len(found.rows), found.month) == (0, "")


def test_where_nothing_is_down_the_table_is_empty(facts, tmp_path):
    predicted(facts, settings_of(tmp_path))
    store(tmp_path / "warehouse", alarms=[alarm("site_down", "03-12 10:00", "03-12 10:30", site_id="S1")])
    found = outage_table(facts, settings_of(tmp_path), NOW)
    assert (len(found.rows), found.month, found.km2, found.people) == (0, "2026-03", 0.0, 0.0)
