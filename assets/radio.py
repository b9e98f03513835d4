"""What an engineer acts on in the radio network: the month's worst cells with their causes, and its traffic."""

import dagster as dg

from assets.partitions import ENGINE_POOL, NEIGHBOURING_MONTHS
from assets.results import picture, table_result
from assets.tables import month_table
from ops_platform.contracts.cells import (
    CELL_DAYS,
    DROP_PERCENTILES,
    LOAD_SHIFT,
    PACKET_REVIEW,
    TRAFFIC_REVIEW,
    WORST_CELLS,
)
from ops_platform.contracts.coverage import COVERAGE_GAPS, COVERAGE_LEVELS
from ops_platform.contracts.outages import SITE_OUTAGES
from ops_platform.facts import as_frame
from ops_platform.kpi.busy_hours import busy_hours
from ops_platform.kpi.drop_percentiles import drop_percentiles as percentiles_of
from ops_platform.kpi.load_shift import load_shift as shift_of
from ops_platform.kpi.packet_review import packet_review as packets_of
from ops_platform.kpi.traffic_review import traffic_review as review_of
from ops_platform.kpi.worst_cell_list import worst_cell_list
from ops_platform.platform import Platform
from ops_platform.reporting.busy_hours import busy_hour_chart, busy_hours_by_office
from ops_platform.reporting.traffic import (
    expand_list,
    load_by_band,
    overloaded_neighbours,
    packet_advice,
    thin_out_list,
)
from ops_platform.reporting.worst_cells import network_percentiles, rules_side_by_side, work_lists, worst_twenty

GROUP = "measures"
_REGISTERS = ["cells", "sites", "acceptance_tests", "offices"]


@month_table(
    WORST_CELLS,
    GROUP,
    [
        dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()),
        dg.AssetDep("measurement_reports", partition_mapping=dg.TimeWindowPartitionMapping()),
        dg.AssetDep(SITE_OUTAGES.name, partition_mapping=NEIGHBOURING_MONTHS),
        dg.AssetDep("alarms", partition_mapping=NEIGHBOURING_MONTHS),
        dg.AssetDep("optimisation_actions", partition_mapping=NEIGHBOURING_MONTHS),
        dg.AssetDep("inspections", partition_mapping=NEIGHBOURING_MONTHS),
        COVERAGE_GAPS.name,
        *_REGISTERS,
    ],
    {"duckdb", "parquet"},
    ENGINE_POOL,
)
def worst_cells(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """List the cells that meet a worst-cell rule in a month."""
    facts, month, policy = platform.facts, context.partition_key, platform.settings.policy.worst_cell
    found = worst_cell_list(facts, month, policy, platform.now())
    platform.warehouse.write(WORST_CELLS, found.rows, month)
    rows, hours = as_frame(found.rows), busy_hours(facts, month)
    return table_result(
        platform,
        WORST_CELLS,
        [month],
        len(rows),
        rows,
        worst=int(rows["worst"].sum()),
        selected_rule=f"{policy.rule.id} v{policy.rule.version}",
        busy_hour=picture(busy_hour_chart(hours)),
        busy_hours=dg.MetadataValue.md(busy_hours_by_office(hours, facts)),
        worst_twenty=dg.MetadataValue.md(worst_twenty(rows, facts)),
        work_lists=dg.MetadataValue.md(work_lists(rows, facts)),
        rules=dg.MetadataValue.md(rules_side_by_side(found.rules, facts)),
        causes=dg.MetadataValue.json(rows.loc[rows["worst"].astype(bool), "cause"].value_counts().to_dict()),
    )


@month_table(
    DROP_PERCENTILES,
    GROUP,
    [dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()), *_REGISTERS],
    {"duckdb", "parquet"},
)
def drop_percentiles(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Find the drop rate that most cells keep on most days of a month."""
    facts, month = platform.facts, context.partition_key
    table = percentiles_of(facts, month, platform.settings.policy.worst_cell)
    platform.warehouse.write(DROP_PERCENTILES, table, month)
    rows = as_frame(table)
    shown = dg.MetadataValue.md(network_percentiles(rows, facts))
    return table_result(platform, DROP_PERCENTILES, [month], len(rows), rows, percentiles=shown)


@month_table(
    TRAFFIC_REVIEW,
    GROUP,
    [
        dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()),
        COVERAGE_LEVELS.name,
        *_REGISTERS,
    ],
    {"duckdb", "parquet"},
    ENGINE_POOL,
)
def traffic_review(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Review the load of every cell in a month, and say what to expand and what to thin out."""
    facts, month = platform.facts, context.partition_key
    table = review_of(facts, month, platform.settings.policy.traffic)
    platform.warehouse.write(TRAFFIC_REVIEW, table, month)
    rows = as_frame(table)
    return table_result(
        platform,
        TRAFFIC_REVIEW,
        [month],
        len(rows),
        rows,
        expand=dg.MetadataValue.md(expand_list(rows, facts)),
        thin_out=dg.MetadataValue.md(thin_out_list(rows, facts)),
        bands=dg.MetadataValue.md(load_by_band(rows, facts)),
        actions=dg.MetadataValue.json(rows["action"].value_counts().to_dict()),
    )


@month_table(
    LOAD_SHIFT,
    GROUP,
    [
        dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()),
        SITE_OUTAGES.name,
        *_REGISTERS,
    ],
    {"duckdb", "parquet"},
)
def load_shift(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """See where the traffic of sites that were down went."""
    facts, month = platform.facts, context.partition_key
    table = shift_of(facts, month, platform.settings.policy.load_shift, platform.now())
    platform.warehouse.write(LOAD_SHIFT, table, month)
    rows = as_frame(table)
    return table_result(
        platform,
        LOAD_SHIFT,
        [month],
        len(rows),
        rows,
        shifted=int(rows["shifted"].sum()),
        overloaded=int(rows["overloaded"].sum()),
        neighbours=dg.MetadataValue.md(overloaded_neighbours(rows, facts)),
    )


@month_table(
    PACKET_REVIEW,
    GROUP,
    [dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()), *_REGISTERS],
    {"duckdb", "parquet"},
)
def packet_review(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """Advise the packet data channels of every GSM cell."""
    facts, month = platform.facts, context.partition_key
    table = packets_of(facts, month, platform.settings.policy.packet)
    platform.warehouse.write(PACKET_REVIEW, table, month)
    rows = as_frame(table)
    return table_result(
        platform,
        PACKET_REVIEW,
        [month],
        len(rows),
        rows,
        advice=dg.MetadataValue.md(packet_advice(rows, facts)),
        actions=dg.MetadataValue.json(rows["action"].value_counts().to_dict()),
    )


ASSETS = [worst_cells, drop_percentiles, traffic_review, load_shift, packet_review]
