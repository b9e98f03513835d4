"""Intake as processes of their own: two at one inbox, and one that is killed again and again."""

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ops_platform.state import QUARANTINE, RECEIPT
from tests.intake.conftest import NOW, House, house_in

ALARMS = "告警编号,基站编号,告警名称,告警时间,告警清除时间\n"
PREAMBLE = f"""
import json, os, random, signal, sys, time
from datetime import datetime
from pathlib import Path
from ops_platform.intake.archive import claims
from ops_platform.intake.receive import receive_all
from ops_platform.settings import Settings
from ops_platform.state import open_state
from ops_platform.warehouse import Warehouse

homes, now = [Settings(home=Path(home)) for home in sys.argv[1:]], datetime.fromisoformat({NOW.isoformat()!r})

def receive_once(settings):
    with claims(settings.inbox, stable_s=0) as files:
        return receive_all(files, Warehouse(settings.warehouse), open_state(settings.state), settings, now)
"""
UNTIL_EMPTY = """
print("ready", flush=True)
sys.stdin.readline()
taken = []
while any(file.is_file() for file in homes[0].inbox.rglob("*")):
    taken += [(receipt.file_name, receipt.repeated) for receipt in receive_once(homes[0])]
    time.sleep(0.005)
print(json.dumps(taken))
"""
# Each attempt is a fork of a process that has imported everything and started no thread, so that only its own work is
# timed and killed.
KILLED_AGAIN_AND_AGAIN = """
def attempt(settings):
    child = os.fork()
    if not child:
        receive_once(settings)
        os._exit(0)
    return child

def ending(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

clean, killed = homes
started = time.monotonic()
seen = [ending(attempt(clean))]
seconds, moments = time.monotonic() - started, random.Random(7)
for _ in range(15):
    child = attempt(killed)
    time.sleep(moments.uniform(0.02, 0.7) * seconds)
    os.kill(child, signal.SIGKILL)
    seen.append(ending(child))
seen.append(ending(attempt(killed)))
print(json.dumps(seen))
"""


def start(script: str, *houses: House) -> subprocess.Popen[str]:
    program = textwrap.dedent(PREAMBLE + script)
    command = [sys.executable, "-c", program, *(str(house.settings.home) for house in houses)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> Any:
    output, _ = process.communicate("\n", timeout=60)
    assert process.returncode == 0
    return json.loads(output.splitlines()[-1])


def drop(house: House, files: dict[str, str]) -> None:
    house.settings.inbox.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (house.settings.inbox / name).write_text(text, encoding="utf-8")


def test_two_at_one_inbox_take_each_file_once_and_lose_none(house: House) -> None:
    files = {f"{n:02}.csv": ALARMS + f"A{n},S1,停电告警,2026-03-01 08:{n:02},\n" for n in range(20)}
    drop(house, dict(list(files.items())[:10]))
    running = [start(UNTIL_EMPTY, house) for _ in range(2)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    drop(house, dict(list(files.items())[10:]))
    taken = [entry for process in running for entry in told(process)]
    assert sorted(name for name, _ in taken) == sorted(files)
    assert not any(repeated for _, repeated in taken)
    assert house.facts("alarms", "2026-03").num_rows == 20
    statuses = house.state.rows(sa.select(RECEIPT.c.status).where(RECEIPT.c.feed == "alarms"))
    assert [row["status"] for row in statuses] == ["accepted"] * 20


def storm() -> dict[str, str]:
    """Return files with good, bad, repeated and contradicting rows over three months, corrections, and one unread."""
    rows = [f"A{n},S{1 + n % 2},停电告警,2026-0{1 + n % 3}-01 08:00,2026-0{1 + n % 3}-02 08:00\n" for n in range(3000)]
    rows += [f"B{n},S9,停电告警,2026-02-01 08:00,\n" for n in range(300)] + rows[:200]
    rows += [row.replace("A", "A", 1).replace("停电告警", "低压告警") for row in rows[500:700]]
    moved = [f"A{n},S1,停电告警,2026-03-05 08:00,2026-03-06 08:00\n" for n in range(0, 900, 3)]
    return {"1.csv": ALARMS + "".join(rows), "2.csv": ALARMS + "".join(moved), "3.csv": "x,y\n1,2\n"}


def outcome(house: House) -> dict[str, list[Any]]:
    """Return everything that receiving leaves behind, but for the numbers of its attempts."""
    counts = ("file_name", "feed", "status", "rows_read", "rows_accepted", "rows_quarantined", "rows_duplicate")
    told_of = (RECEIPT.c.file_name, *(QUARANTINE.c[name] for name in ("line", "column", "reason", "row")))
    aside = sa.select(*told_of).join(RECEIPT, QUARANTINE.c.receipt_id == RECEIPT.c.id)
    return {
        "receipts": house.state.rows(sa.select(*(RECEIPT.c[name] for name in counts)).order_by(RECEIPT.c.file_name)),
        "aside": house.state.rows(aside.order_by(RECEIPT.c.file_name, QUARANTINE.c.line)),
        "facts": [house.facts("alarms", f"2026-0{month}").to_pylist() for month in (1, 2, 3)],
    }


def test_killed_at_any_moment_it_leaves_what_one_clean_run_leaves(tmp_path: Path, known_network: Path) -> None:
    houses = [house_in(tmp_path / name, known_network) for name in ("clean", "killed")]
    for house in houses:
        drop(house, storm())
    first, *ends, last = told(start(KILLED_AGAIN_AND_AGAIN, *houses))
    assert (first, last, set(ends) - {0, -signal.SIGKILL}) == (0, 0, set())
    assert ends.count(-signal.SIGKILL) >= 3, "killed in the middle, and not after all was done"
    clean, killed = map(outcome, houses)
    assert killed == clean
    assert len(clean["aside"]) == 500
    assert not [file for file in houses[1].settings.inbox.rglob("*") if file.is_file()]
