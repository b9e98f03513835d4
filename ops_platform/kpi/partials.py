"""What was computed and stays true until something it was made of changes: the measures of a day, the cells of a month.

A cache beside the warehouse, in which nothing is that could not be made again: whoever deletes it loses time.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyarrow as pa
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
