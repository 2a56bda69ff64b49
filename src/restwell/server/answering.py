"""What a WSGI application answers, sent by the server (PEP 3333 to ASGI)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

PATIENCE = 60.0
"""Seconds for which a client may leave a piece of a stream unread."""


class Started:
    """`start_response`: what an application says of its answer."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.written: list[bytes] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], _: Any = None, /) -> Callable[[bytes], None]:
        self.status = int(status[:3])
        self.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self.written.append


def send(proto: Any, loop: asyncio.AbstractEventLoop, started: Started, body: Iterable[bytes]) -> None:
    """Send an answer: at once, or a stream piece by piece, as the client takes them."""
    start = {"type": "http.response.start", "status": started.status, "headers": started.headers}
    if isinstance(body, (list, tuple)):
        proto.send(start)
        proto.send({"type": "http.response.body", "body": b"".join([*started.written, *body])})
        return
    pieces = iter(body)
    first = next(pieces, b"")  # the application may start its response only now
    start = {"type": "http.response.start", "status": started.status, "headers": started.headers}
    proto.send(start)
    gone = asyncio.run_coroutine_threadsafe(_until_gone(proto), loop)
    try:
        for piece in (*started.written, first):
            _send_piece(proto, loop, piece)
        for piece in pieces:
            if gone.done():
                return
            _send_piece(proto, loop, piece)
    finally:
        gone.cancel()
        proto.send({"type": "http.response.body", "body": b""})


def _send_piece(proto: Any, loop: asyncio.AbstractEventLoop, piece: bytes) -> None:
    async def sent() -> None:
        await proto.send({"type": "http.response.body", "body": piece, "more_body": True})

    if piece:
        asyncio.run_coroutine_threadsafe(sent(), loop).result(PATIENCE)


async def _until_gone(proto: Any) -> None:
    while (await proto.receive())["type"] != "http.disconnect":
        pass
