"""Commands about targets, and about months that are over: what was published of them, and their restatement."""

import argparse
import getpass
import shutil
from pathlib import Path

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
    targets = commands.add_parser("targets", help="edit targets and weights in a workbook").add_subparsers(
        required=True
    )
    export = targets.add_parser("export", help="write those in force and to come into a workbook to edit")
    export.add_argument("file", type=Path)
    export.set_defaults(run=_export_targets)
    check = targets.add_parser("check", help="say what is wrong with them, or with them as a file would make them")
    check.add_argument("file", type=Path, nargs="?")
    check.set_defaults(run=_check_targets)
    load = targets.add_parser("load", help="put a workbook into the inbox, if nothing is wrong with what it makes")
    load.add_argument("file", type=Path)
    load.set_defaults(run=_load_targets)
    under = targets.add_parser("under", help="show what a month would score under the targets of another")
    under.add_argument("month", help="YYYY-MM")
    under.add_argument("--of", help="month whose targets hold; January of next year where it is not said")
    under.set_defaults(run=_under_targets)
    person = commands.add_parser("person", help="write one person's own page of a month")
    person.add_argument("staff_id")
    person.add_argument("--month", required=True, help="YYYY-MM")
    person.add_argument("--as", dest="viewer", default=getpass.getuser(), help="staff_id of who looks; else the login")
    person.add_argument("--file", type=Path, required=True, help="where to write it")
    person.set_defaults(run=_person)
    tree = commands.add_parser("breakdown", help="show a KPI from the branch down to site, or to single events")
    tree.add_argument("kpi", help="for instance generator_timeliness")
    tree.add_argument("--month", required=True, help="YYYY-MM")
    tree.add_argument("--office", help="only this office (office_id)")
    tree.add_argument("--events", action="store_true", help="down to single events")
    tree.set_defaults(run=_breakdown)


def _person(options: argparse.Namespace) -> None:
    from ops_platform.reporting.person import person_page  # noqa: PLC0415

    page = person_page(Platform(Settings()), options.month, options.staff_id, options.viewer)
    options.file.touch(mode=0o600)
    options.file.write_text(page, encoding="utf-8")


def _breakdown(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.kpi.breakdown import breakdown  # noqa: PLC0415
    from ops_platform.kpi.explain import RowsBehind, kpi_of  # noqa: PLC0415

    platform = Platform(Settings())
    policy, now = platform.settings.policy, platform.now()
    rows = breakdown(kpi_of(options.kpi, options.month), RowsBehind(platform.facts, options.month, policy, now))
    rows = rows[rows["office_id"] == options.office] if options.office else rows
    rows = rows if options.events else rows[rows["level"] != "event"].drop(columns=["day_on", "event_id"])
    Console().print(rows.drop(columns="kpi_id").round(4).to_string(index=False), soft_wrap=True)


def _export_targets(options: argparse.Namespace) -> None:
    from ops_platform.reporting.targets_book import targets_book  # noqa: PLC0415

    facts = Platform(Settings()).facts
    options.file.write_bytes(targets_book(facts.whole("targets"), facts.whole("role_targets")))


def _check_targets(options: argparse.Namespace) -> None:
    _accept_targets(Platform(Settings()), options.file)
    print("没有问题 / nothing is wrong")


def _load_targets(options: argparse.Namespace) -> None:
    platform = Platform(Settings())
    _accept_targets(platform, options.file)
    inbox = platform.settings.inbox
    inbox.mkdir(parents=True, exist_ok=True)
    # Under a name that intake leaves alone until the whole file is there.
    partial = inbox / f"{options.file.name}.part"
    shutil.copyfile(options.file, partial)
    partial.rename(inbox / options.file.name)
    print(f"已放入收件箱 / put into the inbox: {inbox / options.file.name}")


def _accept_targets(platform: Platform, file: Path | None) -> None:
    """Look whether targets, as a file makes them where there is one, are in order.

    Raises
    ------
    PermanentError
        If they are not; names every flaw.
    """
    from ops_platform.kpi.target_files import after_file  # noqa: PLC0415
    from ops_platform.kpi.targets import flaws  # noqa: PLC0415

    facts = platform.facts
    targets, role_targets = after_file(platform, file) if file else (
        facts.whole("targets"), facts.whole("role_targets"),
    )  # fmt: skip
    offices = facts.whole("offices")["office_id"].tolist()
    found = flaws(targets, role_targets, offices, platform.settings.policy.scoring)
    if found:
        raise PermanentError("\n".join(f"{one.where}: {one.zh} / {one.en}" for one in found))


def _under_targets(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415

    from ops_platform.contracts.scores import SCORECARDS  # noqa: PLC0415
    from ops_platform.kpi.targets import next_year, under_targets_of  # noqa: PLC0415

    facts, other = Platform(Settings()).facts, options.of or next_year(options.month)
    scores = under_targets_of(facts, facts.month(SCORECARDS, options.month), options.month, other)
    offices = scores[scores["level"].isin(["branch", "office"])].drop(columns=["level", "contractor", "staff_id"])
    Console().print(f"{options.month} → {other}\n{offices.round(2).to_string(index=False)}", soft_wrap=True)


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
