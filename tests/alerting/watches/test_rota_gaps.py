"""Steps of a ladder on which nobody will be on duty."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ops_platform.alerting.rules import Condition
from ops_platform.alerting.watches.rota import ROTA_GAP, WATCH
from ops_platform.policy import AlertPolicy, Ladder, Policy
from tests.alerting.watches.looking import NAMES, look, texts, told
from tests.maintenance.builders import Row, at, span

NOW = at("03-12 11:15")
OTHERS = AlertPolicy().ladders[1:]
ONE_STEP = Policy(alerts=AlertPolicy(ladders=(Ladder(severity="critical", steps=1), *OTHERS)))


def stint(starts: str, ends: str, step: int = 1, **more: Any) -> Row:
    return span(starts, ends, office_id="O1", staff_id="E1", step=step, **more)


def gaps(root: Path, *stints: Row, now: datetime = NOW, policy: Policy = ONE_STEP, **more: Any) -> list[Condition]:
    return look(WATCH, root, now, policy, duty_rota=list(stints), **more)


def test_the_earliest_gap_of_the_next_days_is_told(tmp_path: Path) -> None:
    stints = [
        stint("02-01 00:00", "03-14 08:00"), stint("03-14 20:00", "03-16 00:00"), stint("03-17 00:00", "04-30 00:00")
    ]  # fmt: skip
    (condition,) = gaps(tmp_path, *stints)
    assert (condition.rule, condition.subject, condition.office_id) == (ROTA_GAP, "O1/1", "O1")
    assert condition.facts == {
        "step": 1, "step_name": "前旗第 1 级 / Qianqi, step 1", **NAMES,
        "starts_at": at("03-14 08:00").isoformat(), "ends_at": at("03-14 20:00").isoformat(),
    }  # fmt: skip
    assert condition.true_at == at("03-07 08:00"), "since it came within the days looked ahead"
    assert texts(condition)[0].startswith("前旗第 1 级自")
    assert ", until" in texts(condition)[1]


def test_a_gap_is_told_from_seven_days_before_it_until_its_end(tmp_path: Path) -> None:
    stints = [stint("02-01 00:00", "03-14 08:00"), stint("03-14 20:00", "04-30 00:00")]
    gaps(tmp_path, *stints)

    def found(now: datetime) -> list[tuple[str, str]]:
        return told(look(WATCH, tmp_path, now, ONE_STEP))

    second = timedelta(seconds=1)
    assert found(at("03-07 08:00")) == []
    assert found(at("03-07 08:00") + second) == [("rota_gap", "O1/1")]
    assert found(at("03-14 20:00") - second) == [("rota_gap", "O1/1")]
    assert found(at("03-14 20:00")) == []


def test_a_gap_whose_end_is_not_in_sight_is_told_without_it(tmp_path: Path) -> None:
    (condition,) = gaps(tmp_path, stint("02-01 00:00", "03-14 08:00"))
    assert condition.facts["ends_at"] is None
    assert not texts(condition)[0].endswith("止")


def test_the_start_of_a_gap_that_lasts_stands_still(tmp_path: Path) -> None:
    stints = [stint("01-01 00:00", "02-27 08:00")]
    first, second = (gaps(tmp_path, *stints, now=now)[0].facts for now in (at("03-01 00:05"), NOW))
    assert first == second
    assert first["starts_at"] == at("02-27 08:00").isoformat()
    (condition,) = look(WATCH, tmp_path, NOW, ONE_STEP, duty_rota=[stint("01-01 00:00", "01-02 00:00")])
    assert condition.facts["starts_at"] == at("02-01 00:00").isoformat(), "no further back than last month"


def test_every_step_of_the_offices_own_ladder_is_looked_at(tmp_path: Path) -> None:
    own = Ladder(severity="critical", office_id="O2", steps=1)
    policy = Policy(alerts=AlertPolicy(ladders=(Ladder(severity="critical", steps=2), own, *OTHERS)))
    offices = [{"office_id": office, **NAMES} for office in ("O1", "O2")]
    found = gaps(tmp_path, stint("02-01 00:00", "04-30 00:00"), policy=policy, offices=offices)
    assert sorted(told(found)) == [("rota_gap", "O1/2"), ("rota_gap", "O2/1")]


def test_shifts_and_overrides_are_seen(tmp_path: Path) -> None:
    leave = span("03-13 00:00", "03-13 12:00", office_id="O1", step=1, staff_id=None, reason="leave")
    whole = stint("02-01 00:00", "04-30 00:00")
    (condition,) = gaps(tmp_path / "1", whole, duty_overrides=[leave])
    assert condition.facts["starts_at"] == at("03-13 00:00").isoformat()
    (condition,) = gaps(tmp_path / "2", whole | {"daily_to": "20:00"})
    assert condition.facts["starts_at"] == at("03-12 20:00").isoformat()


def test_how_far_ahead_is_the_policys(tmp_path: Path) -> None:
    stints = [stint("02-01 00:00", "03-14 08:00"), stint("03-14 20:00", "04-30 00:00")]
    alerts = ONE_STEP.alerts.model_copy(update={"rota_ahead_days": 1})
    assert gaps(tmp_path, *stints, policy=Policy(alerts=alerts)) == []


def test_a_gap_is_news_however_long_ago_it_began() -> None:
    assert ROTA_GAP.news_for > timedelta(days=62 + 7)
    assert ROTA_GAP.severity == "major"
