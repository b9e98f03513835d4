"""What intake says to people, in Chinese and English, and the spellings it takes for missing, yes and no."""

import re
from typing import Final

# Only what means nothing in any column of any source. What some source writes, such as ? or 0/Grill or 27203, its
# mapping names as a sentinel of the column.
MISSING: Final = (
    "", '""', "''", "-", "--", "—", "——", "/", "\\N", "NA", "N/A", "#N/A", "NULL", "NONE", "NIL", "NOT EXIST", "无",
)  # fmt: skip
YES: Final = ("是", "TRUE", "1", "Y", "YES", "T", "√")
TOTALS: Final = ("合计", "总计", "小计", "汇总", "共计", "total", "totals", "grand total", "subtotal", "sum")
"""What stands in the first cell of a row that sums up others."""
NO: Final = ("否", "FALSE", "0", "N", "NO", "F", "×")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
SUPERSEDED: Final = "已被后来的行取代 / superseded"


def both(zh: str, en: str) -> str:
    """Return one message in both languages."""
    return f"{zh} / {en}"


def storable(text: str) -> str:
    """Return text without what UTF-8 and databases cannot hold: halves of characters and NUL."""
    return _UNSTORABLE.sub("\ufffd", text)


def shorten(names: list[str], most: int = 8) -> str:
    """Return a list of names for a message, cut where it gets long."""
    return ", ".join(names[:most]) + (f" … (+{len(names) - most})" if len(names) > most else "")
