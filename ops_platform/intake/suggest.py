"""A draft of a mapping for a file that nobody described yet: what its columns are like, by header and by value."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from ops_platform.contracts import FEEDS, Column, Contract
from ops_platform.errors import PermanentError
from ops_platform.intake import readers
from ops_platform.intake.cells import Sheet
from ops_platform.intake.headers import plain
from ops_platform.intake.identity import Register, registers
from ops_platform.intake.sources import unpacked
from ops_platform.intake.values import convert
from ops_platform.intake.words import both
from ops_platform.platform import Platform

_SAMPLE = 2000
_SHOWN = 3
_HEADER_WEIGHT = 0.6
_LIKE = 0.55
"""A column of the file is proposed for one of ours from this likeness on."""
_LIKE_WORD = 60
_LIKE_OPTIONAL = 0.65
"""One that the feed can do without must be more like it."""
_LIKE_FEED = 0.2
_FEEDS = 3
_ALL = f": {', '.join(FEEDS)}"
_PERIOD_END = re.compile("end|结束|截止|止", re.IGNORECASE)


@dataclass(frozen=True)
class _Seen:
    """One column of a table: what it is called, and its distinct values."""

    called: str
    values: pa.Array

    @property
    def examples(self) -> str:
        """The first values, for a comment."""
        return ", ".join(text[:30].replace("\n", " ") for text in self.values.slice(0, _SHOWN).to_pylist())


@dataclass(frozen=True)
class _Match:
    """A column of ours, the column of the file that is most like it, and how much."""

    column: Column
    seen: _Seen
    likeness: float


def suggest(path: Path, platform: Platform, feed: str | None = None) -> str:
    """Draft a mapping for each table of a file.

    Parameters
    ----------
    path
        The file, anywhere; it is not moved.
    platform
        The installation whose registers tell a site from a cell.
    feed
        The feed that the rows are; the likeliest where None.

    Returns
    -------
    str
        YAML with comments, for a person to complete.

    Raises
    ------
    PermanentError
        If the file cannot be read, holds no table, or there is no such feed.
    """
    if feed is not None and feed not in FEEDS:
        raise PermanentError(both(f"没有数据类型 {feed}", f"there is no feed {feed}") + _ALL)
    feeds = [FEEDS[feed]] if feed else list(FEEDS.values())
    drafts: list[str] = []
    with TemporaryDirectory() as scratch:
        for source in unpacked(path.name, path, platform.settings.intake, Path(scratch)):
            if readers.is_xml(source.path):
                continue
            tables = readers.sheets(source.name, source.path, platform.settings.intake.memory_mb)
            for sheet in _views(tables):
                drafts += [_draft(source.own_name, sheet, feeds, platform)] if sheet.head else []
    if not drafts:
        raise PermanentError(
            both(f"{path.name}：没有可映射的表格", f"{path.name} holds no table that a mapping could describe")
        )
    return "---\n".join(drafts)


def _views(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return each table once: a text as the delimiter cuts it that gives most columns."""
    texts = [sheet for sheet in sheets if not sheet.name]
    best = max(texts, key=lambda sheet: sum(map(len, sheet.head)), default=None)
    return [sheet for sheet in sheets if sheet.name or sheet is best]


def _draft(file_name: str, sheet: Sheet, feeds: Sequence[Contract], platform: Platform) -> str:
    header = _header_row(sheet.head)
    columns = _columns(sheet, header)
    ranked = sorted(((_matches(contract, columns, platform), contract) for contract in feeds), key=_score, reverse=True)
    matches, contract = ranked[0]
    if len(feeds) > 1 and _score(ranked[0]) < _LIKE_FEED:
        raise PermanentError(
            both(
                f"{file_name} {sheet.name}：没有相近的数据类型，请用 --feed 指明",
                f"{file_name} {sheet.name}: no feed is like this table, name one with --feed",
            )
            + _ALL
        )
    likely = ", ".join(f"{other.name} {_score((found, other)):.0%}" for found, other in ranked[:_FEEDS])
    place = f"{file_name}, {sheet.name}" if sheet.name else file_name
    top = f"header in row {header + 1}" if header >= 0 else "no header: columns are called by their numbers"
    lines = [f"# Draft for {place}; {top}. Feeds by likeness: {likely}.", f"feed: {contract.name}"]
    lines += [f"file: {_quoted(re.sub(r'[0-9]+', '*', file_name))}"]
    lines += [f"sheet: {_quoted(sheet.name)}"] if sheet.name else []
    lines += [] if header >= 0 else ["header_row: 0"]
    stamp = matches.get("period_start_at")
    lines += ["stamp: end"] if stamp and _PERIOD_END.search(stamp.seen.called) else []
    lines += ["columns:", *_column_lines(contract, matches)]
    missing = [f"{c.name} {c.zh}" for c in contract.columns if c.nullable and c.name not in matches]
    lines += [f"# Nothing was found for: {', '.join(missing)}"] if missing else []
    used = {match.seen.called for match in matches.values()}
    unused = [seen for seen in columns if seen.called not in used]
    lines += ["# Not used:"] if unused else []
    lines += [f"#   {seen.called}: {seen.examples}" for seen in unused]
    return "\n".join(lines) + "\n"


