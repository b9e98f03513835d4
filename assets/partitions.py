"""Every partition definition: months for events and all that is derived, days for counters; the pool of big tables."""

import dagster as dg

from ops_platform.clock import shift_month
from ops_platform.contracts import FEEDS, Contract
from ops_platform.settings import MONTHS_KEPT_AROUND, Settings

ENGINE_POOL = "engine"
"""What counters and cell days fill memory with runs one at a time, whatever months are computed at once."""

_SETTINGS = Settings()

MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=f"{_SETTINGS.first_month:%Y-%m}", fmt="%Y-%m", timezone=_SETTINGS.time_zone, end_offset=1
)
"""Business-local months, the running one included."""

FACT_MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=shift_month(f"{_SETTINGS.first_month:%Y-%m}", -MONTHS_KEPT_AROUND),
    fmt="%Y-%m",
    timezone=_SETTINGS.time_zone,
    end_offset=1 + MONTHS_KEPT_AROUND,
)
"""Months of event feeds: a year more on either side, for what was open before and for what is planned."""

DAYS = dg.DailyPartitionsDefinition(
    start_date=f"{shift_month(f'{_SETTINGS.first_month:%Y-%m}', -MONTHS_KEPT_AROUND)}-01",
    timezone=_SETTINGS.time_zone,
    end_offset=1,
)
"""Business-local days, today included."""

NEIGHBOURING_MONTHS = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=1)
"""Alarms a moment apart are one outage, also across a month's end."""

TWO_MONTHS_BACK = dg.TimeWindowPartitionMapping(start_offset=-2)
"""What thirty days before the first of March may reach."""


def partitions_of(contract: Contract) -> dg.PartitionsDefinition | None:
    """Return the partitions of a table; None where it has none."""
    return {"none": None, "month": FACT_MONTHS if contract.name in FEEDS else MONTHS, "day": DAYS}[contract.grain]


def keys_of(context: dg.AssetExecutionContext) -> list[str]:
    """Return the partitions of a run: one, a range of a single-run backfill, or ``[""]`` without partitions."""
    partitioned = context.has_partition_key or context.has_partition_key_range
    return list(context.partition_keys) if partitioned else [""]
