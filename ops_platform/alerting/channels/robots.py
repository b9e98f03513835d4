"""What the robots of group chats have in common."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

_NO_DIGIT = re.compile(r"\D")
_COUNTRY = "86"
_DIGITS_OF_A_MOBILE = 11


def mobiles(payload: Mapping[str, Any]) -> list[str]:
    """Return the mobile numbers of the people who are told, as the group knows them: digits, without +86."""
    found = []
    for person in payload.get("people", ()):
        digits = _NO_DIGIT.sub("", person.get("phone") or "")
        if len(digits) == len(_COUNTRY) + _DIGITS_OF_A_MOBILE:
            digits = digits.removeprefix(_COUNTRY)
        if digits and digits not in found:
            found.append(digits)
    return found


def names(payload: Mapping[str, Any]) -> str:
    """Return a line with the names of the people who are told; empty where nobody is."""
    found = "、".join(dict.fromkeys(str(person["name"]) for person in payload.get("people", ())))
    return f"值班 / on duty: {found}" if found else ""


def signature(key: str, text: str) -> str:
    """Return the HMAC-SHA256 of a text as Base64."""
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()
