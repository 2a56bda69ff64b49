"""No room on the disk: 507, reads go on, and it recovers without a restart."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.servers import NOBODY, PostgresServer, children, signal_all, wait_until

from .clients import CUT, MERGE, Client, Served, say
from .conftest import Serve, can_mount

BALLAST, ROOM = 4_000_000, 6  # bytes, MiB
# A stand-in for a small disk where nobody may mount one: SQLite itself refuses to let the file grow.
LIMITED = """
import sqlite3

connect = sqlite3.connect


def small(*arguments, **options):
    connection = connect(*arguments, **options)
    connection.execute("PRAGMA max_page_count = 120")
    return connection


sqlite3.connect = small

from counters import app
"""


@dataclass
class Disk:
    """Where there is little room, and how to make more."""

    database: str
    app: str
    make_room: Callable[[Client], None]


@pytest.fixture
def small_file_system() -> Iterator[Path]:
    """A file system with little room, outside pytest's own directory, which is closed to PostgreSQL's user."""
    folder = Path(tempfile.mkdtemp(prefix="restwell-disk-"))
    folder.chmod(0o755)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}m,mode=0777", "tmpfs", str(folder)], check=True)
    (folder / "ballast").write_bytes(b"\0" * BALLAST)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def limit(tmp_path: Path) -> Disk:
    (tmp_path / "limited.py").write_text(LIMITED)

    def remove_some(client: Client) -> None:
        for number in range(8):
            assert client.ask("DELETE", f"/counters/row-{number}").status == 204

    return Disk(f"sqlite:///{tmp_path / 'test.db'}", "limited:app", remove_some)


@pytest.fixture
def tmpfs(small_file_system: Path) -> Disk:
    return Disk(f"sqlite:///{small_file_system / 'test.db'}", "counters:app", ballast_remover(small_file_system))


@pytest.fixture
def tablespace(small_file_system: Path) -> Iterator[Disk]:
    place = small_file_system / "pg"
    place.mkdir()
    os.chown(place, NOBODY, NOBODY)
    with PostgresServer() as server:
        name = server.take_database()
        server.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        server.execute(f"ALTER DATABASE {name} SET default_tablespace = small")
        yield Disk(server.url(name), "counters:app", ballast_remover(small_file_system))
    shutil.rmtree(place, ignore_errors=True)


def ballast_remover(folder: Path) -> Callable[[Client], None]:
    return lambda _: (folder / "ballast").unlink()


KINDS = [
    "limit",
    *(["tmpfs", pytest.param("tablespace", marks=pytest.mark.postgresql)] if can_mount() else []),
]


@pytest.fixture(params=KINDS)
def disk(request: pytest.FixtureRequest) -> Disk:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Disk)
    return found


@pytest.mark.slow
def test_a_full_disk_is_507_and_reads_go_on(serve: Serve, disk: Disk) -> None:
    counters = serve(disk.database, disk.app)
    clients = counters.workers()
    note, there = random.randbytes(10_000).hex(), 0
    while True:
        content = {"name": f"row-{there}", "note": note}
        answer = clients[there % 2].ask("POST", "/counters", content)
        if answer.status != 201:
            break
        there += 1
        assert there < 2000, "the disk is never full"
    assert answer.status == 507, answer
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"

    statuses = []
    for client in clients:
        for _ in range(3):
            assert client.get("/counters/row-0").content["note"] == note
            page = client.get("/counters?limit=5")
            assert page.status == 200
            assert client.get("/counters?limit=5", if_none_match=page.tag).status == 304
            statuses.append(client.ask("POST", "/counters", content).status)
            statuses.append(
                client.ask(
                    "PATCH", "/counters/row-1", {"note": note + random.randbytes(10_000).hex()}, kind=MERGE
                ).status
            )
    assert set(statuses) <= {507, 200, 201}  # what is smaller than the room that is left may still go in
    assert 507 in statuses

    names = [row["name"] for page in clients[0].pages("/counters?limit=100") for row in page.content["counters"]]
    assert set(names) >= {f"row-{number}" for number in range(there)}
    assert len(set(names)) == len(names)

    disk.make_room(clients[0])
    again = {"name": "again", "note": note}
    assert wait_until(lambda: clients[0].ask("POST", "/counters", again).status in {201, 409}, 5)
    assert clients[1].ask("PATCH", "/counters/again", {"number": 7}, kind=MERGE).status == 200
    assert clients[0].get("/counters/again").content["number"] == 7
    refused = statuses.count(507)
    say(f"full after {there} rows of 20 kB: {refused} of {len(statuses)} writes 507, reads go on, it recovers")
    check_file(counters)


def fill(folder: Path) -> None:
    """Leave no room at all."""
    with (folder / "rest").open("wb", buffering=0) as rest:
        while True:
            try:
                rest.write(b"\0" * 4096)
            except OSError:
                return


@pytest.fixture
def full(mounting: None, tmpfs: Disk, serve: Serve) -> tuple[Served, Path, Disk]:
    """The counters on a disk that can be filled."""
    served = serve(tmpfs.database, tmpfs.app)
    assert served.client().ask("PUT", "/counters/shared", {"number": 5}).status == 201
    return served, Path(tmpfs.database.removeprefix("sqlite:///")).parent, tmpfs


def writes_well(client: Client) -> bool:
    return client.ask("PATCH", "/counters/shared", {"number": 6}, kind=MERGE).status == 200


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_started_again_on_a_full_disk_reads(
    full: tuple[Served, Path, Disk], sent: signal.Signals
) -> None:
    served, folder, disk = full
    before = {client.get("/counters/shared").worker for client in served.workers()}
    fill(folder)
    signal_all(children(served.server.process.pid), sent)
    began = time.monotonic()

    def are_all_others() -> bool:
        try:
            return not before & {client.get("/counters/shared").worker for client in served.workers()}
        except CUT:  # a connection to a worker that was about to end
            return False

    assert wait_until(are_all_others, 20)
    seconds = time.monotonic() - began
    clients = served.workers()
    assert [client.get("/counters/shared").content["number"] for client in clients] == [5, 5]
    told = [client.ask("PATCH", "/counters/shared", {"note": "n" * 9000}, kind=MERGE) for client in clients]
    say(
        f"workers ended by {sent.name} on a full disk: others read {seconds:.1f} s later; writes are {told[0].status}"
    )
    assert {answer.status for answer in told} == {507}
    (folder / "rest").unlink()
    disk.make_room(clients[0])
    assert all(wait_until(partial(writes_well, client), 5) for client in clients)
    assert [client.get("/counters/shared").content["number"] for client in clients] == [6, 6]


@pytest.mark.slow
def test_a_service_that_starts_on_a_full_disk_reads(full: tuple[Served, Path, Disk]) -> None:
    served, folder, disk = full
    served.server.stop()
    fill(folder)
    served.restart()
    clients = served.workers()
    assert [client.get("/counters/shared").content["number"] for client in clients] == [5, 5]
    assert [client.get("/health/ready").status for client in clients] == [200, 200]
    told = {client.ask("PATCH", "/counters/shared", {"number": 6}, kind=MERGE).status for client in clients}
    say(f"a start on a full disk: reads go on, writes are {told}")
    assert told == {507}
    assert "Traceback" not in served.server.stderr
    (folder / "rest").unlink()
    disk.make_room(clients[0])
    assert wait_until(partial(writes_well, clients[0]), 5)
    assert [client.get("/counters/shared").content["number"] for client in clients] == [6, 6]
    check_file(served)


def check_file(counters: Served) -> None:
    if counters.database.startswith("sqlite:///"):
        connection = sqlite3.connect(counters.database.removeprefix("sqlite:///"))
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        finally:
            connection.close()
