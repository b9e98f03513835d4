"""Traces of terrain kept on disk, so that only changed sites are followed again."""

import hashlib
import os
from pathlib import Path

import numpy as np

from geo import terrain_trace
from geo.crs import Floats
from geo.terrain import Terrain
from geo.terrain_trace import Mast, Singles, trace


class TraceCache:
    """Traces by what they depend on: terrain, clutter, mast, receivers, and the kernel's own source.

    A folder belongs to one branch; it may be emptied at any time. Safe for several threads, and for several processes:
    files are written beside and swapped in.

    Attributes
    ----------
    kept, made
        Traces that were on disk already, and traces that had to be followed, since this object was made.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._used: set[str] = set()
        self._written: set[str] = set()
        self._kernel = hashlib.blake2b(Path(terrain_trace.__file__).read_bytes()).digest()
        self.made = 0

    @property
    def kept(self) -> int:  # noqa: D102 - see the class
        return len(self._used - self._written)

    def trace(self, terrain: Terrain, clutter_m: float, mast: Mast, x_m: Floats, y_m: Floats) -> Singles:
        """Return what :func:`geo.terrain_trace.trace` gives, from disk where it is known."""
        ground = terrain.ground(clutter_m)
        if self._folder is None:
            self.made += 1
            return np.asarray(trace(ground, mast, x_m, y_m))
        digest = hashlib.blake2b(self._kernel, digest_size=20)
        digest.update(repr((terrain.version, clutter_m, tuple(mast))).encode())
        digest.update(x_m.tobytes())
        digest.update(y_m.tobytes())
        name = f"{digest.hexdigest()}.npy"
        self._used.add(name)
        path = self._folder / name
        try:
            found = np.load(path)
        except FileNotFoundError:
            found = trace(ground, mast, x_m, y_m)
            self._folder.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(f".{os.getpid()}.part")
            with beside.open("wb") as file:
                np.save(file, found)
            beside.replace(path)
            self._written.add(name)
            self.made += 1
        return np.asarray(found)

    def drop_unused(self) -> int:
        """Delete the traces that this object has not used; returns how many."""
        if self._folder is None or not self._folder.is_dir():
            return 0
        unused = [path for path in self._folder.glob("*.npy") if path.name not in self._used]
        for path in unused:
            path.unlink(missing_ok=True)
        return len(unused)
