"""Rows 51, 52 and 58: keys that cannot be told apart by the time they take, revoked keys, and interleavings.

All of it is asked of two workers, direct to `restwell serve`, through nginx with its defaults and through Flask's
door, on both databases. That the answers to rows 51 and 53 are right is asked by `test_catalogue.py`.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections import Counter
from contextlib import closing
from functools import partial
from http.client import HTTPConnection

import pytest

from tests.faults.clients import Until, together

from .catalogue import FLASK, Sent, by, each_beside, get, write
from .interleavings import Interleaving
from .keys import revoke
from .stand import Stand

pytestmark = [pytest.mark.slow, pytest.mark.alone]
INTERLEAVINGS = int(os.environ.get("RESTWELL_INTERLEAVINGS", "200"))
"""How many are tried in each of the six ways; 2000 by hand."""
WORKERS, CLIENTS, REFUSALS = 2, 4, 5
[READ] = get(FLASK)
[CHANGE] = each_beside(('If-Match: "x"',), *write("PUT", FLASK, '{"created": 2011}'))
TRIES, PAIRS, MAX_RATIO = 5, 100, 1.1
"""Others use the machine too: one of so many tries, of so many requests each, has to come out even."""


@pytest.fixture(scope="module")
def workers() -> int:
    return WORKERS


# Row 51.


@pytest.mark.parametrize("other", ["wrong", "revoked", "expired"])
def test_keys_that_are_not_valid_take_the_same_time(stand: Stand, other: str) -> None:
    found = []
    with stand.unharmed():
        for _ in range(TRIES):
            found.append(ratio(stand, other, "unknown"))
            if 1 / MAX_RATIO < found[-1] < MAX_RATIO:
                return
    raise AssertionError(f"a key that is {other} takes {found} of the time of one that is unknown")


def ratio(stand: Stand, one: str, other: str) -> float:
    """How the medians of two keys' answers compare, asked in turns on one connection."""
    connection = HTTPConnection("127.0.0.1", stand.port, timeout=10)
    times: dict[str, list[float]] = {one: [], other: []}
    for number in range(PAIRS):
        for name in (one, other) if number % 2 else (other, one):
            fields = {"Authorization": f"Bearer {stand.keys[name]}", "Host": "localhost"}
            started = time.perf_counter()
            connection.request("GET", FLASK, headers=fields)
            response = connection.getresponse()
            response.read()
            times[name].append(time.perf_counter() - started)
            assert response.status == 401
    connection.close()
    return statistics.median(times[one]) / statistics.median(times[other])


# Row 52.


def test_a_revoked_key_is_refused_by_every_worker_from_the_next_request_on(stand: Stand) -> None:
    """What it asks for has no effect, so that nothing changes while it is still valid."""
    revoked, ready = threading.Event(), threading.Barrier(CLIENTS + 1)

    def use(sent: Sent) -> None:
        accepted, refused, going = set[str](), Counter[str](), Until(20)
        while len(accepted) < WORKERS:
            answer = stand.ask(sent)
            assert answer.status in {200, 412}, answer.head
            assert going, "not all workers were reached"
            accepted.add(answer.worker)
        ready.wait(20)
        while any(refused[worker] < REFUSALS for worker in accepted):
            was_revoked = revoked.is_set()
            answer = stand.ask(sent)
            assert answer.status in ({401} if was_revoked else {200, 412, 401}), answer.head
            assert going, f"refused by {refused}"
            refused[answer.worker] += was_revoked

    def end() -> None:
        ready.wait(20)
        time.sleep(0.05)
        revoke(api, stand.keys["used"])
        revoked.set()

    with stand.unharmed(), stand.api() as api:
        stand.keys["used"] = api.key("frameworks:update")
        together([*(partial(use, sent) for sent in by("used", READ, CHANGE) * (CLIENTS // 2)), end])
        assert stand.ask(CHANGE).status == 412  # others go on


# Row 58.


def test_interleavings_are_as_an_oracle_has_them(stand: Stand) -> None:
    """Each is of one to three requests at the same time, behind all before it; in the end nothing is left of them."""
    with stand.unharmed(), closing(Interleaving(stand.port, stand.key, seed=INTERLEAVINGS)) as interleaving:
        for _ in range(INTERLEAVINGS):
            interleaving.step()
        interleaving.clear()
        stand.answered += interleaving.answered
        statuses = Counter(status for _, status in interleaving.answered)
    assert statuses.keys() == {200, 201, 204, 304, 404, 409, 412}, statuses
