"""Dates and times as systems write them; local times become UTC by the IANA rules."""

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.intake import period_ends
from ops_platform.intake.conventions import Conventions
from ops_platform.intake.converting import Flags, Problem, Problems, has_byte, has_text, mask, tidy_narrow, where

_CLOCK = (
    r"(?P<before>上午|下午|AM|PM)? *(?P<h>\d{1,2})"
    r"(?::(?P<min>\d{1,2})(?::(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?)?|\.(?P<dotmin>\d{2})(?:\.(?P<dots>\d{2}))?)"
    r"(?: *(?P<after>上午|下午|AM|PM))?(?: *,? *(?P<z>Z|UTC|GMT|[+-]\d{1,2}(?::\d{1,2}|\d{2})?))?"
)
_MOMENT = (
    r"(?i)^(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|"
    r"(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>\d{4}))"
    rf"(?:[ T_,]+(?:{_CLOCK}|(?P<hour>\d{{2}})))?$"
)
_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:[ T_]?(\d{2})(\d{2})(\d{2})?(\.\d+)?(Z|[+-]\d{4})?)?$"
_SERIAL = r"^\d{5}(\.\d+)?$"
_SERIALS = (36_526, 73_050)
_SERIAL_OF_1970 = 25_569
_YEARS = (1970, 2100)
_HOURS, _HALF_DAY, _SIXTY, _MOST_OFFSET_H = 24, 12, 60, 14
_SECOND, _DAY_S = 1_000_000, 86_400
_NO_OFFSET = -(10**9)
_OFFSET = r"(?i)(?:\d *,? *(?:Z|UTC|GMT)|:\d{1,2}(?:\.\d+)? *,? *[+-]\d{1,2}:?\d{0,2}|^\d{14}[+-]\d{4})$"

Stamps = npt.NDArray[np.datetime64]
Ints = npt.NDArray[np.int64]


def moments(text: pa.Array, zone: ZoneInfo, conventions: Conventions) -> tuple[pa.Array, Problems]:
    """Return UTC timestamps, and what is wrong with each text.

    Of an hour that comes twice when clocks go back, the earlier is taken; a time that clocks skip is not understood.
    Where a text is the end of a period (`period_ends`), its start is returned.
    """
    lengths, text = period_ends.split(text)
    naive = _iso(text, pa.timestamp("us"))
    offset, problems = None, np.zeros(len(text), dtype=np.uint8)
    if naive is None:
        stamps, offset, problems, gone = _calendar(text, conventions)
        naive = pa.array(stamps, pa.timestamp("us"), mask=(problems > 0) | gone)
    try:
        local = pc.assume_timezone(naive, zone.key, ambiguous="raise", nonexistent="raise")
    except pa.ArrowInvalid:
        local = pc.assume_timezone(naive, zone.key, ambiguous="earliest", nonexistent="earliest")
    utc = local.cast(pa.timestamp("us", "UTC"))
    skipped = mask(pc.not_equal(pc.local_timestamp(local), naive))
    if offset is not None:
        zoned = offset != _NO_OFFSET
        absolute = pc.subtract(naive, pa.array(np.where(zoned, offset, 0), pa.int64()).cast(pa.duration("s")))
        utc = pc.if_else(pa.array(zoned), absolute.cast(pa.timestamp("us")).cast(utc.type), utc)
        skipped &= ~zoned
    if skipped.any():
        problems = np.where(skipped, np.uint8(Problem.NONEXISTENT), problems).astype(np.uint8)
        utc = where(pa.array(~skipped), utc)
    return (utc if lengths is None else pc.subtract(utc, lengths)), problems


def days(text: pa.Array, conventions: Conventions) -> tuple[pa.Array, Problems]:
    """Return dates, and what is wrong with each text: a time of day other than midnight is, and an offset."""
    quick = _iso(text, pa.date32())
    if quick is not None:
        return quick, np.zeros(len(text), dtype=np.uint8)
    stamps, offset, problems, gone = _calendar(text, conventions)
    whole = stamps.astype("datetime64[D]")
    timed = ((stamps != whole) | (offset != _NO_OFFSET)) & ~gone
    problems = np.where(timed, np.uint8(Problem.TYPE), problems).astype(np.uint8)
    return pa.array(whole, pa.date32(), mask=(problems > 0) | gone), problems


