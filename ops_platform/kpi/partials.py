"""What was computed and stays true until something it was made of changes: a day's measures, a month's cells.

A cache beside the warehouse, in which nothing is that could not be made again: whoever deletes it loses time.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ops_platform import contracts, policy
from ops_platform.warehouse import Warehouse, state_of, write_whole

_ROOMS = (Path(__file__).parent, *(Path(room.__file__ or "").parent for room in (contracts, policy)))
"""Whose code says what is computed."""


class Partials:
    """The kept results of one kind, one for each key.

    Parameters
    ----------
    warehouse
        The installation's tables; results are kept on this machine.
    name
        What is computed.
    """

    def __init__(self, warehouse: Warehouse, name: str) -> None:
        self._root = warehouse.local
        self._folder = warehouse.local / "_partials" / name

    def find(self, key: str, mark: str) -> pa.Table | None:
        """Return the result of a key that was made of this `mark_of`; None where there is none."""
        try:
            return pq.read_table(self._file(key, mark), partitioning=None)
        except FileNotFoundError:
            return None

    def made(self, key: str, mark: str, make: Callable[[], pa.Table]) -> pa.Table:
        """Return the result of a key that was made of this, or make and keep it."""
        rows = self.find(key, mark)
        if rows is None:
            rows = make()
            self.keep(key, mark, rows)
        return rows

    def made_by_day(self, made_of: Mapping[str, str], make: Callable[[Sequence[str]], pa.Table]) -> Iterator[pa.Table]:
        """Yield the results of days that are made of what they were, and what is made, and kept, of the others.

        Parameters
        ----------
        made_of
            Of each day, ``YYYY-MM-DD``, its `mark_of`.
        make
            Gives the results of some days, told apart by ``day_on``.
        """
        kept = {day: self.find(day, mark) for day, mark in made_of.items()}
        yield from (rows for rows in kept.values() if rows is not None)
        if anew := [day for day, rows in kept.items() if rows is None]:
            rows = make(anew)
            for day in anew:
                self.keep(day, made_of[day], rows.filter(pc.equal(rows["day_on"], date.fromisoformat(day))))
            yield rows

    def keep(self, key: str, mark: str, rows: pa.Table) -> None:
        """Keep the result of a key in place of what was kept of it."""
        file = self._file(key, mark)
        write_whole(rows, file, self._root)
        for other in file.parent.iterdir():
            if other != file:
                other.unlink(missing_ok=True)

    def _file(self, key: str, mark: str) -> Path:
        return self._folder / key / f"{mark}.parquet"


def mark_of(files: Iterable[Path], *told: str) -> str:
    """Return a mark of what a result is made of: files as they are now, whatever is told, and the code that computes.

    Parameters
    ----------
    files
        Files of the warehouse, which are replaced and never changed.
    """
    digest = hashlib.sha256(_code())
    for text in (*map(state_of, files), *told):
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:32]


@cache
def _code() -> bytes:
    digest = hashlib.sha256()
    for file in sorted(file for room in _ROOMS for file in room.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.digest()
