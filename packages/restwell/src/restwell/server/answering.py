"""Sends the responses of a WSGI application through the server (PEP 3333 to ASGI)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_UNREAD_SECONDS = 60.0
"""Seconds for which a client may leave a part of a stream unread."""


class WsgiAnswer:
    """The response of an application; calling it is `start_response` of PEP 3333."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.written: list[bytes] = []
        self.body: Iterable[bytes] = ()

    def __call__(self, status: str, headers: list[tuple[str, str]], _: Any = None, /) -> Callable[[bytes], None]:
        self.status = int(status[:3])
        self.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self.written.append


@contextmanager
def answered(app: WSGIApplication, environ: dict[str, Any]) -> Iterator[WsgiAnswer]:
    """The response of an application; its body is closed afterwards, as PEP 3333 requires."""
    answer = WsgiAnswer()
    answer.body = app(environ, answer)
    try:
        yield answer
    finally:
        if hasattr(answer.body, "close"):
            answer.body.close()


def send(proto: Any, answer: WsgiAnswer) -> None:
    """Send a complete response."""
    proto.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    proto.send({"type": "http.response.body", "body": b"".join([*answer.written, *answer.body])})


def send_stream(proto: Any, answer: WsgiAnswer, loop: asyncio.AbstractEventLoop) -> None:
    """Send a response in parts, as fast as the client reads, until it ends or the client disconnects."""
    pieces = iter(answer.body)
    first = next(pieces, b"")  # the application may call `start_response` only now
    proto.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    gone = asyncio.run_coroutine_threadsafe(_until_gone(proto), loop)
    try:
        for piece in chain(answer.written, (first,), pieces):
            if gone.done():
                return
            if piece:
                asyncio.run_coroutine_threadsafe(_send_piece(proto, piece), loop).result(MAX_UNREAD_SECONDS)
    except TimeoutError:
        return
    finally:
        gone.cancel()
        proto.send({"type": "http.response.body", "body": b""})


async def _send_piece(proto: Any, piece: bytes) -> None:
    await proto.send({"type": "http.response.body", "body": piece, "more_body": True})


async def _until_gone(proto: Any) -> None:
    while (await proto.receive())["type"] != "http.disconnect":
        pass
