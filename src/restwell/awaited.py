"""Content that has not come yet: what a request is given at first, when its content is slow.

Most refusals need no content: who may not write is told so before a byte has come. So `restwell serve` hands such a
request over with `Awaited` in place of its content. Whatever has an answer without reading gives it; whatever reads
raises `NotArrived`, nothing has happened by then, and the request is handed over again when its content is there.
No thread waits meanwhile.
"""

from __future__ import annotations

from typing import Any, NoReturn


class NotArrived(BaseException):
    """The content of a request was asked for, and is yet to come. Not an Exception: no application may take it."""


class Awaited:
    """Stands for content that has not come, as `wsgi.input`."""

    def read(self, size: int = -1, /) -> bytes:
        """Raise NotArrived: no content is here."""
        self._refuse(size)

    def readline(self, size: int = -1, /) -> bytes:
        """Raise NotArrived, as `read` does."""
        self._refuse(size)

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        """Raise NotArrived, as `read` does."""
        self._refuse(hint)

    def __iter__(self) -> Any:
        self._refuse(-1)

    def _refuse(self, _: int) -> NoReturn:
        raise NotArrived


AWAITED = Awaited()
