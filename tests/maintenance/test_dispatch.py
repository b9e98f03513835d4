"""Which crew goes where: the rules of the dispatch board, on a line where a degree is an hour by road."""

import pandas as pd
import pytest

from tests.maintenance.builders import at
from tests.maintenance.dispatching import crew, fault, outage, plan, visits


def test_a_generator_goes_to_the_site_where_more_customers_lose_more_hours() -> None:
    found = plan(outage("few", customers=100), outage("many", customers=300), crew("A"))
    assert visits(found) == {"A": ["many"]}


def test_a_site_loses_its_customers_from_the_empty_battery_until_the_generator_runs() -> None:
    (stop,) = plan(outage("S", x=3, dark=1, customers=100), crew("A")).stops.itertuples()
    assert (stop.lost_h, stop.lost_otherwise_h) == pytest.approx((200, 500)), "dark at 9, running at 11, mains at 14"
    assert (stop.leave_at, stop.arrive_at, stop.done_at) == (at("03-12 08:00"), at("03-12 11:00"), at("03-12 11:00"))


def test_the_mains_is_expected_back_some_hours_after_it_failed_and_never_at_once() -> None:
    old = outage("S", dark=0, customers=100) | {"failed_at": at("03-11 20:00")}
    assert plan(old).compared.set_index("method")["lost_h"]["nothing"] == pytest.approx(200)


def test_what_was_lost_before_now_is_not_counted() -> None:
    (stop,) = plan(outage("S", dark=-2, customers=100), crew("A")).stops.itertuples()
    assert (stop.lost_h, stop.lost_otherwise_h) == pytest.approx((0, 600))


def test_a_generator_stays_where_it_runs() -> None:
    found = plan(outage("one"), outage("two"), crew("A"))
    assert [len(stops) for stops in visits(found).values()] == [1]


def test_a_crew_repairs_on_its_way_to_a_site_whose_battery_still_lasts() -> None:
    found = plan(outage("S", x=1, dark=3), fault("F"), crew("A"))
    assert visits(found) == {"A": ["F", "S"]}
    assert found.stops.set_index("kind")["done_at"].to_dict() == {
        "repair": at("03-12 09:00"), "generate": at("03-12 10:00"),
    }  # fmt: skip
    assert found.dark.empty


def test_generation_and_repair_compete_for_a_crew_that_does_both() -> None:
    site, broken = outage("S", x=1, dark=1, customers=100), fault("F", x=-1, customers=10)
    assert visits(plan(site, broken, crew("A"))) == {"A": ["S"]}
    assert visits(plan(site, broken | {"customers": 4000}, crew("A")))["A"][0] == "F"


def test_an_urgent_fault_is_never_left_to_save_a_site() -> None:
    found = plan(
        outage("S", dark=0, customers=100_000), fault("F", x=-4, fault_class="critical", customers=1), crew("A")
    )
    assert visits(found)["A"][0] == "F"
    assert found.compared["urgent_attended"].tolist() == [0, 1, 1, 1, 1], "no way to plan leaves it"


def test_an_urgent_fault_does_not_wait_for_a_crew_that_is_free_later() -> None:
    rows = outage("S", dark=0, customers=100_000), fault("F", fault_class="critical", customers=1)
    found = plan(*rows, crew("now"), crew("later", free=1))
    assert visits(found) == {"now": ["F"], "later": ["S"]}


def test_a_delay_within_one_step_does_not_decide_who_goes_to_an_urgent_fault() -> None:
    rows = outage("S", dark=0, customers=100_000), fault("F", fault_class="critical", customers=1)
    found = plan(*rows, crew("now"), crew("soon", free=0.4))
    assert visits(found) == {"now": ["S"], "soon": ["F"]}


def test_a_crew_does_nothing_else_before_its_urgent_fault() -> None:
    rows = fault("big", fault_class="minor", customers=100_000), fault("F", fault_class="critical", customers=1)
    short = {"critical": 60, "major": 60, "minor": 10}
    assert visits(plan(*rows, crew("A"), repair_min=short)) == {"A": ["F", "big"]}


def test_every_urgent_fault_is_attended_where_crews_can() -> None:
    faults = [fault(f"F{n}", x=n / 10, fault_class="critical", customers=1) for n in range(3)]
    found = plan(*faults, outage("S", dark=0, customers=100_000), crew("A"))
    assert sorted(visits(found)["A"][:3]) == ["F0", "F1", "F2"]


def test_a_generator_that_is_too_weak_does_not_go_and_the_site_is_lost() -> None:
    found = plan(outage("S", load_kw=6.0), crew("A", rated_kw=5.0))
    assert found.stops.empty
    (site,) = found.dark.itertuples()
    assert site.anyway
    assert "5.0 kW" in site.reason_en
    assert "6.0 kW" in site.reason_en
    assert "6.0 kW" in site.reason_zh
    assert visits(plan(outage("S", load_kw=5.0), crew("A", rated_kw=5.0))) == {"A": ["S"]}


def test_an_unknown_load_is_carried_by_any_generator() -> None:
    assert visits(plan(outage("S", load_kw=None), crew("A", rated_kw=0.5))) == {"A": ["S"]}


def test_unknown_customers_count_as_the_house_says() -> None:
    rows = outage("unknown", customers=None), outage("known", customers=400), crew("A")
    assert visits(plan(*rows)) == {"A": ["unknown"]}
    assert visits(plan(*rows, unknown_customers=300)) == {"A": ["known"]}


