"""Text cells to typed values, one vectorised pass per column; most of it runs on the distinct values only.

Local times become UTC here. Holds what a value means, not whether a row may stand (`check` does). How numbers and times
are written is in `numbers` and `times`.
"""

from collections.abc import Callable, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Column
from ops_platform.intake.conventions import UNDECIDED, Conventions
from ops_platform.intake.converting import Problem, Problems, as_problems, tidy, where
from ops_platform.intake.numbers import numbers, quick
from ops_platform.intake.times import days, moments
from ops_platform.intake.words import NO, YES, both

__all__ = [
    "Problem", "Problems", "Reduction", "ambiguous_message", "convert", "nonexistent_message", "reduce_list",
    "twice_message", "without_sentinels",
]  # fmt: skip

Reduction = Literal["first", "sum", "max", "count"]
_SEPARATORS = r"\s*[,;|，；、]\s*"
_FORMULA = r"^=\s*[-+@]?[A-Za-z$'(]"
_ITEM = r"^(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))\s*(?P<unit>[^\d\s.+-]\D*)?$"


def convert(
    column: Column, cells: pa.Array, zone: ZoneInfo, conventions: Conventions = UNDECIDED
) -> tuple[pa.Array, Problems]:
    """Return the values of a column in its contract's type and what is wrong with each cell.

    Parameters
    ----------
    column
        The column's contract.
    cells
        Text, null where the cell is empty, shape (n,); or values that already have the contract's type.
    zone
        Time zone of times written without one.
    conventions
        What the file decides once for all rows; a cell that needs what is undecided is `Problem.AMBIGUOUS`.

    Returns
    -------
    tuple
        Values of the contract's type, null where missing or wrong, and one `Problem` per cell, both of shape (n,).
    """
    if cells.type == column.arrow_type and column.dtype != "string":
        return cells, np.zeros(len(cells), dtype=np.uint8)
    if column.dtype in {"int64", "float64"}:
        return quick(column, cells, conventions) or _by_distinct(cells, lambda text: numbers(column, text, conventions))
    converters: dict[str, Callable[[pa.Array], tuple[pa.Array, Problems]]] = {
        "string": lambda text: _words(column, text) if column.words else _texts(column, text),
        "boolean": _flags,
        "timestamp": lambda text: moments(text, zone, conventions),
        "date": lambda text: days(text, conventions),
    }
    return _by_distinct(cells, converters[column.dtype])


def ambiguous_message(column: Column, value: str) -> str:
    """Return why a value is `Problem.AMBIGUOUS` and what to do, in both languages."""
    if column.dtype in {"timestamp", "date"}:
        return both(
            f"文件不能确定 {value} 这类日期是日在前还是月在前（如 01/02/2026 是 2 月 1 日还是 1 月 2 日），"
            "请在映射文件中写 day_first: true 或 false",
            f"the file does not decide whether the day or the month comes first in dates like {value} (is 01/02/2026 "
            "1 February or 2 January?); a mapping file may say day_first: true or false",
        )
    return both(
        f"文件不能确定 {value} 这类数字中逗号和点哪个是小数点、哪个是千位分隔符，"
        "请在映射文件中写 decimal_comma: true 或 false",
        f"the file does not decide which of comma and point is the decimal sign in numbers like {value}, and which "
        "parts thousands; a mapping file may say decimal_comma: true or false",
    )


def nonexistent_message(zone: ZoneInfo) -> str:
    """Return why a value is `Problem.NONEXISTENT` and what to do, in both languages."""
    return both(
        f"时区 {zone.key} 中没有这一时刻（夏令时开始时被跳过），请更正时间，或检查映射文件的 time_zone",
        f"there is no such time in {zone.key}: clocks skip it when daylight saving begins; correct the time, or the "
        "time_zone of the mapping file",
    )


def twice_message(column: Column, count: int, zone: ZoneInfo) -> str:
    """Return the note on times that come twice (counted by `times.comes_twice`), in both languages."""
    return both(
        f"{column.zh} ({column.name})：{count} 个时间在时区 {zone.key} 中出现两次（夏令时结束），按较早的一次读取",
        f"{column.name}: {count} times come twice in {zone.key}, where clocks go back; the earlier was taken",
    )


def without_sentinels(column: Column, cells: pa.Array, sentinels: Sequence[str]) -> pa.Array:
    """Empty the cells that hold one of the values by which a source says that there is none.

    Parameters
    ----------
    column
        The column's contract: in a numeric one -1 is also -1.0.
    cells
        Text, or values of the contract's type, shape (n,).
    sentinels
        What the source writes, such as ``-200``, ``27203``, ``0/Grill``; case does not matter.

    Returns
    -------
    pyarrow.Array
        The cells, null where they are a sentinel, shape (n,).
    """
    listed = pa.array([sentinel.strip().upper() for sentinel in sentinels], pa.string())
    text = cells.cast(pa.string())
    gone = pc.is_in(pc.utf8_upper(pc.utf8_trim_whitespace(text)), listed)
    if column.dtype in {"int64", "float64"}:
        plain = pc.drop_null(_as_decimal(listed))
        gone = pc.or_(gone, pc.is_in(_as_decimal(pc.utf8_trim_whitespace(text)), plain, skip_nulls=True))
    return where(pc.invert(gone), cells)


