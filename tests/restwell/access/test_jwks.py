"""Keys are fetched as rarely as can be, from nowhere else, and the last good ones are kept."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from restwell import Jwt
from restwell.access import fetching, jwks
from restwell.access.grant import Grant
from restwell.http.messages import Request
from restwell.http.problems import Unavailable
from restwell.model.errors import DeclarationError
from tests.tokens import AUDIENCE, ISSUER, LEFT_OUT, Issuer, Publisher, publishing, respond

FIRST, SECOND = Issuer("ES256", "first"), Issuer("ES256", "second")


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing(FIRST.public) as found:
        yield found


def accepting(publisher: Publisher, **more: Any) -> Jwt:
    arguments: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "algorithm": "ES256", "jwks": publisher.url}
    return Jwt(**{**arguments, **more})


def granted(jwt: Jwt, token: str) -> Grant | None:
    return jwt.grant(Request("GET", "/", headers={"authorization": f"Bearer {token}"}), lambda _: None)


def later(jwt: Jwt, seconds: float) -> None:
    """Have so many seconds pass for the keys."""
    keys: Any = jwt._keys
    keys._next -= seconds
    keys._due -= seconds


def settle(jwt: Jwt) -> None:
    """Wait until what is fetched has come."""
    running = jwt._keys._running  # type: ignore[attr-defined]  # of a set
    if running is not None:
        running.join(10)


def test_keys_are_fetched_once_and_when_the_first_token_comes(publisher: Publisher) -> None:
    jwt = accepting(publisher)
    assert publisher.asked == 0
    for number in range(5):
        assert granted(jwt, FIRST.token()) is not None, number
    assert publisher.asked == 1


def test_whatever_is_no_token_of_the_issuer_fetches_nothing(publisher: Publisher) -> None:
    jwt, other = accepting(publisher, issuer="https://other.example.org"), Issuer("RS256")
    for token in ("x", "a.b.c", FIRST.token(), other.token(), FIRST.token(header=FIRST.header(typ="JWT"))):
        assert granted(jwt, token) is None
    assert publisher.asked == 0


def test_a_flood_of_names_of_keys_is_one_fetch_in_thirty_seconds(publisher: Publisher) -> None:
    jwt = accepting(publisher)
    unknown = [Issuer("ES256", f"k{number}").token() for number in range(20)]
    assert granted(jwt, FIRST.token()) is not None

    def flood() -> None:
        for token in unknown:
            with suppress(Unavailable):  # too many wait already
                assert granted(jwt, token) is None

    for expected in (1, 2, 3):
        threads = [threading.Thread(target=flood) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert publisher.asked == expected
        later(jwt, jwks.INTERVAL)
    assert granted(jwt, FIRST.token()) is not None


def test_many_who_come_first_share_one_fetch(publisher: Publisher) -> None:
    publisher.answer = lambda handler: (time.sleep(0.3), answer(publisher, handler))[-1]  # type: ignore[func-returns-value]  # one behind the other
    jwt = accepting(publisher)
    found: list[object] = []

    def ask() -> None:
        try:
            found.append(granted(jwt, FIRST.token()))
        except Unavailable as error:
            found.append(error)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert publisher.asked == 1
    assert sum(isinstance(each, Grant) for each in found) == jwks.MAX_WAITING
    assert sum(isinstance(each, Unavailable) for each in found) == 10 - jwks.MAX_WAITING


def answer(publisher: Publisher, handler: BaseHTTPRequestHandler) -> None:
    publisher.answer = None
    publisher.asked -= 1
    publisher.send(handler)


def test_a_new_key_is_taken_and_one_that_is_withdrawn_no_longer(publisher: Publisher) -> None:
    jwt = accepting(publisher)
    assert granted(jwt, FIRST.token()) is not None
    publisher.keys = [FIRST.public, SECOND.public]
    assert granted(jwt, SECOND.token()) is None  # it was asked lately
    later(jwt, jwks.INTERVAL)
    assert granted(jwt, SECOND.token()) is not None
    assert granted(jwt, token := FIRST.token()) is not None
    publisher.keys = [SECOND.public]
    assert granted(jwt, token) is not None
    later(jwt, jwks.REFRESH)
    granted(jwt, SECOND.token())
    settle(jwt)
    assert granted(jwt, token) is None, "what was verified by the key is remembered"
    assert granted(jwt, SECOND.token()) is not None
    assert publisher.asked == 3


def test_who_comes_after_a_long_time_waits_for_the_keys_of_now(publisher: Publisher) -> None:
    jwt = accepting(publisher)
    assert granted(jwt, token := FIRST.token()) is not None
    publisher.keys = [SECOND.public]
    later(jwt, 2 * jwks.REFRESH)
    assert granted(jwt, token) is None
    assert granted(jwt, SECOND.token()) is not None
    publisher.answer = refused
    later(jwt, 2 * jwks.REFRESH)
    assert granted(jwt, SECOND.token()) is not None, "the last good set is kept"
    assert publisher.asked == 3


def refused(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, b"{}", 500)


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, b"", 302, Location="/elsewhere")


def huge(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, b'{"keys": [' + b" " * fetching.MAX_ANSWER + b"]}")


def without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" " * 65536)


def dropped(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


FAULTS = {
    "500": refused,
    "a redirect": elsewhere,
    "huge": huge,
    "without an end": without_end,
    "dropped": dropped,
    "204": lambda handler: respond(handler, b"", 204),
    "not JSON": lambda handler: respond(handler, b"<html>"),
    "a list": lambda handler: respond(handler, b"[]"),
    "no keys": lambda handler: respond(handler, b'{"key": []}'),
    "keys twice": lambda handler: respond(handler, b'{"keys": [], "keys": []}'),
    "keys are an object": lambda handler: respond(handler, b'{"keys": {}}'),
    "deep": lambda handler: respond(handler, b"[" * 60_000),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_last_good_keys_are_kept_while_there_are_no_others(
    publisher: Publisher, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    jwt = accepting(publisher)
    assert granted(jwt, FIRST.token()) is not None
    publisher.answer = FAULTS[name]
    later(jwt, jwks.REFRESH)
    with caplog.at_level(logging.WARNING):
        assert granted(jwt, FIRST.token()) is not None
        settle(jwt)
        assert granted(jwt, FIRST.token()) is not None
        assert granted(jwt, SECOND.token()) is None
    assert publisher.asked == 2
    [record] = [each for each in caplog.records if each.name == "restwell"]
    assert "those from before are kept" in record.getMessage()
    publisher.answer, publisher.keys = None, [SECOND.public]
    later(jwt, jwks.INTERVAL)
    assert granted(jwt, SECOND.token()) is not None


@pytest.mark.parametrize("name", FAULTS)
def test_without_any_keys_the_service_is_not_available(publisher: Publisher, name: str) -> None:
    publisher.answer = FAULTS[name]
    jwt = accepting(publisher)
    for _ in range(3):
        with pytest.raises(Unavailable):
            granted(jwt, FIRST.token())
    assert publisher.asked == 1
    publisher.answer = None
    later(jwt, jwks.INTERVAL)
    assert granted(jwt, FIRST.token()) is not None


def test_nobody_is_asked_where_nobody_listens() -> None:
    with publishing() as gone:
        url = gone.url
    jwt = accepting(gone, jwks=url)
    with pytest.raises(Unavailable):
        granted(jwt, FIRST.token())


@pytest.mark.slow
@pytest.mark.parametrize("pause", [60.0, 0.2], ids=["silent", "dripping"])
def test_nobody_waits_for_a_slow_server(publisher: Publisher, pause: float) -> None:
    ended = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not ended.wait(pause):
            handler.wfile.write(b" ")

    jwt = accepting(publisher)
    assert granted(jwt, FIRST.token()) is not None
    publisher.answer = slow
    later(jwt, jwks.INTERVAL)
    begun = time.monotonic()
    unknown = threading.Thread(target=granted, args=(jwt, SECOND.token()))
    unknown.start()
    time.sleep(0.1)
    for _ in range(50):
        assert granted(jwt, FIRST.token()) is not None
    assert time.monotonic() - begun < 1, "who has a known key waits for nobody"
    unknown.join()
    assert fetching.WAIT - 0.5 < time.monotonic() - begun < fetching.WAIT + 1
    settle(jwt)
    ended.set()
    assert publisher.asked == 2


def test_keys_that_are_not_for_this_are_left_out(publisher: Publisher, caplog: pytest.LogCaptureFixture) -> None:
    public = FIRST.public
    publisher.keys = [
        None, 7, {}, {"kty": "EC"}, {**public, "use": "enc"}, {**public, "alg": "ES384"}, {**public, "kty": "RSA"},
        {**public, "key_ops": ["sign"]}, {**public, "key_ops": "verify"}, {**public, "crv": "P-384"},
        {**public, "x": "AAAA"}, {**public, "x": 1}, {"kty": "oct", "k": "A" * 43, "kid": "first"},
        {**FIRST.key.as_dict(private=True), "kid": "first"}, {**public, "kid": 7},
    ]  # fmt: skip
    jwt = accepting(publisher)
    with caplog.at_level(logging.WARNING):
        assert granted(jwt, FIRST.token()) is None
    publisher.keys += [{**public, "kid": "first"}]
    later(jwt, jwks.INTERVAL)
    assert granted(jwt, FIRST.token()) is not None


def test_a_token_without_the_name_of_a_key_is_taken_where_there_is_one_alone(publisher: Publisher) -> None:
    nameless = FIRST.token(header=FIRST.header(kid=LEFT_OUT))
    assert granted(accepting(publisher), nameless) is not None
    publisher.keys.append(SECOND.public)
    assert granted(accepting(publisher), nameless) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.org/keys", "ftp://localhost/keys", "file:///etc/passwd", "https://", "example.org",
        "https://ada:secret@login.example.org/keys", "https://login.example.org/keys#a", "https://a b.example.org", 7,
        "http://localhost.example.org/keys", "https://login.example.org:99999/keys", "//localhost/keys", "",
        "https://login.example.org/\r\nX: y", "http://127.0.0.1.example.org/", "http://[::1/",
    ],
)  # fmt: skip
def test_keys_are_asked_for_by_https_or_of_this_machine(url: Any) -> None:
    with pytest.raises(DeclarationError, match="begins with https://"):
        Jwt(issuer=ISSUER, audience=AUDIENCE, algorithm="ES256", jwks=url)
    for right in ("https://login.example.org/keys?v=1", "http://localhost:8000/keys", "http://[::1]:8000/keys"):
        Jwt(issuer=ISSUER, audience=AUDIENCE, algorithm="ES256", jwks=right)
