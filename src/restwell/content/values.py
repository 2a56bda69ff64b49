"""Content against a declaration: a value for every field, or every mistake at once, each at its pointer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import orjson
from pydantic import BaseModel, ValidationError

from ..fields import IDENTITY_LENGTH, MAX_INTEGER, MAX_SEGMENT, MAX_TEXT, FieldSpec
from ..problems import FieldError, InvalidContent
from ..resource import Declaration
from .decoding import STRING
from .mistakes import below, mistakes_of

MAX_EXPONENT = 308
"""The power of ten that a decimal may reach, as a double: `1e999999` is short to send, long to write out."""

_NUL = "null_character"
_OWN_LIMIT = {"text": "string_too_long", "float": "integer_range", "decimal": "integer_range"}
_MOMENTS = frozenset(["datetime", "list", "object"])


def to_values(
    declaration: Declaration,
    data: Any,
    *,
    identity: str | None = None,
    current: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A value for every field, in the order of the declaration and in JSON form, moments in UTC with `Z`.

    `identity` is the one in the URI, which the content may repeat but not contradict. `current` are the
    values stored now, of which the read-only ones stay. Raises InvalidContent with everything that is wrong.
    """
    if not isinstance(data, dict):
        raise InvalidContent(errors=(FieldError("", "Must be a JSON object.", "model_type"),))
    content = _completed(declaration, data, identity, current or {})
    text, is_plain = _to_json(content)
    values, errors = _validated(declaration, content, text)
    errors = _merged(errors, _misfits(declaration, content))
    if not is_plain:
        errors = _merged(errors, _excesses(declaration, content if values is None else values))
    errors += _read_only_errors(declaration, data, current or {})
    errors = _merged(errors, _identity_errors(declaration, content if values is None else values, identity))
    if errors or values is None:
        raise InvalidContent(errors=tuple(dict.fromkeys(errors)))
    return values


def _completed(
    declaration: Declaration, data: dict[str, Any], identity: str | None, current: Mapping[str, Any]
) -> dict[str, Any]:
    """The content with the identity from the URI and the current values of read-only fields."""
    content = dict(data)
    spec = declaration.identity
    if identity is not None and spec.name not in content:
        content[spec.name] = int(identity) if spec.kind == "integer" else identity
    for spec in declaration.fields:
        if spec.marks.read_only:
            content.pop(spec.name, None)
            if spec.name in current:
                content[spec.name] = current[spec.name]
    return content


def _to_json(content: dict[str, Any]) -> tuple[bytes, bool]:
    """The content as JSON, and whether nothing in it can be beyond the limits on integers and text."""
    try:
        text = orjson.dumps(content, option=orjson.OPT_STRICT_INTEGER)
    except orjson.JSONEncodeError:  # an integer of more than 53 bits; with more than 64 it always fails
        return json.dumps(content).encode(), False
    return text, b"\\u0000" not in text and not (len(text) > MAX_TEXT and _has_long_text(text))


def _has_long_text(text: bytes) -> bool:
    return any(len(found) > MAX_TEXT for found in STRING.findall(text))


def _validated(
    declaration: Declaration, content: dict[str, Any], text: bytes
) -> tuple[dict[str, Any] | None, list[FieldError]]:
    try:
        # Strictness is said here too, because a nested model does not inherit the configuration of Resource.
        model = declaration.content.__pydantic_validator__.validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        return None, mistakes_of(error, content)
    for spec in declaration.fields:
        if spec.kind in _MOMENTS:
            model.__dict__[spec.name] = _in_utc(getattr(model, spec.name))  # also where a model is frozen
    plain = model.__pydantic_serializer__.to_python(model, mode="json")
    for spec in declaration.fields:
        if spec.kind == "decimal" and plain[spec.name] is not None:
            plain[spec.name] = format(Decimal(plain[spec.name]), "f")  # xsd:decimal has no exponent
    return {spec.name: plain[spec.name] for spec in declaration.fields}, []


