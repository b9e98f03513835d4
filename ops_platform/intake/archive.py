"""The raw bytes of every received file, kept under their hash; and the inbox, from which files are claimed."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

CLAIMED = ".claimed"
STABLE_S = 2.0
_PIECE = 1 << 20


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def keep(path: Path, archive: Path) -> Path:
    """Keep a file's bytes under their hash, in one step, also across a crash; what is kept already stays as it is."""
    archive.mkdir(parents=True, exist_ok=True)
    temporary = archive / f".{uuid4().hex}"
    digest = hashlib.sha256()
    try:
        # What is hashed is what is kept, even if somebody still writes to the file.
        with path.open("rb") as source, temporary.open("wb") as sink:
            while piece := source.read(_PIECE):
                digest.update(piece)
                sink.write(piece)
            sink.flush()
            os.fsync(sink.fileno())
        name = digest.hexdigest()
        target = archive / name[:2] / f"{name}{path.suffix.lower()}"
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


@contextmanager
def claims(inbox: Path, stable_s: float = STABLE_S) -> Iterator[list[Path]]:
    """Hold the inbox and give the files that `claim` takes; none while another process holds it.

    The hold ends with the process, however it ends: what a killed one had claimed is the next one's.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    # Beside the inbox and not in it, which may be a share where locks do not work, and where nobody looks for one.
    with inbox.with_name(f".{inbox.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield []
            return
        yield claim(inbox, stable_s)


def claim(inbox: Path, stable_s: float = STABLE_S) -> list[Path]:
    """Take the files of an inbox that are whole: by an atomic rename into its folder ``.claimed``.

    A file is whole when it has not changed for ``stable_s`` seconds; names that begin with a dot or end in ``.part``
    are still being written. Files claimed earlier and not received, because of a crash, are returned again.

    Parameters
    ----------
    inbox
        The folder into which files are dropped.
    stable_s
        How long a file must have been left alone, in seconds of the file system's clock.

    Returns
    -------
    list of Path
        The claimed files, sorted by name.
    """
    claimed = inbox / CLAIMED
    claimed.mkdir(parents=True, exist_ok=True)
    candidates = [file for file in inbox.iterdir() if _offered(file)]
    sizes = {file: _shape(file) for file in candidates}
    for file in candidates:
        shape = _shape(file)
        if shape is None or shape != sizes[file] or time.time() - shape[1] / 1e9 < stable_s:
            continue
        target = claimed / file.name
        if target.exists():  # one of this name is still to be received: this one's turn comes next
            continue
        try:
            file.rename(target)
        except FileNotFoundError:
            continue  # somebody else claimed it
    return sorted(file for file in claimed.iterdir() if file.is_file())


def release_claim(file: Path) -> None:
    """Remove a claimed file whose bytes are in the archive; any other file is left where it is."""
    if file.parent.name == CLAIMED:
        file.unlink(missing_ok=True)


def _offered(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".") and file.suffix.lower() != ".part"


def _shape(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_size, stat.st_mtime_ns
