"""The probe sends every request of the auditor within its limits, and records the exchanges."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urljoin

from .asgi import Asgi, is_asgi
from .exchanges import Exchange
from .politeness import (
    AGENT,
    SAFE,
    Budget,
    BudgetSpent,
    Excluded,
    ForeignOrigin,
    NotSafe,
    NotSent,
    Pace,
    retry_after,
    usual_rate,
)
from .reading.targets import at_home
from .redaction import Headers
from .robots import Robots, has_records
from .sockets import Sockets
from .transports import Limits, Origin, Outgoing, Transport, target_of
from .trust import SYSTEM, Trust
from .wsgi import Wsgi

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from .asgi import AsgiApplication

__all__ = ["BudgetSpent", "Excluded", "ForeignOrigin", "NotSafe", "NotSent", "Probe"]

MAX_WAIT = 5.0
"""Seconds to wait for Retry-After, in total for one request."""
MAX_RESENDS = 3
MAX_REDIRECTS = 5
"""Redirects that are followed on the way to robots.txt (RFC 9309, section 2.3.1.2)."""


class Probe:
    """Sends requests to the target of an audit: an http or https URL, or an application in this process.

    Requests go only to the origin of the target, at most `max_requests` and at most `per_second` a second (None for
    `usual_rate`), and not to URLs that robots.txt excludes. For an application in process there is no rate, and
    robots.txt is not read. Redirects are not followed, cookies not stored, proxies of the environment not used.
    `headers` are sent with every request that is not `bare`. Methods that are not safe need `writing`. `progress` is
    called with every exchange. `trust` says which certificates are trusted. An exchange takes at most `seconds` and
    reads at most `max_bytes` of content.
    """

    def __init__(  # noqa: PLR0913 -- each is a limit or a permission, given by name
        self,
        target: str | WSGIApplication | AsgiApplication,
        *,
        headers: Mapping[str, str] | None = None,
        max_requests: int = 500,
        per_second: float | None = None,
        seconds: float = 10.0,
        max_bytes: int = 2_000_000,
        respect_robots: bool = True,
        trust: Trust = SYSTEM,
        progress: Callable[[Exchange], None] | None = None,
        writing: bool = False,
        base_url: str = "http://localhost/",
    ) -> None:
        self.in_process = not isinstance(target, str)
        """Whether the target is an application that is called in this process."""
        limits = Limits(seconds, max_bytes)
        self.url = target if isinstance(target, str) else base_url
        """The URL at which an audit begins: the target, or the base URL of an application in process."""
        self.origin = Origin.of(self.url)
        self.headers = dict(headers or {})
        self.budget = Budget(max_requests)
        rate = usual_rate(self.origin.host) if per_second is None else per_second
        self.pace = Pace(float("inf") if self.in_process else rate)
        self.progress = progress
        self.writing = writing
        self.exchanges: list[Exchange] = []
        self.trust = trust
        self.ignores_robots = not (self.in_process or respect_robots)
        """Whether robots.txt is not asked for, although there may be one."""
        self._robots = Robots() if self.in_process or not respect_robots else None
        self._sockets = Sockets(limits, trust)
        self._transport = _transport(target, limits) if self.in_process else self._sockets

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; end an application in process that has a lifespan."""
        self._transport.close()
        self._sockets.close()

    @property
    def robots(self) -> str:
        """What robots.txt asks for, in a few words."""
        if self.in_process:
            return "not read in process"
        if self.ignores_robots:
            return "ignored, as --ignore-robots says"
        return self._robots.said if self._robots is not None else "not asked for"

    def excludes(self, url: str) -> bool:
        """Whether a robots.txt that was read excludes a URL, or could not be had."""
        return self._robots is not None and not self._robots.allows(target_of(url))

    def unless_given(self, **fields: str) -> dict[str, str]:
        """Those of some header fields that are not among the `headers` of the probe."""
        given = {name.lower() for name in self.headers}
        return {name: value for name, value in fields.items() if name.lower() not in given}

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        fresh: bool = False,
        bare: bool = False,
        via: str | None = None,
        seconds: float | None = None,
    ) -> Exchange:
        """Send a request and record the exchange, whose `error` says what went wrong.

        `fresh`: on a new connection. `bare`: without the `headers` of the probe. `via`: the base URL of an
        intermediary to which the request is sent instead of to the server of the URL. `seconds`: the most that it
        may take, if not that of the probe. After a 429 or 503 with
        Retry-After a safe request is sent again, as long as the waits take at most 5 s in total; after one that is
        not safe there is only the wait, since what it was to change may have changed. Raises NotSent for a request
        that may not be sent: ForeignOrigin, NotSafe, Excluded or BudgetSpent.
        """
        self._check(method, url)
        own = {} if bare else self.headers
        fields = self._fields(method, own, headers or {}, content)
        through = None if via is None else Origin.of(via)
        outgoing = Outgoing(method, url, fields, content, fresh, through, seconds)
        exchange = self._exchange(outgoing)
        waited = 0.0
        for _ in range(MAX_RESENDS):
            pause = asked_to_wait(exchange)
            if pause is None or waited + pause > MAX_WAIT or not self.budget.left:
                break
            self.pace.rest(pause)
            if method not in SAFE:
                break
            waited += pause
            exchange = self._exchange(outgoing)
        return exchange

    def _check(self, method: str, url: str) -> None:
        """Raise NotSent for a request that may not be sent; robots.txt comes last, as it costs a request."""
        try:
            ours = Origin.of(url) == self.origin
        except ValueError as error:
            raise ForeignOrigin(f"{url!r} is not an absolute http or https URL.") from error
        if not ours:
            raise ForeignOrigin(f"{url} is not on {self.origin}, the origin that is audited.")
        if method not in SAFE and not self.writing:
            raise NotSafe(f"{method} is not a safe method, and this audit only reads.")
        if self._robots is None:
            self._robots = self._fetch_robots()
        if not self._robots.allows(target_of(url)):
            raise Excluded(f"{url} is not requested: {self._robots.why}.")

    def _fields(self, method: str, own: Mapping[str, str], given: Mapping[str, str], content: bytes) -> Headers:
        """The header fields of a request: `given` fields override `own` ones, and these the defaults."""
        defaults = {
            "Host": self.origin.authority,
            "User-Agent": AGENT,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        if content or method in {"POST", "PUT", "PATCH"}:  # RFC 9110, section 8.6
            defaults["Content-Length"] = str(len(content))
        fields: dict[str, tuple[str, str]] = {}
        for name, value in [*defaults.items(), *own.items(), *given.items()]:
            fields[name.lower()] = name, value
        return tuple(fields.values())

    def _exchange(self, request: Outgoing) -> Exchange:
        """Send one request within budget and rate, and record the exchange."""
        self.budget.spend()
        self.pace.keep()
        transport = self._sockets if request.via else self._transport
        began = time.monotonic()
        incoming = transport.exchange(request)
        exchange = Exchange(
            number=len(self.exchanges) + 1,
            method=request.method,
            url=request.url,
            sent=request.headers,
            content=request.content,
            **incoming._asdict(),
            seconds=time.monotonic() - began,
            intermediary=request.via is not None,
        )
        self.exchanges.append(exchange)
        if self.progress is not None:
            self.progress(exchange)
        return exchange

    def _fetch_robots(self) -> Robots:
        """The rules of robots.txt, fetched without credentials; redirects are followed within the origin."""
        url = f"{self.origin}/robots.txt"
        exchange = self._exchange(Outgoing("GET", url, self._fields("GET", {}, {}, b"")))
        for _ in range(MAX_REDIRECTS):
            if not (300 <= exchange.status < 400 and (location := exchange.header("location"))):
                break
            try:
                url = at_home(url, urljoin(url, location))
                if Origin.of(url) != self.origin:
                    break
            except ValueError:  # the Location is not a URL
                break
            exchange = self._exchange(Outgoing("GET", url, self._fields("GET", {}, {}, b"")))
        return rules_of(exchange)


def rules_of(exchange: Exchange) -> Robots:
    """The rules that follow from the response for robots.txt (RFC 9309, section 2.3.1).

    A missing robots.txt excludes nothing; one that the server fails to give excludes everything. 501 is no failure:
    the server implements GET nowhere (RFC 9110, section 15.6.2), and so has no robots.txt.
    """
    if exchange.error:
        return Robots.unreachable(f"could not be read ({exchange.error.rstrip('.')})")
    if exchange.status >= 500 and exchange.status != 501:
        return Robots.unreachable(f"was answered with {exchange.status}")
    if not exchange.succeeded:
        return Robots(said=f"none ({exchange.status})")
    rules = Robots.parse(exchange.text)
    if not has_records(exchange.text) and exchange.text.strip():
        return replace(rules, said=f"not one, but {exchange.media_type or 'content without a media type'}")
    return rules


def asked_to_wait(exchange: Exchange) -> float | None:
    """The seconds after which a server asks to retry, with 429 or 503; None where it does not."""
    value = exchange.header("retry-after")
    if exchange.status not in {429, 503} or value is None:
        return None
    return retry_after(value, time.time())


def _transport(target: Any, limits: Limits) -> Transport:
    if is_asgi(target):
        return Asgi(cast("AsgiApplication", target), limits)
    return Wsgi(cast("WSGIApplication", target), limits)
