"""KPIs of traffic to and from other operators."""

from datetime import datetime

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.kpi.definition import Kpi, count
from ops_platform.policy import Policy

KPIS = (
    Kpi(
        id="interconnect_connect_rate",
        zh="互联互通接通率",
        en="Interconnect connect rate",
        meaning_zh="忙时（应答 + 用户忙 + 无应答 + 不可及）/ 有效试呼",
        meaning_en="Busy-hour (answered + busy + no answer + unreachable) / valid attempts",
        table="interconnect_busy_hours",
        day="day_on",
        subject="relation",
        evidence=("relation", "operator", "direction", "hour_start_at", "connected", "valid"),
        numerator=count("connected"),
        denominator=count("valid"),
        better="higher",
        source="MIIT 2009; ITU-T E.425",
    ),
    Kpi(
        id="interconnect_answer_rate",
        zh="互联互通应答率",
        en="Interconnect answer rate",
        meaning_zh="忙时应答次数 / 有效试呼",
        meaning_en="Busy-hour answered / valid attempts",
        table="interconnect_busy_hours",
        day="day_on",
        subject="relation",
        evidence=("operator", "direction", "hour_start_at", "answered", "valid"),
        numerator=count("answered"),
        denominator=count("valid"),
        better="higher",
        source="ITU-T E.425",
    ),
)


def tables(facts: Facts, month: str, _policy: Policy, _as_of: datetime) -> dict[str, pd.DataFrame]:
    """Return the busy hour of each office, operator, direction and day: most valid attempts, earliest on ties."""
    hours = facts.month("interconnect_counters", month)
    hours = hours.assign(
        day_on=facts.local_date(hours["hour_start_at"]),
        valid=hours["attempts"] - hours["invalid_attempts"],
        connected=hours["answered"] + hours["busy"] + hours["no_answer"] + hours["unreachable"],
        relation=hours["operator"] + ":" + hours["direction"],
        staff_id="",
    )
    ranked = hours.sort_values(["valid", "hour_start_at"], ascending=[False, True])
    return {"interconnect_busy_hours": ranked.drop_duplicates(["office_id", "relation", "day_on"])}
