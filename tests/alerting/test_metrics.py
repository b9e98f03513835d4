"""What `ops dispatch` tells of itself: metrics that Prometheus can read, and whether it is well."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from ops_platform.alerting.acknowledge import acknowledge
from ops_platform.alerting.channels import Outcome
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.loops import ALIVE_S, Loop, health
from ops_platform.alerting.metrics import BUCKETS_S, metrics_text
from ops_platform.state import State
from tests.alerting.conftest import NOW, Script, desk, episodes, evaluate, inspection, outage
from tests.alerting.pages import installation, served

SECOND = timedelta(seconds=1)


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    """Return the samples by name and the values of their labels."""
    families = text_string_to_metric_families(text.decode())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_of_nothing_all_is_told_as_nothing(state: State) -> None:
    found = samples(metrics_text(state, [], NOW))
    assert {found["ops_outbox_messages", name] for name in ("pending", "claimed", "sent", "dead", "withdrawn")} == {0}
    assert found["ops_outbox_in_doubt",] == found["ops_outbox_oldest_waiting_seconds",] == 0


def test_the_outbox_is_told_by_state_with_the_age_of_what_waits(state: State) -> None:
    evaluate(state, *(outage(f"S{n}", f"O{n}") for n in range(5)))
    answers = [Outcome("accepted", ""), Outcome("permanent", ""), Outcome("in_doubt", "")]
    drain(state, {"webhook": Script(answers)}, lambda: NOW + 7 * SECOND, limit=3)
    acknowledge(state, desk(), [episodes(state)[4]["id"]], "E07", NOW)
    found = samples(metrics_text(state, [], NOW + 100 * SECOND))
    assert found["ops_outbox_in_doubt",] == 1
    drain(state, {"webhook": Script()}, lambda: NOW + 60 * SECOND)
    assert samples(metrics_text(state, [], NOW))["ops_outbox_in_doubt",] == 0, "what was accepted is no longer in doubt"
    told = {name: found["ops_outbox_messages", name] for name in ("pending", "claimed", "sent", "dead", "withdrawn")}
    assert told == {"pending": 2, "claimed": 0, "sent": 1, "dead": 1, "withdrawn": 1}
    assert found["ops_outbox_oldest_waiting_seconds",] == 100
    assert {name[2]: value for name, value in found.items() if name[0] == "ops_delivery_attempts_total"} == {
        "accepted": 1, "permanent": 1, "in_doubt": 1,
    }  # fmt: skip


def test_latency_counts_from_due_to_accepted_in_cumulated_buckets(state: State) -> None:
    evaluate(state, *(outage(f"S{n}", f"O{n}") for n in range(3)))
    for after in (1, 30, 5000):
        drain(state, {"webhook": Script()}, lambda after=after: NOW + after * SECOND, limit=1)  # type: ignore[misc]
    found = samples(metrics_text(state, [], NOW))
    buckets = [found["ops_delivery_seconds_bucket", "webhook", f"{bound}"] for bound in BUCKETS_S]
    assert buckets == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]
    assert (
        found["ops_delivery_seconds_bucket", "webhook", "+Inf"] == found["ops_delivery_seconds_count", "webhook"] == 3
    )
    assert found["ops_delivery_seconds_sum", "webhook"] == 5031


def test_episodes_are_told_by_severity_and_state_until_they_are_over(state: State) -> None:
    evaluate(state, outage("S1"), outage("S2"))
    evaluate(state, inspection(), rules=["inspection_overdue"])
    acknowledge(state, desk(), [episodes(state)[0]["id"]], "E07", NOW)
    evaluate(state, rules=["inspection_overdue"], now=NOW + SECOND)
    found = samples(metrics_text(state, [], NOW))
    assert {name[1:]: value for name, value in found.items() if name[0] == "ops_episodes"} == {
        ("critical", "open"): 1, ("critical", "acked"): 1,
    }  # fmt: skip


def test_the_age_of_evaluations_is_told_by_watch_and_that_of_loops_by_name(state: State) -> None:
    evaluate(state)
    found = samples(metrics_text(state, [Loop("work", lambda: False)], NOW + 90 * SECOND))
    assert {name[1]: value for name, value in found.items() if name[0] == "ops_evaluation_age_seconds"} == {
        "slow_outage_response": 90
    }
    assert found["ops_loop_age_seconds", "work"] < 5


def test_health_needs_every_loop_and_the_state(sqlite_state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    loops = [Loop("quick", lambda: False, 1.0), Loop("slow", lambda: False, 60.0, 5.0)]
    now = time.monotonic()
    for late_s, well in (
        (ALIVE_S + 0.5, (True, True)),
        (ALIVE_S + 1.5, (False, True)),
        (ALIVE_S + 64.5, (False, True)),
        (ALIVE_S + 65.5, (False, False)),
    ):
        monkeypatch.setattr(time, "monotonic", lambda late_s=late_s: now + late_s)
        found = health(loops, sqlite_state)
        assert (found["loops"]["quick"]["alive"], found["loops"]["slow"]["alive"]) == well
        assert found["healthy"] == all(well)
    monkeypatch.undo()
    with sqlite_state.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE heartbeat RENAME TO away"))
    found = health(loops, sqlite_state)
    assert (found["healthy"], found["state_reachable"]) == (False, False)


def test_both_are_served(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Loop("dead", lambda: False)
    with served(installation(state, tmp_path), loops=[dead]) as reader:
        base = f"http://127.0.0.1:{reader.port}"
        answer = reader.ask("GET", f"{base}/healthz")
        assert (answer.status, json.loads(answer.data)["loops"]["dead"]["alive"]) == (200, True)
        answer = reader.ask("GET", f"{base}/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert ("ops_outbox_in_doubt",) in samples(answer.data)
        dead._ran -= 2 * ALIVE_S
        assert reader.ask("GET", f"{base}/healthz").status == 503
