"""From a Resource class to its Declaration: every mistake is a DeclarationError with its place and the remedy."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pydantic
from pydantic.fields import FieldInfo

from ..http.cache_control import Caching
from ..http.limits import MAX_BODY, MAX_NAME, MAX_PATH
from .auto import MOMENTS
from .configuration import check_field, check_model
from .errors import DeclarationError
from .errors import fail as _fail
from .expressions import check_expression, with_expressions
from .fields import FieldSpec, computed_spec, joined_spec, named_once, spec_of
from .hints import without_none
from .initial import initial_rows
from .making import can_be_made, check_auto, check_made, is_made
from .marks import Made, Marks
from .naming import Naming, with_article
from .policy import WRITES, Operation, Permission, Rule, as_rule
from .resource import VOCABULARIES, DataSource, Declaration, Resource, unique_groups
from .ruling import check_rules
from .shapes import Shape
from .showing import check_groups, check_once, check_sight
from .source import HeldSource

PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,99}")
"""What name= may say: in lower case are the terms, prefixes and endpoints that Restwell has itself."""
RESERVED_PATHS = frozenset(
    ["contexts", "schemas", "problems", "docs", "docs.jsonld", "openapi.json", "health", "me", ".well-known"]
)
RESERVED_PREFIXES = {"restwell_": "Restwell's", "sqlite_": "SQLite's", "pg_": "PostgreSQL's"}
"""With which no table's name begins. PostgreSQL looks for tables among its own first, wherever ours are."""
RESERVED_NAMES = frozenset(
    ["Collection", "ConstraintViolation", "Entrypoint", "Error", "FieldError", "Me", "Operation", "Problem"]
) | {"Vocabulary", "propertyPath"}
SYSTEM_COLUMNS = frozenset(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])
RESOURCE = (
    "is a resource of its own: keep its identity here, as a text or a number, or declare a plain pydantic model for "
    "what belongs to this one"
)


@dataclass(frozen=True, eq=False)
class Held:
    """Where the items of a resource are, if not in a table of Restwell's own, and what is known of its members there.

    `marks` are those of each field, `unique` the names of fields of which no two items have the same values.
    """

    source: DataSource
    marks: Mapping[str, Marks]
    unique: tuple[tuple[str, ...], ...] = ()


def declare(  # noqa: PLR0913 - one argument a rule; all are named
    cls: type[Resource],
    path: str,
    *,
    read: Permission | None = None,
    write: Permission | None = None,
    create: Permission | None = None,
    update: Permission | None = None,
    delete: Permission | None = None,
    require_if_match: bool = False,
    max_body: int = MAX_BODY,
    name: str | None = None,
    iri: str | None = None,
    unique: Sequence[Sequence[str]] = (),
    initial: Sequence[Mapping[str, Any]] = (),
    held: Held | None = None,
    naming: Naming | None = None,
) -> Declaration:
    """Read a Resource class into a Declaration. Raises DeclarationError with the place and the remedy.

    `write` stands for `create`, `update` and `delete` where they are not given themselves; an operation
    without a rule is offered to nobody. `max_body` is in bytes. `name` is what clients are told that the items
    are; without it, the name of the class. Of the members that one of `unique` names, no two items have the same
    values together; they are named by their attributes, as in `initial`. `held` says where the items are, if not in a
    table of Restwell's own. `naming` is how members without an alias are called over HTTP.
    """
    if not isinstance(cls, type) or not issubclass(cls, Resource):  # type: ignore[redundant-expr]  # callers need not be typed
        raise DeclarationError(
            f"{cls!r} is not a resource: write `class {getattr(cls, '__name__', 'Name')}(Resource):`."
        )
    _check_name(cls, name)
    check_model(cls, Resource)
    _check_path(cls, path)
    if held is None:
        _check_table(cls, path)
    rules = _rules(
        cls, {"read": read, "create": create or write, "update": update or write, "delete": delete or write}
    )
    cls, computed_marks = with_expressions(cls) if held is None or not held.marks else (cls, {})
    marks = {**(held.marks if held is not None else {}), **computed_marks}
    by_source = held is not None and isinstance(held.source, HeldSource)
    specs = tuple(
        _spec(cls, name, info, marks.get(name), naming, by_source=by_source)
        for name, info in cls.model_fields.items()
    )
    if held is None:
        _check_names(cls, specs)
    for spec in specs:
        _check_renaming(cls, spec, rules)
    parts = tuple(spec for spec in specs if spec.marks.is_part)
    identity = _together_as_one(cls, parts) if parts else _identity(cls, specs)
    if held is None and identity.marks.made is not None:
        check_made(cls, identity)
    computed = _computed(cls, naming)
    by_attribute = named_once(cls, (*specs, *computed))
    identifying = parts or (identity,)
    names = {spec.attribute: spec.name for spec in (*specs, *computed) if spec.name != spec.attribute}
    identifiers = tuple(spec.attribute for spec in identifying)
    shape = Shape(cls, Resource, identifiers, names, any_text=held is not None, naming=naming)
    groups = _together(cls, by_attribute, unique) if held is None else held.unique
    check_groups(cls, {spec.attribute: spec.marks for spec in specs}, groups)
    together = tuple(tuple(by_attribute[each].name for each in group) for group in groups)
    called = name or cls.__name__
    declaration = Declaration(
        name=called,
        path=path,
        description=inspect.cleandoc(cls.__doc__) if cls.__doc__ else called,
        iri=_iri(cls, None, iri),
        fields=specs,
        identity=identity,
        rules=rules,
        require_if_match=require_if_match,
        max_body=max_body,
        content=cls,
        shape=shape,
        computed=computed,
        identities=tuple(shape.member(spec.name) for spec in identifying),
        parts=parts,
        initial=initial_rows(cls, shape, by_attribute, unique_groups(specs, together), initial),
        unique=together,
        source=None if held is None else held.source,
        naming=naming,
    )
    check_rules(declaration)
    return declaration


