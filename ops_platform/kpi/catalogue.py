"""Every KPI of the platform, by subject and by id."""

from ops_platform.contracts.base import Contract
from ops_platform.contracts.derived import measures
from ops_platform.kpi import coverage, inspection, power, radio, service, traffic
from ops_platform.kpi.definition import Kpi

SUBJECTS: dict[str, tuple[Kpi, ...]] = {
    "power": power.KPIS,
    "inspection": inspection.KPIS,
    "radio": radio.KPIS,
    "traffic": traffic.KPIS,
    "service": service.KPIS,
    "coverage": coverage.KPIS,
}
"""The KPIs of each subject."""

KEPT_BY_PERSON = {"radio"}
"""The subjects whose measures are sums by person and day: their tables are stored at the finest grain anyway."""

_NAMES = {
    "power": ("动力与故障指标量", "Measures of power and faults"),
    "inspection": ("巡检与作业指标量", "Measures of inspections and work plans"),
    "radio": ("无线指标量", "Measures of the radio network"),
    "traffic": ("话务指标量", "Measures of interconnect traffic"),
    "service": ("服务指标量", "Measures of the service side"),
    "coverage": ("覆盖指标量", "Measures of coverage"),
}

MEASURES: dict[str, Contract] = {
    subject: measures(f"{subject}_measures", zh, en) for subject, (zh, en) in _NAMES.items()
}
"""The table of each subject's measures."""

CATALOGUE: dict[str, Kpi] = {kpi.id: kpi for kpis in SUBJECTS.values() for kpi in kpis}
"""Every KPI by id."""
