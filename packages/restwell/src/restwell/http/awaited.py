"""Content that has not come yet: what a request is given at first, when its content is slow.

Most refusals need no content: who may not write is told so before a byte has come. So `restwell serve` hands such a
request over with an `Awaited` in place of its content. What is answered without reading is answered. What reads
raises `NotArrived` on the fast path: nothing has happened by then, so the request is handed over again when its
content is there, and no thread waits meanwhile. An application's own hooks and views run once, and wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO


class NotArrived(BaseException):
    """The content was asked for, and has yet to come. Not an Exception, so that no application catches it."""


class ContentLost(BaseException):
    """The content that was waited for does not come; `status` says why. Not an Exception either."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Awaited:
    """Stands for content that has not come, as `wsgi.input`; `wait` waits for it, and may raise ContentLost."""

    def __init__(self, wait: Callable[[], IO[bytes]]) -> None:
        self.may_wait = False
        self._wait = wait
        self._content: IO[bytes] | None = None

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes more. Raises NotArrived, or waits where it may."""
        return self._arrived().read(size)

    def readline(self, size: int = -1, /) -> bytes:
        """The next line, in the same way."""
        return self._arrived().readline(size)

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        """The lines, in the same way."""
        return self._arrived().readlines(hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._arrived())

    def _arrived(self) -> IO[bytes]:
        if self._content is None:
            if not self.may_wait:
                raise NotArrived
            self._content = self._wait()
        return self._content
