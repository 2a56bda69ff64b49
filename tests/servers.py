"""Real servers for the tests, started from what is on the machine, each private to one test process.

Nothing here knows pytest: `conftest.py` turns these classes into fixtures. A server that is missing is a
`MissingServerError` with the line that installs it; one that fails to start is a `RuntimeError` with its log.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import psycopg

NOBODY = 65534  # PostgreSQL refuses to run as root, so root runs it as this user

# What is left when the tests are gone: end the server that its own file names, and take its directory away.
POSTGRES_LEFT_BEHIND = """
kill -s QUIT "$(head -n 1 "$1/data/postmaster.pid")"
tries=0
while [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
rm -rf "$1"
"""
RESTWELL_LEFT_BEHIND = 'kill -s KILL -- "-$1"'  # the command, and the workers in its process group

# Run in a database, makes it as good as new.
EMPTY_THE_DATABASE = """
SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
END $$;
CREATE SCHEMA public;
"""


class MissingServerError(Exception):
    """The machine lacks a server; the text is the line that installs it."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 on which nothing listens.

    It lies below the range from which Linux takes the ports of outgoing connections, so that none of those
    can take it between this look and the server's start.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as candidate:
            # As servers do, or else a port that was closed a moment ago would look taken.
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port among a hundred between 20000 and 32000")


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Ask `ready` every 10 ms until it says yes; False if it did not within `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Janitor:
    """A shell script that runs when the test process ends, however it ends: by `kill -9` too.

    It waits on a pipe that only the test process holds open. `PR_SET_PDEATHSIG` would do the same, but on
    Linux only, and through a `preexec_fn`, against which Python warns where there are threads.
    """

    def __init__(self, script: str, *arguments: str) -> None:
        self._shell = subprocess.Popen(
            ["sh", "-c", f"cat; {script}", "janitor", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a terminal's Ctrl-C is for the tests
        )

    def run(self) -> None:
        """Run the script now, and return when it has ended."""
        self._shell.communicate()


def children(pid: int) -> list[int]:
    """Return the process ids of the children that a process has now; none where there is no /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # "pid (name) state ppid ...", and the name may hold spaces and brackets.
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):  # it ended while we looked
            continue
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found


def memory_of(pid: int | str = "self") -> dict[str, int]:
    """KiB of a process that are resident now (VmRSS), and were at most (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines)
    return {name: int(found[name].split()[0]) for name in ("VmRSS", "VmHWM")}


def forget_peak(pid: int | str = "self") -> None:
    """Let VmHWM begin again at what is resident now (proc(5))."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def signal_all(pids: Sequence[int], sent: signal.Signals) -> None:
    """Send a signal to each process that is still there."""
    for pid in pids:
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            continue


def postgres_binaries() -> Path:
    """Return the folder of the newest PostgreSQL server's programs, or raise `MissingServerError`."""
    debian = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda folder: [int(digits) for digits in re.findall(r"\d+", str(folder))],
    )
    if debian:
        return debian[-1]
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise MissingServerError("no PostgreSQL binaries: apt-get install postgresql")


class PostgresServer:
    """A PostgreSQL with a data directory of its own, on a Unix socket and on a free port of 127.0.0.1.

    Anyone on the machine may connect as `postgres`, without a password. After `kill` and `start` it has
    everything that was committed: with fsync off a commit is still handed to the operating system, so only
    the death of the machine itself could lose it. `settings` go to the server as `-c name=value` at every
    start.
    """

    def __init__(self, *, fsync: bool = False, settings: Mapping[str, str] | None = None) -> None:
        self.binaries = postgres_binaries()
        self.port = free_port()
        self.settings = {
            "fsync": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "max_connections": "200",
            "autovacuum": "off",  # nothing lives long enough to need it, and it would compete for two cores
            **(settings or {}),
        }
        self.directory = self._own_directory()
        self._data = self.directory / "data"
        self._log = self.directory / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._janitor = Janitor(POSTGRES_LEFT_BEHIND, str(self.directory))
        self._made = 0
        self._empty: list[str] = []
        self._initialise()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and return when it answers. One that is running already is left alone."""
        if self.running:
            return
        settings = {**self.settings, "port": str(self.port), "unix_socket_directories": str(self.directory)}
        command = [str(self.binaries / "postgres"), "-D", str(self._data)]
        for name, value in {"listen_addresses": "127.0.0.1", **settings}.items():
            command += ["-c", f"{name}={value}"]
        # After a kill the old backends may hold the shared memory for another moment.
        for _ in range(50):
            self._process = self._spawn(command)
            if wait_until(lambda: self._answers() or not self.running, 30) and self.running:
                return
            if "pre-existing shared memory block" not in self._log.read_text():
                break
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")

    def stop(self) -> None:
        """Stop in good order, ending the connections that are open (a fast shutdown)."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """End all its processes by SIGKILL, as a crash would; `start` then recovers."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGSTOP)  # one that it starts while we look would live on
            backends = children(self._process.pid)
            self._process.kill()
            signal_all(backends, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop, and remove the data directory. Since no data is kept, it need not be in good order."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
        self._janitor.run()

    def url(self, database: str) -> str:
        """Return the address of a database over TCP, as a user would give it to Restwell."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str) -> str:
        """Return the address of a database over the Unix socket."""
        return f"postgresql://postgres@/{database}?host={self.directory}&port={self.port}"

    def execute(self, sql: str, database: str = "postgres") -> None:
        """Run SQL as superuser, outside a transaction unless it is several statements."""
        with psycopg.connect(self.socket_url(database), autocommit=True) as connection:
            connection.execute(sql.encode())

    def take_database(self) -> str:
        """Return the name of an empty database, starting the server if it was stopped or killed.

        Databases that were given back are used again, since emptying one takes 10 ms, while creating one,
        the first connection to it and dropping it take 77 ms (measured, with fsync off). A schema for each
        test would take 0.1 ms, but code that names `public` or reads the catalogue would see the others'
        tables.
        """
        self.start()
        if self._empty:
            return self._empty.pop()
        self._made += 1
        name = f"test_{self._made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def give_back_database(self, name: str) -> None:
        """Take a database back: end the connections that a test has left open, and empty it."""
        self.start()
        self.execute(EMPTY_THE_DATABASE, name)
        self._empty.append(name)

    def _own_directory(self) -> Path:
        """Return a new directory that the server's user owns and can reach.

        Not under pytest's tmp_path, which is closed to other users and too long for a socket (107 bytes).
        """
        for parent in (Path(tempfile.gettempdir()), Path("/var/tmp")):  # noqa: S108 -- safe by mkdtemp
            if all(folder.stat().st_mode & 0o001 for folder in (parent, *parent.parents)) or not is_root():
                directory = Path(tempfile.mkdtemp(prefix="restwell-pg-", dir=parent))
                if is_root():
                    os.chown(directory, NOBODY, NOBODY)
                return directory
        raise RuntimeError("no temporary directory that another user than root can reach: set TMPDIR to one")

    def _initialise(self) -> None:
        command = [str(self.binaries / "initdb"), "--pgdata", str(self._data), "--username", "postgres"]
        command += [
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
            "--no-instructions",
        ]
        if self._spawn(command).wait():
            raise RuntimeError(f"initdb failed:\n{self._log.read_text()}")

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
                user=NOBODY if is_root() else None,
                group=NOBODY if is_root() else None,
                extra_groups=[] if is_root() else None,
                start_new_session=True,  # a terminal's Ctrl-C is for the tests, which then stop the server
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.socket_url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class PgBouncer:
    """A PgBouncer before a PostgresServer, in transaction mode, on a free port of 127.0.0.1.

    Every client shares `size` sessions of a database. `settings` go into its configuration.
    """

    def __init__(self, server: PostgresServer, *, size: int = 2, settings: Mapping[str, str] | None = None) -> None:
        program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise MissingServerError("no PgBouncer: apt-get install pgbouncer")
        self.server = server
        self.port = free_port()
        self._directory = server.directory / f"pgbouncer-{self.port}"
        self._directory.mkdir()
        (self._directory / "users").write_text('"postgres" ""\n')
        every = {
            "listen_addr": "127.0.0.1", "listen_port": str(self.port), "unix_socket_dir": "", "auth_type": "any",
            "auth_file": str(self._directory / "users"), "pool_mode": "transaction", "default_pool_size": str(size),
            "server_check_delay": "0", "server_login_retry": "1", **(settings or {}),
        }  # fmt: skip
        lines = ["[databases]", f"* = host=127.0.0.1 port={server.port} user=postgres", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in every.items()]
        (self._directory / "pgbouncer.ini").write_text("\n".join(lines))
        self._log = self._directory / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program, str(self._directory / "pgbouncer.ini")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=NOBODY if is_root() else None,
                group=NOBODY if is_root() else None,
                extra_groups=[] if is_root() else None,
                start_new_session=True,
            )
        self._janitor = Janitor('kill -s KILL "$1"', str(self._process.pid))
        if not wait_until(lambda: self._answers() or self._process.poll() is not None, 10) or self._process.poll():
            self.close()
            raise RuntimeError(f"PgBouncer did not start:\n{self._log.read_text()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, database: str) -> str:
        """Return the address of a database by way of this."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def close(self) -> None:
        """End it, and every connection by way of it."""
        self._process.kill()
        self._process.wait()
        self._janitor.run()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def is_root() -> bool:
    return os.geteuid() == 0


class RestwellServer:
    """A running `restwell serve`, started as a user starts it: the installed command, options, environment.

    `url` is the base that it printed when it was ready. Both streams go to files, so that it never has to
    wait for a reader.
    """

    def __init__(
        self,
        *arguments: str,
        directory: Path,
        env: Mapping[str, str] | None = None,
        bind: str | None = None,
        seconds: float = 20,
    ) -> None:
        """Start `restwell serve ARGUMENTS --bind BIND` in `directory` and return when it listens.

        Without `bind` a free port is taken. `env` is added to the environment, from which RESTWELL_* is
        removed, so that a test does not depend on who runs it. Raises RuntimeError if it ends, or takes
        over `seconds`.
        """
        self.bind = bind or f"127.0.0.1:{free_port()}"
        self.arguments = arguments
        self._stdout = directory / f"serve-{self.bind.rpartition(':')[2]}.out"
        self._stderr = self._stdout.with_suffix(".err")
        # Without PYTHONUNBUFFERED, or a ready line that is never flushed would go unnoticed.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("RESTWELL_") and name != "PYTHONUNBUFFERED"
        }
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [restwell_command(), "serve", *arguments, "--bind", self.bind],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=directory,
                env={**inherited, **(env or {})},
                start_new_session=True,
            )
        self._janitor = Janitor(RESTWELL_LEFT_BEHIND, str(self.process.pid))
        self.url = self._wait_for_url(seconds)

    @property
    def stdout(self) -> str:
        return self._stdout.read_text()

    @property
    def stderr(self) -> str:
        return self._stderr.read_text()

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a simple GET, for tests that need no HTTP client of their own."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()

    def stop(self, seconds: float = 15) -> int:
        """Send SIGTERM, let it drain, and return its exit code; after `seconds` send SIGKILL."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self.kill()

    def kill(self) -> int:
        """End it and its workers by SIGKILL, unless it has ended, and return its exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self._janitor.run()  # workers that outlived their parent
        return self.process.wait()

    def _wait_for_url(self, seconds: float) -> str:
        said = wait_until(lambda: self._printed_url() is not None or self.process.poll() is not None, seconds)
        url = self._printed_url()
        if said and url is not None:
            return url
        ended = self.process.poll()
        self.kill()
        what = f"did not say that it listens within {seconds} s" if ended is None else f"ended with {ended}"
        raise RuntimeError(f"restwell serve {what}\nstdout: {self.stdout}\nstderr: {self.stderr}")

    def _printed_url(self) -> str | None:
        found = re.search(r"Listening on (https?://\S+)\n", self.stdout)
        return found[1].rstrip("/") if found else None


class OtherServer:
    """An application behind a server that is not `restwell serve`, started by its own program.

    `command` are the name of that program, as it was installed beside the Python of the tests, and its arguments,
    in which `{port}` stands for a free one. It is ready when it answers `GET /`, whatever it says.
    """

    def __init__(
        self, *command: str, directory: Path, env: Mapping[str, str] | None = None, seconds: float = 30
    ) -> None:
        """Start it in `directory` and return when it answers. Raises RuntimeError if it ends, or takes longer."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = directory / f"{command[0]}-{self.port}.log"
        program, *arguments = (part.replace("{port}", str(self.port)) for part in command)
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("RESTWELL_", "FLASK_"))
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [installed_command(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=directory,
                env={**inherited, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **(env or {})},
                start_new_session=True,
            )
        self._janitor = Janitor(RESTWELL_LEFT_BEHIND, str(self.process.pid))
        if not wait_until(lambda: self._answers() or self.process.poll() is not None, seconds) or (
            self.process.poll() is not None
        ):
            self.stop()
            raise RuntimeError(f"{program} did not answer within {seconds} s\n{self.log}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """End it and its workers by SIGKILL."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self._janitor.run()  # workers that outlived their parent
        self.process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5):
                return True
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return True
        except OSError:
            return False


def restwell_command() -> str:
    """Return the path of the `restwell` command that belongs to the Python of the tests."""
    return installed_command("restwell")


def installed_command(name: str) -> str:
    """Return the path of a command that was installed beside the Python of the tests."""
    command = Path(sysconfig.get_path("scripts")) / name
    if not command.exists():
        raise MissingServerError(f"the {name} command is not installed here: run the tests by `make test`")
    return str(command)
