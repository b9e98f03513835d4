"""A file becomes arrivals, quarantined rows and a receipt.

The raw bytes are archived first, then the file is read batch by batch: accepted rows are staged on disk, others set
aside. One step makes the staged rows arrivals, one transaction commits the receipt. A receipt that stayed at
``reading`` is the trace of a crash: its file is received anew.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import sqlalchemy as sa

from ops_platform.contracts import FEEDS
from ops_platform.errors import PermanentError
from ops_platform.intake import archive, readers
from ops_platform.intake.cells import Batch
from ops_platform.intake.check import LINE, ZONE, Checked, Incoming, check, quick_types
from ops_platform.intake.collect import Collector
from ops_platform.intake.conventions import UNDECIDED, Conventions, survey
from ops_platform.intake.identify import Plan, identify
from ops_platform.intake.identity import registers
from ops_platform.intake.receipts import (
    Outcome,
    Receipt,
    all_waiting,
    as_receipt,
    commit,
    find_receipt,
    forget_rows,
    open_receipt,
    refuse,
    take_back,
)
from ops_platform.intake.reshape import incoming as incoming_of
from ops_platform.intake.sources import Source, unpacked
from ops_platform.intake.staging import Staging
from ops_platform.intake.xml_forms import xml_form
from ops_platform.settings import Settings
from ops_platform.state import RECEIPT, State
from ops_platform.warehouse import Warehouse

_LOG = logging.getLogger(__name__)
_MOST_WORKERS = 4

Judge = Callable[[Incoming], Checked]
Task = tuple[str, Callable[[], Checked]]
"""Name of a sheet, and what judges its next batch."""


@dataclass(frozen=True)
class _Work:
    """One source of one file, to be received for one feed."""

    feed: str
    source: Source
    digest: str
    kept: str
    """Hash of the archived file that holds the source."""
    claimed: Path


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
        Of the file; where it serves several feeds, of the last of them (`receive_all` returns each).
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
    with TemporaryDirectory(dir=_scratch(settings)) as scratch:
        work: list[_Work] = []
        for path in paths:
            offered, refused = _offered(path, Path(scratch), state, settings, now)
            work += offered
            receipts += refused
            if not offered:
                archive.release_claim(path)
        work.sort(key=lambda item: feed_rank(item.feed))
        for position, item in enumerate(work):
            receipts.append(_receive_feed(item, warehouse, state, settings, now))
            if all(item.claimed != other.claimed for other in work[position + 1 :]):
                archive.release_claim(item.claimed)
    return receipts


def feed_rank(feed: str) -> int:
    """Return how many feeds must come before this one: 0 where it refers to none."""
    references = {column.refers_to for column in FEEDS[feed].columns if column.refers_to}
    return 1 + max(feed_rank(reference) for reference in references) if references else 0


def _scratch(settings: Settings) -> Path:
    # Beside the archive, because the machine's own temporary folder is often a small one in memory.
    folder = settings.home / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _offered(
    path: Path, scratch: Path, state: State, settings: Settings, now: datetime
) -> tuple[list[_Work], list[Receipt]]:
    """Archive a file; return what of it can be received for which feed, and the receipts of what cannot."""
    kept = archive.keep(path, settings.archive)
    work: list[_Work] = []
    refused: list[Receipt] = []

    def turn_down(name: str, digest: str, error: PermanentError) -> None:
        _LOG.warning("%s refused: %s", name, error)
        refused.append(refuse(name, digest, "", str(error), state, now, kept.stem))

    try:
        sources = unpacked(path.name, kept, settings.intake, scratch)
    except PermanentError as error:
        turn_down(path.name, kept.stem, error)
        return work, refused
    for source in sources:
        digest = kept.stem if source.path == kept else archive.sha256(source.path)
        try:
            feeds = _feeds(source, settings)
        except PermanentError as error:
            turn_down(source.name, digest, error)
        else:
            work += [_Work(feed, source, digest, kept.stem, path) for feed in feeds]
    return work, refused


def _feeds(source: Source, settings: Settings) -> list[str]:
    if form := xml_form(source.path):
        return [form.feed.name]
    return list(dict.fromkeys(plan.contract.name for plan in plans_of(source, settings)))


def plans_of(source: Source, settings: Settings) -> list[Plan]:
    """Return how the sheets of a source that is no XML are read."""
    sheets = readers.sheets(source.name, source.path, settings.intake.memory_mb)
    return identify(source.own_name, sheets, settings.mappings)


def _receive_feed(work: _Work, warehouse: Warehouse, state: State, settings: Settings, now: datetime) -> Receipt:
    attempts = (RECEIPT.c.sha256 == work.digest) & RECEIPT.c.feed.in_([work.feed, ""])
    earlier = state.rows(sa.select(RECEIPT).where(attempts))
    done = [row for row in earlier if row["status"] == "accepted"]
    # What brought no row is read anew, under a mapping that was corrected: no later file has corrected any of it.
    if done and not all_waiting(done[0], state):
        return as_receipt(done[0], repeated=True)
    if earlier:
        take_back(attempts, warehouse, state)
    receipt = open_receipt(work.source.name, work.digest, work.feed, state, now, work.kept)
    try:
        outcome = _take_in(work, receipt, warehouse, state, settings, now)
    except PermanentError as error:
        _LOG.warning("%s refused: %s", work.source.name, error)
        take_back(RECEIPT.c.id == receipt, warehouse, state)
        return refuse(work.source.name, work.digest, work.feed, str(error), state, now, work.kept)
    commit(receipt, outcome, state, now)
    _LOG.info("%s: %s, %d rows, %d quarantined", work.source.name, work.feed, outcome.accepted, outcome.quarantined)
    return find_receipt(receipt, state)


def _take_in(
    work: _Work, receipt: int, warehouse: Warehouse, state: State, settings: Settings, now: datetime
) -> Outcome:
    """Read a source, judge its rows batch by batch, and publish what was accepted.

    Most files write dates and numbers so that each can be read by itself. Where one cannot, the whole file is looked at
    for what decides it, and read again.
    """
    contract = FEEDS[work.feed]
    known, span = registers(contract, warehouse), settings.kept_span(now)
    plans = _plans(work, settings)
    conventions = plans[0].conventions if plans else UNDECIDED

    def judge(incoming: Incoming) -> Checked:
        checked = check(incoming, known, span, conventions)
        if checked.ambiguous and plans and not conventions.surveyed:
            raise _UndecidedError
        if conventions.decided:
            for record in checked.quarantined:
                record["row"] |= conventions.decided
        if incoming.zone.key != settings.time_zone:
            for record in checked.quarantined:
                record["row"][ZONE] = incoming.zone.key
        return checked

    def read_through() -> Outcome:
        with Staging(contract, receipt, warehouse, settings, now) as staging:
            collector = Collector(contract, receipt, staging, state, settings)
            for sheet, checked in _in_order(_tasks(work, plans, judge, settings, conventions)):
                collector.add(sheet, checked)
            return collector.finish()

    try:
        return read_through()
    except _UndecidedError:
        conventions = _surveyed(plans, settings)
        forget_rows(receipt, state)
        return read_through()


class _UndecidedError(Exception):
    """A cell can be read in two ways, and the file was not yet looked at for which it is."""


def _plans(work: _Work, settings: Settings) -> list[Plan]:
    if xml_form(work.source.path):
        return []
    return [plan for plan in plans_of(work.source, settings) if plan.contract.name == work.feed]


def _tasks(
    work: _Work, plans: list[Plan], judge: Judge, settings: Settings, conventions: Conventions
) -> Iterator[Task]:
    if form := xml_form(work.source.path):
        for incoming in form.read(work.source, settings):
            yield "", partial(judge, incoming)
    for plan in plans:
        for batch in batches_of(plan):
            # Arrow reads numbers with a decimal point only: 1.234 would be no thousand.
            quick = plan.mapping is None and not plan.units and not conventions.decimal_comma
            yield plan.sheet.name, partial(_judge_batch, plan, batch, judge, settings, quick=quick)


def batches_of(plan: Plan) -> Iterator[Batch]:
    """Yield the rows of a plan's sheet with the columns that the plan places."""
    return plan.sheet.batches(plan.last, list(plan.positions.values()))


