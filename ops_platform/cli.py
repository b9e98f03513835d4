"""The command ``ops``."""

import argparse
import getpass
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from ops_platform import cli_alerts, cli_months
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
    cli_alerts.add_to(commands)
    cli_months.add_to(commands)
    retry = commands.add_parser("retry", help="check the rows in quarantine again and release those that now pass")
    retry.add_argument("--feed", help="only the rows of this feed")
    retry.set_defaults(run=_retry)
    dismiss = commands.add_parser("dismiss", help="decide that rows in quarantine will never be loaded")
    dismiss.add_argument("--feed", required=True, help="the rows of this feed")
    dismiss.add_argument("--receipt", type=int, help="only those of the receipt of this number")
    dismiss.add_argument("--column", help="only those for the sake of this column")
    dismiss.add_argument("--value", help="only those with this value")
    dismiss.add_argument("--reason", default="", help="why; kept with the rows")
    dismiss.add_argument("--who", default=getpass.getuser(), help="who decides; by default the login name")
    dismiss.add_argument("--undo", action="store_true", help="take the dismissal back")
    dismiss.set_defaults(run=_dismiss)
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
    intake = commands.add_parser("intake", help="look at a file before it is dropped").add_subparsers(required=True)
    explain = intake.add_parser("explain", help="show what a file would become, without loading it")
    explain.add_argument("file", type=Path)
    explain.set_defaults(run=_explain)
    suggest = intake.add_parser("suggest", help="draft a mapping for a file that is not recognised")
    suggest.add_argument("file", type=Path)
    suggest.add_argument("--feed", help="what the rows are, where you know it")
    suggest.set_defaults(run=_suggest)
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


def _retry(options: argparse.Namespace) -> None:
    from ops_platform.intake.quarantine import retry  # noqa: PLC0415

    platform = Platform(Settings())
    for receipt in retry(platform.state, platform.warehouse, platform.settings, platform.now(), options.feed):
        print(f"{receipt.feed}: {receipt.rows_accepted} rows released, {receipt.rows_quarantined} still in quarantine")


def _dismiss(options: argparse.Namespace) -> None:
    from ops_platform.intake.quarantine import Chosen, dismiss, restore  # noqa: PLC0415

    platform = Platform(Settings())
    chosen = Chosen(options.feed, options.receipt, options.column, options.value)
    if options.undo:
        print(f"{restore(chosen, platform.state)} rows wait in quarantine again")
    else:
        rows = dismiss(chosen, options.reason, options.who, platform.state, platform.now())
        print(f"{rows} rows dismissed")


def _explain(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.intake.explain import explain  # noqa: PLC0415
    from ops_platform.reporting.explanation import explanation_tables  # noqa: PLC0415
    from ops_platform.reporting.masking import staff_mask  # noqa: PLC0415

    platform, console = Platform(Settings()), Console()
    mask = staff_mask(platform.warehouse)
    for part in explain(options.file, platform):
        if isinstance(part, PermanentError):
            console.print(f"拒收 / refused: {mask(str(part))}", style="bold red", markup=False)
        else:
            console.print(*explanation_tables(part, platform.settings.zone, mask), sep="\n")


def _why(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.kpi.explain import explain, kpi_of  # noqa: PLC0415
    from ops_platform.reporting.evidence import evidence_texts  # noqa: PLC0415

    platform, kpi = Platform(Settings()), kpi_of(options.kpi, options.month)
    asked = {
        "office_id": options.office,
        "contractor": options.contractor,
        "staff_id": options.staff,
        kpi.subject: options.subject,
    }
    who = {column: value for column, value in asked.items() if value}
    rows = explain(kpi, platform.facts, options.month, platform.settings.policy, platform.now(), who)
    title = " · ".join([options.month, *who.values()])
    Console().print(*evidence_texts(kpi, rows, title, platform.settings.zone), sep="\n")


def _suggest(options: argparse.Namespace) -> None:
    from ops_platform.intake.suggest import suggest  # noqa: PLC0415
    from ops_platform.reporting.masking import staff_mask  # noqa: PLC0415

    platform = Platform(Settings())
    print(staff_mask(platform.warehouse)(suggest(options.file, platform, options.feed)), end="")
