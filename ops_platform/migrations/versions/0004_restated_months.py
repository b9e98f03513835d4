"""What a published month is made of, the files of its report, the rules in force, and why it was restated, by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TABLE = "published_month"
_KEPT = {
    "parts": "SHA-256 of each part of what was published; empty before parts were kept",
    "files": "SHA-256 of each file of the report as published",
    "policy": "The house rules in force",
}
_SAID = {"reason": "Why it was restated; empty as first published", "published_by": None}


def upgrade() -> None:
    """Apply."""
    for name, comment in _KEPT.items():
        op.add_column(_TABLE, sa.Column(name, sa.JSON(), comment=comment))
    for name, said in _SAID.items():
        empty = sa.text("''")
        op.add_column(_TABLE, sa.Column(name, sa.Text(), nullable=False, server_default=empty, comment=said))


def downgrade() -> None:
    """Take back."""
    for name in (*_KEPT, *_SAID):
        op.drop_column(_TABLE, name)
