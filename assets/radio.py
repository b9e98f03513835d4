"""What an engineer acts on in the radio network: the month's worst cells with their probable causes."""

import dagster as dg

from assets.partitions import MONTHS, NEIGHBOURING_MONTHS
from assets.results import OWNERS, describe, static_metadata, table_result
from ops_platform.contracts.derived import CELL_DAYS, COVERAGE_GAPS, SITE_OUTAGES, WORST_CELLS
from ops_platform.facts import as_frame
from ops_platform.kpi.worst_cell_list import worst_cell_list
from ops_platform.platform import Platform
from ops_platform.reporting.worst_cells import rules_side_by_side, work_lists, worst_twenty

GROUP = "measures"
_REGISTERS = ["cells", "sites", "acceptance_tests", "offices"]


@dg.asset(
    name=WORST_CELLS.name,
    group_name=GROUP,
    partitions_def=MONTHS,
    deps=[
        dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()),
        dg.AssetDep("measurement_reports", partition_mapping=dg.TimeWindowPartitionMapping()),
        dg.AssetDep(SITE_OUTAGES.name, partition_mapping=NEIGHBOURING_MONTHS),
        dg.AssetDep("alarms", partition_mapping=NEIGHBOURING_MONTHS),
        dg.AssetDep("optimisation_actions", partition_mapping=NEIGHBOURING_MONTHS),
        dg.AssetDep("inspections", partition_mapping=NEIGHBOURING_MONTHS),
        COVERAGE_GAPS.name,
        *_REGISTERS,
    ],
    description=describe(WORST_CELLS),
    metadata=static_metadata(WORST_CELLS),
    owners=OWNERS,
    kinds={"duckdb", "parquet"},
)
def worst_cells(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
    """List the cells that meet a worst-cell rule in a month."""
    facts, month, policy = platform.facts, context.partition_key, platform.settings.policy.worst_cell
    found = worst_cell_list(facts, month, policy, platform.now())
    platform.warehouse.write(WORST_CELLS, found.rows, month)
    rows = as_frame(found.rows)
    return table_result(
        platform,
        WORST_CELLS,
        [month],
        len(rows),
        rows,
        worst=int(rows["worst"].sum()),
        selected_rule=f"{policy.rule.id} v{policy.rule.version}",
        worst_twenty=dg.MetadataValue.md(worst_twenty(rows, facts)),
        work_lists=dg.MetadataValue.md(work_lists(rows, facts)),
        rules=dg.MetadataValue.md(rules_side_by_side(found.rules, facts)),
        causes=dg.MetadataValue.json(rows.loc[rows["worst"].astype(bool), "cause"].value_counts().to_dict()),
    )


ASSETS = [worst_cells]
