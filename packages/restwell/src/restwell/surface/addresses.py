"""URIs, both ways: a path to what it addresses, and what is addressed to its URL.

One resource has one path. A second spelling of it (a slash more, a `;x`, `//`, other case) addresses nothing, but for
a UUID in upper case, which leads to the one in lower case. What a server decodes before Restwell sees it is not
another spelling.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote, urlencode

from pydantic import ValidationError

from ..access.identifying import METADATA
from ..access.sight import is_alike
from ..http.keeping import kept
from ..http.problems import Problem, every_problem
from ..model.errors import DeclarationError
from ..model.identities import SEPARATOR, parted
from ..model.resource import Declaration

Kind = Literal[
    "nothing",
    "entry",
    "me",
    "collection",
    "item",
    "context",
    "schema",
    "problem",
    "vocabulary",
    "openapi",
    "docs",
    "catalog",
    "protected",
    "live",
    "ready",
    "moved",
]

ENTRY = "/"
ME = "/me"
UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
"""What stands for itself anywhere in a URI (RFC 3986, section 2.3)."""
PATH_SAFE = "/~:@!$&'()*+,;="
"""Characters that stand for themselves in a path (RFC 3986, section 3.3)."""
DOCUMENTS: dict[str, Kind] = {
    "/docs.jsonld": "vocabulary",
    "/openapi.json": "openapi",
    "/docs": "docs",
    "/.well-known/api-catalog": "catalog",
    "/health/live": "live",
    "/health/ready": "ready",
}

OF_TOKENS: dict[str, Kind] = {METADATA: "protected"}
"""What an API has beside these if it takes tokens of an authorization server."""
OF_CALLERS: dict[str, Kind] = {ENTRY: "entry", ME: "me"}
"""What is not the same for every caller, and belongs to no resource."""
NAMED: dict[str, Kind] = {"/contexts": "context", "/schemas": "schema", "/problems": "problem"}


class Address(NamedTuple):
    """What a path addresses. `name` is an item's identity, or the name of a context, schema or problem.

    A path that can address nothing is of kind `nothing`, so that it can be refused like everything else; one that
    spells the identity of an item otherwise is of kind `moved`, and `name` is the identity as it should be.
    """

    kind: Kind
    path: str
    resource: Declaration | None = None
    name: str = ""
    operation: str = ""
    """The operation of the application's own on that item which is addressed, if it is not the item itself."""

    @property
    def slashes(self) -> int:
        """How many slashes its path has that are part of an identity, and so are encoded where it is sent."""
        return self.name.count("/") if self.kind == "item" else 0

    @property
    def as_item(self) -> Address | None:
        """The item that its path is of where the last slash is a part of the identity, and no operation follows."""
        if not self.operation or self.resource is None or not self.resource.has_deep_identities:
            return None
        identity = f"{self.name}/{self.operation}"
        if not is_identity(self.resource, identity):
            return None
        return Address("item", self.path, self.resource, identity)

    @property
    def route(self) -> str:
        """The path without what is particular to one thing, such as `/frameworks/{name}`; "" for nothing's."""
        if self.kind == "nothing":
            return ""
        if self.kind in {"item", "moved"} and self.resource is not None:
            item = f"{self.resource.path}/{{{self.resource.identity.name}}}"
            return f"{item}/{self.operation}" if self.operation else item
        return self.path.rpartition("/")[0] + "/{name}" if self.name else self.path


