"""Where rows live: Hive-partitioned Parquet under one root, and the one place that opens an engine over it.

A partition is one file, ``data.parquet``, written beside the tree and moved in whole, so that a reader sees the old or
the new partition and never half of one. A large day is a file for each hour since local midnight instead,
``hour-00.parquet`` to ``hour-24.parquet`` (of a day on which clocks go back), so that late rows cost their hour; each
hour is swapped in whole. Hours count only where there is no ``data.parquet``, which makes the way from one layout to
the other a single step for readers.

A column that a contract gained since a file was written is null in it. Layout: ``<table>/data.parquet``,
``<table>/month=2026-03/data.parquet``, ``<table>/day=2026-03-01/data.parquet`` or
``<table>/day=2026-03-01/hour-07.parquet``. Arrivals, the rows of one receipt for one partition, lie under
``_arrivals``.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar
from uuid import uuid4

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ops_platform.contracts import Contract

if "jemalloc" in pa.supported_memory_backends():
    # Arrow's first choice gives large arrays back to the system at once; two threads that sum counters then wait a
    # third of their time for it.
    pa.set_memory_pool(pa.jemalloc_memory_pool())

EngineName = Literal["duckdb", "spark"]
Found = TypeVar("Found")
_MARK = b"made_of"
"""Key under which a file's metadata say of what it was made."""


@dataclass(frozen=True)
class Engine:
    """Which engine computes, and what it may take.

    Attributes
    ----------
    name
        ``duckdb`` inside this process, or ``spark``.
    memory_mb
        What DuckDB holds at most; beyond it, it works on disk.
    threads
        Of DuckDB, of what sums counters, and of Spark where no master is configured.
    spark
        Configuration of Spark, by its own names.
    """

    name: EngineName = "duckdb"
    memory_mb: int = 4096
    threads: int = 2
    spark: Mapping[str, str] = field(default_factory=dict)


