"""A WSGI application is called as PEP 3333 has it, and what it does wrong is an error and not an exception."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import pytest

from restwell_audit import transports
from restwell_audit.transports import Incoming, Limits, Outgoing
from restwell_audit.wsgi import Wsgi
from tests.api import serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PLAIN = [("Content-Type", "text/plain")]
GET = Outgoing("GET", "http://localhost/", (("Host", "localhost"),))


def call(app: "WSGIApplication", request: Outgoing = GET, seconds: float = 5) -> Incoming:
    return Wsgi(app, Limits(seconds, 1000)).exchange(request)


def says(*parts: bytes, status: str = "200 OK", headers: list[tuple[str, str]] | None = None) -> "WSGIApplication":
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(status, PLAIN if headers is None else headers)
        return parts

    return app


def test_the_application_is_called_as_the_standard_library_demands() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [*PLAIN, ("Content-Length", "7")])
        return [environ["wsgi.input"].read(7)]

    fields = (("Host", "x"), ("Content-Length", "7"), ("Content-Type", "text/plain"))
    request = Outgoing("PUT", "http://localhost/a?b", fields, b"content")
    assert call(validator(app), request).body == b"content"


def test_the_environment_says_what_the_request_says() -> None:
    seen: dict[str, Any] = {}

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    fields = (("Host", "h"), ("X-Y", "1"), ("x-y", "2"), ("Content-Type", "a/b"), ("Content-Length", "2"))
    call(app, Outgoing("PATCH", "https://example.org:8443/a%20b/ü?q=%20#f", fields, b"hi"))
    expected = {
        "REQUEST_METHOD": "PATCH", "SCRIPT_NAME": "", "PATH_INFO": "/a b/Ã¼", "QUERY_STRING": "q=%20",
        "SERVER_NAME": "example.org", "SERVER_PORT": "8443", "wsgi.url_scheme": "https", "HTTP_HOST": "h",
        "HTTP_X_Y": "1,2", "CONTENT_TYPE": "a/b", "CONTENT_LENGTH": "2",
    }  # fmt: skip
    assert {key: seen[key] for key in expected} == expected
    assert not [key for key in seen if key.startswith("HTTP_CONTENT")]


def test_restwell_itself_answers() -> None:
    with serving() as served:
        incoming = call(served.app.wsgi_app, Outgoing("GET", "http://localhost/", (("Host", "localhost"),)))
    assert (incoming.status, incoming.error) == (200, "")


def test_the_response_is_given_as_it_came() -> None:
    incoming = call(says(b"a", b"", b"b", status="418 Teapot", headers=[("X-Y", "1"), ("x-y", "2")]))
    assert incoming == Incoming(418, (("X-Y", "1"), ("x-y", "2")), b"ab")


def test_what_is_written_comes_before_what_is_returned() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        write = start_response("200 OK", PLAIN)
        write(b"a")
        write(b"b")
        return [b"c"]

    assert call(app).body == b"abc"


class Content:
    """Content that remembers whether it was closed, as PEP 3333 demands of servers."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts = parts
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        self.closed += 1


def endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 100


def slow() -> Iterator[bytes]:
    while True:
        time.sleep(0.01)
        yield b"x"


def breaking() -> Iterator[bytes]:
    yield b"hell"
    raise RuntimeError("no more\nof this")


@pytest.mark.parametrize(
    "parts, size, error",
    [
        (lambda: iter([b"hello"]), 5, ""),
        (endless, 1000, ""),
        (breaking, 4, "The application raised RuntimeError: no more of this."),
        (slow, None, "The response was not complete within 0.2 s."),
    ],
    ids=["whole", "endless", "breaking", "slow"],
)
def test_content_ends_within_the_limits_and_is_closed(
    parts: Callable[[], Iterator[bytes]], size: int | None, error: str
) -> None:
    content = Content(parts())

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", PLAIN)
        return content

    incoming = call(app, seconds=0.2)
    assert (incoming.status, incoming.error, content.closed) == (200, error, 1)
    assert incoming.complete is (size == 5)
    assert size is None or len(incoming.body) == size


def test_an_application_that_writes_for_ever_is_ended() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        write = start_response("200 OK", PLAIN)
        while True:
            write(b"x")

    assert call(app, seconds=0.2).error == "The response was not complete within 0.2 s."


def test_a_generator_may_start_the_response_when_it_is_asked_for_content() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", PLAIN)
        yield b"late"

    assert call(app).body == b"late"


def replace_by_error(start_response: "StartResponse") -> None:
    try:
        next(breaking_at_once())
    except RuntimeError:
        start_response("500 Internal Server Error", [], sys.exc_info())


def breaking_at_once() -> Iterator[bytes]:
    raise RuntimeError("found too late")
    yield b""


def test_a_response_may_be_replaced_by_an_error_while_its_head_has_not_gone_out() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", PLAIN)
        yield b""
        replace_by_error(start_response)
        yield b"sorry"

    assert call(app) == Incoming(500, (), b"sorry")


def test_afterwards_the_error_goes_through() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", PLAIN)
        yield b"hell"
        replace_by_error(start_response)
        yield b"sorry"

    incoming = call(app)
    assert (incoming.status, incoming.body) == (200, b"hell")
    assert incoming.error == "The application raised RuntimeError: found too late."


@pytest.mark.parametrize(
    "method, status", [("HEAD", "200 OK"), ("GET", "304 Not Modified"), ("GET", "204 No Content")]
)
def test_where_there_may_be_no_content_none_is_taken(method: str, status: str) -> None:
    app = says(b"hello", status=status, headers=[("Content-Length", "5")])
    incoming = call(app, GET._replace(method=method))
    assert (incoming.body, incoming.error) == (b"", "")


def raises(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    raise ValueError("a mistake")


def never_starts(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    return [b"hello"]


def gives_nothing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
    start_response("200 OK", PLAIN)


def times_out(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    raise TimeoutError("the database")


@pytest.mark.parametrize(
    "app, error",
    [
        (raises, "The application raised ValueError: a mistake."),
        (times_out, "The application raised TimeoutError: the database."),
        (never_starts, "The application raised AssertionError: no start_response before the content."),
        (gives_nothing, "The application raised TypeError: 'NoneType' object is not iterable."),
        (says(b"", status="fine"), "The application raised ValueError: 'fine' is not a status."),
        (lambda: None, "The application raised TypeError: "),
    ],
)
def test_an_application_that_fails_gives_no_response(app: Any, error: str) -> None:
    incoming = call(app)
    assert (incoming.status, incoming.complete) == (0, False)
    assert incoming.error.startswith(error)


def test_a_content_length_that_lies_is_an_error() -> None:
    incoming = call(says(b"hello", headers=[("Content-Length", "6")]))
    assert incoming.error == "The content has 5 bytes, and Content-Length says 6."


def test_what_could_not_be_sent_is_not_given_to_the_application() -> None:
    incoming = call(raises, GET._replace(headers=(("Host", "x"), ("X-Y", "a\r\nb"))))
    assert incoming.error.startswith("The request cannot be sent: ")


def test_content_without_an_end_is_read_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "STREAM_SECONDS", 0.1)

    def events(_: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        while True:
            time.sleep(0.02)
            yield b"data: 1\n\n"

    incoming = call(events)
    assert (incoming.status, incoming.endless, incoming.complete, incoming.error) == (200, True, False, "")
