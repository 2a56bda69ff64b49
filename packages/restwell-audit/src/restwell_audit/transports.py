"""Transports: the requests that they take, the responses that they give, and the limits that all of them respect.

`sockets.py` uses the network, `wsgi.py` and `asgi.py` call an application in this process.
"""

from __future__ import annotations

import json
import time
from typing import NamedTuple, Protocol, Self
from urllib.parse import quote, urlsplit

import h11

from .codings import decoded
from .counting import counted
from .redaction import Headers

PORTS = {"http": 80, "https": 443}
MAX_SHOWN = 200
"""Characters of an error that a message repeats."""
STREAM_SECONDS = 1.0
"""Seconds for which content without a length is read, which may have no end."""


class Origin(NamedTuple):
    """Scheme, host and port, which together identify a server (RFC 9110, section 4.3.1)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of an absolute http or https URL, without user information. Raises ValueError for others."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f"{url!r} is not an absolute http or https URL.")
        host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
        return cls(parts.scheme, host, PORTS[parts.scheme] if parts.port is None else parts.port)

    @property
    def authority(self) -> str:
        """The value of Host, with the port where it is not the default of the scheme (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def target_of(url: str) -> str:
    """The request target of a URL: its path and query, percent-encoded where necessary."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return quote(target, safe="!#$%&'()*+,/:;=?@[]~", errors="surrogatepass")


class Outgoing(NamedTuple):
    """A request as it is sent; no header fields are added.

    `via` is the server to connect to instead of that of the URL; `fresh` asks for a new connection. `seconds` are
    those that it may take, if not those of the limits.
    """

    method: str
    url: str
    headers: Headers
    content: bytes = b""
    fresh: bool = False
    via: Origin | None = None
    seconds: float | None = None

    def __repr__(self) -> str:
        """The method alone; the rest may have secrets, which a traceback would show."""
        return f"<Outgoing: {self.method}>"

    def head(self) -> h11.Request:
        """The head of the request. Raises h11.LocalProtocolError or UnicodeError where it is not valid HTTP."""
        return h11.Request(
            method=self.method,
            target=target_of(self.url),
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in self.headers],
        )


class Incoming(NamedTuple):
    """A response: the fields of an Exchange that come from the server."""

    status: int = 0
    headers: Headers = ()
    body: bytes = b""
    complete: bool = True
    error: str = ""
    endless: bool = False


class Limits(NamedTuple):
    """The limits of one exchange: seconds from connecting to the last byte, and bytes of content that are read."""

    seconds: float = 10.0
    max_bytes: int = 2_000_000

    def of(self, request: Outgoing) -> Self:
        """The limits of a request, which may take less time than others."""
        return self if request.seconds is None else self._replace(seconds=min(self.seconds, request.seconds))


class Transport(Protocol):
    """Sends a request to a server and returns the response. It never raises for what the server does."""

    def exchange(self, request: Outgoing) -> Incoming: ...

    def close(self) -> None: ...


class Deadline:
    """The deadline of one exchange, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds that are left, more than 0. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Arriving:
    """A response while it is received. Its content is kept up to the limit."""

    def __init__(self, method: str, limits: Limits) -> None:
        self.method = method
        self.limits = limits
        self.status = 0
        self.headers: Headers = ()
        self.size = 0
        self.endless = False
        """Whether no more of the content is read because it seems to have no end."""

        self._look_at = 0.0
        """When it is asked next whether the content has an end, by the monotonic clock."""

        self._body = bytearray()

    def begin(self, status: int, headers: Headers) -> None:
        """Take the head of the response."""
        self.status = status
        self.headers = headers
        self._look_at = time.monotonic() + STREAM_SECONDS

    @property
    def is_open(self) -> bool:
        """Whether the head has come, and does not say where the content ends."""
        return self.status > 0 and not self.bodiless and not self.field("content-length")

    def seems_endless(self) -> bool:
        """Whether open content has been read for `STREAM_SECONDS`, and is not an unfinished document."""
        now = time.monotonic()
        if self.is_open and now >= self._look_at:
            self._look_at = now + STREAM_SECONDS / 4
            self.endless = not is_unfinished(bytes(self._body))
        return self.endless

    def take(self, data: bytes) -> bool:
        """Take a part of the content; False when the content is larger than the limit."""
        self._body += data[: max(0, self.limits.max_bytes - self.size)]
        self.size += len(data)
        return not self.overflown

    @property
    def overflown(self) -> bool:
        """Whether the content is larger than the limit."""
        return self.size > self.limits.max_bytes

    @property
    def bodiless(self) -> bool:
        """Whether the response has no content, whatever its fields say (RFC 9112, section 6.3)."""
        return self.method == "HEAD" or self.status in {204, 304}

    def field(self, name: str) -> str:
        """The value of a field of the response, repeated ones joined; "" without one. `name` is in lower case."""
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    @property
    def late(self) -> str:
        """The error for an exchange that exceeds its deadline."""
        what = "There was no response" if not self.status else "The response was not complete"
        return f"{what} within {self.limits.seconds:g} s."

    def end_framed(self, error: str = "") -> Incoming:
        """As `end`, with an error if Content-Length does not match the content (RFC 9110, section 8.6)."""
        length = self.field("content-length")
        if not (error or self.bodiless or self.overflown or self.endless) and length and length != str(self.size):
            error = f"The content has {counted(self.size, 'byte')}, and Content-Length says {length[:MAX_SHOWN]}."
        return self.end(error)

    def end(self, error: str = "") -> Incoming:
        """The response as far as it was received; `error` says why there is no more of it."""
        body = bytes(self._body)
        whole = not (error or self.overflown or self.endless)
        if whole and body and self.status != 206:  # a part of coded content cannot be decoded
            body, whole, error = decoded(body, self.field("content-encoding"), self.limits.max_bytes)
        return Incoming(self.status, self.headers, body, whole, error, self.endless)


def is_unfinished(content: bytes) -> bool:
    """Whether content is the beginning of a page or of one value in JSON, unlike a stream of events or of lines."""
    text = content.decode("utf-8", "replace").lstrip()
    if text[:5].lower() in {"<html", "<!doc"}:
        return "</html" not in text[-100:].lower()
    if text[:1] not in {"{", "["}:
        return False
    try:
        json.JSONDecoder().raw_decode(text)
    except ValueError:
        return True
    except RecursionError:
        return False
    return False


def sentence(before: str, error: object) -> str:
    """A sentence that ends with the message of an error, on one line and shortened."""
    message = " ".join(str(error).split())
    return f"{before}: {message[:MAX_SHOWN].rstrip('. ')}." if message else f"{before}."


def refused(request: Outgoing) -> str:
    """The reason why a request is not valid HTTP, so that no application is called with it either; "" if it is."""
    try:
        request.head()
    except (h11.LocalProtocolError, UnicodeError) as error:
        return unsendable(error)
    return ""


def unsendable(error: h11.LocalProtocolError | UnicodeError) -> str:
    """The error for a request that is not valid HTTP, without the values of header fields: they may be secret."""
    message = str(error)
    if isinstance(error, UnicodeError) or "header value" in message:
        message = "the value of a header field has characters that HTTP does not allow"
    return sentence("The request cannot be sent", message)


def raised(error: BaseException) -> str:
    """The error for an application that raised an exception."""
    return sentence(f"The application raised {type(error).__name__}", error)
