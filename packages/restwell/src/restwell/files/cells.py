"""The cells of csv: from a text to the value that stands in JSON, and from a stored value to its text.

As PostgreSQL's COPY has it, a cell with nothing in it is null and `""` an empty text, so that csv can say all that a
table holds. Spreadsheets drop such quotes, and some tools put quotes round everything; hence the rest of the rule:

| cell | member | value |
|---|---|---|
| nothing | may be null | null |
| nothing | a text (or a choice with an empty one), never null | the empty text |
| nothing | any other, never null | its default; without one the record is refused |
| `""` | a text (or a choice with an empty one) | the empty text |
| `""` | any other | as nothing |

A member without a column has its default. A text that is not a number where one is wanted stays a text, and
validation says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from ..content import decode
from ..http.problems import Problem
from ..model.fields import FieldSpec, Kind, choices_of, holds_integers
from .separated import QUOTED_EMPTY

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""No exponent: spreadsheets write one where they have rounded."""
NUMBER = re.compile(rf"{INTEGER.pattern}(?:[eE][+-]?[0-9]+)?")
"""RFC 8259, section 6: no zeros in front that would be lost, no +, no other digits."""
_JSON: frozenset[Kind] = frozenset(["list", "object", "json"])
_BOOLEANS = {"true": True, "false": False}


class Unreadable(ValueError):
    """A cell that should hold JSON and does not; the message names its column."""


def members_of(specs: Sequence[FieldSpec], cells: Sequence[str]) -> dict[str, Any]:
    """A row as the JSON object that it stands for. Raises Unreadable for a cell that holds no value of JSON."""
    members: dict[str, Any] = {}
    for spec, text in zip(specs, cells, strict=True):
        if text and text != QUOTED_EMPTY:
            members[spec.name] = value_of(spec, text)
        elif spec.nullable and not (text and may_be_empty(spec)):
            members[spec.name] = None
        elif may_be_empty(spec):
            members[spec.name] = ""
    return members


def may_be_empty(spec: FieldSpec) -> bool:
    """Whether the empty text can be a value of this field."""
    return spec.kind == "text" or (spec.kind == "choice" and "" in choices_of(spec.annotation))


def value_of(spec: FieldSpec, text: str) -> Any:
    """The value that the text of a cell stands for. Raises Unreadable for what should be JSON and is not."""
    if spec.kind in _JSON:
        return _from_json(spec, text, HINTS[spec.kind][1])
    if spec.kind == "boolean":
        return _BOOLEANS.get(text.lower(), text)
    number = _number_of(spec)
    return _from_json(spec, text) if number and number.fullmatch(text) else text


def _number_of(spec: FieldSpec) -> re.Pattern[str] | None:
    """How a number of this field is written; None for a field that has none."""
    if spec.kind == "integer" or (spec.kind == "choice" and holds_integers(spec.annotation)):
        return INTEGER
    return NUMBER if spec.kind == "float" else None


def _from_json(spec: FieldSpec, text: str, hint: str = "") -> Any:
    try:
        return decode(text.encode())
    except Problem as problem:
        raise Unreadable(f"{spec.name}: {problem.detail} {hint}".rstrip()) from None


HINTS: Mapping[Kind, tuple[re.Pattern[str], str]] = {
    "integer": (
        re.compile(r"-?(?:0|[1-9][0-9]*)"),
        "Write all of its digits and nothing else, as in 1234: no zeros in front, no separators, no exponent.",
    ),
    "float": (NUMBER, "Write it with a point, and without separators of thousands, as in 1234.56."),
    "decimal": (NUMBER, "Write it with a point, and without separators of thousands, as in 1234.56."),
    "boolean": (re.compile("true|false", re.IGNORECASE), "Write true or false."),
    "date": (re.compile(r"\d{4}-\d\d-\d\d"), "Write it as 2026-01-31."),
    "datetime": (
        re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)", re.IGNORECASE),
        "Write it with its offset, as 2026-01-31T12:00:00Z.",
    ),
    "list": (re.compile(r"\[.*\]", re.DOTALL), 'Write it as JSON, as in ["a", "b"].'),
    "object": (re.compile(r"\{.*\}", re.DOTALL), 'Write it as JSON, as in {"a": 1}.'),
    "json": (re.compile(".*", re.DOTALL), 'Write it as JSON: a text in quotes, as in "a".'),
}
"""How the text of a cell has to look, and what is said where it was refused and does not."""


def hint_of(spec: FieldSpec, text: str) -> str | None:
    """How to write a cell that was refused; None where that is not what is wrong with it."""
    if text == QUOTED_EMPTY and spec.nullable:
        return "Quotes with nothing between them are the empty text; a cell with nothing in it is null."
    kind: Kind = "integer" if _number_of(spec) is INTEGER else spec.kind
    if kind not in HINTS or text in {"", QUOTED_EMPTY}:
        return None
    shape, sentence = HINTS[kind]
    return None if shape.fullmatch(text) else sentence


def _boolean_text(value: Any) -> str:
    return "true" if value else "false"


def _json_text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def _moment_text(value: Any) -> str:
    return _json_text(value)[1:-1]


TEXTS: Mapping[Kind, Callable[[Any], str]] = {
    "boolean": _boolean_text,
    "datetime": _moment_text,
    "list": _json_text,
    "object": _json_text,
    "json": _json_text,
}
"""From a stored value to the text of a cell, where it is not what `str` makes of it."""
