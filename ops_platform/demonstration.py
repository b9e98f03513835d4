"""The demonstration from end to end: a made-up branch's files through the whole house, and where to look afterwards."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from ops_platform.alerting.catalogue import WATCHES
from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.sink import Sink
from ops_platform.alerting.wording import SEVERITY
from ops_platform.channel_settings import WebhookSettings
from ops_platform.clock import month_of
from ops_platform.contracts.published import PUBLISHED_SCORECARDS
from ops_platform.contracts.scores import RANKINGS
from ops_platform.definitions import build_definitions
from ops_platform.demo import MOMENT, generate, is_generated
from ops_platform.demo.population import POPULATION
from ops_platform.intake.archive import STABLE_S
from ops_platform.kpi.publishing import closes_at
from ops_platform.maintenance.dispatch_facts import dispatch_now
from ops_platform.platform import Platform
from ops_platform.reporting import dispatch_board
from ops_platform.reporting.alert_words import two
from ops_platform.reporting.assemble import MAP, PAGE, WORKBOOK
from ops_platform.reporting.handover import FOLDER as HANDOVER
from ops_platform.reporting.index_page import INDEX
from ops_platform.reporting.open_alerts import STATES, open_sections
from ops_platform.settings import Settings
from ops_platform.state import PUBLISHED_MONTH
from ops_platform.ticks import Ticks
from sensors.jobs import REPORTS, clock_faults, hand_over_shift, show_alerts

FLOW = ("new_files", "new_receipts", "stale_months")
NOW = ("open_outages",)
ENVIRONMENT = {
    "OPS_BRANCH": "黄南分公司（演示）",
    "OPS_BRANCH_EN": "Huangnan branch (demonstration)",
    "OPS_NOTE": "演示数据，纯属虚构",
    "OPS_NOTE_EN": "Demonstration data, all made up",
    "OPS_ON_CALL_OFFICE": "632301",
    "OPS_FROZEN_AT": MOMENT.isoformat(),
}
"""The settings that make an installation the demonstration; the clock stands still at its moment."""


@dataclass(frozen=True)
class Places:
    """Where the demonstration keeps its things, below its home."""

    home: Path

    @property
    def branch(self) -> Path:
        """The generated files and the true answers."""
        return self.home / "branch"

    @property
    def dagster(self) -> Path:
        """Dagster's own home."""
        return self.home / "dagster"

    @property
    def environment(self) -> Path:
        """The environment under which ``make ui`` opens the same installation."""
        return self.home / "ops.env"

    @property
    def alerts(self) -> Path:
        """What the local receiver was sent."""
        return self.home / "alerts.jsonl"


def demonstrate(home: Path, dagster_yaml: Path, scale: float, console: Console) -> None:
    """Run the demonstration, or what of it was not run before, and say what came out.

    Parameters
    ----------
    home
        Folder of the demonstration's installation.
    dagster_yaml
        Dagster's own configuration for it.
    scale
        Size of the branch; 1 is about 420 sites.
    """
    places = Places(home.absolute())
    _prepare(places, dagster_yaml)
    _drop_files(places, scale, console)
    with Sink(places.alerts) as sink, dg.DagsterInstance.get() as instance:
        platform = Platform(Settings(channels={"webhook": WebhookSettings(url=SecretStr(sink.url))}))
        ticks = Ticks(build_definitions(platform.settings), instance)
        runs = ticks.settle(FLOW, lambda job, request: _say(console, job, request))
        runs += _publish(ticks, platform, console)
        runs += ticks.settle(NOW, lambda job, request: _say(console, job, request))
        fresh = runs > 0  # otherwise it stands as it was: no fact has changed, and neither has the moment
        if fresh:
            runs += _run(ticks, console, clock_faults.name)
        for sensor in (*WATCHES, "run_failures"):
            list(ticks.evaluate(sensor))
        delivered = drain(platform.state, channels_of(platform.settings), platform.now)
        if fresh:
            runs += _run(ticks, console, show_alerts.name)
            runs += _run(ticks, console, hand_over_shift.name, month_of(platform.now(), platform.settings.zone))
    console.print(f"[dim]{runs} runs, {delivered.sent} messages delivered[/dim]")
    _summary(platform, places, console)


def _prepare(places: Places, dagster_yaml: Path) -> None:
    environment = {
        **ENVIRONMENT,
        "OPS_HOME": str(places.home),
        "OPS_POPULATION": str(places.branch / POPULATION),
        "DAGSTER_HOME": str(places.dagster),
    }
    os.environ.update(environment)
    places.dagster.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(dagster_yaml, places.dagster / "dagster.yaml")
    lines = [f"{name}='{value}'\n" for name, value in environment.items()]
    places.environment.write_text("".join(lines), encoding="utf-8")


def _drop_files(places: Places, scale: float, console: Console) -> None:
    """Generate the branch and put its files into the inbox, once."""
    dropped = places.branch / "dropped"
    if is_generated(places.branch, scale=scale) and dropped.exists():
        return
    with console.status("Making up a branch / 生成演示分公司") as status:
        generate(
            places.branch,
            scale=scale,
            progress=lambda step, share: status.update(f"Making up a branch / 生成演示分公司: {step} {share:.0%}"),
        )
    inbox = Settings().inbox
    inbox.mkdir(parents=True, exist_ok=True)
    files = sorted((places.branch / "inbox").iterdir())
    for file in files:
        # Under a name that intake leaves alone until the whole file is there.
        partial = inbox / f"{file.name}.part"
        shutil.copyfile(file, partial)
        partial.rename(inbox / file.name)
    time.sleep(STABLE_S)  # until then they count as still being written
    dropped.touch()
    console.print(f"{len(files)} files lie in the inbox / 收件箱有 {len(files)} 个文件")


