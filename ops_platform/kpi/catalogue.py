"""Every KPI of the platform, by subject and by id."""

import pyarrow as pa

from ops_platform.clock import first_day
from ops_platform.contracts.published import DEFINITIONS
from ops_platform.kpi import coverage, inspection, power, radio, service, traffic
from ops_platform.kpi.definition import Kpi, in_force

DECLARED: dict[str, tuple[Kpi, ...]] = {
    "power": power.KPIS,
    "inspection": inspection.KPIS,
    "radio": radio.KPIS,
    "traffic": traffic.KPIS,
    "service": service.KPIS,
    "coverage": coverage.KPIS,
}
"""Every version of the KPIs of each subject."""

_LAST_MONTH = "9999-12"
SUBJECTS: dict[str, tuple[Kpi, ...]] = {subject: in_force(kpis, _LAST_MONTH) for subject, kpis in DECLARED.items()}
"""The newest version of the KPIs of each subject."""

KEPT_BY_PERSON = {"radio"}
"""The subjects whose measures are sums by person and day: their tables are stored at the finest grain anyway."""

CATALOGUE: dict[str, Kpi] = {kpi.id: kpi for kpis in SUBJECTS.values() for kpi in kpis}
"""Every KPI by id."""

FEEDS_OF: dict[str, tuple[str, ...]] = {
    "mains_outages": (
        "alarms", "alarm_events", "generator_runs", "generator_decisions", "generators", "planned_work", "exclusions",
        "sites", "acceptance_tests",
    ),
    "site_days": ("alarms", "alarm_events", "planned_work", "sites", "acceptance_tests"),
    "faults": ("faults", "exclusions", "sites"),
    "inspections": ("inspections", "sites"),
    "work_plan_items": ("work_plan_items",),
    "cell_days": ("cell_counters", "cells", "sites", "acceptance_tests"),
    "cell_months": ("cell_counters", "cells", "sites", "acceptance_tests"),
    "access_steps": ("cell_counters", "cells", "sites", "acceptance_tests"),
    "interconnect_busy_hours": ("interconnect_counters",),
    "complaints": ("complaints", "exclusions"),
    "complaint_load": ("complaints", "operator_customers"),
    "enquiries": ("enquiries",),
    "service_surveys": ("service_surveys",),
    "coverage_levels": ("cells", "sites", "acceptance_tests", "settlements", "offices"),
}  # fmt: skip
"""The feeds from which each table of KPIs comes."""


def kpis_in_force(month: str) -> dict[str, Kpi]:
    """Return by id the version of every KPI that holds for a month."""
    return {kpi.id: kpi for kpis in DECLARED.values() for kpi in in_force(kpis, month)}


def feeds_of(kpi: Kpi) -> tuple[str, ...]:
    """Return the feeds that a KPI comes from; contests of its events are among them."""
    return (*FEEDS_OF[kpi.table], "contests")


def subject_of(kpi_id: str) -> str:
    """Return the subject of a KPI."""
    return next(subject for subject, kpis in SUBJECTS.items() if any(kpi.id == kpi_id for kpi in kpis))


def definitions(month: str) -> pa.Table:
    """Return the definitions in force in a month, as the contract ``definitions`` has them."""
    rows = [
        {name: getattr(kpi, name) for name in ("version", "effective_from", "zh", "en", "meaning_zh", "meaning_en",
         "source_zh", "house", "unit", "better")}
        | {"month_on": first_day(month), "kpi_id": kpi.id, "source_en": kpi.source}
        for kpi in kpis_in_force(month).values()
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=DEFINITIONS.schema)
