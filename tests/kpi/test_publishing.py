"""A published month does not change, whatever arrives later."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from ops_platform.contracts.derived import PUBLISHED_SCORECARDS, SCORECARDS
from ops_platform.kpi.publishing import content_hash, publish
from ops_platform.state import PUBLISHED_MONTH, RECEIPT, State, open_state
from ops_platform.warehouse import Warehouse
from tests.maintenance.builders import Row, at, on, table

FIRST, LATER = at("04-03 08:00"), at("04-05 08:00")
ROWS: list[Row] = [
    {"month_on": on("03-01"), "level": "office", "office_id": "O1", "kpi_id": "site_outages", "value": 3.0},
    {"month_on": on("03-01"), "level": "office", "office_id": "O2", "kpi_id": "site_outages", "value": None},
]


@pytest.fixture
def state(tmp_path: Path) -> State:
    return open_state(f"sqlite:///{tmp_path / 'state.db'}")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    house = Warehouse(tmp_path / "warehouse")
    house.write(SCORECARDS, table("scorecards", *ROWS), "2026-03")
    return house


def test_a_month_is_published_under_the_hash_of_its_scorecard(warehouse: Warehouse, state: State) -> None:
    with state.transaction() as connection:
        for status in ("accepted", "refused"):
            connection.execute(
                RECEIPT.insert().values(
                    sha256=status, feed="alarms", file_name="a.csv", received_at=FIRST, status=status
                )
            )
    published = publish("2026-03", warehouse, state, "2026.1", FIRST)
    assert published.unchanged
    assert published.content_sha256 == content_hash(table("scorecards", *ROWS))
    assert warehouse.read(PUBLISHED_SCORECARDS, ["2026-03"]) == table("scorecards", *ROWS)
    (row,) = state.rows(sa.select(PUBLISHED_MONTH))
    assert (row["month"], row["revision"], row["published_at"], row["policy_version"]) == (
        "2026-03",
        0,
        FIRST,
        "2026.1",
    )
    assert row["receipts"] == [1], "what was refused is not what it was computed from"


def test_publishing_again_changes_nothing_where_nothing_changed(warehouse: Warehouse, state: State) -> None:
    first = publish("2026-03", warehouse, state, "2026.1", FIRST)
    assert publish("2026-03", warehouse, state, "2026.2", LATER) == first
    assert len(state.rows(sa.select(PUBLISHED_MONTH))) == 1


def test_late_data_leaves_the_published_month_as_it_is_and_is_told(warehouse: Warehouse, state: State) -> None:
    first = publish("2026-03", warehouse, state, "2026.1", FIRST)
    warehouse.write(SCORECARDS, table("scorecards", ROWS[0] | {"value": 4.0}, ROWS[1]), "2026-03")
    again = publish("2026-03", warehouse, state, "2026.1", LATER)
    assert not again.unchanged
    assert (again.published_at, again.content_sha256) == (first.published_at, first.content_sha256)
    assert warehouse.read(PUBLISHED_SCORECARDS, ["2026-03"])["value"].to_pylist() == [3.0, None]
    warehouse.write(SCORECARDS, table("scorecards", *ROWS), "2026-03")
    assert publish("2026-03", warehouse, state, "2026.1", LATER).unchanged, "the late data were taken back"


def test_each_month_is_published_on_its_own(warehouse: Warehouse, state: State) -> None:
    warehouse.write(SCORECARDS, table("scorecards", ROWS[0] | {"month_on": on("04-01")}), "2026-04")
    march, april = (publish(month, warehouse, state, "2026.1", FIRST) for month in ("2026-03", "2026-04"))
    assert march.content_sha256 != april.content_sha256
    assert len(state.rows(sa.select(PUBLISHED_MONTH))) == 2


def test_a_month_without_scorecard_cannot_be_published(warehouse: Warehouse, state: State) -> None:
    with pytest.raises(LookupError, match="2026-05 has no scorecard"):
        publish("2026-05", warehouse, state, "2026.1", FIRST)


def test_the_hash_is_that_of_the_rows_however_they_were_written() -> None:
    rows = table("scorecards", *ROWS)
    pieces = [rows.slice(0, 1), rows.slice(1, 1).replace_schema_metadata({"written by": "someone"})]
    again = type(rows).from_batches([batch for piece in pieces for batch in piece.to_batches()], schema=rows.schema)
    assert content_hash(again.replace_schema_metadata({"a": "b"})) == content_hash(rows)
    assert content_hash(rows.slice(0, 1)) != content_hash(rows)
