"""Commands about files that arrive: what one would become, and what is to be done with rows in quarantine."""

import argparse
import getpass
from pathlib import Path

from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.settings import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line."""
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
    intake = commands.add_parser("intake", help="look at a file before it is dropped").add_subparsers(required=True)
    explain = intake.add_parser("explain", help="show what a file would become, without loading it")
    explain.add_argument("file", type=Path)
    explain.set_defaults(run=_explain)
    suggest = intake.add_parser("suggest", help="draft a mapping for a file that is not recognised")
    suggest.add_argument("file", type=Path)
    suggest.add_argument("--feed", help="what the rows are, where you know it")
    suggest.set_defaults(run=_suggest)


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


def _suggest(options: argparse.Namespace) -> None:
    from ops_platform.intake.suggest import suggest  # noqa: PLC0415
    from ops_platform.reporting.masking import staff_mask  # noqa: PLC0415

    platform = Platform(Settings())
    print(staff_mask(platform.warehouse)(suggest(options.file, platform, options.feed)), end="")
