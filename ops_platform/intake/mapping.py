"""Which feed a file is, and where each of its columns stands: by the contracts' headers, or by a mapping file.

A mapping, ``mappings/*.yaml``, describes a source that speaks other headers than ours.
"""

import fnmatch
import re
import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ops_platform.contracts import FEEDS, Column, Contract
from ops_platform.errors import PermanentError
from ops_platform.intake.cells import Cells, Sheet
from ops_platform.intake.check import Incoming
from ops_platform.intake.conventions import UNDECIDED, Conventions
from ops_platform.intake.delimited import DelimitedSheet
from ops_platform.intake.words import both, shorten


class Unpivot(BaseModel):
    """Columns that hold one value per month: each becomes a row.

    ``headers`` is the pattern of their headers; ``into`` takes the header, ``values`` the cell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    headers: str
    into: str
    values: str


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class SourceMapping(BaseModel):
    """How the files of one source become rows of one feed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: str
    file: str
    """Pattern of the file name."""
    sheet: str = ""
    """Pattern of the sheet's name; empty for any."""
    columns: dict[str, Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]] = {}
    """Canonical name to the source's header, or to several of which the first that is present counts."""
    optional: list[str] = []
    """Canonical names whose header may be absent."""
    constants: dict[str, str] = {}
    """Canonical name to a value that the source does not carry: an assumption, said in the receipt."""
    templates: dict[str, str] = {}
    """Canonical name to text with ``{source header}`` in it."""
    spellings: dict[str, dict[str, list[str]]] = {}
    """Canonical name to: the value we keep, and the source's spellings of it."""
    time_zone: str = ""
    """Zone of the source's times; empty for the branch's."""
    day_first: bool | None = None
    """Whether 01/02/2026 is 1 February, where the file itself does not show it."""
    decimal_comma: bool | None = None
    """Whether 1,234 is a little more than one, where the file itself does not show it."""
    unpivot: Unpivot | None = None

    @property
    def needs(self) -> list[str]:
        """The source's headers without which the mapping does not apply."""
        named = [name for text in self.templates.values() for name in _template_names(text)]
        return list(dict.fromkeys([*(headers[0] for headers in self.columns.values()), *named]))

    def settled(self, row: Iterable[str]) -> "SourceMapping":
        """Return the mapping as it applies to a header row: one header a column, absent optional columns left out."""
        present = {plain(header) for header in row}
        columns = {}
        for name, headers in self.columns.items():
            found = [header for header in headers if plain(header) in present]
            if found or name not in self.optional:
                columns[name] = (found or headers)[:1]
        return self.model_copy(update={"columns": columns})


@dataclass(frozen=True)
class Plan:
    """How one sheet of a file becomes rows of one feed.

    Attributes
    ----------
    header
        Position of the header row in the sheet's head.
    positions
        Canonical name (or source header, under a mapping) to the column's position.
    """

    contract: Contract
    sheet: Sheet
    header: int
    positions: Mapping[str, int]
    mapping: SourceMapping | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def conventions(self) -> Conventions:
        """What the mapping decides about dates and numbers."""
        return Conventions(self.mapping.day_first, self.mapping.decimal_comma) if self.mapping else UNDECIDED


