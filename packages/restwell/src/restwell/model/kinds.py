"""The kinds of fields: what each is to HTTP, to descriptions and to files, one row a kind.

A field's *kind* is what it is whatever Python type declared it. Other modules ask the row, and never compare names.
What a kind is in a database stands in the `kinds.py` of its folder, by the name of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import AnyUrl

from ..http.limits import MAX_FILTER_TEXT, MAX_INTEGER, MAX_TEXT
from .auto import CALLERS, MOMENTS, Auto
from .durations import DURATION_PATTERN

KindName = Literal[
    "text",
    "integer",
    "float",
    "boolean",
    "decimal",
    "date",
    "datetime",
    "time",
    "duration",
    "uuid",
    "url",
    "choice",
    "integer choice",
    "list",
    "tuple",
    "set",
    "object",
    "union",
    "json",
]
Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "contains", "icontains", "starts", "exists"]
"""What a filter asks."""

_EVERY: tuple[Operator, ...] = ("eq", "ne", "in", "exists")
_ORDERED: tuple[Operator, ...] = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "exists")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""No exponent: spreadsheets write one where they have rounded."""
NUMBER = re.compile(rf"{_INTEGER.pattern}(?:[eE][+-]?[0-9]+)?")
"""RFC 8259, section 6: no zeros in front that would be lost, no +, no other digits."""
_DECIMAL = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?"
_SECONDS = re.compile(rf"\A(?:{_DECIMAL})\Z", re.ASCII)
"""Seconds since 1970."""
TIME_PATTERN = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?$"
"""partial-time of RFC 3339, section 5.6, without leap seconds. JSON Schema's format `time` is full-time, with an
offset; the format of what has none is `time-local` in the registry of the OpenAPI Initiative."""
_TEXT: Mapping[str, Any] = {"type": "string", "pattern": r"^[^\x00]*$", "maxLength": MAX_FILTER_TEXT}
_INTEGER_CELL = (
    re.compile(r"-?(?:0|[1-9][0-9]*)"),
    "Write all of its digits and nothing else, as in 1234: no zeros in front, no separators, no exponent.",
)
_ARRAY_CELL = (re.compile(r"\[.*\]", re.DOTALL), 'Write it as JSON, as in ["a", "b"].')
_OBJECT_CELL = (re.compile(r"\{.*\}", re.DOTALL), 'Write it as JSON, as in {"a": 1}.')
_JSON = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
_WITH_POINT = "Write it with a point, and without separators of thousands, as in 1234.56."


@dataclass(frozen=True, slots=True, eq=False)
class FieldKind:
    """One kind of field; each is there once, so that kinds are compared by `is`."""

    name: KindName
    words: str
    """What people call it."""
    operators: tuple[Operator, ...] = ()
    """What filters can ask of it; a kind without any is not a scalar."""

    identity: Callable[[str], Any] | None = None
    """The value of an identity in a URI, as it stands in JSON; None for a kind that cannot be one."""
    is_numbered: bool = False
    """Whether a database can make the identities of this kind, by counting."""
    make: Callable[[], Any] | None = None
    """Makes an identity of this kind that no other item has, as it stands in JSON."""
    has_two_cases: bool = False
    """Whether an identity in upper case is another spelling of it, as of a UUID (RFC 9562, section 4)."""

    python: type[Any] | None = None
    """What the text of a URI is read as, where it is not a text or one of the choices."""
    has_choices: bool = False
    """Whether the declaration lists its values."""
    is_any_text: bool = False
    """Whether every text is a value, and the empty one."""
    form: re.Pattern[str] | None = None
    """How a text in a URI is written; pydantic would read other forms too. None where it reads no others."""
    misread: re.Pattern[str] | None = None
    """Finds a text in a URI that pydantic would read as a value and that is not how one is written."""
    number: re.Pattern[str] | None = None
    """How a number in a cell of csv is written, for the kinds that are numbers in JSON."""
    is_numeric: bool = False
    has_fraction: bool = False
    example: str = ""
    """What a filter takes, in words; empty where every text is a value, or the declaration has the values."""
    query: Mapping[str, Any] | None = None
    """The JSON Schema of a value in a URI; None where the declaration has the values."""

    cell: tuple[re.Pattern[str], str] | None = None
    """How the text of a cell of csv has to look, and what is said where it was refused and does not; None where
    the refusal says it."""

    shown: Mapping[str, Any] | None = None
    """Set for a kind that may be sent in several forms and is shown as text: what the schema of that has more."""
    undeclared: Mapping[str, Any] | None = None
    """The limits in the schema of each field of this kind that nobody declared."""
    range: str = ""
    """The IRI of what its values are, or a name after a prefix; "" where the declaration says it."""
    coercion: str | None = None
    """What JSON-LD coerces a value to (JSON-LD 1.1, section 4.2.3): `@id`, `@json`, or a datatype; None for what
    JSON says itself."""
    input: str | None = None
    """The type of HTML's input for a value; None for text: a decimal is exact, and a moment has an offset."""
    has_parts: bool = False
    """Whether a patch can name what is in it; its values are stored as JSON."""
    is_several: bool = False
    """Whether a value is any number of values of one type."""
    auto: tuple[Auto, ...] = ()
    """What a field of this kind may be that sets itself."""
    is_alike: bool = False
    """Whether a value is written in one way only, so that values are equal when their texts are."""

    @property
    def is_scalar(self) -> bool:
        """Whether filters, `sort`, an index and `unique` can be of it."""
        return bool(self.operators)


