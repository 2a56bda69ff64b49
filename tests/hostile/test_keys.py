"""Rows 51 and 63: a key that is not valid says nothing of why, and a key is repeated nowhere."""

import json
import logging
import statistics
import time
from collections.abc import Iterator

import pytest

from restwell.http.masking import masked
from tests.api import JSON, PER_ANSWER, Answer, Served, is_problem, serving

from .conftest import behind
from .keys import targets, unknown, wrong

FLASK = "/frameworks/Flask"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the logger of requests, and every other, is told."""
    logging.getLogger("restwell.requests").setLevel(logging.INFO)
    with caplog.at_level(logging.INFO):
        yield caplog


# Inseparable.


def test_keys_that_are_not_valid_are_refused_in_the_same_bytes(stored: Served) -> None:
    key, revoked, expired = stored.key(), stored.key(), stored.key(lifetime=-1)
    with stored.app.app_context():
        assert stored.api.keys.revoke(revoked[3:13])
    for method, target in [("GET", FLASK), ("GET", "/frameworks"), ("POST", "/frameworks"), ("DELETE", FLASK)]:
        answers = {
            name: lasting(stored.send(method, target, content={} if method == "POST" else None, key=each))
            for name, each in {
                "wrong": wrong(key), "unknown": unknown(key), "revoked": revoked, "expired": expired,
                "revoked and wrong": wrong(revoked), "expired and wrong": wrong(expired), "of no form": "x",
            }.items()
        }  # fmt: skip
        assert len(set(answers.values())) == 1, answers
        assert answers["wrong"][0] == 401


def lasting(answer: Answer) -> tuple[int, str, bytes]:
    return answer.status, str([field for field in answer.headers if field[0] not in PER_ANSWER]), answer.body


def test_server_timing_says_no_more_than_milliseconds_of_a_refused_key(stored: Served) -> None:
    key = stored.key()
    for each in (wrong(key), unknown(key)):
        timing = stored.send("GET", FLASK, key=each)["server-timing"]
        assert timing.startswith("total;dur=")
        assert timing.removeprefix("total;dur=").isdigit()
    assert "access;dur=" in stored.send("GET", FLASK, key=key)["server-timing"]


@pytest.mark.slow
def test_known_and_unknown_ids_take_the_same_time(stored: Served) -> None:
    """Medians of 2000 each, in turns. Others use the machine too: one of five tries has to come out even."""
    for _ in range(20):
        stored.key()
    known = wrong(stored.key())
    found = []
    for _ in range(5):
        times: dict[bool, list[int]] = {True: [], False: []}
        for number in range(4000):
            is_known = number % 4 in {0, 3}
            times[is_known].append(nanoseconds(stored, known if is_known else unknown(known)))
        found.append(statistics.median(times[True]) / statistics.median(times[False]))
        if 0.96 < found[-1] < 1.04:
            return
    raise AssertionError(f"known ids take {found} of the time of unknown ones")


def nanoseconds(api: Served, key: str) -> int:
    environ = api.environ("GET", FLASK, [("Authorization", f"Bearer {key}")], b"")
    started = time.perf_counter_ns()
    api.call(environ, lambda *_: None)
    return time.perf_counter_ns() - started


# Repeated nowhere.


def test_a_key_in_a_target_is_neither_logged_nor_repeated(api: Served, lines: pytest.LogCaptureFixture) -> None:
    key = api.key()
    secret = key[14:30]
    for target in targets(key):
        for method, accept in [("GET", JSON), ("GET", "text/html"), ("GET", "image/png"), ("BREW", "*/*")]:
            lines.clear()
            answer = api.send(method, target, {"Accept": accept})
            said = [str(answer.headers), answer.body.decode(), lines.text]
            assert not any(secret in text for text in said), (method, target)
            logged = [
                json.loads(record.getMessage()) for record in lines.records if record.name == "restwell.requests"
            ]
            assert [line["status"] for line in logged] == [answer.status]


@pytest.mark.parametrize("lenient", [False, True])
def test_a_key_in_the_query_is_refused_and_the_client_is_told_what_to_do(api: Served, lenient: bool) -> None:
    fields = {"Prefer": "handling=lenient"} if lenient else {}
    for target in ("/frameworks?token={}", "/frameworks?name={}", f"{FLASK}?{{}}", "/?{}=1"):
        answer = api.send("GET", target.format(api.key()), fields)
        assert is_problem(answer, 400)
        assert "Authorization" in answer.json()["errors"][0]["detail"]


def test_a_key_is_not_taken_over_as_the_name_of_a_request(api: Served, lines: pytest.LogCaptureFixture) -> None:
    key = api.key()
    for given in (key, f"a-{key}", f"{key}:1"):
        assert key[14:30] not in api.send("GET", FLASK, {"X-Request-Id": given})["x-request-id"]
    assert key[14:30] not in lines.text


def test_a_key_as_the_method_or_the_host_is_not_logged(door: str, lines: pytest.LogCaptureFixture) -> None:
    with serving() as served:
        behind(served, door)
        key = served.key()
        assert served.send(key, FLASK).status == 501
        for host in (key, f"{key}.example.org"):
            assert served.send("GET", FLASK, environ={"HTTP_HOST": host}).status == 421
        assert key[14:30] not in lines.text


def test_what_is_not_a_key_is_logged_as_it_is() -> None:
    for text in ("/forward/rw_x", "rw_abcdefghij_short", "/frameworks/rw_models", "RW", "rw_abcdefghij", "a" * 100):
        assert masked(text) == text
    assert masked("/x/rw_abcdefghij_" + "S" * 43 + "/y") == "/x/rw_abcdefghij_***/y"
