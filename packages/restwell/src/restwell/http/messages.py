"""Request and Response: what a client asks and what it is told, as frozen values of our own.

Nothing here knows a framework, a server or a resource. `web/wsgi.py` and `web/flask/requests.py` make requests of
what their server gives them, and `web/` turns responses back.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from .keeping import kept
from .servers import OTHER, ServerTraits

Headers = tuple[tuple[str, str], ...]
"""Header fields, names as sent, in order."""


class Readable(Protocol):
    """The content of a request as it comes in: `read(n)` gives at most n more bytes.

    It raises a Problem where something else has read the content before.
    """

    def read(self, size: int, /) -> bytes: ...


class Request(NamedTuple):
    """One request (RFC 9110, section 3.4).

    `path` is percent-decoded text and begins with `/`, relative to where the API is mounted, with a lone surrogate
    for each byte that is not UTF-8 (Python's `surrogateescape`); `query` is as sent, without `?`; `headers` have
    lower-case names, repeated ones joined by a comma (RFC 9110, section 5.2); `origin` is `scheme://authority` as the
    client named it, `mount` the path below which the API lives, percent-encoded, without a slash at its end. `server`
    says how content is read here, and `socket` is the connection, where the server shows it. `max_content` is how
    many bytes of content this request may have at most, where that is not what the setting of the application says.
    `is_named` says whether the client named a host, as it need not in HTTP/1.0: else `origin` has the address of the
    server. `path_sent` is the whole path, as text as `path` is, where the API is mounted below one; else it is empty.
    `address` is that of whom the connection is from, as the server or a declared proxy has it; empty where it is not
    known.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: Readable = io.BytesIO()
    origin: str = "http://localhost"
    mount: str = ""
    server: ServerTraits = OTHER
    socket: Any = None
    max_content: int | None = None
    is_named: bool = True
    path_sent: str = ""
    address: str = ""


class Response(NamedTuple):
    """One response: a status code, header fields in the order sent, and the content.

    `body` is bytes for everything whose size is known, and an iterable of bytes for a stream.
    """

    status: int
    headers: Headers = ()
    body: bytes | Iterable[bytes] = b""

    def header(self, name: str) -> str | None:
        """The value of the first header field of that name, whatever its case; None without one."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@kept(32 * 1024)
def length_of(text: str) -> int | None:
    """The value of Content-Length (RFC 9110, section 8.6); None for what is not a number.

    Beyond 18 digits it is 10^18: more than anything takes, and less than Python refuses to read as a number.
    """
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= 18 else 10**18


def read_fully(body: Readable, length: int) -> bytes:
    """As many bytes as the content has; fewer when no more come."""
    parts = []
    while length > 0 and (part := body.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
