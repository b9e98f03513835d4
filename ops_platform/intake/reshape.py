"""A batch of cells as it stands in the source, brought under our names as its plan says; still text, not yet judged."""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Contract
from ops_platform.intake import period_ends, units
from ops_platform.intake.cells import Cells
from ops_platform.intake.check import Incoming
from ops_platform.intake.conventions import Conventions
from ops_platform.intake.converting import Flags, mask, where
from ops_platform.intake.coordinates import to_wgs84
from ops_platform.intake.headers import like, plain
from ops_platform.intake.identify import Plan
from ops_platform.intake.mapping import ANY, PERIOD, ColumnMapping, SourceMapping, Unpivot, zone_of
from ops_platform.intake.values import convert, reduce_list, without_sentinels

Columns = dict[str, pa.Array]
Vocabulary = Mapping[str, Sequence[str]]


def incoming(plan: Plan, cells: Cells, zone: ZoneInfo) -> Incoming:
    """Return a batch, read in the order of the plan's positions, under the contract's names.

    Parameters
    ----------
    plan
        How the table is read.
    cells
        Columns in the order of ``plan.positions``.
    zone
        The branch's time zone.
    """
    columns: Columns = dict(zip(plan.positions, cells.columns, strict=True))
    rows = Incoming(plan.contract, columns, cells.line, zone, cells.broken, plan.notes, cells.first, cells.filled)
    if plan.mapping is not None:
        return _mapped(plan, plan.mapping, rows)
    labelled = {name: units.label(columns[name], unit) for name, unit in plan.units.items()}
    return replace(rows, columns=columns | labelled)


def _mapped(plan: Plan, mapping: SourceMapping, rows: Incoming) -> Incoming:
    rows = _ours(mapping, rows)
    size = len(rows.line)
    source = {**rows.columns, **{label: _constant(text, size) for label, text in plan.given.items()}}
    columns = {name: _origin(entry, source, size) for name, entry in mapping.columns.items()}
    if mapping.unpivot:
        named = {header for entry in mapping.columns.values() for [header] in entry.needs}
        months = {name: column for name, column in source.items() if name not in named}
        each, long = _unpivoted(mapping.unpivot, months, size)
        columns = {name: column.take(each) for name, column in columns.items()} | long
        source = {name: column.take(each) for name, column in source.items()}
        # One row of the sheet has become many.
        rows = replace(rows, line=rows.line.take(each), first=None, filled=None)
    for name, entry in mapping.columns.items():
        columns[name] = _written(plan, entry, name, columns[name], source)
    if mapping.stamp == "end":
        columns |= _stamped_at_end(mapping, plan.contract, columns, rows.zone)
    if mapping.crs:
        columns |= _on_wgs84(mapping, plan.contract, columns, rows.zone)
    return replace(rows, columns=columns, zone=zone_of(mapping, rows.zone))


def _ours(mapping: SourceMapping, rows: Incoming) -> Incoming:
    """Leave out the rows that a mapping says are none of this feed's, and count them."""
    left = Counter[str]()
    for chosen, kept in ((mapping.keep, True), (mapping.drop, False)):
        for header, values in chosen.items():
            listed = _matches(rows.columns[header], values)
            stays = pa.array(listed == kept)
            gone = rows.columns[header].filter(pc.invert(stays))
            counts = pc.value_counts(pc.fill_null(gone, ""))
            left.update({f"{header} = {count['values'].as_py()}": count["counts"].as_py() for count in counts})
            rows = replace(
                rows,
                columns={name: column.filter(stays) for name, column in rows.columns.items()},
                line=rows.line.filter(stays),
                first=rows.first and rows.first.filter(stays),
                filled=rows.filled and rows.filled.filter(stays),
            )
    return replace(rows, left_out=left)


def _matches(cells: pa.Array, values: list[str]) -> Flags:
    encoded = (pc.fill_null(cells, "") if "" in values else cells).dictionary_encode()
    wanted = [plain(value) for value in values]
    known = [any(like(plain(text), value) for value in wanted) for text in encoded.dictionary.to_pylist()]
    return mask(pa.array(known, pa.bool_()).take(encoded.indices))


def _origin(entry: ColumnMapping, source: Mapping[str, pa.Array], size: int) -> pa.Array:
    if entry.header:
        cells = source[entry.header[0]]
        for header, values in entry.where.items():
            cells = where(pa.array(_matches(source[header], values)), cells)
        return cells
    if entry.template:
        return _fill(entry.template, source)
    if entry.marks:
        answer = pa.nulls(size, pa.string())
        for header, value in entry.marks.items():
            # Two marks are two answers: joined they are no word that we know, and the row is set aside.
            both_marks = pc.binary_join_element_wise(answer, value, " + ")
            answer = pc.if_else(source[header].is_valid(), pc.coalesce(both_marks, value), answer)
        return answer
    return _constant(entry.constant, size)


