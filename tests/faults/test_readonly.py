"""Databases that cannot be written, in part or at all (F9): reads go on; one line in the log, and no traceback."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.servers import NOBODY, PostgresServer, free_port, is_root, wait_until

from .clients import MERGE, PLAIN, Client, must_wait, say
from .conftest import Serve, begun

pytestmark = pytest.mark.slow
WRITES = [
    ("PUT", "/counters/shared"),
    ("POST", "/counters"),
    ("PATCH", "/counters/shared"),
    ("DELETE", "/counters/shared"),
]


def writes(client: Client) -> list[int]:
    """What comes of each way to write; a 503 says when to ask again."""
    told = []
    for method, path in WRITES:
        content = None if method == "DELETE" else {"number": 7, **({"name": "new"} if method == "POST" else {})}
        answer = client.ask(method, path, content, kind=MERGE if method == "PATCH" else PLAIN)
        if answer.status == 503:
            must_wait(answer)
        told.append(answer.status)
    return told


def reads(client: Client) -> list[int]:
    page = client.get("/counters")
    tag = {"if_none_match": page.headers.get("etag", "")}
    return [client.get("/counters/shared").status, page.status, client.get("/counters", **tag).status]


READ = [200, 200, 304]


def lines(log: str) -> list[str]:
    """What the log has beside the lines of requests."""
    assert "Traceback" not in log
    return [line for line in log.splitlines() if line and not line.startswith("{")]


@pytest.fixture
def own() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def reconnect(server: PostgresServer, database: str) -> None:
    """Have settings of a database or a role hold for those who are connected already."""
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")


@pytest.mark.postgresql
@pytest.mark.parametrize("of", ["DATABASE {name}", "ROLE postgres IN DATABASE {name}"])
def test_a_database_that_is_declared_read_only_is_403(own: PostgresServer, serve: Serve, of: str) -> None:
    name = own.take_database()
    served = begun(serve, own.url(name))
    clients = served.workers()
    own.execute(f"ALTER {of.format(name=name)} SET default_transaction_read_only = on")
    reconnect(own, name)
    assert [writes(client) for client in clients] == [[403, 403, 403, 403]] * 2
    assert [reads(client) for client in clients] == [READ] * 2
    served.server.stop()
    served.restart()
    assert writes(served.client()) == [403, 403, 403, 403]
    assert reads(served.client()) == READ
    own.execute(f"ALTER {of.format(name=name)} RESET default_transaction_read_only")
    reconnect(own, name)
    assert wait_until(lambda: set(writes(served.client())) <= {200, 201, 204}, 2)
    assert lines(served.server.stderr) == []


@pytest.mark.postgresql
def test_a_hot_standby_is_read(own: PostgresServer, serve: Serve) -> None:
    name = own.take_database()
    served = begun(serve, own.url(name))
    with standby(own) as port:
        served.server.stop()
        served.database = served.database.replace(str(own.port), str(port))
        served.restart()
        clients = served.workers()
        assert [reads(client) for client in clients] == [READ] * 2
        told = [writes(client) for client in clients for _ in range(3)]
        assert told == [[503, 503, 503, 503]] * 6
        said = lines(served.server.stderr)
        say(f"a hot standby: reads go on, {4 * len(told)} writes are 503; the two workers log {len(said)} lines")
        assert len(said) == 2, said
        assert "read-only transaction" in said[0]


@contextmanager
def standby(server: PostgresServer) -> Iterator[int]:
    """A server that follows another; its port."""
    folder, port = server.directory / "standby", free_port()
    as_owner = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if is_root() else {}
    common = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, **as_owner}
    source = f"host={server.directory} port={server.port} user=postgres"
    subprocess.run(
        [server.binaries / "pg_basebackup", "-D", folder, "-d", source, "-R", "-X", "stream", "-c", "fast"],
        check=True, **common,  # type: ignore[call-overload]  # as Popen takes them
    )  # fmt: skip
    command = [server.binaries / "postgres", "-D", folder, "-c", f"port={port}", "-c", "listen_addresses=127.0.0.1"]
    command += ["-c", f"unix_socket_directories={server.directory}", "-c", "max_connections=200"]
    process = subprocess.Popen(command, **common)  # type: ignore[call-overload]  # as above

    def answers() -> bool:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname=postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        assert wait_until(answers, 30)
        yield port
    finally:
        process.kill()
        process.wait()


CHANGES = {
    "a privilege to write": (
        "REVOKE INSERT, UPDATE, DELETE ON counters FROM api",
        "GRANT ALL ON counters TO api",
        True,
    ),
    "a privilege to read": ("REVOKE ALL ON counters FROM api", "GRANT ALL ON counters TO api", False),
    "a table": ("ALTER TABLE counters RENAME TO away", "ALTER TABLE away RENAME TO counters", False),
    "a column": ("ALTER TABLE counters RENAME note TO away", "ALTER TABLE counters RENAME away TO note", False),
    "a schema": ("ALTER SCHEMA public RENAME TO away", "ALTER SCHEMA away RENAME TO public", False),
    "the keys": ("ALTER TABLE restwell_keys RENAME TO away", "ALTER TABLE away RENAME TO restwell_keys", False),
}


@pytest.mark.postgresql
@pytest.mark.parametrize("what", CHANGES)
def test_what_is_missing_is_503_and_one_line_in_the_log(own: PostgresServer, serve: Serve, what: str) -> None:
    name = own.take_database()
    taken, given, is_read = CHANGES[what]
    own.execute("CREATE ROLE api LOGIN")
    own.execute("GRANT ALL ON SCHEMA public TO api", name)
    served = begun(serve, own.url(name).replace("postgres@", "api@"))
    client = served.client()
    assert set(writes(client)) <= {200, 201, 204}
    assert client.ask("PUT", "/counters/shared", {}).status == 201
    own.execute(taken, name)
    told = [status for _ in range(5) for status in writes(client)]
    read = [client.get("/counters/shared").status for _ in range(5)]
    ready, live = client.get("/health/ready").status, client.get("/health/live").status
    own.execute(given, name)
    assert set(told) == {503}
    assert set(read) == ({200} if is_read else {503})
    assert (ready, live) == (200, 200)
    assert wait_until(lambda: reads(client)[0] == 200, 1)
    said = lines(served.server.stderr)
    say(f"without {what}: {len(told) + len(read)} requests, in the log of two workers: {said}")
    assert 1 <= len(said) <= 2, said


@pytest.mark.parametrize("taken, given", [
    ("ALTER TABLE counters RENAME TO away", "ALTER TABLE away RENAME TO counters"),
    ("ALTER TABLE counters RENAME note TO away", "ALTER TABLE counters RENAME away TO note"),
])  # fmt: skip
def test_what_is_missing_in_sqlite_is_503_and_one_line_in_the_log(
    serve: Serve, sqlite_url: str, taken: str, given: str
) -> None:
    served = begun(serve, sqlite_url)
    client = served.client()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute(taken)
        told = [status for _ in range(5) for status in writes(client)]
        other.execute(given)
    assert set(told) == {503}
    assert set(writes(client)) <= {200, 201, 204}
    assert 1 <= len(lines(served.server.stderr)) <= 2


# -- SQLite ---------------------------------------------------------------------------------------------------


@contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """A folder that cannot be written, even by root."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder, folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def forbidden(folder: Path) -> Iterator[None]:
    """The same for who is not root."""
    every = [folder, *folder.iterdir()]
    for path in every:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in every:
            path.chmod(0o755 if path.is_dir() else 0o644)


