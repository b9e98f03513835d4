"""Measures: numerator, denominator and what stands beside them, per KPI, day and subject; one asset per subject."""

import dagster as dg

from assets.partitions import ENGINE_POOL, MONTHS, NEIGHBOURING_MONTHS, TWO_MONTHS_BACK, keys_of
from assets.results import OWNERS, static_metadata, table_result
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.coverage import COVERAGE_LEVELS
from ops_platform.contracts.outages import MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.contracts.scores import MEASURES
from ops_platform.facts import as_frame
from ops_platform.kpi.catalogue import SUBJECTS
from ops_platform.kpi.definition import Kpi
from ops_platform.kpi.measures import month_measures
from ops_platform.platform import Platform
from ops_platform.reporting.formats import two

GROUP = "measures"


def _near(name: str) -> dg.AssetDep:
    return dg.AssetDep(name, partition_mapping=NEIGHBOURING_MONTHS)


DEPENDENCIES: dict[str, list[dg.AssetDep]] = {
    "power": [
        dg.AssetDep(MAINS_OUTAGES.name),
        _near(SITE_OUTAGES.name),
        _near("planned_work"),
        _near("faults"),
        _near("exclusions"),
        dg.AssetDep("sites"),
        dg.AssetDep("acceptance_tests"),
    ],
    "inspection": [dg.AssetDep("inspections"), dg.AssetDep("work_plan_items"), dg.AssetDep("sites")],
    "radio": [
        dg.AssetDep(CELL_DAYS.name, partition_mapping=dg.TimeWindowPartitionMapping()),
        dg.AssetDep("cells"),
        dg.AssetDep("sites"),
        dg.AssetDep("acceptance_tests"),
    ],
    "traffic": [dg.AssetDep("interconnect_counters")],
    "service": [
        dg.AssetDep("complaints", partition_mapping=TWO_MONTHS_BACK),
        dg.AssetDep("service_surveys"),
        dg.AssetDep("operator_customers"),
        dg.AssetDep("enquiries"),
        _near("exclusions"),
    ],
    "coverage": [dg.AssetDep(COVERAGE_LEVELS.name)],
}


def _definition_list(kpis: tuple[Kpi, ...]) -> str:
    lines = [
        f"- **{kpi.zh} {kpi.en}** `{kpi.id}` v{kpi.version}: {kpi.meaning_zh} · {kpi.meaning_en}. "
        f"{'内部口径 House definition. ' if kpi.house else ''}{two(kpi.source_zh, kpi.source)}"
        for kpi in kpis
    ]
    return "\n".join(lines)


def _measures_asset(subject: str) -> dg.AssetsDefinition:
    contract = MEASURES[subject]

    @dg.asset(
        name=contract.name,
        group_name=GROUP,
        partitions_def=MONTHS,
        deps=[*DEPENDENCIES[subject], dg.AssetDep("contests")],
        description=f"{contract.zh}。\n\n{contract.en}.\n\n{_definition_list(SUBJECTS[subject])}",
        metadata=static_metadata(contract),
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        pool=ENGINE_POOL if subject == "radio" else None,
    )
    def measures(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.MaterializeResult:
        month = context.partition_key
        rows = month_measures(subject, platform.facts, month, platform.settings.policy, platform.now())
        platform.warehouse.write(contract, rows, month)
        return table_result(platform, contract, keys_of(context), rows.num_rows, as_frame(rows.slice(0, 20)))

    return measures


ASSETS = [_measures_asset(subject) for subject in SUBJECTS]
