"""Strict JSON: bytes to Python values that every reader of the same bytes would read alike.

orjson is faster and reads too much: of two members of one name it keeps the last, and large integers it
rounds.
"""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from ..http.limits import MAX_CONTAINERS, MAX_DEPTH, MAX_ITEMS, MAX_MEMBERS, MAX_VALUES
from ..http.problems import ContentTooLarge, MalformedContent
from ..model.written import ExactNumber

MAX_SHORT, LEAST_EXACT = 16, 1e-290
"""A number of at most so many characters, and not smaller, has at most the 15 digits that a double keeps exactly."""
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACES_TO_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'"[]{},')


def decode(body: bytes) -> Any:
    """Read JSON (RFC 8259), more strictly than the standard asks and than Python does.

    Integral numbers such as `304.0` come out as int, as JSON Schema has it, and those that a double cannot hold as
    ExactNumber. Raises MalformedContent for what
    is not JSON, or is read differently by different readers, ContentTooLarge for too many members or items.
    """
    containers = body.count(b"[") + body.count(b"{")
    if containers > MAX_DEPTH and is_too_deep(body):
        raise MalformedContent(f"The content is nested more than {MAX_DEPTH} levels deep: flatten it.")
    if containers > MAX_CONTAINERS or (len(body) > MAX_VALUES and body.count(b",") >= MAX_VALUES):
        _check_number(structure_of(body))
    try:
        value = _DECODER.decode(body.decode())
    except ValueError as error:
        raise MalformedContent(_why_unreadable(body, error)) from None
    if len(body) > 2 * MAX_ITEMS and body.count(b",") >= MAX_ITEMS:
        _check_items(value)
    if b"\\u" in body and _ESCAPED_SURROGATE.search(body):
        _check_surrogates(value)
    return value


def structure_of(text: bytes) -> bytes:
    """The brackets, braces and commas of JSON text, those within strings left out."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Adjacent quotation marks are removed: they enclose nothing, and few others are left to split at.
    text = text.translate(None, _NO_STRUCTURE).replace(b'""', b"")
    return b"".join(text.split(b'"')[::2]) if b'"' in text else text


def _check_number(text: bytes) -> None:
    """Refuse JSON text, strings left out, that would take too much memory."""
    if text.count(b"[") + text.count(b"{") > MAX_CONTAINERS:
        raise ContentTooLarge(f"The content has more than {MAX_CONTAINERS} objects and arrays: send it in parts.")
    if text.count(b",") >= MAX_VALUES:
        raise ContentTooLarge(f"The content has more than {MAX_VALUES} values: send it in parts.")


def is_too_deep(text: bytes) -> bool:
    """Whether JSON text nests deeper than is allowed."""
    return depth_of(text) > MAX_DEPTH


def depth_of(text: bytes) -> int:
    """How deep JSON text nests, up to one level more than is allowed; brackets within strings do not count.

    Each round takes away the innermost pairs, so that there are as many rounds as levels.
    """
    if not (b"[" in text or b"{" in text):
        return 0
    brackets = structure_of(text).translate(_BRACES_TO_BRACKETS, b",")
    for depth in range(MAX_DEPTH + 1):
        if b"[]" not in brackets:
            return MAX_DEPTH + 1 if brackets.count(b"[") + depth > MAX_DEPTH else depth + (b"[" in brackets)
        brackets = brackets.replace(b"[]", b"")
    return MAX_DEPTH + 1


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_MEMBERS:
        raise ContentTooLarge(f"An object has {len(pairs)} members; at most {MAX_MEMBERS} are accepted.")
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in members if names.count(name) > 1)
        raise MalformedContent(f"The member {_quoted(twice)} is there twice in one object: send it once.")
    return members


def _number(text: str) -> int | float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise MalformedContent(f"The number {text[:40]} is beyond the range of a double: send a smaller one.")
    if not (len(text) <= MAX_SHORT and abs(value) > LEAST_EXACT) and Decimal(repr(value)) != _decimal(text):
        return ExactNumber(text)
    if value.is_integer() and abs(value) < 2**53 and (value or text[0] != "-"):
        return int(value)
    return value


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        raise MalformedContent(
            f"The number {text[:40]} has an exponent that is too long: send another one."
        ) from None


def _constant(text: str) -> NoReturn:
    raise MalformedContent(f"{text} is no JSON (RFC 8259, section 6): send a number, or null.")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_float=_number, parse_constant=_constant)


def _quoted(name: str) -> str:
    return json.dumps(name[:100], ensure_ascii=False).encode(errors="replace").decode()


def _why_unreadable(body: bytes, error: ValueError) -> str:
    if not body.strip():
        return "The content is empty: send a JSON value."
    if isinstance(error, json.JSONDecodeError):
        return _why_unencoded(body) or _why_no_json(error)
    if isinstance(error, UnicodeDecodeError):
        return _why_unencoded(body) or f"The content is no UTF-8 at byte {error.start}: send it in UTF-8."
    # From int(), which takes only so many digits.
    return "An integer in the content has thousands of digits: send a smaller one, or send it as text."


def _why_unencoded(body: bytes) -> str | None:
    if body.startswith(codecs.BOM_UTF8):
        return "The content begins with a byte order mark: leave it out (RFC 8259, section 8.1)."
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in body[:4]:
        return "The content is in UTF-16 or UTF-32: send it in UTF-8 (RFC 8259, section 8.1)."
    return None


def _why_no_json(error: json.JSONDecodeError) -> str:
    place = f"line {error.lineno}, column {error.colno}"
    if error.msg == "Extra data":
        return f"Something follows the JSON value, at {place}: send one value and nothing else."
    return f"The content is no JSON at {place}: {error.msg[0].lower()}{error.msg[1:].removesuffix(' at')}."


def _check_items(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            if len(item) > MAX_ITEMS:
                raise ContentTooLarge(f"An array has {len(item)} items; at most {MAX_ITEMS} are accepted.")
            waiting.extend(item)


def _check_surrogates(value: Any) -> None:
    """Refuse half of a surrogate pair: it is not a character, and cannot be stored or sent."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise MalformedContent(f"{half} is half of a surrogate pair: send both halves, or neither.") from None
