"""Signed links: each belongs to one message, and lets those it was sent to act on what it told.

The signature needs a secret, because the key of a message can be worked out and goes along to its receivers. Whoever
holds the link may use it, once for each act and person, until it has become too old.
"""

import hashlib
import hmac
import logging
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from itsdangerous import Signer

from ops_platform.alerting.catalogue import RULES
from ops_platform.errors import PermanentError
from ops_platform.settings import Settings
from ops_platform.state import ACK_NONCE, OUTBOX, State

PATH = "/a"
"""Below the installation's address, so that a proxy may let through this alone."""
Act = Literal["acknowledge", "take_over", "hand_over"]
_SALT = "ops-platform alert link"
_LEAST_SECRET = 16
_LOG = logging.getLogger(__name__)

Row = Mapping[str, Any]


class LinkRefusedError(Exception):
    """The link is forged, too old, used, or of nothing that can be acknowledged; which of them is told to nobody."""


def link(settings: Settings, key: str) -> str:
    """Return the address at which the receivers of a message acknowledge it.

    Empty where the installation has no address, and where the secret cannot be read: no alert waits for a link.
    """
    if not settings.alerts.url:
        return ""
    try:
        return f"{settings.alerts.url}{PATH}/{token(settings, key)}"
    except PermanentError as error:
        _LOG.error("messages go out without a link: %s", error)
        return ""


def token(settings: Settings, key: str) -> str:
    """Return the last part of a message's link. The key stands last: a link ending in - or _ is cut short by some apps.

    Raises
    ------
    PermanentError
        If the secret cannot be read or made, or is too short.
    """
    signer = Signer(_secret(settings), salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256)
    return f"{signer.get_signature(key).decode()}.{key}"


def message_of(state: State, settings: Settings, given: str, now: datetime) -> dict[str, Any]:
    """Return the row of the message to which the last part of a link belongs.

    Raises
    ------
    LinkRefusedError
        If it belongs to none, to one that is too old, or of a rule that is declared no more.
    PermanentError
        If the secret cannot be read.
    """
    key = given.rpartition(".")[2]
    if not hmac.compare_digest(token(settings, key).encode(), given.encode()):
        raise LinkRefusedError
    youngest = now - timedelta(hours=settings.policy.alerts.link_valid_h)
    query = sa.select(OUTBOX).where(OUTBOX.c.key == key, OUTBOX.c.kind == "raised", OUTBOX.c.created_at > youngest)
    rows = state.rows(query)
    if not rows or rows[0]["payload"]["rule"] not in RULES:
        raise LinkRefusedError
    return rows[0]


def use(connection: sa.Connection, key: str, who: str, act: Act, now: datetime) -> None:
    """Note that a person does something by a link, within the transaction of `ops_platform.alerting.groups.LEDGER`.

    Raises
    ------
    LinkRefusedError
        If this person has done the same by this link before.
    """
    mine = ACK_NONCE.c.outbox_key == key, ACK_NONCE.c.used_by == who, ACK_NONCE.c.act == act
    if connection.execute(sa.select(ACK_NONCE.c.used_at).where(*mine)).first():
        raise LinkRefusedError
    values = {"outbox_key": key, "used_by": who, "act": act, "used_at": now}
    connection.execute(ACK_NONCE.insert(), values)


def _secret(settings: Settings) -> str:
    alerts = settings.alerts
    if not alerts.has("secret"):
        return _own_key(settings.link_key)
    secret = alerts.secret_now("secret")
    if len(secret) < _LEAST_SECRET:
        raise PermanentError(f"setting OPS_ALERTS__SECRET is shorter than {_LEAST_SECRET} characters / 密钥太短")
    return secret


def _own_key(path: Path) -> str:
    """Return the installation's key; whoever comes first makes it, and nobody ever sees half of it."""
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeError) as error:
        raise PermanentError(f"the key of links {path} cannot be read or made: {error} / 链接密钥不可用") from None
    if len(key) < _LEAST_SECRET:
        raise PermanentError(f"the key of links {path} is damaged; remove it and a new one is made / 链接密钥已损坏")
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # which only its owner may read
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
