"""Fuzz the readers of intake: ``python -m tests.fuzz.fuzz_readers text --minutes 10``, or ``all`` of them in turn.

Atheris mutates valid files and keeps what reaches new code of intake. An input that ends otherwise than in rows or in a
`PermanentError`, or takes too much time or memory, is kept and printed with the command that repeats it.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random
from tempfile import mkdtemp

_MODULE = "tests.fuzz.fuzz_readers"
_MOST_S, _HANG_S = 5.0, 120
_MOST_MB, _END_MB = 1024, 6144
_LARGEST = 1 << 16
READERS = ("text", "workbook", "parquet", "json", "html", "pm", "mr", "archive", "values", "mapping", "receive")


def main() -> int:
    """Read the command line; return how many findings there were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=[*READERS, "all"])
    parser.add_argument("--minutes", type=float, default=10, help="for each reader")
    parser.add_argument("--findings", type=Path, default=Path("fuzz_findings"), help="folder for inputs and corpora")
    parser.add_argument("--replay", type=Path, help="read one input and show what comes of it")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    folder = given.findings / given.reader
    if given.replay:
        _replay(given.reader, given.replay)
        return 0
    if given.worker:
        _work(given.reader, folder, given.worker)
    return sum(
        _fuzzed(reader, given.findings / reader, given.minutes * 60)
        for reader in (READERS if given.reader == "all" else [given.reader])
    )


def _fuzzed(reader: str, folder: Path, seconds: float) -> int:
    """Fuzz one reader in processes of its own, since an input may end one; return the number of findings."""
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    before = set(folder.glob("*-*"))
    end, executions, spent = time.monotonic() + seconds, 0, _spent()
    while (left := round(end - time.monotonic())) > 0:
        command = [sys.executable, "-m", _MODULE, reader, "--findings", str(folder.parent), "--worker", str(left)]
        with (folder / "log.txt").open("wb") as log:
            ended = subprocess.run(command, check=False, stderr=log, stdout=log)
        said = (folder / "log.txt").read_text(errors="replace")
        executions += sum(map(int, re.findall(r"number_of_executed_units: *(\d+)", said)))
        if ended.returncode and not re.search(r"Test unit written to|number_of_executed_units", said):
            raise RuntimeError(said[-4000:])
    found = sorted(set(folder.glob("*-*")) - before)
    taken = f"{seconds / 60:g} minutes ({_spent() - spent:.0f} s of processor time)"
    print(f"{reader}: {executions} executions in {taken}, {len(found)} findings", flush=True)
    for file in found:
        print(f"  python -m {_MODULE} {reader} --replay {file}", flush=True)
    return len(found)


def _spent() -> float:
    """Return the processor time of all processes that ended: on a busy machine the minutes alone say little."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _replay(reader: str, file: Path) -> None:
    from ops_platform.errors import PermanentError  # noqa: PLC0415 - see `_work`
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    start = time.process_time()
    try:
        TARGETS[reader].run(file.read_bytes(), Path(mkdtemp()))
    except PermanentError as error:
        print(error)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{time.process_time() - start:.1f} s, at most {megabytes} MB")


def _work(reader: str, folder: Path, seconds: int) -> None:
    import atheris  # noqa: PLC0415 - only here: replaying and the ordinary tests do without it

    with atheris.instrument_imports(include=["ops_platform.intake"]):
        # What is imported before is not seen by the fuzzer.
        from ops_platform.errors import PermanentError  # noqa: PLC0415
        from tests.fuzz.mutation import mutated  # noqa: PLC0415
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415
    target = TARGETS[reader]
    for data in target.seeds():
        (folder / "corpus" / f"seed.{sha256(data).hexdigest()}").write_bytes(data)
    scratch = Path(mkdtemp())
    seen: set[str] = set()
    end, executions = time.monotonic() + seconds, count()

    def once(data: bytes) -> None:
        if time.monotonic() > end:
            # Not by way of libFuzzer, under which the threads of the libraries do not always end well.
            print(f"number_of_executed_units: {next(executions)}", flush=True)
            os._exit(0)
        next(executions)
        scratch.mkdir(exist_ok=True)
        with watched(data, folder, seen, PermanentError):
            target.run(data, scratch)
        shutil.rmtree(scratch)

    def mutator(data: bytes, size: int, seed: int) -> bytes:
        return mutated(data, Random(seed), lambda part: bytes(atheris.Mutate(part, len(part) + 64)))[:size]  # noqa: S311

    once(target.seeds()[0])  # warms up, so that the first input is not blamed for it
    options = [
        f"-timeout={_HANG_S}", f"-rss_limit_mb={_END_MB}", f"-max_len={_LARGEST}",
        f"-artifact_prefix={folder}/", "-print_final_stats=1", "-report_slow_units=1000", str(folder / "corpus"),
    ]  # fmt: skip
    atheris.Setup([_MODULE, *options], once, custom_mutator=mutator)
    atheris.Fuzz()


@contextmanager
def watched(data: bytes, folder: Path, seen: set[str], allowed: type[Exception]) -> Iterator[None]:
    """Keep an input for which something is wrong, once for each place in the code."""
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        yield
    except allowed:
        pass
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of a library in Rust is no Exception
        ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "fuzz_readers" not in frame.filename]
        last = [frame for frame in ours if "ops_platform" in frame.filename] or ours
        _keep(data, folder, seen, "crash", f"{type(error).__name__} at {last[-1].filename}:{last[-1].lineno}: {error}")
    taken, grown = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if taken > _MOST_S:
        _keep(data, folder, seen, "slow", f"{taken:.0f} s of processor time")
    if grown >> 10 > _MOST_MB:
        _keep(data, folder, seen, "large", f"{grown >> 10} MB")


def _keep(data: bytes, folder: Path, seen: set[str], kind: str, why: str) -> None:
    key = why.partition(": ")[0] if kind == "crash" else kind
    if key in seen:
        return
    seen.add(key)
    file = folder / f"{kind}-{sha256(data).hexdigest()[:16]}"
    file.write_bytes(data)
    with (folder / "why.txt").open("a") as log:
        log.write(f"{file.name}: {why[:500]}\n")
    print(f"{file}: {why[:500]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
