"""Limits under 64 clients on two workers: to the request with Redis, and without it in each worker for itself.

Row 57 of the hostile catalogue is here, too: credentials that are tried out, direct and through nginx.
"""

from __future__ import annotations

import http.client
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.proxies import nginx_with_defaults
from tests.redis import RedisServer

pytestmark = pytest.mark.slow
CLIENTS, EACH, QUOTA = 64, 10, 200
PROGRAM = f"""
from flask import Flask
from restwell import Api, Field, RateLimit, Resource, public

app = Flask(__name__)
api = Api(app, limits=[
    RateLimit({QUOTA}, "hour", by="address"), RateLimit(10, "minute", counts="refused credentials"),
])


@api.resource("/notes", read=public(), create=public())
class Note(Resource):
    title: str = Field(identity=True)
"""


def serving(start_server: StartServer, tmp_path: Path, **env: str) -> int:
    """The port of two workers."""
    (tmp_path / "notes.py").write_text(PROGRAM)
    server = start_server("notes:app", "--workers", "2", env=env)
    return int(server.url.rpartition(":")[2].rstrip("/"))


def statuses(port: int, times: int, *, key: str | None = None, target: str = "/notes") -> Counter[int]:
    """How often which status came, for requests of which each third is on a connection of its own."""
    headers = {"Connection": "keep-alive"} if key is None else {"Authorization": f"Bearer {key}"}
    found: Counter[int] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for number in range(times):
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        answer.read()
        found[answer.status] += 1
        if number % 3 == 2:
            connection.close()
    connection.close()
    return found


def together(port: int) -> Counter[int]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(lambda _: statuses(port, EACH), range(CLIENTS)), Counter())


def test_with_redis_they_hold_to_the_request(redis: RedisServer, start_server: StartServer, tmp_path: Path) -> None:
    port = serving(start_server, tmp_path, RESTWELL_REDIS=redis.url)
    assert together(port) == {200: QUOTA, 429: CLIENTS * EACH - QUOTA}
    redis.flush()
    assert statuses(port, QUOTA + 5) == {200: QUOTA, 429: 5}, "what is flushed begins anew"


def test_without_it_each_worker_counts_for_itself(start_server: StartServer, tmp_path: Path) -> None:
    port = serving(start_server, tmp_path)
    found = together(port)
    assert found.keys() == {200, 429}
    assert QUOTA <= found[200] <= 2 * QUOTA


@pytest.mark.parametrize("way", ["killed", "stopped"])
def test_no_request_fails_for_a_redis_that_does_not_answer(
    way: str, redis: RedisServer, start_server: StartServer, tmp_path: Path
) -> None:
    port = serving(start_server, tmp_path, RESTWELL_REDIS=redis.url)
    assert statuses(port, 10) == {200: 10}
    redis.kill() if way == "killed" else redis.stop()
    started = time.monotonic()
    found = together(port)
    assert found.keys() == {200, 429}
    assert QUOTA <= found[200] <= 2 * QUOTA, "each worker counts for itself meanwhile"
    assert time.monotonic() - started < 10
    redis.start() if way == "killed" else redis.go_on()
    time.sleep(1.1)
    assert statuses(port, 4)[200] == 4, "and Redis counts again"


@pytest.mark.parametrize("way", ["direct", "nginx"])
def test_credentials_that_are_tried_out_end_in_429(way: str, start_server: StartServer, tmp_path: Path) -> None:
    port = serving(start_server, tmp_path)
    with nginx_with_defaults(port, tmp_path) as proxy:
        asked = proxy if way == "nginx" else port
        found = statuses(asked, 60, key="rw_aaaaaaaaaaaa_" + "b" * 43)
        assert found.keys() == {401, 429}
        assert 10 <= found[401] <= 20, "in each worker ten"
        assert statuses(asked, 5) == {200: 5}, "who sends none is answered"
