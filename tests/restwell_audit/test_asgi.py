"""An ASGI application is called as a server would call it, lifespan and all; what it does wrong is an error."""

import asyncio
import functools
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
from flask import Flask

from restwell_audit import asgi, transports
from restwell_audit.asgi import Asgi, is_asgi
from restwell_audit.transports import Incoming, Limits, Outgoing
from tests.servers import wait_until

GET = Outgoing("GET", "http://localhost/", (("Host", "localhost"),))
START = {"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", b"text/plain")]}


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


class Application:
    """An application that does for every request what it is made for; with a lifespan that it keeps a diary of."""

    def __init__(self) -> None:
        self.diary: list[str] = []
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.live(scope, receive, send)
        else:
            self.scopes.append(scope)
            await self.answer(receive, send)

    async def live(self, scope: Any, receive: Any, send: Any) -> None:
        for what in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{what}"
            self.diary.append(what)
            scope["state"][what] = True
            await send({"type": f"lifespan.{what}.complete"})

    async def answer(self, receive: Any, send: Any) -> None:
        await send(START)
        await send(body(b"hello"))


class Served:
    """An application and the transport to it."""

    def __init__(self, app: Any, seconds: float = 0.3) -> None:
        self.transport = Asgi(app, Limits(seconds, 1000))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.transport.close()

    def call(self, request: Outgoing = GET) -> Incoming:
        return self.transport.exchange(request)


def answering(answer: Any) -> Application:
    """An application that answers in this way, an `async def` of receive and send."""
    app = Application()
    app.answer = answer  # type: ignore[method-assign]  # which is what a test's double is for
    return app


def test_the_response_is_given_as_it_came() -> None:
    with Served(Application()) as served:
        for _ in range(3):
            assert served.call() == Incoming(200, (("Content-Type", "text/plain"),), b"hello")


def test_the_scope_says_what_the_request_says() -> None:
    app = Application()
    fields = (("Host", "h"), ("X-Y", "1"), ("x-y", "2"))
    with Served(app) as served:
        served.call(Outgoing("PATCH", "https://example.org:8443/a%20b/ü%2F?q=%20#f", fields))
    expected = {
        "type": "http", "http_version": "1.1", "method": "PATCH", "scheme": "https", "path": "/a b/ü/",
        "raw_path": b"/a%20b/%C3%BC%2F", "query_string": b"q=%20", "root_path": "",
        "headers": [(b"host", b"h"), (b"x-y", b"1"), (b"x-y", b"2")], "server": ("example.org", 8443),
        "state": {"startup": True},
    }  # fmt: skip
    assert {key: app.scopes[0][key] for key in expected} == expected


def test_content_is_received_and_then_the_end() -> None:
    heard = []

    async def answer(receive: Any, send: Any) -> None:
        heard.append(await receive())
        await send(START)
        await send(body(heard[0]["body"]))
        heard.append(await receive())

    with Served(answering(answer)) as served:
        fields = (("Host", "x"), ("Content-Length", "2"))
        assert served.call(GET._replace(method="PUT", headers=fields, content=b"hi")).body == b"hi"
    assert [message["type"] for message in heard] == ["http.request", "http.disconnect"]


def test_an_application_lives_from_the_first_request_to_the_end() -> None:
    app = Application()
    with Served(app) as served:
        assert app.diary == []
        served.call()
        served.call()
        assert app.diary == ["startup"]
    assert app.diary == ["startup", "shutdown"]


def test_one_that_was_never_called_is_never_started() -> None:
    app = Application()
    with Served(app):
        pass
    assert app.diary == []


def test_one_that_knows_no_lifespan_needs_none() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        await send(body(b"hello"))

    with Served(app) as served:
        assert served.call().body == b"hello"


def test_one_that_does_not_start_answers_nothing() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with Served(app) as served:
        for _ in range(2):
            assert served.call() == Incoming(error="The application did not start: no database.")


def test_one_that_neither_starts_nor_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "STARTUP", 0.1)
    monkeypatch.setattr(asgi, "SHUTDOWN", 0.1)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    began = time.monotonic()
    with Served(app) as served:
        assert served.call().error.startswith("The application did not start within ")
    assert time.monotonic() - began < 2


async def endless(receive: Any, send: Any) -> None:
    await send(START)
    while True:
        await send(body(b"x" * 100, more=True))


async def breaking(receive: Any, send: Any) -> None:
    await send(START)
    await send(body(b"hell", more=True))
    raise RuntimeError("no more\nof this")


async def hanging(receive: Any, send: Any) -> None:
    await send(START)
    await send(body(b"hell", more=True))
    await asyncio.Event().wait()


