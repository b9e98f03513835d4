"""Receipts: what became of each file, from the moment it is read to its outcome, and what a crash leaves of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ops_platform.contracts import FEEDS
from ops_platform.intake import places
from ops_platform.state import QUARANTINE, RECEIPT, State
from ops_platform.warehouse import Warehouse

_BATCH = 500


@dataclass(frozen=True)
class Receipt:
    """What became of one file for one feed.

    Attributes
    ----------
    status
        ``accepted`` or ``refused``.
    finding
        Why the file was refused; for an accepted file, what a person should know about it.
    partitions
        Partitions of the feed that must be folded anew (``""`` where the feed has none).
    months
        Months whose measures may change.
    repeated
        Whether these bytes had been received before, so that nothing was done.
    """

    id: int
    sha256: str
    feed: str
    file_name: str
    status: str
    finding: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_duplicate: int
    partitions: tuple[str, ...]
    months: tuple[str, ...]
    repeated: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the receipt of a file that was read will say."""

    accepted: int
    quarantined: int
    duplicates: int
    partitions: list[str]
    months: list[str]
    notes: list[str]


def open_receipt(file_name: str, digest: str, feed: str, state: State, now: datetime, kept: str = "") -> int:
    """Note that a file is being read, and return the receipt's id; ``kept`` is the hash of the archived file."""
    with state.transaction() as connection:
        return _insert(connection, file_name, digest, feed, now, kept, "reading", "")


def refuse(file_name: str, digest: str, feed: str, finding: str, state: State, now: datetime, kept: str) -> Receipt:
    """Note why a file was not read."""
    with state.transaction() as connection:
        same = (RECEIPT.c.sha256 == digest) & (RECEIPT.c.feed == feed)
        connection.execute(sa.delete(RECEIPT).where(same & (RECEIPT.c.status == "refused")))
        receipt = _insert(connection, file_name, digest, feed, now, kept, "refused", finding)
    return find_receipt(receipt, state)


def set_aside(receipt: int, records: Sequence[dict[str, Any]], state: State) -> None:
    """Keep quarantined rows of a receipt that is still being read; they count once it is committed."""
    if records:
        with state.transaction() as connection:
            connection.execute(sa.insert(QUARANTINE), [{**record, "receipt_id": receipt} for record in records])


def forget_rows(receipt: int, state: State) -> None:
    """Take back the quarantined rows of a receipt that is read from the beginning again."""
    with state.transaction() as connection:
        connection.execute(sa.delete(QUARANTINE).where(QUARANTINE.c.receipt_id == receipt))


def commit(receipt: int, outcome: Outcome, state: State, now: datetime, released: Sequence[int] = ()) -> None:
    """Commit the outcome of a receipt at once, with the rows that it takes out of quarantine."""
    with state.transaction() as connection:
        for start in range(0, len(released), _BATCH):
            these = QUARANTINE.c.id.in_(released[start : start + _BATCH])
            connection.execute(sa.update(QUARANTINE).where(these).values(released_at=now))
        connection.execute(
            sa.update(RECEIPT)
            .where(RECEIPT.c.id == receipt)
            .values(
                status="accepted",
                finding="\n".join(outcome.notes),
                rows_read=outcome.accepted + outcome.quarantined + outcome.duplicates,
                rows_accepted=outcome.accepted,
                rows_quarantined=outcome.quarantined,
                rows_duplicate=outcome.duplicates,
                partitions=outcome.partitions,
                months=outcome.months,
            )
        )


def find_receipt(receipt: int, state: State) -> Receipt:
    """Return a receipt by its id."""
    return as_receipt(state.rows(sa.select(RECEIPT).where(RECEIPT.c.id == receipt))[0])


def take_back(attempts: sa.ColumnElement[bool], warehouse: Warehouse, state: State) -> None:
    """Remove what receipts that brought no row left behind: their arrivals, quarantined rows and then themselves."""
    unfinished = attempts & (RECEIPT.c.rows_accepted == 0)
    for row in state.rows(sa.select(RECEIPT.c.id, RECEIPT.c.feed).where(unfinished)):
        contract = FEEDS.get(row["feed"])
        for partition in places.arrival_partitions(contract, warehouse) if contract else []:
            for file in warehouse.arrivals(FEEDS[row["feed"]], partition):
                if int(file.stem) == row["id"]:
                    file.unlink()
    with state.transaction() as connection:
        ids = sa.select(RECEIPT.c.id).where(unfinished)
        connection.execute(sa.delete(QUARANTINE).where(QUARANTINE.c.receipt_id.in_(ids)))
        connection.execute(sa.delete(RECEIPT).where(unfinished))


def all_waiting(row: dict[str, Any], state: State) -> bool:
    """Return whether every row of a receipt waits in quarantine, as it does under a wrong mapping."""
    gone_on = sa.select(QUARANTINE.c.id).where(
        QUARANTINE.c.receipt_id == row["id"],
        QUARANTINE.c.released_at.is_not(None) | QUARANTINE.c.dismissed_at.is_not(None),
    )
    return row["rows_quarantined"] > 0 and row["rows_accepted"] == 0 and not state.rows(gone_on.limit(1))


def as_receipt(row: dict[str, Any], *, repeated: bool = False) -> Receipt:
    """Return a row of the table as a receipt."""
    kept = {name: row[name] for name in Receipt.__dataclass_fields__ if name in row}
    return Receipt(
        **{**kept, "partitions": tuple(row["partitions"]), "months": tuple(row["months"])}, repeated=repeated
    )


def distinct(notes: Iterable[str]) -> list[str]:
    """Return notes without repetition, in the order in which they came."""
    return list(dict.fromkeys(notes))


def _insert(
    connection: sa.Connection,
    file_name: str,
    digest: str,
    feed: str,
    now: datetime,
    kept: str,
    status: str,
    finding: str,
) -> int:
    values = {
        "sha256": digest, "feed": feed, "file_name": file_name, "received_at": now, "status": status,
        "finding": finding, "kept_sha256": kept or digest,
    }  # fmt: skip
    result = connection.execute(sa.insert(RECEIPT).values(values))
    return int(result.inserted_primary_key[0])  # type: ignore[index]
