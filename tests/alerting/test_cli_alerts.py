"""``ops alerts ack`` and ``ops alerts give``, as typed."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from ops_platform.cli import main
from ops_platform.state import EPISODE_EVENT, State
from tests.alerting.conftest import NOW, episodes, evaluate, outage, outbox
from tests.alerting.pages import installation


@pytest.fixture
def typed(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """Two open alerts, E07 on duty, and the environment of a shell on the server."""
    for name in [name for name in os.environ if name.startswith("OPS_")]:
        monkeypatch.delenv(name)
    installation(state, tmp_path, ("E07", 1))
    values = {
        "HOME": str(tmp_path), "STATE_URL": state.url, "FROZEN_AT": NOW.isoformat(),
        "CHANNELS__WEBHOOK__KIND": "webhook", "CHANNELS__WEBHOOK__URL": "http://127.0.0.1:9/",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"OPS_{name}", value)
    evaluate(state, outage("S1"), outage("S2"))
    return state


def said(state: State, kind: str) -> list[tuple[int, str]]:
    query = sa.select(EPISODE_EVENT).where(EPISODE_EVENT.c.kind == kind).order_by(EPISODE_EVENT.c.id)
    return [(row["episode_id"], row["detail"]) for row in state.rows(query)]


def test_alerts_are_taken_on_and_what_is_over_is_told(typed: State, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate(typed, outage("S1"))
    main(["alerts", "ack", "1", "2", "--who", "E07", "--note", "在路上", "--false-alarm"])
    assert said(typed, "acknowledged") == [(1, "E07: false alarm: 在路上")]
    assert episodes(typed)[0]["false_alarm"]
    first, second = capsys.readouterr().out.splitlines()
    assert first == "#1 由 E07 处理 / taken on by E07"
    assert second.startswith("#2 已解除")


def test_whoever_is_logged_in_is_who_does_it(typed: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "lilei")
    main(["alerts", "ack", "1"])
    assert said(typed, "acknowledged") == [(1, "lilei")]


def test_alerts_are_given_to_anybody_of_the_register_who_is_told(
    typed: State, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["alerts", "give", "1", "2", "--to", "E09", "--who", "E07", "--note", "近"])
    assert said(typed, "handed_over") == [(1, "E07 to E09: 近"), (2, "E07 to E09: 近")]
    assert [(row["recipient"], row["payload"]["why"]) for row in outbox(typed)][1:] == [("E09", "handed_over")]
    assert "Tom <b>Ace</b> (E09)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ack", "99"], "no alert 99"),
        (["ack", "1", "--who", " "], "say who"),
        (["give", "1", "--to", "E99"], "no E99"),
        (["give", "1", "--to", "E08", "--who", ""], "say who"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(typed: State, arguments: list[str], message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        main(["alerts", *arguments])
    assert said(typed, "acknowledged") == said(typed, "handed_over") == []


def test_where_no_channel_is_in_force_nothing_is_given(typed: State, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KIND", "URL"):
        monkeypatch.delenv(f"OPS_CHANNELS__WEBHOOK__{name}")
    with pytest.raises(SystemExit, match="no alert channel reaches 韩梅梅"):
        main(["alerts", "give", "1", "--to", "E08"])
    assert said(typed, "handed_over") == []
