"""Operational state: receipts, quarantine, episodes, outbox, published months, in one relational schema.

SQLite by default, PostgreSQL in production, through SQLAlchemy Core; the schema is moved by the Alembic migrations
in ``ops_platform/migrations``. Holds tables and transactions, no rules.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


class Moment(sa.types.TypeDecorator[datetime]):
    """A UTC moment that is aware on both sides, also on SQLite, which stores none."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store in UTC; a naive moment is a mistake."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        stored = value.astimezone(UTC) if value is not None else None
        return stored.replace(tzinfo=None) if stored is not None and dialect.name == "sqlite" else stored

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EMPTY = sa.text("''")
"""What the rows that were there before have in a column that was added."""

RECEIPT = sa.Table(
    "receipt",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("feed", sa.String(64), nullable=False, comment="Empty where no feed was recognised"),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("status", sa.String(16), nullable=False, comment="reading, accepted, refused"),
    sa.Column("finding", sa.Text, nullable=False, default="", comment="Why the file was refused"),
    sa.Column("rows_read", sa.Integer, nullable=False, default=0),
    sa.Column("rows_accepted", sa.Integer, nullable=False, default=0),
    sa.Column("rows_quarantined", sa.Integer, nullable=False, default=0),
    sa.Column("rows_duplicate", sa.Integer, nullable=False, default=0, comment="Same key earlier in the same file"),
    sa.Column("partitions", sa.JSON, nullable=False, default=list, comment="Partitions of the feed it touches"),
    sa.Column("months", sa.JSON, nullable=False, default=list, comment="Months whose measures it may change"),
    sa.Column(
        "kept_sha256", sa.String(64), nullable=False, server_default=_EMPTY, comment="Archived file that holds it"
    ),
    sa.UniqueConstraint("sha256", "feed"),
)

QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("receipt_id", sa.ForeignKey("receipt.id"), nullable=False, index=True),
    sa.Column("sheet", sa.Text, nullable=False, server_default=_EMPTY, comment="Empty where a file is one table"),
    sa.Column("line", sa.Integer, nullable=False, comment="Line of the file, or row of the sheet, counted from 1"),
    sa.Column("position", sa.BigInteger, nullable=False, server_default="0", comment="Place in reading order"),
    sa.Column("column", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("problem", sa.String(16), nullable=False, server_default=_EMPTY, comment="Kind of the reason"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("row", sa.JSON, nullable=False, comment="The row as it stood in the file"),
    sa.Column("released_at", Moment),
    sa.Column("dismissed_at", Moment, comment="When a person decided that the row will never be loaded"),
    sa.Column("dismissed_by", sa.Text, nullable=False, server_default=_EMPTY),
    sa.Column("dismissed_why", sa.Text, nullable=False, server_default=_EMPTY),
)

PUBLISHED_MONTH = sa.Table(
    "published_month",
    METADATA,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, comment="0 as first published; each restatement adds one"),
    sa.Column("published_at", Moment, nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("policy_version", sa.String(32), nullable=False),
    sa.Column("receipts", sa.JSON, nullable=False, comment="Receipts that the month was computed from"),
)

EPISODE = sa.Table(
    "episode",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(128), nullable=False, comment="Site, cell, office or run that the rule is about"),
    sa.Column("fingerprint", sa.String(200), nullable=False, comment="Rule and subject: one open episode for each"),
    sa.Column("office_id", sa.String(64), nullable=False, default=""),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, comment="open, resolved"),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False, comment="Last evaluation that found the condition"),
    sa.Column("resolved_at", Moment),
    sa.Column("facts", sa.JSON, nullable=False, comment="What the message says: names, times, figures"),
    sa.Index("uq_episode_open", "fingerprint", unique=True, sqlite_where=sa.text("resolved_at IS NULL"),
             postgresql_where=sa.text("resolved_at IS NULL")),
)  # fmt: skip

EPISODE_EVENT = sa.Table(
    "episode_event",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("episode_id", sa.ForeignKey("episode.id"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False, comment="opened, enqueued, sent, dead, resolved"),
    sa.Column("detail", sa.Text, nullable=False, default=""),
)

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True, comment="Hash of episodes, step, recipient, channel"),
    sa.Column("kind", sa.String(16), nullable=False, comment="raised, resolved"),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("recipient", sa.String(200), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False, comment="The same content for machines"),
    sa.Column("state", sa.String(16), nullable=False, comment="pending, claimed, sent, dead"),
    sa.Column("in_doubt", sa.Boolean, nullable=False, default=False, comment="An attempt ended without an answer"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False, comment="Not to be attempted before"),
    sa.Column("lease_until", Moment),
    sa.Column(
        "fence", sa.Integer, nullable=False, default=0, comment="Grows with each claim; an old claim cannot mark"
    ),
    sa.Column("sent_at", Moment),
    sa.Index("ix_outbox_due", "state", "due_at"),
)

OUTBOX_EPISODE = sa.Table(
    "outbox_episode",
    METADATA,
    sa.Column("outbox_id", sa.ForeignKey("outbox.id"), primary_key=True),
    sa.Column("episode_id", sa.ForeignKey("episode.id"), primary_key=True, index=True),
)

ATTEMPT = sa.Table(
    "attempt",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("outbox_id", sa.ForeignKey("outbox.id"), nullable=False, index=True),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("started_at", Moment, nullable=False, comment="Committed before the network call"),
    sa.Column("ended_at", Moment),
    sa.Column("outcome", sa.String(16), nullable=False, comment="started, accepted, permanent, retry, in_doubt"),
    sa.Column("answer", sa.Text, nullable=False, default="", comment="What the provider said"),
)


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
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_immediate)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Yield a connection whose work is committed whole, or not at all."""
        with self.engine.begin() as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries."""
        with self.engine.begin() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe where several processes start at once."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        head = ScriptDirectory.from_config(config).get_current_head()
        with self.engine.begin() as connection:
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
    connection.exec_driver_sql("BEGIN IMMEDIATE")
