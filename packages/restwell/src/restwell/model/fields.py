"""One member of a resource: `Field` as it is declared, `FieldSpec` as the rest of Restwell reads it."""

from __future__ import annotations

import enum
import inspect
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin
from uuid import UUID

from pydantic import AnyUrl, AwareDatetime, Discriminator, HttpUrl, TypeAdapter
from pydantic import Field as PydanticField
from pydantic.fields import ComputedFieldInfo, FieldInfo
from pydantic_core import PydanticUndefined

from .auto import MOMENTS, Auto, now
from .errors import DeclarationError, fail
from .hints import bare, discriminator_of, hint_of, models_of, without_none
from .identities import SEPARATOR
from .kinds import KINDS, FieldKind, KindName
from .marks import Marks
from .naming import Naming, is_name, wire_name
from .policy import Permission, as_rule

_SIMPLE: dict[Any, KindName] = {
    str: "text",
    int: "integer",
    float: "float",
    bool: "boolean",
    Decimal: "decimal",
    date: "date",
    datetime: "datetime",
    AwareDatetime: "datetime",
    time: "time",
    timedelta: "duration",
    UUID: "uuid",
    Any: "json",
}
_HOLDING: dict[Any, KindName] = {list: "list", set: "set", frozenset: "set", dict: "json"}
_SIMPLE |= {**_HOLDING, tuple: "list"}
# Matches no "." and no "..", which clients resolve away before they ask (RFC 3986, section 5.2.4).
IDENTITY_PATTERN = r"^(?:\.{0,2}[A-Za-z0-9_~-][A-Za-z0-9._~-]*|\.{3}[A-Za-z0-9._~-]*)$"
STORED = (
    "is not one that Restwell stores: use str, int, float, bool, Decimal, date, datetime, time, timedelta, UUID, "
    "a URL, an Enum, a Literal, list[...], tuple[...], a set[...] of single values, a pydantic model, several models "
    "with Field(discriminator=...), dict or Any, each with '| None' if it may be missing"
)
UNSUPPORTED = f"has a type, or within it a type, that {STORED}."


_OF_PYDANTIC = frozenset(inspect.signature(PydanticField).parameters) - {"default", "extra"}


def Field(  # noqa: N802, PLR0913 - named and called like pydantic's own, which every reader knows
    default: Any = PydanticUndefined,
    *,
    identity: bool = False,
    iri: str | None = None,
    read_only: bool = False,
    index: bool = False,
    filterable: bool = True,
    sortable: bool = True,
    unique: bool = False,
    auto: Auto | None = None,
    alias: str | None = None,
    renameable: bool = False,
    write_only: bool = False,
    hidden: bool = False,
    sql: Callable[[Any], Any] | None = None,
    shown_once: bool = False,
    read: Permission | None = None,
    write: Permission | None = None,
    **constraints: Any,
) -> Any:
    """Declare a member of a resource. `constraints` are those of `pydantic.Field`: `ge`, `max_length`, ...

    Raises DeclarationError for an argument that there is not.

    identity: the member that names the resource in its URI; exactly one. `int | None` with the default None is
        numbered by the database, `UUID | None` is made, and a source makes `str | None`: clients do not set it.
    iri: the term that it means, absolute or `schema:NAME`.
    read_only: clients cannot set it; needs a default.
    index: keep a database index, for filters and sorting on large collections.
    filterable, sortable: whether queries may name it; true for every scalar.
    unique: no two items have the same value, but for null; a write that would change that is 409.
    auto: set by itself, and read-only: when an item was `created` and last `updated`, a `datetime`; who is its
        `creator` and last `updater`, the id of a key, or null where nobody is known, or nobody asked over HTTP.
    alias: what it is called over HTTP, and everywhere outside Python, in place of the name of the attribute.
    renameable: a PATCH or PUT may give an item another identity; its former addresses lead to the new one.
    write_only: clients can set it, and nothing ever shows it or tells of its value.
    hidden: only code of the application's sees and sets it; needs a default.
    sql: gives what the database computes it by, an expression of SQLAlchemy's, of a row whose attributes are the
        columns, or the model's; it is read-only, and filters and sorts.
    shown_once: what a source gives with the item that it has made, and never again, such as a secret; the answer to
        that request alone has it. It is read-only, may be null, and is no filter.
    read, write: who may read it and who may set it, of those who may do that with the item; for everybody else it is
        not there, or read-only. A family of scopes is `NAME:read` and `NAME:update`. A function is called with the
        grant and the item, as in `lambda grant, row: ...`.
    """
    wrong = _wrong_arguments(default, constraints, auto, sql, alias)
    if wrong:
        frame = sys._getframe(1)  # noqa: SLF001 - the only way to the line of a class that does not exist yet
        raise DeclarationError(f"Field ({frame.f_code.co_filename}, line {frame.f_lineno}) {wrong}")
    if auto in MOMENTS:
        constraints["default_factory"] = now
    elif auto is not None:
        default = None
    if write_only:
        constraints.setdefault("repr", False)  # what code of the application's logs of an item has none of it
    declared = PydanticField(default, **constraints)
    read_only = read_only or auto is not None or sql is not None or shown_once
    filterable, sortable = filterable and not shown_once, sortable and not shown_once
    declared.metadata.append(
        Marks(
            identity,
            iri,
            read_only,
            index,
            filterable,
            sortable,
            unique,
            auto,
            alias,
            renameable=renameable,
            write_only=write_only,
            hidden=hidden,
            sql=sql,
            shown_once=shown_once,
            read=as_rule(read),
            write=as_rule(write),
        )
    )
    return declared


