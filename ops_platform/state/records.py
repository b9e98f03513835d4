"""Tables of what was received, what waits in quarantine, and what was published."""

import sqlalchemy as sa

from ops_platform.state.base import EMPTY, METADATA, Moment

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
        "kept_sha256", sa.String(64), nullable=False, server_default=EMPTY, comment="Archived file that holds it"
    ),
    sa.UniqueConstraint("sha256", "feed"),
)

QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("receipt_id", sa.ForeignKey("receipt.id"), nullable=False, index=True),
    sa.Column("sheet", sa.Text, nullable=False, server_default=EMPTY, comment="Empty where a file is one table"),
    sa.Column("line", sa.Integer, nullable=False, comment="Line of the file, or row of the sheet, counted from 1"),
    sa.Column("position", sa.BigInteger, nullable=False, server_default="0", comment="Place in reading order"),
    sa.Column("column", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("problem", sa.String(16), nullable=False, server_default=EMPTY, comment="Kind of the reason"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("row", sa.JSON, nullable=False, comment="The row as it stood in the file"),
    sa.Column("released_at", Moment),
    sa.Column("dismissed_at", Moment, comment="When a person decided that the row will never be loaded"),
    sa.Column("dismissed_by", sa.Text, nullable=False, server_default=EMPTY),
    sa.Column("dismissed_why", sa.Text, nullable=False, server_default=EMPTY),
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
    sa.Column("parts", sa.JSON, comment="SHA-256 of each part of what was published; empty before parts were kept"),
    sa.Column("files", sa.JSON, comment="SHA-256 of each file of the report as published"),
    sa.Column("policy", sa.JSON, comment="The house rules in force"),
    sa.Column("reason", sa.Text, nullable=False, default="", server_default=EMPTY,
              comment="Why it was restated; empty as first published"),
    sa.Column("published_by", sa.Text, nullable=False, default="", server_default=EMPTY),
)  # fmt: skip
