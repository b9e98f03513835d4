"""Makes a message fit: whole lines, counted in bytes, and what must be read is never cut away."""

import json
from bisect import bisect_right

from ops_platform.alerting.channels.base import Message

_LEFT_OUT = "（另有 {count} 行未列出 / {count} more lines not listed）"
_CUT = "…"


def fitting(message: Message, most_bytes: int) -> str:
    """Return title, body and closing of a message as one text of at most so many bytes.

    Lines of the body are left out from the end, where the least urgent stand, and counted. Where not even the first
    fits, as much of it is kept as does. Title and closing are cut only where they alone are too much.

    Parameters
    ----------
    message
        The message.
    most_bytes
        Bound on the text's UTF-8 bytes as they stand in JSON, where quotes and line breaks take two.
    """
    lines = message.body.splitlines()
    whole = _joined(message.title, *lines, message.closing)
    if size(whole) <= most_bytes:
        return whole

    def keeping(count: int) -> str:
        return _joined(message.title, *lines[:count], _left_out(len(lines) - count), message.closing)

    kept = bisect_right(range(1, len(lines)), most_bytes, key=lambda count: size(keeping(count)))
    if kept:
        return keeping(kept)
    left_out = _left_out(len(lines) - 1) if len(lines) > 1 else ""
    room = most_bytes - size(_joined(message.title, "", left_out, message.closing)) - size("\n")
    first = cut(lines[0], room) if lines else ""
    text = _joined(message.title, first, left_out, message.closing)
    if size(text) <= most_bytes:
        return text
    closing = cut(message.closing, most_bytes)
    title = cut(message.title, most_bytes - size(closing) - size("\n"))
    return _joined(title, closing)


def cut(text: str, most_bytes: int) -> str:
    """Return the beginning of a text, between characters, with a mark where something is missing."""
    if size(text) <= most_bytes:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + _CUT) <= most_bytes else (low, middle - 1)
    return text[:low] + _CUT if low else ""


def size(text: str) -> int:
    """Return how many bytes a text takes in JSON."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _left_out(count: int) -> str:
    return _LEFT_OUT.format(count=count)
