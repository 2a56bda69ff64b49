"""A PostgreSQL that says nothing, and tables that others have locked (F10, F11): 503 soon, and then at once.

Nobody waits for what is known not to answer, and service is whole again as soon as it does.
"""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest

from tests.servers import OtherServer, PgBouncer, PostgresServer, children, signal_all, wait_until

from .clients import MERGE, Client, Served, must_wait, say, together
from .conftest import Serve, begun

SOON = 3.0
"""Seconds within which a request is refused whose database does not answer."""
AT_ONCE = 0.1
"""The same, once that is known: milliseconds, and what a busy machine adds to them."""
BACK = 0.1
"""Seconds after which everything is answered again."""
DOCUMENTS = ["/", "/openapi.json", "/docs", "/contexts/Counter", "/schemas/Counter", "/health/live"]
TWO = """
from flask import Flask

from restwell import Api, Field, Resource, public, scope

app = Flask(__name__)
api = Api(app)


@api.resource("/counters", read=public(), write=scope("counters"))
class Counter(Resource):
    name: str = Field(identity=True)
    number: int = 0


@api.resource("/notes", read=public(), write=scope("counters"))
class Note(Resource):
    name: str = Field(identity=True)
"""

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.postgresql]


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def counters(durable: PostgresServer, serve: Serve) -> Served:
    return begun(serve, durable.url(durable.take_database()))


@contextmanager
def stopped(server: PostgresServer, *, backends: bool = True, postmaster: bool = True) -> Iterator[None]:
    """Processes of a server stand still."""
    assert server._process is not None
    pid = server._process.pid
    signal_all([pid], signal.SIGSTOP)  # or else it would start others meanwhile
    every = [*([pid] if postmaster else []), *(children(pid) if backends else [])]
    signal_all(every, signal.SIGSTOP)
    if not postmaster:
        signal_all([pid], signal.SIGCONT)
    try:
        yield
    finally:
        signal_all(every, signal.SIGCONT)


def answered(
    client: Client, method: str, path: str, content: object = None, *, anonymous: bool = False
) -> tuple[int, float]:
    """Status and seconds of an answer; a 503 says when to ask again."""
    began = time.monotonic()
    answer = client.ask(method, path, content, accept="*/*", anonymous=anonymous)
    seconds = time.monotonic() - began
    if answer.status == 503:
        must_wait(answer)
    return answer.status, seconds


def documents(client: Client) -> list[tuple[int, float]]:
    """Statuses and seconds of what needs no store."""
    return [answered(client, "GET", path, anonymous=True) for path in DOCUMENTS]


def five(client: Client) -> list[tuple[int, float]]:
    return [answered(client, "GET", "/counters/shared") for _ in range(5)]


def is_well(client: Client) -> bool:
    writes = client.ask("PATCH", "/counters/shared", {"number": 7}, kind=MERGE).status
    return [client.get("/counters/shared").status, writes] in ([200, 200], [200, 204])


def back_after(clients: list[Client]) -> float:
    """Seconds until each worker reads and writes; all are asked at the same time."""
    began = time.monotonic()
    back = together([partial(wait_until, partial(is_well, client), 5) for client in clients])
    assert all(back)
    return time.monotonic() - began


def test_a_stopped_postgresql_is_503_soon_then_at_once_and_whole_again_at_once(
    counters: Served, durable: PostgresServer
) -> None:
    clients = counters.workers()
    beside = [counters.beside(client) for client in clients]
    assert all(is_well(client) for client in clients)
    for client in clients:
        documents(client)  # which are made when they are first asked for
    with stopped(durable):
        first = together([
            *(partial(answered, client, "GET", "/counters/shared") for client in clients),
            *(partial(answered, client, "PUT", "/counters/shared", {"number": 1}) for client in beside),
        ])  # fmt: skip
        known = [
            answered(client, method, path, content)
            for client in clients
            for method, path, content in [
                ("GET", "/counters/shared", None),
                ("GET", "/counters", None),
                ("PUT", "/counters/shared", {"number": 1}),
                ("POST", "/counters", {"name": "x"}),
                ("GET", "/health/ready", None),
            ]
            for _ in range(5)
        ]
        needless = [each for client in clients for each in documents(client)]
        time.sleep(1)
    seconds = back_after(clients)
    slowest = [max(spent for _, spent in each) for each in (first, known, needless)]
    say(
        f"PostgreSQL stopped: the first answers are 503 within {slowest[0]:.2f} s, "
        f"then within {slowest[1] * 1000:.0f} ms; documents "
        f"and liveness within {slowest[2] * 1000:.0f} ms; all well {seconds:.2f} s after it goes on"
    )
    assert {status for status, _ in [*first, *known]} == {503}
    assert {status for status, _ in needless} == {200}
    assert slowest[0] < SOON
    assert slowest[1] < AT_ONCE
    assert slowest[2] < AT_ONCE
    assert seconds < BACK + 0.2


