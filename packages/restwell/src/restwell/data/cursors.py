"""Cursors: encrypted texts of bounded length that say where a page begins.

Only a holder of the secret can read or make a cursor: it is encrypted and authenticated in the manner of SIV
(RFC 5297), with keyed BLAKE2b (RFC 7693) for both parts. The seal is a digest of the context and the payload; the
payload is XORed with a key stream that is derived from the seal. So equal pages have equal bytes and entity tags, and
a cursor is valid only for the resource, the order and the condition that it was issued for.

A cursor holds the sort values and the key of a row, so that it stays valid whatever happens to the row. Values
that are too long are truncated; the cursor then has *anchors*, the keys and digests of the row and of some rows
directly before it. The first anchor whose row is unchanged gives the exact values, and the page begins after it. If
all of them have changed, the page begins at the truncated values: rows with equal beginnings may be repeated, and
none is skipped.

How long a cursor is tells nothing of what its holder may not see: the numbers of rows, which tell how many there are,
take the same room up to 10^NUMBER, and cursors of rows that may be hidden are as long as one can be.
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
from ..http.limits import LONG_CURSOR, MAX_CURSOR, MAX_TEXT
from ..http.problems import BadCursor
from ..model.conditions import TRUE, Condition
from ..model.kinds import FieldKind
from ..model.resource import Declaration
from .layout import Layout
from .outcomes import Row
from .query import Anchor, Order, Position

SEAL = 12
"""Bytes: 96 bits cannot be guessed, and a collision is expected only after 2^48 payloads."""
BLOCK = 64
"""Bytes of key stream that one digest gives."""
MAX_EXACT = 256
"""Bytes of JSON up to which a cursor holds the exact values."""
MAX_VALUE = 48
"""Bytes of JSON that a longer value is truncated to."""
ANCHORS = 3
NUMBER = 12
"""Characters that the number of a row takes at least."""
_DIGITS = 24
"""Significant digits that a long decimal is rounded to."""
_LAST = chr(0x10FFFF)
FURTHEST: list[Any] = []
"""Stands in a cursor for the last of all texts, which is too long for it."""


def write_cursor(
    declaration: Declaration,
    sort: tuple[Order, ...],
    row: Row,
    secret: bytes,
    *,
    condition: Condition = TRUE,
    backwards: bool = False,
    others: Sequence[Row] | None = (),
    behind: Position | None = None,
) -> str:
    """The cursor for the page after this row, or before it if `backwards`, of the rows that meet the condition.

    `others` are the rows of this page that precede the row in the direction of reading, the nearest first; None where
    the row is on no page, as it may be hidden. `behind` is the position where this page begins.
    """
    key_of, most = declaration.compiled[Layout].key, _max_payload(declaration)
    payload = _dump([*sort_values(declaration, sort, row), key_of(row), backwards])
    length = len(payload) + _missing(declaration, key_of(row))
    if length > (MAX_EXACT if sort else most):
        anchors = [
            _anchor(sort_values(declaration, sort, each), key_of(each)) for each in (row, *(others or ())[:ANCHORS])
        ]
        if behind is not None and behind.backwards == backwards:
            anchors += behind.anchors or [_anchor(behind.values, behind.key)]
        values = _cut(declaration, sort, sort_values(declaration, sort, row), backwards=backwards)
        payload, length = _with_anchors(declaration, values, anchors[:ANCHORS], backwards=backwards)
    payload = payload.ljust(most if others is None else length)
    seal = _seal(declaration, sort, condition, payload, secret)
    return urlsafe_b64encode(seal + _streamed(payload, seal, secret)).decode().rstrip("=")


def max_cursor(declaration: Declaration) -> int:
    """How many characters a cursor of a resource has at most: it holds the key of a row, which may be long."""
    return LONG_CURSOR if declaration.has_deep_identities else MAX_CURSOR


def _max_payload(declaration: Declaration) -> int:
    """Bytes of JSON that a cursor holds at most: four truncated values, the anchors, and what surrounds them."""
    return max_cursor(declaration) * 3 // 4 - SEAL


def _missing(declaration: Declaration, key: Any) -> int:
    """How many characters less than NUMBER the key of a row takes, where it is a number that nobody is shown."""
    return max(0, NUMBER - len(str(key))) if declaration.source is None else 0


def _with_anchors(
    declaration: Declaration, values: list[Any], anchors: Sequence[Anchor], *, backwards: bool
) -> tuple[bytes, int]:
    """A payload with values that were cut, and as many of the anchors as there is room for; and how long it is to be.

    Keys may be long.
    """
    payload = _dump({"v": values, "a": [list(anchor) for anchor in anchors], "b": backwards})
    length = len(payload) + sum(_missing(declaration, each.key) for each in anchors)
    if length <= _max_payload(declaration) or len(anchors) == 1:
        return payload, min(length, _max_payload(declaration))
    return _with_anchors(declaration, values, anchors[:-1], backwards=backwards)


def read_cursor(
    declaration: Declaration, sort: tuple[Order, ...], text: str, secret: bytes, *, condition: Condition = TRUE
) -> Position:
    """The position that a cursor stands for.

    Raises BadCursor unless it was issued for this resource, this order and this condition.
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    seal = raw[:SEAL]
    payload = _streamed(raw[SEAL : SEAL + _max_payload(declaration)], seal, secret)
    genuine = hmac.compare_digest(seal, _seal(declaration, sort, condition, payload, secret))
    if not genuine or urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise BadCursor(
            "Take `after` from the links of a page with the same filters in the same order, or begin without it."
        )
    data = orjson.loads(payload)
    if isinstance(data, dict):
        anchors = tuple(Anchor(_key(key), digest) for key, digest in data["a"])
        values = tuple(_LAST * MAX_TEXT if value == FURTHEST else value for value in data["v"])
        return Position(values, anchors[0].key, data["b"], anchors)
    *values, key, backwards = data
    return Position(tuple(values), _key(key), backwards)


