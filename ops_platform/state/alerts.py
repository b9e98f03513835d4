"""Tables of what is the matter, who is told, and what became of each message."""

import sqlalchemy as sa

from ops_platform.state.base import EMPTY, METADATA, Moment

_ZERO, _FALSE, _STANDING = sa.text("0"), sa.false(), sa.text("resolved_at IS NULL")

ALERT_GROUP = sa.Table(
    "alert_group",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, comment="Rule, office and what else parts messages: one open group each"),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("office_id", sa.String(64), nullable=False),
    sa.Column("ladder", sa.JSON, nullable=False, comment="The ladder in force when the group opened"),
    sa.Column("policy_version", sa.String(32), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("closed_at", Moment),
    sa.Column("tellings", sa.Integer, nullable=False, default=0, comment="How often somebody was told"),
    sa.Column("told_at", Moment, comment="When somebody was told last"),
    sa.Column("step", sa.Integer, nullable=False, default=0, comment="Step of the ladder that was told last"),
    sa.Column("repeats", sa.Integer, nullable=False, default=0, comment="How often all were told again"),
    sa.Column("escalate_at", Moment, comment="When the next step is told unless somebody acknowledges"),
    sa.Column("next_at", Moment, comment="When something must be decided next; empty: only if something changes"),
    sa.Index("uq_alert_group_open", "key", unique=True, sqlite_where=sa.text("closed_at IS NULL"),
             postgresql_where=sa.text("closed_at IS NULL")),
    sa.Index("ix_alert_group_next", "next_at"),
)  # fmt: skip

EPISODE = sa.Table(
    "episode",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(128), nullable=False, comment="Site, cell, office or run that the rule is about"),
    sa.Column("fingerprint", sa.String(200), nullable=False, comment="Rule and subject: one open episode for each"),
    sa.Column("generation", sa.Integer, nullable=False, default=1, server_default=sa.text("1"),
              comment="Which episode of its fingerprint this is"),
    sa.Column("office_id", sa.String(64), nullable=False, default=""),
    sa.Column("site_id", sa.String(64), nullable=False, default="", server_default=EMPTY),
    sa.Column("group_id", sa.Integer, index=True, comment="Group in which it is told"),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, comment="pending, open, acked, resolved"),
    sa.Column("history", sa.Boolean, nullable=False, default=False, server_default=_FALSE,
              comment="Too old when it was found: written down, told to nobody"),
    sa.Column("suppressed", sa.Text, nullable=False, default="", server_default=EMPTY, comment="Why nobody is told"),
    sa.Column("inhibited_by", sa.Integer, nullable=False, default=0, server_default=_ZERO,
              comment="Open episode that explains this one; 0: none"),
    sa.Column("true_at", Moment, comment="Since when it is true; in the future while it is pending"),
    sa.Column("opened_at", Moment, nullable=False, comment="When it was found, not before it was true"),
    sa.Column("told_at", Moment, comment="When a person was told first"),
    sa.Column("acked_at", Moment),
    sa.Column("acked_by", sa.String(64), nullable=False, default="", server_default=EMPTY),
    sa.Column("ack_until", Moment, comment="When the acknowledgement ends unless the matter does before"),
    sa.Column("resolved_at", Moment),
    sa.Column("end_told", sa.Boolean, nullable=False, default=False, server_default=_FALSE,
              comment="That it is resolved was told, or need not be"),
    sa.Column("false_alarm", sa.Boolean, nullable=False, default=False, server_default=_FALSE,
              comment="A person found nothing the matter"),
    sa.Column("facts", sa.JSON, nullable=False, comment="What the message says: names, times, figures"),
    sa.Column("facts_hash", sa.String(16), nullable=False, default="", server_default=EMPTY),
    sa.Index("uq_episode_open", "fingerprint", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING),
    sa.Index("ix_episode_standing", "rule", "site_id", sqlite_where=_STANDING, postgresql_where=_STANDING),
    sa.Index("ix_episode_fingerprint", "fingerprint"),
)  # fmt: skip

EPISODE_EVENT = sa.Table(
    "episode_event",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("episode_id", sa.ForeignKey("episode.id"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False, comment="opened, enqueued, sent, acknowledged, resolved, ..."),
    sa.Column("detail", sa.Text, nullable=False, default=""),
)

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True, comment="Hash of group, telling, recipient, channel"),
    sa.Column("group_id", sa.Integer, index=True),
    sa.Column("kind", sa.String(16), nullable=False, comment="raised, acknowledged, resolved"),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("recipient", sa.String(200), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("closing", sa.Text, nullable=False, default="", server_default=EMPTY,
              comment="Last lines, which a channel that shortens must keep"),
    sa.Column("payload", sa.JSON, nullable=False, comment="The same content for machines"),
    sa.Column("state", sa.String(16), nullable=False, comment="pending, claimed, sent, dead, withdrawn"),
    sa.Column("in_doubt", sa.Boolean, nullable=False, default=False, comment="An attempt ended without an answer"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False, comment="Not to be attempted before"),
    sa.Column("lease_until", Moment),
    sa.Column(
        "fence", sa.Integer, nullable=False, default=0, comment="Grows with each claim; an old claim cannot mark"
    ),
    sa.Column("sent_at", Moment),
    sa.Index("ix_outbox_due", "state", "due_at"),
)  # fmt: skip

OUTBOX_EPISODE = sa.Table(
    "outbox_episode",
    METADATA,
    sa.Column("outbox_id", sa.ForeignKey("outbox.id"), primary_key=True),
    sa.Column("episode_id", sa.ForeignKey("episode.id"), primary_key=True, index=True),
)

ATTEMPT = sa.Table(
    "attempt",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("outbox_id", sa.ForeignKey("outbox.id"), nullable=False, index=True),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("started_at", Moment, nullable=False, comment="Committed before the network call"),
    sa.Column("ended_at", Moment),
    sa.Column("outcome", sa.String(16), nullable=False, comment="started, accepted, permanent, retry, in_doubt"),
    sa.Column("answer", sa.Text, nullable=False, default="", comment="What the provider said"),
)

EVALUATION = sa.Table(
    "evaluation",
    METADATA,
    sa.Column("rule", sa.String(64), primary_key=True),
    sa.Column("at", Moment, nullable=False, comment="Last evaluation that was applied"),
    sa.Column("watermark_at", Moment, nullable=False, comment="What was true before is history"),
    sa.Column("doubted_at", Moment, comment="A moment too far ahead of the last, which waits for a second"),
)

ACK_NONCE = sa.Table(
    "ack_nonce",
    METADATA,
    sa.Column("outbox_key", sa.String(64), primary_key=True, comment="Message whose link was used"),
    sa.Column("used_by", sa.String(64), primary_key=True),
    sa.Column("act", sa.String(16), primary_key=True, comment="acknowledge, take_over, hand_over: once each"),
    sa.Column("used_at", Moment, nullable=False),
)

HEARTBEAT = sa.Table(
    "heartbeat",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True, comment="The process: dispatch, daemon"),
    sa.Column("beat_at", Moment, nullable=False),
)
