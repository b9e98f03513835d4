"""One vectorised pass of a contract's rules over a batch: which rows may stand, which are set aside and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import FEEDS, Column, Contract
from ops_platform.intake.cells import Broken
from ops_platform.intake.values import Problem, Problems, convert
from ops_platform.intake.words import TOTALS, both

LINE = "_line"
ZONE = "_zone"
"""Member of a quarantined row that says in which zone its times are written, where that is not the branch's own."""

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
    """

    contract: Contract
    columns: Mapping[str, pa.Array]
    line: pa.Array
    zone: ZoneInfo
    broken: list[Broken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first: pa.Array | None = None
    filled: pa.Array | None = None


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
    """

    rows: pa.Table
    quarantined: list[dict[str, Any]]
    totals: list[tuple[int, str]]
    notes: list[str]


def check(incoming: Incoming, known: Mapping[str, pa.Array], span: tuple[datetime, datetime]) -> Checked:
    """Judge every row of a batch by its contract.

    Parameters
    ----------
    incoming
        The rows.
    known
        Feed to the keys that exist of it, for every feed that the contract refers to; no keys: all are unknown.
    span
        Business-local moments from which and before which facts are kept; a row placed outside is quarantined.
    """
    contract = incoming.contract
    size = len(incoming.line)
    cells = {c.name: incoming.columns.get(c.name, pa.nulls(size, pa.string())) for c in contract.columns}
    values: list[pa.Array] = []
    wrong: dict[str, Problems] = {}
    for column in contract.columns:
        converted, problems = convert(column, cells[column.name], incoming.zone)
        _judge(column, converted, problems, known)
        if column.name == contract.placed_by:
            problems[(problems == 0) & _outside(converted, *span)] = Problem.PERIOD
        values.append(converted)
        if problems.any():
            wrong[column.name] = problems
    bad = np.zeros(size, dtype=bool)
    for problems in wrong.values():
        bad |= problems > 0
    total = _totals(incoming)
    rows = pa.Table.from_arrays([*values, incoming.line], schema=accepted_schema(contract))
    records = _records(incoming, cells, wrong, np.flatnonzero(bad & ~total))
    records += [
        {"line": row.line, "column": "", "value": row.text, "reason": row.reason, "row": {"_text": row.text}}
        | ({"lone": True, "text": row.text} if row.cells == 1 else {})
        for row in incoming.broken
    ]
    good = ~(bad | total)
    return Checked(
        rows if good.all() else rows.filter(pa.array(good)),
        sorted(records, key=lambda record: record["line"]),
        _remarks(incoming, np.flatnonzero(total)),
        incoming.notes,
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
    word = pc.utf8_lower(pc.utf8_trim(incoming.first, " \u3000:：*"))
    return _mask(pc.is_in(word, pa.array(TOTALS)))


def _remarks(incoming: Incoming, positions: npt.NDArray[np.int64]) -> list[tuple[int, str]]:
    if incoming.first is None or not len(positions):
        return []
    at = pa.array(positions)
    return list(zip(incoming.line.take(at).to_pylist(), incoming.first.take(at).to_pylist(), strict=True))


def _judge(column: Column, values: pa.Array, problems: Problems, known: Mapping[str, pa.Array]) -> None:
    """Add to a column's problems what its contract forbids."""
    if column.minimum is not None or column.maximum is not None:
        outside = np.zeros(len(values), dtype=bool)
        span = pc.min_max(values).as_py()
        if column.minimum is not None and span["min"] is not None and span["min"] < column.minimum:
            outside |= _mask(pc.less(values, column.minimum))
        if column.maximum is not None and span["max"] is not None and span["max"] > column.maximum:
            outside |= _mask(pc.greater(values, column.maximum))
        problems[outside] = Problem.BOUNDS
    if column.refers_to:
        encoded = values.dictionary_encode()
        strange = pc.invert(pc.is_in(encoded.dictionary, known.get(column.refers_to, pa.array([], pa.string()))))
        if pc.any(strange).as_py():
            problems[_mask(strange.take(encoded.indices))] = Problem.REFERENCE
    if not column.nullable and values.null_count:
        problems[(problems == 0) & _mask(values.is_null())] = Problem.MISSING


def _outside(values: pa.Array, start: datetime, end: datetime) -> npt.NDArray[np.bool_]:
    bounds = (start.date(), end.date()) if pa.types.is_date32(values.type) else (start, end)
    low, high = (pa.scalar(bound, values.type) for bound in bounds)
    return _mask(pc.or_(pc.less(values, low), pc.greater_equal(values, high)))


def _mask(flags: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.fill_null(flags, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)


def _records(
    incoming: Incoming, cells: Mapping[str, pa.Array], wrong: Mapping[str, Problems], bad: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Return one record per bad row: the first wrong column and its value, and the reasons of all."""
    records = []
    rows = _as_written(cells, bad)
    at = pa.array(bad)
    lone = incoming.filled.take(at).to_pylist() if incoming.filled is not None else [0] * len(bad)
    first = incoming.first.take(at).to_pylist() if incoming.first is not None else [""] * len(bad)
    lines = incoming.line.take(pa.array(bad)).to_pylist()
    found = {name: problems[bad] for name, problems in wrong.items()}
    for position, (line, row) in enumerate(zip(lines, rows, strict=True)):
        columns = [name for name, problems in found.items() if problems[position]]
        reasons = [
            describe(incoming.contract.column(name), Problem(found[name][position]), row.get(name, ""))
            for name in columns
        ]
        value = str(row.get(columns[0], ""))
        record = {"line": line, "column": columns[0], "value": value, "reason": "; ".join(reasons), "row": row}
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


def describe(column: Column, problem: Problem, value: str) -> str:
    """Return what is wrong with a value and what to do about it, in both languages."""
    shown = f"{column.zh} ({column.name}) = {value!r}: "
    if problem is Problem.MISSING:
        return shown + both("缺少必填值", "a required value is missing")
    if problem is Problem.BOUNDS:
        low = "-∞" if column.minimum is None else f"{column.minimum:g}"
        high = "∞" if column.maximum is None else f"{column.maximum:g}"
        return shown + both(f"超出范围 {low} … {high}", f"outside {low} … {high}") + (f" {column.unit}").rstrip()
    if problem is Problem.PERIOD:
        return shown + both(
            "不在本系统保存的时段内：首月（OPS_FIRST_MONTH）前一年至今后一年",
            "outside what this installation keeps: from a year before OPS_FIRST_MONTH to a year from now",
        )
    if problem is Problem.VOCABULARY:
        words = ", ".join(f"{word} ({spellings[0]})" if spellings else word for word, spellings in column.words.items())
        return shown + both(f"不在词表内，应为：{words}", f"not one of the accepted words: {words}")
    if problem is Problem.REFERENCE:
        noun = FEEDS[column.refers_to].zh.partition("：")[0]
        thing = column.name.removesuffix("_id")
        return shown + both(
            f"未知{noun}，请先报送 {column.refers_to}",
            f"unknown {thing}: not in {column.refers_to}; send {column.refers_to} first",
        )
    return shown + {
        "int64": both("不是整数", "not a whole number"),
        "float64": both("不是数字", "not a number"),
        "boolean": both("不是“是”或“否”", "neither yes nor no"),
        "timestamp": both("不是明确的时间，请写成 2026-03-01 08:26:00", "not a clear time; write 2026-03-01 08:26:00"),
        "date": both("不是明确的日期，请写成 2026-03-01", "not a clear date; write 2026-03-01"),
    }.get(column.dtype, both("无法识别", "not understood"))
