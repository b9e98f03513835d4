"""What stands at the top of a table: a header row found again however it is spelled, and labels of a form above it."""

import fnmatch
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from ops_platform.intake import units
from ops_platform.intake.words import both

_LAST_BRACKET = re.compile(r"\((?P<inside>[^()]*(?:\([^()]*\)[^()]*)*)\)$")
_RULE = re.compile("必填|选填|必选|可选|选项|格式|单位|下拉|required|optional|mandatory|format")
"""What a bracket behind a header says that is a remark to the person who fills in the table, and no part of it."""
_LONGEST = 500
"""In a longer text, which is no header, looking for brackets in brackets could take minutes."""
REPEAT = "#"
_remembered = lru_cache(maxsize=1 << 16)
"""Headers come again and again; but cells are asked about too, and a process that lives for months meets many."""


@_remembered
def plain(header: str) -> str:
    """Return a header without what varies between exports: width of brackets, case, blanks."""
    return re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", header)).casefold()


def like(text: str, pattern: str, wild: str = "*") -> bool:
    """Return whether a text is what a pattern says, in which only the signs of ``wild`` stand for others."""
    only = re.sub(r"[*?\[]", lambda sign: sign[0] if sign[0] in wild else f"[{sign[0]}]", pattern)
    return fnmatch.fnmatchcase(text, only)


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
        times: Counter[str] = Counter()
        for position, cell in enumerate(cells):
            called = name = str(position + 1) if numbered else plain(cell)
            while called in self.places:
                times[name] += 1
                called = f"{name}{REPEAT}{times[name] + 1}"
            if name:
                self.places[called] = position

    def find(self, header: str) -> int | None:
        """Return the position of a header: as written, without a bracket that holds a rule, or by ``*`` in it."""
        wanted = plain(header)
        if wanted in self.places:
            return self.places[wanted]
        for name, position in self.places.items():
            if like(name, wanted) if "*" in wanted else wanted in without_rules(name):
                return position
        return None


def repeated(header: Sequence[str], used: Collection[int]) -> list[str]:
    """Return a message for each header that stands over several columns of which some are read and others are not."""
    places: dict[str, list[int]] = {}
    for position, cell in enumerate(header):
        if name := plain(cell):
            places.setdefault(name, []).append(position)
    found = []
    for columns in places.values():
        taken = [str(at + 1) for at in columns if at in used]
        if taken and len(taken) < len(columns):
            cell, all_of_them, read = header[columns[0]], ", ".join(str(at + 1) for at in columns), ", ".join(taken)
            second = f"{cell}{REPEAT}2"
            found.append(
                both(
                    f"列名 {cell} 重复（第 {all_of_them} 列），读取第 {read} 列；映射文件可用 {second} 指第二个",
                    f"{cell} stands over columns {all_of_them}; column {read} was read. A mapping may name {second}",
                )
            )
    return found


@_remembered
def without_rules(name: str) -> tuple[str, ...]:
    """Return what remains of a plain header as brackets that hold rules are taken off its end, one after the other."""
    return tuple(rest for rest, inside in _cut(name) if _RULE.search(inside))


@_remembered
def without_unit(name: str) -> tuple[str, str]:
    """Return a plain header without the unit in its last bracket, and the unit; both empty where there is none."""
    rest, inside = next(_cut(name), ("", ""))
    return (rest, inside) if rest and units.known(inside) else ("", "")


def _cut(name: str) -> Iterator[tuple[str, str]]:
    while len(name) <= _LONGEST and (match := _LAST_BRACKET.search(name)) and match.start():
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
    for row in rows if labels else ():
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
