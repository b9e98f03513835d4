"""Closing a month: what was published is kept, revision by revision, under a content hash and never changes.

Late data changes the live figures. What is published changes only by an explicit restatement, which is a revision of
its own with a reason; the earlier revisions stay.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from pyarrow import csv

from ops_platform.clock import first_day, local_midnight, shift_month
from ops_platform.contracts.published import GOALS, PUBLISHED, SUBJECT_SUMS
from ops_platform.contracts.scores import MEASURES, RANKINGS, SCORECARDS
from ops_platform.errors import PermanentError
from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import definitions
from ops_platform.kpi.measures import COUNTS
from ops_platform.kpi.scoring import goals
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import PUBLISHED_MONTH, RECEIPT, State
from ops_platform.warehouse import Warehouse, replacing

FOLDER = "published"
MANIFEST = "manifest.json"
_ALONE = 6324
"""Number of this kind of work, of which only one transaction is under way."""
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Publication:
    """A published month, or a restatement of one.

    Attributes
    ----------
    month, revision
        The month, ``YYYY-MM``; 0 as first published, each restatement adds one.
    published_at
        When it was published (UTC).
    content_sha256
        Hash over the hashes of its parts.
    parts
        SHA-256 of scorecards, rankings, sums, definitions, targets, receipts and house rules.
    receipts
        Numbers of the receipts that it was computed from.
    policy
        The house rules in force.
    reason, published_by
        Why it was restated, and by whom; empty as first published.
    """

    month: str
    revision: int
    published_at: datetime
    content_sha256: str
    policy_version: str
    parts: Mapping[str, str]
    receipts: tuple[int, ...]
    policy: Mapping[str, Any]
    reason: str = ""
    published_by: str = ""


def closes_at(month: str, settings: Settings) -> datetime:
    """Return the moment at which a month is closed, in UTC; see docs/decisions/0008."""
    day = first_day(shift_month(month, 1)) + timedelta(days=settings.close_day - 1)
    return local_midnight(day, settings.zone) + timedelta(hours=settings.close_hour)


def publications(state: State, month: str) -> list[Publication]:
    """Return every revision of a month, the first published first."""
    query = sa.select(PUBLISHED_MONTH).where(PUBLISHED_MONTH.c.month == month).order_by(PUBLISHED_MONTH.c.revision)
    return [_publication(row) for row in state.rows(query)]


def newest(state: State, month: str) -> Publication | None:
    """Return what stands published of a month; None while it is provisional."""
    return next(reversed(publications(state, month)), None)


def as_published(warehouse: Warehouse, part: str, publication: Publication) -> pa.Table:
    """Return a part of a publication as it was frozen.

    Parameters
    ----------
    part
        A key of `ops_platform.contracts.published.PUBLISHED`.
    """
    rows = warehouse.read(PUBLISHED[part], [publication.month])
    mine = rows.filter(pc.equal(pc.fill_null(rows["revision"], 0), publication.revision))
    return mine.drop_columns("revision")


def is_current(platform: Platform, publication: Publication) -> bool:
    """Tell whether scorecard and ranking are still computed as they were published."""
    warehouse, month = platform.warehouse, publication.month
    cards = warehouse.read(SCORECARDS, [month])
    if not publication.parts:  # published before parts had hashes: the scorecard alone was kept
        return bool(as_published(warehouse, "scorecards", publication).equals(cards))
    now = {"scorecards": content_hash(cards), "rankings": content_hash(warehouse.read(RANKINGS, [month]))}
    return all(publication.parts[part] == digest for part, digest in now.items())


def live(platform: Platform, month: str) -> dict[str, pa.Table]:
    """Return what a month would be published as now, part by part."""
    facts, warehouse = platform.facts, platform.warehouse
    return {
        "scorecards": warehouse.read(SCORECARDS, [month]),
        "rankings": warehouse.read(RANKINGS, [month]),
        "sums": subject_sums(facts, month),
        "definitions": definitions(month),
        "targets": _goals(facts, month),
    }


def subject_sums(facts: Facts, month: str) -> pa.Table:
    """Return the sums of a month's measures by KPI, part, office, person and subject."""
    engine = facts.warehouse.connect()
    keys = ["kpi_id", "part", "office_id", "staff_id", "subject_id"]
    tables = [facts.warehouse.table(engine, contract, [month]) for contract in MEASURES.values()]
    on = ibis.date(str(first_day(month)))
    sums = [table.group_by(keys).agg(month_on=on, **{name: table[name].sum() for name in COUNTS}) for table in tables]
    names = SUBJECT_SUMS.schema.names
    rows = [engine.to_pyarrow(expression.select(names)).cast(SUBJECT_SUMS.schema) for expression in sums]
    return pa.concat_tables(rows).sort_by([(key, "ascending") for key in keys])


def receipts_of(state: State, month: str) -> list[dict[str, Any]]:
    """Return the accepted receipts that may concern a month: those of registers, and those that touch its year so far.

    A scorecard looks back at the months of its year and at the month before it.
    """
    query = sa.select(RECEIPT).where(RECEIPT.c.status == "accepted").order_by(RECEIPT.c.id)
    first = min(f"{month[:4]}-01", shift_month(month, -1))
    return [
        row for row in state.rows(query) if not row["months"] or any(first <= one <= month for one in row["months"])
    ]


