"""Text cells to typed values, one vectorised pass per column; most of it runs on the distinct values only.

Local times become UTC here. Holds what a value means, not whether a row may stand (`check` does).
"""

from collections.abc import Callable
from enum import IntEnum
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Column
from ops_platform.intake.words import MISSING, NO, YES


class Problem(IntEnum):
    """What may be wrong with one cell; 0 is nothing."""

    NONE = 0
    TYPE = 1
    BOUNDS = 2
    VOCABULARY = 3
    REFERENCE = 4
    MISSING = 5
    PERIOD = 6


Problems = npt.NDArray[np.uint8]
_WHOLE = r"^[+-]?\d{1,18}(\.0*)?$"
_DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_MOMENT = (
    r"^(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|年(?P<mz>\d{1,2})月(?P<dz>\d{1,2})日)"
    r"(?:[ T_]+(?P<h>\d{1,2})[:.](?P<min>\d{2})(?:[:.](?P<s>\d{2})(?:\.(?P<f>\d{1,9}))?)?)?"
    r" *(?P<z>Z|[+-]\d{2}:?\d{2})?$"
)
_YEARS = (1970, 2100)
_HOURS, _SIXTY = 24, 60


def convert(column: Column, cells: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, Problems]:
    """Return the values of a column in its contract's type and what is wrong with each cell.

    Parameters
    ----------
    column
        The column's contract.
    cells
        Text, null where the cell is empty, shape (n,); or values that already have the contract's type.
    zone
        Time zone of times written without one.

    Returns
    -------
    tuple
        Values of the contract's type, null where missing or wrong, and one `Problem` per cell, both of shape (n,).
    """
    if cells.type == column.arrow_type and column.dtype != "string":
        return cells, np.zeros(len(cells), dtype=np.uint8)
    if column.dtype in {"int64", "float64"}:
        return _quick_number(column, cells) or _by_distinct(cells, lambda text: _numbers(column, text))
    converters: dict[str, Callable[[pa.Array], tuple[pa.Array, Problems]]] = {
        "string": lambda text: _words(column, text) if column.words else _texts(column, text),
        "boolean": _flags,
        "timestamp": lambda text: _moments(text, zone),
        "date": _days,
    }
    return _by_distinct(cells, converters[column.dtype])


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


def _quick_number(column: Column, cells: pa.Array) -> tuple[pa.Array, Problems] | None:
    """Convert plain numbers at once; None where some cell needs a closer look."""
    try:
        values = cells.cast(column.arrow_type)
    except pa.ArrowInvalid:
        return None
    odd = _has_hexadecimal(cells) if column.dtype == "int64" else not pc.all(pc.is_finite(values)).as_py()
    return None if odd and len(values) > values.null_count else (values, np.zeros(len(cells), dtype=np.uint8))


def _has_hexadecimal(cells: pa.Array) -> bool:
    # Arrow reads "0x10" as 16; no counter is written so, and a site code that is must not become a number.
    buffer = cells.buffers()[2]
    return buffer is not None and bool((np.frombuffer(buffer, dtype=np.uint8) | 0x20 == ord("x")).any())


