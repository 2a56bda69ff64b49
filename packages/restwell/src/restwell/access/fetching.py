"""The one client of HTTP in this package: it asks addresses that the application has named, and nothing else.

No redirect is followed, what comes is bounded in bytes and in time, and a proxy is what the environment says.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..model.errors import DeclarationError

WAIT = 3.0
"""Seconds that an answer may take, and that a request waits for it."""
MAX_ANSWER = 64 * 1024
"""Bytes of it."""
LOCAL = frozenset(["localhost", "127.0.0.1", "::1"])
FAULTS = (OSError, http.client.HTTPException, ValueError)
"""What `fetched` raises where there is nothing to be had."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: a redirect is an error."""

    def redirect_request(self, *_: object) -> None:
        return None


def fetched(url: str, fields: Mapping[str, str], content: bytes | None = None) -> bytes:
    """What is at a URL, or answers to content that is posted there. Raises one of FAULTS.

    Each step of an answer may take WAIT, and the whole of its content as well.
    """
    begun = time.monotonic()
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if url.startswith("http:"):  # on this machine, where no proxy is asked
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data=content, headers=dict(fields))  # noqa: S310 - its scheme was checked
    try:
        response = urllib.request.build_opener(*handlers).open(request, timeout=WAIT)
    except urllib.error.HTTPError as error:
        error.close()  # it has the connection
        raise
    with response:
        if response.status != 200:
            raise ValueError(f"it answers with {response.status}")
        parts, length = [], 0
        while part := response.read1(MAX_ANSWER):
            parts.append(part)
            length += len(part)
            if length > MAX_ANSWER or time.monotonic() - begun > WAIT:
                raise ValueError("it is too long, or comes too slowly")
    return b"".join(parts)


def checked_url(url: object, name: str) -> str:
    """A URL that is asked by https, or of this machine. Raises DeclarationError."""
    if isinstance(url, str) and url.isascii() and url.isprintable() and " " not in url:
        try:
            parts = urlsplit(url)
            port_is_right = parts.port is None or parts.port > 0
        except ValueError:
            port_is_right = False
        else:
            is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
            if is_safe and parts.hostname and port_is_right and not parts.username and not parts.fragment:
                return url
    raise DeclarationError(f"{name}={url!r} is not a URL that can be asked: give one that begins with https://.")
