"""The checks run with their asset, look at the run's partitions only, and stop what is downstream of broken rows."""

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from dagster import (
    AssetCheckSeverity,
    AssetKey,
    AssetSelection,
    BackfillPolicy,
    BetaWarning,
    DagsterInstance,
    DailyPartitionsDefinition,
    Definitions,
    MonthlyPartitionsDefinition,
    asset,
    define_asset_job,
)

from expectations.checks import checks_for, drift_check, offenders_table
from ops_platform.contracts import Contract
from ops_platform.contracts.cells import CELL_DAYS
from ops_platform.contracts.counters import CELL_COUNTERS
from ops_platform.contracts.events import ALARMS
from ops_platform.contracts.network import OFFICES
from ops_platform.warehouse import Warehouse

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = MonthlyPartitionsDefinition(start_date="2026-01", fmt="%Y-%m", timezone="Asia/Shanghai", end_offset=12)
DAYS = DailyPartitionsDefinition(start_date="2026-01-01", timezone="Asia/Shanghai", end_offset=365)


@dataclass
class Platform:
    """What the checks need of the platform."""

    warehouse: Warehouse
    settings: SimpleNamespace


def alarms(month: int, *, kind: str = "mains_failure", cleared: int = 5) -> pa.Table:
    row = {
        "alarm_id": "a|1",
        "site_id": "s",
        "kind": kind,
        "raised_at": datetime(2026, month, 2, 4, tzinfo=UTC),
        "cleared_at": datetime(2026, month, 2, cleared, tzinfo=UTC),
    }
    return pa.Table.from_pylist([row], schema=ALARMS.schema)


def house(tmp_path: Path, contract: Contract, partitions_def, factory=checks_for) -> tuple[Platform, Definitions]:
    platform = Platform(Warehouse(tmp_path), SimpleNamespace(zone=ZONE))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BetaWarning)  # of the test's own backfill policies
        once = BackfillPolicy.single_run()

        @asset(name=contract.name, partitions_def=partitions_def, backfill_policy=once)
        def table() -> None: ...

        @asset(name="downstream", deps=[contract.name], partitions_def=partitions_def, backfill_policy=once)
        def downstream() -> None: ...

    return platform, Definitions(
        assets=[table, downstream],
        asset_checks=[factory(contract, partitions_def)],
        resources={"platform": platform},
        jobs=[define_asset_job("all", AssetSelection.all())],
    )


def run(definitions: Definitions, instance: DagsterInstance, **how):
    return definitions.resolve_job_def("all").execute_in_process(instance=instance, raise_on_error=False, **how)


def evaluations(result) -> dict:
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


def test_only_the_partition_of_the_run_is_judged(tmp_path: Path) -> None:
    platform, definitions = house(tmp_path, ALARMS, MONTHS)
    platform.warehouse.write(ALARMS, alarms(1, kind="ufo"), "2026-01")
    platform.warehouse.write(ALARMS, alarms(2), "2026-02")
    with DagsterInstance.ephemeral() as instance:
        result = run(definitions, instance, partition_key="2026-02")
    assert result.success
    assert {name: one.passed for name, one in evaluations(result).items()} == {
        "schema_and_keys": True,
        "plausibility": True,
    }
    assert {one.partition for one in evaluations(result).values()} == {"2026-02"}
    steps = [event.step_key for event in result.all_events if event.event_type_value == "STEP_SUCCESS"]
    assert sorted(steps) == ["alarms", "alarms_checks", "downstream"]


def test_a_failed_blocking_check_stops_the_downstream_asset(tmp_path: Path) -> None:
    platform, definitions = house(tmp_path, ALARMS, MONTHS)
    platform.warehouse.write(ALARMS, alarms(1, kind="ufo"), "2026-01")
    with DagsterInstance.ephemeral() as instance:
        result = run(definitions, instance, partition_key="2026-01")
        stored = instance.get_latest_materialization_event(AssetKey("downstream"))
    assert not result.success
    assert stored is None
    broken = evaluations(result)["schema_and_keys"]
    assert (broken.passed, broken.severity, broken.blocking) == (False, AssetCheckSeverity.ERROR, True)
    assert broken.metadata["failed"].value == 1
    assert "a\\|1" in broken.metadata["offenders"].value
    assert "ufo" in broken.metadata["offenders"].value


