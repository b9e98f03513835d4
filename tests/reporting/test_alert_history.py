"""One alert's whole history, as `ops alerts show` prints it, on both databases."""

from datetime import timedelta
from pathlib import Path

import pytest

from ops_platform import cli
from ops_platform.alerting.acknowledge import acknowledge, hand_over
from ops_platform.alerting.channels import Outcome
from ops_platform.alerting.dispatcher import drain
from ops_platform.errors import PermanentError
from ops_platform.reporting.alert_history import history
from tests.alerting.conftest import HAN, LI, NOW, Script, desk, evaluate, outage
from tests.reporting.alerting import MINUTE, fill, installation


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("new_postgres_url")())


def test_every_event_message_attempt_and_note_is_there(url: str, tmp_path: Path) -> None:
    platform = installation(tmp_path, url)
    state = platform.state
    evaluate(state, outage(), channels=("webhook",))
    channel = Script([Outcome("in_doubt", "no answer <within> 15 s"), Outcome("accepted", "200 ok")])
    drain(state, {"webhook": channel}, lambda: NOW)
    drain(state, {"webhook": channel}, lambda: NOW + MINUTE)
    acknowledge(state, desk(), [1], "E07", NOW + 2 * MINUTE, "在路上: 20 分钟到")
    hand_over(state, desk((LI, HAN)), [1], "E07", HAN, NOW + 3 * MINUTE, "下班")
    evaluate(state, now=NOW + 5 * MINUTE)
    evaluate(state, outage(), now=NOW + 9 * MINUTE)
    text = history(platform, 1, NOW + timedelta(minutes=10))
    for said in (
        "【紧急 Critical】立即出发发电 Leave now with a generator",
        "S001 站 (前旗): mains failed at 12:18",
        "状态 State: 已解除 / resolved",
        "首次通知 First told: 2026-03-12 13:18:00",
        "2026-03-12 13:20:00 认领 acknowledged: 李雷: 在路上: 20 分钟到",
        "2026-03-12 13:21:00 转交 handed over: 李雷 to 韩梅梅: 下班",
        "首次通知 / first told · 第 1 级 / step 1 · webhook → 李雷 (E07) · 已送达 / accepted 2026-03-12 13:19:00",
        "13:19:00 · 可能重复 / possible repeat",
        "无明确答复 / no clear answer: no answer &lt;within> 15 s",
        "接受 / accepted: 200 ok",
        "转交 / handed over · 第 1 级 / step 1 · webhook → 韩梅梅 (E08)",
        "| #2 | 2 | 未认领 / not acknowledged | 2026-03-12 13:27:00 | — |",
    ):
        assert said in text, said
    assert "+00:00" not in text


def test_it_says_why_nobody_is_told(tmp_path: Path) -> None:
    platform = installation(tmp_path)
    fill(platform.state)
    texts = {number: history(platform, number, NOW) for number in (4, 5, 6)}
    assert "计划施工静默 Silent, planned work: PWW1" in texts[4]
    assert "被抑制于 Explained by: #1 立即出发发电 Leave now with a generator" in texts[5]
    assert "发现时已久 / old when it was found" in texts[6]


def test_an_alert_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no alert 7 / 没有编号为 7"):
        history(installation(tmp_path), 7, NOW)


@pytest.mark.parametrize("command", [["list"], ["show", "2"], ["handover"]])
def test_the_commands_print_it_and_cut_nothing_off(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(installation(tmp_path).state)
    for name, value in {"OPS_HOME": str(tmp_path), "OPS_FROZEN_AT": NOW.isoformat(), "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    cli.main(["alerts", *command])
    said = "".join(capsys.readouterr().out.split())
    assert "李雷" in said
    assert "立即出发发电" in said
    assert "…" not in said
