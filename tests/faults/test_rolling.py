"""F13 and F14: two servers behind nginx are ended by SIGTERM and started again, one after the other, under load."""

import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.proxies import nginx_before

from .clients import MERGE, Client, lasting, numbers, say, together
from .conftest import Serve

CLIENTS = 6


@pytest.mark.slow
@pytest.mark.alone
def test_no_request_fails_while_servers_are_started_anew(serve: Serve, database_url: str, tmp_path: Path) -> None:
    every = [serve(database_url), serve(database_url)]
    assert every[0].client().ask("PUT", "/counters/shared", {}).status == 201
    ports = [int(each.server.url.rpartition(":")[2]) for each in every]
    done, told = threading.Event(), Counter[str]()
    acknowledged = [0] * CLIENTS

    def roll() -> None:
        time.sleep(lasting(1))
        for each in every:
            each.server.process.terminate()
            assert each.server.process.wait(15) == 0
            each.restart()
            time.sleep(lasting(1))
        done.set()

    def work(place: int, port: int) -> None:
        """Half of them read, half of them write each their own member."""
        client = Client(f"http://127.0.0.1:{port}", every[0].key)
        for number in numbers():
            if done.is_set():
                break
            if place % 2:
                answer = client.get("/counters/shared")
            else:
                answer = client.ask("PATCH", "/counters/shared", {f"m{place}": number}, kind=MERGE)
                acknowledged[place] = number if answer.status == 200 else acknowledged[place]
            told[f"{'read' if place % 2 else 'written'}, {answer.status}"] += 1
        client.connection.close()

    with nginx_before(ports, tmp_path) as port:
        together([roll, *(partial(work, place, port) for place in range(CLIENTS))])
    final = every[0].client().get("/counters/shared").content
    say(f"two servers started anew behind nginx, {CLIENTS} clients: {dict(sorted(told.items()))}")
    assert set(told) == {"read, 200", "written, 200"}
    assert all(final[f"m{place}"] == acknowledged[place] for place in range(0, CLIENTS, 2))
