"""What a row is: one contract per table, with columns, units, keys, vocabularies and headers in Chinese and English.

Holds no logic about files, storage or KPIs. ``FEEDS`` are the tables that arrive as files.
"""

from ops_platform.contracts import counters, events, network, service
from ops_platform.contracts.base import Column, Contract

FEEDS: dict[str, Contract] = {
    contract.name: contract
    for contract in (*network.CONTRACTS, *events.CONTRACTS, *counters.CONTRACTS, *service.CONTRACTS)
}

__all__ = ["FEEDS", "Column", "Contract"]
