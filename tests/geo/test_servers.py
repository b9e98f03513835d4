"""The strongest sites of every place: who they are, what a change of the network does, and what an outage does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.coverage import Reached, flat_sites, predict_grid
from geo.crs import grid_over
from geo.gather import best_of, gather
from geo.outage import outage_effect, serving
from geo.servers import NOBODY, Servers, around, changed_sites, neighbours, renewed

RADIO = {"radius_km": 9.0, "receiver_height_m": 1.5}
THRESHOLD = -95.0
CELL = {
    "band_mhz": 900,
    "latitude": 35.1,
    "longitude": 101.5,
    "antenna_height_m": 30.0,
    "azimuth_deg": np.nan,
    "tilt_deg": 3.0,
    "environment": "open",
    "reference_power_dbm": 10.0,
    "antenna_gain_dbi": 12.0,
}
TOGETHER = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

cell_rows = st.fixed_dictionaries(
    {
        "latitude": st.sampled_from([35.02, 35.1, 35.11, 35.2, 35.28]),
        "longitude": st.sampled_from([101.22, 101.4, 101.5, 101.52, 101.7]),
        "azimuth_deg": st.sampled_from([np.nan, 0.0, 120.0, 240.0]),
        "antenna_height_m": st.sampled_from([20.0, 40.0]),
        "reference_power_dbm": st.sampled_from([-10.0, 5.0, 15.0]),
    }
)
networks = st.lists(st.tuples(st.integers(0, 6), cell_rows), min_size=1, max_size=12)


def network(rows):
    """Cells in the order of their numbers; cells of one site need not stand together."""
    return pd.DataFrame(
        [{**CELL, **row, "cell_id": f"C{i:02d}", "site_id": f"S{site}"} for i, (site, row) in enumerate(rows)]
    )


def servers_of(cells, grid, kept, only=None):
    places = grid.shape[0] * grid.shape[1]
    return gather(flat_sites(cells, grid, **RADIO), places, kept=kept, threshold_dbm=THRESHOLD, only=only)


def of_site(site, level, server=None, places=None):
    level = np.asarray(level, np.float32)
    places = np.arange(len(level)) if places is None else np.asarray(places)
    return Reached(places, level, np.full(len(level), site if server is None else server, np.int32))


def test_the_strongest_sites_are_kept_best_first_and_all_are_counted():
    found = gather(
        [of_site(0, [-90, -116, -80]), of_site(1, [-80, -95, -80]), of_site(2, [-85, -95.01, -70])],
        3,
        kept=2,
        threshold_dbm=THRESHOLD,
    )
    assert found.cell.tolist() == [[1, 2], [1, 2], [2, 0]]  # of equals the first; -116 is too weak to be kept
    assert found.depth.tolist() == [3, 1, 3]
    assert found.level_dbm.tolist() == [[-80, -85], [-95, -95.5], [-70, -80]]
    assert found.served.tolist() == [True, True, True]


def test_of_equal_sites_the_first_cell_comes_first_whatever_the_order_of_the_sites():
    found = gather([of_site(0, [-80], server=5), of_site(1, [-80], server=3)], 1, kept=2, threshold_dbm=THRESHOLD)
    assert found.cell.tolist() == [[3, 5]]


def test_a_place_that_nobody_reaches_has_no_server():
    found = gather([of_site(0, [-120.0], places=[1])], 2, kept=2, threshold_dbm=THRESHOLD)
    assert (found.cell == NOBODY).all()
    assert np.isnan(found.level_dbm).all()
    assert not found.served.any()


def test_more_cells_than_a_raster_can_tell_apart_are_refused():
    with pytest.raises(ValueError, match="65,535 cells"):
        gather([of_site(NOBODY, [-80])], 1, kept=1, threshold_dbm=THRESHOLD)


@TOGETHER
@given(rows=networks)
def test_the_first_server_is_the_best_of_all_cells_and_the_depth_counts_sites(areas, rows):
    cells, grid = network(rows), grid_over(areas, 2500)
    found = servers_of(cells, grid, 3)
    best = predict_grid(cells, grid, **RADIO)
    near = best.level_dbm >= THRESHOLD - 19.9
    ours = best_of(found, grid)
    assert np.array_equal(ours.level_dbm[near] >= THRESHOLD, best.level_dbm[near] >= THRESHOLD)
    below = best.level_dbm[near] - ours.level_dbm[near]
    assert (below > -1e-4).all()
    assert (below < 0.5001).all()
    levels = [predict_grid(cells[cells["site_id"] == s], grid, **RADIO).level_dbm for s in cells["site_id"].unique()]
    assert np.array_equal(found.depth.reshape(grid.shape), np.sum([level >= THRESHOLD for level in levels], axis=0))
    sites = cells["site_id"].to_numpy()
    for place in np.flatnonzero(found.depth > 1):
        listed = sites[found.cell[place][found.cell[place] != NOBODY]]
        assert len(set(listed)) == len(listed)


@TOGETHER
@given(rows=networks, down=st.sets(st.integers(0, 6)), kept=st.integers(1, 4))
def test_the_effect_of_an_outage_is_that_of_predicting_again(areas, rows, down, kept):
    cells, grid = network(rows), grid_over(areas, 2500)
    is_down = cells["site_id"].isin([f"S{site}" for site in down]).to_numpy()
    sites_down = cells.loc[is_down, "site_id"].nunique()
    servers = servers_of(cells, grid, kept)
    up = np.flatnonzero(~is_down)

    def again(only=None):
        anew = servers_of(cells.iloc[up].reset_index(drop=True), grid, 1, only)
        return Servers(
            np.append(up, NOBODY).astype(np.uint16)[np.minimum(anew.cell, len(up))], anew.step, anew.depth, THRESHOLD
        )

    truth = again()
    affected = servers.served & np.append(is_down, False)[np.minimum(servers.cell[:, 0], len(cells))]
    exact = outage_effect(servers, is_down, sites_down, again)
    assert exact.lost.tolist() == np.flatnonzero(servers.served & ~truth.served).tolist()
    assert exact.taken.tolist() == np.flatnonzero(affected & truth.served).tolist()
    assert exact.by.tolist() == truth.cell[exact.taken, 0].tolist()
    assert not len(exact.undecided)
    quick = outage_effect(servers, is_down, sites_down)
    assert {*quick.lost} <= {*exact.lost} <= {*quick.lost, *quick.undecided}
    named = quick.by != NOBODY
    assert np.array_equal(quick.by[named], truth.cell[quick.taken[named], 0])
    if kept >= min(sites_down + 1, int(servers.depth.max())):
        assert not len(quick.undecided)
        assert named.all()


def test_beyond_what_is_kept_more_sites_than_are_down_serve_surely():
    servers = gather([of_site(i, [-80 - i]) for i in range(4)], 1, kept=2, threshold_dbm=THRESHOLD)
    sure = outage_effect(servers, np.array([True, True, True, False]), 3)
    assert (sure.taken.tolist(), sure.by.tolist()) == ([0], [NOBODY])
    open_question = outage_effect(servers, np.array([True, True, True, True]), 4)
    assert (open_question.lost.tolist(), open_question.undecided.tolist()) == ([], [0])
    assert serving(servers, sure).tolist() == [NOBODY]
    assert serving(servers, open_question).tolist() == [-1]


def test_a_weaker_site_that_is_down_changes_nothing():
    servers = gather([of_site(0, [-80]), of_site(1, [-85])], 1, kept=2, threshold_dbm=THRESHOLD)
    effect = outage_effect(servers, np.array([False, True]), 1)
    assert not len(effect.lost)
    assert not len(effect.taken)


def test_a_site_below_the_threshold_does_not_take_over():
    servers = gather([of_site(0, [-80]), of_site(1, [-96])], 1, kept=2, threshold_dbm=THRESHOLD)
    effect = outage_effect(servers, np.array([True, False]), 1)
    assert effect.lost.tolist() == [0]
    assert serving(servers, effect).tolist() == [-1]
    assert serving(servers, outage_effect(servers, np.array([False, False]), 0)).tolist() == [0]


@TOGETHER
@given(rows=networks, later=networks, same=st.integers(0, 12), kept=st.integers(1, 3))
def test_to_renew_the_neighbourhood_of_changes_is_to_predict_everything(areas, rows, later, same, kept):
    before, grid = network(rows), grid_over(areas, 2500)
    now = network([*rows[:same], *later[same:]]).drop(index=0 if same % 3 == 0 and len(rows) > 1 else [])
    now = now.reset_index(drop=True)
    if now.empty:
        return
    changed = changed_sites(before, now)
    of_changed = pd.concat([f[f["site_id"].isin(changed)] for f in (before, now)])
    only = around(grid, of_changed, RADIO["radius_km"])
    near = np.flatnonzero(neighbours(grid, now, of_changed, RADIO["radius_km"]))
    # Nobody may be left near a site that went.
    part = servers_of(now.iloc[near].reset_index(drop=True), grid, kept, only)
    to_now = np.append(near, NOBODY).astype(np.uint16)
    anew = Servers(to_now[np.minimum(part.cell, len(near))], part.step, part.depth, THRESHOLD)
    position = pd.Series(np.arange(len(now)), now["cell_id"]).reindex(before["cell_id"]).fillna(NOBODY)
    found = renewed(servers_of(before, grid, kept), np.append(position, NOBODY).astype(np.uint16), anew, only)
    whole = servers_of(now, grid, kept)
    assert np.array_equal(found.cell, whole.cell)
    assert np.array_equal(found.step, whole.step)
    assert np.array_equal(found.depth, whole.depth)


def test_a_change_of_any_column_changes_the_site_and_only_that():
    before = network([(0, {}), (1, {}), (2, {}), (2, {})])
    now = before.copy()
    now.loc[1, "tilt_deg"] = 4.0
    assert changed_sites(before, now) == {"S1"}
    assert changed_sites(before, before) == set()
    assert changed_sites(before, before[:3]) == {"S2"}
    assert changed_sites(before[:1], before) == {"S1", "S2"}
    moved = before.assign(site_id=["S0", "S9", "S2", "S2"])
    assert changed_sites(before, moved) == {"S1", "S9"}