class Warehouse:
    """The Parquet tables of one installation.

    Parameters
    ----------
    root
        Folder that holds every table, or a `upath.UPath` of a store of objects, which has a path's methods.
    engine
        What computes over them.
    local
        Folder on this machine for what arrives and is not yet a fact; by default the root.
    """

    def __init__(self, root: Path, engine: Engine | None = None, local: Path | None = None) -> None:
        self.root = root
        self.local = local or root
        self._engine = engine or Engine()

    @property
    def embedded(self) -> bool:
        """Whether what is computed is computed inside this process."""
        return self._engine.name == "duckdb"

    @property
    def threads(self) -> int:
        """How many threads compute inside this process."""
        return self._engine.threads

    def connect(self) -> ibis.BaseBackend:
        """Open the engine of this installation."""
        return connect(self._engine)

    def path(self, contract: Contract, partition: str = "") -> Path:
        """Return the one file that holds a partition (the whole table where it has none) unless it lies in hours."""
        return self.root / contract.name / _folder(contract, partition) / "data.parquet"

    def hour_path(self, contract: Contract, partition: str, hour: int) -> Path:
        """Return the file that holds an hour, counted from local midnight, of a day that lies in hours."""
        return self.path(contract, partition).with_name(f"hour-{hour:02d}.parquet")

    def partitions(self, contract: Contract, month: str = "") -> list[str]:
        """Return the keys of the partitions that exist, sorted; ``[""]`` for an unpartitioned table that exists.

        Parameters
        ----------
        month
            Only those of this month, ``YYYY-MM``.
        """
        if contract.grain == "none":
            return [""] if self.path(contract).exists() else []
        files = (self.root / contract.name).glob(f"{contract.grain}={month}*/*.parquet")
        return sorted({file.parent.name.partition("=")[2] for file in files})

    def write(self, contract: Contract, rows: pa.Table, partition: str = "", mark: str = "") -> Path:
        """Replace a partition as a whole and return its file.

        Parameters
        ----------
        mark
            Of what the rows were made, for `mark` to tell.

        Raises
        ------
        pyarrow.ArrowInvalid
            If the rows do not fit the contract's schema.
        """
        target = self.path(contract, partition)
        self._write(target, contract, rows, mark)
        for hour in _hours_beside(target):
            hour.unlink()
        return target

    def write_hours(self, contract: Contract, partition: str, hours: Iterable[tuple[int, pa.Table, str]]) -> None:
        """Replace hours of a day, one after the other; afterwards the day is its hours.

        Parameters
        ----------
        hours
            Of each hour that changes: its number, its rows, and of what they were made, for `mark` to tell.
        """
        for hour, rows, mark in hours:
            self._write(self.hour_path(contract, partition, hour), contract, rows, mark)
        self.path(contract, partition).unlink(missing_ok=True)

    def _write(self, target: Path, contract: Contract, rows: pa.Table, mark: str) -> None:
        schema = contract.schema.with_metadata({_MARK: mark}) if mark else contract.schema
        write_whole(rows.select(schema.names).cast(schema), target, self.root)

    def mark(self, contract: Contract, partition: str, hour: int | None = None) -> str | None:
        """Return of what a partition, or an hour of it, was made, as it was told when it was written.

        Nothing where it was not told or the file is damaged; None where there is no file.
        """
        file = self.path(contract, partition) if hour is None else self.hour_path(contract, partition, hour)
        try:
            with opened(file) as source:
                return str((pq.read_schema(source).metadata or {}).get(_MARK, b"").decode())
        except FileNotFoundError:
            return None
        except pa.ArrowInvalid:
            return ""

    def read(
        self, contract: Contract, partitions: Iterable[str] | None = None, where: pc.Expression | None = None
    ) -> pa.Table:
        """Return the rows of the given partitions (all where None); absent partitions hold no rows.

        Parameters
        ----------
        where
            Only the rows for which it is true; row groups whose statistics say that there is none are not read.
        """
        parts = self._of_each(contract, partitions, lambda source: _read(source, contract.schema, where))
        return pa.concat_tables(parts) if parts else contract.schema.empty_table()

    def parts(self, contract: Contract, partition: str) -> Iterator[tuple[str, pa.Table]]:
        """Yield the rows of a partition file by file, each with a name; an absent one is one part without rows.

        Those of a large day are never in memory at once.
        """
        files = self.files(contract, [partition])
        for file in files:
            with opened(file) as source:
                rows = _read(source, contract.schema, None)
            yield partition if len(files) == 1 else f"{partition} {file.stem}", rows
        if not files:
            yield partition, contract.schema.empty_table()

    def sample(self, contract: Contract, partition: str, rows: int) -> pa.Table:
        """Return the first rows of a partition, at most so many; no more of it is read."""
        parts = self._of_each(contract, [partition], lambda source: _first(source, contract.schema, rows))
        return pa.concat_tables(parts).slice(0, rows) if parts else contract.schema.empty_table()

    def count(self, contract: Contract, partitions: Iterable[str] | None = None) -> int:
        """Return how many rows the given partitions hold (all where None); no row is read for it."""
        return sum(self._of_each(contract, partitions, lambda source: int(pq.read_metadata(source).num_rows)))

    def files(self, contract: Contract, partitions: Iterable[str] | None = None) -> list[Path]:
        """Return the existing files of the given partitions (all where None), in order of partition and hour."""
        wanted = self.partitions(contract) if partitions is None else sorted(partitions)
        return [file for key in wanted for file in _files_of(self.path(contract, key))]

    def _of_each(
        self, contract: Contract, partitions: Iterable[str] | None, look: Callable[[Any], Found]
    ) -> list[Found]:
        """Look into each file of some partitions, which is opened once: one that is replaced stays the old one."""
        wanted = None if partitions is None else list(partitions)

        def once() -> list[Found]:
            found = []
            for file in self.files(contract, wanted):
                with opened(file) as source:
                    found.append(look(source))
            return found

        try:
            return once()
        except FileNotFoundError:
            # The layout of a day changed after its files were listed.
            return once()

    def arrivals(self, contract: Contract, partition: str = "") -> list[Path]:
        """Return the arrivals of a partition, oldest receipt first."""
        return sorted((self.local / "_arrivals" / contract.name / _folder(contract, partition)).glob("*.parquet"))

    def adopt_arrival(self, contract: Contract, file: Path, partition: str, receipt: int) -> Path:
        """Make a finished file the rows that one receipt brought for one partition."""
        target = self.local / "_arrivals" / contract.name / _folder(contract, partition) / f"{receipt:010d}.parquet"
        with replacing(target, self.local) as temporary:
            file.replace(temporary)
        return target

    def table(self, engine: ibis.BaseBackend, contract: Contract, partitions: Iterable[str] | None = None) -> ir.Table:
        """Return an Ibis table over the given partitions (all where None) on an engine from `connect`."""
        files = [str(file) for file in self.files(contract, partitions)]
        if not files:
            return ibis.memtable(contract.schema.empty_table())
        if _is_spark(engine):
            return engine.read_files(files, contract.schema)
        if (objects := _objects(self.root)) and not engine.con.list_filesystems():
            engine.con.register_filesystem(objects)
        stored = engine.read_parquet(files, hive_partitioning=False, union_by_name=True)
        types = ibis.schema(contract.schema)
        gained = {name: ibis.null(types[name]) for name in types.names if name not in stored.columns}
        return stored.mutate(**gained).select(*types.names)

    def store(
        self, engine: ibis.BaseBackend, contract: Contract, rows: ir.Table, partition: str, mark: str = ""
    ) -> int:
        """Compute rows and make them a partition, in the order of its key; return how many there are.

        Inside this process they are marked as `write` marks them.
        """
        rows = rows.select(contract.schema.names).order_by(contract.key)
        if not _is_spark(engine):
            table = engine.to_pyarrow(rows)
            self.write(contract, table, partition, mark)
            return int(table.num_rows)
        folder = self.root / "_staging" / uuid4().hex
        try:
            number = engine.write_file(rows, str(folder))
            [file] = folder.glob("*.parquet")
            target = self.path(contract, partition)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
        finally:
            if folder.exists():
                _remove(folder)
        return int(number)


