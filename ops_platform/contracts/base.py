"""What a contract is: columns with dtype, unit, names in both languages, null rule, bounds, vocabulary, and a key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

Dtype = Literal["string", "int64", "float64", "boolean", "timestamp", "date", "binary"]
Grain = Literal["none", "month", "day"]

ARROW_TYPES: dict[Dtype, pa.DataType] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "binary": pa.binary(),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        Canonical name; carries the unit (``_min``, ``_dbm``, ``_at``, ``_on``).
    dtype
        Storage type.
    zh
        Chinese header, also the first recognised alias.
    aliases
        Further headers under which real systems export the column.
    unit
        Physical unit of the stored value, for people.
    nullable
        Whether a row may lack the value.
    minimum, maximum
        Inclusive bounds; a value outside breaks the contract.
    plausible
        Inclusive bounds outside which a value is stored but warned about.
    words
        Vocabulary: canonical value to the spellings accepted for it. A value outside breaks the contract.
    refers_to
        Feed whose single-column key must hold the value.
    en
        What the column is, in English, where its name alone does not say so.
    """

    name: str
    dtype: Dtype
    zh: str
    aliases: tuple[str, ...] = ()
    unit: str = ""
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    plausible: tuple[float, float] | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refers_to: str = ""
    en: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header under which the column is recognised."""
        return (self.name, self.zh, *self.aliases)

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type in which the column is stored."""
        return ARROW_TYPES[self.dtype]


@dataclass(frozen=True)
class Contract:
    """One table: a feed that arrives as files, or a table the platform derives.

    Attributes
    ----------
    name
        Table name, also the asset key.
    zh, en
        What a row is, in both languages.
    columns
        All columns, in order.
    key
        Names of the columns that identify a row.
    grain
        How the table is partitioned: not at all, by business-local month, by business-local day.
    placed_by
        Timestamp or date column that places a row in its partition; empty where ``grain`` is ``none``.
    until
        Column that ends the row's interval: the row concerns every month from ``placed_by`` to it (to now while null).
    lingers_days
        For how many days after ``placed_by`` later measures still look at the row.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    grain: Grain = "none"
    placed_by: str = ""
    until: str = ""
    lingers_days: int = 0

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        missing = [name for name in (*self.key, self.placed_by, self.until) if name and name not in names]
        if missing or len(set(names)) != len(names) or (self.grain == "none") != (self.placed_by == ""):
            raise ValueError(f"contract {self.name} is inconsistent: {missing or names}")

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema in which the table is stored."""
        return pa.schema([pa.field(column.name, column.arrow_type, column.nullable) for column in self.columns])

    def column(self, name: str) -> Column:
        """Return the column of this name.

        Raises
        ------
        KeyError
            If the contract has no such column.
        """
        return {column.name: column for column in self.columns}[name]


def text(name: str, zh: str, *aliases: str, nullable: bool = False, refers_to: str = "", en: str = "") -> Column:
    """Return a text column."""
    return Column(name, "string", zh, aliases, nullable=nullable, refers_to=refers_to, en=en)


def word(
    name: str, zh: str, words: Mapping[str, tuple[str, ...]], *aliases: str, nullable: bool = False, en: str = ""
) -> Column:
    """Return a text column whose values come from a vocabulary."""
    return Column(name, "string", zh, aliases, nullable=nullable, words=words, en=en)


def moment(name: str, zh: str, *aliases: str, nullable: bool = False, en: str = "") -> Column:
    """Return a timestamp column: business-local in files, UTC in storage."""
    return Column(name, "timestamp", zh, aliases, nullable=nullable, en=en)


def day(name: str, zh: str, *aliases: str, nullable: bool = False, en: str = "") -> Column:
    """Return a business-local date column."""
    return Column(name, "date", zh, aliases, nullable=nullable, en=en)


def flag(name: str, zh: str, *aliases: str, nullable: bool = False, en: str = "") -> Column:
    """Return a yes/no column."""
    return Column(name, "boolean", zh, aliases, nullable=nullable, en=en)


def count(name: str, zh: str, *aliases: str, unit: str = "", nullable: bool = False, en: str = "") -> Column:
    """Return a whole number that is never negative."""
    return Column(name, "int64", zh, aliases, unit, nullable, minimum=0, en=en)


def number(
    name: str,
    zh: str,
    *aliases: str,
    unit: str = "",
    nullable: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
    plausible: tuple[float, float] | None = None,
    en: str = "",
) -> Column:
    """Return a decimal number."""
    return Column(name, "float64", zh, aliases, unit, nullable, minimum, maximum, plausible, en=en)
