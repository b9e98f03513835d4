"""Rows that were set aside: what they are, and their release once what was missing has arrived or been corrected."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from ops_platform.contracts import FEEDS, Contract
from ops_platform.errors import PermanentError
from ops_platform.intake import places
from ops_platform.intake.check import LINE, ZONE, Incoming, check
from ops_platform.intake.conventions import Conventions
from ops_platform.intake.fold import GONE
from ops_platform.intake.identity import dependents, registers
from ops_platform.intake.keys import key_codes
from ops_platform.intake.receipts import Outcome, Receipt, commit, find_receipt, open_receipt, take_back
from ops_platform.intake.staging import Staging
from ops_platform.intake.words import SUPERSEDED, both
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE, RECEIPT, State
from ops_platform.warehouse import Warehouse

WAITING = QUARANTINE.c.released_at.is_(None) & QUARANTINE.c.dismissed_at.is_(None)
"""Rows of which it is still open whether they will be loaded."""
ACCEPTED = RECEIPT.c.status == "accepted"
"""Receipts whose quarantined rows count: not those that are still being read."""
RELEASE = "release"
"""File name of a receipt whose rows came out of quarantine."""
_BATCH = 500
_LINES = 2**32


def retry(
    state: State, warehouse: Warehouse, settings: Settings, now: datetime, feed: str | None = None
) -> list[Receipt]:
    """Check quarantined rows again and release those that pass now, as the rows of a new receipt per feed.

    A row whose key has meanwhile arrived in a later file stays: it must not undo the correction. Its reason says so.

    Parameters
    ----------
    state, warehouse, settings
        The installation.
    now
        The present moment, aware; becomes ``released_at``.
    feed
        Only this feed; every feed where None.

    Returns
    -------
    list of Receipt
        One per feed of which rows were released, those first to which others refer.
    """
    mine = RECEIPT.c.file_name == RELEASE
    take_back(mine if feed is None else mine & (RECEIPT.c.feed == feed), warehouse, state)
    waiting: dict[tuple[str, str, Conventions], list[dict[str, Any]]] = defaultdict(list)
    for row in _waiting(state, feed):
        if not row["reason"].startswith(SUPERSEDED) and "_text" not in row["row"]:
            zone = row["row"].get(ZONE, settings.time_zone)
            waiting[row["feed"], zone, Conventions.of_row(row["row"])].append(row)
    receipts = []
    # Contracts stand in the order of their references, network before events.
    for (name, zone, written), rows in sorted(waiting.items(), key=lambda item: list(FEEDS).index(item[0][0])):
        receipt = _release(FEEDS[name], ZoneInfo(zone), written, rows, state, warehouse, settings, now)
        receipts += [receipt] if receipt else []
    return receipts


def release(
    feeds: Iterable[str], state: State, warehouse: Warehouse, settings: Settings, now: datetime
) -> list[Receipt]:
    """Release what the arrival of some feeds made understandable, and what that again makes so, until nothing is left.

    Parameters
    ----------
    feeds
        The feeds of which rows have arrived.
    state, warehouse, settings, now
        As in `retry`.

    Returns
    -------
    list of Receipt
        One for each feed and round in which rows were released.
    """
    released: list[Receipt] = []
    fresh = set(feeds)
    while fresh:
        waiting: set[str] = set().union(*map(dependents, fresh))
        due = [feed for feed in FEEDS if feed in waiting]
        receipts = [receipt for feed in due for receipt in retry(state, warehouse, settings, now, feed)]
        released += receipts
        fresh = {receipt.feed for receipt in receipts}
    return released


@dataclass(frozen=True)
class Chosen:
    """Which quarantined rows a person means; None: whatever it is."""

    feed: str
    receipt: int | None = None
    column: str | None = None
    value: str | None = None

    @property
    def rows(self) -> sa.ColumnElement[bool]:
        """The condition on a row."""
        receipts = sa.select(RECEIPT.c.id).where(RECEIPT.c.feed == self.feed, ACCEPTED)
        wanted = {"receipt_id": self.receipt, "column": self.column, "value": self.value}
        named = (QUARANTINE.c[name] == value for name, value in wanted.items() if value is not None)
        return sa.and_(QUARANTINE.c.receipt_id.in_(receipts), *named)


def dismiss(chosen: Chosen, why: str, who: str, state: State, now: datetime) -> int:
    """Note that rows which wait will never be loaded; they stay readable. Return how many.

    Raises
    ------
    PermanentError
        If no reason is given.
    """
    if not why.strip():
        raise PermanentError(both("搁置须写明理由（--reason）", "a dismissal needs its reason (--reason)"))
    values = {"dismissed_at": now, "dismissed_by": who, "dismissed_why": why.strip()}
    with state.transaction() as connection:
        return connection.execute(sa.update(QUARANTINE).where(chosen.rows, WAITING).values(values)).rowcount


def restore(chosen: Chosen, state: State) -> int:
    """Take back the dismissal of rows: they wait again. Return how many."""
    dismissed = QUARANTINE.c.dismissed_at.is_not(None)
    values = {"dismissed_at": None, "dismissed_by": "", "dismissed_why": ""}
    with state.transaction() as connection:
        return connection.execute(sa.update(QUARANTINE).where(chosen.rows, dismissed).values(values)).rowcount


def _tell_anew(rows: list[dict[str, Any]], records: list[dict[str, Any]], state: State) -> None:
    """Keep what is wrong with rows now, where it is no longer what it was when they came."""
    told = ("column", "value", "problem", "reason")
    changed = [
        {"of": rows[record["line"]]["id"], **{f"new_{name}": record[name] for name in told}}
        for record in records
        if any(rows[record["line"]][name] != record[name] for name in told)
    ]
    if changed:
        statement = sa.update(QUARANTINE).where(QUARANTINE.c.id == sa.bindparam("of"))
        with state.transaction() as connection:
            connection.execute(statement.values({name: sa.bindparam(f"new_{name}") for name in told}), changed)


def _release(
    contract: Contract,
    zone: ZoneInfo,
    conventions: Conventions,
    rows: list[dict[str, Any]],
    state: State,
    warehouse: Warehouse,
    settings: Settings,
    now: datetime,
) -> Receipt | None:
    columns = {name: pa.array([row["row"].get(name) for row in rows], pa.string()) for name in contract.schema.names}
    # The position stands in for the line, so that each accepted row is found again.
    order = pa.array(np.arange(len(rows)), pa.int64())
    incoming = Incoming(contract, columns, order, zone)
    checked = check(incoming, registers(contract, warehouse), settings.kept_span(now), conventions)
    _tell_anew(rows, checked.quarantined, state)
    passed = checked.rows.column(LINE).to_pylist()
    ages = _age(
        np.array([rows[at]["receipt_id"] for at in passed], dtype=np.int64),
        np.array([rows[at]["position"] for at in passed], dtype=np.int64),
    )
    fresh = ages > _newest(contract, checked.rows, warehouse)
    stale = [rows[at]["id"] for at, good in zip(passed, fresh, strict=True) if not good]
    _mark_superseded(stale, state)
    released = [at for at, good in zip(passed, fresh, strict=True) if good]
    if not released:
        return None
    # In place of its line a released row keeps its age: what came after it, although it waits longer, corrects it.
    kept = checked.rows.drop_columns([LINE]).append_column(LINE, pa.array(ages))
    accepted = kept.filter(pa.array(fresh))
    ids = [rows[at]["id"] for at in released]
    digest = hashlib.sha256(f"{RELEASE} {contract.name} {ids}".encode()).hexdigest()
    receipt = open_receipt(RELEASE, digest, contract.name, state, now)
    with Staging(contract, receipt, warehouse, settings, now) as staging:
        staging.add(accepted)
        partitions, months = staging.publish()
    finding = both(f"从隔离区放行 {len(ids)} 行", f"{len(ids)} rows released from quarantine")
    commit(receipt, Outcome(len(ids), 0, 0, partitions, months, [finding]), state, now, ids)
    return find_receipt(receipt, state)


def _age(receipt: npt.NDArray[np.int64] | int, line: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return numbers that order rows by receipt and, within one, by line."""
    return np.asarray(receipt * _LINES + line, dtype=np.int64)


