"""Where a quarantined row stands, the kind of its reason, who dismissed it; the archived file a receipt is of.

Columns are added with a default and nothing is rebuilt: on SQLite, a table to which others refer could not be.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import ops_platform.state

revision = "0002"
down_revision = "0001"

_ADDED = ("sheet", "position", "problem", "dismissed_at", "dismissed_by", "dismissed_why")


def upgrade() -> None:
    """Apply; so far every receipt was of a file of its own, and the position of a row was its line."""

    def add(table: str, name: str, kind: sa.types.TypeEngine[Any], default: str, comment: str | None = None) -> None:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=sa.text(default), comment=comment))

    add("receipt", "kept_sha256", sa.String(64), "''", "Archived file that holds it")
    add("quarantine", "sheet", sa.Text(), "''", "Empty where a file is one table")
    add("quarantine", "position", sa.BigInteger(), "0", "Place in reading order")
    add("quarantine", "problem", sa.String(16), "''", "Kind of the reason")
    decided = "When a person decided that the row will never be loaded"
    op.add_column("quarantine", sa.Column("dismissed_at", ops_platform.state.Moment(timezone=True), comment=decided))
    add("quarantine", "dismissed_by", sa.Text(), "''")
    add("quarantine", "dismissed_why", sa.Text(), "''")
    op.execute("UPDATE receipt SET kept_sha256 = sha256")
    op.execute("UPDATE quarantine SET position = line")


def downgrade() -> None:
    """Take back."""
    op.drop_column("receipt", "kept_sha256")
    for name in _ADDED:
        op.drop_column("quarantine", name)
