"""What a mapping file says: how the files of one source, which speaks other headers than ours, become rows of a feed.

Validated as a whole when it is loaded, so that no export is the first to find a mistake in it.
"""

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from rapidfuzz import process

from ops_platform.contracts import FEEDS, Column
from ops_platform.errors import PermanentError
from ops_platform.intake import coordinates, counter_names, units
from ops_platform.intake.values import Reduction
from ops_platform.intake.words import both
from ops_platform.intake.yaml_files import documents, said

IN_HEADER = "header"
"""As the unit of a column: the unit is part of the header's text."""
PERIOD = "period_s"
"""Our column that says how long the period of a row is."""
ANY = "*"
"""In a pattern or a spelling: any text."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _regex(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    if groups > 1:
        raise ValueError(f"{text!r} has {groups} groups (...), at most one is what is taken; write (?:...)")
    return text


def _zone(name: str) -> str:
    if name and name not in available_timezones():
        raise ValueError(f"there is no time zone {name!r}{_nearest(name, available_timezones())}")
    return name


def _crs(name: str) -> str:
    try:
        if name:
            coordinates.coordinate_system(name)
    except PermanentError as error:
        raise ValueError(str(error)) from error
    return name


Names = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]
Regex = Annotated[str, AfterValidator(_regex)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Unpivot(_Entry):
    """Columns that hold one value per month: each becomes a row.

    ``headers`` is the pattern of their headers; ``into`` takes the header, ``values`` the cell.
    """

    headers: Regex
    into: str
    values: str


class ColumnMapping(_Entry):
    """Where one of our columns comes from, and how the source writes it; the options apply from top to bottom."""

    header: Annotated[list[str], BeforeValidator(_as_list)] = []
    """The source's header, or several of which the first that is present counts; ``*`` stands for any text."""
    template: str = ""
    """Text with ``{source header}`` in it."""
    constant: str = ""
    """A value that the source does not carry: an assumption, said in the receipt."""
    marks: dict[str, str] = {}
    """Header of a column in which a mark stands, and the value that the mark means."""
    where: dict[str, Names] = {}
    """Header and values: in other rows the column has no value."""
    optional: bool = False
    """Whether what it comes from may be absent."""
    missing: Annotated[list[str], BeforeValidator(_as_list)] = []
    """What the source writes where it has no value."""
    extract: Regex = ""
    """Pattern of which the group, or else the whole match, is the value; what does not match stays as it is."""
    of_list: Reduction | None = None
    """What is taken where a cell holds a list."""
    words: dict[str, Names] = {}
    """The value we keep, and the source's spellings of it; ``*`` in one is any text; alone it is whatever is
    left that the contract does not know either."""
    otherwise: str = ""
    """The value where the source's cell is empty."""
    unit: str | dict[str, dict[str, str]] = ""
    """Unit of the source; ``header`` where the header says it; ``{column: {its value: unit}}`` where a column does."""

    @model_validator(mode="after")
    def _from_one_place(self) -> "ColumnMapping":
        given = [name for name in ("header", "template", "constant", "marks") if getattr(self, name)]
        if len(given) != 1:
            has = ", ".join(given) or "none"
            raise ValueError(f"needs exactly one of header, template, constant, marks; has {has}")
        if self.template and not all(template_names(self.template) or [""]):
            raise ValueError(
                f"template {self.template!r} names no header in braces; what is always the same is a constant"
            )
        if isinstance(self.unit, dict) and len(self.unit) != 1:
            raise ValueError("unit depends on one column only")
        return self

    @property
    def unit_by(self) -> tuple[str, dict[str, str]]:
        """The column on which the unit depends, and the unit for each of its values; empty where it does not."""
        return next(iter(self.unit.items())) if isinstance(self.unit, dict) else ("", {})

    @property
    def needs(self) -> list[list[str]]:
        """What must be found in the header row: of each list one."""
        found = [self.header] if self.header else []
        found += [[name] for name in (*template_names(self.template), *self.marks, *self.where)]
        return found + ([[self.unit_by[0]]] if self.unit_by[0] else [])


def _as_column(value: object) -> object:
    return {"header": value} if isinstance(value, str | list) else value