def test_liveness_goes_on_while_it_is_not_known_yet(counters: Served, durable: PostgresServer) -> None:
    client = counters.client()
    assert is_well(client)
    waiting, probe = counters.beside(client), counters.beside(client)
    with stopped(durable):
        asking = threading.Thread(target=waiting.get, args=("/counters/shared",))
        asking.start()
        live = [answered(probe, "GET", "/health/live") for _ in range(20)]
        asking.join()
    assert {status for status, _ in live} == {200}
    assert max(seconds for _, seconds in live) < AT_ONCE


def test_connections_that_are_there_go_on_while_no_other_can_be_had(
    counters: Served, durable: PostgresServer
) -> None:
    client = counters.client()
    assert is_well(client)
    with stopped(durable, backends=False):
        others = [counters.beside(client) for _ in range(3)]
        told = [each for some in together([partial(five, each) for each in (client, *others)]) for each in some]
        assert [status for status, _ in told].count(200) >= 1
        assert {status for status, _ in told} <= {200, 503}
        assert max(seconds for _, seconds in told) < SOON
        assert is_well(client)
    assert back_after([client]) < SOON


def test_backends_that_stand_still_are_left_behind(counters: Served, durable: PostgresServer) -> None:
    clients = counters.workers()
    assert all(is_well(client) for client in clients)
    with stopped(durable, postmaster=False):
        told = together([partial(answered, client, "GET", "/counters/shared") for client in clients])
        assert {status for status, _ in told} == {503}
        assert max(seconds for _, seconds in told) < SOON
        assert all(wait_until(partial(is_well, client), 1) for client in clients)


def test_a_pooler_whose_server_stands_still_is_503_soon_and_then_at_once(
    durable: PostgresServer, serve: Serve
) -> None:
    with PgBouncer(durable, size=4) as pooler:
        served = serve(pooler.url(durable.take_database()))
        client = served.client()
        assert client.ask("PUT", "/counters/shared", {}).status == 201
        with stopped(durable):
            first = answered(client, "GET", "/counters/shared")
            known = [answered(client, "GET", "/counters/shared") for _ in range(10)]
        seconds = back_after([client])
    say(f"PostgreSQL behind PgBouncer stopped: 503 in {first[1]:.2f} s, then in {max(known)[1] * 1000:.0f} ms")
    assert {status for status, _ in [first, *known]} == {503}
    assert first[1] < SOON
    assert max(known)[1] < AT_ONCE
    assert seconds < 1


def test_a_killed_postgresql_is_503_at_once_and_whole_again_at_once(
    counters: Served, durable: PostgresServer
) -> None:
    clients = counters.workers()
    durable.kill()
    told = [answered(client, "GET", "/counters/shared") for client in clients for _ in range(10)]
    durable.start()
    seconds = back_after(clients)
    say(f"PostgreSQL killed: 503 within {max(told)[1] * 1000:.0f} ms; all well {seconds:.2f} s after it is back")
    assert {status for status, _ in told} == {503}
    assert max(spent for _, spent in told) < AT_ONCE
    assert seconds < BACK + 0.2


