"""The database that holds the operational state: transactions and migrations."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_READING = "reading"
_MIGRATING = threading.Lock()
"""Alembic keeps what it migrates in a module: one thread at a time."""


class State:
    """The relational state of one installation.

    Parameters
    ----------
    url
        SQLAlchemy URL, ``sqlite:///...`` or ``postgresql+psycopg2://...``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        # Rows that are updated one by one go to PostgreSQL a hundred at a time, not each on a way of its own.
        batches = {"executemany_mode": "values_plus_batch"} if url.startswith("postgresql") else {}
        self.engine = sa.create_engine(url, poolclass=sa.NullPool, **batches)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_immediate)

    @contextmanager
    def transaction(self, alone: int = 0) -> Iterator[sa.Connection]:
        """Yield a connection whose work is committed whole, or not at all.

        Parameters
        ----------
        alone
            Number of a kind of work of which only one transaction, over all processes, may be under way; 0: of none.
            SQLite lets only one write in any case.
        """
        with self.engine.begin() as connection:
            if alone and connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(alone)))
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries; holds up no writer."""
        with self.engine.connect().execution_options(**{_READING: True}) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe where several processes start at once."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
        head = ScriptDirectory.from_config(config).get_current_head()
        with _MIGRATING, self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(6323)"))
            if MigrationContext.configure(connection).get_current_revision() != head:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def open_state(url: str) -> State:
    """Return the state at a URL with its schema up to date."""
    state = State(url)
    state.migrate()
    return state


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would begin deferred; `_begin_immediate` takes the write lock at once,
    # because a deferred transaction that turns into a writer fails instead of waiting.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(_READING) else "BEGIN IMMEDIATE")
