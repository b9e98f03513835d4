"""A span of months is asked for in one go: its days as one range, each of its months, and nothing else."""

from pathlib import Path

import dagster as dg
import pytest

from assets.partitions import ENGINE_POOL
from ops_platform.backfill import BY_DAY, BY_MONTH, request_backfill
from ops_platform.definitions import build_definitions
from ops_platform.errors import PermanentError
from tests.dagster.conftest import settings_of

NOW_S = 1_775_000_000.0


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return build_definitions(settings_of(Path("nowhere")))


def test_the_days_and_months_of_a_span_are_asked_for(defs: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        number = request_backfill(instance, defs, "2026-01", "2026-03", NOW_S)
        [asked] = instance.get_backfills()
    assert asked.backfill_id == number
    assert asked.title == "2026-01 … 2026-03"
    data = asked.get_asset_backfill_data(defs.get_repository_def().asset_graph)
    wanted = {
        key.to_user_string(): sorted(data.get_target_partitions_subset(key).get_partition_keys())
        for key in data.target_subset.asset_keys
    }
    assert wanted.keys() == {contract.name for contract in (*BY_DAY, *BY_MONTH)}
    for contract in BY_DAY:
        assert (wanted[contract.name][0], wanted[contract.name][-1]) == ("2026-01-01", "2026-03-31")
        assert len(wanted[contract.name]) == 31 + 28 + 31
    for contract in BY_MONTH:
        assert wanted[contract.name] == ["2026-01", "2026-02", "2026-03"]


@pytest.mark.parametrize(("first", "last"), [("2026-03", "2026-02"), ("2019-01", "2026-02"), ("2026-01", "2099-01")])
def test_months_that_are_not_kept_are_refused(defs: dg.Definitions, first: str, last: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        with pytest.raises(PermanentError, match=f"cannot compute {first}"):
            request_backfill(instance, defs, first, last, NOW_S)
        assert not instance.get_backfills()


def test_days_are_one_run_and_what_fills_memory_runs_one_at_a_time(defs: dg.Definitions) -> None:
    graph = defs.get_repository_def().asset_graph
    for contract in (*BY_DAY, *BY_MONTH):
        node = graph.get(dg.AssetKey(contract.name))
        assert node.pools == {ENGINE_POOL}, contract.name
        single = node.backfill_policy is not None and node.backfill_policy.policy_type.value == "SINGLE_RUN"
        assert single == (contract in BY_DAY), contract.name