def _wrong_arguments(
    default: Any, constraints: Mapping[str, Any], auto: str | None, sql: object, alias: object
) -> str:
    """What is wrong with the arguments of a `Field`; nothing, if they can be."""
    unknown = ", ".join(sorted(constraints.keys() - _OF_PYDANTIC))
    if unknown:
        return f"has no argument {unknown}: correct the name, or leave it out."
    if alias is not None and not is_name(alias):
        return f"has alias={alias!r}: a member is called as an attribute could be, without an underscore in front."
    if auto is not None and auto not in get_args(Auto):
        return f"has auto={auto!r}: it can be {', '.join(get_args(Auto))}."
    has_default = default is not PydanticUndefined or "default_factory" in constraints
    if auto is not None and has_default:
        return f"has auto={auto!r}, which sets the value, and a default beside it: leave the default out."
    if sql is not None and not callable(sql):
        return f"has sql={sql!r}: give a function of the row, as in sql=lambda row: sa.func.length(row.title)."
    beside = sql is not None and (auto is not None or has_default)
    said = "has sql=, by which the database computes the value, and a default or auto= beside it: leave that out."
    return said if beside else ""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One member, read from the declaration."""

    name: str
    """What it is called over HTTP and in files."""
    attribute: str
    """What it is called in Python, and the column of a table of Restwell's own."""
    kind: FieldKind
    required: bool
    nullable: bool
    marks: Marks
    description: str | None
    annotation: Any
    reader: TypeAdapter[Any] = field(repr=False, compare=False)
    """Reads a value from the text of a query parameter."""
    absent_is_null: bool = False
    """Whether leaving the member out says null: only then is a null left out of a representation."""
    is_computed: bool = False
    """Whether it is computed from the other members, and never stored."""
    choices: tuple[Any, ...] = ()
    """The values of an Enum or a Literal, as they stand in JSON."""
    deprecated: bool = False
    """Whether clients are to do without it; the description says so, and what to use instead."""
    is_of_some: bool = False
    """Whether who asks may read it of some items alone: others are shown without it, and no query names it."""

    @property
    def filterable(self) -> bool:
        return self.marks.filterable and self.kind.is_scalar and not self.is_of_some

    @property
    def sortable(self) -> bool:
        return self.marks.sortable and self.kind.is_scalar and not self.is_of_some


def marks_of(info: FieldInfo) -> Marks:
    """The marks of a field, or the defaults for one declared without `Field`.

    A `Field` in an `Annotated` round the type says what the one that is the value of the attribute does not.
    """
    found = Marks()
    for mark in info.metadata:  # that of the attribute comes first
        if isinstance(mark, Marks):
            unsaid = [each.name for each in fields(Marks) if getattr(found, each.name) == each.default]
            found = replace(found, **{name: getattr(mark, name) for name in unsaid})
    return found


def kind_of(annotation: Any) -> FieldKind:
    """The kind of an annotation that has no `None` in it. Raises TypeError, with the remedy, for others."""
    return KINDS[_name_of(bare(annotation))]


def _name_of(annotation: Any) -> KindName:
    origin = get_origin(annotation)
    if isinstance(annotation, Hashable) and annotation in _SIMPLE:
        return _SIMPLE[annotation]
    if origin in _HOLDING:
        return _HOLDING[origin]
    if origin is tuple:
        return "list" if Ellipsis in get_args(annotation) else "tuple"
    if origin is Literal or (isinstance(annotation, type) and issubclass(annotation, enum.Enum)):
        return "integer choice" if holds_integers(annotation) else "choice"
    if models_of(annotation):
        return "object" if isinstance(annotation, type) else "union"
    if isinstance(annotation, type) and issubclass(annotation, (AnyUrl, HttpUrl)):
        return "url"
    raise TypeError(STORED)


def choices_of(annotation: Any) -> tuple[Any, ...]:
    """The values of an Enum or a Literal, as they stand in JSON."""
    if get_origin(annotation) is Literal:
        return tuple(value.value if isinstance(value, enum.Enum) else value for value in get_args(annotation))
    return tuple(member.value for member in annotation)