OF_RESOURCES = frozenset(["/contexts", "/schemas"])
"""Below which the names are those of resources."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
"""What a resource may be called."""


class Addresses:
    """All addresses of one API. Raises DeclarationError when two resources claim one.

    `takes_tokens` says whether it takes those of an authorization server.
    """

    def __init__(self, declarations: Sequence[Declaration], *, takes_tokens: bool = False) -> None:
        self.declarations = tuple(each.public for each in declarations)
        fixed = OF_CALLERS | DOCUMENTS | (OF_TOKENS if takes_tokens else {})
        self._fixed = {path: Address(kind, path) for path, kind in fixed.items()}
        self._below: dict[str, Declaration] = {}
        for declaration in self.declarations:
            self._add(declaration)
        resources = {declaration.name for declaration in self.declarations}
        kinds = kinds_of(self.declarations)
        _check_names(kinds)
        every: list[type[Problem]] = [Problem, *every_problem(), *kinds]
        self._names = {
            "/contexts": resources | {"Entrypoint", "Me", "Problem", "Vocabulary"},
            "/schemas": resources,
            "/problems": {problem.slug() for problem in every},
        }
        self.differs = not all(map(is_alike, self.declarations))
        """Whether the API describes itself otherwise to some callers than to others: a name may have a document for
        some alone, so that every name has an address."""

    def _add(self, declaration: Declaration) -> None:
        path = declaration.path
        for other in self._below.values():
            same_table = declaration.slug.lower() == other.slug.lower()  # SQLite knows no other names
            if path == other.path or same_table or declaration.name == other.name:
                raise DeclarationError(
                    f"{declaration.name} at {path} and {other.name} at {other.path} share a path, a last segment "
                    "or a name: each is used for one resource only, and name= gives one another."
                )
            if path.rpartition("/")[0] == other.path or other.path.rpartition("/")[0] == path:
                raise DeclarationError(
                    f"{path} and {other.path} overlap: one is the address of an item of the other. "
                    "Choose another path."
                )
        self._fixed[path] = Address("collection", path, declaration)
        self._below[path] = declaration

    def paths(self) -> list[str]:
        """Every path that addresses something, or below which something is addressed, but the entry point."""
        return [path for path in (*self._fixed, *NAMED) if path != ENTRY]

    def root(self, address: Address) -> str:
        """The path at or below which an address lies, of those in `paths()` and the entry point."""
        if address.resource is not None:
            return address.resource.path
        return address.path.rpartition("/")[0] if address.name else address.path

    def is_item_path(self, path: str) -> bool:
        """Whether a path is that of an item by its shape, whatever the identity."""
        parent, _, name = path.rpartition("/")
        if not name or parent in self._below:
            return bool(name)
        declaration = self._below.get(parent.rpartition("/")[0])
        return (declaration is not None and name in declaration.operations) or self._deep(path).kind == "item"

    def find(self, path: str) -> Address:
        """What this path addresses, whether it exists or not."""
        found = self._fixed.get(path)
        if found is not None:
            return found
        parent, _, name = path.rpartition("/")
        declaration = self._below.get(parent)
        if declaration is not None:
            if not is_identity(declaration, name):
                other = other_spelling(declaration, name)
                return Address("moved" if other else "nothing", path, declaration if other else None, other)
            return Address("item", path, declaration, name)
        if name in self._names.get(parent, ()) or (self.differs and parent in OF_RESOURCES and NAME.fullmatch(name)):
            return Address(NAMED[parent], path, None, name)
        return self._operation(path, parent, name)

    def _operation(self, path: str, item: str, name: str) -> Address:
        """The operation of that name on an item, or nothing."""
        collection, _, identity = item.rpartition("/")
        declaration = self._below.get(collection)
        if declaration is not None and name in declaration.operations and is_identity(declaration, identity):
            return Address("item", path, declaration, identity, name)
        return self._deep(path)

    def _deep(self, path: str) -> Address:
        """The item whose identity has slashes in it, or an operation on that, or nothing.

        A server has decoded the `%2F` that our links have, so that a slash itself leads there as well.
        """
        found = next((each for each in self._below.values() if path.startswith(f"{each.path}/")), None)
        if found is None or not found.has_deep_identities:
            return Address("nothing", path)
        identity = path.removeprefix(f"{found.path}/")
        item, _, name = identity.rpartition("/")
        if name in found.operations and is_identity(found, item):
            return Address("item", path, found, item, name)
        return Address("item", path, found, identity) if is_identity(found, identity) else Address("nothing", path)


def kinds_of(declarations: Sequence[Declaration]) -> list[type[Problem]]:
    """The kinds of problems that hooks and operations of an application's own may refuse with, each once."""
    every = [each for declaration in declarations for each in declaration.hooks.kinds]
    every += [each for declaration in declarations for own in declaration.operations.values() for each in own.refuses]
    return [each for each in dict.fromkeys(every) if issubclass(each, Problem)]


def _check_names(kinds: Sequence[type[Problem]]) -> None:
    """Raise DeclarationError where two kinds of refusals would have one page."""
    found: dict[str, type[Problem]] = {}
    for kind in kinds:
        other = found.setdefault(kind.slug(), kind)
        if other is not kind:
            raise DeclarationError(
                f"{other.__module__}.{other.__qualname__} and {kind.__module__}.{kind.__qualname__} would share the "
                f"page /problems/{kind.slug()}: give one of them another name."
            )


