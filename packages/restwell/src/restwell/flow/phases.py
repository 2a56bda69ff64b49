"""The phases of one request: what is known of it, as one value that grows. No other request sees it.

    Arrived      a request
    Asked        and what it addresses, and the base URL of links
    Known        and who asks, and what they may do
    Counted      and what is left of their quotas, if there are limits
    Understood   and what is wanted, by the query and the preferences
    Received     and the content that it carries, if it carries any
    Admitted     and the media type of the answer: all that is known before the store is asked for what is addressed
    Met          and what is there, with the state that entity tags are of
    Valid        and what it is to become, if a change is validated
    Done         and what has become of it, if it was changed

A step of the table in `decisions.py` makes the next phase of the one before it, which stays as it is. Each phase is
all that came before it, and more: what is asked of one can be asked of every later one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import orjson

from ..access.grant import ANONYMOUS, Grant, known_as
from ..access.sight import Sight
from ..data.layout import Layout
from ..data.outcomes import Outcome
from ..data.query import Counting
from ..http.entity_tags import CurrentTags, entity_tag, variant_of
from ..http.keeping import kept
from ..http.media_types import JSON_PATCH
from ..http.messages import Headers, Request
from ..model.resource import Declaration
from ..surface.addresses import Address, Kind
from ..surface.me import Me
from .intent import Intent
from .setting import Setting
from .states import Shown, page_state


class Content(NamedTuple):
    """The content of a request: its bytes, the JSON that they are, and its media type in lower case, alone."""

    text: bytes = b""
    data: Any = None
    media_type: str = ""

    @property
    def is_json_patch(self) -> bool:
        """Whether it is a list of operations (RFC 6902)."""
        return self.media_type == JSON_PATCH


NO_CONTENT = Content()


class Arrived(NamedTuple):
    """A request, and what it was found to address, where that was looked for already."""

    request: Request
    setting: Setting
    found: Address | None = None
    identifier: str = ""


def _all_of(phase: type[Any]) -> Callable[[Any, Any], None]:
    """A function that gives one value all that another of this phase has.

    It is written out, as dataclasses write theirs: a loop over the names takes five times as long.
    """
    names = [name for each in reversed(phase.__mro__) for name in getattr(each, "__slots__", ())]
    lines = [f"    to.{name} = known.{name}" for name in names if name != "resource"]
    lines += ["    try: to.resource = known.resource", "    except AttributeError: pass  # it is about none"]
    namespace: dict[str, Any] = {}
    exec("\n".join(["def take(to, known):", *lines]), namespace)  # noqa: S102 - only names of this module are in it
    return namespace["take"]  # type: ignore[no-any-return]  # the function that was written


class Asked:
    """A request, what it addresses, and the base URL of links: None where its host is not ours.

    `resource` is what it is about. What the API says of itself has none: there `address.resource` is None.
    """

    __slots__ = (
        "address", "base", "headers", "identifier", "kind", "method", "request", "resource", "seconds", "setting",
    )  # fmt: skip

    request: Request
    setting: Setting
    address: Address
    resource: Declaration
    base: str | None
    method: str
    headers: Mapping[str, str]
    kind: Kind
    identifier: str
    """What the log and the answer call the request."""
    seconds: dict[str, float]
    """What took how long so far."""
    grant: Grant = ANONYMOUS
    """Nobody, as long as nobody is known."""
    quotas: Headers = ()
    """What is left of the caller's quotas, once the request is counted."""
    content: Content = NO_CONTENT
    """Nothing, as long as nothing is received."""
    _take: ClassVar[Callable[[Any, Any], None]]
    """Takes over all that the phase before has.

    A class that adds something has one of its own: Python sets attributes faster where they are those of one class.
    """

    def __init_subclass__(cls) -> None:
        if cls.__slots__:
            cls._take = _all_of(cls.__mro__[1])

    def __init__(self, request: Request, address: Address, setting: Setting, identifier: str = "") -> None:
        self.method = request.method
        self.address = address
        self.kind = address.kind
        self.identifier = identifier
        if address.resource is not None:
            self.resource = address.resource
        self.request = request
        self.headers = request.headers
        self.setting = setting
        self.base = setting.base(request)
        self.seconds = {}

    @classmethod
    def about(cls, method: str, address: Address) -> Asked:
        """A request of which only this is known: asking it for anything else is an AttributeError."""
        x = cls.__new__(cls)
        x.method, x.address, x.kind = method, address, address.kind
        if address.resource is not None:
            x.resource = address.resource
        return x

    @property
    def secret(self) -> bytes:
        """The key of entity tags and cursors; none for what the API says of itself, which needs no store."""
        return self.setting.store.secret if self.address.resource is not None else b""


class Known(Asked):
    """A request to us, and who asks. `sight` is what there is for them, and `resource` what they see of it."""

    __slots__ = ("grant", "quotas", "sight")

    base: str
    sight: Sight

    def __init__(self, asked: Asked, grant: Grant, sight: Sight) -> None:
        self._take(asked)
        self.grant = grant
        self.sight = sight
        self.quotas = ()
        if sight.readable is not None or sight.writable is not None:
            self.resource = sight.of(asked.resource)


class Counted(Known):
    """What is left of the caller's quotas, too, where there are limits: before, `quotas` are empty."""

    __slots__ = ()

    def __init__(self, known: Known, quotas: Headers) -> None:
        self._take(known)
        self.grant = known.grant
        self.sight = known.sight
        self.quotas = quotas


