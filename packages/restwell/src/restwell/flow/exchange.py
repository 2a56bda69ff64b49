"""What is known during one request: it grows as the decisions are taken, and no other request sees it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from struct import pack
from typing import Any

import orjson

from ..access.grant import ANONYMOUS, Grant
from ..data.outcomes import MODIFIED, VALUES, VERSION, Outcome
from ..data.ports import Rows
from ..data.query import Counting
from ..http.entity_tags import CurrentTags, digest, entity_tag, variant_of
from ..http.keeping import kept
from ..http.messages import Request
from ..http.problems import Problem
from ..model.policy import Operation
from ..model.resource import Declaration
from ..surface.addresses import Address, Addresses
from ..surface.documents import SelfDescription
from .intent import Intent

VERSION_OF = itemgetter(VERSION)


@dataclass(slots=True)
class Setting:
    """What stays the same from request to request: the addresses, the store, the formats, the hosts."""

    addresses: Addresses
    store: Rows
    offers: Callable[[Address], tuple[str, ...]]
    """The media types of an address, the preferred one first."""
    describe: Callable[[Address, str], SelfDescription | None]
    """The description that has an address, for a base URL."""
    base: Callable[[Request], str | None]
    """The base URL of links for a request; None when its host is not ours."""
    totals: frozenset[str] = frozenset()
    """The media types in which a page says how many rows there are in all."""
    edition: str = ""
    """Names the declarations and the release that representations are written by, as part of their entity tags."""
    available: bool = True
    starts: dict[tuple[str, str, Declaration | None], Any] = field(default_factory=dict)
    """Where the walk of a request begins, by its method, the kind of its address and the resource."""
    max_content: int | None = None
    """How many bytes of content the application takes at most, whatever a resource says; None without a limit."""


class Exchange:
    """One request on its way to an answer."""

    __slots__ = (
        "address", "base", "content", "current", "data", "format", "grant", "headers", "intent", "kind",
        "method", "outcome", "permitted", "problem", "request", "resource", "seconds", "setting", "state", "values",
        "wholly",
    )  # fmt: skip

    def __init__(self, request: Request, address: Address, setting: Setting) -> None:
        self.request = request
        self.address = address
        # These three are asked for by most of the rows that a request meets.
        self.method = request.method
        self.headers = request.headers
        self.kind = address.kind
        self.setting = setting
        # None for what the API says of itself; the table asks for content and changes of resources only.
        self.resource: Declaration = address.resource  # type: ignore[assignment]  # see above
        self.base: str | None = setting.base(request)
        self.grant: Grant = ANONYMOUS
        self.permitted: tuple[Operation, ...] = ()
        self.intent: Intent = None  # type: ignore[assignment]  # read before anything asks for it
        self.content: bytes = b""
        self.current: dict[str, Any] | None = None
        self.data: Any = None
        self.values: dict[str, Any] | None = None
        self.format: str = ""
        self.outcome: Outcome = Outcome("missing")
        self.state: bytes = b""
        self.problem: Problem | None = None
        self.seconds: dict[str, float] = {}
        self.wholly = False

    def for_retry(self, *, wholly: bool = False) -> Exchange:
        """The same request at its beginning, with the content that was read already."""
        again = Exchange(self.request._replace(body=io.BytesIO(self.content)), self.address, self.setting)
        again.seconds = self.seconds
        again.wholly = wholly or self.wholly
        return again

    @property
    def exists(self) -> bool:
        """Whether what is addressed is there. A collection always is."""
        return self.outcome.kind != "missing"

    @property
    def modified(self) -> int | None:
        """When the item was last changed, in seconds since 1970; None for what has no such time."""
        return self.outcome.row[MODIFIED] if self.outcome.row else None

    @property
    def counting(self) -> Counting:
        """How the rows of a page are to be counted: not at all, where the representation does not say how many."""
        return self.intent.counting if self.format in self.setting.totals else "none"

    def current_tags(self) -> CurrentTags:
        """The entity tags of the current state in any variant: of a page with its total, and without."""
        if self.outcome.kind != "page":
            return CurrentTags(self.secret, (self.state,))
        return CurrentTags(self.secret, (self._page_state(self.outcome.total), self._page_state(None)))

    def variant(self) -> str:
        """What but the state shapes the representation: format, host, who asks, and how it was asked for."""
        fields = ",".join(self.intent.fields or ())
        how = (self.request.query, self.counting) if self.outcome.kind == "page" else ("", "")
        return _variant(self.setting.edition, self.format, self.base, self.permitted, fields, *how)

    @property
    def secret(self) -> bytes:
        """The key of entity tags and cursors; none for what the API says of itself, which needs no store."""
        return self.setting.store.secret if self.address.resource is not None else b""

    def entity_tag(self) -> str:
        """The strong entity tag of the representation that this exchange selects."""
        return entity_tag(self.secret, self.variant(), self.state)

    def remember(self, outcome: Outcome) -> None:
        """Take an outcome of the store as the current state."""
        self.outcome = outcome
        self.current = None
        if outcome.row:
            place = VALUES + self.resource.identity_place
            self.state = f"{self.resource.path}\n{outcome.row[place]}\n{outcome.row[VERSION]}".encode()
        elif outcome.kind == "page":
            self.state = self._page_state(outcome.total if self.counting != "none" else None)

    def _page_state(self, total: int | None) -> bytes:
        outcome = self.outcome
        versions = pack(f"{len(outcome.rows)}q", *map(VERSION_OF, outcome.rows))
        return f"{self.resource.path}\n{total}\n{outcome.more}\n{outcome.before}\n".encode() + versions

    def remember_document(self, text: bytes) -> None:
        """Take a description as the current state."""
        self.outcome = Outcome("found")
        self.state = digest(text, 32).encode()

    def current_values(self) -> dict[str, Any]:
        """The value of every field of the item, as it stands in JSON."""
        names = [spec.name for spec in self.resource.fields]
        members = dict(zip(names, self.outcome.row[VALUES:], strict=False))
        return orjson.loads(orjson.dumps(members, option=orjson.OPT_UTC_Z))  # type: ignore[no-any-return]  # an object

    def members(self) -> dict[str, Any]:
        """Every member of the item as it stands in JSON, null ones and computed ones too: what a patch applies to."""
        if self.current is None:
            self.current = self.current_values()
            if self.resource.computed:
                self.current |= self.resource.shape.computing.of(self.current)
        return self.current


@kept(512 * 1024)
def _variant(*parts: Any) -> str:
    return variant_of(*(str(part) for part in parts))
