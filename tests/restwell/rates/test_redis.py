"""Counters in Redis count as those in memory do, across processes, and go on alone while Redis does not answer."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from restwell.rates.counters import Spending
from restwell.rates.declared import RateLimit
from restwell.rates.redis import PAUSE, RedisCounters, key_of
from tests.redis import RedisServer

THREE, FIVE = RateLimit(3, "minute"), RateLimit(5, "hour")


def test_what_fits_is_counted_for_all_workers_and_what_does_not_by_no_limit(redis: RedisServer) -> None:
    workers = [RedisCounters(redis.url), RedisCounters(redis.url)]
    both = [Spending(THREE, "ada"), Spending(FIVE, "ada")]
    told = [workers[number % 2].spend(both) for number in range(5)]
    assert [(each.fits, [left.requests for left in each.left]) for each in told] == [
        (True, [2, 4]), (True, [1, 3]), (True, [0, 2]), (False, [0, 2]), (False, [0, 2]),
    ]  # fmt: skip
    assert all(59 < each.left[0].seconds <= 60 and 3599 < each.left[1].seconds <= 3600 for each in told)
    assert workers[0].spend([Spending(THREE, "bob")], 0) == (True, ((3, 60),))
    assert workers[0].spend([Spending(THREE, "bob")]).left[0].requests == 2


def test_a_window_ends(redis: RedisServer) -> None:
    counters, second = RedisCounters(redis.url), RateLimit(1, "second")
    assert [counters.spend([Spending(second, "ada")]).fits for _ in range(2)] == [True, False]
    time.sleep(1.05)
    assert counters.spend([Spending(second, "ada")]).fits


def test_of_many_clients_exactly_as_many_pass_as_may(redis: RedisServer) -> None:
    limit, workers = RateLimit(100, "hour"), [RedisCounters(redis.url) for _ in range(4)]
    with ThreadPoolExecutor(16) as pool:
        passed = sum(pool.map(lambda n: workers[n % 4].spend([Spending(limit, "ada")]).fits, range(400)))
    assert passed == 100


def test_its_keys_tell_of_nobody() -> None:
    key = key_of(Spending(THREE, "subject ada@example.org"))
    assert key.startswith("restwell:key-3-in-60s:60:")
    assert "ada" not in key
    assert key != key_of(Spending(THREE, "subject bob@example.org"))


@pytest.mark.parametrize("way", ["killed", "stopped"])
def test_while_redis_does_not_answer_each_worker_counts_for_itself(
    redis: RedisServer, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    counters, ada = RedisCounters(redis.url), [Spending(THREE, "ada")]
    assert counters.spend(ada).left[0].requests == 2
    if way == "killed":
        redis.kill()
    else:
        redis.stop()
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, "restwell"):
        assert [counters.spend(ada).fits for _ in range(5)] == [True] * 3 + [False] * 2
    assert time.monotonic() - started < PAUSE / 2, "it is asked once, for 50 ms"
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "Redis does not count requests, each worker does so for itself meanwhile"
    ]
    if way == "killed":
        redis.start()
    else:
        redis.go_on()
    time.sleep(PAUSE)
    left = counters.spend(ada).left[0].requests
    assert left in ({2} if way == "killed" else {1, 0}), "what came while it stood still may have been counted"


def test_what_is_flushed_begins_anew(redis: RedisServer) -> None:
    counters, ada = RedisCounters(redis.url), [Spending(THREE, "ada")]
    assert [counters.spend(ada).fits for _ in range(4)] == [True, True, True, False]
    redis.flush()
    assert counters.spend(ada).left[0].requests == 2
