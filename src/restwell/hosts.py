"""Which hosts are ours, and so what links begin with. No link is ever built from an unchecked Host."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterable

from werkzeug.sansio.utils import host_is_trusted

from .messages import Request

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
ADDRESS = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
"""An IPv6 address without its brackets."""
BASE_URL = re.compile(rf"https?://{AUTHORITY.pattern}(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
REMEDY = (
    "Allow it with the option --allow-host, or in the setting RESTWELL_ALLOWED_HOSTS; where the application has "
    "TRUSTED_HOSTS, there."
)
MAX_SHOWN = 100
"""Characters of a refused host that are shown."""
MAX_KNOWN, MAX_ORIGIN = 1000, 300
"""Hosts that are remembered, and characters of each with its scheme."""
log = logging.getLogger("restwell")


MAX_BASE = 400
"""Bytes that links begin with at most, so that the header fields of an answer have room for them."""


class InvalidBaseUrl(ValueError):
    """A base URL that links cannot begin with."""


class InvalidHost(ValueError):
    """A host that cannot be allowed, since no client can send it."""


class Hosts:
    """The base URL of links for each request.

    `base_url` is what links begin with whatever the client called us; without it they begin with the Host of
    the request, if that is on the loopback interface or in `allowed`. A host that is allowed is written as
    `example.org`, for every port, as `example.org:8443`, for that one, or as `.example.org`, for its subdomains too.
    An IPv6 address may stand in brackets. Neither case nor a dot at the end count. Where some are `trusted`, it has
    to be one of those, and nothing else is asked: they are read as Flask reads TRUSTED_HOSTS.
    """

    def __init__(self, base_url: str | None = None, allowed: Iterable[str] = (), trusted: Iterable[str] = ()) -> None:
        self.trusted = tuple(trusted)
        self.base_url = base_url.rstrip("/") if base_url else None
        names = {normal(host) for host in (*LOOPBACK, *allowed)}
        if self.base_url is not None:
            match = BASE_URL.fullmatch(self.base_url)
            if match is None:
                raise InvalidBaseUrl(
                    f"{base_url!r} is not a base URL: write it as in https://api.example.org or https://example.org/api."
                )
            if len(self.base_url) > MAX_BASE:
                raise InvalidBaseUrl(
                    f"The base URL has {len(self.base_url)} bytes, and links have room for {MAX_BASE}: shorten it."
                )
            names.add(match[1].lower())
        self.names = frozenset(name for name in names if not name.startswith("."))
        self.domains = tuple(name for name in names if name.startswith("."))
        self._known: set[str] = set()

    def base(self, request: Request) -> str | None:
        """What links begin with in the answer to this request; None when its host is not ours, or it is too long."""
        origin = request.origin
        if origin not in self._known:
            if not self._is_ours(origin.partition("://")[2]):
                return None
            if len(origin) <= MAX_ORIGIN:
                if len(self._known) >= MAX_KNOWN:
                    self._known.clear()
                self._known.add(origin)
        base = self.base_url if self.base_url is not None else origin + request.mount
        return base if len(base) <= MAX_BASE else None

    def _is_ours(self, authority: str) -> bool:
        match = AUTHORITY.fullmatch(authority)
        if match is None:
            return False
        if self.trusted:
            return host_is_trusted(match[0], self.trusted)
        name = match[1].lower().removesuffix(".")
        port = f":{match[2]}" if match[2] else ""
        if name in self.names or name + port in self.names:
            return True
        return any(f".{name}{end}".endswith(domain) for domain in self.domains for end in ("", port))


def hosts_of(value: str | Iterable[str] | None) -> list[str]:
    """The hosts in a setting: a text with commas or spaces between them, or a list."""
    return value.replace(",", " ").split() if isinstance(value, str) else list(value or ())


def normal(host: str) -> str:
    """An allowed host as it is compared. Raises InvalidHost for what is not a host."""
    text = host.strip().lower()
    dot, name = ("." if text.startswith(".") else ""), text.removeprefix(".")
    if ADDRESS.fullmatch(name):
        name = f"[{name}]"
    elif not name.isascii():
        name = _in_ascii(name)
    match = AUTHORITY.fullmatch(name)
    if match is None or (dot and name.startswith("[")):
        raise InvalidHost(
            f"{host!r} is not a host: write it as in api.example.org, api.example.org:8443, [2001:db8::1], or "
            ".example.org for a domain and all below it."
        )
    return dot + match[1].removesuffix(".") + (f":{match[2]}" if match[2] else "")


def _in_ascii(name: str) -> str:
    """A name as browsers send it (RFC 5891): `bücher.example` is `xn--bcher-kva.example`."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def shown(request: Request) -> str:
    """The host that a client named, fit to be shown: short, and nothing but the characters of a host."""
    host = request.origin.partition("://")[2]
    plain = re.sub(r"[^A-Za-z0-9.:\[\]_-]", "?", host[:MAX_SHOWN])
    return f"{plain}..." if len(host) > MAX_SHOWN else plain


class Warnings:
    """Tells the log of refused hosts, once a minute at most, however many there are."""

    def __init__(self, seconds: float = 60) -> None:
        self._seconds = seconds
        self._next = -seconds
        self._lock = threading.Lock()

    def warn(self, request: Request) -> None:
        """Tell of the host of a request that was refused, unless something was told a short while ago."""
        now = time.monotonic()
        with self._lock:
            if now < self._next:
                return
            self._next = now + self._seconds
        log.warning("a request for the host %s was refused with 421. %s", shown(request), REMEDY)


WARNINGS = Warnings()
"""One for all APIs of a process."""