def reduce_list(cells: pa.Array, how: Reduction) -> pa.Array:
    """Make one value of a list in a cell: of "3HP , 3HP" the first is 3HP, the sum 6HP, the count 2.

    Parameters
    ----------
    cells
        Text, items parted by comma, semicolon, bar or their Chinese forms, shape (n,).
    how
        ``first``, ``sum``, ``max`` or ``count``.

    Returns
    -------
    pyarrow.Array
        Text, shape (n,). A list with an item that is no number, or with several units, has no sum and no greatest and
        stays as it is, so that `convert` sets it aside.
    """
    encoded = cells.dictionary_encode()
    return _reduce(encoded.dictionary, how).take(encoded.indices)


def _reduce(text: pa.Array, how: Reduction) -> pa.Array:
    lists = pc.split_pattern_regex(text, _SEPARATORS)
    items, owner = pc.utf8_trim_whitespace(pc.list_flatten(lists)), pc.list_parent_indices(lists)
    table = pa.table({"owner": owner, "item": items})
    table = table.filter(pc.not_equal(table["item"], ""))
    if how in {"first", "count"}:
        found = table.group_by("owner", use_threads=False).aggregate([("item", how)])
        result = found[f"item_{how}"]
        good = pa.array(np.ones(len(found), dtype=bool))
    else:
        parts = pc.extract_regex(table["item"].combine_chunks(), _ITEM)
        table = table.append_column("number", pc.struct_field(parts, "number").cast(pa.float64()))
        table = table.append_column("unit", pc.struct_field(parts, "unit"))
        found = table.group_by("owner", use_threads=False).aggregate(
            [("number", how), ("number", "count"), ("item", "count"), ("unit", "count_distinct"), ("unit", "first")]
        )
        result = pc.binary_join_element_wise(found[f"number_{how}"].cast(pa.string()), found["unit_first"], "")
        good = pc.and_(pc.equal(found["number_count"], found["item_count"]), pc.equal(found["unit_count_distinct"], 1))
    at = pc.index_in(pa.array(np.arange(len(text)), owner.type), found["owner"].combine_chunks())
    chosen = pc.if_else(good, result.cast(pa.string()), pa.scalar(None, pa.string()))
    return pc.coalesce(_flat(chosen).take(at), text)


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _as_decimal(text: pa.Array) -> pa.Array:
    return where(pc.match_substring_regex(text, r"^[+-]?\d+(\.\d*)?$"), pc.replace_substring(text, "+", "")).cast(
        pa.float64()
    )


def _by_distinct(
    cells: pa.Array, function: Callable[[pa.Array], tuple[pa.Array, Problems]]
) -> tuple[pa.Array, Problems]:
    encoded = cells.dictionary_encode()
    values, problems = function(encoded.dictionary)
    indices = encoded.indices
    null = encoded.indices.is_null().to_numpy(zero_copy_only=False)
    positions = pc.fill_null(indices, 0).to_numpy(zero_copy_only=False)
    found = problems[positions] if len(problems) else np.zeros(len(cells), dtype=np.uint8)
    return values.take(indices), np.where(null, np.uint8(0), found).astype(np.uint8)


def _texts(column: Column, text: pa.Array) -> tuple[pa.Array, Problems]:
    trimmed, missing = tidy(text)
    formula = pc.match_substring_regex(trimmed, _FORMULA)
    # Where text is required, "无" or "NA" is what the person wrote, not the absence of it.
    gone = missing if column.nullable else pc.equal(trimmed, "")
    return where(pc.invert(pc.or_(gone, formula)), trimmed), as_problems(formula, Problem.FORMULA)


def _words(column: Column, text: pa.Array) -> tuple[pa.Array, Problems]:
    spelling = {
        spelled.strip().upper(): canonical
        for canonical, spellings in column.words.items()
        for spelled in (*spellings, canonical)
    }
    trimmed, missing = tidy(text)
    position = pc.index_in(pc.utf8_upper(trimmed), pa.array(list(spelling), pa.string()))
    values = pa.array(list(spelling.values()), pa.string()).take(position)
    return values, as_problems(pc.and_(values.is_null(), pc.invert(missing)), Problem.VOCABULARY)


def _flags(text: pa.Array) -> tuple[pa.Array, Problems]:
    trimmed, missing = tidy(text)
    upper = pc.utf8_upper(trimmed)
    yes, no = pc.is_in(upper, pa.array(YES)), pc.is_in(upper, pa.array(NO))
    known = pc.or_(yes, no)
    return where(known, yes), as_problems(pc.invert(pc.or_(known, missing)), Problem.TYPE)
