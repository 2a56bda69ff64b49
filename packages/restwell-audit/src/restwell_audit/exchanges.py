"""Exchanges with a server, which findings have as their evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .counting import counted
from .redaction import BY_NAME, Headers

MAX_SHOWN = 2000
"""Characters of content that a report shows."""


@dataclass(frozen=True, repr=False)
class Exchange:
    """A request and its response.

    `status` is 0 where there was no response, and `error` then says why; an incomplete response has both. `body` is
    the content as far as it was read, and `complete` says whether that is all of it. `intermediary` says that the
    request went through the auditor's proxy, and `left_out` is the number of bytes of the content that are no longer
    kept. `endless` says that the content was read for a second and had no end. A redirect is an exchange of its own.
    """

    number: int
    method: str
    url: str
    sent: Headers = ()
    content: bytes = b""
    status: int = 0
    headers: Headers = ()
    body: bytes = b""
    complete: bool = True
    error: str = ""
    seconds: float = 0.0
    intermediary: bool = False
    endless: bool = False
    left_out: int = 0

    def __repr__(self) -> str:
        """The request and its status; contents and header fields may have secrets, which a traceback would show."""
        return f"<Exchange {self.number}: {self.method} {BY_NAME.text(self.url)} {self.status or 'no response'}>"

    @property
    def answered(self) -> bool:
        """Whether there was a complete response."""
        return self.status > 0 and not self.error

    @property
    def succeeded(self) -> bool:
        """Whether there was a complete response with a successful status code (2xx)."""
        return self.answered and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the status says that there is nothing: 404 or 410."""
        return self.status in {404, 410}

    def header(self, name: str) -> str | None:
        """The value of a field of the response, repeated ones joined (RFC 9110, section 5.2); None without one."""
        wanted = name.lower()
        values = [value for key, value in self.headers if key.lower() == wanted]
        return ", ".join(values) if values else None

    @property
    def allowed(self) -> frozenset[str]:
        """The methods that Allow names."""
        return frozenset(name.strip().upper() for name in (self.header("allow") or "").split(",") if name.strip())

    @property
    def media_type(self) -> str:
        """The media type of the response in lower case, without parameters; "" without Content-Type."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The content as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def data(self) -> Any:
        """The content parsed as JSON; None where it is not JSON, is nested too deeply or was not read completely."""
        if not self.complete or not self.body:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def to_dict(self) -> dict[str, Any]:
        """The exchange as a report shows it: without what is named like a secret, and with long contents cut off."""
        return {
            "number": self.number,
            "request": {
                "method": self.method,
                "url": BY_NAME.text(self.url),
                "headers": [list(each) for each in BY_NAME.fields(self.sent)],
                "body": _text(self.content),
            },
            "response": {
                "status": self.status,
                "headers": [list(each) for each in BY_NAME.fields(self.headers)],
                "body": _text(self.body, self.left_out),
            },
            "complete": self.complete,
            "error": BY_NAME.text(self.error),
            "seconds": round(self.seconds, 4),
            "intermediary": self.intermediary,
        }


def _text(content: bytes, left_out: int = 0) -> str:
    text = BY_NAME.text(content[: 4 * MAX_SHOWN].decode("utf-8", "replace"))
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}… ({counted(len(content) + left_out, 'byte')})"
