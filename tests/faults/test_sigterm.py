"""SIGTERM under load: what was accepted is answered, and the exit code is 0."""

import socket
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .clients import APP, CUT, MERGE, Client, Served, numbers, say, together
from .conftest import Serve

CLIENTS = 8
SLOW = f"""{APP}

import time


@app.get("/slow")
def slow():
    time.sleep(0.4)
    return "done"
"""


@pytest.mark.slow
def test_requests_in_flight_are_answered(serve: Serve, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    counters = serve(database_url, "slow:app")
    where = urlsplit(counters.server.url)
    clients = [*counters.workers(), *(counters.client() for _ in range(CLIENTS - 2))]

    def ask(client: Client) -> int:
        try:
            return client.get("/slow").status
        except CUT:
            return 0

    def end() -> int:
        time.sleep(0.2)
        counters.server.process.terminate()
        return 0

    began = time.monotonic()
    _, *statuses = together([end, *(lambda client=client: ask(client) for client in clients)])
    code = counters.server.process.wait(15)
    say(
        f"SIGTERM with {CLIENTS} slow requests in flight: {Counter(statuses)} (0 is a connection that was cut), "
        f"exit code {code} after {time.monotonic() - began:.1f} s"
    )
    assert statuses == [200] * CLIENTS
    assert code == 0
    with socket.socket() as late:
        assert late.connect_ex((where.hostname, where.port)) != 0


@pytest.mark.slow
def test_no_request_is_cut_off_under_load(counters: Served) -> None:
    for client in counters.workers():
        assert client.get("/counters/shared").status == 200
    begun = threading.Event()
    told: Counter[str] = Counter()
    done: dict[int, tuple[int, int]] = {}

    def work(place: int) -> None:
        """Half keep their connection, the others open one for each request."""
        client, acknowledged = counters.client(), 0
        for number in numbers():
            if place % 2:
                client.connection.close()
            after = "after" if begun.is_set() else "before"
            try:
                if client.connection.sock is None:
                    client.connection.connect()
                    told[f"{after}: connected"] += 1
            except ConnectionRefusedError:
                break
            try:
                answer = client.ask("PATCH", "/counters/shared", {f"m{place}": number}, kind=MERGE)
            except CUT as error:
                kind = "one of its own" if place % 2 else "a kept one"
                told[f"{'after' if begun.is_set() else 'before'}: {type(error).__name__} on {kind}"] += 1
                done[place] = (acknowledged, number)
                client.connection.close()
                continue
            assert answer.status == 200, answer
            told[f"{after}: answered"] += 1
            acknowledged = number
            done[place] = (acknowledged, number)

    def end() -> None:
        time.sleep(1)
        begun.set()
        counters.server.process.terminate()

    together([end, *(lambda place=place: work(place) for place in range(CLIENTS))])
    code = counters.server.process.wait(15)
    counters.restart()
    final = counters.client().get("/counters/shared").content
    say(f"SIGTERM under load of {CLIENTS} clients: {dict(sorted(told.items()))}, exit code {code}")
    assert code == 0
    assert all(acknowledged <= final[f"m{place}"] <= tried for place, (acknowledged, tried) in done.items())
    unsure = sum(final[f"m{place}"] != acknowledged for place, (acknowledged, _) in done.items())
    assert unsure == 0, "a change was made, and its answer cut off"
    # A connection may end just as the next request is on its way, a new one too while it waits in the listener's
    # queue; such a request was never accepted, as seen above. Before the signal there is no such excuse.
    assert not [kind for kind in told if kind.startswith("before") and " on " in kind]
