"""A real PostgreSQL server on this machine, for as long as somebody needs one."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy as sa


def _binary(name: str) -> str | None:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(newest[-1]) if newest else shutil.which(name)


def is_installed() -> bool:
    """Tell whether a server can be started here."""
    return _binary("initdb") is not None and _binary("pg_ctl") is not None


class PostgresServer:
    """A server below a folder of its own, at a free port of the loopback interface.

    Parameters
    ----------
    home
        An empty folder; not below one that only its owner may enter, because the server refuses to run as root.
    """

    def __init__(self, home: Path) -> None:
        self._home, self._port, self._numbers = home, _free_port(), count(1)
        self._as_user: list[str] = []
        if os.getuid() == 0:
            shutil.chown(home, "postgres")
            self._as_user = ["runuser", "-u", "postgres", "--"]
        self._call("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")

    @property
    def _address(self) -> str:
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self._port} -k {self._home} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
        self._call("pg_ctl", "-w", "-l", str(self._home / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop it as if the machine had lost its power: nobody is waited for, it recovers when it is started."""
        self._call("pg_ctl", "-m", "immediate", "stop")

    def new_database(self) -> str:
        """Make an empty database and return its SQLAlchemy URL."""
        name = f"test_{next(self._numbers)}"
        admin = sa.create_engine(f"{self._address}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        return f"{self._address}/{name}"

    def _call(self, program: str, *options: str) -> None:
        command = [*self._as_user, str(_binary(program)), "-D", str(self._home / "data"), *options]
        done = subprocess.run(command, cwd=self._home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server; it and all it held are gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="ops-postgres-"))
    try:
        server = PostgresServer(home)
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
