"""Closing a month: what was published is kept under a content hash and never changes.

Late data changes the live scorecard; the published one stays, and the difference is told.
"""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa

from ops_platform.contracts.derived import PUBLISHED_SCORECARDS, SCORECARDS
from ops_platform.state import PUBLISHED_MONTH, RECEIPT, State
from ops_platform.warehouse import Warehouse


@dataclass(frozen=True)
class Publication:
    """A published month.

    Attributes
    ----------
    month
        The month, ``YYYY-MM``.
    published_at
        When it was published (UTC).
    content_sha256
        Hash of its scorecard.
    unchanged
        Whether the live scorecard still equals the published one.
    """

    month: str
    published_at: datetime
    content_sha256: str
    unchanged: bool


def publish(month: str, warehouse: Warehouse, state: State, policy_version: str, now: datetime) -> Publication:
    """Publish a month's scorecard, or tell how the live one compares with what was published before.

    Raises
    ------
    LookupError
        If the month has no scorecard yet.
    """
    live = warehouse.read(SCORECARDS, [month])
    if live.num_rows == 0:
        raise LookupError(f"{month} has no scorecard to publish; materialise scorecards for it first")
    digest = content_hash(live)
    with state.transaction() as connection:
        earlier = connection.execute(
            sa.select(PUBLISHED_MONTH).where(PUBLISHED_MONTH.c.month == month).order_by(PUBLISHED_MONTH.c.revision)
        ).first()
        if earlier is not None:
            return Publication(month, earlier.published_at, earlier.content_sha256, earlier.content_sha256 == digest)
        # The file is written first: a crash before the commit leaves a file that the next attempt writes again.
        warehouse.write(PUBLISHED_SCORECARDS, live, month)
        receipts = connection.execute(sa.select(RECEIPT.c.id).where(RECEIPT.c.status == "accepted")).scalars().all()
        connection.execute(
            PUBLISHED_MONTH.insert().values(
                month=month,
                revision=0,
                published_at=now,
                content_sha256=digest,
                policy_version=policy_version,
                receipts=list(receipts),
            )
        )
    return Publication(month, now, digest, unchanged=True)


def content_hash(rows: pa.Table) -> str:
    """Return the SHA-256 of a table's content, the same for the same rows wherever they were written."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema.remove_metadata()) as stream:
        stream.write_table(rows.combine_chunks().replace_schema_metadata())
    return hashlib.sha256(sink.getvalue()).hexdigest()