def _newest(contract: Contract, rows: pa.Table, warehouse: Warehouse) -> npt.NDArray[np.int64]:
    """Return, for each row, the age of the newest arrival of its key, -1 where none has come."""
    newest = np.full(len(rows), -1, dtype=np.int64)
    for partition in places.arrival_partitions(contract, warehouse):
        for file in warehouse.arrivals(contract, partition):
            theirs = pq.read_table(file, columns=[*contract.key, LINE, GONE], partitioning=None)
            # A key that moved away stands with its age where it went.
            theirs = theirs.filter(pc.invert(theirs.column(GONE)))
            if not len(theirs):
                continue
            both_sides = [
                pa.chunked_array([*rows.column(name).chunks, *theirs.column(name).chunks]) for name in contract.key
            ]
            codes = key_codes(both_sides)
            ours, known = codes[: len(rows)], codes[len(rows) :]
            order = np.argsort(known)
            at = np.minimum(np.searchsorted(known[order], ours), len(known) - 1)
            here = known[order][at] == ours
            line = pc.fill_null(theirs.column(LINE), 0).to_numpy()[order][at]
            age = np.where(line < _LINES, _age(int(file.stem), line), line)
            newest[here] = np.maximum(newest, age)[here]
    return newest


def _mark_superseded(ids: list[int], state: State) -> None:
    reason = SUPERSEDED + ": " + both("之后的文件已更正此行", "a later file has corrected this row")
    with state.transaction() as connection:
        for start in range(0, len(ids), _BATCH):
            these = QUARANTINE.c.id.in_(ids[start : start + _BATCH])
            connection.execute(sa.update(QUARANTINE).where(these).values(reason=reason, problem="superseded"))


def _waiting(state: State, feed: str | None) -> list[dict[str, Any]]:
    query = (
        sa.select(QUARANTINE, RECEIPT.c.feed, RECEIPT.c.file_name)
        .join(RECEIPT, QUARANTINE.c.receipt_id == RECEIPT.c.id)
        .where(WAITING, ACCEPTED)
        .order_by(QUARANTINE.c.receipt_id, QUARANTINE.c.position)
    )
    return state.rows(query if feed is None else query.where(RECEIPT.c.feed == feed))
