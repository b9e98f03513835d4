"""What a KPI is: one declaration from which computation, every roll-up, and its page are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypedDict

import ibis
import ibis.expr.types as ir

Count = Callable[[ir.Table], ir.Value]
"""An expression over one row of the KPI's table: how much the row adds to a sum."""


def none(_row: object) -> ir.Value:
    """Count nothing."""
    return ibis.literal(0, "int64")


def one(_row: object) -> ir.Value:
    """Count every row."""
    return ibis.literal(1, "int64")


def count(column: str) -> Count:
    """Count what a column holds."""
    return lambda row: row[column]


def when(condition: ir.Value) -> ir.Value:
    """Count the rows for which a condition is true; unknown counts as false."""
    return ibis.cases((condition, one(condition)), else_=none(condition))


class Counts(TypedDict):
    """Three of the counts of a `Kpi`."""

    numerator: Count
    denominator: Count
    excluded: Count


def within_limit(took: str, limit: str, age: str, exempt: str) -> Counts:
    """Count what was done within its limit, against what was done or can no longer be done in time.

    Parameters
    ----------
    took, limit, age
        Columns in one unit: how long it took (null while not done), how long it may take, and since when it waits.
    exempt
        Column that names the exclusion that takes a row out of both sums and counts it as excluded; null where none.
    """
    return {
        "numerator": lambda row: when(row[exempt].isnull() & (row[took] <= row[limit])),
        "denominator": lambda row: when(row[exempt].isnull() & (row[took].notnull() | (row[age] > row[limit]))),
        "excluded": lambda row: when(row[exempt].notnull()),
    }


class KnownCounts(TypedDict):
    """Three of the counts of a `Kpi`, for what is not always known."""

    numerator: Count
    denominator: Count
    missing: Count


def at_least_once(times: str) -> KnownCounts:
    """Count the rows to which something happened at all, against those of which it is known how often."""
    return {
        "numerator": lambda row: when(row[times] > 0),
        "denominator": lambda row: when(row[times].notnull()),
        "missing": lambda row: when(row[times].isnull()),
    }


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """The declaration of one KPI.

    Attributes
    ----------
    id
        Name in tables, settings and targets.
    zh, en
        Names for readers.
    meaning_zh, meaning_en
        One sentence: what is divided by what.
    table
        Table over which it is computed, with ``office_id`` and ``staff_id`` among its columns.
    day, subject
        Columns that hold the business-local date and what the row is about.
    numerator, denominator
        What a row adds to the two sums.
    excluded, suspect, missing
        What a row adds to the counts shown beside the value.
    where
        Rows that concern the KPI; all where None.
    evidence
        Columns of the table by which a reader recognises what is behind a row, and why it counts as it does.
    part, weights
        Column of the item and its weights, where the value is a weighted sum of ratios of sums.
    product
        The value is the product of its parts' ratios of sums instead; the weights name the parts and are all 1.
    scale
        Factor from the ratio to the unit.
    unit
        Unit of the value.
    decimals
        Digits after the point when shown.
    better
        Which direction is good.
    source
        Where the definition comes from.
    house
        Whether no published standard gives it.
    version, effective_from
        Version of the definition, and from which date it holds.
    """

    id: str
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    table: str
    day: str
    subject: str
    numerator: Count
    denominator: Count
    excluded: Count = none
    suspect: Count = none
    missing: Count = none
    where: Count | None = None
    evidence: tuple[str, ...] = ()
    part: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    product: bool = False
    scale: float = 100.0
    unit: str = "%"
    decimals: int = 2
    better: Literal["higher", "lower"]
    source: str
    house: bool = False
    version: str = "1"
    effective_from: date = date(2026, 1, 1)
