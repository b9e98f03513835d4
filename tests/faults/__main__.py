"""Run every fault on both databases and print what it came to: ``make faults``, or ``python -m tests.faults [SEED]``.

Ends with status 1 where a telling was lost, repeated without a mark, or untrue.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from secrets import randbelow

from tests.faults.checker import NAMES
from tests.faults.stage import Database
from tests.faults.trials import run_all
from tests.postgres import is_installed, postgres_server


def main() -> int:
    """Run everything; return the status with which to end."""
    seed, begun = int(sys.argv[1]) if len(sys.argv) > 1 else randbelow(1_000_000), time.monotonic()
    print(f"seed {seed}\n\n{'fault':<62} | {'database':<10} | " + " | ".join(f"{name:>10}" for name in NAMES))
    with ExitStack() as servers:
        databases = [Database("SQLite")]
        if is_installed():
            databases.append(Database("PostgreSQL", servers.enter_context(postgres_server())))
        else:
            print("no PostgreSQL server is installed: SQLite alone")
        # Not threads: one that starts a process takes away how the processes ended for which another waits.
        with ProcessPoolExecutor(len(databases), get_context("spawn")) as processes:
            results = [result for some in processes.map(partial(run_all, seed=seed), databases) for result in some]
    broken = [result for result in results if not result.count.is_kept]
    print(f"\n{len(results)} trials in {time.monotonic() - begun:.0f} s, {len(broken)} broke the promise (seed {seed})")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
