"""A span of months of the radio network computed anew, by Dagster's daemon, with the progress that its UI shows."""

from datetime import timedelta

import dagster as dg
from dagster._core.definitions.selector import (
    PartitionRangeSelector,
    PartitionsByAssetSelector,
    PartitionsSelector,
)
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.utils import make_new_backfill_id

from ops_platform.clock import first_day, shift_month
from ops_platform.contracts import FEEDS
from ops_platform.contracts.cells import CELL_DAYS, TRAFFIC_REVIEW, WORST_CELLS
from ops_platform.contracts.scores import MEASURES
from ops_platform.errors import PermanentError

BY_DAY = (FEEDS["cell_counters"], FEEDS["measurement_reports"], CELL_DAYS)
BY_MONTH = (MEASURES["radio"], WORST_CELLS, TRAFFIC_REVIEW)


def request_backfill(instance: dg.DagsterInstance, defs: dg.Definitions, first: str, last: str, now_s: float) -> str:
    """Ask the daemon to compute the counters, cell days and radio months of a span anew.

    The days are one run, each month is a run of its own once its days are there.

    Parameters
    ----------
    first, last
        Business-local months, ``YYYY-MM``, both included.
    now_s
        The present moment, in seconds from the epoch.

    Returns
    -------
    str
        The number under which the UI's page of backfills shows it.

    Raises
    ------
    PermanentError
        If a month is none, or none that the installation keeps.
    """
    graph = defs.get_repository_def().asset_graph
    days = first_day(first).isoformat(), (first_day(shift_month(last, 1)) - timedelta(days=1)).isoformat()
    spans = {contract.name: days for contract in BY_DAY} | {contract.name: (first, last) for contract in BY_MONTH}
    for name, (start, end) in spans.items():
        known = graph.get(dg.AssetKey(name)).partitions_def
        if known is None or start > end or not (known.has_partition_key(start) and known.has_partition_key(end)):
            raise PermanentError(
                f"不能重算 {start} 至 {end}（{name}）：须先早后晚，不早于 OPS_FIRST_MONTH，且已开始 / "
                f"cannot compute {start} to {end} of {name} anew: the earlier first, "
                "none before OPS_FIRST_MONTH or to come"
            )
    asked = PartitionBackfill.from_partitions_by_assets(
        backfill_id=make_new_backfill_id(),
        asset_graph=graph,
        backfill_timestamp=now_s,
        tags={},
        dynamic_partitions_store=instance,
        partitions_by_assets=[
            PartitionsByAssetSelector(
                asset_key=dg.AssetKey(name),
                partitions=PartitionsSelector(ranges=[PartitionRangeSelector(start=start, end=end)]),
            )
            for name, (start, end) in spans.items()
        ],
        title=f"{first} … {last}",
        description="ops backfill",
        run_config=None,
    )
    instance.add_backfill(asked)
    return str(asked.backfill_id)
