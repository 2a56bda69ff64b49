"""The declaration of a resource. One that makes no sense cannot be built.

A `Resource` is a pydantic model that a user writes; a `Declaration` is what the rest of Restwell reads of
it: its address, fields, rules and limits, frozen. `declare` turns the one into the other, or raises a
DeclarationError that says where the mistake is and how to correct it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pydantic
from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo
from pydantic_core import SchemaValidator

from .access.policy import OPERATIONS, WRITES, Grant, Operation, Rule
from .configuration import check_field, check_model
from .errors import DeclarationError as DeclarationError  # noqa: PLC0414 - others look for it here
from .errors import fail as _fail
from .fields import MAX_NAME, SCALARS, FieldSpec, computed_spec, spec_of, without_none
from .freshness import Caching
from .shapes import Shape

PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
RESERVED_PATHS = frozenset(
    ["contexts", "schemas", "problems", "docs", "docs.jsonld", "openapi.json", "health", ".well-known"]
)
RESERVED_PREFIXES = {"restwell_": "Restwell's", "sqlite_": "SQLite's", "pg_": "PostgreSQL's"}
"""With which no table's name begins. PostgreSQL looks for tables among its own first, wherever ours are."""
RESERVED_NAMES = frozenset(["Collection", "Entrypoint", "Error", "FieldError", "Operation", "Problem", "Vocabulary"])
VOCABULARIES = {
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
SYSTEM_COLUMNS = frozenset(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])
MAX_BODY = 1024 * 1024
MAX_PATH = 200
"""Characters of a path, so that the header fields of an answer have room for links."""
RESOURCE = (
    "is a resource of its own: keep its identity here, as a text or a number, or declare a plain pydantic model for "
    "what belongs to this one"
)


class Resource(BaseModel):
    """The base class of a declared resource: its annotated attributes are the members of its representations.

    Values are taken strictly: `"2010"` is not an integer, an unknown member is an error, NaN is not a number. Limits
    hold at every depth. Moments are kept in UTC.

    Validators run once, on what comes from outside: new values and defaults. A part of a PUT or PATCH that equals
    what is stored is taken as it is stored, without being validated again; a validator of the whole model sees it
    among the others. A request that changes nothing runs none.

    A `@computed_field` is shown in every format and never stored. It is computed from the members of one item, for
    each answer; it must not depend on anything else, such as the time, since entity tags do not tell.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, validate_default=True)


@dataclass(frozen=True, eq=False)
class Declaration:
    """A resource as declared: what it is called, where it lives, what it is made of, who may do what.

    `rules` has an entry for each operation that somebody may perform; an operation without one is not
    offered. `content` is the declared class, `shape` validates what clients send, `identities` a segment of a path.
    `computed` members are shown beside the `fields`. `initial` rows, a value for every field, are created together
    with the table.
    """

    name: str
    path: str
    description: str
    iri: str | None
    fields: tuple[FieldSpec, ...]
    identity: FieldSpec
    rules: Mapping[Operation, Rule]
    require_if_match: bool
    max_body: int
    content: type[Resource]
    shape: Shape
    computed: tuple[FieldSpec, ...]
    identities: SchemaValidator
    initial: tuple[Mapping[str, Any], ...]
    _permitted: dict[frozenset[str], tuple[Operation, ...]] = field(default_factory=dict, repr=False)

    @property
    def slug(self) -> str:
        """The last segment of the path: the key of the list in JSON and the name of the table."""
        return self.path.rpartition("/")[2]

    @cached_property
    def identity_place(self) -> int:
        """The place of the identity among the fields."""
        return self.fields.index(self.identity)

    @cached_property
    def shown(self) -> tuple[FieldSpec, ...]:
        """Every member of a representation: the fields, then what is computed."""
        return (*self.fields, *self.computed)

    @cached_property
    def read_only(self) -> tuple[FieldSpec, ...]:
        """The members that clients cannot set."""
        return tuple(spec for spec in self.shown if spec.marks.read_only)

    def field(self, name: str) -> FieldSpec | None:
        """The field of that name, or None."""
        return next((spec for spec in self.fields if spec.name == name), None)

    def permitted(self, grant: Grant) -> tuple[Operation, ...]:
        """The operations that this grant permits, in the order of OPERATIONS: the caller's policy class."""
        found = self._permitted.get(grant.scopes)
        if found is None:
            found = tuple(op for op in OPERATIONS if op in self.rules and self.rules[op].permits(grant, op))
            if len(self._permitted) < 1024:
                self._permitted[grant.scopes] = found
        return found


