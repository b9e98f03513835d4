"""Alerts: what is open, what a shift hands over, and a month's figures. The ledger is read here, never changed."""

from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from assets.partitions import NEIGHBOURING_MONTHS
from assets.results import OWNERS, file_result, picture, table_result
from assets.tables import month_table
from ops_platform.alerting.figures import figures_by_person, figures_by_rule, read_month
from ops_platform.alerting.handover import handover
from ops_platform.alerting.planned_work import planned_work_use as use_of_planned_work
from ops_platform.alerting.standing import open_groups
from ops_platform.clock import first_day
from ops_platform.contracts import Contract
from ops_platform.contracts.alerting import ALERT_FIGURES, ALERT_PEOPLE, PLANNED_WORK_USE
from ops_platform.platform import Platform
from ops_platform.reporting import alert_figures as figures_words
from ops_platform.reporting import handover as page
from ops_platform.reporting import open_alerts as board
from ops_platform.warehouse import replacing

NOW, MONTHLY = "operations", "reports"
_KINDS = {"pandas", "parquet"}
_NAMES = ["staff", "offices", "planned_work"]


@dg.asset(group_name=NOW, owners=OWNERS, kinds={"python"}, deps=_NAMES)
def open_alerts(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """未解除的告警：最紧急的在前，剩余时间、谁已认领、为何不通知、下一步何时发生。

    Open alerts: the most urgent first, time left, who has it, why nobody is told, and what happens next and when.
    """
    now = platform.now()
    groups = open_groups(platform.state, platform.settings)
    sections = board.sections_of(groups, platform, now)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(len(one.episodes) for one in groups),
            "as_of": dg.MetadataValue.timestamp(now),
            "not_acknowledged": sum(one.kinds["open"] for one in sections),
            "by_severity_and_age": dg.MetadataValue.md(board.summary(sections, board.by_age(groups, now))),
            "alerts": dg.MetadataValue.md(board.board(sections)),
        }
    )


@dg.asset(group_name=NOW, owners=OWNERS, kinds={"html"}, deps=[*_NAMES, "duty_rota", "duty_overrides"])
def shift_handover(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """交接班：未解除、已认领、本班已解除、下一班将到期的告警，谁在值班，每人负荷；另存为一页 HTML。

    Shift handover: what is open, acknowledged, resolved and coming up, who is on duty, the load of each; also a page.
    """
    now, settings = platform.now(), platform.settings
    given = handover(platform, now)
    view = page.view_of(given, platform, now)
    file = settings.reports / page.FOLDER / page.file_name(given.incoming, settings)
    with replacing(file, settings.reports) as path:
        path.write_text(page.as_page(view, settings), encoding="utf-8")
    shown = {name: dg.MetadataValue.md(text) for name, text in page.as_markdown(view).items()}
    return file_result("shift_handover", file, as_of=dg.MetadataValue.timestamp(now), **shown)


@month_table(ALERT_FIGURES, MONTHLY, ["offices"], _KINDS)
def alert_figures(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Count the month's alerts by rule and office."""
    month = context.partition_key
    rows = figures_by_rule(read_month(platform.state, month, platform.settings.zone), month, platform.now())
    return _write(
        platform,
        ALERT_FIGURES,
        month,
        rows,
        chart=picture(figures_words.figures_chart(rows, month)),
        **{
            name: dg.MetadataValue.md(text) for name, text in figures_words.figures_tables(rows, platform.facts).items()
        },
    )


@month_table(ALERT_PEOPLE, MONTHLY, [], _KINDS)
def alert_people(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Count the month's alerts by person."""
    month = context.partition_key
    rows = figures_by_person(read_month(platform.state, month, platform.settings.zone), month)
    return _write(platform, ALERT_PEOPLE, month, rows)


@month_table(
    PLANNED_WORK_USE,
    MONTHLY,
    [
        dg.AssetDep("planned_work", partition_mapping=NEIGHBOURING_MONTHS),
        *("sites", "acceptance_tests", "offices"),
    ],
    _KINDS,
)
def planned_work_use(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Measure how much of each office's time planned work silences."""
    month = context.partition_key
    use = use_of_planned_work(platform.facts, month, platform.settings.policy.alerts)
    rows = use.assign(month_on=first_day(month)).sort_values("share_pct", ascending=False)
    over = ", ".join(rows.loc[rows["overused"], "office_name"])
    return _write(platform, PLANNED_WORK_USE, month, rows, overused_by=over or "—")


def _write(
    platform: Platform, contract: Contract, month: str, rows: pd.DataFrame, **metadata: Any
) -> dg.MaterializeResult:
    rows = rows[contract.schema.names]
    platform.warehouse.write(contract, pa.Table.from_pandas(rows, contract.schema, preserve_index=False), month)
    return table_result(platform, contract, [month], len(rows), rows, **metadata)


ASSETS = [open_alerts, shift_handover, alert_figures, alert_people, planned_work_use]
