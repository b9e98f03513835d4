"""The learned autonomy: design without a past, the past with enough of it, and a band that holds what it promises."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.maintenance.autonomy import Spreads, estimate, spreads
from ops_platform.policy import AutonomyPolicy
from tests.maintenance.builders import at

POLICY = AutonomyPolicy()
SPREAD = Spreads(0.25, 0.1)
DESIGN_S = 14_400
DAWN, NOON, DUSK = at("03-12 06:00"), at("03-12 12:00"), at("03-12 18:00")
few = settings(max_examples=40)
ratios = st.floats(-1.5, 1.0)
seen = st.lists(st.tuples(ratios, st.booleans()), max_size=6)

Seen = list[tuple[float, bool]]


def known(*observed: tuple[float, bool], site: str = "S1", source: str = "outage", over: object = DAWN) -> pd.DataFrame:
    """Return discharges by log-ratio and wholeness."""
    return pd.DataFrame(
        {
            "site_id": pd.Series([site] * len(observed), dtype="str"),
            "over_at": pd.Series([over] * len(observed), dtype="datetime64[us, UTC]"),
            "log_ratio": pd.Series([ratio for ratio, _ in observed], dtype="float64"),
            "whole": pd.Series([whole for _, whole in observed], dtype="bool"),
            "source": pd.Series([source] * len(observed), dtype="str"),
        }
    )


def asked(*sites: str, design_s: int | None = DESIGN_S) -> pd.DataFrame:
    moments = pd.Series([NOON] * len(sites), dtype="datetime64[us, UTC]")
    design = pd.Series([design_s] * len(sites), dtype="Int64")
    return pd.DataFrame({"site_id": pd.Series(sites, dtype="str"), "at": moments, "design_s": design})


def learned(discharges: pd.DataFrame, design_s: int | None = DESIGN_S, spread: Spreads = SPREAD) -> pd.Series:
    return estimate(asked("S1", design_s=design_s), discharges, spread, POLICY).iloc[0]


def test_without_a_past_the_estimate_is_the_design_value() -> None:
    row = learned(known((-0.5, True), site="S2"))
    assert (row["autonomy_s"], row["observations"], row["basis"], row["differs"]) == (DESIGN_S, 0, "design", False)
    # 1.2816 standard deviations of sqrt(0.25^2 + 0.1^2) on either side.
    assert (row["low_s"], row["high_s"]) == (10_197, 20_334)


def test_where_the_design_is_unknown_so_is_the_estimate() -> None:
    assert learned(known((-0.5, True)), design_s=None)[["autonomy_s", "low_s", "high_s"]].isna().all()


def test_one_discharge_moves_the_estimate_by_its_weight_against_the_design() -> None:
    # 0.25^2 / (0.25^2 + 0.1^2) = 0.8621 of -0.5.
    assert learned(known((-0.5, True)))["autonomy_s"] == int(DESIGN_S * np.exp(-0.5 * 0.0625 / 0.0725))


def test_many_discharges_outweigh_the_design() -> None:
    row = learned(known(*[(-0.5, True)] * 200))
    assert row["autonomy_s"] == pytest.approx(DESIGN_S * np.exp(-0.5), rel=1e-3)
    assert row["high_s"] / row["low_s"] == pytest.approx(np.exp(2 * 1.2816 * 0.1), rel=1e-2)


def test_a_discharge_that_was_cut_short_says_something_only_where_it_was_long() -> None:
    short, long = learned(known((-1.5, False))), learned(known((0.3, False)))
    assert short["autonomy_s"] == pytest.approx(DESIGN_S, abs=2)
    assert long["autonomy_s"] > DESIGN_S * np.exp(0.2)
    assert long["autonomy_s"] > learned(known((0.3, True)))["autonomy_s"], "it would have gone on"


def test_a_truncated_likelihood_is_met_at_its_maximum() -> None:
    grid = np.linspace(-2, 2, 400_001)
    from scipy.stats import norm  # noqa: PLC0415

    seen = [(-0.3, True), (0.1, False), (0.25, False), (-0.1, True)]
    score = norm.logpdf(grid, 0, SPREAD.between)
    for ratio, whole in seen:
        score += (norm.logpdf if whole else norm.logsf)(ratio, grid, SPREAD.within)
    best = DESIGN_S * np.exp(grid[score.argmax()])
    assert learned(known(*seen))["autonomy_s"] == pytest.approx(best, abs=2)


def test_nothing_later_than_the_moment_asked_is_looked_at() -> None:
    assert learned(known((-0.5, True), over=DUSK))["observations"] == 0
    assert learned(known((-0.5, True), over=NOON))["observations"] == 1


def test_each_question_gets_the_past_of_its_own_site() -> None:
    past = pd.concat([known((-0.5, True)), known((0.5, True), (0.5, True), site="S2", source="test")])
    rows = estimate(asked("S2", "S3", "S1", "S2"), past, SPREAD, POLICY)
    assert rows["observations"].tolist() == [2, 0, 1, 2]
    assert rows["basis"].tolist() == ["test", "design", "learned", "test"]
    assert rows["autonomy_s"][0] == rows["autonomy_s"][3] > DESIGN_S > rows["autonomy_s"][2]


def test_a_site_far_from_its_design_is_a_finding_and_one_odd_discharge_is_not() -> None:
    worn = np.log(0.7)
    assert not learned(known((worn, True)), spread=Spreads(0.1, 0.1))["differs"]
    assert learned(known(*[(worn, True)] * 20), spread=Spreads(0.1, 0.1))["differs"]
    assert learned(known(*[(-worn, True)] * 20), spread=Spreads(0.1, 0.1))["differs"]


@few
@given(st.lists(ratios, max_size=5), st.lists(ratios, min_size=1, max_size=3), st.booleans())
def test_more_observations_never_widen_what_is_known_of_the_middle(
    before: list[float],
    more: list[float],
    whole: bool,  # noqa: FBT001
) -> None:
    few_seen = [(ratio, True) for ratio in before]
    wide = learned(known(*few_seen))["middle_sd"]
    assert learned(known(*few_seen, *[(ratio, whole) for ratio in more]))["middle_sd"] <= wide * (1 + 1e-9)


@few
@given(seen, st.integers(2, 9))
def test_a_battery_twice_as_large_lasts_twice_as_long(observed: Seen, times: int) -> None:
    small, large = learned(known(*observed)), learned(known(*observed), design_s=DESIGN_S * times)
    for name in ("autonomy_s", "low_s", "high_s"):
        assert large[name] == pytest.approx(small[name] * times, abs=times)


@few
@given(seen)
def test_the_band_holds_the_estimate(observed: Seen) -> None:
    row = learned(known(*observed))
    assert row["low_s"] < row["autonomy_s"] < row["high_s"]


@few
@given(seen, ratios, st.floats(0.01, 1.0), st.booleans())
def test_a_longer_discharge_never_shortens_the_estimate(
    observed: Seen,
    ratio: float,
    longer: float,
    whole: bool,  # noqa: FBT001
) -> None:
    base = learned(known(*observed, (ratio, whole)))["autonomy_s"]
    assert learned(known(*observed, (ratio + longer, whole)))["autonomy_s"] >= base - 1


def branch(sites: int, each: int, between: float, within: float, *, cut: bool) -> pd.DataFrame:
    rng = np.random.default_rng(20_260_312)
    lasted = rng.normal(0, between, sites).repeat(each) + rng.normal(0, within, sites * each)
    carried = np.log(rng.uniform(0.2, 2.0, sites * each)) if cut else np.full(sites * each, np.inf)
    return pd.DataFrame(
        {
            "site_id": pd.Series([f"S{site}" for site in range(sites)]).repeat(each).array,
            "log_ratio": np.minimum(lasted, carried),
            "whole": lasted <= carried,
        }
    )


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(("between", "within"), [(0.18, 0.06), (0.1, 0.15)])
def test_the_spreads_of_a_branch_are_found_again(between: float, within: float, cut: bool) -> None:  # noqa: FBT001
    found = spreads(branch(1_000, 3, between, within, cut=cut), POLICY)
    assert found.between == pytest.approx(between, rel=0.15)
    assert found.within == pytest.approx(within, rel=0.1)


def test_without_discharges_the_spreads_are_the_typical_ones() -> None:
    assert spreads(known(), POLICY) == Spreads(POLICY.between_sites, POLICY.within_site)


def test_no_spread_falls_below_the_floor() -> None:
    found = spreads(known(*[(0.0, True)] * 100_000), POLICY)
    assert found.within == pytest.approx(POLICY.spread_floor)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "autonomy.py"
    spec = importlib.util.spec_from_file_location("autonomy_benchmark", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_band_holds_the_discharges_of_the_made_up_branch_and_learning_beats_the_design(
    benchmark: ModuleType,
) -> None:
    rows = benchmark.summary(benchmark.back_test(scale=0.5))
    assert rows.loc["all", "held"] > 250
    assert 74 <= rows.loc["all", "inside_pct"] <= 86
    assert rows.loc["all", "learned_error_min"] < 0.75 * rows.loc["all", "design_error_min"]
    assert rows.loc["4 or more", "learned_error_min"] < rows.loc["1", "learned_error_min"]