@contextmanager
def session(server: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.socket_url(database)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def two(durable: PostgresServer, serve: Serve) -> Served:
    served = serve(durable.url(durable.take_database()), "two:app", {"two.py": TWO})
    client = served.client()
    assert client.ask("PUT", "/counters/shared", {}).status == 201
    assert client.ask("PUT", "/counters/other", {}).status == 201
    assert client.ask("PUT", "/notes/one", {}).status == 201
    return served


def database_of(served: Served) -> str:
    return served.database.rpartition("/")[2]


def test_a_locked_table_is_503_soon_then_at_once_and_other_tables_go_on(two: Served, durable: PostgresServer) -> None:
    client = two.client()
    assert is_well(client)
    beside = two.beside(client)
    with session(durable, database_of(two)) as other:
        other.execute("LOCK TABLE counters IN ACCESS EXCLUSIVE MODE")
        first, meanwhile = together([
            partial(answered, client, "GET", "/counters/shared"),
            lambda: [answered(beside, "GET", "/notes/one") for _ in range(20)],
        ])  # fmt: skip
        known = [
            answered(client, "GET", path) for path in ("/counters/shared", "/counters", "/counters?number=1") * 5
        ]
        posted = [answered(client, "POST", "/counters", {"name": "new"}) for _ in range(3)]
        notes = [answered(client, "PUT", "/notes/one", {}) for _ in range(5)]
        ready = answered(client, "GET", "/health/ready")
    began = time.monotonic()
    assert wait_until(partial(is_well, client), 2)
    seconds = time.monotonic() - began
    say(
        f"a table locked by others: 503 in {first[1]:.2f} s, then in {max(known)[1] * 1000:.0f} ms; other tables in "
        f"{max(spent for _, spent in [*meanwhile, *notes]) * 1000:.0f} ms; all well {seconds:.2f} s after it is free"
    )
    assert {status for status, _ in [first, *known, *posted]} == {503}
    assert {status for status, _ in meanwhile} == {200}
    assert {status for status, _ in notes} <= {200, 204}
    assert ready[0] == 200
    assert first[1] < SOON
    assert max(spent for _, spent in known) < AT_ONCE
    assert max(spent for _, spent in posted[1:]) < AT_ONCE
    assert max(spent for _, spent in [*meanwhile, *notes]) < AT_ONCE
    assert seconds < BACK + 0.2


def test_a_table_that_may_be_read_only_refuses_writers_alone(two: Served, durable: PostgresServer) -> None:
    client = two.client()
    with session(durable, database_of(two)) as other:
        other.execute("LOCK TABLE counters IN SHARE MODE")
        first = answered(client, "PUT", "/counters/shared", {"number": 3})
        known = [answered(client, "PUT", "/counters/shared", {"number": 3}) for _ in range(5)]
        read = [answered(client, "GET", "/counters/shared") for _ in range(5)]
    assert wait_until(partial(is_well, client), 2)
    assert {status for status, _ in [first, *known]} == {503}
    assert {status for status, _ in read} == {200}
    assert max(spent for _, spent in [*known, *read]) < AT_ONCE


def test_a_locked_row_refuses_its_own_writers_alone(two: Served, durable: PostgresServer) -> None:
    client = two.client()
    with session(durable, database_of(two)) as other:
        other.execute("SELECT * FROM counters WHERE name = 'shared' FOR UPDATE")
        told = [answered(client, "PUT", "/counters/shared", {"number": 4 + turn}) for turn in range(2)]
        others = [answered(client, "PUT", "/counters/other", {"number": 4 + turn}) for turn in range(5)]
    assert {status for status, _ in told} == {503}
    assert {status for status, _ in others} <= {200, 204}
    assert max(spent for _, spent in told) < SOON


def test_locked_keys_refuse_those_who_have_one_alone(two: Served, durable: PostgresServer) -> None:
    client = two.client()
    with session(durable, database_of(two)) as other:
        other.execute("LOCK TABLE restwell_keys IN ACCESS EXCLUSIVE MODE")
        first = answered(client, "GET", "/counters/shared")
        known = [answered(client, "GET", "/counters/shared") for _ in range(5)]
        anonymous = [client.get("/counters/shared", anonymous=True).status for _ in range(3)]
    assert {status for status, _ in [first, *known]} == {503}
    assert max(spent for _, spent in known) < AT_ONCE
    assert anonymous == [200, 200, 200]


class Delay:
    """What a server says comes later by so many seconds, on a port of 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.seconds = 0.0
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            for source, sink, late in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(source, sink, late), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, late: bool) -> None:
        try:
            while data := source.recv(65_536):
                if late:
                    time.sleep(self.seconds)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            sink.close()

    def close(self) -> None:
        self._listener.close()


@pytest.mark.parametrize("delay", [0.7, 1.4, 2.3])
def test_a_slow_postgresql_is_answered_or_503_soon(durable: PostgresServer, serve: Serve, delay: float) -> None:
    slow = Delay(durable.port)
    try:
        served = serve(durable.url(durable.take_database()).replace(str(durable.port), str(slow.port)))
        client = served.client()
        assert client.ask("PUT", "/counters/shared", {}).status == 201
        slow.seconds = delay
        told = [
            answered(client, "GET", "/counters/shared"),
            answered(client, "PUT", "/counters/shared", {"number": 5}),
            answered(client, "POST", "/counters", {"name": "b"}),
        ]
        slow.seconds = 0
        assert wait_until(partial(is_well, client), 6)
    finally:
        slow.close()
    say(f"answers of PostgreSQL {delay} s late: {', '.join(f'{status} in {spent:.2f} s' for status, spent in told)}")
    assert {status for status, _ in told} <= {200, 201, 204, 503}
    assert max(spent for _, spent in told) < SOON + 0.2


def test_a_worker_that_starts_while_postgresql_hangs_answers(counters: Served, durable: PostgresServer) -> None:
    counters.server.stop()
    with stopped(durable):
        began = time.monotonic()
        server = OtherServer(
            "gunicorn", "--workers", "1", "--bind", "127.0.0.1:{port}", "counters:app",
            directory=counters.directory, env={"RESTWELL_DATABASE": counters.database},
        )  # fmt: skip
        client = Client(server.url, counters.key)
        begin = time.monotonic() - began
        asked = [("GET", "/counters/shared"), ("DELETE", "/counters/shared"), ("GET", "/health/ready")]
        told = [answered(client, method, path) for _ in range(3) for method, path in asked]
        documents(client)
        needless = documents(client) + documents(client)
    try:
        seconds = back_after([client])
    finally:
        client.connection.close()
        server.stop()
    say(
        f"started while PostgreSQL hangs: it answers after {begin:.1f} s, 503 within "
        f"{max(spent for _, spent in told) * 1000:.0f} ms; all well {seconds:.2f} s after it goes on"
    )
    assert {status for status, _ in told} == {503}
    assert {status for status, _ in needless} == {200}
    assert max(spent for _, spent in [*told, *needless]) < AT_ONCE
    assert seconds < BACK + 0.4