def _check_name(cls: type[Resource], name: str | None) -> None:
    if name is not None and not (isinstance(name, str) and NAME.fullmatch(name)):  # type: ignore[redundant-expr]  # callers need not be typed
        _fail(
            cls,
            None,
            f"has name={name!r}: begin it with a capital letter of ASCII, behind which are letters, digits and "
            "underscores, 99 at most, as in name='Customer'.",
        )
    if (name or cls.__name__) in RESERVED_NAMES or not (name or cls.__name__).isascii():
        what = "has a name that the API's own vocabulary uses, or that is not ASCII"
        _fail(cls, None, f"{what}: call the class otherwise, or say by name= what clients are told.")


def _check_path(cls: type[Resource], path: str) -> None:
    if not PATH.fullmatch(path):
        _fail(cls, None, f"has the path {path!r}: begin it with '/', end it without, as in '/frameworks'.")
    if len(path) > MAX_PATH:
        _fail(cls, None, f"has a path of {len(path)} characters, and links have room for {MAX_PATH}: shorten it.")
    first = path.split("/")[1]
    if first in RESERVED_PATHS or any(part in {".", ".."} for part in path.split("/")):
        _fail(cls, None, f"has the path {path!r}, which Restwell uses itself: choose another first segment.")


def _check_table(cls: type[Resource], path: str) -> None:
    """The last segment of a path names the table."""
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


def _rules(cls: type[Resource], given: Mapping[Operation, Permission | None]) -> dict[Operation, Rule]:
    rules = {operation: as_rule(rule) for operation, rule in given.items() if rule is not None}
    for operation, rule in rules.items():
        if not isinstance(rule, Rule):
            _fail(
                cls,
                None,
                f"has {rule!r} as its rule for {operation}: use public(), scope('name') or another of the rules, "
                "or a function of two parameters: lambda grant, row: ...",
            )
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


def _spec(
    cls: type[Resource], name: str, info: FieldInfo, marks: Marks | None, naming: Naming | None, *, by_source: bool
) -> FieldSpec:
    check_field(cls, name, info, is_nested=False)
    try:
        if _is_resource(info.annotation):
            raise TypeError(RESOURCE)  # noqa: TRY301 - said as the other types that cannot be
        spec = spec_of(name, info, marks, naming)
        if marks is None and is_made(spec, info, by_source=by_source):
            made = replace(spec.marks, read_only=True, made=Made(always=True, nullable=False))
            spec = spec_of(name, info, made, naming)
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
    check_auto(cls, spec, info)
    check_sight(cls, spec)
    check_once(cls, spec, by_source=by_source)
    check_expression(cls, spec)
    if spec.marks.index and not spec.kind.is_scalar:
        _fail(
            cls, name, f"asks for an index, which {with_article(spec.kind.name)} cannot have: take index=True away."
        )
    if spec.marks.unique and not spec.kind.is_scalar:
        _fail(cls, name, f"is to be unique, which {with_article(spec.kind.name)} cannot be: take unique=True away.")
    if spec.marks.unique and spec.marks.identity:
        _fail(cls, name, "is the identity, which is unique already: take unique=True away.")
    _iri(cls, name, spec.marks.iri)
    return spec


