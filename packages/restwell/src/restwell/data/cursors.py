"""Cursors: sealed texts that say where a page begins, of a bounded length.

Only the holder of the secret reads a cursor, or makes one: it is encrypted and authenticated, as SIV does it
(RFC 5297), with keyed BLAKE2b (RFC 7693) for both parts. The seal is a digest of the context and of the payload, and
the payload is combined with a stream that is made of the seal. So equal pages have equal bytes and entity tags, and a
cursor is good for the resource, the order and the condition that it was given out for, and for no others.

A cursor holds the sort values of a row and its number, and so stays right whatever becomes of the row. Values that
are too long for that are cut, and the cursor names the row and some that came right before it by number and digest:
the first of them that is as it was gives the exact values, and what comes behind it is the page, whichever it is.
Should none of them be as it was, the page begins at the cut values: rows that begin alike may be shown once more,
and none is left out.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from hashlib import blake2b
from typing import Any

import orjson

from ..http.keeping import kept
from ..http.limits import MAX_CURSOR, MAX_TEXT
from ..http.problems import BadCursor
from ..model.kinds import FieldKind
from ..model.resource import Declaration
from .conditions import TRUE, Condition
from .layout import layout_of
from .outcomes import Row
from .query import Anchor, Order, Position

SEAL = 12
"""Bytes: 96 bits, which no client guesses, and which two payloads share once in 2^48."""
BLOCK = 64
"""Bytes of the stream that one digest gives."""
MAX_EXACT = 256
"""Bytes of JSON up to which a cursor holds the values themselves."""
MAX_VALUE = 48
"""Bytes of JSON that a value is cut to."""
MAX_PAYLOAD = MAX_CURSOR * 3 // 4 - SEAL
"""Bytes of JSON that a cursor holds at most: four values that were cut, the anchors, and what is around them."""
ANCHORS = 3
_DIGITS = 24
"""Digits that a decimal is rounded to."""
_LAST = chr(0x10FFFF)
FURTHEST: list[Any] = []
"""Stands in a cursor for the last text of all, which is too long for it."""


def write_cursor(
    declaration: Declaration,
    sort: tuple[Order, ...],
    row: Row,
    secret: bytes,
    *,
    condition: Condition = TRUE,
    backwards: bool = False,
    others: Sequence[Row] = (),
    behind: Position | None = None,
) -> str:
    """The cursor for the page behind this row, or before it, of the rows that meet this condition, in this order.

    `others` are the rows that come before this one on the way, the nearest first; `behind` is where they begin.
    """
    number_of = layout_of(declaration).number
    payload = _dump([*sort_values(declaration, sort, row), number_of(row), backwards])
    if len(payload) > MAX_EXACT:
        anchors = [
            _anchor(sort_values(declaration, sort, each), number_of(each)) for each in (row, *others[:ANCHORS])
        ]
        if behind is not None and behind.backwards == backwards:
            anchors += behind.anchors or [_anchor(behind.values, behind.number)]
        values = _cut(declaration, sort, sort_values(declaration, sort, row), backwards=backwards)
        payload = _dump({"v": values, "a": [list(anchor) for anchor in anchors[:ANCHORS]], "b": backwards})
    seal = _seal(declaration, sort, condition, payload, secret)
    return urlsafe_b64encode(seal + _streamed(payload, seal, secret)).decode().rstrip("=")


def read_cursor(
    declaration: Declaration, sort: tuple[Order, ...], text: str, secret: bytes, *, condition: Condition = TRUE
) -> Position:
    """The position that a cursor stands for.

    Raises BadCursor unless it was given out for this resource, in this order and with this condition.
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    seal = raw[:SEAL]
    payload = _streamed(raw[SEAL : SEAL + MAX_PAYLOAD], seal, secret)
    genuine = hmac.compare_digest(seal, _seal(declaration, sort, condition, payload, secret))
    if not genuine or urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise BadCursor(
            "Take `after` from the links of a page with the same filters in the same order, or begin without it."
        )
    data = orjson.loads(payload)
    if isinstance(data, dict):
        anchors = tuple(Anchor(*each) for each in data["a"])
        values = tuple(_LAST * MAX_TEXT if value == FURTHEST else value for value in data["v"])
        return Position(values, anchors[0].number, data["b"], anchors)
    *values, number, backwards = data
    return Position(tuple(values), number, backwards)


