"""Measures how long after its deadline an alert is accepted by the channel, with the whole stack running.

    PYTHONPATH=. python benchmarks/alert_latency.py [deadlines]

Makes up an installation on SQLite in which the mains is out at many sites, each of an office of its own, a crew was
sent to each, and the moments by which a generator must run are spread over some minutes. Runs ``dagster-daemon`` with
every sensor on and ``ops dispatch`` as an installation does, and a web server that accepts. Half-way the daemon and its
code server are killed: what falls due within the next minutes is in the ledger already.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import sqlalchemy as sa

from ops_platform.alerting.watches.outages import GENERATOR_LATE, WATCH
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import EPISODE
from tests.maintenance.builders import store

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
DEADLINES = 1_000
FIRST_S, SPREAD_S, PATIENCE_S = 150, 300, 120
AUTONOMY = timedelta(hours=3, minutes=30)
"""From the mains failure to the moment by which a generator must run, with the batteries below; checked."""

accepted: dict[str, tuple[float, float]] = {}
"""By site: the seconds of its deadline and of its acceptance."""


class Handler(BaseHTTPRequestHandler):
    """Accepts every alert and notes when."""

    def do_POST(self) -> None:
        """Take one alert."""
        alert = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alert"]
        at = time.time()
        for episode in alert["episodes"]:
            if alert["kind"] == "raised" and alert["rule"] == GENERATOR_LATE.id:
                deadline = datetime.fromisoformat(episode["facts"]["deadline_at"]).timestamp()
                accepted.setdefault(episode["subject"], (deadline, at))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base names it so
        """Stay silent."""


def make_up(home: Path, first: datetime, count: int) -> None:
    """Write the installation's registers and open mains outages."""
    names = [f"S{n:05}" for n in range(count)]
    failed = [first + timedelta(seconds=SPREAD_S * n / count) - AUTONOMY for n in range(count)]
    new = first.date()
    store(
        home / "warehouse",
        sites=[{"site_id": s, "office_id": f"O{s}", "site_name": s, "battery_installed_on": new} for s in names],
        offices=[{"office_id": f"O{site}", "office_name": f"O{site}"} for site in names],
        alarms=[{"site_id": s, "kind": "mains_failure", "raised_at": at, "cleared_at": None}
                for s, at in zip(names, failed, strict=True)],
        generator_runs=[{"site_id": s, "dispatched_at": at + timedelta(minutes=1), "started_at": None, "ended_at": None}
                        for s, at in zip(names, failed, strict=True)],
        duty_rota=[{"office_id": "HQ", "step": 1, "staff_id": "E1", "starts_at": first - timedelta(days=9),
                    "ends_at": first + timedelta(days=9)}],
        staff=[{"staff_id": "E1"}],
    )  # fmt: skip


@contextmanager
def running(name: str, *command: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a group of its own, which is ended afterwards."""
    with (log / f"{name}.log").open("wb") as file:
        program = [str(BIN / command[0]), *command[1:]]
        process = subprocess.Popen(program, env=env, cwd=ROOT, stdout=file, stderr=file, start_new_session=True)
        try:
            yield process
        finally:
            end(process, signal.SIGTERM)


def end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """End a process and those that it started."""
    if process.poll() is None:
        os.killpg(process.pid, number)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def report(said: str, latencies: Sequence[float]) -> None:
    """Print percentiles."""
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    figures = f"p50 {cuts[49]:5.1f} s, p90 {cuts[89]:5.1f} s, p99 {cuts[98]:5.1f} s, max {max(latencies):5.1f} s"
    print(f"  {said:<32} {len(latencies):>5} deadlines: {figures}", flush=True)


def main(count: int) -> int:
    """Measure; return 1 where the goals were missed."""
    with tempfile.TemporaryDirectory(prefix="ops-latency-") as folder:
        home = Path(folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        first = (datetime.now(UTC) + timedelta(seconds=FIRST_S)).replace(microsecond=0)
        make_up(home / "ops", first, count)
        shutil.copy(ROOT / "deploy" / "demo.dagster.yaml", home / "dagster.yaml")
        env = os.environ | {
            "OPS_HOME": str(home / "ops"), "OPS_ON_CALL_OFFICE": "HQ", "OPS_CHANNELS__DUTY__KIND": "webhook",
            "OPS_CHANNELS__DUTY__URL": f"http://127.0.0.1:{server.server_address[1]}/", "DAGSTER_HOME": str(home),
        }  # fmt: skip
        platform = Platform(Settings(home=home / "ops"))
        found = WATCH.find(platform, first + timedelta(seconds=SPREAD_S))
        if sum(condition.rule is GENERATOR_LATE for condition in found) != count:
            raise SystemExit("the deadlines are not where they were put")
        platform.state  # noqa: B018 - the schema is made before the processes ask for it
        workspace = ("-w", str(ROOT / "workspace.yaml"))
        switch_on = [str(BIN / "dagster"), "sensor", "start", "--start-all", *workspace]
        subprocess.run(switch_on, env=env, cwd=ROOT, check=True, capture_output=True)
        with (
            running("dispatch", "ops", "dispatch", env=env, log=home),
            running("daemon", "dagster-daemon", "run", *workspace, env=env, log=home) as daemon,
        ):
            killed_at = wait_and_kill(platform, daemon, count, first + timedelta(seconds=SPREAD_S / 2))
            until = first.timestamp() + SPREAD_S + PATIENCE_S
            while len(accepted) < count and time.time() < until:
                time.sleep(0.2)
        server.shutdown()
    latencies = {site: at - deadline for site, (deadline, at) in accepted.items()}
    before = [latencies[site] for site, (deadline, _) in accepted.items() if deadline <= killed_at]
    after = [latencies[site] for site, (deadline, _) in accepted.items() if deadline > killed_at]
    report("all", list(latencies.values()))
    report("with the daemon", before)
    report("after the daemon was killed", after)
    print(f"  never told: {count - len(accepted)}; told before the deadline: {sum(s < 0 for s in latencies.values())}")
    cuts = statistics.quantiles(latencies.values(), n=100, method="inclusive")
    return int(len(accepted) < count or cuts[49] > 15 or cuts[98] > 45)  # noqa: PLR2004 - the goals


def wait_and_kill(platform: Platform, daemon: subprocess.Popen[bytes], count: int, at: datetime) -> float:
    """Wait for a moment, kill the daemon and its code server, and return when; say when all was in the ledger."""
    query = sa.select(sa.func.count().label("found")).select_from(EPISODE)
    begun = time.monotonic()
    while datetime.now(UTC) < at:
        time.sleep(1)
        if begun and platform.state.rows(query)[0]["found"] >= count:
            print(f"  all in the ledger {time.monotonic() - begun:.0f} s after the processes were started", flush=True)
            begun = 0.0
    end(daemon, signal.SIGKILL)
    return time.time()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DEADLINES))
