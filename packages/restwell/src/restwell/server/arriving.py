"""Reads the content of requests in the event loop, beside the threads that answer, within limits of time.

A client that sends slowly, or stops sending, occupies a connection but no thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import IO, Any

from ..http.awaited import ContentLost

log = logging.getLogger("restwell")
Receive = Callable[[], Awaitable[dict[str, Any]]]
"""`receive` of ASGI: the next event of a request."""
GRACE = 0.02
"""Seconds in which content usually arrives after the header section."""
SLOW = 10.0
"""Seconds after which content has to have arrived at `MIN_RATE`."""
MIN_RATE = 1024
"""Bytes a second."""
IN_MEMORY = 64 * 1024
"""Bytes that are kept in memory; more are written to a temporary file."""
MAX_CONTENT = 1024 * 1024 * 1024
"""Bytes that are read at most; a resource may have a smaller limit."""
SMALL = 64 * 1024
"""Bytes that are read before the application is asked whether it needs the content."""
MAX_DISCARDED, MAX_SECONDS = 8 * 1024 * 1024, 1.0
"""Bytes of refused content that are read and discarded after the response, and seconds for it."""


async def _never() -> dict[str, Any]:
    raise ContentLost(400)


class ArrivingContent:
    """The content of one request; `length` is its Content-Length, or None without one."""

    def __init__(self, receive: Receive, length: int | None) -> None:
        self._receive = receive
        self._length = length
        self._began = time.monotonic()
        self._reading: asyncio.Future[dict[str, Any]] | None = None
        self.size = 0
        self.is_complete = False
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 -- given on

    @property
    def is_small(self) -> bool:
        """Whether it may be read before the application is asked: its length is unknown or small."""
        return self._length is None or self._length <= SMALL

    async def read_what_comes_at_once(self) -> None:
        """Read what arrives within `GRACE`, up to `SMALL` bytes. Raises ContentLost."""
        with contextlib.suppress(TimeoutError):
            while not self.is_complete and self.size <= SMALL:
                await self._read(self._began + GRACE)

    async def read_all(self) -> None:
        """Read until the end, or until there is more than `MAX_CONTENT`. Raises ContentLost."""
        try:
            while not self.is_complete and self.size <= MAX_CONTENT:
                await self._read(max(self._began + SLOW, self._began + self.size / MIN_RATE))
        except TimeoutError as error:
            raise ContentLost(408) from error

    def content(self) -> IO[bytes]:
        """The content that has arrived, as a file at its beginning."""
        self._file.seek(0)
        return self._file

    async def discard(self) -> None:
        """Read and discard content after the response, so that a client that is still sending can read it."""
        limit, end = self.size + MAX_DISCARDED, time.monotonic() + MAX_SECONDS
        self._file.close()
        self._file = _Nowhere()
        with contextlib.suppress(TimeoutError, ContentLost):
            while not self.is_complete and self.size <= limit:
                await self._read(end)

    def stop(self) -> None:
        """Stop reading, and release the `receive` of the server."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading, self._receive = None, _never

    async def _read(self, end: float) -> None:
        """Read the next part. Raises TimeoutError when none arrives before `end`; reading can be repeated."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._receive())
        seconds = max(end - time.monotonic(), 0)
        event = await asyncio.wait_for(asyncio.shield(self._reading), seconds)
        self._reading = None
        if event["type"] != "http.request":
            raise ContentLost(400)
        part = event.get("body", b"")
        try:
            self._file.write(part)
        except OSError as error:
            log.warning("content could not be written to a temporary file: %s", error)
            raise ContentLost(507) from error
        self.size += len(part)
        self.is_complete = not event.get("more_body", False)
        if self.is_complete and self._length is not None and self.size < self._length:
            raise ContentLost(400)


class _Nowhere(tempfile.SpooledTemporaryFile[bytes]):
    """Discards what is written."""

    def write(self, s: Any) -> int:
        return len(s)