def test_a_failed_plausibility_check_only_warns_and_shows_business_time(tmp_path: Path) -> None:
    platform, definitions = house(tmp_path, ALARMS, MONTHS)
    platform.warehouse.write(ALARMS, alarms(1, cleared=3), "2026-01")
    with DagsterInstance.ephemeral() as instance:
        result = run(definitions, instance, partition_key="2026-01")
    assert result.success
    doubtful = evaluations(result)["plausibility"]
    assert (doubtful.passed, doubtful.severity) == (False, AssetCheckSeverity.WARN)
    assert "2026-01-02 12:00:00" in doubtful.metadata["offenders"].value
    assert evaluations(result)["schema_and_keys"].passed


def test_a_run_over_a_range_of_days_judges_every_day_of_it_and_no_other(tmp_path: Path) -> None:
    platform, definitions = house(tmp_path, CELL_COUNTERS, DAYS)
    row = {"cell_id": "c", "period_start_at": datetime(2026, 3, 1, tzinfo=UTC), "period_s": 900}
    sound = pa.Table.from_pylist([row], schema=CELL_COUNTERS.schema)
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        platform.warehouse.write(CELL_COUNTERS, sound, day)
    platform.warehouse.write(CELL_COUNTERS, pa.concat_tables([sound, sound]), "2026-03-04")
    span = {"dagster/asset_partition_range_start": "2026-03-01", "dagster/asset_partition_range_end": "2026-03-03"}
    with DagsterInstance.ephemeral() as instance:
        result = run(definitions, instance, tags=span)
        assert result.success
        assert (
            evaluations(result)["schema_and_keys"].metadata["partitions"].value == "2026-03-01, 2026-03-02, 2026-03-03"
        )
        span["dagster/asset_partition_range_end"] = "2026-03-04"
        result = run(definitions, instance, tags=span)
    broken = evaluations(result)["schema_and_keys"]
    assert not result.success
    assert (broken.passed, broken.metadata["failed"].value) == (False, 1)
    assert "2026-03-04" in broken.metadata["offenders"].value


def test_a_day_that_drifts_only_warns_and_names_day_group_and_counter(tmp_path: Path) -> None:
    platform, definitions = house(tmp_path, CELL_DAYS, DAYS, drift_check)
    for day, traffic in (("2026-03-01", 500), ("2026-03-08", 500), ("2026-03-15", 500), ("2026-03-22", 100)):
        row = {"site_id": "s", "office_id": "O1", "technology": "GSM", "day_s": 86400, "usable_s": 86400,
               "suspect_s": 0, "busy_traffic_chs": traffic, "day_on": date.fromisoformat(day)}  # fmt: skip
        rows = [row | {"cell_id": f"c{number}"} for number in range(12)]
        platform.warehouse.write(CELL_DAYS, pa.Table.from_pylist(rows, schema=CELL_DAYS.schema), day)
    with DagsterInstance.ephemeral() as instance:
        calm = evaluations(run(definitions, instance, partition_key="2026-03-15"))["drift"]
        result = run(definitions, instance, partition_key="2026-03-22")
    assert (calm.passed, calm.metadata["judged"].value) == (True, 1)
    drifts = evaluations(result)["drift"]
    assert result.success
    assert (drifts.passed, drifts.severity, drifts.metadata["failed"].value) == (False, AssetCheckSeverity.WARN, 1)
    assert "| 2026-03-22 | O1 GSM | busy_traffic_chs | 12 | 20.0 |" in drifts.metadata["offenders"].value


def test_a_table_without_partitions_is_judged_whole(tmp_path: Path) -> None:
    platform, definitions = house(tmp_path, OFFICES, None)
    row = {"office_id": "o", "office_name": "同仁", "office_name_en": "Tongren", "latitude": 99.0}
    platform.warehouse.write(OFFICES, pa.Table.from_pylist([row], schema=OFFICES.schema))
    with DagsterInstance.ephemeral() as instance:
        result = run(definitions, instance)
    assert not evaluations(result)["schema_and_keys"].passed
    assert evaluations(result)["plausibility"].passed


def test_the_code_location_loads_without_a_warning(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    _, definitions = house(tmp_path, ALARMS, MONTHS)
    Definitions.validate_loadable(definitions)
    assert not recwarn.list


def test_nothing_found_says_so() -> None:
    assert "as expected" in offenders_table([], ZONE)