class SourceMapping(_Entry):
    """How the files of one source become rows of one feed."""

    feed: str
    file: Names = [ANY]
    """Patterns of the file name."""
    sheet: Names = [ANY]
    """Patterns of the sheet's name."""
    header_row: Annotated[int, Field(ge=0)] | None = None
    """Row of the header, from 1; where not given it is the row that has the headers. 0: there is none, and a column is
    called by its number."""
    skip_rows: Annotated[int, Field(ge=0)] = 0
    """How many rows below the header are no data."""
    above: list[str] = []
    """Labels of a form that stand above the table; they can be used like headers."""
    columns: dict[str, Annotated[ColumnMapping, BeforeValidator(_as_column)]] = Field(min_length=1)
    """Our column, and where it comes from."""
    missing: list[str] = []
    """What the source writes in any column where it has no value."""
    keep: dict[str, Names] = {}
    """Header and values: other rows are none of this feed's."""
    drop: dict[str, Names] = {}
    """Header and values: such rows are none of this feed's."""
    time_zone: Annotated[str, AfterValidator(_zone)] = ""
    """Zone of the source's times; empty for the branch's."""
    day_first: bool | None = None
    """Whether 01/02/2026 is 1 February, where the file itself does not show it."""
    decimal_comma: bool | None = None
    """Whether 1,234 is a little more than one, where the file itself does not show it."""
    stamp: Literal["start", "end"] = "start"
    """Which moment of its period a row of counters carries; from an end its start is counted back by ``period_s``."""
    crs: Annotated[str, AfterValidator(_crs)] = ""
    """System of latitude and longitude: ``GCJ-02`` or an EPSG code; empty for WGS-84."""
    unpivot: Unpivot | None = None
    note: str = ""
    """What a person should know about every file that is read so; said in the receipt."""

    @model_validator(mode="after")
    def _fits_the_feed(self) -> "SourceMapping":
        if self.feed not in FEEDS:
            raise ValueError(f"there is no feed {self.feed}{_nearest(self.feed, FEEDS)}")
        contract = FEEDS[self.feed]
        named = [*self.columns, *([self.unpivot.into, self.unpivot.values] if self.unpivot else [])]
        for name in named:
            if name not in contract.schema.names:
                raise ValueError(f"{self.feed} has no column {name}{_nearest(name, contract.schema.names)}")
        for name, entry in self.columns.items():
            _fits_the_column(entry, contract.column(name))
        lacking = [c.name for c in contract.columns if not c.nullable and c.name not in named]
        if lacking:
            raise ValueError(f"{self.feed} needs the columns {', '.join(lacking)}, which the mapping does not fill")
        if self.stamp == "end" and PERIOD not in contract.schema.names:
            raise ValueError(f"stamp: end needs a feed whose rows have a {PERIOD}; {self.feed} has none")
        if self.crs and not {"latitude", "longitude"} <= set(self.columns):
            raise ValueError("crs needs the columns latitude and longitude")
        return self

    @property
    def needs(self) -> list[list[str]]:
        """What must be found in the header row, or above it: of each list one."""
        found = [need for entry in self.columns.values() if not entry.optional for need in entry.needs]
        return found + [[name] for name in (*self.keep, *self.drop)]


def _fits_the_column(entry: ColumnMapping, column: Column) -> None:
    ours = [*entry.words, *entry.marks.values(), *filter(None, [entry.constant, entry.otherwise])]
    strange = [word for word in ours if column.words and word not in column.words]
    if strange:
        raise ValueError(f"{column.name} has no word {strange[0]}{_nearest(strange[0], column.words)}")
    said = [entry.unit] if isinstance(entry.unit, str) else list(entry.unit_by[1].values())
    for unit in said:
        target = units.of(column)
        if unit not in {"", IN_HEADER} and not units.convertible(unit, target):
            raise ValueError(f"{column.name}: {unit!r} cannot be converted to {target or 'a column without a unit'}")


def template_names(text: str) -> list[str]:
    """Return the headers that a template names.

    Raises
    ------
    ValueError
        If a brace is open or stands alone.
    """
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


@dataclass(frozen=True)
class MappingFile:
    """One file of mappings; of its documents the first that fits a table counts for each feed."""

    name: str
    documents: tuple[SourceMapping, ...]


@cache
def packaged() -> tuple[MappingFile, ...]:
    """Return the mappings that come with the platform.

    Raises
    ------
    PermanentError
        If a mapping file does not say what a mapping must.
    """
    return tuple(map(load, sorted(Path(__file__).with_name("mappings").glob("*.yaml"))))


def own(folder: Path | None) -> tuple[list[MappingFile], list[PermanentError]]:
    """Return the mappings of an installation, and what is wrong with those that cannot be used."""
    found: list[MappingFile] = []
    wrong: list[PermanentError] = []
    for file in sorted(folder.glob("*.yaml")) if folder else []:
        if file.name == counter_names.FILE:
            continue
        try:
            found.append(load(file))
        except PermanentError as error:
            wrong.append(error)
    return found, wrong


def load(file: Path) -> MappingFile:
    """Read a mapping file.

    Raises
    ------
    PermanentError
        If it does not say what a mapping must; names the document and the entry.
    """
    try:
        entries = documents(file)
    except ValueError as error:
        raise _wrong(file.name, f"{error}") from error
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            found.append(SourceMapping.model_validate(entry))
        except ValidationError as error:
            raise _wrong(file.name, f"{_place(number, len(entries))}{_first(error)}") from error
    return MappingFile(file.name, tuple(found))


def _place(number: int, count: int) -> str:
    return f"document {number}, " if count > 1 else ""


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    # The last part of a place may name a branch of a union, which nobody wrote.
    place = ".".join(str(part) for part in problem["loc"] if not re.search(r"[\[(]|^str$", str(part)))
    unknown = problem["type"] == "extra_forbidden"
    return (f"{place}: " if place else "") + (_unknown_option(problem) if unknown else said(problem))


def _unknown_option(problem: Any) -> str:
    options = ColumnMapping if problem["loc"][0] == "columns" else SourceMapping
    return f"there is no such option{_nearest(str(problem['loc'][-1]), options.model_fields)}"


def _wrong(name: str, text: str) -> PermanentError:
    return PermanentError(both(f"映射文件 {name} 有误：{text}", f"mapping {name} is wrong: {text}"))


def _nearest(name: str, known: Iterable[str]) -> str:
    choices: Sequence[str] = sorted(known)
    near = [choice for choice, _, _ in process.extract(name, choices, limit=3, score_cutoff=50)]
    return f"; try {', '.join(near or choices)}"


def zone_of(mapping: SourceMapping, zone: ZoneInfo) -> ZoneInfo:
    """Return the zone of a source's times, given the branch's."""
    return ZoneInfo(mapping.time_zone) if mapping.time_zone else zone
