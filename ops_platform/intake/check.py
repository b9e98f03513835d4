"""One vectorised pass of a contract's rules over text cells: which rows may stand, which are set aside and why."""

from collections.abc import Mapping
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
from ops_platform.intake.keys import key_codes, last_of_each
from ops_platform.intake.values import Problem, Problems, convert
from ops_platform.intake.words import SUPERSEDED, both

LINE = "_line"
ZONE = "_zone"
"""Member of a quarantined row that says in which zone its times are written, where that is not the branch's own."""


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
    """What a contract's rules made of a file; every row read is in exactly one of the three.

    Attributes
    ----------
    rows
        Accepted rows in the contract's schema and the column ``_line``.
    quarantined
        One record per row: line, column, value, reason, row.
    duplicates
        Number of rows that repeat another row of the file in every column.
    """

    rows: pa.Table
    quarantined: list[dict[str, Any]]
    duplicates: int

    @property
    def read(self) -> int:
        """Number of rows read."""
        return len(self.rows) + len(self.quarantined) + self.duplicates


def check(incoming: Incoming, known: Mapping[str, pa.Array], span: tuple[datetime, datetime]) -> Checked:
    """Judge every row by its contract.

    Parameters
    ----------
    incoming
        The rows.
    known
        Feed to the keys that exist of it, for every feed that the contract refers to; no keys: all are unknown.
    span
        Business-local moments from which and before which facts are kept; a row placed outside is quarantined.

    Returns
    -------
    Checked
        Where two rows share a key, the later one stands; the earlier is a duplicate if it is the same in every column
        and quarantined if it is not.
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
    schema = contract.schema.append(pa.field(LINE, pa.int64()))
    rows = pa.Table.from_arrays([*values, incoming.line], names=schema.names)
    good = np.flatnonzero(~bad)
    records = _records(incoming, cells, wrong, np.flatnonzero(bad))
    kept, conflicts, duplicates = _repeats(contract, rows if len(good) == size else rows.take(pa.array(good)))
    positions = good[kept]
    records += _conflict_records(incoming, cells, good[conflicts[0]], good[conflicts[1]])
    records += [
        {"line": row.line, "column": "", "value": row.text, "reason": row.reason, "row": {"_text": row.text}}
        for row in incoming.broken
    ]
    accepted = rows if len(positions) == size else rows.take(pa.array(positions))
    return Checked(accepted.cast(schema), sorted(records, key=lambda record: record["line"]), duplicates)


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


def _repeats(
    contract: Contract, rows: pa.Table
) -> tuple[
    npt.NDArray[np.int64],
    tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    int,
]:
    """Return the rows that stand, those that a later one contradicts (and which), and how many are repeated whole."""
    codes = key_codes([rows.column(name) for name in contract.key])
    last = last_of_each(codes)
    if len(last) == len(rows):
        nothing = np.empty(0, dtype=np.int64)
        return np.arange(len(rows)), (nothing, nothing), 0
    kept = np.sort(last)
    earlier = np.setdiff1d(np.arange(len(rows)), kept, assume_unique=True)
    winner = last[np.searchsorted(codes[last], codes[earlier])]
    same = np.ones(len(earlier), dtype=bool)
    for name in contract.schema.names:
        ours, theirs = rows.column(name).take(pa.array(earlier)), rows.column(name).take(pa.array(winner))
        equal = pc.or_(
            pc.fill_null(pc.equal(ours, theirs), fill_value=False), pc.and_(ours.is_null(), theirs.is_null())
        )
        same &= equal.to_numpy()
    return kept, (earlier[~same], winner[~same]), int(same.sum())


def _records(
    incoming: Incoming, cells: Mapping[str, pa.Array], wrong: Mapping[str, Problems], bad: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Return one record per bad row: the first wrong column and its value, and the reasons of all."""
    records = []
    rows = _as_written(cells, bad)
    lines = incoming.line.take(pa.array(bad)).to_pylist()
    found = {name: problems[bad] for name, problems in wrong.items()}
    for position, (line, row) in enumerate(zip(lines, rows, strict=True)):
        columns = [name for name, problems in found.items() if problems[position]]
        reasons = [
            describe(incoming.contract.column(name), Problem(found[name][position]), row.get(name, ""))
            for name in columns
        ]
        value = str(row.get(columns[0], ""))
        records.append({"line": line, "column": columns[0], "value": value, "reason": "; ".join(reasons), "row": row})
    return records


def _conflict_records(
    incoming: Incoming,
    cells: Mapping[str, pa.Array],
    earlier: npt.NDArray[np.int64],
    winner: npt.NDArray[np.int64],
) -> list[dict[str, Any]]:
    key = incoming.contract.key
    lines = incoming.line.take(pa.array(earlier)).to_pylist()
    winners = incoming.line.take(pa.array(winner)).to_pylist()
    return [
        {
            "line": line,
            "column": key[0],
            "value": ", ".join(str(row.get(name, "")) for name in key),
            "reason": SUPERSEDED
            + ": "
            + both(f"第 {line} 行与第 {by} 行主键相同而内容不同", f"lines {line} and {by} share a key, but differ"),
            "row": row,
        }
        for line, by, row in zip(lines, winners, _as_written(cells, earlier), strict=True)
    ]


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
