"""Origins of pages elsewhere, written as browsers send them in Origin (RFC 6454, section 6.2; the Fetch standard).

They are compared character by character, so that one which no browser sends would be allowed to nobody, unnoticed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from .origin import in_ascii

ANY = "*"
"""Stands for every origin."""
EXAMPLE = "https://app.example.org"
MAX_LENGTH = 100
"""Characters of an origin, so that the header fields of an answer have room for it."""
PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]\\*]+)(?::(\d{1,5}))?([/?#].*)?")
"""A scheme, a host, a port, and what stands behind an origin by mistake."""
NAME = re.compile(r"[a-z0-9._-]+")
DEFAULT_PORTS = {"http": 80, "https": 443}
"""What browsers leave out."""


class InvalidOrigin(ValueError):
    """What is to be allowed is not an origin as browsers send it."""


def checked_origins(given: Iterable[str]) -> tuple[str, ...]:
    """Origins, each once, or `*` alone for all. Raises InvalidOrigin, which says what to write."""
    origins = tuple(dict.fromkeys(given))
    if ANY in origins:
        if len(origins) > 1:
            raise InvalidOrigin("'*' stands for every origin: leave the others out, or name them without it.")
        return origins
    for each in origins:
        _check(each)
    return origins


def _check(text: str) -> None:
    if text == "null":
        raise InvalidOrigin(
            "'null' is what every file and every sandboxed page sends: serve the page from an origin, and name that."
        )
    if ANY in text:
        raise InvalidOrigin(
            f"{text!r} has a wildcard, and origins are compared whole: name each, or '*' alone for all."
        )
    match = PARTS.fullmatch(text)
    sent = None if match is None else _as_sent(match[1].lower(), match[2], match[3])
    if sent is None:
        raise InvalidOrigin(f"{text!r} is not an origin: write a scheme, a host and a port if any, as in {EXAMPLE}.")
    if sent != text:
        raise InvalidOrigin(f"{text!r} is not an origin as browsers send it: write {sent}.")
    if len(text) > MAX_LENGTH:
        raise InvalidOrigin(f"{text!r} has {len(text)} characters, and an origin has room for {MAX_LENGTH}.")


def _as_sent(scheme: str, host: str, port: str | None) -> str | None:
    """How a browser would write an origin; None where the host is none."""
    name = host.lower() if host.isascii() else in_ascii(host).lower()
    try:
        if name.startswith("["):
            name = f"[{ipaddress.IPv6Address(name[1:-1]).compressed}]"
        elif name.rstrip(".").rpartition(".")[2].isdigit():  # which makes it an address (URL standard, section 3.5)
            name = str(ipaddress.IPv4Address(name))
    except ValueError:
        return None
    if not (name.startswith("[") or NAME.fullmatch(name)) or int(port or 0) > 65535:
        return None
    shown = "" if port is None or DEFAULT_PORTS.get(scheme) == int(port) else f":{int(port)}"
    return f"{scheme}://{name}{shown}"
