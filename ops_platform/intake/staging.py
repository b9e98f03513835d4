"""The accepted rows of one receipt, by partition, on disk: collected batch by batch, settled, then published at once.

Memory does not grow with the rows, but for eight bytes each: the hash of its key, by which repeated keys are noticed.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ops_platform.contracts import Contract
from ops_platform.intake import places
from ops_platform.intake.check import LINE
from ops_platform.intake.fold import GONE
from ops_platform.settings import Settings
from ops_platform.warehouse import Warehouse, sql

GROUP_ROWS = 1 << 13
"""Rows of a day stand in the order of time, so many in a group: a fold of an hour reads the few that touch it."""


@dataclass(frozen=True)
class Repeats:
    """Rows whose key comes again later in the same file, where the later row stands.

    Attributes
    ----------
    duplicates
        Number of them that are the same in every column.
    conflicts
        The others, in the contract's schema with ``_line``; as ``_by``, the line of the row that stands instead, and as
        ``_differs``, the names of the columns in which it is another.
    """

    duplicates: int
    conflicts: pa.Table


class Staging:
    """The accepted rows of one receipt before they become arrivals; as a context, it leaves nothing behind.

    Parameters
    ----------
    contract
        The feed.
    receipt
        Id of the receipt.
    warehouse, settings
        The installation.
    now
        The present moment, aware.
    """

    def __init__(
        self, contract: Contract, receipt: int, warehouse: Warehouse, settings: Settings, now: datetime
    ) -> None:
        self._contract = contract
        self._receipt = receipt
        self._warehouse = warehouse
        self._settings = settings
        self._now = now
        self._folder = warehouse.local / "_staging" / uuid4().hex
        self._schema = pa.schema([*contract.schema, pa.field(LINE, pa.int64()), pa.field(GONE, pa.bool_())])
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._hashes: list[npt.NDArray[np.uint64]] = []
        self._months: set[str] = set()
        self.rows = 0

    def __enter__(self) -> Self:
        """Make room."""
        self._folder.mkdir(parents=True)
        self._engine = sql(threads=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take away what was not published."""
        self._close()
        self._engine.close()
        shutil.rmtree(self._folder)

    def add(self, rows: pa.Table) -> None:
        """Keep some rows, in the contract's schema with ``_line``."""
        if not len(rows):
            return
        self._hashes.append(self._key_hashes(rows))
        self._months |= places.months(self._contract, rows, self._settings, self._now)
        self.rows += len(rows)
        for partition, part in places.split(self._contract, rows, self._settings).items():
            if partition not in self._writers:
                self._writers[partition] = pq.ParquetWriter(self._file(partition), self._schema, compression="lz4")
            placed = part.sort_by(self._contract.placed_by) if self._contract.grain == "day" else part
            self._writers[partition].write_table(self._arrivals(placed, gone=False), row_group_size=GROUP_ROWS)

    def settle(self) -> Repeats:
        """Take out every row whose key comes again later, and return what was taken out."""
        self._close()
        places_of = [pa.field(LINE, pa.int64()), pa.field("_by", pa.int64()), pa.field("_differs", pa.string())]
        nothing = Repeats(0, pa.schema([*self._contract.schema, *places_of]).empty_table())
        hashes = np.sort(np.concatenate(self._hashes)) if self._hashes else np.empty(0, dtype=np.uint64)
        if not (hashes[1:] == hashes[:-1]).any():
            return nothing
        repeats, lost = self._find_repeats()
        for file, rows in lost.items():
            _rewrite(file, self._schema, without=rows)
            self.rows -= len(rows)
        return repeats

    def publish(self) -> tuple[list[str], list[str]]:
        """Make the rows arrivals of the receipt; return the partitions and the months that they touch."""
        self._close()
        files = sorted(self._folder.glob("*.parquet"))
        arriving = {partition: self._file(partition) for partition in self._writers}
        before = places.displaced(self._contract, files, self._receipt, self._warehouse)
        moved = places.tombstones(self._contract, before, arriving)
        for partition, rows in moved.items():
            gone = self._arrivals(rows.append_column(LINE, pa.nulls(len(rows), pa.int64())), gone=True)
            if partition in arriving:
                _rewrite(arriving[partition], self._schema, more=gone)
            else:
                pq.write_table(gone, self._file(partition), compression="lz4")
        partitions = sorted({*arriving, *moved})
        for partition in partitions:
            self._warehouse.adopt_arrival(self._contract, self._file(partition), partition, self._receipt)
        for rows in before.values():
            self._months |= places.months(self._contract, rows, self._settings, self._now)
        return partitions, sorted(self._months)

    def _key_hashes(self, rows: pa.Table) -> npt.NDArray[np.uint64]:
        keys = ", ".join(f'"{name}"' for name in self._contract.key)
        self._engine.register("incoming", rows.select(list(self._contract.key)))
        # The names come from the contract.
        hashes = self._engine.execute(f"SELECT hash({keys}) AS code FROM incoming").to_arrow_table()  # noqa: S608
        return np.asarray(hashes.column("code").to_numpy(), dtype=np.uint64)

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()

    def _file(self, partition: str) -> Path:
        return self._folder / f"{partition or 'whole'}.parquet"

    def _arrivals(self, rows: pa.Table, *, gone: bool) -> pa.Table:
        return rows.append_column(GONE, pa.repeat(pa.scalar(gone), len(rows))).cast(self._schema)

    def _find_repeats(self) -> tuple[Repeats, dict[Path, npt.NDArray[np.int64]]]:
        """Return what comes again later, and where it stands: rows of each staged file, counted from 0."""
        keys = ", ".join(f'"{name}"' for name in self._contract.key)
        names = self._contract.schema.names
        differs = ", ".join(f"""CASE WHEN loser."{n}" IS DISTINCT FROM winner."{n}" THEN '{n}' END""" for n in names)
        with sql() as engine:
            engine.execute(f"SET memory_limit = '{self._settings.intake.memory_mb}MB'")
            engine.execute("SET temp_directory = ?", [str(self._folder)])
            # A line does not name a row: many elements of an XML file may stand on one.
            engine.execute(
                f"""
                CREATE TEMP VIEW staged AS
                SELECT * FROM read_parquet('{self._folder}/*.parquet', filename = true, file_row_number = true);
                CREATE TEMP TABLE ranked AS
                WITH repeated AS (SELECT {keys} FROM staged GROUP BY {keys} HAVING count(*) > 1)
                SELECT *, row_number() OVER (
                    PARTITION BY {keys} ORDER BY {LINE} DESC, file_row_number DESC, filename DESC
                ) AS rank FROM staged JOIN repeated USING ({keys});
                CREATE TEMP TABLE lost AS
                SELECT loser.*, winner.{LINE} AS _by, concat_ws(', ', {differs}) AS _differs
                FROM ranked AS loser JOIN ranked AS winner USING ({keys}) WHERE loser.rank > 1 AND winner.rank = 1
                """  # noqa: S608 - names come from the contract, the folder from the settings
            )
            rows = engine.execute("SELECT filename, file_row_number FROM lost").to_arrow_table()
            shown = ", ".join(f'"{name}"' for name in (*names, LINE, "_by", "_differs"))
            conflicts = engine.execute(
                f"SELECT {shown} FROM lost WHERE _differs <> '' ORDER BY {LINE}, file_row_number"  # noqa: S608
            ).to_arrow_table()
        lost = rows.to_pandas().groupby("filename")["file_row_number"]
        files = {Path(name): numbers.to_numpy() for name, numbers in lost}
        return Repeats(len(rows) - len(conflicts), conflicts), files


def _rewrite(
    file: Path, schema: pa.Schema, without: npt.NDArray[np.int64] | None = None, more: pa.Table | None = None
) -> None:
    """Write a staged file anew, without some of its rows or with more, a piece at a time."""
    temporary = file.with_suffix(".new")
    with pq.ParquetFile(file) as old, pq.ParquetWriter(temporary, schema, compression="lz4") as new:
        stays = np.ones(old.metadata.num_rows, dtype=bool)
        if without is not None:
            stays[without] = False
        start = 0
        for number in range(old.num_row_groups):
            group = old.read_row_group(number)
            new.write_table(group.filter(pa.array(stays[start : start + len(group)])))
            start += len(group)
        if more is not None:
            new.write_table(more)
    temporary.replace(file)
