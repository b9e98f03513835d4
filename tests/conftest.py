"""Fixtures that several rooms share: a real PostgreSQL server."""

from collections.abc import Callable, Iterator

import pytest

from tests.postgres import PostgresServer, is_installed, postgres_server


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
