"""Assets that are tables: what all of them tell the Dagster UI before they are made."""

from collections.abc import Callable, Iterable
from typing import Any

import dagster as dg

from assets.partitions import MONTHS
from assets.results import OWNERS, describe, static_metadata
from ops_platform.contracts import Contract


def month_table(
    contract: Contract, group: str, deps: Iterable[str | dg.AssetDep], kinds: set[str], pool: str | None = None
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Declare an asset that makes a table month by month, named and described as its contract says."""
    declared: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        name=contract.name, pool=pool, **_told(contract, group, deps, kinds)
    )
    return declared


def month_spec(contract: Contract, group: str, deps: Iterable[str | dg.AssetDep], kinds: set[str]) -> dg.AssetSpec:
    """Return the same of a table that is made together with others."""
    return dg.AssetSpec(contract.name, **_told(contract, group, deps, kinds))


def _told(contract: Contract, group: str, deps: Iterable[str | dg.AssetDep], kinds: set[str]) -> dict[str, Any]:
    return {
        "group_name": group,
        "partitions_def": MONTHS,
        "deps": list(deps),
        "description": describe(contract),
        "metadata": static_metadata(contract),
        "owners": OWNERS,
        "kinds": kinds,
    }
