"""The dispatch board as people read it."""

from pathlib import Path

from ops_platform.facts import Facts
from ops_platform.reporting.dispatch_board import METHODS, board, planned_by, tables
from tests.maintenance.builders import store
from tests.maintenance.dispatching import NOW, crew, fault, outage, plan

ROWS = (
    outage("late", dark=3), outage("soon", dark=0.26), outage("far", x=4, dark=1, customers=3),
    fault("F") | {"site_id": "soon"}, fault("U", fault_class="critical") | {"site_id": "late"}, crew("A"), crew("B"),
    crew("C", free=2, does="generate"),
)  # fmt: skip


def facts(root: Path) -> Facts:
    return store(
        root,
        offices=[{"office_name": "甲县", "office_name_en": "County A"}],
        sites=[{"site_id": name, "site_name": f"{name} 站"} for name in ("late", "soon", "far")],
        crews=[{"crew_id": name, "crew_name": f"{name} 队"} for name in "ABC"],
    )


def test_the_plan_names_task_site_office_and_crew_and_counts_the_minutes(tmp_path: Path) -> None:
    shown = tables(plan(*ROWS), facts(tmp_path), NOW)["plan"]
    assert shown["task"][0] == "紧急抢修 urgent repair"
    first = shown[(shown["site_name"] == "soon 站") & (shown["task"] == "发电 generate")].iloc[0]
    assert (first["minutes_left"], first["office"]) == (15, "甲县 County A")
    assert first["crew_name"] in {"A 队", "B 队"}
    assert " / " in first["reason"]


def test_it_says_what_comes_first_and_whether_there_was_time_to_solve(tmp_path: Path) -> None:
    found = plan(outage("late", comes_first="cascade"), crew("A"), solver_s=0.0)
    assert tables(found, facts(tmp_path), NOW)["plan"]["comes_first"].tolist() == ["汇聚 cascade"]
    assert planned_by(found).endswith("time was up: the greedy plan, or a better one found so far")
    assert "done in time" in planned_by(plan(outage("late"), crew("A")))


def test_what_is_lost_anyway_and_what_is_given_up_are_lists_of_their_own(tmp_path: Path) -> None:
    shown = tables(plan(*ROWS), facts(tmp_path), NOW)
    assert shown["lost_anyway"]["site_name"].tolist() == ["far 站"]
    alone = tables(plan(outage("late"), outage("soon"), crew("A")), facts(tmp_path), NOW)
    assert len(alone["given_up"]) == 1
    assert alone["lost_anyway"].empty


def test_every_way_to_plan_is_named_in_both_languages(tmp_path: Path) -> None:
    named = tables(plan(*ROWS), facts(tmp_path), NOW)["compared"]["method"]
    assert named.tolist() == [" ".join(words) for words in METHODS.values()]


def test_the_board_shows_local_times_and_headers_in_both_languages(tmp_path: Path) -> None:
    shown = board(plan(*ROWS), facts(tmp_path), NOW)
    header, _, first, *_ = shown["plan"].splitlines()
    assert "出发 Leave" in header
    assert "剩余（分钟） Minutes left" in header
    assert "2026-03-12 08:00" in first, "eight o'clock in Shanghai"
    assert board(plan(), facts(tmp_path), NOW)["lost_anyway"].count("\n") == 1, "a header and no row"
