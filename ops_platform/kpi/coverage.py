"""KPI of coverage: the share of people where the predicted level is high enough."""

from datetime import datetime

import pandas as pd

from ops_platform.contracts.coverage import COVERAGE_LEVELS
from ops_platform.facts import Facts
from ops_platform.kpi.definition import Kpi, count, when
from ops_platform.policy import Policy

KPIS = (
    Kpi(
        id="coverage_population_share",
        zh="人口覆盖率",
        en="Population covered",
        meaning_zh="预测电平达到门限的人口 / 人口",
        meaning_en="People where the predicted level reaches the threshold / people",
        table="coverage_levels",
        day="month_on",
        subject="settlement_id",
        evidence=("settlement_id", "level_dbm", "people", "covered"),
        numerator=lambda row: when(row.covered) * row.people,
        denominator=count("people"),
        better="higher",
        source="Operator practice; model in docs/definitions.md",
    ),
)


def tables(facts: Facts, month: str, _policy: Policy, _as_of: datetime) -> dict[str, pd.DataFrame]:
    """Return the settlements of the month with their predicted level."""
    return {"coverage_levels": facts.month(COVERAGE_LEVELS, month).assign(staff_id="")}
