"""The judged batches of one receipt, put together: accepted rows staged, bad ones set aside, remarks noted."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from ops_platform.contracts import Contract
from ops_platform.intake.check import LINE, Checked
from ops_platform.intake.receipts import Outcome, distinct, set_aside
from ops_platform.intake.staging import Staging
from ops_platform.intake.values import twice_message
from ops_platform.intake.words import SUPERSEDED, both, shorten
from ops_platform.settings import Settings
from ops_platform.state import State

_MOST_REMARKS = 1000
_CONFLICTS_AT_ONCE = 10_000


class Collector:
    """Takes the batches of a file in order and knows, across sheets, where each row stands.

    Parameters
    ----------
    contract
        The feed.
    receipt
        Id of the receipt that is being read.
    staging
        Where accepted rows go.
    """

    def __init__(self, contract: Contract, receipt: int, staging: Staging, state: State, settings: Settings) -> None:
        self._contract = contract
        self._receipt = receipt
        self._staging = staging
        self._state = state
        self._settings = settings
        self._sheets: list[tuple[int, str]] = []
        """Position before each sheet's first row, and its name; a position is a row's place in reading order."""
        self._end = 0
        self._good = False
        self._lone: list[dict[str, Any]] = []
        self._remarks: list[str] = []
        self._notes: list[str] = []
        self._quarantined = 0
        self._twice: Counter[tuple[str, str]] = Counter()
        self._left_out: Counter[str] = Counter()
        self._resolved: Counter[tuple[str, str, str]] = Counter()

    def add(self, sheet: str, checked: Checked) -> None:
        """Take the next batch of a sheet."""
        if not self._sheets or sheet != self._sheets[-1][1]:
            self._end_sheet()
            self._sheets.append((self._end, sheet))
        start = self._sheets[-1][0]
        good = pc.max(checked.rows.column(LINE)).as_py() or 0
        if good:
            self._good = True
            self._set_aside(self._lone)
            self._lone = []
        lone = [record for record in checked.quarantined if record.pop("lone", False) and record["line"] > good]
        lines = {record["line"] for record in lone}
        self._set_aside([record for record in checked.quarantined if record["line"] not in lines])
        self._lone += lone
        if len(self._lone) > _MOST_REMARKS:
            self._set_aside(self._lone)
            self._lone = []
        self._remarks += [self._remark(line, text) for line, text in checked.totals]
        self._notes = distinct([*self._notes, *checked.notes])
        self._resolved.update(checked.resolved)
        self._twice.update(checked.twice)
        self._left_out.update(checked.left_out)
        last = max([good, *(record["line"] for record in checked.quarantined)])
        self._end = max(self._end, start + last)
        rows = checked.rows
        if start:
            at = rows.schema.get_field_index(LINE)
            rows = rows.set_column(at, LINE, pc.add(rows.column(LINE), start))
        self._staging.add(rows)

    def finish(self) -> Outcome:
        """Settle repeated keys, publish the rows and return the outcome."""
        self._end_sheet()
        repeats = self._staging.settle()
        for start in range(0, len(repeats.conflicts), _CONFLICTS_AT_ONCE):
            self._set_aside_conflicts(repeats.conflicts.slice(start, _CONFLICTS_AT_ONCE))
        partitions, months = self._staging.publish()
        notes = list(self._notes)
        notes += [*filter(None, [totals_message(self._remarks), left_out_message(self._left_out)])]
        if self._resolved:
            most = self._resolved.most_common()
            shown = shorten([f"{column} {value!r} = {key} ({rows})" for (column, value, key), rows in most])
            notes.append(both(f"按别名或名称认定：{shown}", f"recognised by alias or name: {shown}"))
        notes += [
            twice_message(self._contract.column(name), count, ZoneInfo(zone))
            for (name, zone), count in self._twice.items()
        ]
        return Outcome(self._staging.rows, self._quarantined, repeats.duplicates, partitions, months, notes)

    def _end_sheet(self) -> None:
        """Tell what stands alone at the foot of a sheet, below its last row of data, from data that is broken."""
        if self._good:
            self._remarks += [self._remark(record["line"], record["text"]) for record in self._lone]
        else:
            self._set_aside(self._lone)
        self._lone, self._good = [], False

    def _remark(self, line: int, text: str) -> str:
        sheet = self._sheets[-1][1]
        return f"{sheet} {line} {text!r}" if sheet else f"{line} {text!r}"

    def _set_aside(self, records: Sequence[dict[str, Any]]) -> None:
        if records:
            start, sheet = self._sheets[-1]
            kept = [{**record, "sheet": sheet, "position": start + record["line"]} for record in records]
            for record in kept:
                record.pop("text", None)
            self._quarantined += len(kept)
            set_aside(self._receipt, kept, self._state)

    def _set_aside_conflicts(self, rows: pa.Table) -> None:
        text = _as_text(rows.drop_columns([LINE, "_by", "_differs"]), self._settings.time_zone).to_pylist()
        told = (rows.column(name).to_pylist() for name in (LINE, "_by", "_differs"))
        records = []
        for position, by, differs, row in zip(*told, text, strict=True):
            (sheet, line), (other_sheet, other) = self._place(position), self._place(by)
            other_place = other if sheet == other_sheet else f"{other_sheet} {other}"
            records.append(
                {
                    "line": line,
                    "sheet": sheet,
                    "position": position,
                    "column": self._contract.key[0],
                    "problem": "superseded",
                    "value": ", ".join(str(row[name]) for name in self._contract.key),
                    "reason": SUPERSEDED
                    + ": "
                    + both(
                        f"第 {line} 行与第 {other_place} 行主键相同而内容不同：{differs}",
                        f"lines {line} and {other_place} share a key, but differ in {differs}",
                    ),
                    "row": {name: value for name, value in row.items() if value is not None},
                }
            )
        self._quarantined += len(records)
        set_aside(self._receipt, records, self._state)

    def _place(self, position: int) -> tuple[str, int]:
        start, sheet = self._sheets[bisect_left(self._sheets, position, key=lambda entry: entry[0]) - 1]
        return sheet, position - start


def totals_message(rows: Sequence[str]) -> str:
    """Return the note on rows that are no data, in both languages; empty where there are none."""
    shown = shorten(list(rows))
    return both(f"未作为数据读取的行：{shown}", f"rows that are totals or remarks, not data: {shown}") if rows else ""


def left_out_message(rows: Counter[str]) -> str:
    """Return the note on rows that a mapping leaves out, by column and value; empty where there are none."""
    shown = shorten([f"{value} ({count})" for value, count in rows.most_common()])
    return both(f"映射文件不取的行：{shown}", f"rows that the mapping leaves out: {shown}") if rows else ""


def _as_text(rows: pa.Table, time_zone: str) -> pa.Table:
    """Return rows as a person would have written them: local times, no types."""

    def written(column: pa.ChunkedArray) -> pa.ChunkedArray:
        if pa.types.is_timestamp(column.type):
            return pc.strftime(column.cast(pa.timestamp("s", time_zone), safe=False), "%Y-%m-%d %H:%M:%S%z")
        return column.cast(pa.string())

    return pa.table({name: written(rows.column(name)) for name in rows.column_names})
