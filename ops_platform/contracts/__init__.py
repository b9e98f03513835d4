"""What a row is: one contract per table, with columns, units, keys, vocabularies and headers in Chinese and English.

Holds no logic about files, storage or KPIs. ``FEEDS`` are the tables that arrive as files, ``DERIVED`` those that
are made of them for each day, month or moment; what is frozen of a month is in `ops_platform.contracts.published`.
"""

from ops_platform.contracts import (
    alerting,
    cells,
    counters,
    coverage,
    events,
    insight,
    network,
    outages,
    reviews,
    scores,
    service,
)
from ops_platform.contracts.base import Column, Contract

FEEDS: dict[str, Contract] = {
    contract.name: contract
    for contract in (*network.CONTRACTS, *events.CONTRACTS, *counters.CONTRACTS, *service.CONTRACTS)
}
DERIVED: dict[str, Contract] = {
    contract.name: contract
    for room in (alerting, outages, cells, insight, scores, reviews, coverage)
    for contract in room.CONTRACTS
}

__all__ = ["DERIVED", "FEEDS", "Column", "Contract"]