KINDS: Mapping[KindName, FieldKind] = {
    kind.name: kind
    for kind in (
        FieldKind(
            "text",
            "text",
            (*_ORDERED, "contains", "icontains", "starts"),
            identity=str,
            is_any_text=True,
            query=_TEXT,
            range="xsd:string",
            auto=CALLERS,
            is_alike=True,
        ),
        FieldKind(
            "integer",
            "integer",
            _ORDERED,
            identity=int,
            is_numbered=True,
            python=int,
            number=_INTEGER,
            is_numeric=True,
            example="a whole number, as in 42",
            query={"type": "integer", "format": "int64", "minimum": -MAX_INTEGER - 1, "maximum": MAX_INTEGER},
            cell=_INTEGER_CELL,
            range="xsd:integer",
            is_alike=True,
            input="number",
        ),
        FieldKind(
            "float",
            "float",
            _ORDERED,
            python=float,
            number=NUMBER,
            is_numeric=True,
            has_fraction=True,
            example="a number, as in 1.5",
            query={"type": "number", "format": "double"},
            cell=(NUMBER, _WITH_POINT),
            range="xsd:double",
            coercion="xsd:double",
            input="number",
        ),
        FieldKind(
            "boolean",
            "boolean",
            ("eq", "exists"),
            python=bool,
            example="true or false",
            query={"type": "boolean"},
            range="xsd:boolean",
        ),
        FieldKind(
            "decimal",
            "decimal",
            _ORDERED,
            python=Decimal,
            form=re.compile(_DECIMAL, re.ASCII),
            misread=re.compile(r"[_\s]|[^\x00-\x7f]"),
            is_numeric=True,
            has_fraction=True,
            example="a decimal number, as in 12.50",
            query={"type": "string", "pattern": r"^-?[0-9]{1,15}(?:\.[0-9]{1,6})?$", "maxLength": 23},
            cell=(NUMBER, _WITH_POINT),
            # JSON has no decimals, so they are written as text, whichever way they came in.
            shown={},
            range="xsd:decimal",
            coercion="xsd:decimal",
        ),
        FieldKind(
            "date",
            "date",
            _ORDERED,
            python=date,
            form=re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
            misread=_SECONDS,
            example="a date, as in 2026-01-31",
            query={"type": "string", "format": "date", "maxLength": 10},
            range="xsd:date",
            coercion="xsd:date",
            input="date",
        ),
        FieldKind(
            "datetime",
            "date and time",
            _ORDERED,
            python=datetime,
            form=re.compile(r"\d{4}-\d\d-\d\d[Tt _].+", re.ASCII),
            misread=_SECONDS,
            example="a date and time, as in 2026-01-31T12:00:00Z",
            query={"type": "string", "format": "date-time", "maxLength": 64},
            range="xsd:dateTime",
            coercion="xsd:dateTime",
            auto=MOMENTS,
        ),
        FieldKind(
            "time",
            "time of day",
            _ORDERED,
            python=time,
            form=re.compile(TIME_PATTERN),
            misread=re.compile(r"[Zz+-]"),  # an offset, which no time of day has
            example="a time of day, as in 09:30:00",
            query={"type": "string", "format": "time-local", "pattern": TIME_PATTERN, "maxLength": 64},
            undeclared={"pattern": TIME_PATTERN},
            range="xsd:time",
            coercion="xsd:time",
            input="time",
        ),
        FieldKind(
            "duration",
            "duration",
            _ORDERED,
            python=timedelta,
            form=re.compile(DURATION_PATTERN),
            misread=re.compile(rf"\A(?!(?:{DURATION_PATTERN[1:-1]})\Z)"),  # pydantic reads years, clocks and numbers
            example="a duration without years and months, as in P1DT2H30M",
            query={"type": "string", "format": "duration", "pattern": DURATION_PATTERN, "maxLength": 64},
            undeclared={"pattern": DURATION_PATTERN},
            range="xsd:dayTimeDuration",
            coercion="xsd:dayTimeDuration",
        ),
        FieldKind(
            "uuid",
            "UUID",
            _EVERY,
            identity=str,
            make=lambda: str(uuid4()),
            has_two_cases=True,
            python=UUID,
            example="a UUID, as in 0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f",
            query={"type": "string", "format": "uuid", "maxLength": 36},
            range="xsd:string",
            is_alike=True,
        ),
        FieldKind(
            "url",
            "URL",
            _EVERY,
            python=AnyUrl,
            query=_TEXT,
            # A URI by now, and longer for every character that had to be encoded.
            shown={"format": "uri", "minLength": 1, "maxLength": MAX_TEXT},
            undeclared={"minLength": 1, "maxLength": 2083},
            range="rdfs:Resource",
            coercion="@id",
            is_alike=True,
            input="url",
        ),
        FieldKind("choice", "choice", _EVERY, has_choices=True, is_alike=True),
        FieldKind(
            "integer choice",
            "choice",
            _EVERY,
            has_choices=True,
            number=_INTEGER,
            cell=_INTEGER_CELL,
            is_alike=True,
        ),
        FieldKind("list", "list", cell=_ARRAY_CELL, has_parts=True, is_several=True),
        FieldKind("tuple", "tuple", cell=_ARRAY_CELL, range=_JSON, coercion="@json", has_parts=True),
        FieldKind("set", "set", cell=_ARRAY_CELL, has_parts=True, is_several=True),
        FieldKind(
            "object",
            "object",
            cell=_OBJECT_CELL,
            has_parts=True,
        ),
        FieldKind("union", "one of several", cell=_OBJECT_CELL, range=_JSON, coercion="@json", has_parts=True),
        FieldKind(
            "json",
            "any JSON",
            cell=(re.compile(".*", re.DOTALL), 'Write it as JSON: a text in quotes, as in "a".'),
            range=_JSON,
            coercion="@json",
            has_parts=True,
        ),
    )
}
STRUCTURED: tuple[KindName, ...] = tuple(name for name, kind in KINDS.items() if kind.has_parts)
"""The kinds whose values are stored as JSON."""
