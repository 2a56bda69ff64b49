"""Which hosts are ours, and so what links begin with. No link is ever built from an unchecked Host."""

from __future__ import annotations

import re
from collections.abc import Iterable

from werkzeug.sansio.utils import host_is_trusted

from .messages import Request

LOOPBACK = frozenset(["localhost", "127.0.0.1", "[::1]"])
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")

BASE_URL = re.compile(rf"https?://{AUTHORITY.pattern}(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")


class InvalidBaseUrl(ValueError):
    """A base URL that links cannot begin with."""


class Hosts:
    """The base URL of links for each request.

    `base_url` is what links begin with whatever the client called us; without it they begin with the Host of
    the request, if that is on the loopback interface or in `allowed`. Where some are `trusted`, it has to be one
    of those and nothing else is asked: they are read as Flask reads TRUSTED_HOSTS, `.example.org` with all below it.
    """

    def __init__(self, base_url: str | None = None, allowed: Iterable[str] = (), trusted: Iterable[str] = ()) -> None:
        self.trusted = tuple(trusted)
        self.base_url = base_url.rstrip("/") if base_url else None
        names = set(LOOPBACK) | {host.lower() for host in allowed}
        if self.base_url is not None:
            match = BASE_URL.fullmatch(self.base_url)
            if match is None:
                raise InvalidBaseUrl(
                    f"{base_url!r} is no base URL: write it as in https://api.example.org or https://example.org/api."
                )
            names.add(match[1].lower())
        self.names = frozenset(names)
        self._known: dict[str, bool] = {}

    def base(self, request: Request) -> str | None:
        """What links begin with in the answer to this request; None when its host is not ours."""
        known = self._known.get(request.origin)
        if known is None:
            known = self._is_ours(request.origin)
            if len(self._known) < 1000:
                self._known[request.origin] = known
        if not known:
            return None
        return self.base_url if self.base_url is not None else request.origin + request.mount

    def _is_ours(self, origin: str) -> bool:
        match = AUTHORITY.fullmatch(origin.partition("://")[2])
        if match is None:
            return False
        if self.trusted:
            return host_is_trusted(match[0], self.trusted)
        name = match[1].lower()
        return name in self.names or match[0].lower() in self.names