@contextmanager
def file_only(folder: Path) -> Iterator[None]:
    """A file that cannot be written, in a folder that can."""
    if not is_root():
        (folder / "test.db").chmod(0o444)
        yield
        (folder / "test.db").chmod(0o644)
        return
    database = folder / "test.db"
    subprocess.run(["mount", "--bind", database, database], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", database, database], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", database], check=True)


WAYS = [pytest.param(mounted if is_root() else forbidden, id="folder"), pytest.param(file_only, id="file")]
mounts = pytest.mark.usefixtures(*(["mounting"] if is_root() else []))  # root may write everywhere else


@mounts
@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("way", WAYS)
def test_an_sqlite_database_that_cannot_be_written_is_read(
    serve: Serve, tmp_path: Path, way: Callable[[Path], object], mode: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    database = folder / "test.db"
    served = begun(serve, f"sqlite:///{database}")
    served.server.stop()
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        assert connection.execute(f"PRAGMA journal_mode = {mode}").fetchone() == (mode,)
    for beside in folder.glob("test.db-*"):
        beside.unlink()
    with way(folder):  # type: ignore[attr-defined]  # each is a context manager
        served.restart()
        clients = served.workers()
        assert [reads(client) for client in clients] == [READ] * 2
        told = [status for client in clients for _ in range(3) for status in writes(client)]
        assert [client.get("/health/ready").status for client in clients] == [200, 200]
    said = lines(served.server.stderr)
    say(f"SQLite that cannot be written ({mode}): {len(told)} writes are {set(told)}, reads go on, {len(said)} lines")
    assert set(told) == {503}
    assert 1 <= len(said) <= 4, said
    assert wait_until(lambda: all(set(writes(client)) <= {200, 201, 204, 404, 409} for client in clients), 2)


@mounts
@pytest.mark.parametrize("way", WAYS[:1])
def test_a_change_by_others_to_a_file_that_is_read_alone_is_seen(
    serve: Serve, tmp_path: Path, way: Callable[[Path], object]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    database = folder / "test.db"
    served = begun(serve, f"sqlite:///{database}")
    served.server.stop()
    with way(folder):  # type: ignore[attr-defined]  # each is a context manager
        served.restart()
        clients = served.workers()
        assert [client.get("/counters/shared").content["number"] for client in clients] == [0, 0]
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        for number in range(1, 6):
            other.execute("UPDATE counters SET number = ? WHERE name = 'shared'", (number,))
            assert [client.get("/counters/shared").content["number"] for client in clients] == [number, number]
    assert [client.get("/counters/shared").content["number"] for client in clients] == [5, 5]