def _check_renaming(cls: type[Resource], spec: FieldSpec, rules: Mapping[Operation, Rule]) -> None:
    """Only what names an item, and what somebody may change, can be said to be renameable."""
    if not spec.marks.renameable:
        return
    if not spec.marks.identity:
        _fail(
            cls,
            spec.attribute,
            "is renameable and not the identity, so that its change renames nothing: take it away.",
        )
    if spec.marks.read_only:
        _fail(
            cls, spec.attribute, "is renameable and read-only, so that nobody could rename anything: take one away."
        )
    if "update" not in rules:
        _fail(cls, spec.attribute, "is renameable, and nobody may update: add a rule for update, or take that away.")


def _check_names(cls: type[Resource], specs: tuple[FieldSpec, ...]) -> None:
    seen: dict[str, str] = {}
    for spec in specs:
        other = seen.setdefault(spec.attribute.lower(), spec.attribute)
        if other != spec.attribute:
            _fail(cls, spec.attribute, f"differs from {other} in case only, which is one name to SQLite: rename it.")
        if spec.attribute in SYSTEM_COLUMNS:
            _fail(cls, spec.attribute, "has the name of a column that PostgreSQL keeps for itself: rename it.")
        if len(spec.attribute.encode()) > MAX_NAME:
            what = f"has a name of over {MAX_NAME} bytes, more than PostgreSQL can hold"
            _fail(cls, spec.attribute, f"{what}: shorten it.")


def _computed(cls: type[Resource], naming: Naming | None) -> tuple[FieldSpec, ...]:
    specs = []
    for name, info in cls.model_computed_fields.items():
        try:
            specs.append(computed_spec(name, info, naming))
        except TypeError as error:
            _fail(cls, name, f"has a return type that {error}.")
    return tuple(specs)


def _is_resource(annotation: Any) -> bool:
    inner = without_none(annotation)[0]
    return isinstance(inner, type) and issubclass(inner, Resource)


def _together_as_one(cls: type[Resource], parts: tuple[FieldSpec, ...]) -> FieldSpec:
    """What stands for an identity of several fields: a text, which is no field itself."""
    for spec in parts:
        if spec.kind.identity is None or spec.nullable:
            _fail(cls, spec.attribute, "cannot be a part of an identity: use str, int or UUID, never None.")
    return joined_spec(parts)


def _identity(cls: type[Resource], specs: tuple[FieldSpec, ...]) -> FieldSpec:
    marked = [spec for spec in specs if spec.marks.identity]
    if len(marked) != 1:
        names = ", ".join(spec.attribute for spec in marked)
        found = f"{len(marked)} identities ({names})" if marked else "no identity"
        _fail(cls, None, f"has {found}: mark the one field that names it in its URI with Field(identity=True).")
    spec = marked[0]
    if spec.kind.identity is None or spec.nullable:
        remedy = "use str, int or UUID, never None"
        if spec.nullable and can_be_made(spec):
            remedy += ", or Field(default=None, identity=True), so that it is made when an item is"
        _fail(cls, spec.attribute, f"cannot be an identity: {remedy}.")
    return spec


def _iri(cls: type[Resource], member: str | None, iri: str | None) -> str | None:
    if iri is None:
        return None
    prefix, colon, rest = iri.partition(":")
    if not colon or not rest or not (prefix in VOCABULARIES or prefix in {"http", "https", "urn"}):
        known = ", ".join(f"{name}:" for name in VOCABULARIES)
        _fail(cls, member, f"has the iri {iri!r}: write an absolute IRI, or a name after one of {known}.")
    return iri


def _are_names(given: object) -> bool:
    """Whether these are several names, in an order."""
    return isinstance(given, (list, tuple)) and len(given) > 1 and all(isinstance(name, str) for name in given)


def _together(
    cls: type[Resource], specs: Mapping[str, FieldSpec], unique: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], ...]:
    """The members of which no two items may have the same values together."""
    found: list[tuple[str, ...]] = []
    for names in unique if isinstance(unique, (list, tuple)) else (unique,):
        if not _are_names(names):
            _fail(cls, None, f"has unique={unique!r}: write the names of several members, as in unique=[('a', 'b')].")
        group = ", ".join(names)
        for name in names:
            if name not in specs:
                _fail(cls, None, f"has no field {name} to be unique with others ({group}): correct the name.")
            if not specs[name].kind.is_scalar:
                _fail(
                    cls,
                    name,
                    f"is to be unique with others ({group}), which {with_article(specs[name].kind.name)} cannot be.",
                )
            if specs[name].marks.auto in MOMENTS:
                _fail(cls, name, f"is to be unique with others ({group}), and a moment tells nothing apart.")
            if specs[name].marks.is_unique:
                _fail(cls, name, f"is to be unique with others ({group}), and is so alone: take it away there.")
        if len({*names}) < len(names) or any({*names} == {*other} for other in found):
            _fail(cls, None, f"has unique= with a repetition ({group}): name each member, and all of them, once.")
        found.append(tuple(names))
    return tuple(found)
