"""What intake says to people, in Chinese and English, and the spellings it takes for missing, yes and no."""

from typing import Final

MISSING: Final = ("", "-", "--", "NA", "N/A", "NULL", "NONE", "NIL", "无")
YES: Final = ("是", "TRUE", "1", "Y", "YES", "T", "√")
TOTALS: Final = ("合计", "总计", "小计", "汇总", "共计", "total", "totals", "grand total", "subtotal", "sum")
"""What stands in the first cell of a row that sums up others."""
NO: Final = ("否", "FALSE", "0", "N", "NO", "F", "×")

SUPERSEDED: Final = "已被后来的行取代 / superseded"


def both(zh: str, en: str) -> str:
    """Return one message in both languages."""
    return f"{zh} / {en}"


def shorten(names: list[str], most: int = 8) -> str:
    """Return a list of names for a message, cut where it gets long."""
    return ", ".join(names[:most]) + (f" … (+{len(names) - most})" if len(names) > most else "")
