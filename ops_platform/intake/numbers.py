"""Numbers as people write them: thousands separators, decimal commas, percent signs, units, durations, degrees."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Column
from ops_platform.intake import coordinates, durations, units
from ops_platform.intake.conventions import Conventions, decimal_comma_forms
from ops_platform.intake.converting import Problem, Problems, as_problems, has_byte, mask, tidy_narrow, where

_PARTS = r"^(?P<sign>[+-]?)(?P<body>[\d.,' ]*\d[.,]?)(?P<exponent>[eE][+-]?\d+)? *(?P<unit>[^\d\s.,'+-].*)?$"
_PLAIN = r"^\d*\.?\d*$"
_DIGITS = 18
_EXACT = 2.0**53


def numbers(column: Column, text: pa.Array, conventions: Conventions) -> tuple[pa.Array, Problems]:
    """Return the numbers that texts mean in a column, in its unit, and what is wrong with each text."""
    trimmed, missing = tidy_narrow(text)
    plain_numbers = quick(column, where(pc.invert(missing), trimmed), conventions)
    if plain_numbers is not None:
        return plain_numbers
    parts = pc.extract_regex(trimmed, _PARTS)
    plain, ambiguous = _plain(pc.struct_field(parts, "body"), conventions, whole=column.dtype == "int64")
    minus = pc.replace_substring(pc.struct_field(parts, "sign"), "+", "")
    signed = pc.binary_join_element_wise(minus, plain, pc.struct_field(parts, "exponent"), "")
    unit = pc.struct_field(parts, "unit")
    bare = pc.equal(unit, "")
    values = where(bare, signed).cast(pa.float64())
    to_unit = units.of(column)
    if not pc.all(pc.fill_null(bare, fill_value=True)).as_py():
        values = pc.coalesce(values, units.into(signed.cast(pa.float64()), where(pc.invert(bare), unit), to_unit))
    if values.null_count and units.is_time(to_unit):
        values = pc.coalesce(values, units.convert(durations.seconds(trimmed), "s", to_unit))
    if values.null_count and units.is_degrees(to_unit):
        values = pc.coalesce(values, coordinates.degrees(trimmed, column.name))
    values = where(pc.is_finite(values), values)
    if column.dtype == "int64":
        values = _whole(values, where(bare, signed))
    unclear = pc.and_(pc.fill_null(ambiguous, fill_value=False), values.is_null())
    problems = as_problems(pc.invert(pc.or_(values.is_valid(), missing)), Problem.TYPE)
    problems[mask(unclear)] = Problem.AMBIGUOUS
    return values, problems


def quick(column: Column, cells: pa.Array, conventions: Conventions) -> tuple[pa.Array, Problems] | None:
    """Convert plain numbers at once; None where some cell needs a closer look."""
    if pa.types.is_dictionary(cells.type):
        return None
    try:
        values = cells.cast(column.arrow_type)
    except pa.ArrowInvalid:
        return None
    if conventions.decimal_comma and pa.types.is_string(cells.type) and has_byte(cells, "."):
        return None
    # Arrow reads "0x10" as 16; no counter is written so, and a site code that is must not become a number.
    odd = (
        pa.types.is_string(cells.type) and has_byte(cells, "x", "X")
        if column.dtype == "int64"
        else not pc.all(pc.is_finite(values)).as_py()
    )
    return None if odd and len(values) > values.null_count else (values, np.zeros(len(cells), dtype=np.uint8))


def _plain(body: pa.Array, conventions: Conventions, *, whole: bool) -> tuple[pa.Array, pa.Array]:
    """Return numbers with a decimal point and nothing else, null where there is none, and which need the file."""
    if conventions.decimal_comma is not None:
        forms = decimal_comma_forms(body, whole=whole)
        return (forms.comma if conventions.decimal_comma else forms.point), pa.repeat(pa.scalar(value=False), len(body))
    plain = where(pc.match_substring_regex(body, _PLAIN), body)
    if plain.null_count == body.null_count:
        return plain, pa.repeat(pa.scalar(value=False), len(body))
    forms = decimal_comma_forms(body, whole=whole)
    return plain, pc.and_(plain.is_null(), pc.or_(forms.point.is_valid(), forms.comma.is_valid()))


def _whole(values: pa.Array, written: pa.Array) -> pa.Array:
    """Return whole numbers: exactly as written where no unit came between, else those that came out whole."""
    digits = pc.replace_substring_regex(written, r"\.0*$", "")
    exact = where(pc.match_substring_regex(digits, rf"^-?\d{{1,{_DIGITS}}}$"), digits).cast(pa.int64())
    rounded = pc.round(values)
    close = pc.and_(
        pc.less_equal(pc.abs(pc.subtract(values, rounded)), pc.multiply(1e-9, pc.add(pc.abs(values), 1.0))),
        pc.less(pc.abs(values), _EXACT),
    )
    converted = where(pc.and_(pc.fill_null(close, fill_value=False), written.is_null()), rounded).cast(pa.int64())
    return pc.coalesce(exact, converted)
