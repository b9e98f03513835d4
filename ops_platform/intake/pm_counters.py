"""Counters of PM files as rows of the feed ``cell_counters``, by the table of counter names."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts.counters import CELL_COUNTERS
from ops_platform.errors import PermanentError
from ops_platform.intake.check import Incoming
from ops_platform.intake.counter_names import NO_COUNTERS, Counter, CounterNames
from ops_platform.intake.keys import key_codes
from ops_platform.intake.pm_blocks import SLICE_ROWS, STAMP, Block
from ops_platform.intake.pm_dialects import pm_reader
from ops_platform.intake.values import reduce_list
from ops_platform.intake.words import both, shorten


def cell_counters(file_name: str, path: Path, zone: ZoneInfo, known: CounterNames) -> Iterator[Incoming]:
    """Yield the counters we know of a PM file as rows of ``cell_counters``, one per cell and period.

    A cell that stands in several ``measInfo`` of one period becomes one row, unless they contradict each other. The
    last batch carries the notes: what a person should know, and counters that the table of names lacks.

    Raises
    ------
    PermanentError
        If the file holds no counter that we know, or is no PM file.
    """
    reader = pm_reader(file_name, path, zone)
    found = False
    strange: set[str] = set()
    resets: list[str] = []
    waiting: list[Block] = []
    for blocks in reader.groups(path):
        strange |= {counter for block in blocks for counter in block.counters} - known.counters.keys()
        waiting += [block for block in blocks if any(counter in known.counters for counter in block.counters)]
        # What is done once for a batch would take most of the time if each small network element were one.
        if sum(len(block.objects) for block in waiting) >= SLICE_ROWS:
            found = True
            yield _incoming(waiting, known.counters, zone, resets)
            waiting = []
    if waiting:
        found = True
        yield _incoming(waiting, known.counters, zone, resets)
    shown = shorten(sorted(strange))
    if not found:
        raise PermanentError(
            both(
                f"{file_name}：没有一个已知计数器（文件中有 {shown}），请补充 counter_names.yaml",
                f"{file_name} holds no known counter, only {shown}: add them to counter_names.yaml",
            )
        )
    notes = reader.notes()
    if strange:
        version = known.version
        notes.append(
            both(
                f"未识别的计数器（计数器表版本 {version}）：{shown}",
                f"unknown counters, not used (table of counters, version {version}): {shown}",
            )
        )
    if resets:
        notes.append(both(f"计数器被清零：{shorten(resets)}", f"counters were reset: {shorten(resets)}"))
    yield Incoming(CELL_COUNTERS, {}, pa.array([], pa.int64()), zone, [], notes)


def _incoming(blocks: list[Block], known: Mapping[str, Counter], zone: ZoneInfo, resets: list[str]) -> Incoming:
    tables = [_table(block, known) for block in blocks]
    rows = pa.concat_tables(tables, promote_options="default").combine_chunks()
    rows = rows.set_column(0, "cell_id", _last_rdn(rows.column("cell_id").chunk(0)))
    columns = [name for name in rows.column_names if name not in NO_COUNTERS]
    rows = _merged(rows, columns) if len(tables) > 1 else rows
    cumulative = {counter.column for name, counter in known.items() if counter.cumulative and _in(name, blocks)}
    for name in sorted(cumulative):
        rows = _differences(rows, name, zone, resets)
    arrays = {name: rows.column(name).combine_chunks() for name in rows.column_names}
    line = arrays.pop("_line")
    return Incoming(CELL_COUNTERS, arrays, line, zone)


def _table(block: Block, known: Mapping[str, Counter]) -> pa.Table:
    size = len(block.objects)
    columns = {
        "cell_id": block.objects,
        "period_start_at": pa.repeat(pa.scalar(block.start_at, STAMP), size),
        "period_s": pa.repeat(pa.scalar(block.period_s, pa.int64()), size),
        "suspect": block.suspect,
        "_line": block.lines,
    }
    for at, name in enumerate(block.counters):
        if counter := known.get(name):
            values = block.of(at)
            columns[counter.column] = reduce_list(values, counter.of_list) if counter.of_list else values
    return pa.table(columns)


def _in(counter: str, blocks: list[Block]) -> bool:
    return any(counter in block.counters for block in blocks)


def _differences(rows: pa.Table, name: str, zone: ZoneInfo, resets: list[str]) -> pa.Table:
    """Replace a counter that goes on counting by what it counted in each period.

    There is no difference in the first period of a cell, and none where the counter fell because it was reset.
    """
    frame = rows.select(["cell_id", "period_start_at"]).to_pandas()
    frame["value"] = pd.to_numeric(rows.column(name).to_pandas(), errors="coerce")
    frame = frame.sort_values(["cell_id", "period_start_at"])
    change = frame.groupby("cell_id")["value"].diff()
    for cell, at in frame.loc[change < 0, ["cell_id", "period_start_at"]].itertuples(index=False):
        resets.append(f"{cell} {at.tz_convert(zone):%Y-%m-%d %H:%M} {name}")
    counted = change.where(change >= 0).astype("Int64").sort_index()
    text = pa.array(counted, pa.int64(), from_pandas=True).cast(pa.string())
    return rows.set_column(rows.schema.get_field_index(name), name, text)


def _merged(rows: pa.Table, columns: list[str]) -> pa.Table:
    """Join the rows of one cell and period, except where two of them give different values of one counter."""
    key = ["cell_id", "period_start_at", "period_s"]
    codes = key_codes(
        [pc.fill_null(rows.column("cell_id"), ""), rows.column("period_start_at"), rows.column("period_s")]
    )
    if len(np.unique(codes)) == len(rows):
        return rows
    coded = rows.append_column("_code", pa.array(codes))
    distinct = coded.group_by("_code").aggregate([(name, "count_distinct") for name in columns])
    torn = np.zeros(len(distinct), dtype=bool)
    for name in columns:
        torn |= distinct.column(f"{name}_count_distinct").to_numpy() > 1
    apart = pc.is_in(coded.column("_code"), distinct.column("_code").filter(pa.array(torn)).combine_chunks())
    whole = coded.filter(pc.invert(apart)).group_by("_code", use_threads=False)
    joined = whole.aggregate([*((name, "first") for name in [*key, *columns]), ("suspect", "max"), ("_line", "min")])
    renamed = pa.table(
        {
            **{name: joined.column(f"{name}_first") for name in [*key, *columns]},
            "suspect": joined.column("suspect_max"),
            "_line": joined.column("_line_min"),
        }
    )
    return pa.concat_tables([renamed, rows.filter(apart).select(renamed.column_names)]).sort_by("_line")


def _last_rdn(names: pa.Array) -> pa.Array:
    encoded = names.dictionary_encode()
    last = pc.replace_substring_regex(encoded.dictionary, r"^.*[=/]", "")
    return pc.if_else(pc.equal(last, ""), pa.scalar(None, pa.string()), last).take(encoded.indices)
