"""Cells of csv: a text -> the value in JSON, and a stored value -> its text.

As in PostgreSQL's COPY, an empty cell is null and `""` is the empty text, so that csv can express every row of a
table. Spreadsheets drop such quotes, and some tools quote every cell; hence the other rules:

| cell | member | value |
|---|---|---|
| empty | nullable | null |
| empty | a text (or a choice with an empty one), not nullable | the empty text |
| empty | any other, not nullable | its default; without one the record is refused |
| `""` | a text (or a choice with an empty one) | the empty text |
| `""` | any other | as for an empty cell |

A member without a column has its default. A text that is not a number, in a column of numbers, stays a text, which
validation then refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from ..content import decode
from ..http.problems import Problem
from ..model.fields import FieldSpec
from ..model.kinds import FieldKind
from .separated import QUOTED_EMPTY

_BOOLEANS = {"true": True, "false": False}


class UnreadableCell(ValueError):
    """A cell of a column of JSON that is not JSON; the message names the column."""


def members_of(specs: Sequence[FieldSpec], cells: Sequence[str]) -> dict[str, Any]:
    """The JSON object that a row stands for. Raises UnreadableCell for a cell that is not JSON and has to be."""
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
    return spec.kind.is_any_text or "" in spec.choices


def value_of(spec: FieldSpec, text: str) -> Any:
    """The value that the text of a cell stands for. Raises UnreadableCell for one that is not JSON and has to be."""
    kind = spec.kind
    if kind.has_parts:
        return _from_json(spec, text, kind.cell[1] if kind.cell else "")
    if kind.python is bool:
        return _BOOLEANS.get(text.lower(), text)
    return _from_json(spec, text) if kind.number and kind.number.fullmatch(text) else text


def _from_json(spec: FieldSpec, text: str, hint: str = "") -> Any:
    try:
        return decode(text.encode())
    except Problem as problem:
        raise UnreadableCell(f"{spec.name}: {problem.detail} {hint}".rstrip()) from None


def hint_of(spec: FieldSpec, text: str) -> str | None:
    """How to write a cell that was refused; None if its form is not what is wrong."""
    if text == QUOTED_EMPTY and spec.nullable:
        return "Quotes with nothing between them are the empty text; a cell with nothing in it is null."
    if spec.kind.cell is None or text in {"", QUOTED_EMPTY}:
        return None
    shape, sentence = spec.kind.cell
    return None if shape.fullmatch(text) else sentence


def _boolean_text(value: Any) -> str:
    return "true" if value else "false"


def _json_text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def _moment_text(value: Any) -> str:
    return _json_text(value)[1:-1]


_WRITERS: Mapping[type[Any] | None, Callable[[Any], str]] = {bool: _boolean_text, datetime: _moment_text}


def writer_of(kind: FieldKind) -> Callable[[Any], str] | None:
    """The function that makes the text of a cell from a stored value; None if `str` does."""
    return _json_text if kind.has_parts else _WRITERS.get(kind.python)