def _in_utc(value: Any) -> Any:
    """The value with every moment in it in UTC, but those of which the year has no four digits there."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC) if _exists_in_utc(value) else value
    if isinstance(value, list):
        return [_in_utc(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _in_utc(member) for name, member in value})
    return value


def _exists_in_utc(moment: datetime) -> bool:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def _merged(errors: list[FieldError], more: Iterable[FieldError]) -> list[FieldError]:
    """Both, but one opinion at a pointer: the first, unless a NUL explains it better than a pattern does."""
    more = list(more)
    hidden = {error.pointer for error in more if error.code == _NUL}
    first = [error for error in errors if error.pointer not in hidden]
    known = {error.pointer for error in first}
    return first + [error for error in more if error.pointer not in known]


def _misfits(declaration: Declaration, content: Mapping[str, Any]) -> Iterator[FieldError]:
    """What pydantic takes for a decimal, a date or a moment, and we do not."""
    for spec in declaration.fields:
        if spec.kind in {"decimal", "date", "datetime"} and spec.name in content:
            found = _misfit(spec, content[spec.name])
            if found is not None:
                yield FieldError(f"/{spec.name}", *found)


def _misfit(spec: FieldSpec, given: Any) -> tuple[str, str] | None:
    if spec.kind != "decimal" and isinstance(given, str) and _is_number(given):
        return "Must be written out, not as seconds since 1970.", f"{spec.kind}_parsing"
    try:
        value = spec.reader.validate_python(given)
    except ValidationError:
        return None
    if isinstance(value, Decimal) and abs(value.adjusted()) > MAX_EXPONENT:
        return f"Must be zero, or between 1e-{MAX_EXPONENT} and 1e{MAX_EXPONENT}.", "decimal_range"
    if isinstance(value, datetime) and not _exists_in_utc(value):
        return "Must be within the years 1 to 9999 in UTC.", "datetime_range"
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _excesses(declaration: Declaration, content: Mapping[str, Any]) -> Iterator[FieldError]:
    """Integers, texts and characters beyond the limits, at any depth; a text field has its own length."""
    for name, value in content.items():
        spec = declaration.field(name)
        allowed = _OWN_LIMIT.get(spec.kind) if spec else None
        yield from (error for error in _excess(below("", name), value) if error.code != allowed)


def _excess(pointer: str, value: Any) -> Iterator[FieldError]:
    if isinstance(value, str):
        yield from _text_excess(pointer, value)
    elif isinstance(value, int) and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
        yield FieldError(pointer, f"Must be between {-MAX_INTEGER - 1} and {MAX_INTEGER}.", "integer_range")
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _text_excess(below(pointer, name), name)
            yield from _excess(below(pointer, name), member)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _excess(below(pointer, number), item)


def _text_excess(pointer: str, text: str) -> Iterator[FieldError]:
    if "\0" in text:
        yield FieldError(pointer, "Must not contain the character U+0000.", _NUL)
    if len(text) > MAX_TEXT:
        yield FieldError(pointer, f"Must have at most {MAX_TEXT} characters.", "string_too_long")


def _read_only_errors(
    declaration: Declaration, data: Mapping[str, Any], current: Mapping[str, Any]
) -> list[FieldError]:
    named = [spec.name for spec in declaration.fields if spec.marks.read_only and spec.name in data]
    changed = [name for name in named if not (name in current and is_same(data[name], current[name]))]
    return [FieldError(f"/{name}", "Is read-only: leave it out.", "read_only") for name in changed]


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal in JSON (RFC 6902, section 4.6): 1 is 1.0, and neither is true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def _identity_errors(declaration: Declaration, content: Mapping[str, Any], identity: str | None) -> list[FieldError]:
    spec = declaration.identity
    text = _text_of(spec, content.get(spec.name))
    if text is not None and (text in {"", ".", ".."} or "/" in text):
        # Whatever pattern is declared: clients resolve dots away, and servers decode %2F before we see it.
        return [FieldError(f"/{spec.name}", "Must not be empty, '.' or '..', nor contain '/'.", "identity_unsafe")]
    if text is not None and len(text) > IDENTITY_LENGTH and len(quote(text, safe="")) > MAX_SEGMENT:
        detail = f"Must take at most {MAX_SEGMENT} bytes in a URI, percent-encoded."
        return [FieldError(f"/{spec.name}", detail, "identity_too_long")]
    if identity is None or text in {identity, None}:
        return []
    return [FieldError(f"/{spec.name}", "Must be the one in the URI, or left out.", "identity_mismatch")]


def _text_of(spec: FieldSpec, given: Any) -> str | None:
    """An identity as it stands in a URI; None for what is none, which is another mistake."""
    try:
        return str(spec.reader.validate_python(given))
    except ValidationError:
        return None
