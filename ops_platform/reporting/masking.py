"""Names of people in free text, hidden in what is displayed and never in what is stored."""

import re
from collections.abc import Iterable

import pandas as pd

from ops_platform.contracts.network import STAFF
from ops_platform.intake.fold import fold
from ops_platform.warehouse import Warehouse

SOMEBODY = "某某"
_GAP = r"(?:\s|\\u3000|\\xa0|\\n)*"
"""Blanks inside a name, also as a message quotes them."""
_SHORTEST = 2
"""A name of one letter would be found in every other word."""


class Mask:
    """Replaces names by `SOMEBODY`; to be called with a text.

    A Chinese name is also found with blanks inside, as 张　三 is written to stand in line with longer ones; a Latin
    name only as a word of its own, whatever its case.

    Parameters
    ----------
    names
        The names; those of one letter are passed over.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        known = sorted({"".join(name.split()) if not name.isascii() else " ".join(name.split()) for name in names})
        # The longest first: 张三 is the beginning of 张三丰.
        patterns = [_pattern(name) for name in sorted(known, key=len, reverse=True) if len(name) >= _SHORTEST]
        self._names = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def __call__(self, text: str) -> str:
        """Return a text without the names."""
        return self._names.sub(SOMEBODY, text) if self._names else text


NO_MASK = Mask()


def shown_staff(staff: pd.DataFrame, *, names: bool) -> pd.DataFrame:
    """Return the staff register as pages show it: with names, or with numbers in their place."""
    return staff if names else staff.assign(staff_name=staff["staff_id"])


def staff_mask(warehouse: Warehouse) -> Mask:
    """Return what hides the names of an installation's staff register."""
    names = fold(STAFF, "", warehouse).column("staff_name").to_pylist()
    return Mask(names)


def _pattern(name: str) -> str:
    if name.isascii():
        words = _GAP.join(map(re.escape, name.split()))
        return rf"(?<![A-Za-z]){words}(?![A-Za-z])"
    return _GAP.join(map(re.escape, name))