def holds_integers(annotation: Any) -> bool:
    """Whether the values of an Enum or a Literal are integers."""
    return all(isinstance(value, int) and not isinstance(value, bool) for value in choices_of(annotation))


def _choices(kind: FieldKind, annotation: Any) -> tuple[Any, ...]:
    return choices_of(annotation) if kind.has_choices else ()


def spec_of(attribute: str, info: FieldInfo, marks: Marks | None = None, naming: Naming | None = None) -> FieldSpec:
    """Read one declared field, with these marks or its own. Raises TypeError when its type cannot be kept."""
    annotation, nullable = without_none(info.annotation)
    marks = marks or marks_of(info)
    nullable = nullable or annotation is Any
    if marks.made is not None:
        nullable = marks.made.nullable
    kind = kind_of(annotation)
    if kind is KINDS["union"]:
        annotation = _told_apart(annotation, hint_of(info))
    choices = _choices(kind, annotation)
    if not (kind is KINDS["integer choice"] or all(isinstance(value, str) for value in choices)):
        raise TypeError("is not one that Restwell stores: the values of a choice are all texts or all integers")
    constraints = [mark for mark in info.metadata if not isinstance(mark, Marks)]
    reader: TypeAdapter[Any] = TypeAdapter(
        Annotated[annotation, *constraints] if constraints and kind.python is Decimal else annotation
    )
    # A factory may give anything, so that what its absence reads as is not known before.
    has_null = info.default is None and info.default_factory is None and marks.made is None
    absent_is_null = nullable and has_null
    return FieldSpec(
        wire_name(attribute, marks.alias, naming),
        attribute,
        kind,
        info.is_required(),
        nullable,
        marks,
        description_of(info),
        annotation,
        reader,
        absent_is_null=absent_is_null,
        choices=choices,
        deprecated=bool(info.deprecated),
    )


def _told_apart(annotation: Any, hint: Any) -> Any:
    """A union with its discriminator. Raises TypeError for one without."""
    name = discriminator_of(hint)
    if name is None:
        raise TypeError(
            "is not one that Restwell stores: of several models, say which member tells them apart, as in "
            "Field(discriminator='kind') with a Literal in each, or use one model or dict"
        )
    return Annotated[annotation, Discriminator(name)]


def named_once(cls: type[Any], specs: Sequence[FieldSpec]) -> dict[str, FieldSpec]:
    """The members by their attributes. Refuses two of one name over HTTP, and an alias that cannot be one."""
    others: dict[str, FieldSpec] = {}
    for spec in specs:
        other = others.setdefault(spec.name, spec)
        if other is not spec:
            what = f"is called {spec.name} over HTTP, and so is {other.attribute}"
            fail(cls, spec.attribute, f"{what}: give one of them another alias, as in Field(alias='name').")
        if not is_name(spec.name):
            fail(cls, spec.attribute, f"has the alias {spec.name!r}: call it as an attribute could be called.")
    return {spec.attribute: spec for spec in specs}


def joined_spec(parts: Sequence[FieldSpec]) -> FieldSpec:
    """What stands for an identity of several fields: a text, which is no field itself."""
    marks = Marks(identity=True, read_only=any(spec.marks.read_only for spec in parts), filterable=False)
    name = SEPARATOR.join(spec.name for spec in parts)
    return FieldSpec(
        name, name, KINDS["text"], required=True, nullable=False, marks=marks,
        description=None, annotation=str, reader=TypeAdapter(str),
    )  # fmt: skip


def computed_spec(attribute: str, info: ComputedFieldInfo, naming: Naming | None = None) -> FieldSpec:
    """Read one computed field. Raises TypeError when its type cannot be shown."""
    annotation, nullable = without_none(info.return_type)
    marks = Marks(read_only=True, filterable=False, sortable=False)
    kind = kind_of(annotation)
    if kind is KINDS["union"]:
        annotation = _told_apart(annotation, info.return_type)
    return FieldSpec(
        wire_name(attribute, info.alias, naming),
        attribute,
        kind,
        required=False,
        nullable=nullable or annotation is Any,
        marks=marks,
        description=description_of(info),
        annotation=annotation,
        reader=TypeAdapter(annotation),
        is_computed=True,
        choices=_choices(kind, annotation),
        deprecated=bool(info.deprecated),
    )


def description_of(info: FieldInfo | ComputedFieldInfo) -> str | None:
    """What is said of a member, with what to use instead of one that is deprecated."""
    if not info.deprecated:
        return info.description
    text = info.deprecation_message if info.deprecated is not True else None
    return f"{info.description or ''} {f'Deprecated: {text}' if text else 'Deprecated.'}".lstrip()
