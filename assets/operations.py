"""Operations: what is the matter at this moment and who should go."""

import dagster as dg
import pyarrow as pa

from assets.results import OWNERS, describe, static_metadata, table_result
from ops_platform.contracts.coverage import COVERAGE_SERVERS, OUTAGE_EFFECT
from ops_platform.contracts.outages import FAULT_CLOCK
from ops_platform.coverage.outage_table import outage_table
from ops_platform.coverage.outages import people_without, populated_now
from ops_platform.coverage.rasters import BEST_SERVER
from ops_platform.facts import as_frame
from ops_platform.maintenance.dispatch_facts import dispatch_now
from ops_platform.maintenance.fault_clock import fault_clock as clock_of
from ops_platform.maintenance.importance import importance
from ops_platform.maintenance.power_events import clock_now, down_now
from ops_platform.maintenance.travel import travel_of
from ops_platform.platform import Platform
from ops_platform.reporting import fault_clock as clock_words
from ops_platform.reporting.dispatch_board import board, planned_by
from ops_platform.reporting.markdown import frame_preview
from ops_platform.reporting.power_clock import clock_table

GROUP = "operations"
_OF_CLOCK = [
    "alarms", "alarm_events", "generator_runs", "planned_work", "exclusions", "battery_tests", "sites",
    "acceptance_tests", "offices", "crews", "generators",
]  # fmt: skip


@dg.asset(group_name=GROUP, owners=OWNERS, kinds={"python"}, deps=_OF_CLOCK)
def power_clock(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """电池时钟：此刻停电的基站，按紧急程度排列，电池还能撑多久、何时必须出发、断站影响多少用户、多少人无信号。

    Power clock: every mains outage that is open now, the most urgent first, how long its battery still lasts, when
    somebody must leave, which customers lose service, and how many people are then without any coverage.
    """
    facts, now = platform.facts, platform.now()
    policy, sites = platform.settings.policy.power, facts.whole("sites")
    clock, down = clock_now(facts, policy, now), {*down_now(facts, policy, now)["site_id"]}
    without = people_without(populated_now(facts, now), sites, clock["site_id"], down)
    table = clock_table(clock, importance(sites).assign(people_without=without), facts, now)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(table),
            "as_of": dg.MetadataValue.timestamp(now),
            "travel": travel_of(policy, facts.terrain).basis,
            **{state: int(count) for state, count in clock["state"].value_counts().items()},
            "clock": dg.MetadataValue.md(frame_preview(table, platform.settings.zone, rows=len(table))),
        }
    )


@dg.asset(group_name=GROUP, owners=OWNERS, kinds={"scipy"}, deps=[*_OF_CLOCK, "faults"])
def dispatch_board(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """派单建议：此刻哪支队伍去哪里发电或抢修，哪些站无论如何都会断，与先到先办、就近优先相比。

    Dispatch board: which crew should go where now, which sites are lost whatever is done, beside simpler ways to plan.
    """
    now = platform.now()
    plan = dispatch_now(platform.facts, platform.settings.policy, now)
    lost = plan.compared.set_index("method")["lost_h"]
    shown = {name: dg.MetadataValue.md(text) for name, text in board(plan, platform.facts, now).items()}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(plan.stops),
            "planned_at": dg.MetadataValue.timestamp(now),
            "planned_by": planned_by(plan),
            "travel": travel_of(platform.settings.policy.power, platform.facts.terrain).basis,
            "customer_hours_lost": round(float(lost["solver"])),
            "customer_hours_lost_if_nobody_goes": round(float(lost["nothing"])),
            "sites_lost_anyway": int(plan.dark["anyway"].sum()),
            **shown,
        }
    )


@dg.asset(
    name=FAULT_CLOCK.name,
    group_name=GROUP,
    deps=["faults", "sites", "offices"],
    description=describe(FAULT_CLOCK),
    metadata=static_metadata(FAULT_CLOCK),
    owners=OWNERS,
    kinds={"parquet"},
)
def fault_clock(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Write how much time each open fault has left, and how those repaired this month kept their limits."""
    facts, now = platform.facts, platform.now()
    table = clock_words.clock_table(clock_of(facts, platform.settings.policy.fault, now))
    platform.warehouse.write(FAULT_CLOCK, table)
    rows = as_frame(table)
    still_open = rows["repaired_at"].isna()
    note = clock_words.calendar_note(rows)
    return table_result(
        platform,
        FAULT_CLOCK,
        [""],
        len(rows),
        rows,
        measured_at=dg.MetadataValue.timestamp(now),
        open=int(still_open.sum()),
        open_and_overdue=int((still_open & (rows["minutes_left"] < 0)).sum()),
        clock=dg.MetadataValue.md(clock_words.board(rows, facts)),
        **({"calendar": note} if note else {}),
    )


@dg.asset(
    name=OUTAGE_EFFECT.name,
    group_name=GROUP,
    deps=[*_OF_CLOCK, COVERAGE_SERVERS.name, BEST_SERVER],
    description=describe(OUTAGE_EFFECT),
    metadata=static_metadata(OUTAGE_EFFECT),
    owners=OWNERS,
    kinds={"parquet"},
)
def outage_effect(platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Write whom and what the sites that are down, or on battery, leave without coverage at this moment."""
    facts, now = platform.facts, platform.now()
    effect = outage_table(facts, platform.settings, now)
    rows = pa.Table.from_pandas(effect.rows, schema=OUTAGE_EFFECT.schema, preserve_index=False)
    platform.warehouse.write(OUTAGE_EFFECT, rows)
    return table_result(
        platform,
        OUTAGE_EFFECT,
        [""],
        rows.num_rows,
        effect.rows,
        as_of=dg.MetadataValue.timestamp(now),
        coverage_of=effect.month or "-",
        people_without=round(effect.people),
        km2_without=round(effect.km2, 1),
        people_without_if_nobody_goes=round(effect.people_at_worst),
        km2_without_if_nobody_goes=round(effect.km2_at_worst, 1),
    )


ASSETS = [power_clock, dispatch_board, fault_clock, outage_effect]
