"""KPIs that, going on as they do, will miss their target of the month at an office."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from ops_platform.alerting.rules import Condition, Fact, Rule, Watch, Words
from ops_platform.clock import local_midnight, month_days, shift_month
from ops_platform.contracts.scores import SCORECARDS
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.kpi.definition import Kpi
from ops_platform.platform import Platform

_OF_THE_WHOLE_MONTH = {"first_on", "month_on"}
"""Days of the KPIs that have one measure for the month, so that its days have no rate of their own."""
_PERCENT, _MOST_PCT = "%", 100.0

KPI_BEHIND = Rule(
    "kpi_behind",
    "minor",
    Words("指标预计不达标", "KPI will miss its target"),
    Words("项指标", "KPIs"),
    Words(
        "{kpi_name}（{office}）{month} 累计 {value} {unit}（{numerator} / {denominator}），目标 {target} {unit}",
        "{kpi_name} ({office}): {value} {unit} so far in {month} ({numerator} / {denominator}), target {target} {unit}",
    ),
    Words(
        "请用 ops explain（指标编码、--month、--office）查看明细，先处理仍可挽回的；无法挽回的，向主管说明原因。",
        "List what weighs on it with ops explain (the KPI's id, --month, --office) and begin with what can still be "
        "saved; tell the manager why where nothing can.",
    ),
    "kpi_name",
    "ends_on",
    ("kpi_name", "office_name", "month", "value", "target", "unit", "numerator", "denominator", "ends_on"),
    also={
        "needed_least": Words(
            "；余下时间须达到 {needed_least} {unit}", "; the rest of the month must reach {needed_least} {unit}"
        ),
        "needed_most": Words(
            "；余下时间不得超过 {needed_most} {unit}", "; the rest of the month must stay within {needed_most} {unit}"
        ),
        "out_of_reach": Words("；该月已无法达标", "; cannot be reached any more"),
    },
    counts_down=False,
    news_for=timedelta(days=45),
)


def find(platform: Platform, now: datetime) -> Iterator[Condition]:
    """Yield the KPIs of offices whose scorecard of the month so far does not meet its target."""
    facts, from_share = platform.facts, platform.settings.policy.alerts.kpi_judged_from_share
    month, gone = _judged(now.astimezone(facts.zone).date(), from_share)
    cards = facts.month(SCORECARDS, month)
    missed = ~cards["met"].astype("boolean")  # null, which selects nothing, where there is no value or no target
    behind = cards[(cards["level"] == "office") & missed & cards["kpi_id"].isin(CATALOGUE)]
    days = month_days(month)
    judged_from = local_midnight(days[0] + timedelta(days=ceil(from_share * len(days))), facts.zone)
    offices = facts.whole("offices")[["office_id", "office_name", "office_name_en"]]
    for row in behind.merge(offices, on="office_id").itertuples():
        kpi = CATALOGUE[row.kpi_id]
        told = {
            "office_name": row.office_name,
            "office_name_en": row.office_name_en,
            "month": month,
            "ends_on": days[-1].isoformat(),
        }
        subject = f"{row.office_id}:{row.kpi_id}"
        yield Condition(KPI_BEHIND, subject, row.office_id, told | _figures(kpi, row, gone), judged_from)


def needed(kpi: Kpi, value: float, target: float, gone: float) -> float | None:
    """Return the value that the rest of a month must have for the whole of it to meet its target.

    House: the denominator grows evenly through the month, so that value and target weigh as their time does.

    Parameters
    ----------
    value
        The month to date.
    gone
        Share of the month that is over, 0-1.

    Returns
    -------
    float or None
        In the KPI's unit; None where no value can do it: the month is over, or it lies below 0 or above 100 %.
    """
    if gone >= 1:
        return None
    rest = (target - value * gone) / (1 - gone)
    possible = rest >= 0 and (kpi.unit != _PERCENT or rest <= _MOST_PCT)
    return rest if possible else None


def _judged(today: date, from_share: float) -> tuple[str, float]:
    """Return the month that is judged and what share of its days is over: until there is enough of this one, the last.

    By days, because what a message says must not change with every hour.
    """
    month = f"{today:%Y-%m}"
    days, over = len(month_days(month)), today.day - 1
    return (month, over / days) if over >= from_share * days else (shift_month(month, -1), 1.0)


def _figures(kpi: Kpi, row: Any, gone: float) -> dict[str, Fact]:
    rest = needed(kpi, row.value, row.target, gone)
    has_rate = kpi.day not in _OF_THE_WHOLE_MONTH
    said = f"{rest:.{kpi.decimals}f}" if rest is not None and has_rate else None
    return {
        "kpi_name": f"{kpi.zh} {kpi.id}",
        "unit": kpi.unit,
        "value": f"{row.value:.{kpi.decimals}f}",
        "target": f"{row.target:g}",
        "numerator": f"{row.numerator:,.0f}",
        "denominator": f"{row.denominator:,.0f}",
        "needed_least": said if kpi.better == "higher" else None,
        "needed_most": said if kpi.better == "lower" else None,
        "out_of_reach": True if rest is None and (has_rate or gone >= 1) else None,
    }


WATCH = Watch(
    "kpi_targets",
    Words("照此下去本月不达标的指标", "KPIs that will miss their month as they go"),
    (KPI_BEHIND,),
    find,
    every_s=3600,
)