def comes_twice(cells: pa.Array, values: pa.Array, zone: ZoneInfo) -> int:
    """Return how many local times without an offset lie in an hour that comes twice, and were taken as the earlier.

    Parameters
    ----------
    cells
        The texts, plain or by their distinct values, shape (n,).
    values
        The UTC timestamps that `moments` made of them, shape (n,).
    zone
        Time zone of times written without one.
    """
    if not _clocks_change(values, zone):
        return 0
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(pa.string())
    if not pa.types.is_string(cells.type):
        return 0
    lengths, cells = period_ends.split(cells)
    values = values if lengths is None else pc.add(values, lengths)
    local = pc.local_timestamp(values.cast(pa.timestamp("us", zone.key)))
    earlier, later = (
        pc.assume_timezone(local, zone.key, ambiguous=which, nonexistent="earliest") for which in ("earliest", "latest")
    )
    twice = pc.not_equal(earlier, later)
    if not pc.any(twice).as_py():
        return 0
    texts, _ = tidy_narrow(cells.filter(twice))
    return int(pc.sum(pc.invert(pc.match_substring_regex(texts, _OFFSET))).as_py())


def _clocks_change(values: pa.Array, zone: ZoneInfo) -> bool:
    """Return whether a zone's offset differs on any two days around the values."""
    span = pc.min_max(values.cast(pa.timestamp("us")))
    if span["min"].as_py() is None:
        return False
    low, high = (np.datetime64(span[end].as_py(), "D") for end in ("min", "max"))
    every_day = pa.array(np.arange(low - 1, high + 3).astype("datetime64[us]"), pa.timestamp("us", "UTC"))
    local = pc.local_timestamp(every_day.cast(pa.timestamp("us", zone.key)))
    return len(pc.unique(pc.subtract(local, every_day.cast(pa.timestamp("us"))))) > 1