def is_identity(declaration: Declaration, text: str) -> bool:
    """Whether a path segment could be an identity, in its one spelling."""
    if text in {"", ".", ".."} or "\0" in text or not (text.isascii() or is_text(text)):
        return False
    if declaration.parts:
        return _are_parts(declaration, text)
    try:
        value = declaration.identities[0].validate_strings(text)  # type: ignore[arg-type]  # a text is one
    except ValidationError:
        return False
    return str(value) == text


def _are_parts(declaration: Declaration, text: str) -> bool:
    """The same of an identity of several members."""
    parts = parted(text, len(declaration.identities))
    try:
        values = [each.validate_strings(part) for each, part in zip(declaration.identities, parts, strict=False)]  # type: ignore[arg-type]  # as above
    except ValidationError:
        return False
    return bool(parts) and list(map(str, values)) == list(parts)


def other_spelling(declaration: Declaration, text: str) -> str:
    """The identity that a path segment spells otherwise; "" when it spells none.

    A UUID is written in lower case (RFC 9562, section 4), and Swift, .NET and others write it in upper case. Other
    forms of it, and of integers (`007`, `+7`, `7.0`), are not in use, and address nothing.
    """
    if declaration.identity.kind.has_two_cases and UUID.fullmatch(text) and is_identity(declaration, text.lower()):
        return text.lower()
    return ""


def is_text(text: str) -> bool:
    """Whether a part of a path is text without NUL: bytes that are not UTF-8 are not (`web.wsgi.text_of`)."""
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def item_url(base: str, declaration: Declaration, identity: object) -> str:
    """The URL of an item; `base` has no slash at its end."""
    return f"{base}{declaration.path}/{segment(identity, SEPARATOR if declaration.parts else '')}"


def identity_at(base: str, declaration: Declaration, url: str) -> Any:
    """The identity, as it stands in JSON, of the item that `item_url` gives this URL; None if there is none.

    The item need not be there, nor its identity be one that content may have.
    """
    start = f"{base}{declaration.path}/"
    rest = url.removeprefix(start)
    if not rest or not url.startswith(start):
        return None
    try:
        identity = declaration.identity_from(unquote(rest))
    except ValueError:
        return None
    return identity if segment(identity) == rest else None


def path_url(path: str) -> str:
    """A path as it stands in a URL: percent-encoded, bytes that are not UTF-8 as they came."""
    return path if path.isascii() and path.isalnum() else quote(path, PATH_SAFE, errors="surrogateescape")


def segment(identity: object, safe: str = "") -> str:
    """An identity as a segment of a path; what is `safe` stands for itself."""
    text = str(identity)
    return text if UNRESERVED.fullmatch(text) else quote(text, safe=safe)


def segments(identities: Sequence[object], safe: str = "") -> list[str]:
    """The same for many: where nothing in any of them has to be encoded they are looked at in one go."""
    texts = list(map(str, identities))
    return texts if UNRESERVED.fullmatch("".join(texts)) else [segment(text, safe) for text in texts]


def collection_url(
    base: str, declaration: Declaration, parameters: tuple[tuple[str, str], ...] = (), after: str | None = None
) -> str:
    """The URL of a collection, with a query when there are parameters; `after` is a cursor."""
    query = _query(parameters) if parameters else ""
    if after is not None:  # a cursor is made of characters that stand for themselves
        query = f"{query}&after={after}" if query else f"?after={after}"
    return f"{base}{declaration.path}{query}"


@kept(512 * 1024)
def _query(parameters: tuple[tuple[str, str], ...]) -> str:
    return f"?{urlencode(parameters, safe=',:')}"


def context_url(base: str, name: str) -> str:
    """The URL of a JSON-LD context: a resource's class name, `Entrypoint`, `Me`, `Problem` or `Vocabulary`."""
    return f"{base}/contexts/{name}"


def schema_url(base: str, declaration: Declaration) -> str:
    """The URL of the JSON Schema of a resource."""
    return f"{base}/schemas/{declaration.name}"


def problem_url(base: str, slug: str) -> str:
    """The URL of a type of problem."""
    return f"{base}/problems/{slug}"


def vocabulary_url(base: str, term: str = "") -> str:
    """The URL of the Hydra ApiDocumentation, or of a term that it defines."""
    return f"{base}/docs.jsonld#{term}" if term else f"{base}/docs.jsonld"
