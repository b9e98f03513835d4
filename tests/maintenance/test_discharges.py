"""What the past says about a battery: which discharges are seen whole, which only up to a moment, which not at all."""

from datetime import date
from math import exp
from typing import Any

import pandas as pd
import pytest

from ops_platform.maintenance.discharges import discharges
from ops_platform.maintenance.generation import power_events
from ops_platform.policy import PowerPolicy
from tests.maintenance.builders import ZONE, Row, alarm, at, power, run, span

POLICY = PowerPolicy()
NOW = at("03-20 00:00")
# By design the battery lasts four hours: to 12:00.
OUTAGE = alarm("mains_failure", "03-12 08:00", "03-12 14:00", alarm_id="m1")
DOWN = alarm("site_down", "03-12 11:00", "03-12 14:00")
DESIGN_H = 4


def found(*alarms: Row, now: Any = NOW, **feeds: list[Row]) -> pd.DataFrame:
    facts = power(alarms=list(alarms), **feeds)
    events = power_events(facts, POLICY, ZONE, now)
    return discharges(facts, events.mains_outages, events.site_outages, POLICY, ZONE, now)


def seen(*alarms: Row, **more: Any) -> list[tuple[float, bool]]:
    """Return hours and wholeness of each discharge."""
    rows = found(*alarms, **more)
    return [(round(exp(row.log_ratio) * DESIGN_H, 3), row.whole) for row in rows.itertuples()]


def battery_test(hours: float, **more: Any) -> Row:
    row = {"tested_at": at("03-05 09:00"), "duration_s": round(hours * 3600), "ended_at_cut_off": True}
    return {**row, "load_a": 40.0, **more}


def test_a_site_that_goes_down_by_power_shows_the_whole_discharge() -> None:
    assert seen(OUTAGE, DOWN) == [(3, True)]


def test_the_mains_coming_back_says_only_at_least_so_long() -> None:
    assert seen(OUTAGE) == [(6, False)]


@pytest.mark.parametrize("how", ["run", "alarm"])
def test_so_does_a_generator(how: str) -> None:
    begun = [run("03-12 10:00", "03-12 14:10")] if how == "run" else []
    more = [alarm("generator_running", "03-12 10:00", "03-12 14:00")] if how == "alarm" else []
    assert seen(OUTAGE, *more, generator_runs=begun) == [(2, False)]
    assert seen(OUTAGE, *more, DOWN, generator_runs=begun) == [(2, False)], "what comes after is not the battery's"


def test_a_generator_that_came_too_late_hides_nothing() -> None:
    assert seen(OUTAGE, DOWN, generator_runs=[run("03-12 11:30", "03-12 14:10")]) == [(3, True)]


def test_a_low_voltage_alarm_foretells_the_end() -> None:
    low = alarm("low_voltage", "03-12 10:42", "03-12 12:00")
    assert seen(OUTAGE | {"cleared_at": at("03-12 10:50")}, low) == [(3, True)], "162 min are nine tenths of it"
    assert seen(OUTAGE, low, DOWN | {"raised_at": at("03-12 11:06")}) == [(3.1, True)], "the end itself says more"


def test_a_battery_that_outlasts_its_low_voltage_alarm_lasted_at_least_so_long() -> None:
    low = alarm("low_voltage", "03-12 09:48", "03-12 14:00")
    assert seen(OUTAGE, low) == [(6, False)]


def test_an_open_discharge_has_lasted_until_now() -> None:
    assert seen(OUTAGE | {"cleared_at": None}, now=at("03-12 09:00")) == [(1, False)]
    assert seen(OUTAGE, now=at("03-12 09:00")) == [(1, False)], "nothing is known of what comes later"


def test_planned_work_is_no_measure_of_a_battery() -> None:
    assert seen(OUTAGE, DOWN, planned_work=[span("03-12 07:00", "03-12 15:00")]) == []
    late = [span("03-12 10:30", "03-12 15:00")]
    assert seen(OUTAGE, DOWN, planned_work=late) == [(3, False)], "the site was taken down by hand"


def test_a_battery_that_was_not_full_is_no_measure() -> None:
    second = [alarm("mains_failure", "03-12 23:00", "03-13 01:00", alarm_id="m2")]
    assert seen(OUTAGE, *second) == [(6, False)]
    later = [alarm("mains_failure", "03-13 00:00", "03-13 01:00", alarm_id="m2")]
    assert seen(OUTAGE, *later) == [(6, False), (1, False)]


def test_a_discharge_of_an_earlier_battery_is_no_measure() -> None:
    assert seen(OUTAGE, DOWN, sites=[{"battery_installed_on": date(2026, 3, 13)}]) == []


def test_nothing_is_learned_where_the_design_is_unknown() -> None:
    assert seen(OUTAGE, DOWN, sites=[{"capacity_ah": None}]) == []


def test_a_test_down_to_its_cut_off_is_whole_and_a_broken_off_one_is_not() -> None:
    # The battery is installed a week after the test's day in the other cases; here it is old, at 96 % and 3.84 h.
    old = [{"battery_installed_on": date(2025, 3, 5)}]
    assert seen(sites=old, battery_tests=[battery_test(1.9203)]) == [(pytest.approx(2, abs=1e-3), True)]
    assert seen(sites=old, battery_tests=[battery_test(1.9203, ended_at_cut_off=False)])[0][1] is False


def test_a_test_with_a_larger_current_is_normalised_by_peukert() -> None:
    new = [{"battery_installed_on": date(2026, 3, 5)}]
    # At twice the current two hours by design; by Peukert's law 2 h are worth 2 x 2^1.15 h at the site's own load.
    assert seen(sites=new, battery_tests=[battery_test(2, load_a=80.0)]) == [(pytest.approx(4 * 2**0.15, 1e-3), True)]


def test_a_test_is_judged_by_its_own_cut_off() -> None:
    new = [{"battery_installed_on": date(2026, 3, 5)}]
    assert seen(sites=new, battery_tests=[battery_test(3, cut_off_v=46.0)]) == [(4, True)]
    new[0]["lvd_v"] = 46.0  # type: ignore[assignment]
    assert seen(sites=new, battery_tests=[battery_test(3)]) == [(4, True)], "else by that of the site"


def test_a_test_that_is_not_over_is_not_known() -> None:
    new = [{"battery_installed_on": date(2026, 3, 5)}]
    assert seen(sites=new, battery_tests=[battery_test(3)], now=at("03-05 11:59")) == []
