"""What a KPI is: one declaration from which computation, every roll-up, and its page are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypedDict

import ibis
import ibis.expr.types as ir

from ops_platform.clock import first_day

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


SOURCES: Mapping[str, str] = {
    "3GPP TS 32.450 6.4.1; missing counters leave the time": "3GPP TS 32.450 6.4.1；缺失的计数不计时长",
    "Form of 3GPP TS 32.450 6.4.1": "参照 3GPP TS 32.450 6.4.1 的形式",
    "House": "内部口径",
    "House formula; 98 % is operator practice": "公式为内部口径；98 % 为运营商惯例",
    "House: the selected one of the worst-cell rules in docs/definitions.md": (
        "内部口径：所选的最坏小区规则，见 docs/definitions.md"
    ),
    "House; in the manner of missing files in a vendor's availability rule": (
        "内部口径；参照厂家可用率规则中对缺失文件的处理"
    ),
    "In the manner of TRAI 2017, Network_QSD(90,90)": "参照 TRAI 2017 的 Network_QSD(90,90)",
    "In the manner of 3GPP TS 32.450 6.3.1": "参照 3GPP TS 32.450 6.3.1",
    "MIIT 2009: at most 48 h": "工信部 2009：不超过 48 小时",
    "MIIT 2009: mean at most 24 h": "工信部 2009：平均不超过 24 小时",
    "MIIT 2009; ITU-T E.425": "工信部 2009；ITU-T E.425",
    "Operator practice": "运营商惯例",
    "Operator practice; model in docs/definitions.md": "运营商惯例；模型见 docs/definitions.md",
    "Operator-defined; not retainability (TS 32.450 6.2.1)": "运营商自定；不同于 TS 32.450 6.2.1 的保持性",
    "The operator's work plan": "运营商作业计划",
    "Vendor rule: manual time leaves the time": "厂家规则：人工闭塞不计时长",
}
"""Where definitions come from, in English and Chinese; what is not here names a document and reads the same in both."""


def because(reason: str) -> Count:
    """Name one reason for every row that is left out."""
    return lambda _row: ibis.literal(reason)


class Counts(TypedDict):
    """Three of the counts of a `Kpi`, and why a row is left out."""

    numerator: Count
    denominator: Count
    excluded: Count
    reason: Count


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
        "reason": count(exempt),
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
    reason
        Why a row is excluded: a word of `ops_platform.kpi.fairness.REASONS`, or the numbers of entries of the registers
        of exclusions and planned work.
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
        Version of the definition, and from which date it holds. To change a definition, declare another version beside
        the one that months before that date keep.
    red_below, blue_above
        Bounds of the conditional format, where the KPI has one.
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
    reason: Count | None = None
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
    red_below: float | None = None
    blue_above: float | None = None

    @property
    def event(self) -> str:
        """The column that names what a row is about: the fault, the outage, the site or cell of the day."""
        return self.evidence[0]

    @property
    def source_zh(self) -> str:
        """Where the definition comes from, in Chinese."""
        return SOURCES.get(self.source, self.source)

    @property
    def origin(self) -> Literal["standard", "operator", "house"]:
        """Whether a published standard gives the definition, the operator's own practice, or nobody but the house."""
        if self.house:
            return "house"
        return "operator" if self.source.startswith(("Operator", "The operator", "Vendor")) else "standard"

    def band(self, value: float | None) -> str:
        """Return ``red`` or ``blue`` where a value is outside the bounds of its conditional format, else nothing."""
        if value is None:
            return ""
        if self.red_below is not None and value < self.red_below:
            return "red"
        return "blue" if self.blue_above is not None and value > self.blue_above else ""


def in_force(versions: Sequence[Kpi], month: str) -> tuple[Kpi, ...]:
    """Return of each KPI the version that holds for a whole month, in the order in which the KPIs are declared.

    Parameters
    ----------
    versions
        Declarations; those of one id are versions of one KPI.
    month
        ``YYYY-MM``. The newest version whose ``effective_from`` is not after its first day holds; before all of them,
        the first does.
    """
    found: dict[str, Kpi] = {}
    for kpi in sorted(versions, key=lambda one: one.effective_from):
        if kpi.id not in found or kpi.effective_from <= first_day(month):
            found[kpi.id] = kpi
    return tuple(found[kpi_id] for kpi_id in dict.fromkeys(one.id for one in versions))
