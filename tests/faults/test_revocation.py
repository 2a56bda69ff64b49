"""A key that is revoked is refused by every worker from the next request on."""

import socket
import threading
import time
from functools import partial
from urllib.parse import urlsplit

import pytest

from .clients import CUT, MERGE, Served, say, together

TIMES, CONNECTIONS = 2, 4


class Using:
    """A key in use on several connections, until each has been refused some times after it was revoked."""

    def __init__(self, counters: Served) -> None:
        self.counters = counters
        self.key = counters.run("keys", "create", "temporary", "--scope", "counters:update")
        self.clients = [*counters.workers(), *(counters.client() for _ in range(CONNECTIONS - 2))]
        for client in self.clients:
            client.key = self.key
        self.revoked = threading.Event()

    def use(self, place: int) -> int:
        client, number, after = self.clients[place], 0, 0
        while after < 10:
            number += 1
            before = self.revoked.is_set()
            try:
                if number % 2:
                    answer = client.ask("PATCH", "/counters/shared", {f"m{place}": number}, kind=MERGE)
                else:
                    answer = client.get("/counters/shared")
            except CUT:  # a refusal may end the connection; how, the next test says
                continue
            assert answer.status in ({401} if before else {200, 401}), answer
            if before:
                assert "invalid_token" in answer.headers["www-authenticate"]
                after += 1
        return after

    def revoke(self) -> int:
        time.sleep(0.3)
        self.counters.run("keys", "revoke", self.key.split("_")[1])
        self.revoked.set()
        return 0


@pytest.mark.slow
def test_a_revoked_key_is_refused_by_every_worker_at_once(counters: Served) -> None:
    refused = 0
    for _ in range(TIMES):
        using = Using(counters)
        refused += sum(together([using.revoke, *(partial(using.use, place) for place in range(CONNECTIONS))]))
        for client in counters.workers():
            client.key = using.key
            assert client.get("/counters/shared").status == 401
        assert counters.client().get("/counters/shared").status == 200  # others go on
    say(f"{TIMES} keys revoked under load: {refused} requests behind it on both workers, all refused")


@pytest.mark.slow
def test_a_refusal_before_the_content_has_come_says_whether_the_connection_goes_on(counters: Served) -> None:
    where = urlsplit(counters.server.url)
    fields = f"Host: {where.netloc}\r\nContent-Type: {MERGE}\r\nContent-Length: 2\r\n\r\n"
    head = f"PATCH /counters/shared HTTP/1.1\r\n{fields}"
    again = f"GET /health HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=5) as connection:
        connection.settimeout(0.5)
        connection.sendall(head.encode())
        try:
            refusal = connection.recv(65536)
        except TimeoutError:
            refusal = b""  # the server waits for the content, which is as good
        connection.settimeout(5)
        try:
            connection.sendall(b"{}")  # most clients send head and content apart
            refusal = refusal or connection.recv(65536)
            time.sleep(0.1)
            connection.sendall(again.encode())
            answered = connection.recv(65536).startswith(b"HTTP/1.1 ")
        except OSError:
            answered = False
    assert refusal.startswith(b"HTTP/1.1 401")
    assert answered or b"\r\nconnection: close\r\n" in refusal.lower()
