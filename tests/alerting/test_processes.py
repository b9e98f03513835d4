"""Dispatchers as processes of their own: killed in the middle, told to stop, several at once."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
import urllib3

from ops_platform.alerting.dispatcher import Delivered, drain
from ops_platform.alerting.sink import Sink
from ops_platform.alerting.wording import POSSIBLE_REPEAT
from ops_platform.state import ATTEMPT, State
from tests.alerting.conftest import NOW, Script, evaluate, outage, outbox
from tests.alerting.provider import free_port

PREAMBLE = """
import os, signal, sys, threading, time
from datetime import datetime
from pathlib import Path
from ops_platform.alerting.channels import Outcome
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.service import run
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import State

state, sent, now = State(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])

class Channel:
    name = "webhook"
    per_minute = None
    deadline_s = 5.0
    def send(self, message):
        with sent.open("a") as file:
            file.write(message.key + "\\n")
        return answer()
"""
KILLED_AFTER_SENDING = """
def answer():
    os.kill(os.getpid(), signal.SIGKILL)
drain(state, {"webhook": Channel()}, lambda: now)
"""
DRAINING = """
def answer():
    time.sleep(0.005)
    return Outcome("accepted", "ok")
while not Path(sys.argv[2]).with_name("go").exists():
    time.sleep(0.01)
drain(state, {"webhook": Channel()}, lambda: now)
"""
UNTIL_TERMINATED = """
def answer():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.3)
    return Outcome("accepted", "ok")
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
installation = Platform(Settings(home=sent.parent, state_url=state.url, frozen_at=now, alerts={"port": 0}))
run(installation, {"webhook": Channel()}, stop)
"""


DISPATCH = "import sys; from ops_platform.cli import main; main(['dispatch'])"


def start(script: str, state: State, sent: Path) -> subprocess.Popen[bytes]:
    program = textwrap.dedent(PREAMBLE + script)
    return subprocess.Popen([sys.executable, "-c", program, state.url, str(sent), NOW.isoformat()])


def lines(path: Path) -> Sequence[str]:
    return path.read_text().splitlines()


def test_killed_between_sending_and_marking_it_is_sent_again_in_doubt(state: State, tmp_path: Path) -> None:
    evaluate(state, outage())
    assert start(KILLED_AFTER_SENDING, state, tmp_path / "sent").wait(60) == -signal.SIGKILL
    (row,) = outbox(state)
    assert (row["state"], row["attempts"]) == ("claimed", 1)
    channel = Script()
    assert drain(state, {"webhook": channel}, lambda: NOW + timedelta(seconds=10)) == Delivered()
    assert drain(state, {"webhook": channel}, lambda: NOW + timedelta(minutes=1)) == Delivered(sent=1)
    assert [row["outcome"] for row in state.rows(sa.select(ATTEMPT).order_by(ATTEMPT.c.id))] == ["in_doubt", "accepted"]
    assert channel.sent[0].title.startswith(POSSIBLE_REPEAT)
    assert lines(tmp_path / "sent") == [channel.sent[0].key]


def test_dispatchers_at_the_same_time_send_each_message_once(state: State, tmp_path: Path) -> None:
    evaluate(state, *(outage(f"S{n:02}", office_id=f"O{n:02}") for n in range(40)))
    running = [start(DRAINING, state, tmp_path / f"sent{n}") for n in range(2)]
    (tmp_path / "go").touch()
    assert [process.wait(60) for process in running] == [0, 0]
    sent = [key for n in range(2) if (tmp_path / f"sent{n}").exists() for key in lines(tmp_path / f"sent{n}")]
    assert sorted(sent) == sorted(row["key"] for row in outbox(state))
    assert {row["state"] for row in outbox(state)} == {"sent"}


def test_told_to_stop_it_marks_what_it_has_sent_and_takes_nothing_more(sqlite_state: State, tmp_path: Path) -> None:
    evaluate(sqlite_state, outage("S1", office_id="O1"), outage("S2", office_id="O2"))
    assert start(UNTIL_TERMINATED, sqlite_state, tmp_path / "sent").wait(60) == 0
    assert [row["state"] for row in outbox(sqlite_state)] == ["sent", "pending"]


def test_two_whole_processes_carry_along_and_end_when_told(state: State, tmp_path: Path) -> None:
    evaluate(state, *(outage(f"S{n:02}", office_id=f"O{n:02}") for n in range(20)), now=NOW - timedelta(minutes=1))
    port = free_port()
    with Sink(tmp_path / "told.jsonl") as sink:
        environment = os.environ | {
            "OPS_HOME": str(tmp_path),
            "OPS_STATE_URL": state.url,
            "OPS_FROZEN_AT": NOW.isoformat(),
            "OPS_ALERTS__PORT": str(port),
            "OPS_ALERTS__URL": "https://ops.example",
            "OPS_CHANNELS__WEBHOOK__KIND": "webhook",
            "OPS_CHANNELS__WEBHOOK__URL": sink.url,
        }
        command = [sys.executable, "-c", DISPATCH]
        running = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        waiting = urllib3.Retry(60, backoff_factor=0.05)
        assert urllib3.request("GET", f"http://127.0.0.1:{port}/healthz", retries=waiting).status == 200
        end = time.monotonic() + 60
        while {row["state"] for row in outbox(state)} != {"sent"}:
            assert time.monotonic() < end
            time.sleep(0.05)
        begun = time.monotonic()
        for process in running:
            process.send_signal(signal.SIGTERM)
        logs = [process.communicate(timeout=60)[1] for process in running]
        assert time.monotonic() - begun < 16, "the longest deadline of a channel"
    assert [process.returncode for process in running] == [0, 0], logs
    told = [json.loads(line)["id"] for line in lines(tmp_path / "told.jsonl")]
    assert sorted(told) == sorted(row["key"] for row in outbox(state))
    for log in logs:
        assert log.count("messages carry links to https://ops.example") == 1
        assert "nobody outside hears" in log
    assert sum("is not free" in log for log in logs) == 1
