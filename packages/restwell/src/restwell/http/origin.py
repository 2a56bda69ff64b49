"""Which hosts are ours, and so what links begin with. No link is ever built from an unchecked Host."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable

from .limits import MAX_BASE
from .masking import masked
from .messages import Request

SCHEMES = frozenset(["http", "https"])
"""What links may begin with. With ProxyFix a scheme is what a proxy has passed on, perhaps from a client."""
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
FIELD = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?",
)
"""Host (RFC 9110, section 7.2) in the grammar of RFC 3986, without commas: servers join two fields by one."""
ADDRESS = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
"""An IPv6 address without its brackets."""
BASE_URL = re.compile(rf"https?://{AUTHORITY.pattern}(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
REMEDY = (
    "Allow it with the option --allow-host, or in the setting RESTWELL_ALLOWED_HOSTS; where the application has "
    "TRUSTED_HOSTS, there."
)
UPSTREAM = (
    "It has no dot: a proxy passes the name of its group of upstream servers on. Let it pass Host on instead, in "
    "nginx by `proxy_set_header Host $http_host;`."
)
"""What is told of a host such as `backend`, which clients on the Internet do not ask for."""
FORWARDED = ("x-forwarded-host", "x-forwarded-proto")
UNREAD = (
    "%s says %s, and nothing reads it: links begin with %s. If a proxy of yours sends it, set --base-url or "
    "RESTWELL_BASE_URL, or let the application read it by Werkzeug's ProxyFix; if not, let the proxy take it away."
)
MAX_SHOWN = 100
"""Characters of a refused host that are shown."""
MAX_KNOWN, MAX_ORIGIN = 1000, 300
"""Hosts that are remembered, and characters of each with its scheme."""
log = logging.getLogger("restwell")


class InvalidBaseUrl(ValueError):
    """A base URL that links cannot begin with."""


class InvalidHost(ValueError):
    """A host that cannot be allowed, since no client can send it."""


class Hosts:
    """The base URL of links for each request.

    `base_url` is what links begin with whatever the client called us; without it they begin with the Host of
    the request, if that is on the loopback interface or in `allowed`. A host that is allowed is written as
    `example.org`, for every port, as `example.org:8443`, for that one, or as `.example.org`, for its subdomains too.
    An IPv6 address may stand in brackets. Neither case nor a dot at the end count. Where there is a function that
    says which host it `trusts`, nothing else is asked.
    """

    def __init__(
        self, base_url: str | None = None, allowed: Iterable[str] = (), trusts: Callable[[str], bool] | None = None
    ) -> None:
        self.trusts = trusts
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
        self._is_told = self.base_url is not None

    def base(self, request: Request) -> str | None:
        """What links begin with in the answer to this request; None when its host is not ours, or it is too long.

        None, too, when they would begin with another scheme than HTTP's.
        """
        origin = request.origin
        if origin not in self._known:
            scheme, _, authority = origin.partition("://")
            if self.base_url is None and scheme.lower() not in SCHEMES:
                return None
            if request.is_named and not self._is_ours(authority):
                return None
            if request.is_named and len(origin) <= MAX_ORIGIN:
                if len(self._known) >= MAX_KNOWN:
                    self._known.clear()
                self._known.add(origin)
        if not self._is_told and ("x-forwarded-proto" in request.headers or "x-forwarded-host" in request.headers):
            self._tell_of_forwarded(request)
        base = self.base_url if self.base_url is not None else origin + request.mount
        return base if len(base) <= MAX_BASE else None

    def _tell_of_forwarded(self, request: Request) -> None:
        """Warn, once, when links do not begin as a proxy says that the client called us; ProxyFix makes them."""
        self._is_told = True
        scheme, _, authority = request.origin.partition("://")
        for name, made in zip(FORWARDED, (authority, scheme), strict=True):
            said = request.headers.get(name, made).rpartition(",")[2].strip(" \t")
            if said.lower() != made.lower():
                log.warning(UNREAD, name, plain(said), f"{request.origin}{request.mount}/")
                return

    def _is_ours(self, authority: str) -> bool:
        match = AUTHORITY.fullmatch(authority)
        if match is None:
            return False
        if self.trusts is not None:
            return self.trusts(match[0])
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
        name = in_ascii(name)
    match = AUTHORITY.fullmatch(name)
    if match is None or (dot and name.startswith("[")):
        raise InvalidHost(
            f"{host!r} is not a host: write it as in api.example.org, api.example.org:8443, [2001:db8::1], or "
            ".example.org for a domain and all below it."
        )
    return dot + match[1].removesuffix(".") + (f":{match[2]}" if match[2] else "")


def in_ascii(name: str) -> str:
    """A name as browsers send it (RFC 5891): `bücher.example` is `xn--bcher-kva.example`."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def is_host(request: Request) -> bool:
    """Whether what a client named is one host by its form, be it ours or not (RFC 9112, section 3.2)."""
    return FIELD.fullmatch(request.origin.partition("://")[2]) is not None


def shown(request: Request) -> str:
    """The host that a client named, fit to be shown: short, and nothing but the characters of a host."""
    return plain(request.origin.partition("://")[2])


def plain(text: str) -> str:
    """A text of a client's, fit to be logged: short, without keys, and nothing but the characters of a host."""
    text = masked(text)
    found = re.sub(r"[^A-Za-z0-9.:\[\]_*-]", "?", text[:MAX_SHOWN])
    return f"{found}..." if len(text) > MAX_SHOWN else found


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
        host = shown(request)
        is_upstream = re.fullmatch(r"[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*(?::[0-9]*)?", host) is not None
        told = f"{UPSTREAM} {REMEDY}" if is_upstream else REMEDY
        scheme = request.origin.partition("://")[0]
        if scheme.lower() not in SCHEMES:
            told = f"A proxy has passed on {plain(scheme)!r} as its scheme: let it set X-Forwarded-Proto by itself."
        log.warning("a request for the host %s was refused with 421. %s", host, told)


WARNINGS = Warnings()
"""One for all APIs of a process."""