def exact(declaration: Declaration, sort: tuple[Order, ...], position: Position, found: Iterable[Row]) -> Position:
    """A position with exact values, out of the rows found that its anchors name, or as near as can be said."""
    number_of = layout_of(declaration).number
    rows = {number_of(row): row for row in found}
    for anchor in position.anchors:
        if anchor.number in rows:
            values = orjson.loads(_dump(sort_values(declaration, sort, rows[anchor.number])))
            if _anchor(values, anchor.number) == anchor:
                return Position(tuple(values), anchor.number, position.backwards)
    return position._replace(anchors=())


def sort_values(declaration: Declaration, sort: tuple[Order, ...], row: Row) -> list[Any]:
    """The values of a row in the fields that it is sorted by."""
    layout = layout_of(declaration)
    return [layout.value(row, order.field) for order in sort]


def successor(prefix: str) -> str | None:
    """The first text behind all that begin with the prefix, by code points; None when there is none."""
    for end in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[end]) + 1
        if code <= 0x10FFFF:
            return prefix[:end] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
    return None


def _dump(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def _anchor(values: Sequence[Any], number: int) -> Anchor:
    digest = blake2b(_dump(list(values)), digest_size=8).digest()
    return Anchor(number, urlsafe_b64encode(digest).decode().rstrip("="))


def _cut(declaration: Declaration, sort: tuple[Order, ...], values: list[Any], *, backwards: bool) -> list[Any]:
    """The values, and for each that is long a short one that comes somewhat before it on the way."""
    kinds = {spec.name: spec.kind for spec in declaration.fields}
    return [
        value
        if len(_dump(value)) <= MAX_VALUE
        else _near(kinds[order.field], value, rising=order.descending == backwards)
        for order, value in zip(sort, values, strict=True)
    ]


def _near(kind: FieldKind, value: str, *, rising: bool) -> Any:
    """A short value before a long one: of a text its beginning, of a decimal the next one of fewer digits."""
    if kind.python is Decimal:
        rounding = ROUND_FLOOR if rising else ROUND_CEILING
        return str(Context(prec=_DIGITS, rounding=rounding).create_decimal(value))
    prefix = value[:MAX_VALUE]
    while len(_dump(prefix)) > MAX_VALUE:
        prefix = prefix[:-1]
    return prefix if rising else successor(prefix) or FURTHEST


def _seal(
    declaration: Declaration, sort: tuple[Order, ...], condition: Condition, payload: bytes, secret: bytes
) -> bytes:
    """What a cursor is known by: a digest of what it says, and of what it says it of."""
    # By its text, since equal values may be of different types, as 1 and True are.
    digest = _sealing(declaration.path, sort, "" if condition is TRUE else repr(condition), secret).copy()
    digest.update(payload)
    return digest.digest()


@kept(64 * 1024)
def _sealing(path: str, sort: tuple[Order, ...], condition: str, secret: bytes) -> blake2b:
    """The digest of what cursors say their rows of, to go on from."""
    said_of = f"{path}\n{[tuple(key) for key in sort]}\n{condition}\n"
    return blake2b(said_of.encode(), key=secret, digest_size=SEAL, person=b"cursor seal")


@kept(16 * 1024)
def _streaming(secret: bytes) -> blake2b:
    return blake2b(key=secret, digest_size=BLOCK, person=b"cursor stream")


def _streamed(data: bytes, seal: bytes, secret: bytes) -> bytes:
    """A payload in the stream that a seal begins, or out of it."""
    begun = _streaming(secret)
    size, stream, number = len(data), b"", 0
    while len(stream) < size:
        block = begun.copy()
        block.update(seal + number.to_bytes())
        stream += block.digest()
        number += 1
    return (int.from_bytes(data) ^ int.from_bytes(stream[:size])).to_bytes(size)