def test_a_crew_does_only_what_it_can() -> None:
    rows = outage("S"), fault("F")
    assert visits(plan(*rows, crew("A", does="repair"))) == {"A": ["F"]}
    assert visits(plan(*rows, crew("A", does="generate"))) == {"A": ["S"]}


def test_a_site_nobody_reaches_in_time_is_lost_anyway_and_one_given_up_is_told_apart() -> None:
    rows = outage("far", x=3, dark=1), outage("given up", dark=1, customers=10), outage("dark", x=3, dark=-1)
    dark = plan(*rows, crew("A")).dark.set_index("site_id")
    assert dark["anyway"].to_dict() == {"far": True, "given up": False, "dark": True}
    assert "120 min" in dark["reason_en"]["far"]
    assert "already" in dark["reason_en"]["dark"]
    assert "elsewhere" in dark["reason_en"]["given up"]


def test_without_crews_everything_is_lost_and_said_so() -> None:
    found = plan(outage("S"), fault("F"), fault("U", fault_class="critical"))
    assert found.stops.empty
    assert found.dark["reason_en"].tolist() == ["no crew that generates is free"]
    assert found.waiting["fault_id"].tolist() == ["U", "F"], "urgent ones first"
    assert set(found.waiting["reason_en"]) == {"no crew that repairs is free"}


def test_nobody_is_sent_where_nothing_can_be_saved() -> None:
    found = plan(outage("lasts", dark=7), outage("too far", x=7, dark=1), crew("A"))
    assert found.stops.empty
    assert found.dark["site_id"].tolist() == ["too far"]


def test_nothing_open_is_an_empty_board() -> None:
    found = plan(crew("A"))
    assert [len(frame) for frame in (found.stops, found.dark, found.waiting)] == [0, 0, 0]
    assert (found.compared["lost_h"] == 0).all()


def test_the_most_urgent_visit_stands_first() -> None:
    rows = outage("late", dark=3), outage("soon", dark=1), fault("F"), fault("U", fault_class="critical")
    found = plan(*rows, *(crew(name) for name in "ABCD"))
    where = found.stops["fault_id"].fillna(found.stops["site_id"])
    assert where.tolist() == ["U", "soon", "late", "F"]


def test_every_row_says_why_in_both_languages() -> None:
    found = plan(outage("S", customers=100), fault("F", x=9, customers=100), crew("A"))
    for frame in (found.stops, found.dark, found.waiting):
        assert frame["reason_zh"].str.contains("[一-鿿]").all()
        assert frame["reason_en"].str.contains("[a-z]").all()
    assert "500" in found.stops["reason_zh"][0]
    assert isinstance(found.stops["done_at"][0], pd.Timestamp)
    assert found.waiting["reason_en"].tolist() == ["nobody can be there within 8 h"]


# What comes first, and what when time is up


@pytest.mark.parametrize("comes_first", ["vip", "cascade", "shared"])
def test_a_site_that_comes_first_does_not_lose_against_one_of_slightly_more_customers(comes_first: str) -> None:
    first, other = outage("first", comes_first=comes_first), outage("other", customers=140)
    assert visits(plan(first, other, crew("A"))) == {"A": ["first"]}
    assert visits(plan(outage("first"), other, crew("A"))) == {"A": ["other"]}


def test_the_weight_of_what_comes_first_is_the_policy_s_and_has_an_end() -> None:
    vip = outage("vip", comes_first="vip")
    assert visits(plan(vip, outage("other", customers=299), crew("A"))) == {"A": ["vip"]}
    assert visits(plan(vip, outage("other", customers=301), crew("A"))) == {"A": ["other"]}
    assert visits(plan(vip, outage("other", customers=299), crew("A"), first_weight={"vip": 2.0})) == {"A": ["other"]}


def test_a_fault_at_a_site_that_comes_first_does_not_lose_either() -> None:
    rows = [fault("F1", comes_first="vip"), fault("F2", customers=140), crew("A", does="repair")]
    assert visits(plan(*rows, horizon_h=1.5)) == {"A": ["F1"]}


def test_customer_hours_are_shown_as_they_are_and_not_as_they_are_weighted() -> None:
    found = plan(outage("vip", dark=0, comes_first="vip"), crew("A", x=2.0))
    (stop,) = found.stops.itertuples()
    assert (stop.comes_first, stop.lost_h, stop.lost_otherwise_h) == ("vip", pytest.approx(200), pytest.approx(600))
    lost = found.compared.set_index("method")["lost_h"]
    assert (lost["nothing"], lost["solver"]) == (pytest.approx(600), pytest.approx(200))


def test_with_no_time_to_solve_the_plan_is_the_greedy_one_and_says_so() -> None:
    rows = [outage("near", x=1.0), outage("far", x=3.0, customers=900), fault("F", x=2.0), crew("A"), crew("B", x=4.0)]
    quick, solved = plan(*rows, solver_s=0.0), plan(*rows)
    assert (quick.solved, solved.solved) == (False, True)
    lost = quick.compared.set_index("method")["lost_h"]
    assert len(quick.stops)
    assert lost["solver"] == pytest.approx(min(lost["greedy"], lost["nearest"], lost["first_come"]))
