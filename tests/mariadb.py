"""A real MariaDB for the tests, as `servers.py` has PostgreSQL: private to one test process, and gone with it."""

import getpass
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import pymysql  # type: ignore[import-untyped]  # it has none
import sqlalchemy as sa

from tests.servers import Janitor, MissingServerError, free_port, wait_until

UNSAFE = [
    "--debug-no-sync=1", "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0", "--innodb-file-per-table=0", "--innodb-stats-persistent=0",
]  # fmt: skip
"""Nothing of it has to survive: so a table is made in a quarter of the time."""
LEFT_BEHIND = 'kill -s KILL "$(cat "$1/pid")"; rm -rf "$1"'


class MariadbServer:
    """A MariaDB with a data directory of its own, on a free port of 127.0.0.1; `root` needs no password.

    One that is `durable` keeps what it has committed when it is killed.
    """

    def __init__(self, *, durable: bool = False) -> None:
        server = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        installer = shutil.which("mariadb-install-db")
        if server is None or installer is None:
            raise MissingServerError("no MariaDB: apt-get install mariadb-server")
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="restwell-mariadb-"))
        self._log = self.directory / "log"
        data = [f"--datadir={self.directory / 'data'}", f"--user={getpass.getuser()}"]
        own = os.environ | {"TMPDIR": str(self.directory)}  # servers with equal numbers of processes would collide
        installing = subprocess.run(
            [installer, "--no-defaults", *data, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=False, capture_output=True, timeout=60, env=own,
        )  # fmt: skip
        if installing.returncode:
            raise RuntimeError(f"MariaDB was not installed: {(installing.stdout + installing.stderr).decode()}")
        self._janitor = Janitor(LEFT_BEHIND, str(self.directory))
        self._made = 0
        self._own = own
        self._command = [
            server, "--no-defaults", *data, f"--port={self.port}", "--bind-address=127.0.0.1",
            f"--socket={self.directory / 'socket'}", f"--pid-file={self.directory / 'pid'}",
            "--skip-name-resolve", "--character-set-server=utf8mb4", *([] if durable else UNSAFE),
        ]  # fmt: skip
        self.process = self._launch()

    def _launch(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, stdout=log, stderr=log, env=self._own)

    def kill(self) -> None:
        """Let it end as by a power failure."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Start it again, and return when it answers."""
        self.process = self._launch()
        if not wait_until(self._answers, 30):
            raise RuntimeError(f"MariaDB did not start:\n{self._log.read_text()}")

    def __enter__(self) -> Self:
        if not wait_until(self._answers, 30):
            self.close()
            raise RuntimeError(f"MariaDB did not start:\n{self._log.read_text()}")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and remove the data directory."""
        self.kill()
        self._janitor.run()

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except pymysql.OperationalError:
            return False
        return True

    def connection(self) -> Any:
        """A connection as superuser."""
        connection: Any = pymysql.connect(host="127.0.0.1", port=self.port, user="root", ssl_disabled=True)
        return connection

    def execute(self, sql: str) -> None:
        """Run a statement as superuser."""
        with self.connection() as connection:
            connection.cursor().execute(sql)

    def make_database(self) -> str:
        """Return the address of an empty database, as SQLAlchemy has it; without TLS, which takes long to prepare."""
        self._made += 1
        name = f"test_{self._made}"
        self.execute(f"CREATE DATABASE {name}")
        return f"mariadb+pymysql://root@127.0.0.1:{self.port}/{name}?ssl_disabled=true"

    def drop_database(self, url: str) -> None:
        """Drop a database by its address."""
        self.execute(f"DROP DATABASE {sa.make_url(url).database}")
