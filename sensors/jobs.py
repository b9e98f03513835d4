"""The jobs that sensors and schedules start."""

import dagster as dg

from ops_platform.contracts import FEEDS
from ops_platform.contracts.alerting import ALERT_FIGURES, ALERT_PEOPLE, PLANNED_WORK_USE
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.coverage import COVERAGE_GAP_CHANGES, OUTAGE_EFFECT, SITE_CANDIDATES
from ops_platform.contracts.insight import OUTLOOKS, SCORE_CHANGES, STANDINGS
from ops_platform.contracts.outages import FAULT_CLOCK
from ops_platform.contracts.published import PUBLISHED_SCORECARDS
from ops_platform.contracts.reviews import COMPLAINT_QUEUE
from ops_platform.contracts.scores import RANKINGS, SCORECARDS, YEAR_SCORES

DIMENSIONS = [name for name, contract in FEEDS.items() if contract.grain == "none"]
EVENTS = [name for name, contract in FEEDS.items() if contract.grain == "month"]
COUNTERS = [name for name, contract in FEEDS.items() if contract.grain == "day"]

REPORTS = ["monthly_report", "scorecard_workbook", "definition_book", "report_index"]
CARDS = [
    SCORECARDS.name, RANKINGS.name, YEAR_SCORES.name, SCORE_CHANGES.name, STANDINGS.name, OUTLOOKS.name,
    COVERAGE_GAP_CHANGES.name, SITE_CANDIDATES.name, "coverage_map", *REPORTS,
]  # fmt: skip
"""What must be made again when only an earlier month changed: change from last month, year to date, new sites by the
complaints of some months."""

_FACTS = dg.AssetSelection.assets("receipts", "quarantine", *DIMENSIONS, *EVENTS, *COUNTERS, CELL_DAYS.name)
_OPERATIONS = dg.AssetSelection.groups("operations")
"""What is true at a moment belongs to no month."""
_PUBLISHED = dg.AssetSelection.assets(PUBLISHED_SCORECARDS.name)
"""What is made when a month is closed, and not whenever its facts change."""

intake = dg.define_asset_job(
    "intake",
    dg.AssetSelection.assets("receipts", "quarantine"),
    description="收件：读取收件箱中的文件。Receive the files of the inbox.",
)
load_dimensions = dg.define_asset_job(
    "load_dimensions",
    dg.AssetSelection.assets(*DIMENSIONS),
    description="装载台账类数据。Load sites, cells, staff and other registers.",
)
load_counters = dg.define_asset_job(
    "load_counters",
    dg.AssetSelection.assets(*COUNTERS, CELL_DAYS.name),
    description="按日装载性能数据。Load counters by day and sum them into cell days.",
)
load_events = dg.define_asset_job(
    "load_events",
    dg.AssetSelection.assets(*EVENTS),
    description="按月装载事件数据。Load event feeds by month.",
)
build_month = dg.define_asset_job(
    "build_month",
    dg.AssetSelection.all() - _FACTS - _OPERATIONS - _PUBLISHED,
    description="计算一个月的指标、考核表、覆盖与报告。Compute a month's measures, scorecards, coverage and reports.",
)
close_month = dg.define_asset_job(
    "close_month",
    dg.AssetSelection.all() - _FACTS - _OPERATIONS,
    description="关闭一个月：计算并发布。Close a month: compute and publish it.",
)
restate_month = dg.define_asset_job(
    "restate_month",
    dg.AssetSelection.assets(PUBLISHED_SCORECARDS.name, *REPORTS),
    description="重述已发布的月份：选择月份，在 Launchpad 中填写 reason（理由）与 who（责任人），然后 Launch Run；"
    "现算数值作为下一版发布，上一版原样保存。"
    "Restate a published month: choose the month, fill in reason and who in the Launchpad, then launch the run. The "
    "live figures become its next revision; the one before is kept. "
    "例 / for instance: {ops: {published_month: {config: {reason: late fault orders of site 12, who: E07}}}}",
)
plan_dispatch = dg.define_asset_job(
    "plan_dispatch",
    dg.AssetSelection.assets("power_clock", "dispatch_board", OUTAGE_EFFECT.name),
    description="更新电池时钟、派单建议与断站影响。"
    "The power clock, the dispatch board and the effect of outages at this moment.",
)
clock_faults = dg.define_asset_job(
    "clock_faults",
    dg.AssetSelection.assets(FAULT_CLOCK.name, COMPLAINT_QUEUE.name),
    description="更新故障时限与投诉队列。Measure the time that faults and complaints have left at this moment.",
)

show_alerts = dg.define_asset_job(
    "show_alerts",
    dg.AssetSelection.assets("open_alerts"),
    description="更新未解除的告警。Show the alerts that are open at this moment.",
)
hand_over_shift = dg.define_asset_job(
    "hand_over_shift",
    dg.AssetSelection.assets("shift_handover", ALERT_FIGURES.name, ALERT_PEOPLE.name, PLANNED_WORK_USE.name),
    description="交接班：交接班页与当月告警统计。"
    "Hand over a shift: its page, and the running month's figures of alerts.",
)

JOBS = [intake, load_dimensions, load_events, load_counters, build_month, close_month, restate_month, plan_dispatch,
        clock_faults, show_alerts, hand_over_shift]  # fmt: skip
