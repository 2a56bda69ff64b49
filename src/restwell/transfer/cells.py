"""The cells of csv: from a text to the value that stands in JSON, and from a stored value to its text.

A text that is no number where one is wanted stays a text, and validation says so. A cell that is empty is a
member that is missing: null where it has to be there and may be null, and a text where that has to be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from ..content import decode
from ..fields import FieldSpec, Kind, holds_integers

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""RFC 8259, section 6: no zeros in front that would be lost, no +, no other digits."""
_NUMBERS: frozenset[Kind] = frozenset(["integer", "float"])
_JSON: frozenset[Kind] = frozenset(["list", "object", "json"])
_BOOLEANS = {"true": True, "false": False}


def members_of(specs: Sequence[FieldSpec], cells: Sequence[str]) -> dict[str, Any]:
    """A row as the JSON object that it stands for. Raises Problem for a cell that should hold JSON and does not."""
    members: dict[str, Any] = {}
    for spec, text in zip(specs, cells, strict=True):
        if text:
            members[spec.name] = value_of(spec, text)
        elif spec.required and spec.nullable:
            members[spec.name] = None
        elif spec.required and spec.kind == "text":
            members[spec.name] = ""
    return members


def value_of(spec: FieldSpec, text: str) -> Any:
    """The value that the text of a cell stands for. Raises Problem as `decode` does."""
    is_number = spec.kind in _NUMBERS or (spec.kind == "choice" and holds_integers(spec.annotation))
    if spec.kind in _JSON or (is_number and NUMBER.fullmatch(text)):
        return decode(text.encode())
    if spec.kind == "boolean":
        return _BOOLEANS.get(text.lower(), text)
    return text


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
