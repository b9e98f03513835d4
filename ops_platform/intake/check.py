"""One vectorised pass of a contract's rules over a batch: which rows may stand, which are set aside and why."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Column, Contract
from ops_platform.contracts.network import ALIASES
from ops_platform.intake.cells import Broken
from ops_platform.intake.conventions import UNDECIDED, Conventions
from ops_platform.intake.identity import Register
from ops_platform.intake.times import comes_twice
from ops_platform.intake.values import Problem, Problems, ambiguous_message, convert, nonexistent_message
from ops_platform.intake.words import TOTALS, both

LINE = "_line"
ZONE = "_zone"
"""Member of a quarantined row that says in which zone its times are written, where that is not the branch's own."""

_TOTALS = pa.array([spelled + colon for word in TOTALS for spelled in (word, word.title(), word.upper())
                    for colon in ("", ":", "：")])  # fmt: skip
_TOTAL_LINE = re.compile(rf"\W*(?:{'|'.join(TOTALS)})\W", re.IGNORECASE)
_TIME_ONLY = re.compile(r"\s*\d{1,2}[:：]\d{2}([:：]\d{2})?(\s*[AP]M)?\s*", re.IGNORECASE)
_QUICK = {"int64": pa.int64(), "float64": pa.float64()}
_DISTINCT_TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Incoming:
    """The rows of a file under the contract's names, not yet checked.

    Attributes
    ----------
    columns
        Canonical name to text, null where empty, or to values of the contract's type, each of shape (n,).
    line
        Where each row stands in the file, shape (n,).
    zone
        Time zone of times written without one.
    broken
        Rows that could not be cut into cells.
    notes
        What a person should know although the file was read.
    first, filled
        As in `Cells`: each row's first filled cell and the number of filled cells; None where it is not known.
    left_out
        How many rows a mapping says are none of this feed's, by column and value.
    """

    contract: Contract
    columns: Mapping[str, pa.Array]
    line: pa.Array
    zone: ZoneInfo
    broken: list[Broken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first: pa.Array | None = None
    filled: pa.Array | None = None
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Checked:
    """What a contract's rules made of a batch; every row is in exactly one of rows, quarantined and totals.

    Attributes
    ----------
    rows
        Accepted rows in the contract's schema and the column ``_line``.
    quarantined
        One record per row: line, column, value, reason, row. One with ``lone`` has a single filled cell, its ``text``:
        at the foot of a sheet that is a remark.
    totals
        Line and text of rows that sum up others: no data.
    notes
        What a person should know although the rows were read.
    ambiguous
        Whether a cell could not be read for want of what the whole file decides (`conventions`).
    twice
        How many times of a column lie in an hour that the clocks of a zone repeat.
    resolved
        How often a value stood for a key that is written otherwise, by column, value and key.
    left_out
        As in `Incoming`.
    """

    rows: pa.Table
    quarantined: list[dict[str, Any]]
    totals: list[tuple[int, str]]
    notes: list[str]
    resolved: Counter[tuple[str, str, str]]
    ambiguous: bool
    twice: Counter[tuple[str, str]]
    left_out: Counter[str]


def check(
    incoming: Incoming,
    known: Mapping[str, Register],
    span: tuple[datetime, datetime],
    conventions: Conventions = UNDECIDED,
) -> Checked:
    """Judge every row of a batch by its contract.

    Parameters
    ----------
    incoming
        The rows.
    known
        Feed to what is known of it, for every feed that the contract refers to (`identity.registers`).
    span
        Business-local moments from which and before which facts are kept; a row placed outside is quarantined.
    conventions
        How the file writes dates and numbers.
    """
    contract = incoming.contract
    size = len(incoming.line)
    cells = {c.name: incoming.columns.get(c.name, pa.nulls(size, pa.string())) for c in contract.columns}
    values: list[pa.Array] = []
    wrong: dict[str, Problems] = {}
    meant: dict[str, tuple[pa.Array, pa.Array]] = {}
    ambiguous = False
    twice: Counter[tuple[str, str]] = Counter()
    for column in contract.columns:
        converted, problems = convert(column, cells[column.name], incoming.zone, conventions)
        ambiguous = ambiguous or bool((problems == Problem.AMBIGUOUS).any())
        if column.dtype == "timestamp" and (count := comes_twice(cells[column.name], converted, incoming.zone)):
            twice[column.name, incoming.zone.key] += count
        if column.refers_to:
            written = converted.dictionary_encode()
            keys = known[column.refers_to].resolve(written.dictionary)
            if keys is not written.dictionary:
                meant[column.name] = (written, keys)
                converted = keys.take(written.indices)
                problems[_mask(pc.and_(written.indices.is_valid(), converted.is_null()))] = Problem.REFERENCE
        _judge(column, converted, problems)
        if column.name == contract.placed_by:
            problems[(problems == 0) & _outside(converted, *span)] = Problem.PERIOD
        if contract.name == ALIASES.name and column.name == "target_id":
            problems[_lost(values[contract.schema.names.index("feed")], converted, known)] = Problem.REFERENCE
        values.append(converted)
        if problems.any():
            wrong[column.name] = problems
    bad = np.zeros(size, dtype=bool)
    for problems in wrong.values():
        bad |= problems > 0
    total = _totals(incoming)
    rows = pa.Table.from_arrays([*values, incoming.line], schema=accepted_schema(contract))
    records = _records(incoming, cells, wrong, np.flatnonzero(bad & ~total), known)
    summed = [row for row in incoming.broken if _TOTAL_LINE.match(row.text)]
    records += [
        {"line": row.line, "column": "", "value": row.text, "problem": "broken", "reason": row.reason}
        | {"row": {"_text": row.text}}
        | ({"lone": True, "text": row.text} if row.cells == 1 else {})
        for row in incoming.broken
        if row not in summed
    ]
    good = ~(bad | total)
    return Checked(
        rows if good.all() else rows.filter(pa.array(good)),
        sorted(records, key=lambda record: record["line"]),
        [*_remarks(incoming, np.flatnonzero(total)), *((row.line, row.text.strip()) for row in summed)],
        incoming.notes,
        _resolved(meant, good),
        ambiguous,
        twice,
        incoming.left_out,
    )


def quick_types(contract: Contract, names: Iterable[str]) -> list[pa.DataType]:
    """Return the types in which a clean batch can be read at once: numbers as such, all else by distinct text."""
    dtypes = [contract.column(name).dtype for name in names]
    return [_QUICK.get(dtype, _DISTINCT_TEXT) for dtype in dtypes]


def accepted_schema(contract: Contract) -> pa.Schema:
    """Return the schema of accepted rows: the contract's and ``_line``."""
    fields = [pa.field(column.name, column.arrow_type) for column in contract.columns]
    return pa.schema([*fields, pa.field(LINE, pa.int64())])


def _totals(incoming: Incoming) -> npt.NDArray[np.bool_]:
    if incoming.first is None:
        return np.zeros(len(incoming.line), dtype=bool)
    return _mask(pc.is_in(incoming.first, _TOTALS))


def _remarks(incoming: Incoming, positions: npt.NDArray[np.int64]) -> list[tuple[int, str]]:
    if incoming.first is None or not len(positions):
        return []
    at = pa.array(positions)
    return list(zip(incoming.line.take(at).to_pylist(), incoming.first.take(at).to_pylist(), strict=True))


def _resolved(
    meant: Mapping[str, tuple[pa.Array, pa.Array]], good: npt.NDArray[np.bool_]
) -> Counter[tuple[str, str, str]]:
    """Count, over accepted rows, the values that were written otherwise than the key they stand for."""
    found: Counter[tuple[str, str, str]] = Counter()
    for name, (written, keys) in meant.items():
        values = written.dictionary
        rows = np.bincount(pc.drop_null(written.indices.filter(pa.array(good))).to_numpy(), minlength=len(values))
        for at in np.flatnonzero(_mask(pc.not_equal(values, keys)) & (rows > 0)):
            found[name, values[at].as_py(), keys[at].as_py()] = int(rows[at])
    return found


def _lost(feeds: pa.Array, targets: pa.Array, known: Mapping[str, Register]) -> npt.NDArray[np.bool_]:
    """Return which aliases are of something that is not there."""
    found = np.zeros(len(targets), dtype=bool)
    for feed, register in known.items():
        found |= _mask(pc.and_(pc.equal(feeds, feed), pc.is_in(targets, register.keys)))
    return ~found & _mask(pc.and_(feeds.is_valid(), targets.is_valid()))


def _judge(column: Column, values: pa.Array, problems: Problems) -> None:
    """Add to a column's problems what its contract forbids."""
    if column.minimum is not None or column.maximum is not None:
        outside = np.zeros(len(values), dtype=bool)
        span = pc.min_max(values).as_py()
        if column.minimum is not None and span["min"] is not None and span["min"] < column.minimum:
            outside |= _mask(pc.less(values, column.minimum))
        if column.maximum is not None and span["max"] is not None and span["max"] > column.maximum:
            outside |= _mask(pc.greater(values, column.maximum))
        problems[outside] = Problem.BOUNDS
    if not column.nullable and values.null_count:
        problems[(problems == 0) & _mask(values.is_null())] = Problem.MISSING


def _outside(values: pa.Array, start: datetime, end: datetime) -> npt.NDArray[np.bool_]:
    bounds = (start.date(), end.date()) if pa.types.is_date32(values.type) else (start, end)
    low, high = (pa.scalar(bound, values.type) for bound in bounds)
    return _mask(pc.or_(pc.less(values, low), pc.greater_equal(values, high)))


def _mask(flags: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.fill_null(flags, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)


def _records(
    incoming: Incoming,
    cells: Mapping[str, pa.Array],
    wrong: Mapping[str, Problems],
    bad: npt.NDArray[np.int64],
    known: Mapping[str, Register],
) -> list[dict[str, Any]]:
    """Return one record per bad row: the first wrong column and its value, and the reasons of all."""
    records = []
    rows = _as_written(cells, bad)
    at = pa.array(bad)
    lone = incoming.filled.take(at).to_pylist() if incoming.filled is not None else [0] * len(bad)
    first = incoming.first.take(at).to_pylist() if incoming.first is not None else [""] * len(bad)
    lines = incoming.line.take(at).to_pylist()
    found = {name: problems[bad] for name, problems in wrong.items()}
    for position, (line, row) in enumerate(zip(lines, rows, strict=True)):
        columns = [name for name, problems in found.items() if problems[position]]
        reasons = []
        for name in columns:
            column, problem = incoming.contract.column(name), Problem(found[name][position])
            register = _register(column, row, known) if problem is Problem.REFERENCE else None
            reasons.append(describe(column, problem, row.get(name, ""), register, incoming.zone))
        value, kind = str(row.get(columns[0], "")), Problem(found[columns[0]][position]).name.lower()
        record = {"line": line, "column": columns[0], "value": value, "problem": kind, "reason": "; ".join(reasons)}
        record["row"] = row
        if lone[position] == 1:
            record |= {"lone": True, "text": first[position]}
        records.append(record)
    return records


def _as_written(cells: Mapping[str, pa.Array], positions: npt.NDArray[np.int64]) -> list[dict[str, str]]:
    """Return rows as text under canonical names, without empty cells."""
    if not len(positions):
        return []
    taken = {name: column.take(pa.array(positions)).cast(pa.string()) for name, column in cells.items()}
    rows = pa.table(taken).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _register(column: Column, row: Mapping[str, str], known: Mapping[str, Register]) -> Register:
    """Return the register in which a value should stand; that of an alias is named by its row."""
    if column.refers_to:
        return known[column.refers_to]
    words = ALIASES.column("feed").words
    written = row["feed"].strip()
    return known[next(feed for feed, spellings in words.items() if written.lower() in {feed, *spellings})]


def describe(
    column: Column, problem: Problem, value: str, register: Register | None = None, zone: ZoneInfo | None = None
) -> str:
    """Return what is wrong with a value and what to do about it, in both languages; an unknown one by its register."""
    shown = f"{column.zh} ({column.name}) = {value!r}: "
    if problem is Problem.MISSING:
        return shown + both("缺少必填值", "a required value is missing")
    if problem is Problem.BOUNDS:
        low = "-∞" if column.minimum is None else f"{column.minimum:g}"
        high = "∞" if column.maximum is None else f"{column.maximum:g}"
        return shown + both(f"超出范围 {low} … {high}", f"outside {low} … {high}") + (f" {column.unit}").rstrip()
    if problem is Problem.VOCABULARY:
        words = ", ".join(f"{word} ({spellings[0]})" if spellings else word for word, spellings in column.words.items())
        return shown + both(f"不在词表内，应为：{words}", f"not one of the accepted words: {words}")
    if problem is Problem.FORMULA or (problem is Problem.TYPE and value.startswith("=")):
        return shown + both(
            "公式没有结果值，请在表格软件中打开并保存一次，或改为数值后重新报送",
            "a formula without a result: open the file in a spreadsheet program and save it once, or send values",
        )
    if register is not None:
        return shown + register.advice(value)
    return shown + _unclear(column, problem, value, zone)


def _unclear(column: Column, problem: Problem, value: str, zone: ZoneInfo | None) -> str:
    """Return why a value cannot be taken for what its column holds."""
    if problem is Problem.AMBIGUOUS:
        return ambiguous_message(column, value)
    if problem is Problem.NONEXISTENT and zone is not None:
        return nonexistent_message(zone)
    if problem is Problem.PERIOD:
        return both(
            "不在本系统保存的时段内：首月（OPS_FIRST_MONTH）前一年至今后一年",
            "outside what this installation keeps: from a year before OPS_FIRST_MONTH to a year from now",
        )
    if column.dtype == "timestamp" and _TIME_ONLY.fullmatch(value):
        return both(
            '只有时刻，没有日期；日期在别处时，可在映射文件中写 template，如 "{日期} {时间}"',
            'a time of day without its date; where that stands elsewhere, a mapping may say template: "{date} {time}"',
        )
    return {
        "int64": both("不是整数", "not a whole number"),
        "float64": both("不是数字", "not a number"),
        "boolean": both("不是“是”或“否”", "neither yes nor no"),
        "timestamp": both("不是明确的时间，请写成 2026-03-01 08:26:00", "not a clear time; write 2026-03-01 08:26:00"),
        "date": both("不是明确的日期，请写成 2026-03-01", "not a clear date; write 2026-03-01"),
    }.get(column.dtype, both("无法识别", "not understood"))
