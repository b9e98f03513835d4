"""The operational state: its migrations make the schema that the code declares, and moments keep their time zone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

import ops_platform
from ops_platform.state import METADATA, QUARANTINE, RECEIPT, State, open_state

MOMENT = datetime(2026, 3, 1, 0, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'below' / 'state.db'}"
    new: Callable[[], str] = request.getfixturevalue("new_postgres_url")
    return new()


def receipt(received_at: datetime) -> dict[str, object]:
    return {"sha256": "0" * 64, "feed": "sites", "file_name": "a.csv", "received_at": received_at, "status": "reading"}


def migrate_to(state: State, revision: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(ops_platform.__file__).with_name("migrations")))
    with state.engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def test_migrations_make_the_declared_schema(url: str) -> None:
    state = open_state(url)
    with state.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_twice_keeps_the_rows(url: str) -> None:
    with open_state(url).transaction() as connection:
        connection.execute(RECEIPT.insert(), receipt(MOMENT))
    assert len(open_state(url).rows(sa.select(RECEIPT))) == 1


def test_the_open_episode_index_is_partial(url: str) -> None:
    indices = {index["name"]: index for index in sa.inspect(open_state(url).engine).get_indexes("episode")}
    assert indices["uq_episode_open"]["unique"]
    assert any(key.endswith("_where") for key in indices["uq_episode_open"]["dialect_options"])


def test_a_moment_comes_back_aware_and_in_utc(url: str) -> None:
    state = open_state(url)
    with state.transaction() as connection:
        connection.execute(RECEIPT.insert(), receipt(MOMENT))
    (row,) = state.rows(sa.select(RECEIPT).where(RECEIPT.c.received_at == MOMENT))
    assert row["received_at"] == MOMENT
    assert row["received_at"].utcoffset() == timedelta(0)


def test_moments_of_different_offsets_are_ordered_as_moments(url: str) -> None:
    state = open_state(url)
    with state.transaction() as connection:
        connection.execute(RECEIPT.insert(), receipt(MOMENT))
    later = (MOMENT + timedelta(minutes=1)).astimezone(UTC)
    assert state.rows(sa.select(RECEIPT).where(RECEIPT.c.received_at < later))
    assert not state.rows(sa.select(RECEIPT).where(RECEIPT.c.received_at >= later))


def test_a_naive_moment_is_refused(url: str) -> None:
    state = open_state(url)
    with pytest.raises(sa.exc.StatementError, match="no time zone"), state.transaction() as connection:
        connection.execute(RECEIPT.insert(), receipt(MOMENT.replace(tzinfo=None)))


def test_a_failed_transaction_leaves_nothing(url: str) -> None:
    state = open_state(url)

    def half() -> None:
        with state.transaction() as connection:
            connection.execute(RECEIPT.insert(), receipt(MOMENT))
            raise KeyError("stopped")

    with pytest.raises(KeyError):
        half()
    assert state.rows(sa.select(RECEIPT)) == []


def test_a_row_needs_the_row_it_refers_to(url: str) -> None:
    state: State = open_state(url)
    orphan = {"receipt_id": 7, "line": 2, "column": "", "value": "", "reason": "", "row": {}}
    with pytest.raises(sa.exc.IntegrityError), state.transaction() as connection:
        connection.execute(QUARANTINE.insert(), orphan)


def test_the_second_schema_keeps_what_the_first_held(url: str) -> None:
    state = State(url)
    migrate_to(state, "0001")
    with state.transaction() as connection:
        columns = "sha256, feed, file_name, received_at, status, finding, rows_read, rows_accepted, rows_quarantined, "
        connection.execute(
            sa.text(
                f"INSERT INTO receipt (id, {columns} rows_duplicate, partitions, months) "  # noqa: S608
                "VALUES (1, 'abc', 'sites', 'a.csv', '2026-03-01 00:00:00', 'accepted', '', 1, 0, 1, 0, '[]', '[]')"
            )
        )
        connection.execute(
            sa.text(
                'INSERT INTO quarantine (id, receipt_id, line, "column", value, reason, row) '
                "VALUES (1, 1, 7, 'site_id', 'S9', 'unknown', '{}')"
            )
        )
    state.migrate()
    [kept] = state.rows(sa.select(RECEIPT))
    [row] = state.rows(sa.select(QUARANTINE))
    assert kept["kept_sha256"] == "abc"
    assert (row["line"], row["position"], row["sheet"], row["dismissed_at"]) == (7, 7, "", None)
    migrate_to(state, "0001", down=True)
    assert "position" not in {column["name"] for column in sa.inspect(state.engine).get_columns("quarantine")}