async def silent(receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


async def stubborn(receive: Any, send: Any) -> None:
    end = time.monotonic() + 0.6
    while time.monotonic() < end:
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            continue


async def raising(receive: Any, send: Any) -> None:
    raise ValueError("a mistake")


async def timing_out(receive: Any, send: Any) -> None:
    raise TimeoutError("the database")


async def leaving(receive: Any, send: Any) -> None:
    pass


async def bodiless(receive: Any, send: Any) -> None:
    await send(START)


async def headless(receive: Any, send: Any) -> None:
    await send(body(b"hello"))


async def nonsense(receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": "fine"})


async def lying(receive: Any, send: Any) -> None:
    await send({**START, "headers": [(b"Content-Length", b"6")]})
    await send(body(b"hello"))


UNFINISHED = "The application ended without a complete response."
MISCHIEF = [
    (endless, 200, 1000, ""),
    (breaking, 200, 4, "The application raised RuntimeError: no more of this."),
    (hanging, 200, 4, "The response was not complete within 0.3 s."),
    (silent, 0, 0, "There was no response within 0.3 s."),
    (stubborn, 0, 0, "There was no response within 0.3 s."),
    (raising, 0, 0, "The application raised ValueError: a mistake."),
    (timing_out, 0, 0, "The application raised TimeoutError: the database."),
    (leaving, 0, 0, UNFINISHED),
    (bodiless, 200, 0, UNFINISHED),
    (headless, 0, 0, "The application raised RuntimeError: http.response.body before http.response.start."),
    (nonsense, 0, 0, "The application raised ValueError: invalid literal for int() with base 10: 'fine'."),
    (lying, 200, 5, "The content has 5 bytes, and Content-Length says 6."),
]


@pytest.mark.parametrize("answer, status, size, error", MISCHIEF, ids=[each[0].__name__ for each in MISCHIEF])
def test_mischief_ends_within_the_limits(answer: Any, status: int, size: int, error: str) -> None:
    began = time.monotonic()
    with Served(answering(answer)) as served:
        incoming = served.call()
        took = time.monotonic() - began
    assert took < 0.8
    assert (incoming.status, len(incoming.body), incoming.error) == (status, size, error)
    assert not incoming.complete


def test_an_application_of_which_enough_was_read_is_ended() -> None:
    ended = []

    async def answer(receive: Any, send: Any) -> None:
        try:
            await endless(receive, send)
        finally:
            ended.append(True)

    with Served(answering(answer)) as served:
        served.call()
        assert wait_until(lambda: ended == [True], 2)


def test_an_application_that_blocks_its_loop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "GRACE", 0.1)

    async def blocking(receive: Any, send: Any) -> None:
        time.sleep(1)  # noqa: ASYNC251 -- the very mistake that is meant

    began = time.monotonic()
    with Served(answering(blocking)) as served:
        incoming = served.call()
        assert time.monotonic() - began < 0.8
    assert incoming.error == "There was no response within 0.3 s."


def test_what_is_done_after_the_response_holds_nothing_up_and_its_mistakes_are_its_own() -> None:
    done = []

    async def answer(receive: Any, send: Any) -> None:
        await send(START)
        await send(body(b"hello"))
        await asyncio.sleep(0.2)
        done.append(True)
        raise ValueError("too late to matter")

    with Served(answering(answer)) as served:
        assert served.call().error == ""
        assert done == []
        time.sleep(0.3)
        assert done == [True]


def test_what_is_left_running_ends_with_the_application() -> None:
    ended = []

    async def last() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    tasks = []

    async def answer(receive: Any, send: Any) -> None:
        await send(START)
        await send(body(b"hello"))
        tasks.append(asyncio.create_task(last()))
        await last()

    with Served(answering(answer)) as served:
        served.call()
        assert wait_until(lambda: len(tasks) == 1, 2)
        assert ended == []
    assert ended == [True, True]


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_where_there_may_be_no_content_none_is_taken(method: str, status: int) -> None:
    async def answer(receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"Content-Length", b"5")]})
        await send(body(b"hello"))

    with Served(answering(answer)) as served:
        incoming = served.call(GET._replace(method=method))
    assert (incoming.status, incoming.body, incoming.error) == (status, b"", "")


def test_what_could_not_be_sent_is_not_given_to_the_application() -> None:
    app = Application()
    with Served(app) as served:
        incoming = served.call(GET._replace(headers=(("Host", "x"), ("X-Y", "a\r\nb"))))
    assert incoming.error.startswith("The request cannot be sent: ")
    assert app.scopes == []


# Which of the two an application is.


async def asynchronous(scope: Any, receive: Any, send: Any) -> None: ...


def decorated(scope: Any, receive: Any, send: Any) -> Any:
    return asynchronous(scope, receive, send)


def synchronous(environ: Any, start_response: Any) -> Iterator[bytes]:
    yield b""


class Passing:
    """Middleware that does not say how many arguments it takes."""

    def __call__(self, *arguments: Any) -> Any: ...


@pytest.mark.parametrize(
    "app", [asynchronous, Application(), decorated, functools.partial(asynchronous), Application().__call__]
)
def test_these_are_asgi(app: Any) -> None:
    assert is_asgi(app)


@pytest.mark.parametrize("app", [synchronous, Flask("tests"), Flask("tests").wsgi_app, Passing()])
def test_these_are_wsgi(app: Any) -> None:
    assert not is_asgi(app)


@pytest.mark.parametrize("app", [None, 1, "http://x", lambda: None, Application])
def test_these_are_neither(app: Any) -> None:
    with pytest.raises(TypeError, match="is not an application"):
        is_asgi(app)


def test_content_without_an_end_is_read_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "STREAM_SECONDS", 0.2)
    monkeypatch.setattr(asgi, "STREAM_SECONDS", 0.2)

    async def events(scope: Any, receive: Any, send: Any) -> None:
        del receive
        if scope["type"] != "http":
            raise RuntimeError
        await send(START)
        await send(body(b"data: 1\n\n", more=True))
        await asyncio.sleep(60)

    application = Asgi(events, Limits(5))
    incoming = application.exchange(GET)
    application.close()
    assert (incoming.status, incoming.body, incoming.endless, incoming.error) == (200, b"data: 1\n\n", True, "")
