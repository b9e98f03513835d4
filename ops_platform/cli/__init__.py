"""The command ``ops``."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from ops_platform.cli import alerts, intake, months, siting, what_if
from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.settings import Settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command of the command line."""
    parser = argparse.ArgumentParser(prog="ops", description="Network maintenance and KPI operations platform")
    commands = parser.add_subparsers(required=True)
    demo = commands.add_parser("demo", help="run the demonstration from end to end")
    demo.add_argument("--home", type=Path, default=Path("demo_home"), help="folder of the demonstration")
    demo.add_argument("--dagster-yaml", type=Path, default=Path("deploy/demo.dagster.yaml"))
    demo.add_argument("--scale", type=float, default=1.0, help="size of the branch; 1 is about 420 sites")
    demo.set_defaults(run=_demo)
    dispatch = commands.add_parser("dispatch", help="deliver alerts until stopped")
    dispatch.set_defaults(run=_dispatch)
    why = commands.add_parser(
        "explain", help="list what is behind a KPI's figure: every row that counts, and what is left out"
    )
    why.add_argument("kpi", help="for instance generator_timeliness")
    why.add_argument("--month", required=True, help="YYYY-MM")
    why.add_argument("--office", help="only this office (office_id)")
    why.add_argument("--contractor", help="only the people of this contractor, as the staff register writes it")
    why.add_argument("--staff", help="only this person (staff_id)")
    why.add_argument("--subject", help="only this site, cell, fault, complaint … of which the KPI speaks")
    why.set_defaults(run=_why)
    again = commands.add_parser(
        "backfill", help="have Dagster's daemon compute the radio network of a span of months anew"
    )
    again.add_argument("first", help="YYYY-MM")
    again.add_argument("last", help="YYYY-MM, included")
    again.set_defaults(run=_backfill)
    for part in (alerts, siting, months, what_if, intake):
        part.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (PermanentError, FileNotFoundError, ValidationError, SettingsError) as error:
        sys.exit(f"{error}")


# What a command needs is imported when it runs: Dagster alone takes seconds.


def _demo(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.demonstration import demonstrate  # noqa: PLC0415

    demonstrate(options.home, options.dagster_yaml, options.scale, Console())


def _dispatch(_options: argparse.Namespace) -> None:
    from ops_platform.alerting.channels import channels_of  # noqa: PLC0415
    from ops_platform.alerting.service import run  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    platform, stop = Platform(Settings()), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run(platform, channels_of(platform.settings), stop)


def _why(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.kpi.explain import RowsBehind, explain, kpi_of  # noqa: PLC0415
    from ops_platform.reporting.evidence import evidence_texts  # noqa: PLC0415

    platform, kpi = Platform(Settings()), kpi_of(options.kpi, options.month)
    asked = {
        "office_id": options.office,
        "contractor": options.contractor,
        "staff_id": options.staff,
        kpi.subject: options.subject,
    }
    who = {column: value for column, value in asked.items() if value}
    rows = explain(kpi, RowsBehind(platform.facts, options.month, platform.settings.policy, platform.now()), who)
    title = " · ".join([options.month, *who.values()])
    Console().print(*evidence_texts(kpi, rows, title, platform.settings.zone), sep="\n")


def _backfill(options: argparse.Namespace) -> None:
    import dagster as dg  # noqa: PLC0415

    from ops_platform.backfill import request_backfill  # noqa: PLC0415
    from ops_platform.definitions import build_definitions  # noqa: PLC0415

    settings = Settings()
    with dg.DagsterInstance.get() as instance:
        now_s = settings.clock.now().timestamp()
        number = request_backfill(instance, build_definitions(settings), options.first, options.last, now_s)
    print(f"{number}: Runs > Backfills in the Dagster UI shows its progress; the daemon must be running")