def _iso(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Read texts that are all ISO 8601 or 2026/03/01 at once; None where some text needs a closer look."""
    values = _cast(text, kind)
    if values is None and has_byte(text, "/"):
        values = _cast(pc.replace_substring(text, "/", "-"), kind)
    if values is None:
        return None
    years = pc.min_max(pc.year(values))
    low, high = years["min"].as_py(), years["max"].as_py()
    return values if low is None or (low >= _YEARS[0] and high <= _YEARS[1]) else None


def _cast(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        return None


def _calendar(text: pa.Array, conventions: Conventions) -> tuple[Stamps, Ints, Problems, Flags]:
    """Return moments as written, their offsets in seconds, what is wrong with each text, and which say nothing."""
    trimmed, missing = tidy_narrow(text)
    serial = _serials(trimmed)
    parts = pc.extract_regex(_spelled_out(trimmed), _MOMENT)
    matched = mask(parts.is_valid())
    year = _piece(parts, "y") + _piece(parts, "year")
    month, day = _piece(parts, "m"), _piece(parts, "d")
    first, second = _piece(parts, "first"), _piece(parts, "second")
    slashed = first + second > 0
    date, real = _dates(year, np.where(slashed, second, month), np.where(slashed, first, day))
    unclear = np.zeros(len(text), dtype=bool)
    if slashed.any() and not conventions.day_first:
        other, other_real = _dates(year, np.where(slashed, first, month), np.where(slashed, second, day))
        if conventions.day_first is None:
            unclear = slashed & (first != second) & (real | other_real)
        else:
            date, real = other, other_real
    seconds, micros, clock = _of_day(parts)
    offset, possible = _offsets(pc.fill_null(pc.struct_field(parts, "z"), ""))
    stamps = date.astype("datetime64[us]") + (seconds * _SECOND + micros).astype("timedelta64[us]")
    told = ~np.isnat(serial)
    stamps = np.where(told, serial, stamps)
    gone = mask(missing)
    well_formed = matched & clock & possible
    problems = np.where(told | gone | (well_formed & real), Problem.NONE, Problem.TYPE).astype(np.uint8)
    problems[unclear & well_formed & ~gone] = Problem.AMBIGUOUS
    return stamps, np.where(told, _NO_OFFSET, offset), problems, gone


def _spelled_out(text: pa.Array) -> pa.Array:
    """Write 20260301082600, 2026年3月1日 and 8时26分 with the usual signs."""
    if pc.any(pc.match_substring_regex(text, r"^\d{8}")).as_py():
        dated = pc.replace_substring_regex(text, r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3")
        dated = pc.replace_substring_regex(dated, _COMPACT, r"\1-\2-\3 \4:\5:\6\7\8")
        text = pc.replace_substring_regex(dated, r"^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}):(\D|$)", r"\1\2")
    if pc.all(pc.string_is_ascii(text)).as_py():
        return text
    for pattern, sign in (
        (r"[年月](\d)", r"-\1"),
        (r"日\s*", " "),
        (r"[时時点點](\d)", r":\1"),
        (r"分(\d)", r":\1"),
        (r"(\d)[时時点點]整?$", r"\1:00"),
        (r"(\d)[分秒]$", r"\1"),
    ):
        text = pc.replace_substring_regex(text, pattern, sign)
    return pc.utf8_trim_whitespace(text)


def _serials(text: pa.Array) -> Stamps:
    """Return Excel's serial dates (1900 system) to the second, NaT elsewhere."""
    told = pc.match_substring_regex(text, _SERIAL)
    if not pc.any(told).as_py():
        return np.full(len(text), np.datetime64("NaT"), dtype="datetime64[us]")
    number = where(told, text).cast(pa.float64())
    number = where(pc.and_(pc.greater_equal(number, _SERIALS[0]), pc.less_equal(number, _SERIALS[1])), number)
    seconds = pc.round(pc.multiply(pc.subtract(number, _SERIAL_OF_1970), _DAY_S)).cast(pa.int64())
    stamps = seconds.cast(pa.timestamp("s")).to_numpy(zero_copy_only=False)
    return np.asarray(stamps, dtype="datetime64[us]")


def _piece(parts: pa.Array, name: str) -> Ints:
    field = pc.fill_null(pc.struct_field(parts, name), "")
    if not has_text(field):
        return np.zeros(len(field), dtype=np.int64)
    digits = pc.if_else(pc.equal(field, ""), "0", field)
    return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _dates(year: Ints, month: Ints, day: Ints) -> tuple[Stamps, Flags]:
    safe = np.clip(month, 1, 12)
    months = ((year - 1970) * 12 + safe - 1).astype("datetime64[M]")
    date = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    real = (month == safe) & (day >= 1) & (date.astype("datetime64[M]") == months)
    return date, real & (year >= _YEARS[0]) & (year <= _YEARS[1])


def _of_day(parts: pa.Array) -> tuple[Ints, Ints, Flags]:
    """Return seconds of the day, microseconds, and whether there is such a time of day."""
    hour = _piece(parts, "h") + _piece(parts, "hour")
    minute, second = _piece(parts, "min") + _piece(parts, "dotmin"), _piece(parts, "s") + _piece(parts, "dots")
    micros = _micros(pc.fill_null(pc.struct_field(parts, "f"), ""))
    before, after = (pc.utf8_upper(pc.fill_null(pc.struct_field(parts, name), "")) for name in ("before", "after"))
    real = (hour < _HOURS) & (minute < _SIXTY) & (second < _SIXTY)
    if not has_text(before) and not has_text(after):
        return (hour * _SIXTY + minute) * _SIXTY + second, micros, real
    half = pc.if_else(pc.equal(before, ""), after, before)
    morning, evening = (mask(pc.is_in(half, pa.array(words))) for words in (["AM", "上午"], ["PM", "下午"]))
    halved = morning | evening
    twice = mask(pc.and_(pc.not_equal(before, ""), pc.not_equal(after, "")))
    # 下午 15:00 is written as well, and is as clear as 3:00.
    hour = np.where(halved & (hour == _HALF_DAY), 0, hour)
    hour = np.where(evening & (hour < _HALF_DAY), hour + _HALF_DAY, hour)
    real &= ~twice & ~(morning & (hour > _HALF_DAY))
    return (hour * _SIXTY + minute) * _SIXTY + second, micros, real


def _micros(fraction: pa.Array) -> Ints:
    if not has_text(fraction):
        return np.zeros(len(fraction), dtype=np.int64)
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, 6, "0"), 0, 6)
    return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _offsets(text: pa.Array) -> tuple[Ints, Flags]:
    """Return offsets in seconds, _NO_OFFSET where there is none, and which are possible."""
    if not has_text(text):
        return np.full(len(text), _NO_OFFSET), np.ones(len(text), dtype=bool)
    zulu = pc.is_in(pc.utf8_upper(text), pa.array(["Z", "UTC", "GMT"]))
    plain = pc.if_else(zulu, "+0", text)
    parts = pc.extract_regex(plain, r"^(?P<sign>[+-])(?P<h>\d{1,2}):?(?P<min>\d{1,2})?$")
    hours, minutes = _piece(parts, "h"), _piece(parts, "min")
    seconds = (hours * _SIXTY + minutes) * _SIXTY
    minus = mask(pc.equal(pc.struct_field(parts, "sign"), "-"))
    none = mask(pc.equal(text, ""))
    offset = np.where(none, _NO_OFFSET, np.where(minus, -seconds, seconds))
    return offset, none | ((hours <= _MOST_OFFSET_H) & (minutes < _SIXTY))
