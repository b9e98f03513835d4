"""Who was told of what, as the outbox has it."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from ops_platform.alerting.rota import NOBODY
from ops_platform.state import EPISODE, OUTBOX, OUTBOX_EPISODE, State

PEOPLE = OUTBOX.c.payload["people"].label("people")
TOLD = sa.and_(OUTBOX.c.kind == "raised", OUTBOX.c.state != "withdrawn")
"""Messages that tell somebody of a matter, and were not taken back before anybody tried to send them."""


def tellings(state: State, which: sa.ColumnElement[bool]) -> Iterator[tuple[int, str, datetime]]:
    """Yield the episode, the person (staff id) and the moment of every telling, the earliest first.

    Parameters
    ----------
    state
        The operational state.
    which
        Says of a row of the table of episodes whether it is wanted.
    """
    joined = EPISODE.join(OUTBOX_EPISODE).join(OUTBOX)
    links = sa.select(EPISODE.c.id, OUTBOX.c.id.label("message"), OUTBOX.c.created_at).select_from(joined)
    links = links.where(which, TOLD).order_by(OUTBOX.c.id)
    # Whom a message was for is read once for each message, however many episodes it names.
    ids = sa.select(OUTBOX.c.id).select_from(joined).where(which, TOLD)
    people = {
        row["id"]: row["people"] for row in state.rows(sa.select(OUTBOX.c.id, PEOPLE).where(OUTBOX.c.id.in_(ids)))
    }
    for row in state.rows(links):
        for person in people[row["message"]]:
            if person["staff_id"] != NOBODY.staff_id:
                yield row["id"], person["staff_id"], row["created_at"]