def identify(file_name: str, sheets: Sequence[Sheet], folder: Path | None = None) -> list[Plan]:
    """Return how a file is read: a plan for each sheet that is data, and for each feed that a source's file serves.

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
    mapped: dict[tuple[str, str], Plan] = {}
    own, wrong = _own_mappings(folder)
    for mapping in (*own, *load_mappings()):
        if fnmatch.fnmatch(file_name, mapping.file):
            for sheet in sheets:
                if plan := _by_mapping(mapping, sheet):
                    mapped.setdefault((mapping.feed, sheet.name), plan)
    try:
        plans = list(mapped.values()) or _by_headers(file_name, sheets)
    except PermanentError as error:
        raise wrong[0] if wrong else error from None
    # One wrong mapping must not keep out the files that have nothing to do with it.
    plans[0].notes.extend(map(str, wrong))
    return plans


def incoming(plan: Plan, cells: Cells, zone: ZoneInfo) -> Incoming:
    """Return a batch, read in the order of the plan's positions, under the contract's names."""
    columns = dict(zip(plan.positions, cells.columns, strict=True))
    rows = Incoming(plan.contract, columns, cells.line, zone, cells.broken, plan.notes, cells.first, cells.filled)
    return rows if plan.mapping is None else _mapped(plan.mapping, rows)


@cache
def load_mappings() -> tuple[SourceMapping, ...]:
    """Return the mappings that come with the platform.

    Raises
    ------
    PermanentError
        If a mapping file does not say what a mapping must.
    """
    files = sorted(Path(__file__).with_name("mappings").glob("*.yaml"))
    return tuple(mapping for file in files for mapping in _mappings_of(file))


def _own_mappings(folder: Path | None) -> tuple[list[SourceMapping], list[PermanentError]]:
    """Return the mappings of an installation, and what is wrong with those that cannot be used."""
    found: list[SourceMapping] = []
    wrong: list[PermanentError] = []
    for file in sorted(folder.glob("*.yaml")) if folder else []:
        try:
            found += _mappings_of(file)
        except PermanentError as error:
            wrong.append(error)
    return found, wrong


def _mappings_of(file: Path) -> list[SourceMapping]:
    try:
        entries = [entry for entry in yaml.safe_load_all(file.read_text(encoding="utf-8")) if entry is not None]
        found = [SourceMapping.model_validate(entry) for entry in entries]
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise PermanentError(
            both(f"映射文件 {file.name} 有误：{error}", f"mapping {file.name} is wrong: {error}")
        ) from error
    for mapping in found:
        if mapping.feed not in FEEDS:
            near = ", ".join(get_close_matches(mapping.feed, FEEDS)) or ", ".join(FEEDS)
            raise PermanentError(
                both(
                    f"映射文件 {file.name}：没有数据类型 {mapping.feed}，可用：{near}",
                    f"mapping {file.name}: there is no feed {mapping.feed}; try {near}",
                )
            )
        known = set(FEEDS[mapping.feed].schema.names)
        strange = {
            *mapping.columns,
            *mapping.optional,
            *mapping.constants,
            *mapping.templates,
            *mapping.spellings,
        } - known
        if strange:
            names = ", ".join(sorted(strange))
            raise PermanentError(
                both(
                    f"映射文件 {file.name}：{mapping.feed} 没有字段 {names}，可用：{', '.join(sorted(known))}",
                    f"mapping {file.name}: {mapping.feed} has no columns {names}; it has {', '.join(sorted(known))}",
                )
            )
    return found


@cache
def plain(header: str) -> str:
    """Return a header without what varies between exports: width of brackets, case, blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", header)).casefold()


@cache
def _aliases(feed: str) -> dict[str, str]:
    """Return each plain header of a feed with its column; the canonical and Chinese names come first."""
    names: dict[str, str] = {}
    for chosen in (slice(0, 2), slice(2, None)):
        for column in FEEDS[feed].columns:
            for header in column.headers[chosen]:
                names.setdefault(plain(header), column.name)
    return names


def _by_headers(file_name: str, sheets: Sequence[Sheet]) -> list[Plan]:
    plans: list[Plan] = []
    unread: list[str] = []
    nearest: tuple[int, Contract | None, list[Column]] = (-1_000, None, [])
    for table in _tables(sheets):
        complete, near = _candidates(table)
        nearest = max(nearest, near, key=lambda found: found[0])
        if complete:
            plans.append(_best(file_name, complete))
        elif table[0].head:
            unread.append(table[0].name)
    if not plans:
        raise _unknown(file_name, nearest[1], nearest[2])
    if unread:
        shown = shorten(unread)
        plans[0].notes.append(both(f"未识别、未读取的工作表：{shown}", f"sheets not recognised and not read: {shown}"))
    return plans


def _tables(sheets: Sequence[Sheet]) -> list[list[Sheet]]:
    """Group what is one table seen in several ways: a text as each of its delimiters cuts it."""
    views: list[Sheet] = [sheet for sheet in sheets if isinstance(sheet, DelimitedSheet)]
    return [views] if views else [[sheet] for sheet in sheets]


def _candidates(table: Sequence[Sheet]) -> tuple[list[Plan], tuple[int, Contract | None, list[Column]]]:
    """Return every feed whose required columns stand in some row of the head, and the nearest of the others."""
    complete: list[Plan] = []
    nearest: tuple[int, Contract | None, list[Column]] = (-1_000, None, [])
    for sheet in table:
        for header, row in enumerate(sheet.head):
            for contract in FEEDS.values():
                positions = _positions(row, _aliases(contract.name))
                if not positions:
                    continue
                missing = [c for c in contract.columns if not c.nullable and c.name not in positions]
                if not missing:
                    complete.append(Plan(contract, sheet, header, positions))
                elif len(positions) - len(missing) > nearest[0]:
                    nearest = (len(positions) - len(missing), contract, missing)
    return complete, nearest


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


