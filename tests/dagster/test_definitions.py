"""What the house promises its UI, and a snapshot of what it is made of.

After an intended change of assets, checks, jobs, schedules or sensors run this file with ``UPDATE_SNAPSHOT=1`` in the
environment: it rewrites ``snapshot.json``. Read the difference before committing it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ops_platform.contracts import FEEDS
from ops_platform.definitions import CHECKED, build_definitions
from tests.dagster.conftest import settings_of

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path(__file__).with_name("snapshot.json")
CHINESE = re.compile(r"[一-鿿]")
ENGLISH = re.compile(r"[A-Za-z]{3,} [A-Za-z]")


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return build_definitions(settings_of(Path("nowhere")))


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions) -> list[dg.AssetSpec]:
    return list(defs.resolve_all_asset_specs())


def partitions_name(partitions: dg.PartitionsDefinition | None) -> str:
    """Return kind, start, time zone and end of a partitions definition."""
    if not isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        return "" if partitions is None else type(partitions).__name__
    kind = {"0 0 1 * *": "months", "0 0 * * *": "days"}.get(partitions.cron_schedule, partitions.cron_schedule)
    return f"{kind} from {partitions.start:%Y-%m-%d}, {partitions.timezone}, end {partitions.end_offset:+d}"


def snapshot_of(defs: dg.Definitions) -> dict[str, Any]:
    """Return everything by which other people know the definitions."""
    repository = defs.get_repository_def()
    graph = repository.asset_graph
    checks = {key: graph.get(key) for key in graph.asset_check_keys}
    return {
        "assets": {
            spec.key.to_user_string(): {
                "group": spec.group_name,
                "partitions": partitions_name(spec.partitions_def),
                "deps": {
                    dep.asset_key.to_user_string(): _offsets(dep.partition_mapping)
                    for dep in sorted(spec.deps, key=lambda dep: dep.asset_key)
                },
                "kinds": sorted(spec.kinds),
            }
            for spec in sorted(defs.resolve_all_asset_specs(), key=lambda spec: spec.key)
        },
        "checks": {
            key.to_user_string(): {"blocking": node.blocking, "partitions": partitions_name(node.partitions_def)}
            for key, node in sorted(checks.items())
        },
        "jobs": {
            job.name: sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
            for job in sorted(repository.get_all_jobs(), key=lambda job: job.name)
            if not job.name.startswith("__")
        },
        "schedules": {
            schedule.name: {
                "cron": schedule.cron_schedule,
                "time_zone": schedule.execution_timezone,
                "job": schedule.job_name,
            }
            for schedule in sorted(repository.schedule_defs, key=lambda schedule: schedule.name)
        },
        "sensors": {
            sensor.name: {
                "interval_s": sensor.minimum_interval_seconds,
                "targets": sorted(target.job_name for target in sensor.targets),
            }
            for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name)
        },
    }


def _offsets(mapping: dg.PartitionMapping | None) -> str:
    if mapping is None:
        return ""
    if isinstance(mapping, dg.TimeWindowPartitionMapping):
        return f"{mapping.start_offset:+d}..{mapping.end_offset:+d}"
    return type(mapping).__name__


def test_the_snapshot(defs: dg.Definitions) -> None:
    found = json.loads(json.dumps(snapshot_of(defs)))
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kept = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    for part, members in kept.items():
        assert found[part] == members, f"{part} changed; if this is meant, run with UPDATE_SNAPSHOT=1"
    assert found.keys() == kept.keys()


def test_they_can_be_loaded(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_asset_explains_itself_in_both_languages(specs: list[dg.AssetSpec]) -> None:
    for spec in specs:
        assert spec.description, spec.key
        assert CHINESE.search(spec.description), spec.key
        assert ENGLISH.search(spec.description), spec.key


def test_every_asset_has_group_owner_and_kind(specs: list[dg.AssetSpec]) -> None:
    for spec in specs:
        assert spec.group_name in {"facts", "measures", "scorecards", "coverage", "reports", "operations"}, spec.key
        assert spec.owners, spec.key
        assert spec.kinds, spec.key


def test_every_table_tells_its_columns_with_their_chinese_names(specs: list[dg.AssetSpec]) -> None:
    tables = [spec for spec in specs if spec.kinds & {"parquet", "pandas", "duckdb"}]
    assert {spec.key.to_user_string() for spec in tables} >= {contract.name for contract in CHECKED}
    for spec in tables:
        schema = spec.metadata["dagster/column_schema"]
        assert isinstance(schema, dg.TableSchema), spec.key
        assert schema.columns, spec.key
        nameless = [column.name for column in schema.columns if not CHINESE.search(column.description or "")]
        assert nameless == [], spec.key


def test_every_feed_is_an_asset_and_is_checked(defs: dg.Definitions, specs: list[dg.AssetSpec]) -> None:
    assert {spec.key.to_user_string() for spec in specs} >= set(FEEDS)
    checked = {key.asset_key.to_user_string() for key in defs.get_repository_def().asset_graph.asset_check_keys}
    assert checked >= {contract.name for contract in CHECKED}


def test_checks_have_the_partitions_of_their_asset(defs: dg.Definitions) -> None:
    graph = defs.get_repository_def().asset_graph
    for key in graph.asset_check_keys:
        assert graph.get(key).partitions_def == graph.get(key.asset_key).partitions_def, key


def test_every_check_explains_itself_in_both_languages(defs: dg.Definitions) -> None:
    graph = defs.get_repository_def().asset_graph
    for key in graph.asset_check_keys:
        description = graph.get(key).description or ""
        assert CHINESE.search(description), key
        assert ENGLISH.search(description), key


def test_automation_is_stopped_until_somebody_switches_it_on(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    for sensor in repository.sensor_defs:
        assert sensor.default_status == dg.DefaultSensorStatus.STOPPED, sensor.name
    for schedule in repository.schedule_defs:
        assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED, schedule.name


def test_great_expectations_is_not_imported_with_the_code_location() -> None:
    """It costs seconds: it is for the processes in which a check runs."""
    code = "import sys, ops_platform.definitions; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_workspace_loads_without_a_warning(tmp_path: Path) -> None:
    """As ``dagster dev`` does: through workspace.yaml, in a code server of its own."""
    shutil.copy(ROOT / "deploy" / "demo.dagster.yaml", tmp_path / "dagster.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "job", "list", "-w", str(ROOT / "workspace.yaml")],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONWARNINGS": "default",
            "DAGSTER_HOME": str(tmp_path),
            "OPS_HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "build_month" in done.stdout
    assert not (tmp_path / "home").exists()