def exact(declaration: Declaration, sort: tuple[Order, ...], position: Position, found: Iterable[Row]) -> Position:
    """The position with the exact values of the first unchanged anchor among the rows found, or as it is."""
    key_of = declaration.compiled[Layout].key
    rows = {_as_kept(key_of(row)): row for row in found}
    for anchor in position.anchors:
        if anchor.key in rows:
            values = orjson.loads(_dump(sort_values(declaration, sort, rows[anchor.key])))
            if _anchor(values, anchor.key) == anchor:
                return Position(tuple(values), anchor.key, position.backwards)
    return position._replace(anchors=())


def position_at(declaration: Declaration, sort: tuple[Order, ...], row: Row, *, backwards: bool = False) -> Position:
    """The position behind a row, or before it."""
    values = orjson.loads(_dump(sort_values(declaration, sort, row)))
    return Position(tuple(values), _as_kept(declaration.compiled[Layout].key(row)), backwards)


def sort_values(declaration: Declaration, sort: tuple[Order, ...], row: Row) -> list[Any]:
    """The values of a row in the fields of an order."""
    layout = declaration.compiled[Layout]
    return [layout.value(row, order.field) for order in sort]


def successor(prefix: str) -> str | None:
    """The first text after all that begin with the prefix, by code points; None if there is none."""
    for end in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[end]) + 1
        if code <= 0x10FFFF:
            return prefix[:end] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
    return None


def _as_kept(key: Any) -> Any:
    """The key of a row as it stands in a cursor."""
    return _key(orjson.loads(_dump(key)))


def _key(key: Any) -> Any:
    """The key of a row as its layout gives it: that of several fields is a tuple, and a list in JSON."""
    return tuple(key) if isinstance(key, list) else key


def _dump(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def _anchor(values: Sequence[Any], key: Any) -> Anchor:
    digest = blake2b(_dump(list(values)), digest_size=8).digest()
    return Anchor(key, urlsafe_b64encode(digest).decode().rstrip("="))


def _cut(declaration: Declaration, sort: tuple[Order, ...], values: list[Any], *, backwards: bool) -> list[Any]:
    """The values, each long one replaced by a short one that comes slightly earlier in the direction of reading."""
    kinds = {spec.name: spec.kind for spec in declaration.fields}
    return [
        value
        if len(_dump(value)) <= MAX_VALUE
        else _near(kinds[order.field], value, rising=order.descending == backwards)
        for order, value in zip(sort, values, strict=True)
    ]


def _near(kind: FieldKind, value: str, *, rising: bool) -> Any:
    """A short value near a long one: the beginning of a text, or a decimal of fewer digits."""
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
    """The keyed digest of a payload and its context: the resource, the order and the condition."""
    # By its text, since equal values may have different types, as 1 and True do.
    digest = _sealing(declaration.path, sort, "" if condition is TRUE else repr(condition), secret).copy()
    digest.update(payload)
    return digest.digest()


@kept(64 * 1024)
def _sealing(path: str, sort: tuple[Order, ...], condition: str, secret: bytes) -> blake2b:
    """The digest of a context, to be continued with a payload."""
    context = f"{path}\n{[tuple(key) for key in sort]}\n{condition}\n"
    return blake2b(context.encode(), key=secret, digest_size=SEAL, person=b"cursor seal")


@kept(16 * 1024)
def _streaming(secret: bytes) -> blake2b:
    return blake2b(key=secret, digest_size=BLOCK, person=b"cursor stream")


def _streamed(data: bytes, seal: bytes, secret: bytes) -> bytes:
    """Data XORed with the key stream of a seal: encrypts a payload, and decrypts it."""
    begun = _streaming(secret)
    size, stream, number = len(data), b"", 0
    while len(stream) < size:
        block = begun.copy()
        block.update(seal + number.to_bytes())
        stream += block.digest()
        number += 1
    return (int.from_bytes(data) ^ int.from_bytes(stream[:size])).to_bytes(size)
