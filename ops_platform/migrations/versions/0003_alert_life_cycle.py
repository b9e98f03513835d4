"""Groups, acknowledgement, inhibition and watermarks of alerts.

Columns are added with a default and nothing is rebuilt: on SQLite, a table to which others refer could not be.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import ops_platform.state

revision = "0003"
down_revision = "0002"

_STANDING = sa.text("resolved_at IS NULL")
_OPEN_GROUP = sa.text("closed_at IS NULL")
_EPISODE = (
    "generation", "site_id", "group_id", "history", "suppressed", "inhibited_by", "true_at", "told_at", "acked_at",
    "acked_by", "ack_until", "end_told", "false_alarm", "facts_hash",
)  # fmt: skip
_SAID = {
    ("episode", "state"): ("open, resolved", "pending, open, acked, resolved"),
    ("episode", "opened_at"): (None, "When it was found, not before it was true"),
    ("episode_event", "kind"): (
        "opened, enqueued, sent, dead, resolved", "opened, enqueued, sent, acknowledged, resolved, ...",
    ),
    ("outbox", "key"): ("Hash of episodes, step, recipient, channel", "Hash of group, telling, recipient, channel"),
    ("outbox", "kind"): ("raised, resolved", "raised, acknowledged, resolved"),
    ("outbox", "state"): ("pending, claimed, sent, dead", "pending, claimed, sent, dead, withdrawn"),
}  # fmt: skip
"""Comments of columns, before and after; only some databases keep them."""


def _moment() -> sa.types.TypeEngine[Any]:
    return ops_platform.state.Moment(timezone=True)


def upgrade() -> None:
    """Apply; what is open is grouped by the next evaluation, and what was told stays told."""
    op.create_table(
        "alert_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="Rule, office and what else parts messages: one open group each"
        ),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("office_id", sa.String(64), nullable=False),
        sa.Column("ladder", sa.JSON(), nullable=False, comment="The ladder in force when the group opened"),
        sa.Column("policy_version", sa.String(32), nullable=False),
        sa.Column("opened_at", _moment(), nullable=False),
        sa.Column("closed_at", _moment()),
        sa.Column("tellings", sa.Integer(), nullable=False, comment="How often somebody was told"),
        sa.Column("told_at", _moment(), comment="When somebody was told last"),
        sa.Column("step", sa.Integer(), nullable=False, comment="Step of the ladder that was told last"),
        sa.Column("repeats", sa.Integer(), nullable=False, comment="How often all were told again"),
        sa.Column("escalate_at", _moment(), comment="When the next step is told unless somebody acknowledges"),
        sa.Column(
            "next_at", _moment(), comment="When something must be decided next; empty: only if something changes"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_group"),
    )
    op.create_index("uq_alert_group_open", "alert_group", ["key"], unique=True, sqlite_where=_OPEN_GROUP,
                    postgresql_where=_OPEN_GROUP)  # fmt: skip
    op.create_index("ix_alert_group_next", "alert_group", ["next_at"])
    op.create_table(
        "evaluation",
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("at", _moment(), nullable=False, comment="Last evaluation that was applied"),
        sa.Column("watermark_at", _moment(), nullable=False, comment="What was true before is history"),
        sa.Column("doubted_at", _moment(), comment="A moment too far ahead of the last, which waits for a second"),
        sa.PrimaryKeyConstraint("rule", name="pk_evaluation"),
    )
    op.create_table(
        "ack_nonce",
        sa.Column("outbox_key", sa.String(64), nullable=False, comment="Message whose link was used"),
        sa.Column("used_by", sa.String(64), nullable=False),
        sa.Column("act", sa.String(16), nullable=False, comment="acknowledge, take_over, hand_over: once each"),
        sa.Column("used_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("outbox_key", "used_by", "act", name="pk_ack_nonce"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(64), nullable=False, comment="The process: dispatch, daemon"),
        sa.Column("beat_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeat"),
    )
    _add_to_episode()
    op.add_column("outbox", sa.Column("group_id", sa.Integer()))
    op.add_column(
        "outbox",
        sa.Column(
            "closing",
            sa.Text(),
            nullable=False,
            server_default=sa.text("''"),
            comment="Last lines, which a channel that shortens must keep",
        ),
    )
    op.create_index("ix_outbox_group_id", "outbox", ["group_id"])
    _comment(after=True)


def _comment(*, after: bool) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for (table, column), texts in _SAID.items():
            op.alter_column(table, column, comment=texts[after])


def _add_to_episode() -> None:
    def add(name: str, kind: sa.types.TypeEngine[Any], default: Any, comment: str | None = None) -> None:
        op.add_column("episode", sa.Column(name, kind, nullable=False, server_default=default, comment=comment))

    def add_empty(name: str, kind: sa.types.TypeEngine[Any], comment: str | None = None) -> None:
        op.add_column("episode", sa.Column(name, kind, comment=comment))

    add("generation", sa.Integer(), sa.text("1"), "Which episode of its fingerprint this is")
    add("site_id", sa.String(64), sa.text("''"))
    add_empty("group_id", sa.Integer(), "Group in which it is told")
    add("history", sa.Boolean(), sa.false(), "Too old when it was found: written down, told to nobody")
    add("suppressed", sa.Text(), sa.text("''"), "Why nobody is told")
    add("inhibited_by", sa.Integer(), sa.text("0"), "Open episode that explains this one; 0: none")
    add_empty("true_at", _moment(), "Since when it is true; in the future while it is pending")
    add_empty("told_at", _moment(), "When a person was told first")
    add_empty("acked_at", _moment())
    add_empty("ack_until", _moment(), "When the acknowledgement ends unless the matter does before")
    add("acked_by", sa.String(64), sa.text("''"))
    add("end_told", sa.Boolean(), sa.false(), "That it is resolved was told, or need not be")
    add("false_alarm", sa.Boolean(), sa.false(), "A person found nothing the matter")
    add("facts_hash", sa.String(16), sa.text("''"))
    op.drop_column("episode", "seen_at")
    op.execute("UPDATE episode SET true_at = opened_at")
    op.execute("UPDATE episode SET told_at = opened_at WHERE id IN (SELECT episode_id FROM outbox_episode)")
    episode = sa.table("episode", sa.column("end_told"), sa.column("resolved_at"))
    op.execute(episode.update().where(episode.c.resolved_at.is_not(None)).values(end_told=sa.true()))
    op.create_index("ix_episode_group_id", "episode", ["group_id"])
    op.create_index("ix_episode_fingerprint", "episode", ["fingerprint"])
    op.create_index("ix_episode_standing", "episode", ["rule", "site_id"], sqlite_where=_STANDING,
                    postgresql_where=_STANDING)  # fmt: skip


def downgrade() -> None:
    """Take back."""
    _comment(after=False)
    op.drop_index("ix_outbox_group_id", "outbox")
    for name in ("group_id", "closing"):
        op.drop_column("outbox", name)
    for index in ("ix_episode_standing", "ix_episode_fingerprint", "ix_episode_group_id"):
        op.drop_index(index, "episode")
    op.add_column("episode", sa.Column("seen_at", _moment()))
    op.execute("UPDATE episode SET seen_at = opened_at")
    for name in _EPISODE:
        op.drop_column("episode", name)
    for table in ("heartbeat", "ack_nonce", "evaluation", "alert_group"):
        op.drop_table(table)