def _tidy(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return trimmed text and whether each value says that there is none."""
    trimmed = pc.utf8_trim_whitespace(text)
    return trimmed, pc.is_in(pc.utf8_upper(trimmed), pa.array(MISSING))


def _where(good: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(good, values, pa.scalar(None, values.type))


def _problems(wrong: pa.Array, problem: Problem) -> Problems:
    mask = pc.fill_null(wrong, fill_value=False).to_numpy(zero_copy_only=False)
    return np.where(mask, np.uint8(problem), np.uint8(0)).astype(np.uint8)


def _numbers(column: Column, text: pa.Array) -> tuple[pa.Array, Problems]:
    trimmed, missing = _tidy(text)
    good = pc.match_substring_regex(trimmed, _WHOLE if column.dtype == "int64" else _DECIMAL)
    plain = pc.replace_substring_regex(trimmed, r"^\+", "")
    if column.dtype == "int64":
        plain = pc.replace_substring_regex(plain, r"\.0*$", "")
    values = _where(good, plain).cast(column.arrow_type)
    if column.dtype == "float64":
        good = pc.and_(good, pc.fill_null(pc.is_finite(values), fill_value=False))
        values = _where(good, values)
    return values, _problems(pc.invert(pc.or_(good, missing)), Problem.TYPE)


def _texts(column: Column, text: pa.Array) -> tuple[pa.Array, Problems]:
    trimmed, missing = _tidy(text)
    # Where text is required, "无" or "NA" is what the person wrote, not the absence of it.
    gone = missing if column.nullable else pc.equal(trimmed, "")
    return _where(pc.invert(gone), trimmed), np.zeros(len(text), dtype=np.uint8)


def _words(column: Column, text: pa.Array) -> tuple[pa.Array, Problems]:
    spelling = {
        spelled.strip().upper(): canonical
        for canonical, spellings in column.words.items()
        for spelled in (*spellings, canonical)
    }
    trimmed, missing = _tidy(text)
    position = pc.index_in(pc.utf8_upper(trimmed), pa.array(list(spelling), pa.string()))
    values = pa.array(list(spelling.values()), pa.string()).take(position)
    return values, _problems(pc.and_(values.is_null(), pc.invert(missing)), Problem.VOCABULARY)


def _flags(text: pa.Array) -> tuple[pa.Array, Problems]:
    trimmed, missing = _tidy(text)
    upper = pc.utf8_upper(trimmed)
    yes, no = pc.is_in(upper, pa.array(YES)), pc.is_in(upper, pa.array(NO))
    known = pc.or_(yes, no)
    return _where(known, yes), _problems(pc.invert(pc.or_(known, missing)), Problem.TYPE)


def _days(text: pa.Array) -> tuple[pa.Array, Problems]:
    days, seconds, offset, good, missing = _calendar(text)
    good &= (seconds == 0) & (offset == "")
    values = pa.array(days.astype("datetime64[D]"), pa.date32(), mask=~good)
    return values, np.where(good | missing, np.uint8(0), np.uint8(Problem.TYPE)).astype(np.uint8)


def _moments(text: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, Problems]:
    days, micros, offset, good, missing = _calendar(text)
    naive = days.astype("datetime64[us]") + micros.astype("timedelta64[us]")
    stamps = pa.array(naive, pa.timestamp("us"), mask=~good)
    # A local time that daylight saving repeats or skips is taken as the earlier of the two it could be.
    local = pc.assume_timezone(stamps, zone.key, ambiguous="earliest", nonexistent="earliest")
    zoned = offset != ""
    utc = pc.cast(local, pa.timestamp("us", "UTC"))
    if zoned.any():
        shift = np.array([_offset_minutes(sign) for sign in offset], dtype="timedelta64[m]")
        absolute = pa.array(naive - shift, pa.timestamp("us", "UTC"), mask=~good)
        utc = pc.if_else(pa.array(zoned), absolute, utc)
    return utc, np.where(good | missing, np.uint8(0), np.uint8(Problem.TYPE)).astype(np.uint8)


def _calendar(
    text: pa.Array,
) -> tuple[
    npt.NDArray[np.datetime64],
    npt.NDArray[np.int64],
    npt.NDArray[np.str_],
    npt.NDArray[np.bool_],
    npt.NDArray[np.bool_],
]:
    """Cut text into day, microseconds of the day and offset; say which values are real moments, which are missing."""
    trimmed, gone = _tidy(text)
    compact = pc.replace_substring_regex(
        trimmed, r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(Z|[+-]\d{4})?$", r"\1-\2-\3 \4:\5:\6\7"
    )
    parts = pc.extract_regex(compact, _MOMENT)
    matched = parts.is_valid().to_numpy(zero_copy_only=False)

    def piece(name: str) -> npt.NDArray[np.int64]:
        field = pc.fill_null(pc.struct_field(parts, name), "")
        digits = pc.if_else(pc.equal(field, ""), "0", field)
        return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)

    year, month, day = piece("y"), piece("m") + piece("mz"), piece("d") + piece("dz")
    hour, minute, second = piece("h"), piece("min"), piece("s")
    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(pc.struct_field(parts, "f"), ""), 6, "0"), 0, 6)
    micros = fraction.cast(pa.int64()).to_numpy(zero_copy_only=False)
    safe_month = np.clip(month, 1, 12)
    months = ((year - 1970) * 12 + safe_month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    real = (
        matched
        & (month == safe_month)
        & (day >= 1)
        & (days.astype("datetime64[M]") == months)
        & (year >= _YEARS[0])
        & (year <= _YEARS[1])
        & (hour < _HOURS)
        & (minute < _SIXTY)
        & (second < _SIXTY)
    )
    offset = np.asarray(pc.fill_null(pc.struct_field(parts, "z"), "").to_numpy(zero_copy_only=False), dtype=str)
    of_day = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros
    return days, of_day, offset, real, gone.to_numpy(zero_copy_only=False)


def _offset_minutes(offset: str) -> int:
    if offset in {"", "Z"}:
        return 0
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return -minutes if offset[0] == "-" else minutes
