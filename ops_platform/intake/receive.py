"""A file becomes arrivals, quarantined rows and a receipt.

The raw bytes are archived first, the arrivals are written next, and one transaction commits receipt and quarantine.
A receipt that stayed at ``reading`` is the trace of a crash: its file is received anew.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from ops_platform.contracts import FEEDS, Contract
from ops_platform.contracts.counters import CELL_COUNTERS
from ops_platform.errors import PermanentError
from ops_platform.intake import archive, mapping, places, pm_counters, pm_xml, readers
from ops_platform.intake.check import LINE, ZONE, Checked, Incoming, check
from ops_platform.intake.fold import GONE
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE, RECEIPT, State
from ops_platform.warehouse import Warehouse

_LOG = logging.getLogger(__name__)
_HEAD = 512
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


def receive(path: Path, warehouse: Warehouse, state: State, settings: Settings, now: datetime) -> Receipt:
    """Receive one file.

    Parameters
    ----------
    path
        The file. If it was claimed from the inbox, it is removed once its receipt is committed.
    warehouse, state, settings
        The installation.
    now
        The present moment, aware.

    Returns
    -------
    Receipt
        Of the file; where a source's file serves several feeds, of the last of them (`receive_all` returns each).
    """
    return receive_all([path], warehouse, state, settings, now)[-1]


def receive_all(
    paths: Iterable[Path], warehouse: Warehouse, state: State, settings: Settings, now: datetime
) -> list[Receipt]:
    """Receive files, those first whose rows others refer to; a file that is refused stops no other.

    Parameters
    ----------
    paths
        The files, in the order in which later ones correct earlier ones.
    warehouse, state, settings, now
        As in `receive`.

    Returns
    -------
    list of Receipt
        One per file and feed, in the order in which they were received.
    """
    receipts: list[Receipt] = []
    work: list[tuple[int, str, Path, Path]] = []
    for path in paths:
        data = path.read_bytes()
        kept = archive.keep(data, archive.sha256(data), path.suffix, settings.archive)
        try:
            feeds = _feeds(path.name, kept, settings)
        except PermanentError as error:
            receipts.append(_refuse(path.name, kept.stem, "", str(error), state, now))
            archive.release_claim(path)
            continue
        work += [(feed_rank(feed), feed, path, kept) for feed in feeds]
    work.sort(key=lambda item: item[0])
    for position, (_, feed, path, kept) in enumerate(work):
        receipts.append(_receive_feed(path.name, kept, feed, warehouse, state, settings, now))
        if all(path != other for _, _, other, _ in work[position + 1 :]):
            archive.release_claim(path)
    return receipts


def feed_rank(feed: str) -> int:
    """Return how many feeds must come before this one: 0 where it refers to none."""
    references = {column.refers_to for column in FEEDS[feed].columns if column.refers_to}
    return 1 + max(feed_rank(reference) for reference in references) if references else 0


def reference_keys(contract: Contract, warehouse: Warehouse) -> dict[str, pa.Array]:
    """Return the keys that have arrived of every feed that a contract refers to."""
    found = {}
    for feed in sorted({column.refers_to for column in contract.columns if column.refers_to}):
        target = FEEDS[feed]
        name = target.key[0]
        files = [
            file
            for partition in places.arrival_partitions(target, warehouse)
            for file in warehouse.arrivals(target, partition)
        ] or warehouse.files(target)
        columns = [pq.read_table(file, columns=[name], partitioning=None).column(name) for file in files]
        chunks = [chunk for column in columns for chunk in column.chunks]
        found[feed] = pc.unique(pa.chunked_array(chunks, pa.string()))
    return found


def write_rows(
    contract: Contract, checked: Checked, receipt: int, warehouse: Warehouse, settings: Settings, now: datetime
) -> tuple[list[str], list[str]]:
    """Write the arrivals of one receipt; return the partitions and the months that they touch."""
    arriving = places.split(contract, checked.rows, settings)
    before = places.displaced(contract, checked.rows, receipt, warehouse)
    moved = places.tombstones(contract, before, arriving)
    for partition in sorted({*arriving, *moved}):
        parts = [_arrival(rows, gone=False) for rows in [arriving.get(partition)] if rows is not None]
        parts += [_arrival(rows, gone=True) for rows in [moved.get(partition)] if rows is not None]
        warehouse.write_arrival(contract, pa.concat_tables(parts), partition, receipt)
    months = places.months(contract, checked.rows, settings, now)
    for rows in before.values():
        months |= places.months(contract, rows, settings, now)
    return sorted({*arriving, *moved}), sorted(months)


def commit(
    receipt: int,
    checked: Checked,
    partitions: list[str],
    months: list[str],
    finding: str,
    state: State,
    now: datetime,
    released: Sequence[int] = (),
) -> None:
    """Commit the outcome of a receipt at once: counts, quarantined rows, and rows taken out of quarantine."""
    with state.transaction() as connection:
        if checked.quarantined:
            records = [{**record, "receipt_id": receipt} for record in checked.quarantined]
            connection.execute(sa.insert(QUARANTINE), records)
        for start in range(0, len(released), _BATCH):
            these = QUARANTINE.c.id.in_(released[start : start + _BATCH])
            connection.execute(sa.update(QUARANTINE).where(these).values(released_at=now))
        connection.execute(
            sa.update(RECEIPT)
            .where(RECEIPT.c.id == receipt)
            .values(
                status="accepted",
                finding=finding,
                rows_read=checked.read,
                rows_accepted=len(checked.rows),
                rows_quarantined=len(checked.quarantined),
                rows_duplicate=checked.duplicates,
                partitions=partitions,
                months=months,
            )
        )


def open_receipt(file_name: str, digest: str, feed: str, state: State, now: datetime) -> int:
    """Note that a file is being read, and return the receipt's id."""
    with state.transaction() as connection:
        values = {
            "sha256": digest, "feed": feed, "file_name": file_name, "received_at": now, "status": "reading",
            "finding": "",
        }  # fmt: skip
        result = connection.execute(sa.insert(RECEIPT).values(values))
        return int(result.inserted_primary_key[0])  # type: ignore[index]


