"""What stands at the top of a table: a header row found again however it is spelled, and labels of a form above it."""

import fnmatch
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from ops_platform.intake import units

_LAST_BRACKET = re.compile(r"\((?P<inside>[^()]*(?:\([^()]*\)[^()]*)*)\)$")
_RULE = re.compile("必填|选填|必选|可选|选项|格式|单位|下拉|required|optional|mandatory|format")
"""What a bracket behind a header says that is a remark to the person who fills in the table, and no part of it."""
REPEAT = "#"


@cache
def plain(header: str) -> str:
    """Return a header without what varies between exports: width of brackets, case, blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", header)).casefold()


class HeaderRow:
    """The cells of a row that may be a header.

    Parameters
    ----------
    cells
        Text of the row, stripped.
    numbered
        Whether the row is data and the table has no header: then a column is called by its number, from 1.
    """

    def __init__(self, cells: Sequence[str], *, numbered: bool = False) -> None:
        self.cells = cells
        self.places: dict[str, int] = {}
        """Plain header to position; the second of a name is also called ``name#2``."""
        for position, cell in enumerate(cells):
            name = str(position + 1) if numbered else plain(cell)
            times = 1
            while name and (called := f"{name}{REPEAT}{times}" if times > 1 else name) in self.places:
                times += 1
            if name:
                self.places[called] = position

    def find(self, header: str) -> int | None:
        """Return the position of a header: as written, without a bracket that holds a rule, or by ``*`` in it."""
        wanted = plain(header)
        if wanted in self.places:
            return self.places[wanted]
        for name, position in self.places.items():
            if fnmatch.fnmatchcase(name, wanted) if "*" in wanted else wanted in without_rules(name):
                return position
        return None


@cache
def without_rules(name: str) -> tuple[str, ...]:
    """Return what remains of a plain header as brackets that hold rules are taken off its end, one after the other."""
    return tuple(rest for rest, inside in _cut(name) if _RULE.search(inside))


@cache
def without_unit(name: str) -> tuple[str, str]:
    """Return a plain header without the unit in its last bracket, and the unit; both empty where there is none."""
    rest, inside = next(_cut(name), ("", ""))
    return (rest, inside) if rest and units.known(inside) else ("", "")


def _cut(name: str) -> Iterator[tuple[str, str]]:
    while (match := _LAST_BRACKET.search(name)) and match.start():
        name = name[: match.start()]
        yield name, match["inside"]


def form_values(rows: Sequence[Sequence[str]], labels: Sequence[str]) -> dict[str, str]:
    """Return what a form says above its table: ``地点：甲站`` in one cell, or the label and its value side by side.

    Parameters
    ----------
    rows
        The rows above the header.
    labels
        The labels that are wanted; one that is not there is left out.
    """
    found: dict[str, str] = {}
    wanted = {plain(label): label for label in labels}
    for row in rows:
        for position, cell in enumerate(row):
            name, _, value = cell.replace("：", ":").partition(":")
            if (label := wanted.get(plain(name))) and label not in found:
                beside = next((text for text in row[position + 1 :] if text), "")
                found[label] = value.strip() or beside
    return found


def units_row(header: Sequence[str], below: Sequence[str]) -> dict[int, str]:
    """Return the unit of each column by position where the row below a header holds units and nothing else."""
    stripped = {position: cell.strip(" ()（）[]") for position, cell in enumerate(below) if cell}
    if not stripped or not all(position < len(header) and units.known(cell) for position, cell in stripped.items()):
        return {}
    return stripped
