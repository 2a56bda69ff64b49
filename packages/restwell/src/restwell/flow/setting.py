"""What stays the same from request to request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from ..access.authenticators import ApiKeys
from ..access.grant import Grant
from ..access.identifying import Identifying
from ..access.sight import Sight, sight_of
from ..data.ports import StorePort
from ..http.messages import Request
from ..model.resource import Declaration
from ..rates.limiting import NO_LIMITS, Limiter
from ..surface.addresses import Address, Addresses
from ..surface.documents import SelfDescription
from .calling import Calling

Resources = tuple[Declaration, ...]


@dataclass(slots=True)
class Setting:
    """What stays the same from request to request: the addresses, the store, the formats, the hosts."""

    addresses: Addresses
    store: StorePort
    offers: Callable[[Address, Resources | None], tuple[str, ...]]
    """The media types of an address, the preferred one first, for somebody who sees these resources."""
    describe: Callable[[Address, str, Resources | None], SelfDescription | None]
    """The description that has an address, for a base URL, of the resources as somebody sees them."""
    base: Callable[[Request], str | None]
    """The base URL of links for a request; None when its host is not ours."""
    sight: Callable[[Declaration, Grant], Sight] = sight_of
    """What there is of a resource for a grant."""
    identifying: Identifying = field(default_factory=lambda: Identifying([ApiKeys()]))
    """Tells who is asking."""
    limiter: Limiter = NO_LIMITS
    """Counts requests, where there are limits."""
    differing: Resources = ()
    """The resources, where descriptions are not the same for everybody, as some, or members, are for some alone."""
    totals: frozenset[str] = frozenset()
    """The media types in which a page says how many rows there are in all."""
    naming: frozenset[str] = frozenset()
    """The media types in which a page says who has asked for it."""
    edition: str = ""
    """Names the declarations and the release that representations are written by, as part of their entity tags."""
    available: bool = True
    read_only: bool = False
    """Whether changes are refused, whatever the database says."""
    starts: dict[tuple[str, str, Declaration | None, str], Any] = field(default_factory=dict)
    """Where the walk of a request goes on once it is routed, by its method, the kind of its address, the resource
    and the operation."""
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    """What code of the application's is called in, such as its context."""
    calling: Calling | None = None
    """Makes the calls that committed changes ask for, where there are hooks that are called so."""
    max_content: int | None = None
    """How many bytes of content the application takes at most, whatever a resource says; None without a limit."""