def declare(  # noqa: PLR0913 - one argument a rule; all are named
    cls: type[Resource],
    path: str,
    *,
    read: Rule | None = None,
    write: Rule | None = None,
    create: Rule | None = None,
    update: Rule | None = None,
    delete: Rule | None = None,
    require_if_match: bool = False,
    max_body: int = MAX_BODY,
    iri: str | None = None,
    initial: Sequence[Mapping[str, Any]] = (),
) -> Declaration:
    """Read a Resource class into a Declaration. Raises DeclarationError with the place and the remedy.

    `write` stands for `create`, `update` and `delete` where they are not given themselves; an operation
    without a rule is offered to nobody. `max_body` is in bytes.
    """
    if not isinstance(cls, type) or not issubclass(cls, Resource):  # type: ignore[redundant-expr]
        raise DeclarationError(
            f"{cls!r} is no resource: write `class {getattr(cls, '__name__', 'Name')}(Resource):`."
        )
    _check_name(cls)
    check_model(cls, Resource)
    _check_path(cls, path)
    rules = _rules(
        cls, {"read": read, "create": create or write, "update": update or write, "delete": delete or write}
    )
    specs = tuple(_spec(cls, name, info) for name, info in cls.model_fields.items())
    _check_names(cls, specs)
    identity = _identity(cls, specs)
    computed = _computed(cls)
    shape = Shape(cls, Resource, identity.name)
    return Declaration(
        name=cls.__name__,
        path=path,
        description=inspect.cleandoc(cls.__doc__) if cls.__doc__ else cls.__name__,
        iri=_iri(cls, None, iri),
        fields=specs,
        identity=identity,
        rules=rules,
        require_if_match=require_if_match,
        max_body=max_body,
        content=cls,
        shape=shape,
        computed=computed,
        identities=shape.member(identity.name),
        initial=_initial(cls, shape, specs, initial),
    )


def _check_name(cls: type[Resource]) -> None:
    if cls.__name__ in RESERVED_NAMES or not cls.__name__.isascii():
        _fail(
            cls,
            None,
            "has a name that the API's own vocabulary uses, or that is not ASCII: call the class otherwise.",
        )


def _check_path(cls: type[Resource], path: str) -> None:
    if not PATH.fullmatch(path):
        _fail(cls, None, f"has the path {path!r}: begin it with '/', end it without, as in '/frameworks'.")
    if len(path) > MAX_PATH:
        _fail(cls, None, f"has a path of {len(path)} characters, and links have room for {MAX_PATH}: shorten it.")
    first = path.split("/")[1]
    if first in RESERVED_PATHS or any(part in {".", ".."} for part in path.split("/")):
        _fail(cls, None, f"has the path {path!r}, which Restwell uses itself: choose another first segment.")
    table = path.rpartition("/")[2]
    for prefix, owner in RESERVED_PREFIXES.items():
        if table.lower().startswith(prefix):
            _fail(
                cls,
                None,
                f"has the path {path!r}: tables named {prefix}... are {owner} own; choose another last segment.",
            )
    if len(table) > MAX_NAME:
        _fail(
            cls,
            None,
            f"has the path {path!r}, whose last segment names the table: "
            f"shorten it to {MAX_NAME} bytes, as PostgreSQL's names have no more.",
        )


def _rules(cls: type[Resource], given: Mapping[Operation, Rule | None]) -> dict[Operation, Rule]:
    rules = {operation: rule for operation, rule in given.items() if rule is not None}
    for operation, rule in rules.items():
        if not isinstance(rule, Rule):
            _fail(cls, None, f"has {rule!r} as its rule for {operation}: use public() or scope('name').")
        if operation in WRITES and rule.caching != Caching():
            _fail(
                cls,
                None,
                f"has a rule for {operation} that says for how long a copy may be used, and what answers a change is "
                "never a copy: give max_age, no_store and their like to the rule of read=.",
            )
    if not rules:
        _fail(
            cls,
            None,
            "says nothing about who may use it, and nothing is permitted by default: "
            "add read=public() or read=scope('name'), and write=scope('name') if it can change.",
        )
    return rules