def connect(engine: Engine = Engine()) -> ibis.BaseBackend:
    """Open an engine that computes in UTC."""
    if engine.name == "spark":
        # The extra `spark` and its Java are there only where Spark was chosen.
        from ops_platform.spark import connect_spark  # noqa: PLC0415

        return connect_spark(engine.threads, engine.spark)
    opened = ibis.duckdb.connect(threads=engine.threads, memory_limit=f"{engine.memory_mb}MB")
    opened.raw_sql("SET TimeZone = 'UTC'")
    return opened


def _is_spark(engine: ibis.BaseBackend) -> bool:
    return str(engine.name) == "pyspark"


def sql(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Open a plain DuckDB connection that computes in UTC, for reading files as they arrive."""
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def write_whole(rows: pa.Table, target: Path, root: Path) -> None:
    """Write a Parquet file so that it appears at its place in one step, also across a crash."""
    with replacing(target, root) as temporary:
        # A tenth larger than by Zstandard, and read in two thirds of its time.
        pq.write_table(rows, temporary, compression="lz4")


@contextmanager
def replacing(target: Path, root: Path) -> Iterator[Path]:
    """Yield a path to write to; afterwards the file stands at its target, whole, or not at all.

    The path lies under ``root`` outside every table, because readers of a table would pick up a leftover. In a store of
    objects the target is put in one request, which shows it whole or not at all.
    """
    if objects := _objects(target):
        with TemporaryDirectory() as folder:
            finished = Path(folder) / target.name
            yield finished
            objects.put_file(str(finished), str(target))
        return
    staging = root / "_staging"
    staging.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = staging / f"{uuid4().hex}{target.suffix}"
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _read(source: Any, schema: pa.Schema, where: pc.Expression | None) -> pa.Table:
    return pq.read_table(source, schema=schema, filters=where, partitioning=None)


def _first(source: Any, schema: pa.Schema, rows: int) -> pa.Table:
    stored = (pa.Table.from_batches([batch]) for batch in pq.ParquetFile(source).iter_batches(rows))
    first = [schema.empty_table(), *islice(stored, 1)]
    return pa.concat_tables(first, promote_options="default").select(schema.names).cast(schema)


def _files_of(whole: Path) -> list[Path]:
    """Return the files of the partition whose one file would be this one."""
    if whole.exists():
        return [whole]
    hours = _hours_beside(whole)
    # Where the one file came meanwhile, some hours may have gone already.
    return [whole] if whole.exists() else hours


def _hours_beside(whole: Path) -> list[Path]:
    return sorted(whole.parent.glob("hour-*.parquet"))


def opened(file: Path) -> Any:
    """Open a file of the warehouse for Arrow to read."""
    return file.open("rb") if _objects(file) else pa.OSFile(str(file))


def state_of(file: Path) -> str:
    """Return what tells a file of the warehouse from the one that it replaced."""
    if objects := _objects(file):
        objects.invalidate_cache()
        return str(sorted(objects.info(str(file)).items()))
    state = file.stat()
    return f"{file} {state.st_ino} {state.st_mtime_ns} {state.st_size}"


def _objects(place: Any) -> Any:
    """Return the file system of a place in a store of objects, None for a place on this machine."""
    return None if isinstance(place, Path) else place.fs


def _remove(folder: Path) -> None:
    if objects := _objects(folder):
        objects.rm(str(folder), recursive=True)
    else:
        shutil.rmtree(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(contract: Contract, partition: str) -> str:
    if (contract.grain == "none") != (partition == ""):
        raise ValueError(f"{contract.name} is partitioned by {contract.grain}; {partition!r} is not one of its keys")
    return f"{contract.grain}={partition}" if partition else ""