def find_receipt(receipt: int, state: State) -> Receipt:
    """Return a receipt by its id."""
    return _receipt(state.rows(sa.select(RECEIPT).where(RECEIPT.c.id == receipt))[0])


def take_back(attempts: sa.ColumnElement[bool], warehouse: Warehouse, state: State) -> None:
    """Remove what unfinished or refused receipts left behind: first their arrivals, then the receipts themselves."""
    unfinished = attempts & (RECEIPT.c.status != "accepted")
    for row in state.rows(sa.select(RECEIPT.c.id, RECEIPT.c.feed).where(unfinished)):
        contract = FEEDS.get(row["feed"])
        for partition in places.arrival_partitions(contract, warehouse) if contract else []:
            for file in warehouse.arrivals(FEEDS[row["feed"]], partition):
                if int(file.stem) == row["id"]:
                    file.unlink()
    with state.transaction() as connection:
        connection.execute(sa.delete(RECEIPT).where(unfinished))


def _feeds(file_name: str, path: Path, settings: Settings) -> list[str]:
    if _is_xml(path.read_bytes()):
        return [CELL_COUNTERS.name]
    sheets = readers.sheets(file_name, path, settings.intake.memory_mb)
    return [plan.contract.name for plan in mapping.identify(file_name, sheets)]


def _is_xml(data: bytes) -> bool:
    return data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _receive_feed(
    file_name: str, kept: Path, feed: str, warehouse: Warehouse, state: State, settings: Settings, now: datetime
) -> Receipt:
    digest = kept.stem
    attempts = (RECEIPT.c.sha256 == digest) & RECEIPT.c.feed.in_([feed, ""])
    earlier = state.rows(sa.select(RECEIPT).where(attempts))
    done = [row for row in earlier if row["status"] == "accepted"]
    if done:
        return _receipt(done[0], repeated=True)
    if earlier:
        take_back(attempts, warehouse, state)
    contract = FEEDS[feed]
    try:
        read = _read(file_name, kept, feed, settings)
    except PermanentError as error:
        return _refuse(file_name, digest, feed, str(error), state, now)
    receipt = open_receipt(file_name, digest, feed, state, now)
    checked = check(read, reference_keys(contract, warehouse), settings.kept_span(now))
    if read.zone.key != settings.time_zone:
        for record in checked.quarantined:
            record["row"][ZONE] = read.zone.key
    partitions, months = write_rows(contract, checked, receipt, warehouse, settings, now)
    commit(receipt, checked, partitions, months, "\n".join(read.notes), state, now)
    _LOG.info("%s: %s, %d rows, %d quarantined", file_name, feed, checked.read, len(checked.quarantined))
    return find_receipt(receipt, state)


def _read(file_name: str, path: Path, feed: str, settings: Settings) -> Incoming:
    if _is_xml(data := path.read_bytes()):
        return pm_counters.cell_counters(pm_xml.read(file_name, data, settings.zone), settings.zone)
    plans = mapping.identify(file_name, readers.sheets(file_name, path, settings.intake.memory_mb))
    plan = next(plan for plan in plans if plan.contract.name == feed)
    batches = [
        mapping.incoming(plan, batch.text(), settings.zone)
        for batch in plan.sheet.batches(plan.header, list(plan.positions.values()))
    ]
    return batches[0]


def _arrival(rows: pa.Table, *, gone: bool) -> pa.Table:
    if LINE not in rows.column_names:
        rows = rows.append_column(LINE, pa.nulls(len(rows), pa.int64()))
    return rows.append_column(GONE, pa.repeat(pa.scalar(gone), len(rows)))


def _refuse(file_name: str, digest: str, feed: str, finding: str, state: State, now: datetime) -> Receipt:
    with state.transaction() as connection:
        same = (RECEIPT.c.sha256 == digest) & (RECEIPT.c.feed == feed)
        connection.execute(sa.delete(RECEIPT).where(same & (RECEIPT.c.status == "refused")))
        values = {
            "sha256": digest, "feed": feed, "file_name": file_name, "received_at": now, "status": "refused",
            "finding": finding,
        }  # fmt: skip
        result = connection.execute(sa.insert(RECEIPT).values(values))
        receipt = int(result.inserted_primary_key[0])  # type: ignore[index]
    _LOG.warning("%s refused: %s", file_name, finding)
    return find_receipt(receipt, state)


def _receipt(row: dict[str, Any], *, repeated: bool = False) -> Receipt:
    kept = {name: row[name] for name in Receipt.__dataclass_fields__ if name in row}
    return Receipt(
        **{**kept, "partitions": tuple(row["partitions"]), "months": tuple(row["months"])}, repeated=repeated
    )