def _unknown(file_name: str, nearest: Contract | None, missing: list[Column]) -> PermanentError:
    if nearest is None:
        zh, en = "没有一个已知的列名", "none of its headers is known"
    else:
        lacking = ", ".join(f"{column.zh} ({column.name})" for column in missing)
        zh, en = (
            f"缺少 {lacking}，最接近的数据类型是 {nearest.name}",
            f"lacks {lacking}; the nearest feed is {nearest.name}",
        )
    return PermanentError(
        both(
            f"{file_name}：{zh}。请更正列名或增加映射文件；ops intake explain 可查看识别结果",
            f"{file_name}: {en}. Correct the headers or add a mapping; `ops intake explain` shows what was recognised",
        )
    )


def _positions(row: Iterable[str], aliases: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, header in enumerate(row):
        name = aliases.get(plain(header)) if header else None
        if name:
            found.setdefault(name, position)
    return found


def _by_mapping(mapping: SourceMapping, sheet: Sheet) -> Plan | None:
    if mapping.sheet and not fnmatch.fnmatch(sheet.name, mapping.sheet):
        return None
    for header, row in enumerate(sheet.head):
        settled = mapping.settled(row)
        positions = _positions(row, {plain(name): name for name in settled.needs})
        if not positions or len(positions) < len({plain(name) for name in settled.needs}):
            continue
        if mapping.unpivot:
            months = {name: at for at, name in enumerate(row) if re.search(mapping.unpivot.headers, name)}
            if not months:
                continue
            positions |= months
        notes = [
            both(f"假定 {name} = {value}（文件中没有）", f"assumed {name} = {value}, which the file does not carry")
            for name, value in mapping.constants.items()
        ]
        return Plan(FEEDS[mapping.feed], sheet, header, positions, settled, notes)
    return None


def _mapped(mapping: SourceMapping, rows: Incoming) -> Incoming:
    source, line = rows.columns, rows.line
    columns = {name: source[headers[0]] for name, headers in mapping.columns.items()}
    columns |= {name: _fill(text, source) for name, text in mapping.templates.items()}
    first, filled = rows.first, rows.filled
    if mapping.unpivot:
        months = [name for name in source if name not in mapping.needs]
        columns, line = _unpivoted(mapping.unpivot, months, source, columns, line)
        first = filled = None  # one row of the sheet has become many
    columns |= {name: pa.repeat(pa.scalar(value), len(line)) for name, value in mapping.constants.items()}
    for name, words in mapping.spellings.items():
        spelled = {spelling: kept for kept, spellings in words.items() for spelling in spellings}
        at = pc.index_in(columns[name], pa.array(list(spelled), pa.string()))
        columns[name] = pc.coalesce(pa.array(list(spelled.values()), pa.string()).take(at), columns[name])
    zone = ZoneInfo(mapping.time_zone) if mapping.time_zone else rows.zone
    return replace(rows, columns=columns, line=line, zone=zone, first=first, filled=filled)


def _unpivoted(
    unpivot: Unpivot,
    months: list[str],
    source: Mapping[str, pa.Array],
    columns: Mapping[str, pa.Array],
    line: pa.Array,
) -> tuple[dict[str, pa.Array], pa.Array]:
    """Turn month columns into rows, one per row and month, in the order of the file."""
    size = len(line)
    each = pa.array(np.repeat(np.arange(size), len(months)))
    order = pa.array(np.arange(size * len(months)).reshape(len(months), size).T.ravel())
    values = pa.concat_arrays([source[month] for month in months]).take(order)
    days = [f"{month}-01" if re.fullmatch(r"\d{4}-\d{2}", month) else month for month in months]
    long = {name: column.take(each) for name, column in columns.items()}
    long[unpivot.into] = pa.array(np.tile(np.array(days, dtype=object), size), pa.string())
    long[unpivot.values] = values
    return long, line.take(each)


def _template_names(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def _fill(text: str, source: Mapping[str, pa.Array]) -> pa.Array:
    parts: list[object] = []
    for literal, name, _, _ in string.Formatter().parse(text):
        parts += [pa.scalar(literal, pa.string())] if literal else []
        parts += [source[name]] if name else []
    return pc.binary_join_element_wise(*parts, "")