def publish(
    platform: Platform, month: str, render: Callable[[Publication], Files], reason: str = "", who: str = ""
) -> Publication:
    """Publish a month as it stands: at its closing, or as a restatement for a reason.

    Parameters
    ----------
    render
        Makes the files of the report for the publication that is about to be; file name to content.
    reason, who
        Why an already published month is restated, and by whom (`ops_platform.kpi.restatement.restate`); empty at its
        closing, which leaves a published month as it is.

    Returns
    -------
    Publication
        What stands published afterwards.

    Raises
    ------
    PermanentError
        If the month has no scorecard yet.
    """
    standing = newest(platform.state, month)
    if standing is not None and not reason:
        return standing
    parts = live(platform, month)
    if parts["scorecards"].num_rows == 0:
        raise PermanentError(
            f"{month} 还没有考核表，请先计算 / {month} has no scorecard to publish; materialise scorecards for it first"
        )
    planned = _planned(platform, month, parts, standing)
    planned = replace(planned, reason=reason, published_by=who)
    files = dict(render(planned))
    with platform.state.transaction(alone=_ALONE) as connection:
        taken = sa.select(PUBLISHED_MONTH.c.month).where(
            PUBLISHED_MONTH.c.month == month, PUBLISHED_MONTH.c.revision == planned.revision
        )
        if connection.execute(taken).first() is not None:
            raise PermanentError(
                f"{month} 第 {planned.revision} 版刚由他人发布 / revision {planned.revision} of {month} was published "
                "by somebody else a moment ago"
            )
        # Written first: a crash before the commit leaves what the next attempt writes again.
        _keep(platform.warehouse, planned, parts)
        hashes = _keep_files(platform.settings, planned, files)
        values = asdict(planned) | {"receipts": list(planned.receipts), "files": hashes}
        connection.execute(PUBLISHED_MONTH.insert().values(values))
    return planned


def folder_of(settings: Settings, publication: Publication) -> Path:
    """Return the folder that keeps the report as it was published."""
    return settings.reports / publication.month / FOLDER / f"r{publication.revision}"


def content_hash(rows: pa.Table) -> str:
    """Return the SHA-256 of a table's content, the same for the same rows wherever they were written."""
    # As text, because the same rows have many binary forms; a null is written otherwise than an empty string.
    sink = io.BytesIO()
    csv.write_csv(rows, sink)
    return _sha256(sink.getvalue())


def broken_parts(platform: Platform, publication: Publication) -> list[str]:
    """Return the parts and files of a publication that are not as published: none unless somebody changed them.

    A month that was published before its parts had hashes has none to be held against.
    """
    parts = [
        part
        for part in PUBLISHED
        if part in publication.parts
        and content_hash(as_published(platform.warehouse, part, publication)) != publication.parts[part]
    ]
    folder = folder_of(platform.settings, publication)
    row = platform.state.rows(
        sa.select(PUBLISHED_MONTH.c.files).where(
            PUBLISHED_MONTH.c.month == publication.month, PUBLISHED_MONTH.c.revision == publication.revision
        )
    )[0]
    files = [
        name
        for name, digest in (row["files"] or {}).items()
        if not (folder / name).is_file() or _sha256((folder / name).read_bytes()) != digest
    ]
    return [*parts, *files]


def _planned(
    platform: Platform, month: str, parts: Mapping[str, pa.Table], standing: Publication | None
) -> Publication:
    receipts = receipts_of(platform.state, month)
    policy = platform.settings.policy.model_dump(mode="json")
    named = [(row["id"], row["feed"], row["sha256"]) for row in receipts]
    hashes = {part: content_hash(rows) for part, rows in parts.items()}
    hashes |= {"receipts": _json_hash(named), "policy": _json_hash(policy)}
    return Publication(
        month=month,
        revision=0 if standing is None else standing.revision + 1,
        published_at=platform.now(),
        content_sha256=_json_hash(hashes),
        policy_version=platform.settings.policy.version,
        parts=hashes,
        receipts=tuple(row["id"] for row in receipts),
        policy=policy,
    )


def _keep(warehouse: Warehouse, publication: Publication, parts: Mapping[str, pa.Table]) -> None:
    for part, rows in parts.items():
        contract = PUBLISHED[part]
        stored = warehouse.read(contract, [publication.month])
        revisions = pc.fill_null(stored["revision"], 0)
        earlier = stored.set_column(0, contract.schema.field(0), revisions.cast(pa.int64()))
        earlier = earlier.filter(pc.less(earlier["revision"], publication.revision))
        mine = rows.add_column(0, contract.schema.field(0), pa.array([publication.revision] * len(rows), pa.int64()))
        warehouse.write(contract, pa.concat_tables([earlier, mine.cast(contract.schema)]), publication.month)


def _keep_files(settings: Settings, publication: Publication, files: Files) -> dict[str, str]:
    folder = folder_of(settings, publication)
    hashes = {name: _sha256(content) for name, content in files.items()}
    manifest = asdict(publication) | {"files": hashes}
    written = json.dumps(manifest, ensure_ascii=False, indent=1, default=str).encode()
    for name, content in (*files.items(), (MANIFEST, written)):
        with replacing(folder / name, settings.reports) as path:
            path.write_bytes(content)
            path.chmod(0o444)
    return hashes


def _goals(facts: Facts, month: str) -> pa.Table:
    rows = goals(facts, month).assign(month_on=first_day(month)).sort_values(["office_id", "role", "kpi_id"])
    return pa.Table.from_pandas(rows[GOALS.schema.names], schema=GOALS.schema, preserve_index=False)


def _publication(row: Mapping[str, Any]) -> Publication:
    kept = {name: row[name] or {} for name in ("parts", "policy")}
    columns = {name: value for name, value in row.items() if name != "files"}
    return Publication(**columns | kept | {"receipts": tuple(row["receipts"])})


def _json_hash(value: object) -> str:
    return _sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
