"""Open a workbook in a process of its own first: a damaged one can make its reader run in circles, or take all memory.

Such a reader cannot be stopped from inside, and would end whatever else the process does. What opens here within bounds
opens anywhere.
"""

import resource
import subprocess
import sys
from pathlib import Path

import python_calamine

from ops_platform.intake.words import both

_MOST_MB = 1024
_LEAST_S = 10
"""So long a file may take, and a second more for each megabyte."""


def complaint(path: Path) -> str:
    """Return why a workbook does not open within bounds of memory and time, empty where it does."""
    seconds = _LEAST_S + (path.stat().st_size >> 20)
    # As a module: this folder must not come first on the path, where its modules would pass for the standard library's.
    command = [sys.executable, "-m", __name__, str(path)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)  # noqa: S603
    except subprocess.TimeoutExpired:
        return both(f"{seconds} 秒内未能打开", f"not open after {seconds} s")
    if done.returncode < 0:
        return both(f"文件损坏，或需要 {_MOST_MB} MB 以上内存", f"damaged, or needs more than {_MOST_MB} MB of memory")
    return done.stderr.strip().rpartition("\n")[2].partition(": ")[2] if done.returncode else ""


def _open(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MB << 20, _MOST_MB << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book = python_calamine.load_workbook(path)
    for sheet in book.sheets_metadata:
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
            book.get_sheet_by_name(sheet.name)


if __name__ == "__main__":
    _open(sys.argv[1])
