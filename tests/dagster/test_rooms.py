"""Importing any module does no I/O."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("ops_platform", "assets", "sensors", "geo", "expectations")
IMPORT_ALL = """
import importlib, os, pkgutil, sys, warnings

written = []


def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(str(path))
    elif event in {"os.mkdir", "os.rename", "os.remove", "sqlite3.connect", "socket.connect"}:
        written.append(f"{event} {arguments[0]}")


warnings.simplefilter("error")
warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
sys.dont_write_bytecode = True
sys.addaudithook(watch)
names = []
for room in sys.argv[1:]:
    package = importlib.import_module(room)
    names.append(room)
    for module in pkgutil.walk_packages(package.__path__, f"{room}."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            names.append(module.name)
print(len(names))
print("\\n".join(path for path in written if not path.startswith(("/dev/", "/proc/")) and "__pycache__" not in path))
"""


def test_importing_every_module_writes_nothing_and_connects_nowhere(tmp_path: Path) -> None:
    here, caches = tmp_path / "here", tmp_path / "caches"
    here.mkdir()
    caches.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("OPS_", "DAGSTER_"))},
        "OPS_HOME": str(here / "nowhere"),
        "PYTHONPATH": str(ROOT),
        # Libraries keep caches of their own (matplotlib its fonts); these are not ours to judge.
        "MPLCONFIGDIR": str(caches),
        "NUMBA_CACHE_DIR": str(caches),
    }
    here.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *ROOMS],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    here.chmod(0o755)
    assert done.returncode == 0, done.stderr
    count, *touched = done.stdout.splitlines()
    assert int(count) > 80
    assert [path for path in touched if path and str(caches) not in path] == []
    assert list(here.iterdir()) == []
    assert done.stderr == ""
