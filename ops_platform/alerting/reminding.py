"""What Alertmanager is told again and again, because it holds alerts in memory alone and forgets them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from ops_platform.alerting.channels.alertmanager import RESOLVED_KEPT, AlertmanagerChannel
from ops_platform.alerting.channels.base import Message, Outcome
from ops_platform.alerting.dispatcher import message_of
from ops_platform.state import ALERT_GROUP, OUTBOX, State

EVERY_S = 60.0


def remind(state: State, channel: AlertmanagerChannel, now: datetime) -> Outcome:
    """Post every open group to an Alertmanager again, and those that ended in the last minutes; safe to repeat."""
    return channel.post_again(told_last(state, channel.name, now))


def told_last(state: State, channel: str, now: datetime) -> Sequence[Message]:
    """Return the newest message that a channel took of every group that is open, or that ended a short while ago.

    Of an open group that is what is the matter, even where the end of a part of it was told since.
    """
    standing = ALERT_GROUP.c.closed_at.is_(None) & (OUTBOX.c.kind == "raised")
    ended = (ALERT_GROUP.c.closed_at > now - RESOLVED_KEPT) & (OUTBOX.c.kind == "resolved")
    newest = (
        sa.select(sa.func.max(OUTBOX.c.id))
        .join(ALERT_GROUP, ALERT_GROUP.c.id == OUTBOX.c.group_id)
        .where(OUTBOX.c.channel == channel, OUTBOX.c.state == "sent", sa.or_(standing, ended))
        .group_by(OUTBOX.c.group_id)
    )
    return [message_of(row) for row in state.rows(sa.select(OUTBOX).where(OUTBOX.c.id.in_(newest)))]
