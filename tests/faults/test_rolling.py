"""F13 and F14: servers and workers behind nginx are started anew, one after the other, under load."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.proxies import nginx_before
from tests.servers import children, wait_until

from .clients import Client, Served, lasting, numbers, say, together
from .conftest import Serve, begun

pytestmark = [pytest.mark.slow, pytest.mark.alone]
CLIENTS = 6


def test_no_request_fails_while_two_servers_are_started_anew(serve: Serve, database_url: str, tmp_path: Path) -> None:
    every = [begun(serve, database_url), serve(database_url)]

    def roll() -> None:
        for each in every:
            time.sleep(lasting(1))
            each.server.process.terminate()
            assert each.server.process.wait(15) == 0
            each.restart()

    check_that_nothing_fails(roll, every, tmp_path)


def test_no_request_fails_while_workers_are_started_anew(counters: Served, tmp_path: Path) -> None:
    """SIGHUP has each worker followed by another."""
    before = workers_of(counters)

    def hang_up() -> None:
        time.sleep(lasting(1))
        counters.server.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: len(workers_of(counters)) == len(before) and not workers_of(counters) & before, 20)

    check_that_nothing_fails(hang_up, [counters], tmp_path)


def workers_of(counters: Served) -> set[int]:
    return set(children(counters.server.process.pid))


def check_that_nothing_fails(fault: Callable[[], None], every: Sequence[Served], directory: Path) -> None:
    """Half of some clients read, half replace each their own counter, until a second after what happens meanwhile.

    They replace, since nginx asks another server again only where that does no harm (RFC 9110, section 9.2.2): a
    PATCH or POST may be 502 when its connection waits in the queue of a server that ends.
    """
    done, told = threading.Event(), Counter[str]()
    acknowledged = [0] * CLIENTS

    def happen() -> None:
        try:
            fault()
            time.sleep(lasting(1))
        finally:
            done.set()

    def work(place: int, port: int) -> None:
        client = Client(f"http://127.0.0.1:{port}", every[0].key)
        for number in numbers():
            if done.is_set():
                break
            if place % 2:
                answer = client.get("/counters/shared")
            else:
                answer = client.ask("PUT", f"/counters/own-{place}", {"number": number})
                acknowledged[place] = number if answer.status < 300 else acknowledged[place]
            told[f"{'read' if place % 2 else 'written'}, {answer.status}"] += 1
        client.connection.close()

    ports = [int(each.server.url.rpartition(":")[2]) for each in every]
    with nginx_before(ports, directory) as port:
        together([happen, *(partial(work, place, port) for place in range(CLIENTS))])
    client = every[0].client()
    say(f"{len(every)} servers behind nginx, {CLIENTS} clients: {dict(sorted(told.items()))}")
    assert set(told) == {"read, 200", "written, 201", "written, 200"}
    for place in range(0, CLIENTS, 2):
        assert client.get(f"/counters/own-{place}").content["number"] == acknowledged[place]
