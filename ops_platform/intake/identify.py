"""Which feed a table is, and where each of its columns stands: by a mapping file, or by the contracts' own headers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ops_platform.contracts import FEEDS, Column, Contract
from ops_platform.errors import PermanentError
from ops_platform.intake import units
from ops_platform.intake.cells import Sheet
from ops_platform.intake.conventions import UNDECIDED, Conventions
from ops_platform.intake.delimited import DelimitedSheet
from ops_platform.intake.headers import (
    HeaderRow,
    form_values,
    like,
    plain,
    repeated,
    units_row,
    without_rules,
    without_unit,
)
from ops_platform.intake.mapping import IN_HEADER, MappingFile, SourceMapping, own, packaged
from ops_platform.intake.words import both, shorten

_UNTOLD = "?"
"""Where a mapping counts on a unit that the table does not tell: with it behind the number the row waits."""


@dataclass(frozen=True)
class Plan:
    """How one table of a file becomes rows of one feed.

    Attributes
    ----------
    header
        Position of the header row in the sheet's head, -1 where there is none.
    last
        Position of the last row that is no data yet: the header, or a row of units below it.
    positions
        Our column's name (or the mapping's header, under a mapping) to the column's position.
    units
        Our column's name to the unit in which the table gives it, where it says so.
    mapping, by
        The mapping, of which each column has one header now, and the name of its file.
    given
        Labels of a form and what stands beside them above the table.
    """

    contract: Contract
    sheet: Sheet
    header: int
    last: int
    positions: Mapping[str, int]
    units: Mapping[str, str]
    mapping: SourceMapping | None = None
    by: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def conventions(self) -> Conventions:
        """What the mapping decides about dates and numbers."""
        return Conventions(self.mapping.day_first, self.mapping.decimal_comma) if self.mapping else UNDECIDED

    @property
    def becomes(self) -> dict[int, list[str]]:
        """Our columns to which each column of the table goes, by position."""
        used: dict[int, list[str]] = {position: [] for position in self.positions.values()}
        if self.mapping is None:
            return used | {position: [name] for name, position in self.positions.items()}
        for name, entry in self.mapping.columns.items():
            for [header] in entry.needs:
                if header in self.positions:
                    used[self.positions[header]].append(name)
        return used


def identify(file_name: str, sheets: Sequence[Sheet], folder: Path | None = None) -> list[Plan]:
    """Return how a file is read: a plan for each table that is data, and for each feed that a table serves.

    Parameters
    ----------
    file_name
        By which mappings are chosen.
    sheets
        The tables that the file offers.
    folder
        The installation's own mappings; they come before those of the platform.

    Raises
    ------
    PermanentError
        If no feed fits, or two fit equally well; names the nearest feed and the columns it lacks.
    """
    own_files, wrong = own(folder)
    files = [file for file in (*own_files, *packaged()) if _chosen(file, file_name)]
    plans: list[Plan] = []
    unread: list[str] = []
    nearest = _NOTHING
    for table in _tables(sheets):
        rows = [[HeaderRow(row) for row in sheet.head] for sheet in table]
        mapped = next(filter(None, (_by_mappings(file, file_name, table, rows) for file in files)), [])
        complete, near = ([], _NOTHING) if mapped else _by_headers(table, rows)
        nearest = max(nearest, near, key=lambda found: found.score)
        if mapped or complete:
            plans += mapped or [_best(file_name, complete)]
        elif table[0].head:
            unread.append(table[0].name)
    if not plans:
        raise wrong[0] if wrong else _unknown(file_name, nearest)
    for plan in plans:
        plan.notes.extend(repeated(plan.sheet.head[plan.header], plan.positions.values()) if plan.header >= 0 else [])
    if unread:
        shown = shorten(unread)
        plans[0].notes.append(both(f"未识别、未读取的工作表：{shown}", f"sheets not recognised and not read: {shown}"))
    # One wrong mapping must not keep out the files that have nothing to do with it.
    plans[0].notes.extend(map(str, wrong))
    return plans


def _tables(sheets: Sequence[Sheet]) -> list[list[Sheet]]:
    """Group what is one table seen in several ways: a text as each of its delimiters cuts it."""
    views: list[Sheet] = [sheet for sheet in sheets if isinstance(sheet, DelimitedSheet)]
    return [views] if views else [[sheet] for sheet in sheets]


# By a mapping


def _chosen(file: MappingFile, file_name: str) -> bool:
    return any(_named(file_name, mapping.file) for mapping in file.documents)


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(like(name, pattern, wild="*?") for pattern in patterns)


def _by_mappings(
    file: MappingFile, file_name: str, table: Sequence[Sheet], rows: Sequence[Sequence[HeaderRow]]
) -> list[Plan]:
    """Return a plan for each feed of which a document of a mapping file fits a table."""
    found: list[Plan] = []
    for mapping in file.documents:
        done = any(plan.contract.name == mapping.feed for plan in found)
        if done or not _named(file_name, mapping.file):
            continue
        for sheet, headers in zip(table, rows, strict=True):
            # A text has no sheets, and so no name of one.
            if (not sheet.name or _named(sheet.name, mapping.sheet)) and (
                plan := _by_mapping(mapping, file.name, sheet, headers)
            ):
                found.append(plan)
                break
    return found


def _by_mapping(mapping: SourceMapping, by: str, sheet: Sheet, rows: Sequence[HeaderRow]) -> Plan | None:
    if mapping.header_row == 0:
        width = max((len(row.cells) for row in rows), default=0)
        return _settled(mapping, by, sheet, -1, HeaderRow([""] * width, numbered=True))
    for header, row in enumerate(rows):
        wanted = mapping.header_row is None or header == mapping.header_row - 1
        if wanted and (plan := _settled(mapping, by, sheet, header, row)):
            return plan
    return None


def _settled(mapping: SourceMapping, by: str, sheet: Sheet, header: int, row: HeaderRow) -> Plan | None:
    """Return the plan if a row has all headers that a mapping needs."""
    given = form_values(sheet.head[: max(header, 0)], mapping.above)

    def place(names: Sequence[str]) -> str | None:
        return next((name for name in names if name in given or row.find(name) is not None), None)

    if not all(place(names) for names in mapping.needs):
        return None
    columns = {
        name: entry.model_copy(update={"header": [found] if (found := place(entry.header)) else []})
        for name, entry in mapping.columns.items()
        if all(place(names) for names in entry.needs)
    }
    settled = mapping.model_copy(update={"columns": columns})
    named = [name for [name] in [*settled.needs, *(need for entry in columns.values() for need in entry.needs)]]
    positions = {name: at for name in named if name not in given and (at := row.find(name)) is not None}
    if settled.unpivot:
        pattern = settled.unpivot.headers
        months = {cell: at for at, cell in enumerate(row.cells) if re.search(pattern, cell)}
        if not months:
            return None
        positions |= months
    below = _units_below(sheet, header, row) if header >= 0 else {}
    return Plan(
        FEEDS[mapping.feed],
        sheet,
        header,
        min(header + max(mapping.skip_rows, bool(below)), len(sheet.head) - 1),
        positions,
        _units(settled, row, positions, below),
        settled,
        by,
        given,
        [*_assumed(settled), *filter(None, [settled.note])],
    )


def _units(
    mapping: SourceMapping, row: HeaderRow, positions: Mapping[str, int], below: Mapping[int, str]
) -> dict[str, str]:
    """Return the units of our columns: what the mapping says, or else the header or a row of units below it."""
    contract = FEEDS[mapping.feed]
    found: dict[str, str] = {}
    for name, entry in mapping.columns.items():
        if not isinstance(entry.unit, str):
            continue
        at = positions.get(entry.header[0]) if entry.header else None
        told = [units.in_header(row.cells[at]), below.get(at, "")] if at is not None else []
        if entry.unit not in {"", IN_HEADER}:
            found[name] = entry.unit
        elif unit := next((unit for unit in told if units.convertible(unit, units.of(contract.column(name)))), ""):
            found[name] = unit
        elif entry.unit == IN_HEADER:
            found[name] = _UNTOLD
    return found


def _units_below(sheet: Sheet, header: int, row: HeaderRow) -> dict[int, str]:
    return units_row(row.cells, sheet.head[header + 1]) if header + 1 < len(sheet.head) else {}


def _assumed(mapping: SourceMapping) -> list[str]:
    constants = {name: entry.constant for name, entry in mapping.columns.items() if entry.constant}
    return [
        both(f"假定 {name} = {value}（文件中没有）", f"assumed {name} = {value}, which the file does not carry")
        for name, value in constants.items()
    ]


# By the contracts' headers


@dataclass(frozen=True)
class _Near:
    """A feed whose columns a row has in part."""

    score: int
    contract: Contract | None
    missing: list[Column]


_NOTHING = _Near(-1_000, None, [])


@cache
def aliases(feed: str) -> dict[str, str]:
    """Return each plain header of a feed with its column; our own names and the Chinese ones come first."""
    names: dict[str, str] = {}
    for chosen in (slice(0, 2), slice(2, None)):
        for column in FEEDS[feed].columns:
            for header in column.headers[chosen]:
                names.setdefault(plain(header), column.name)
    return names


@cache
def _stems(feed: str) -> dict[str, str]:
    """Return each header of a feed that ends in a unit, without it, with its column: another unit may stand there."""
    stems = {without_unit(header)[0]: name for header, name in aliases(feed).items()}
    return {stem: name for stem, name in stems.items() if stem}


def _by_headers(table: Sequence[Sheet], rows: Sequence[Sequence[HeaderRow]]) -> tuple[list[Plan], _Near]:
    """Return a plan for every feed whose required columns stand in some row of the head, and the nearest other."""
    complete: list[Plan] = []
    nearest = _NOTHING
    for sheet, headers in zip(table, rows, strict=True):
        for header, row in enumerate(headers):
            for contract in FEEDS.values():
                positions, said = _positions(contract, row)
                if not positions:
                    continue
                missing = [c for c in contract.columns if not c.nullable and c.name not in positions]
                if missing:
                    near = _Near(len(positions) - len(missing), contract, missing)
                    nearest = max(nearest, near, key=lambda found: found.score)
                else:
                    below = _units_below(sheet, header, row)
                    said |= {name: below[at] for name, at in positions.items() if at in below}
                    complete.append(Plan(contract, sheet, header, header + bool(below), positions, said))
    return complete, nearest


def _positions(contract: Contract, row: HeaderRow) -> tuple[dict[str, int], dict[str, str]]:
    """Return where the columns of a feed stand in a row, and the units that their headers say."""
    known = aliases(contract.name)
    found: dict[str, int] = {}
    said: dict[str, str] = {}
    for header, position in row.places.items():
        if name := known.get(header):
            found.setdefault(name, position)
    for header, position in row.places.items() if found else ():
        rest, unit = without_unit(header)
        bare = [rest] if rest else without_rules(header)
        name = next((known[name] for name in bare if name in known), "") or _stems(contract.name).get(rest, "")
        if not name or name in found or header in known:
            continue
        if unit:
            if not units.convertible(unit, units.of(contract.column(name))):
                continue
            said[name] = unit
        found[name] = position
    return found, said


def _best(file_name: str, complete: Sequence[Plan]) -> Plan:
    """Return the plan that places the most columns; two feeds that place as many cannot be told apart."""
    most = max(len(plan.positions) for plan in complete)
    best = [plan for plan in complete if len(plan.positions) == most]
    rivals = sorted({plan.contract.name for plan in best})
    if len(rivals) > 1:
        names = ", ".join(rivals)
        raise PermanentError(
            both(
                f"{file_name}：列名同样符合 {names}，请补充能区分的列",
                f"{file_name} fits {names} equally well: add a column that tells them apart",
            )
        )
    chosen = best[0]
    row = chosen.sheet.head[chosen.header]
    unused = [name for position, name in enumerate(row) if name and position not in chosen.positions.values()]
    if unused:
        chosen.notes.append(both(f"未使用的列：{shorten(unused)}", f"columns not used: {shorten(unused)}"))
    return chosen


def _unknown(file_name: str, nearest: _Near) -> PermanentError:
    if nearest.contract is None:
        zh, en = "没有一个已知的列名", "none of its headers is known"
    else:
        lacking = ", ".join(f"{column.zh} ({column.name})" for column in nearest.missing)
        zh, en = (
            f"缺少 {lacking}，最接近的数据类型是 {nearest.contract.name}",
            f"lacks {lacking}; the nearest feed is {nearest.contract.name}",
        )
    return PermanentError(
        both(
            f"{file_name}：{zh}。请更正列名；或用 ops intake suggest 起草映射文件，ops intake explain 可查看识别结果",
            f"{file_name}: {en}. Correct the headers; or draft a mapping with `ops intake suggest`: "
            "`ops intake explain` shows what was recognised",
        )
    )