def _surveyed(plans: list[Plan], settings: Settings) -> Conventions:
    """Look at every cell of a file for what it decides."""
    contract, fixed = plans[0].contract, plans[0].conventions
    cells = (incoming_of(plan, batch.text(), settings.zone).columns for plan in plans for batch in batches_of(plan))
    return survey(cells, contract, fixed)


def _judge_batch(plan: Plan, batch: Batch, judge: Judge, settings: Settings, *, quick: bool) -> Checked:
    """Judge a batch as typed columns where it can be read so; only rows that do not pass are read as written."""
    cells = batch.typed(quick_types(plan.contract, plan.positions)) if quick else None
    if cells is None:
        return judge(incoming_of(plan, batch.text(), settings.zone))
    first = judge(incoming_of(plan, cells, settings.zone))
    if len(first.rows) == len(cells.line):
        return first
    written = batch.rest(first.rows.column(LINE))
    close = judge(incoming_of(plan, written, settings.zone))
    rows = pa.concat_tables([first.rows, close.rows])
    return replace(close, rows=rows, resolved=first.resolved + close.resolved, twice=first.twice + close.twice)


def _in_order(tasks: Iterable[Task]) -> Iterator[tuple[str, Checked]]:
    """Run tasks side by side and yield their results in order; few are under way at a time."""
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    under_way: deque[tuple[str, Future[Checked]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for sheet, task in tasks:
            under_way.append((sheet, pool.submit(task)))
            if len(under_way) > 2 * workers:
                sheet_of, future = under_way.popleft()
                yield sheet_of, future.result()
        for sheet_of, future in under_way:
            yield sheet_of, future.result()
