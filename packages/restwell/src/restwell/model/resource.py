"""Resource, the pydantic model that a user writes, and Declaration, what the rest of Restwell reads of it.

A declaration holds address, fields, rules and limits, frozen. `declare.py` makes the one of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic_core import SchemaValidator

from .auto import Auto
from .fields import FieldSpec
from .hooks import Hooks
from .identities import joined, parted
from .naming import Naming, with_article
from .operations import OwnOperation
from .policy import Operation, Rule
from .shapes import Shape

T = TypeVar("T")
MemberNames = frozenset[str] | None
"""Names of members; None stands for all."""
MAX_SEEN = 1024
"""Declarations as somebody sees them that are kept of each: rules name as many sets of members."""

VOCABULARIES = {
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}


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


class DataSource(Protocol):
    """Where items are that Restwell has no table of its own for: what `storage/` knows how to read and write."""

    @property
    def name(self) -> str:
        """What people call it: the table, as a rule."""

    def serves(self, model: object) -> bool:
        """Whether it holds the items of this model."""

    @property
    def unchangeable(self) -> str:
        """Why no item can be changed, with what to do; empty where items can be."""

    @property
    def columns(self) -> Mapping[str, Hashable]:
        """What names the column of an attribute, if it has one: resources of the same table have the same names."""

    @property
    def referred(self) -> Mapping[str, tuple[Hashable, ...]]:
        """Of each attribute that is a foreign key, the names of the columns that it refers to."""


class Compiled(dict[type[Any], Any]):
    """What is compiled of one declaration: for a class that takes a declaration the one instance made of this.

    `surface/surface.py` lists the classes, and has each made when the API starts. A dict finds what it has without a
    call of Python.
    """

    __slots__ = ("_declaration",)

    def __init__(self, declaration: Declaration) -> None:
        super().__init__()
        self._declaration = declaration

    if TYPE_CHECKING:

        def __getitem__(self, kind: type[T], /) -> T: ...

    def __missing__(self, kind: type[Any]) -> Any:
        found = self[kind] = kind(self._declaration)
        return found


@dataclass(frozen=True, eq=False)
class Declaration:
    """A resource as declared: what it is called, where it lives, what it is made of, who may do what.

    `rules` has an entry for each operation that somebody may perform; an operation without one is not
    offered. `content` is the declared class, `shape` validates what clients send, `identities` what stands in the
    path of an item. `computed` members are shown beside the `fields`. `initial` rows, a value for every field, are
    created together with the table. `unique` are members of which no two items have the same values together, but
    for null.
    `source` is where the items are, if Restwell does not keep a table of its own for them. `hooks` are called for
    changes; `operations` are the application's own, by name. `parts` are the fields that are the identity together,
    where it is not one of them: `identity` is then their texts with commas between them, and no field. Members are
    named as over HTTP, here and everywhere but in the code of an application (`by_attribute`); `naming` says how.

    As it is declared, `fields` are all that there are, and `write_only` is empty. As it is `seen`, `fields` are those
    that are shown, and `write_only` those beside them that may be sent.
    """

    name: str
    path: str
    description: str
    iri: str | None
    fields: tuple[FieldSpec, ...]
    identity: FieldSpec
    rules: dict[Operation, Rule]
    require_if_match: bool
    max_body: int
    content: type[Resource]
    shape: Shape
    computed: tuple[FieldSpec, ...]
    identities: tuple[SchemaValidator, ...]
    initial: tuple[Mapping[str, Any], ...]
    unique: tuple[tuple[str, ...], ...] = ()
    source: DataSource | None = None
    hooks: Hooks = field(default_factory=Hooks)
    operations: dict[str, OwnOperation] = field(default_factory=dict)
    parts: tuple[FieldSpec, ...] = ()
    write_only: tuple[FieldSpec, ...] = ()
    naming: Naming | None = None
    _whole: Declaration | None = field(default=None, repr=False)
    _seen: dict[tuple[MemberNames, MemberNames, frozenset[str]], Declaration] = field(
        default_factory=dict, repr=False
    )

    @property
    def slug(self) -> str:
        """The last segment of the path: the key of the list in JSON and the name of the table."""
        return self.path.rpartition("/")[2]

    @cached_property
    def shown(self) -> tuple[FieldSpec, ...]:
        """Every member of a representation: the fields, then what is computed."""
        return (*self.fields, *self.computed)

    @cached_property
    def specs(self) -> dict[str, FieldSpec]:
        """Every member of a representation by its name."""
        return {spec.name: spec for spec in self.shown}

    @cached_property
    def stored(self) -> tuple[FieldSpec, ...]:
        """The fields that have a column of their own: the database computes the others of these."""
        return tuple(spec for spec in self.whole.fields if spec.marks.sql is None)

    @cached_property
    def exported(self) -> tuple[FieldSpec, ...]:
        """The fields that files have: those that are stored, and neither only sent nor shown once."""
        return tuple(spec for spec in self.stored if not (spec.marks.write_only or spec.marks.shown_once))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset(self.specs)

    def is_shown_without(self, members: Iterable[str]) -> bool:
        """Whether whoever reads an item sees nothing of these members, nor of anything that is computed."""
        return not self.computed and self.names.isdisjoint(members)

    @cached_property
    def read_only(self) -> tuple[FieldSpec, ...]:
        """The members that clients cannot set."""
        return tuple(spec for spec in self.shown if spec.marks.read_only)

    @cached_property
    def shows_once(self) -> bool:
        """Whether the answer that makes an item has what no other has."""
        return any(spec.marks.shown_once for spec in self.fields)

    @cached_property
    def fixed(self) -> Mapping[str, Any]:
        """The values that every new item has of the members that clients cannot set, as far as they are known."""
        defaults = self.shape.defaults
        return {
            spec.name: defaults[spec.name]
            for spec in self.read_only
            if spec.name in defaults and spec.marks.auto is None and spec.marks.made is None and not spec.is_computed
        }

    @cached_property
    def auto(self) -> tuple[tuple[str, Auto], ...]:
        """The fields that set themselves, and what each of them is."""
        return tuple((spec.name, spec.marks.auto) for spec in self.fields if spec.marks.auto is not None)

    @cached_property
    def hidden(self) -> tuple[FieldSpec, ...]:
        """The fields that there are beside those that are seen or sent."""
        return tuple(spec for spec in self.whole.fields if spec.name not in self.known)

    @cached_property
    def known(self) -> dict[str, FieldSpec]:
        """Every member that there is for clients, by its name: what is shown, then what is only sent."""
        return self.specs | {spec.name: spec for spec in self.write_only}

    @cached_property
    def sent(self) -> tuple[FieldSpec, ...]:
        """The fields that content may have, in the order of the declaration; the read-only ones as they are."""
        found = {spec.name: spec for spec in (*self.fields, *self.write_only)}
        return tuple(found[spec.name] for spec in self.whole.fields if spec.name in found)

    @cached_property
    def closed(self) -> frozenset[str]:
        """The names of the members that clients cannot set, be it that they do not see them."""
        return frozenset(spec.name for spec in (*self.read_only, *self.hidden))

    @cached_property
    def identifying(self) -> tuple[FieldSpec, ...]:
        """The fields that an item is told apart by."""
        return self.parts or (self.identity,)

    @cached_property
    def renameable(self) -> frozenset[str]:
        """The names of the fields by which an item may be renamed: of its identity those that may be changed."""
        return frozenset(spec.name for spec in self.identifying if spec.marks.renameable and not spec.marks.read_only)

    @cached_property
    def has_stored_spelling(self) -> bool:
        """Whether a text in a URI may find an item that is spelled otherwise, as tables of others may compare."""
        return self.source is not None and any(spec.kind.is_any_text for spec in self.identifying)

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """The attributes of the fields that are called otherwise over HTTP, by their names there."""
        return {spec.name: spec.attribute for spec in self.whole.fields if spec.name != spec.attribute}

    def by_attribute(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values of fields by the names of attributes, as code of an application has them; so what is within them."""
        renamings, renamed = self.shape.renamings, self.renamed
        if renamings:
            values = {
                name: renamings[name].to_attributes(value) if name in renamings else value
                for name, value in values.items()
            }
        return {renamed.get(name, name): value for name, value in values.items()} if renamed else values

    def by_name(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The reverse of `by_attribute`."""
        names = {attribute: name for name, attribute in self.renamed.items()}
        found = {names.get(attribute, attribute): value for attribute, value in values.items()}
        renamings = self.shape.renamings
        return {name: renamings[name].to_http(value) if name in renamings else value for name, value in found.items()}

    @cached_property
    def makes(self) -> FieldSpec | None:
        """The identity, if it is made where an item is stored, and no client may choose it."""
        made = self.identity.marks.made
        return self.identity if made is not None and made.always else None

    @cached_property
    def has_deep_identities(self) -> bool:
        """Whether an identity may have a slash in it, as others have given it."""
        return self.has_stored_spelling

    @cached_property
    def identity_from(self) -> Callable[[str], Any]:
        """Gives the value of an identity, as it stands in JSON, for the text in a URI; of several fields a tuple."""
        reads = [_identity_reader(self.name, spec) for spec in self.identifying]
        if not self.parts:
            return reads[0]
        return lambda text: tuple(read(part) for read, part in zip(reads, parted(text, len(reads)), strict=True))

    def identity_text(self, identity: Any) -> str:
        """The text of an identity in a URI, for its value, or the values of several fields."""
        return joined(identity) if self.parts else str(identity)

    def identity_values(self, text: str) -> dict[str, Any]:
        """The value of each field that is in an identity, by name."""
        found = self.identity_from(text)
        return dict(zip((spec.name for spec in self.identifying), found if self.parts else (found,), strict=True))

    def field(self, name: str) -> FieldSpec | None:
        """The field of that name that content may have, or None."""
        spec = self.known.get(name)
        return None if spec is None or spec.is_computed else spec

    @cached_property
    def whole(self) -> Declaration:
        """The resource with every member, of which this may be what somebody sees."""
        return self._whole or self

    @cached_property
    def public(self) -> Declaration:
        """The resource as there is for clients: without what is hidden, what is only sent beside the rest."""
        return self.whole if all(spec.marks.is_shown for spec in self.whole.fields) else self.whole.seen(None, None)

    def seen(
        self, readable: MemberNames, writable: MemberNames, of_some: frozenset[str] = frozenset()
    ) -> Declaration:
        """The resource as who may read and write only these members sees it; None stands for all.

        A member that may be read and not be written is read-only. One that may be written and not be read is
        `write_only`: by its declaration, or because `writable` names it and `readable` does not. Others are not
        there. `of_some` are those that may be read of some items alone. Raises ValueError for a name that no member
        has, and where the identity may not be read, since the URI of an item shows it.
        """
        found = self._seen.get((readable, writable, of_some))
        if found is None:
            found = self._limited(readable, writable, of_some)
            if len(self._seen) < MAX_SEEN:
                self._seen[readable, writable, of_some] = found
        return found

    def _limited(self, readable: MemberNames, writable: MemberNames, of_some: frozenset[str]) -> Declaration:
        every = {name: spec for name, spec in self.known.items() if not spec.marks.hidden}
        unknown = sorted(((readable or frozenset()) | (writable or frozenset())) - every.keys())
        if unknown:
            raise ValueError(f"{self.name} has no member {', '.join(unknown)}")
        for spec in self.identifying if readable is not None else ():
            if spec.name not in (readable or ()):
                raise ValueError(f"{self.name}: its identity, {spec.name}, must be read: each URI shows it")
        blind = {spec.name for spec in self.write_only}
        seen = [
            spec for name, spec in every.items()
            if spec.marks.is_shown and name not in blind and (readable is None or name in readable)
        ]  # fmt: skip
        specs = {spec.name: _limited(spec, writable, of_some) for spec in seen}
        return replace(
            self,
            fields=tuple(specs[spec.name] for spec in self.fields if spec.name in specs),
            computed=tuple(specs[spec.name] for spec in self.computed if spec.name in specs),
            identity=specs.get(self.identity.name, self.identity),
            parts=tuple(specs[spec.name] for spec in self.parts),
            write_only=tuple(
                spec for name, spec in every.items()
                if name not in specs and _is_only_sent(spec, writable, is_blind=name in blind)
            ),
            _whole=self.whole,
            _seen={},
        )  # fmt: skip

    @cached_property
    def compiled(self) -> Compiled:
        """What later packages make of this declaration once, by class; it lives as long as the declaration."""
        return Compiled(self)


def _identity_reader(name: str, spec: FieldSpec) -> Callable[[str], Any]:
    if spec.kind.identity is None:
        raise TypeError(f"{name}: {with_article(spec.kind.name)} cannot be an identity")
    return spec.kind.identity


def unique_groups(fields: Iterable[FieldSpec], together: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The names of the fields that are unique alone, and of those that are so together."""
    return [*((spec.name,) for spec in fields if spec.marks.is_unique), *together]


def _limited(spec: FieldSpec, writable: MemberNames, of_some: frozenset[str]) -> FieldSpec:
    """A member, read-only if it may not be written."""
    if spec.name in of_some:
        spec = replace(spec, is_of_some=True)
    if writable is None or spec.name in writable or spec.marks.read_only:
        return spec
    return replace(spec, marks=replace(spec.marks, read_only=True))


def _is_only_sent(spec: FieldSpec, writable: MemberNames, *, is_blind: bool) -> bool:
    """Whether a member that is not shown may be sent."""
    if spec.marks.read_only or spec.is_computed:
        return False
    return (is_blind or spec.marks.write_only) if writable is None else spec.name in writable


def expand_iri(iri: str) -> str:
    """An absolute IRI for a declared one: `schema:name` becomes `https://schema.org/name`."""
    prefix, _, rest = iri.partition(":")
    return VOCABULARIES[prefix] + rest if prefix in VOCABULARIES else iri