def _header_row(head: Sequence[Sequence[str]]) -> int:
    """Return the row that is a header: the first of the fullest rows, if it holds names and no values; else -1."""
    filled = [sum(bool(cell) for cell in row) for row in head]
    widest = max(filled)
    first = next(at for at, count in enumerate(filled) if count >= max(widest * 0.7, 1))
    values = sum(bool(re.search(r"\d", cell)) for cell in head[first])
    return first if values * 2 < filled[first] else -1


def _columns(sheet: Sheet, header: int) -> list[_Seen]:
    row = sheet.head[max(header, 0)]
    width = len(row) if header >= 0 else max(map(len, sheet.head))
    batch = next(iter(sheet.batches(header, range(width))), None)
    cells = batch.text().columns if batch else [pa.nulls(0, pa.string())] * width
    values = [pc.drop_null(pc.unique(column.slice(0, _SAMPLE))) for column in cells]
    names = row if header >= 0 else [str(number + 1) for number in range(width)]
    return [_Seen(name, column) for name, column in zip(names, values, strict=False) if name]


def _matches(contract: Contract, columns: Sequence[_Seen], platform: Platform) -> dict[str, _Match]:
    """Return for each column of a feed what is most like it; each column of the file serves once."""
    known = registers(contract, platform.warehouse)
    pairs = [
        _Match(column, seen, _likeness(column, seen, known, platform))
        for column in contract.columns
        for seen in columns
    ]
    found: dict[str, _Match] = {}
    taken: set[str] = set()
    for match in sorted(pairs, key=lambda match: match.likeness, reverse=True):
        enough = _LIKE_OPTIONAL if match.column.nullable else _LIKE
        if match.likeness >= enough and match.column.name not in found and match.seen.called not in taken:
            found[match.column.name] = match
            taken.add(match.seen.called)
    return found


def _likeness(column: Column, seen: _Seen, known: Mapping[str, Register], platform: Platform) -> float:
    """Return from 0 to 1 how much a column of a file is like one of ours."""
    name = max(fuzz.ratio(plain(seen.called), plain(header)) for header in column.headers) / 100
    if not len(seen.values):
        return name * _HEADER_WEIGHT
    if column.refers_to:
        # A value that stands in a register says more than any header.
        fits = 1 - _null_share(known[column.refers_to].resolve(seen.values))
        return max(fits, name) if fits > _LIKE else name * _HEADER_WEIGHT
    if column.dtype == "string" and not column.words:
        return name
    if column.words:
        fits = float(np.mean([_nearest_word(column, text) is not None for text in seen.values.to_pylist()]))
    else:
        _, problems = convert(replace(column, minimum=None, maximum=None), seen.values, platform.settings.zone)
        fits = float(np.mean(problems == 0))
    return name * _HEADER_WEIGHT + fits * (1 - _HEADER_WEIGHT)


def _null_share(values: pa.Array) -> float:
    return float(values.null_count) / len(values)


def _score(ranked: tuple[Mapping[str, _Match], Contract]) -> float:
    """Return how much of what a feed requires was found, and a little for what it also has."""
    matches, contract = ranked
    found = {name: match.likeness for name, match in matches.items()}
    required = [column.name for column in contract.columns if not column.nullable]
    need = sum(found.get(name, 0.0) for name in required) / len(required)
    return 0.8 * need + 0.2 * sum(found.values()) / len(contract.columns)


def _column_lines(contract: Contract, matches: Mapping[str, _Match]) -> Iterator[str]:
    for column in contract.columns:
        match = matches.get(column.name)
        if match is not None:
            yield f"  {column.name}: {_entry(match)}  # {column.zh}; {match.likeness:.0%}; {match.seen.examples}"
        elif not column.nullable:
            entry = f"template: {_quoted(made)}" if (made := _made_key(contract, column, matches)) else "constant: "
            yield f"  {column.name}: {{{entry}}}  # {column.zh}: needed; header: …, template: '{{…}}' or constant: …"
            if column.words:
                yield f"    # one of: {', '.join(column.words)}"


def _made_key(contract: Contract, column: Column, matches: Mapping[str, _Match]) -> str:
    """Return a template that may tell the rows of a file apart that has no key: what they refer to, and when."""
    if column.name not in contract.key or column.refers_to or column.dtype != "string":
        return ""
    parts = [c.name for c in contract.columns if (c.refers_to and not c.nullable) or c.name == contract.placed_by]
    return " ".join(f"{{{matches[name].seen.called}}}" for name in parts if name in matches)


def _entry(match: _Match) -> str:
    header = _quoted(match.seen.called)
    words = _words(match.column, match.seen) if match.column.words else ""
    optional = ", optional: true" if match.column.nullable else ""
    return f"{{header: {header}{words}{optional}}}" if words or optional else header


def _words(column: Column, seen: _Seen) -> str:
    """Return what each spelling that we do not know is most like, as the option `words`."""
    known = _spellings(column)
    found: dict[str, list[str]] = {}
    for text in seen.values.to_pylist():
        if plain(text) not in known:
            found.setdefault(_nearest_word(column, text) or "?", []).append(text)
    return f", words: {json.dumps(found, ensure_ascii=False)}" if found else ""


def _nearest_word(column: Column, text: str) -> str | None:
    known = _spellings(column)
    near = process.extractOne(plain(text), list(known), scorer=fuzz.WRatio, score_cutoff=_LIKE_WORD)
    return known[near[0]] if near else None


def _spellings(column: Column) -> dict[str, str]:
    return {plain(text): word for word, spellings in column.words.items() for text in (word, *spellings)}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
