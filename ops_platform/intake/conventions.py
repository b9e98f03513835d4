"""What a file decides once for all of its rows: does the day or the month come first, is the comma a decimal sign.

Proof is a value that can be read in one way only: 25/06/2001, or 4,662778. A file with proof of both decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Column, Contract
from ops_platform.intake import period_ends
from ops_platform.intake.converting import has_byte, tidy_narrow, where

_SLASHED = r"^(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.]\d{4}(?:\D|$)"
_MONTHS, _MOST_DAYS = 12, 31
_NUMBER = r"^[+-]?(?P<body>[\d.,' ]*\d[.,]?) *(?:[^\d\s.,'+-].*)?$"
# A group of thousands has three digits and the first group does not begin with 0: 86,87,2 and 0,123 have no thousands.
_POINT = r"^(\d*|[1-9]\d{0,2}(?:,\d{3})+)(\.\d*)?$"
_COMMA = r"^(\d*|[1-9]\d{0,2}(?:\.\d{3})+)(,\d*)?$"
_GROUPED = r"^([1-9]\d{0,2}(?:[ ']\d{3})+)([.,]\d*)?$"

DAY_FIRST, DECIMAL_COMMA = "_day_first", "_decimal_comma"


@dataclass(frozen=True)
class Conventions:
    """How the dates and numbers of one file are written.

    Attributes
    ----------
    day_first
        Whether 01/02/2026 is 1 February; None where the file does not decide.
    decimal_comma
        Whether 1,234 is a little more than one; None where the file does not decide.
    surveyed
        Whether the whole file was looked at, so that None means that it does not decide, not that nobody looked.
    """

    day_first: bool | None = None
    decimal_comma: bool | None = None
    surveyed: bool = False

    @property
    def decided(self) -> dict[str, bool]:
        """What is decided, as a quarantined row keeps it so that it can be read again without its file."""
        found = {DAY_FIRST: self.day_first, DECIMAL_COMMA: self.decimal_comma}
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Conventions":
        """Return what was decided for the file of a quarantined row."""
        return cls(row.get(DAY_FIRST), row.get(DECIMAL_COMMA), surveyed=True)


UNDECIDED = Conventions()


class Forms(NamedTuple):
    """A number's body with a decimal point and nothing else under each convention, null where it cannot be read so."""

    point: pa.Array
    comma: pa.Array


def decimal_comma_forms(body: pa.Array, *, whole: bool) -> Forms:
    """Read bodies of numbers (no sign, no unit) under both conventions.

    Parameters
    ----------
    body
        Text, shape (n,).
    whole
        Whether only whole numbers are meant: then 6,5 is no number but a list.
    """
    if has_byte(body, " ", "'"):
        grouped = pc.match_substring_regex(body, _GROUPED)
        body = pc.if_else(grouped, pc.replace_substring_regex(body, "[ ']", ""), body)
    point = where(pc.match_substring_regex(body, _POINT), pc.replace_substring(body, ",", ""))
    comma = where(
        pc.match_substring_regex(body, _COMMA),
        pc.replace_substring(pc.replace_substring(body, ".", ""), ",", "."),
    )
    return Forms(_whole(point), _whole(comma)) if whole else Forms(point, comma)


def _whole(numbers: pa.Array) -> pa.Array:
    return where(pc.match_substring_regex(numbers, r"^\d+(\.0*)?$"), numbers)


class Survey:
    """Collects proof while a file's columns pass by; `decide` says what the file proves.

    Parameters
    ----------
    fixed
        What a mapping has decided already; it stands whatever the file holds.
    """

    def __init__(self, fixed: Conventions = UNDECIDED) -> None:
        self._fixed = fixed
        self._day_first: set[bool] = set()
        self._decimal_comma: set[bool] = set()

    def see(self, column: Column, cells: pa.Array) -> None:
        """Look at cells of a column; anything but text proves nothing, and most columns need no look."""
        if pa.types.is_dictionary(cells.type):
            cells = cells.dictionary
        if not pa.types.is_string(cells.type):
            return
        if column.dtype in {"timestamp", "date"} and self._fixed.day_first is None:
            self._see_days(cells)
        elif column.dtype in {"int64", "float64"} and self._fixed.decimal_comma is None:
            self._see_numbers(cells, whole=column.dtype == "int64")

    def decide(self) -> Conventions:
        """Return what mapping and file decide."""
        day_first = next(iter(self._day_first)) if len(self._day_first) == 1 else None
        decimal_comma = next(iter(self._decimal_comma)) if len(self._decimal_comma) == 1 else None
        return Conventions(
            day_first if self._fixed.day_first is None else self._fixed.day_first,
            decimal_comma if self._fixed.decimal_comma is None else self._fixed.decimal_comma,
            surveyed=True,
        )

    def _see_days(self, cells: pa.Array) -> None:
        if len(self._day_first) > 1:
            return
        try:
            cells.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            text, _ = tidy_narrow(period_ends.split(pc.unique(cells))[1])
            parts = pc.extract_regex(text, _SLASHED)
            first, second = (pc.struct_field(parts, name).cast(pa.int64()) for name in ("first", "second"))
            for day, month, day_first in ((first, second, True), (second, first, False)):
                proof = pc.and_(
                    pc.and_(pc.greater(day, _MONTHS), pc.less_equal(day, _MOST_DAYS)), pc.less_equal(month, _MONTHS)
                )
                if pc.any(proof).as_py():
                    self._day_first.add(day_first)

    def _see_numbers(self, cells: pa.Array, *, whole: bool) -> None:
        commas = has_byte(cells, ",") or not pc.all(pc.string_is_ascii(cells)).as_py()
        if len(self._decimal_comma) > 1 or not (commas or has_byte(cells, ".")):
            return
        # Once the point is proven, a column without commas could only prove more with several points in one number.
        several = r"\.\d{3}\."
        if not commas and self._decimal_comma == {False}:
            cells = cells.filter(pc.match_substring_regex(cells, several))
        text, _ = tidy_narrow(pc.unique(cells))
        body = pc.struct_field(pc.extract_regex(text, _NUMBER), "body")
        point, comma = decimal_comma_forms(body, whole=False)
        for form, other, decimal_comma in ((comma, point, True), (point, comma, False)):
            proof = where(other.is_null(), form)
            if (_whole(proof) if whole else proof).null_count < len(proof):
                self._decimal_comma.add(decimal_comma)


def survey(
    batches: Iterable[Mapping[str, pa.Array]],
    contract: Contract,
    fixed: Conventions = UNDECIDED,
) -> Conventions:
    """Return what a file decides.

    Parameters
    ----------
    batches
        Canonical name to text, each array of shape (n,); names that the contract lacks are passed over.
    contract
        The feed's contract.
    fixed
        What a mapping has decided already.
    """
    seen = Survey(fixed)
    columns = {column.name: column for column in contract.columns}
    for batch in batches:
        for name, cells in batch.items():
            if name in columns:
                seen.see(columns[name], cells)
    return seen.decide()
