"""Whether a request is one too many, and what is told of it: RateLimit-Policy, RateLimit, Retry-After.

The fields are those of draft-ietf-httpapi-ratelimit-headers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..access.grant import Grant
from ..http.messages import Headers, Request
from ..http.problems import TooManyRequests
from ..model.policy import Operation
from .counters import Counters, Left, MemoryCounters, Spending
from .declared import By, RateLimit, whole_seconds

NETWORK = 64
"""Bits of an IPv6 address that one customer of a provider has at least: the other ones are its own to choose."""


class _Policies(NamedTuple):
    """The limits for some operations, and their field."""

    limits: tuple[RateLimit, ...]
    field: str


class Limiter:
    """Counts the requests to an API by the limits that are declared for it."""

    __slots__ = ("_counters", "_known", "_of_requests", "refused")

    def __init__(self, limits: Iterable[RateLimit], counters: Counters) -> None:
        limits = tuple(limits)
        self._counters = counters
        self._known: dict[tuple[Operation, ...], _Policies] = {}
        self._of_requests = tuple(each for each in limits if each.counts == "requests")
        self.refused = tuple(each for each in limits if each.counts == "refused credentials")
        """Those by which refused credentials are counted."""

    def counts(self, operations: tuple[Operation, ...]) -> bool:
        """Whether a request is counted that asks for one of these operations."""
        return bool(self._policies(operations).limits)

    def _policies(self, operations: tuple[Operation, ...]) -> _Policies:
        known = self._known.get(operations)
        if known is None:
            wanted = [e for e in self._of_requests if not e.operations or not e.operations.isdisjoint(operations)]
            known = self._known[operations] = _Policies(tuple(wanted), ", ".join(each.policy for each in wanted))
        return known

    def count(self, request: Request, grant: Grant, operations: tuple[Operation, ...]) -> Headers:
        """Count a request, and tell what is left. Raises TooManyRequests, and counts nothing, where nothing is."""
        limits, policies = self._policies(operations)
        fits, left = self._counters.spend([Spending(each, partition_of(each.by, request, grant)) for each in limits])
        told = (("RateLimit-Policy", policies), ("RateLimit", ", ".join(map(_left, limits, left))))
        if not fits:
            raise _refusal(limits, left, told)
        return told

    def check_address(self, request: Request) -> None:
        """Raises TooManyRequests where too many credentials from this address were refused."""
        if not self.refused:
            return
        _, left = self._counters.spend(self._failing(request), 0)
        if any(each.requests <= 0 for each in left):
            raise _refusal(self.refused, left, ())

    def note_refused(self, request: Request) -> None:
        """Count a credential that was refused, where there is a limit of these."""
        if self.refused:
            self._counters.spend(self._failing(request))

    def _failing(self, request: Request) -> list[Spending]:
        return [Spending(each, address_of(request)) for each in self.refused]


NO_LIMITS = Limiter((), MemoryCounters())
"""Counts nothing."""


def partition_of(by: By, request: Request, grant: Grant) -> str:
    """Whom a limit counts a request for."""
    if by == "key" and grant.credential is not None:
        return f"key {grant.credential}"
    if by != "address" and grant.subject is not None:
        return f"subject {grant.subject}"
    return f"address {address_of(request)}"


def address_of(request: Request) -> str:
    """The address that a request is from; of IPv6 the network that it is in."""
    address = request.address
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = found.ipv4_mapped
    return str(mapped or ipaddress.IPv6Network((found, NETWORK), strict=False))


def _left(limit: RateLimit, left: Left) -> str:
    """The member of RateLimit."""
    return f'"{limit.name}";r={left.requests};t={whole_seconds(left.seconds)}'


def _refusal(limits: Sequence[RateLimit], left: Sequence[Left], told: Headers) -> TooManyRequests:
    used_up = [(limit, each) for limit, each in zip(limits, left, strict=True) if each.requests <= 0]
    wait = max(1, *(whole_seconds(each.seconds) for _, each in used_up))
    allowed = "; ".join(limit.words for limit, _ in used_up)
    return TooManyRequests(
        f"This is more than {allowed}. Ask again in {wait} second{'s' if wait != 1 else ''}.",
        headers=(*told, ("Retry-After", str(wait))),
    )
