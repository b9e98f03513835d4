"""Queues of business halls: levels by the people who wait for each open counter."""

from datetime import datetime
from pathlib import Path

import pytest

from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches.halls import QUEUE_1, QUEUE_2, WATCH, queue_level
from ops_platform.policy import AlertPolicy, Policy
from tests.alerting.watches.looking import NAMES, SITES, look, texts, told
from tests.maintenance.builders import Row, at

NOW = at("03-12 10:30")
LEVELS = AlertPolicy().hall_levels


def count(counted: str, waiting: int, counters: int = 4, hall: str = "东街厅", **more: str) -> Row:
    return {"counted_at": at(counted), "waiting": waiting, "open_counters": counters, "hall": hall} | more


def halls(root: Path, *counts: Row, now: datetime = NOW, policy: Policy | None = None) -> list[Condition]:
    return look(WATCH, root, now, policy, hall_queues=[{"office_id": "O1"} | row for row in counts])


@pytest.mark.parametrize(
    ("waiting", "counters", "level"),
    [(9, 4, 0), (10, 4, 1), (13, 4, 1), (14, 4, 2), (18, 4, 2), (99, 4, 2), (0, 0, 0), (1, 0, 2), (0, 4, 0), (2, 1, 0),
     (3, 1, 1), (4, 1, 2), (49, 20, 0), (50, 20, 1), (69, 20, 1), (70, 20, 2)],
)  # fmt: skip
def test_levels_are_two_and_a_half_and_three_and_a_half_people_a_counter(
    waiting: int, counters: int, level: int
) -> None:
    assert queue_level(waiting, counters, LEVELS) == level


def test_each_level_has_its_rule_and_the_second_takes_over_from_the_first(tmp_path: Path) -> None:
    found = halls(tmp_path, count("03-12 10:20", 10), count("03-12 10:20", 14, hall="西街厅"))
    assert sorted(told(found)) == [("hall_queue_1", "O1/东街厅"), ("hall_queue_2", "O1/西街厅")]
    assert (QUEUE_1.worsens_to, QUEUE_2.worsens_to) == (QUEUE_2.id, "")
    assert (QUEUE_1.severity, QUEUE_2.severity) == ("minor", "major")


def test_the_latest_count_of_a_hall_is_what_holds(tmp_path: Path) -> None:
    busy, calm = count("03-12 10:10", 14), count("03-12 10:20", 4)
    assert halls(tmp_path, calm, busy) == []
    assert told(halls(tmp_path, calm, busy, now=at("03-12 10:15"))) == [("hall_queue_2", "O1/东街厅")]


def test_a_hall_is_one_of_its_office(tmp_path: Path) -> None:
    offices = [{"office_id": office, **NAMES} for office in ("O1", "O2")]
    rows = [count("03-12 10:20", 14) | {"office_id": office} for office in ("O1", "O2")]
    found = look(WATCH, tmp_path, NOW, offices=offices, hall_queues=rows)
    assert [one.office_id for one in found] == ["O1", "O2"]


def test_a_count_says_nothing_once_it_is_half_an_hour_old(tmp_path: Path) -> None:
    assert told(halls(tmp_path / "1", count("03-12 10:00", 14))) == [("hall_queue_2", "O1/东街厅")]
    assert halls(tmp_path / "2", count("03-12 09:59", 14)) == []
    policy = Policy(alerts=AlertPolicy(hall_count_valid_min=31))
    assert told(halls(tmp_path / "3", count("03-12 09:59", 14), policy=policy)) == [("hall_queue_2", "O1/东街厅")]


def test_the_levels_are_the_policys(tmp_path: Path) -> None:
    policy = Policy(alerts=AlertPolicy(hall_levels=(1, 2)))
    assert told(halls(tmp_path, count("03-12 10:20", 4), policy=policy)) == [("hall_queue_1", "O1/东街厅")]


def test_a_month_that_begins_looks_back_into_the_last(tmp_path: Path) -> None:
    found = halls(tmp_path, count("03-31 23:50", 14), now=at("04-01 00:10"))
    assert told(found) == [("hall_queue_2", "O1/东街厅")]


def test_what_is_told_of_a_queue(tmp_path: Path) -> None:
    (condition,) = halls(tmp_path, count("03-12 10:20", 14))
    assert condition.facts == {
        "hall": "东街厅", **NAMES, "counted_at": at("03-12 10:20").isoformat(), "waiting": 14, "open_counters": 4,
    }  # fmt: skip
    assert condition.true_at == at("03-12 10:20")
    assert "等候 14 人，开放台席 4 个" in texts(condition)[0]
    assert "14 people waiting at 4 open counters" in texts(condition)[1]


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert look(WATCH, tmp_path, NOW, sites=SITES) == []
