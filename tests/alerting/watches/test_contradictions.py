"""Contradicted generator runs that nobody decides are told by office, and published months that are computed anew."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches import contradictions
from ops_platform.contracts.scores import SCORECARDS
from ops_platform.kpi.publishing import publish
from ops_platform.platform import Platform
from ops_platform.policy import AlertPolicy, Policy
from tests.alerting.watches.told import installation, line, subjects
from tests.maintenance.builders import Row, at, on, table

NOW = at("03-12 10:00")
SITES = [
    {"site_name": "一号站"},
    {"site_id": "S2", "site_name": "二号站"},
    {"site_id": "S3", "site_name": "三号站", "office_id": "O2"},
]


def review(happened: str, contradiction: str = "empty_trip", **more: Any) -> Row:
    said = {f"witness_{name}": "silent" for name in ("alarms", "position", "energy", "fuel", "voltage")}
    return (
        {"happened_at": at(happened), "contradiction": contradiction, "site_id": "S1", "office_id": "O1"} | said | more
    )


def found(root: Path, *rows: Row, now: datetime = NOW, policy: AlertPolicy | None = None) -> list[Condition]:
    policies = Policy(alerts=policy or AlertPolicy())
    platform = installation(root, policies, sites=SITES, generation_reviews=list(rows))
    return list(contradictions.find(platform, now))


def test_an_office_is_told_of_all_that_waits_there(tmp_path: Path) -> None:
    rows = [
        review("03-10 09:00"),
        review("03-09 09:00", "claimed_not_seen", site_id="S2"),
        review("03-08 09:00", site_id="S3"),
        review("03-11 09:00"),
    ]
    first, second = found(tmp_path, *rows)
    assert subjects([first, second]) == [("measures_contradict", "O1"), ("measures_contradict", "O2")]
    assert first.office_id == "O1"
    assert first.true_at == at("03-10 09:00")
    assert first.facts == {
        "office_name": "前旗", "office_name_en": "Qianqi", "site_name": "二号站", "runs": 3,
        "kinds": "有单无证 claimed not seen × 1, 空跑 empty trip × 2",
        "happened_at": at("03-09 09:00").isoformat(timespec="minutes"),
    }  # fmt: skip
    assert line(first, "zh").startswith("前旗：3 次发电证据矛盾尚未核定（有单无证 claimed not seen × 1, 空跑")
    assert line(first, "en").endswith("the earliest at 二号站, 2026-03-09T01:00+00:00")


def test_what_is_decided_or_in_accord_does_not_wait(tmp_path: Path) -> None:
    rows = [review("03-10 09:00", decision="counts"), review("03-10 09:00", "none")]
    assert found(tmp_path, *rows) == []


def test_a_day_is_given_to_decide(tmp_path: Path) -> None:
    assert found(tmp_path, review("03-11 10:01")) == []
    assert len(found(tmp_path, review("03-11 10:00"))) == 1
    assert found(tmp_path, review("03-11 10:00"), policy=AlertPolicy(contradiction_after_h=25)) == []


def test_runs_are_asked_about_two_months_back(tmp_path: Path) -> None:
    assert len(found(tmp_path, review("01-01 09:00"))) == 1
    assert found(tmp_path, review("01-01 09:00"), now=at("04-01 00:00")) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def published(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    """Return an installation whose February was published."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")()
    platform = installation(tmp_path, state_url=url, scorecards=[*cards()])
    closed = Platform(platform.settings.model_copy(update={"frozen_at": at("03-03 08:00")}))
    publish(closed, "2026-02", lambda _planned: {})
    return platform


def cards(value: float | None = 98.0, office_id: str = "O1", rank: int = 1) -> list[Row]:
    known = {"month_on": on("02-01"), "level": "office", "staff_id": "", "value": 90.0}
    return [
        known | {"office_id": "O2", "kpi_id": "inspection_quality", "value": None},
        known | {"office_id": office_id, "kpi_id": "inspection_completion", "value": value, "rank": rank},
    ]


def compute_anew(platform: Platform, rows: list[Row]) -> list[Condition]:
    platform.warehouse.write(SCORECARDS, table("scorecards", *rows), "2026-02")
    return list(contradictions.find(platform, NOW))


def test_a_published_month_that_is_still_computed_so_is_in_order(published: Platform) -> None:
    assert list(contradictions.find(published, NOW)) == []


@pytest.mark.parametrize("value", [97.9999, None])
def test_a_figure_that_late_data_changed_is_told(published: Platform, value: float | None) -> None:
    (condition,) = compute_anew(published, cards(value))
    assert subjects([condition]) == [("published_differs", "2026-02")]
    assert condition.true_at == at("03-03 08:00")
    assert (condition.facts["figures"], condition.facts["example"]) == (1, "inspection_completion O1")
    assert line(condition, "en").endswith("figures computed differently now: 1, inspection_completion O1 among them")


def test_a_figure_that_is_new_or_gone_counts(published: Platform) -> None:
    (condition,) = compute_anew(published, cards(office_id="O2"))
    assert condition.facts["figures"] == 2


def test_the_last_bit_of_a_sum_and_what_is_no_figure_are_no_difference(published: Platform) -> None:
    assert compute_anew(published, cards(98.0 * (1 + 1e-12))) == []
    assert compute_anew(published, cards(rank=2)) == []


def test_nothing_known_is_nothing_the_matter(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_what_is_still_asked_about_is_no_history() -> None:
    assert contradictions.MEASURES_CONTRADICT.news_for.days == 93
    assert contradictions.PUBLISHED_DIFFERS.news_for.days == 366


def test_nobody_is_woken() -> None:
    assert {rule.severity for rule in contradictions.WATCH.rules} == {"minor"}
    assert contradictions.WATCH.every_s == 3600
