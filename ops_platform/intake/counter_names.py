"""The table of counter names: which column of ``cell_counters`` a counter of a PM file is, and how it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator
from rapidfuzz import process

from ops_platform.contracts.counters import CELL_COUNTERS
from ops_platform.errors import PermanentError
from ops_platform.intake.values import Reduction
from ops_platform.intake.words import both
from ops_platform.intake.yaml_files import documents, said

FILE = "counter_names.yaml"
NO_COUNTERS = frozenset({"cell_id", "period_start_at", "period_s", "suspect", "_line"})
COLUMNS = tuple(name for name in CELL_COUNTERS.schema.names if name not in NO_COUNTERS)


class Counter(BaseModel):
    """What one counter is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    of_list: Reduction | None = None
    """What is taken where the vendor writes a list; otherwise a list is no number, and its row is set aside."""
    cumulative: bool = False
    """Whether it goes on counting: then its value is the difference from the period before."""

    @field_validator("column")
    @classmethod
    def _exists(cls, column: str) -> str:
        if column not in COLUMNS:
            near = ", ".join(choice for choice, _, _ in process.extract(column, COLUMNS, limit=3))
            raise ValueError(f"cell_counters has no column {column}; try {near}")
        return column


def _as_counter(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    vendors: dict[str, dict[str, Annotated[Counter, BeforeValidator(_as_counter)]]]


@dataclass(frozen=True)
class CounterNames:
    """The counters that an installation knows.

    Attributes
    ----------
    version
        Of the platform's table, and of the installation's where it has one.
    counters
        By their names.
    """

    version: str
    counters: Mapping[str, Counter]


def counter_names(folder: Path | None = None) -> CounterNames:
    """Return the platform's table, extended and overridden by that of an installation's mappings folder.

    Raises
    ------
    PermanentError
        If a table is wrong; names the file and the entry.
    """
    ours = _load(Path(__file__).with_name(FILE))
    own = folder / FILE if folder else None
    if own is None or not own.exists():
        return CounterNames(str(ours.version), _flat(ours))
    theirs = _read(own)
    return CounterNames(f"{ours.version} + {theirs.version}", _flat(ours) | _flat(theirs))


@cache
def _load(file: Path) -> _Table:
    return _read(file)


def _read(file: Path) -> _Table:
    try:
        return _Table.model_validate(documents(file)[0])
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise _wrong(file.name, f"{place}: {said(problem)}") from error
    except (ValueError, IndexError) as error:
        raise _wrong(file.name, str(error)) from error


def _wrong(name: str, text: str) -> PermanentError:
    return PermanentError(both(f"计数器表 {name} 有误：{text}", f"the table of counters {name} is wrong: {text}"))


def _flat(table: _Table) -> dict[str, Counter]:
    return {name: counter for names in table.vendors.values() for name, counter in names.items()}
