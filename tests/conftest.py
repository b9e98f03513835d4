"""What several rooms share: a real PostgreSQL server, and where the tests' folders lie."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresServer, is_installed, postgres_server

MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30  # noqa: S108
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    # Thousands of commits wait for a disk; what a crash leaves is tried by processes that are killed, not by the disk.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# How fast a busy machine is, is not what tests are about.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return a temporary server."""
    if not is_installed():
        pytest.skip("no PostgreSQL server is installed")
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def new_postgres_url(postgres: PostgresServer) -> Callable[[], str]:
    """Return a function that makes an empty database on a temporary server and returns its SQLAlchemy URL."""
    return postgres.new_database


@pytest.fixture
def postgres_url(new_postgres_url: Callable[[], str]) -> str:
    """Return the URL of an empty PostgreSQL database."""
    return new_postgres_url()