class Understood(Known):
    """What is wanted, too."""

    __slots__ = ("intent",)

    intent: Intent

    def __init__(self, known: Known, intent: Intent) -> None:
        self._take(known)
        self.intent = intent


class Received(Understood):
    """What it carries, too."""

    __slots__ = ("content",)

    def __init__(self, understood: Understood, content: Content) -> None:
        self._take(understood)
        self.content = content


class Admitted(Understood):
    """The media type of the answer, too.

    `wholly` says that every stored value is to be held against its kind, because something went wrong when they were
    shown.
    """

    __slots__ = ("content", "format", "wholly")

    format: str
    wholly: bool

    def __init__(self, understood: Understood, media_type: str, *, wholly: bool = False) -> None:
        self._take(understood)
        self.content = understood.content
        self.format = media_type
        self.wholly = wholly

    @property
    def counting(self) -> Counting:
        """How the rows of a page are to be counted: not at all, where the representation does not say how many.

        Nor where a function says which rows there are: it would have to be asked of each.
        """
        counts = self.format in self.setting.totals and not self.sight.is_judged
        return self.intent.counting if counts else "none"


class Met(Admitted):
    """What is there, too: what the store or a description answered, and its state.

    `resource` is what the caller sees of the resource with this item.
    """

    __slots__ = ("_tag", "exists", "outcome", "state")

    outcome: Outcome
    state: bytes
    exists: bool
    """Whether what is addressed is there. A collection always is."""
    _tag: str
    """Its entity tag, once that was wanted."""

    def __init__(
        self, admitted: Admitted, outcome: Outcome, state: bytes, resource: Declaration | None = None
    ) -> None:
        self._take(admitted)
        if resource is not None:
            self.resource = resource
        self.outcome = outcome
        self.state = state
        self.exists = outcome.kind != "missing"
        self._tag = ""

    @property
    def shows_rows(self) -> bool:
        """Whether what is there was stored."""
        return self.outcome.kind in {"found", "page"} and self.address.resource is not None

    @property
    def named(self) -> str:
        """The identity of the item as it stands in its URI."""
        return str(self.resource.compiled[Layout].identity(self.outcome.row))

    @property
    def modified(self) -> int | None:
        """When the item was last changed, in seconds since 1970; None for what has no such time."""
        return self.resource.compiled[Shown].modified(self.outcome.row) if self.outcome.row else None

    def current_tags(self) -> CurrentTags:
        """The entity tags of the current state in any variant: of a page with its total, and without."""
        if self.outcome.kind != "page":
            return CurrentTags(self.secret, (self.state,))
        totals = (self.outcome.total, None)
        return CurrentTags(
            self.secret, tuple(page_state(self.resource, self.sight, self.outcome, total) for total in totals)
        )

    def entity_tag(self) -> str:
        """The strong entity tag of the representation that the request selects.

        Beside the state, what shapes it are its format and host, who asks, and how it was asked for.
        """
        if not self._tag:
            fields = ",".join(self.intent.fields or ())
            how = (self.request.query, self.counting) if self.outcome.kind == "page" else ("", "")
            seen = self.sight.text
            if self.format in self.setting.naming and self.grant.subject is not None:
                seen = str((seen, known_as(self.grant)))
            variant = _variant((self.setting.edition, self.format, self.base, seen, fields, *how))
            self._tag = entity_tag(self.secret, variant, self.state)
        return self._tag

    def values(self) -> dict[str, Any]:
        """The value of every field of the item, as it stands in JSON."""
        members = self.resource.compiled[Layout].named(self.outcome.row)
        return orjson.loads(orjson.dumps(members, option=orjson.OPT_UTC_Z))  # type: ignore[no-any-return]  # an object

    def members(self) -> dict[str, Any]:
        """Every member of the item as it stands in JSON, null ones and computed ones too: what a patch applies to."""
        values = self.values()
        return values | self.resource.shape.computing.of(values) if self.resource.computed else values


class Introduced(Met):
    """What is said of who asks, too."""

    __slots__ = ("me",)

    me: Me

    def __init__(self, met: Met, me: Me) -> None:
        self._take(met)
        self.me = me


class Valid(Met):
    """What the item is to become, too: the value of each field. `before` are its members now; None for a new one.

    A value that stays the same is the same object in both. `given` is what an operation of the application's own has
    taken, `unseen` the members that are set though nobody sees them: they are written in any case, since a version
    that stayed would tell that the value was there already.
    """

    __slots__ = ("before", "given", "unseen", "wanted")

    wanted: dict[str, Any]
    before: dict[str, Any] | None
    unseen: frozenset[str]

    def __init__(
        self,
        met: Met,
        wanted: dict[str, Any],
        before: dict[str, Any] | None,
        given: Any = None,
        unseen: frozenset[str] = frozenset(),
    ) -> None:
        self._take(met)
        self.wanted = wanted
        self.before = before
        self.given = given
        self.unseen = unseen


class Done(Met):
    """What the store made of the change, in place of what was met; `was_there` says whether that existed before."""

    __slots__ = ("was_there",)

    def __init__(self, met: Met, outcome: Outcome, state: bytes, resource: Declaration | None = None) -> None:
        super().__init__(met, outcome, state, resource)
        self.was_there = met.exists


@kept(512 * 1024)
def _variant(parts: tuple[Any, ...]) -> str:
    return variant_of(*(str(part) for part in parts))
