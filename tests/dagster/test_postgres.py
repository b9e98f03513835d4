"""Production's storage: Dagster's runs and events, and the operational state, in a real PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage

from ops_platform.settings import Settings
from tests.dagster.conftest import House, settings_of

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "deploy" / "dagster.yaml"


@pytest.fixture(scope="module")
def production(
    new_postgres_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, str]]:
    """Return an installation as deployed, and the URL of Dagster's database."""
    home = tmp_path_factory.mktemp("production")
    (home / "dagster.yaml").write_text(CONFIG.read_text(encoding="utf-8"), encoding="utf-8")
    url, state_url = new_postgres_url(), new_postgres_url()
    settings: Settings = settings_of(home / "ops", state_url=state_url)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_POSTGRES_URL", url)
        with dg.DagsterInstance.from_config(str(home)) as instance:
            yield House(settings, instance), url


@pytest.fixture(scope="module")
def received(production: tuple[House, str], demo: Path) -> House:
    house, _ = production
    names = ("offices.geojson", "staff.xlsx", "sites.xlsx", "faults_2026-05.csv", "duty_rota.csv")
    house.drop(*(demo / "inbox" / name for name in names))
    house.settle("new_files", "new_receipts", "overdue_inspections")
    return house


def scalar(url: str, query: str) -> int:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return int(connection.execute(sa.text(query)).scalar_one())


def test_the_deployed_configuration_stores_in_postgres(production: tuple[House, str]) -> None:
    house, url = production
    assert isinstance(house.instance.run_storage, PostgresRunStorage)
    assert isinstance(house.instance.event_log_storage, PostgresEventLogStorage)
    assert scalar(url, "select count(*) from information_schema.tables where table_name = 'event_logs'") == 1


def test_runs_and_their_events_are_recorded_there(received: House, production: tuple[House, str]) -> None:
    _, url = production
    jobs = [job for job, _ in received.asked]
    assert jobs[:2] == ["intake", "load_dimensions"]
    assert set(jobs[2:]) == {"load_events"}
    assert scalar(url, "select count(*) from runs where status = 'SUCCESS'") == len(jobs)
    assert scalar(url, "select count(*) from runs") == len(jobs)
    for asset in ("receipts", "sites", "faults"):
        query = (
            "select count(*) from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION' and asset_key = '{}'"
        )
        assert scalar(url, query.format(f'["{asset}"]')) >= 1, asset
        assert received.instance.get_latest_materialization_event(dg.AssetKey(asset)) is not None


def test_checks_are_recorded_there(received: House) -> None:
    for run in received.instance.get_runs():
        found = received.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        assert found
        for entry in found:
            assert entry.dagster_event is not None
            assert entry.dagster_event.asset_check_evaluation_data.passed


def test_sensors_keep_their_cursors_there(received: House, production: tuple[House, str]) -> None:
    _, url = production
    assert scalar(url, "select count(*) from kvs where key like 'ops_platform/cursor/%'") >= 1
    assert received.settle("new_files", "new_receipts") == []


def test_the_operational_state_is_kept_in_its_own_database(received: House) -> None:
    url = received.settings.state
    assert url.startswith("postgresql")
    assert scalar(url, "select count(*) from receipt where status = 'accepted'") == 5
    assert scalar(url, "select sum(rows_accepted) from receipt") > 0
    assert not (received.settings.home / "state.db").exists()