def _written(plan: Plan, entry: ColumnMapping, name: str, cells: pa.Array, source: Mapping[str, pa.Array]) -> pa.Array:
    """Return the cells as our contract would have them written."""
    column = plan.contract.column(name)
    general = plan.mapping.missing if plan.mapping else []
    if general or entry.missing:
        cells = without_sentinels(column, cells, [*general, *entry.missing])
    if entry.extract:
        cells = _extracted(cells, entry.extract)
    if entry.of_list:
        cells = reduce_list(cells, entry.of_list)
    if entry.words:
        cells = _spelled(cells, entry.words, column.words)
    if entry.otherwise:
        cells = pc.fill_null(cells, entry.otherwise)
    by, unit_of = entry.unit_by
    if by:
        # Of a value that the mapping does not name the unit is not known: with it behind the number the row waits.
        said = _spelled(source[by], {unit: [value] for value, unit in unit_of.items()})
        return units.label(cells, pc.fill_null(said, "?"))
    return units.label(cells, plan.units[name]) if name in plan.units else cells


def _extracted(cells: pa.Array, pattern: str) -> pa.Array:
    encoded = cells.dictionary_encode()
    found = [re.search(pattern, text) for text in encoded.dictionary.to_pylist()]
    taken = [
        (match[match.re.groups] or None) if match else text
        for match, text in zip(found, encoded.dictionary.to_pylist(), strict=True)
    ]
    return pa.array(taken, pa.string()).take(encoded.indices)


def _spelled(cells: pa.Array, words: Vocabulary, contract: Vocabulary | None = None) -> pa.Array:
    """Return our word for each spelling; what is no spelling, or is a word of the contract, stays as it is."""
    known = {plain(text) for word, spellings in (contract or {}).items() for text in (word, *spellings)}
    ours = {plain(spelling): word for word, spellings in words.items() for spelling in spellings}
    # What is left over is looked at last, wherever it was written.
    patterns = sorted((spelling for spelling in ours if ANY in spelling), key=lambda spelling: spelling == ANY)
    encoded = cells.dictionary_encode()

    def word(text: str) -> str:
        spelled = plain(text)
        if spelled not in ours and spelled not in known:
            spelled = next((pattern for pattern in patterns if like(spelled, pattern)), spelled)
        return ours.get(spelled, text)

    return pa.array([word(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _stamped_at_end(mapping: SourceMapping, contract: Contract, columns: Columns, zone: ZoneInfo) -> Columns:
    """Return the times with the length of the period that they end; `times` counts back once it knows their zone."""
    if not {contract.placed_by, PERIOD} <= columns.keys():
        return {}
    # What is too long or too short is told of the period itself, not of its time.
    length = replace(contract.column(PERIOD), minimum=None, maximum=None)
    lengths, _ = convert(length, columns[PERIOD], zone, Conventions(mapping.day_first, mapping.decimal_comma))
    return {contract.placed_by: period_ends.label(columns[contract.placed_by], lengths)}


def _on_wgs84(mapping: SourceMapping, contract: Contract, columns: Columns, zone: ZoneInfo) -> Columns:
    """Return latitude and longitude in degrees; where they cannot be, they stay as written and are set aside."""
    # Read as bare numbers: the metres or feet of a projection are outside what degrees may be.
    written = Conventions(mapping.day_first, mapping.decimal_comma)
    pair = []
    for name in ("longitude", "latitude"):
        column = replace(contract.column(name), minimum=None, maximum=None)
        pair.append(convert(column, columns[name], zone, written)[0])
    east, north = to_wgs84(pair[0], pair[1], mapping.crs)
    found = {"longitude": east, "latitude": north}
    return {name: pc.coalesce(values.cast(pa.string()), columns[name]) for name, values in found.items()}


def _unpivoted(unpivot: Unpivot, months: Mapping[str, pa.Array], size: int) -> tuple[pa.Array, Columns]:
    """Turn month columns into rows, one per row and month, in the order of the file; return which row each was."""
    each = pa.array(np.repeat(np.arange(size), len(months)))
    order = pa.array(np.arange(size * len(months)).reshape(len(months), size).T.ravel())
    days = [f"{month}-01" if re.fullmatch(r"\d{4}-\d{2}", month) else month for month in months]
    into = pa.array(np.tile(np.array(days, dtype=object), size), pa.string())
    return each, {unpivot.into: into, unpivot.values: pa.concat_arrays(list(months.values())).take(order)}


def _constant(text: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(text or None, pa.string()), size)


def _fill(text: str, source: Mapping[str, pa.Array]) -> pa.Array:
    parts: list[object] = []
    for literal, name, _, _ in string.Formatter().parse(text):
        parts += [pa.scalar(literal, pa.string())] if literal else []
        parts += [source[name]] if name else []
    return pc.binary_join_element_wise(*parts, "")
