"""Operational state: receipts, quarantine, published months, episodes, outbox, in one relational schema.

SQLite by default, PostgreSQL in production, through SQLAlchemy Core; the schema is moved by the Alembic migrations
in ``ops_platform/migrations``. Holds tables and transactions, no rules.
"""

from ops_platform.state.alerts import (
    ACK_NONCE,
    ALERT_GROUP,
    ATTEMPT,
    EPISODE,
    EPISODE_EVENT,
    EVALUATION,
    HEARTBEAT,
    OUTBOX,
    OUTBOX_EPISODE,
)
from ops_platform.state.base import METADATA, Moment
from ops_platform.state.database import State, open_state
from ops_platform.state.records import PUBLISHED_MONTH, QUARANTINE, RECEIPT

__all__ = [
    "ACK_NONCE", "ALERT_GROUP", "ATTEMPT", "EPISODE", "EPISODE_EVENT", "EVALUATION", "HEARTBEAT", "METADATA", "OUTBOX",
    "OUTBOX_EPISODE", "PUBLISHED_MONTH", "QUARANTINE", "RECEIPT", "Moment", "State", "open_state",
]  # fmt: skip