def _spec(cls: type[Resource], name: str, info: FieldInfo) -> FieldSpec:
    check_field(cls, name, info, is_nested=False)
    try:
        if _is_resource(info.annotation):
            raise TypeError(RESOURCE)  # noqa: TRY301 - said as the other types that cannot be
        spec = spec_of(name, info)
    except (TypeError, pydantic.errors.PydanticSchemaGenerationError) as error:
        _fail(
            cls,
            name,
            f"has a type that {error}." if str(error).startswith("is ") else f"cannot be read: {error}.",
        )
    if spec.marks.read_only and spec.required:
        _fail(
            cls,
            name,
            "is read-only and has no default, so that nothing could ever set it: give it a default.",
        )
    if spec.marks.index and spec.kind not in SCALARS:
        _fail(cls, name, f"asks for an index, which a {spec.kind} cannot have: take index=True away.")
    if spec.marks.unique and spec.kind not in SCALARS:
        _fail(cls, name, f"is to be unique, which a {spec.kind} cannot be: take unique=True away.")
    if spec.marks.unique and spec.marks.identity:
        _fail(cls, name, "is the identity, which is unique already: take unique=True away.")
    _iri(cls, name, spec.marks.iri)
    return spec


def _check_names(cls: type[Resource], specs: tuple[FieldSpec, ...]) -> None:
    seen: dict[str, str] = {}
    for spec in specs:
        other = seen.setdefault(spec.name.lower(), spec.name)
        if other != spec.name:
            _fail(cls, spec.name, f"differs from {other} in case only, which is one name to SQLite: rename it.")
        if spec.name in SYSTEM_COLUMNS:
            _fail(cls, spec.name, "has the name of a column that PostgreSQL keeps for itself: rename it.")
        if len(spec.name.encode()) > MAX_NAME:
            _fail(cls, spec.name, f"has a name of over {MAX_NAME} bytes, more than PostgreSQL can hold: shorten it.")


def _computed(cls: type[Resource]) -> tuple[FieldSpec, ...]:
    specs = []
    for name, info in cls.model_computed_fields.items():
        try:
            specs.append(computed_spec(name, info))
        except TypeError as error:
            _fail(cls, name, f"has a return type that {error}.")
    return tuple(specs)


def _is_resource(annotation: Any) -> bool:
    inner = without_none(annotation)[0]
    return isinstance(inner, type) and issubclass(inner, Resource)


def _identity(cls: type[Resource], specs: tuple[FieldSpec, ...]) -> FieldSpec:
    marked = [spec for spec in specs if spec.marks.identity]
    if len(marked) != 1:
        found = (
            "no identity" if not marked else f"{len(marked)} identities ({', '.join(spec.name for spec in marked)})"
        )
        _fail(cls, None, f"has {found}: mark the one field that names it in its URI with Field(identity=True).")
    spec = marked[0]
    if spec.kind not in {"text", "integer", "uuid"} or spec.nullable:
        _fail(cls, spec.name, "cannot be an identity: use str, int or UUID, never None.")
    return spec


def _iri(cls: type[Resource], member: str | None, iri: str | None) -> str | None:
    if iri is None:
        return None
    prefix, colon, rest = iri.partition(":")
    if not colon or not rest or not (prefix in VOCABULARIES or prefix in {"http", "https", "urn"}):
        known = ", ".join(f"{name}:" for name in VOCABULARIES)
        _fail(cls, member, f"has the iri {iri!r}: write an absolute IRI, or a name after one of {known}.")
    return iri


def expand_iri(iri: str) -> str:
    """An absolute IRI for a declared one: `schema:name` becomes `https://schema.org/name`."""
    prefix, _, rest = iri.partition(":")
    return VOCABULARIES[prefix] + rest if prefix in VOCABULARIES else iri


def _initial(
    cls: type[Resource], shape: Shape, specs: Sequence[FieldSpec], rows: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """The initial rows as they are stored."""
    found: list[Mapping[str, Any]] = []
    unique = [spec for spec in specs if spec.marks.is_unique]
    seen: dict[tuple[str, Any], int] = {}
    for number, row in enumerate(rows, 1):
        try:
            values = shape.initial(row)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            _fail(cls, None, f"has an initial row {number} that is not valid at {place}: {first['msg']}.")
        for spec in unique:
            value = values[spec.name]
            other = number if value is None else seen.setdefault((spec.name, value), number)
            if other != number:
                what = "identity" if spec.marks.identity else spec.name
                _fail(cls, None, f"has an initial row {number} with the {what} of row {other}: each is used once.")
        found.append(values)
    return tuple(found)
