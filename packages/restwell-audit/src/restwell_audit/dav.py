"""WebDAV: asking a server that says that it follows it what there is (RFC 4918, section 9.1)."""

from __future__ import annotations

from collections.abc import Callable

from .exchanges import Exchange

Ask = Callable[..., Exchange | None]
"""Sends a safe `method` with further fields; None where that may not be sent."""
MULTI_STATUS = 207


def list_members(url: str, ask: Ask) -> tuple[Exchange | None, Exchange | None]:
    """The responses to OPTIONS, and to PROPFIND where OPTIONS says `DAV`: a collection, and what is in it."""
    told = ask(url, method="OPTIONS")
    if told is None or not told.succeeded or told.header("dav") is None:
        return told, None
    listed = ask(url, method="PROPFIND", Depth="1")
    return told, listed if listed is not None and listed.status == MULTI_STATUS else None
