"""Commands about months that are over: what was published of them, and their restatement."""

import argparse
import getpass

from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.settings import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line."""
    restate = commands.add_parser(
        "restate", help="show how a published month is computed now; with a reason, publish that as its next revision"
    )
    restate.add_argument("month", help="YYYY-MM")
    restate.add_argument("--reason", default="", help="why it is restated; printed on the report. Empty: only show")
    restate.add_argument("--who", default=getpass.getuser(), help="staff_id of who restates; else the login name")
    restate.set_defaults(run=_restate)


def _restate(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.kpi.publishing import broken_parts, folder_of, newest  # noqa: PLC0415
    from ops_platform.kpi.restatement import difference  # noqa: PLC0415
    from ops_platform.reporting.publication import restate_month  # noqa: PLC0415
    from ops_platform.reporting.restatement import difference_tables  # noqa: PLC0415

    platform, console = Platform(Settings()), Console()
    standing = newest(platform.state, options.month)
    if standing is None:
        raise PermanentError(f"{options.month} 尚未发布 / {options.month} has not been published")
    on = f"{standing.published_at.astimezone(platform.settings.zone):%Y-%m-%d %H:%M}"
    console.print(f"{options.month} r{standing.revision} {on} {standing.content_sha256}")
    for name in broken_parts(platform, standing):
        console.print(f"已被改动 / is not what was published: {name}", style="bold red")
    for name, table in difference_tables(difference(platform, standing), platform.facts).items():
        console.print(f"\n[bold]{name}[/bold] ({len(table)})\n{table.to_string(index=False)}", soft_wrap=True)
    if options.reason:
        made = restate_month(platform, options.month, options.reason, options.who)
        console.print(f"\n{options.month} r{made.revision} {made.content_sha256}\n{folder_of(platform.settings, made)}")