def _say(console: Console, job: str, request: dg.RunRequest) -> None:
    days = " – ".join(value for name, value in sorted(request.tags.items(), reverse=True) if "partition_range" in name)
    console.print(f"[dim]{time.strftime('%H:%M:%S')}[/dim] {job} {request.partition_key or days}")


def _publish(ticks: Ticks, platform: Platform, console: Console) -> int:
    """Close the months whose closing has come and that are not published yet; return how many."""
    now, settings = platform.now(), platform.settings
    over = [month for month in platform.warehouse.partitions(RANKINGS) if closes_at(month, settings) <= now]
    published = {row["month"] for row in platform.state.rows(sa.select(PUBLISHED_MONTH.c.month))}
    selection = [dg.AssetKey(name) for name in (PUBLISHED_SCORECARDS.name, *REPORTS)]
    for month in over:
        if month not in published:
            request = dg.RunRequest(partition_key=month, asset_selection=selection)
            _say(console, "close_month", request)
            ticks.run("close_month", request)
    return len(set(over) - published)


def _run(ticks: Ticks, console: Console, job: str, month: str | None = None) -> int:
    """Run a job as its schedule would; return the number of runs."""
    request = dg.RunRequest(partition_key=month)
    _say(console, job, request)
    ticks.run(job, request)
    return 1


def _summary(platform: Platform, places: Places, console: Console) -> None:
    running = month_of(platform.now(), platform.settings.zone)
    month = max(month for month in platform.warehouse.partitions(RANKINGS) if month < running)
    console.print()
    console.print(_ranking(platform, month))
    console.print(_alerts(platform))
    console.print(_dispatch(platform))
    folder = platform.settings.reports / month
    for title, name in (("月报 Report", PAGE), ("覆盖图 Map", MAP), ("工作簿 Workbook", WORKBOOK)):
        console.print(f"{title}: [link]{folder / name}[/link]", soft_wrap=True)
    console.print(f"目录 All months: [link]{platform.settings.reports / INDEX}[/link]", soft_wrap=True)
    for file in sorted((platform.settings.reports / HANDOVER).glob("*.html"))[-1:]:
        console.print(f"交接班 Handover: [link]{file}[/link]", soft_wrap=True)
    console.print(f"告警 Alerts as delivered: {places.alerts}", soft_wrap=True)
    console.print("打开 Dagster: [bold]make ui[/bold]  (http://127.0.0.1:3000)")


def _ranking(platform: Platform, month: str) -> Table:
    rankings = platform.facts.month(RANKINGS, month)
    offices = rankings[rankings["level"] == "office"].merge(platform.facts.whole("offices"), on="office_id")
    table = Table(title=f"{platform.settings.branch} {month} 排名 Ranking · {platform.settings.note}")
    for header in ("名次 Rank", "单位 Office", "总分 Score", "上月 Last month"):
        table.add_column(header, justify="left" if "Office" in header else "right")
    for row in offices.sort_values("rank").itertuples():
        previous = "—" if row.previous_score != row.previous_score else f"{row.previous_score:.1f}"
        flag = " · 流动红旗 Red flag" if row.rank == 1 else ""
        table.add_row(f"{row.rank:.0f}", f"{row.office_name} {row.office_name_en}{flag}", f"{row.score:.1f}", previous)
    return table


def _alerts(platform: Platform) -> Table:
    sections = open_sections(platform, platform.now())
    kinds = [kind for kind in STATES if any(one.kinds[kind] for one in sections)]
    table = Table(title="未解除的告警 Alerts open now")
    table.add_column("级别\nSeverity", no_wrap=True)
    table.add_column("告警", no_wrap=True)
    table.add_column("Alert", overflow="fold")
    for kind in kinds:
        table.add_column(f"{STATES[kind].zh}\n{STATES[kind].en}", justify="right")
    for severity, word in SEVERITY.items():
        headings = dict.fromkeys(one.heading for one in sections if one.severity == severity)
        for place, heading in enumerate(headings):
            mine = [one.kinds for one in sections if (one.severity, one.heading) == (severity, heading)]
            cells = (sum(counted[kind] for counted in mine) for kind in kinds)
            named = two(word) if place == 0 else ""
            table.add_row(named, heading.zh, heading.en, *(str(count or "") for count in cells))
        table.add_section()
    return table


def _dispatch(platform: Platform) -> Table:
    now = platform.now()
    board = dispatch_board.tables(dispatch_now(platform.facts, platform.settings.policy, now), platform.facts, now)
    compared, sites = board["compared"], len(board["lost_anyway"])
    table = Table(title="派单建议 Dispatch board", caption=f"{sites} 个站无论如何会断 sites are lost whatever is done")
    for header in ("派单方式 Way to plan", "损失 Customer-hours lost", "紧急故障 Urgent faults attended"):
        table.add_column(header, justify="left" if "Way" in header else "right")
    for row in compared.itertuples():
        table.add_row(row.method, f"{row.lost_h:,.0f}", str(row.urgent_attended))
    return table
