"""How a request reaches what is judged: what every transport takes and gives, and the limits that all of them keep.

`sockets.py` goes over the network, `wsgi.py` and `asgi.py` call an application in this process.
"""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol, Self
from urllib.parse import quote, urlsplit

import h11

from .codings import decoded
from .redaction import Headers

PORTS = {"http": 80, "https": 443}
SHOWN = 200
"""Characters of an error that a sentence repeats."""


class Origin(NamedTuple):
    """Scheme, host and port, which together name a server (RFC 9110, section 4.3.1)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of an absolute URL of HTTP; ValueError when it has none. User information is no part of it."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f"{url!r} is no absolute URL of http or https.")
        host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
        return cls(parts.scheme, host, PORTS[parts.scheme] if parts.port is None else parts.port)

    @property
    def authority(self) -> str:
        """What the Host field says: the port only where it is not the scheme's own (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def target_of(url: str) -> str:
    """The request target of a URL: its path and query, with everything encoded that must be."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return quote(target, safe="!#$%&'()*+,/:;=?@[]~", errors="surrogatepass")


class Outgoing(NamedTuple):
    """A request as it is sent: nothing is added to its header fields.

    `via` is the server to connect to in place of the URL's own; `fresh` asks for a connection of its own.
    """

    method: str
    url: str
    headers: Headers
    content: bytes = b""
    fresh: bool = False
    via: Origin | None = None

    def head(self) -> h11.Request:
        """The head of the request; h11.LocalProtocolError or UnicodeError where it is not HTTP."""
        return h11.Request(
            method=self.method,
            target=target_of(self.url),
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in self.headers],
        )


class Incoming(NamedTuple):
    """A response as it came: the fields of an Exchange that are the server's part."""

    status: int = 0
    headers: Headers = ()
    body: bytes = b""
    complete: bool = True
    error: str = ""


class Limits(NamedTuple):
    """How long one exchange may take, from the connection to the last byte, and how much content is read."""

    seconds: float = 10.0
    most_bytes: int = 2_000_000


class Transport(Protocol):
    """Brings one request to a server and its response back. It never raises for what the server does."""

    def exchange(self, request: Outgoing) -> Incoming: ...

    def close(self) -> None: ...


class Deadline:
    """The end of the time that one exchange has, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds that are left, more than 0; TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Arriving:
    """A response while it comes in. No more of its content is kept than the limit."""

    def __init__(self, method: str, limits: Limits) -> None:
        self.method = method
        self.limits = limits
        self.status = 0
        self.headers: Headers = ()
        self.size = 0
        self._body = bytearray()

    def begin(self, status: int, headers: Headers) -> None:
        """Take the head of the response."""
        self.status = status
        self.headers = headers

    def take(self, data: bytes) -> bool:
        """Take some of the content; False when that is more than may be read."""
        self._body += data[: max(0, self.limits.most_bytes - self.size)]
        self.size += len(data)
        return not self.overflown

    @property
    def overflown(self) -> bool:
        """Whether there is more content than may be read."""
        return self.size > self.limits.most_bytes

    @property
    def bodiless(self) -> bool:
        """Whether such a response has no content, whatever its fields say (RFC 9112, section 6.3)."""
        return self.method == "HEAD" or self.status in {204, 304}

    def field(self, name: str) -> str:
        """The value of a field of the response, several joined; "" without one."""
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    @property
    def late(self) -> str:
        """What to say when time is up."""
        what = "No response came" if not self.status else "The response was not whole"
        return f"{what} within {self.limits.seconds:g} s."

    def end_framed(self, error: str = "") -> Incoming:
        """As `end`, where no h11 has seen to it that Content-Length fits the content (RFC 9110, section 8.6)."""
        said = self.field("content-length")
        if not (error or self.bodiless or self.overflown) and said and said != str(self.size):
            error = f"The content has {self.size} bytes, and Content-Length says {said[:SHOWN]}."
        return self.end(error)

    def end(self, error: str = "") -> Incoming:
        """The response, as far as it came; `error` says why it came no further."""
        body = bytes(self._body)
        whole = not (error or self.overflown)
        if whole and body and self.status != 206:  # a part of something coded cannot be decoded
            body, whole, error = decoded(body, self.field("content-encoding"), self.limits.most_bytes)
        return Incoming(self.status, self.headers, body, whole, error)


def sentence(before: str, error: object) -> str:
    """A sentence that ends with what an error says, on one line and not too long."""
    said = " ".join(str(error).split())
    return f"{before}: {said[:SHOWN].rstrip('. ')}." if said else f"{before}."


def refused(request: Outgoing) -> str:
    """Why a request could not be sent over a network, so that it is not given to an application either; or ""."""
    try:
        request.head()
    except (h11.LocalProtocolError, UnicodeError) as error:
        return unsendable(error)
    return ""


def unsendable(error: h11.LocalProtocolError | UnicodeError) -> str:
    """Why a request is not HTTP. The value of a header field is not repeated: it may be a secret."""
    said = str(error)
    if isinstance(error, UnicodeError) or "header value" in said:
        said = "the value of a header field has characters that HTTP does not have"
    return sentence("The request cannot be sent", said)


def raised(error: BaseException) -> str:
    """What to say of an application that raised."""
    return sentence(f"The application raised {type(error).__name__}", error)
