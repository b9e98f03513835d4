"""Results of performance measurement as tables: objects by counters, one table per measured group and period."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

STAMP = pa.timestamp("us", "UTC")
SLICE_ROWS = 20_000
"""So many results are kept as Python objects; Arrow takes a fraction of their memory."""


@dataclass(frozen=True)
class Block:
    """The results of one ``measInfo``: a table of objects by counters.

    Attributes
    ----------
    counters
        Names of the counters, shape (k,).
    objects, lines, suspect
        ``measObjLdn``, line of the file and suspect flag of each ``measValue``, each of shape (n,).
    values
        Text of the counters of one object after the other, null where absent, shape (n * k,).
    """

    managed_element: str
    start_at: datetime
    end_at: datetime
    period_s: int
    counters: list[str]
    objects: pa.Array
    lines: pa.Array
    suspect: pa.Array
    values: pa.Array

    def of(self, counter: int) -> pa.Array:
        """Return the values of the counter at this position, shape (n,)."""
        return self.values.take(pa.array(np.arange(counter, len(self.values), len(self.counters))))


@dataclass
class Results:
    """A ``measInfo`` while it is being read."""

    end_at: datetime | None = None
    period_s: int = 0
    counters: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """Position of a counter by its ``p``."""
    objects: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    suspect: list[bool] = field(default_factory=list)
    values: list[str | None] = field(default_factory=list)
    """The values of one ``measValue`` after the other, each in the order of ``counters``."""
    texts: list[str] = field(default_factory=list)
    """Instead of values the text of each ``measResults``, which Arrow splits faster."""

    @cached_property
    def _split(self) -> pa.Array:
        return pc.ascii_split_whitespace(pc.ascii_trim_whitespace(pa.array(self.texts, pa.string())))

    def torn(self) -> tuple[int, int] | None:
        """Return position and number of values of the first text that has not one value for each counter."""
        # An empty text splits into one empty value, where there is none.
        none = pc.and_(pc.equal(pc.list_value_length(self._split), 1), pc.equal(pc.list_element(self._split, 0), ""))
        sizes = pc.if_else(none, 0, pc.list_value_length(self._split))
        wrong = np.flatnonzero(sizes.to_numpy() != len(self.counters))
        return (int(wrong[0]), sizes[int(wrong[0])].as_py()) if len(wrong) else None

    def fit(self) -> bool:
        """Return whether each object has a text, or a value for each counter."""
        size = len(self.objects)
        return len(self.texts) == size if self.texts else len(self.values) == size * len(self.counters)

    def block(self, managed_element: str, end_at: datetime) -> Block:
        """Return the results in Arrow, which takes a fraction of the memory of Python's lists."""
        return Block(
            managed_element,
            end_at - timedelta(seconds=self.period_s),
            end_at,
            self.period_s,
            self.counters,
            pa.array(self.objects, pa.string()),
            pa.array(self.lines, pa.int64()),
            pa.array(self.suspect, pa.bool_()),
            pc.list_flatten(self._split) if self.texts else pa.array(self.values, pa.string()),
        )


def long_table(blocks: list[Block]) -> pa.Table:
    """Return one row per object, period and counter.

    Returns
    -------
    pyarrow.Table
        Columns managed_element, measObjLdn, period_start_at (UTC, end less duration), period_s, counter, value (text
        as it stands in the file, null where absent), suspect.
    """
    schema = pa.schema(
        [
            ("managed_element", pa.string()),
            ("measObjLdn", pa.string()),
            ("period_start_at", STAMP),
            ("period_s", pa.int64()),
            ("counter", pa.string()),
            ("value", pa.string()),
            ("suspect", pa.bool_()),
        ]
    )
    tables = []
    for block in blocks:
        size, width = len(block.objects), len(block.counters)
        rows = pa.array(np.repeat(np.arange(size), width))
        names = pa.array(np.tile(np.arange(width), size))
        tables.append(
            pa.Table.from_arrays(
                [
                    pa.repeat(pa.scalar(block.managed_element), size * width),
                    block.objects.take(rows),
                    pa.repeat(pa.scalar(block.start_at, STAMP), size * width),
                    pa.repeat(pa.scalar(block.period_s, pa.int64()), size * width),
                    pa.array(block.counters, pa.string()).take(names),
                    block.values,
                    block.suspect.take(rows),
                ],
                schema=schema,
            )
        )
    return pa.concat_tables(tables) if tables else schema.empty_table()
