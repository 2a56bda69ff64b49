"""Cursors: signed, opaque texts that say where a page begins."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

import orjson

from .plan import NUMBER, VALUES, Order, Position, Row
from .problems import BadCursor, BadParameter
from .resource import Declaration

MAX_CURSOR = 1500
"""Bytes of the values that a cursor holds, so that it fits the URI however it is encoded."""
SIGNATURE = 12


def write_cursor(
    declaration: Declaration, sort: tuple[Order, ...], row: Row, secret: bytes, *, backwards: bool = False
) -> str:
    """The cursor for the page behind this row, or before it: opaque, signed, bound to the resource and the order."""
    names = [spec.name for spec in declaration.fields]
    values = [row[VALUES + names.index(order.field)] for order in sort]
    payload = orjson.dumps([*values, row[NUMBER], backwards], option=orjson.OPT_UTC_Z)
    if len(payload) > MAX_CURSOR:
        raise BadParameter("A page cannot end at a text this long in this order: sort by something shorter.")
    return urlsafe_b64encode(_signature(declaration, sort, payload, secret) + payload).decode().rstrip("=")


def read_cursor(declaration: Declaration, sort: tuple[Order, ...], text: str, secret: bytes) -> Position:
    """The position that a cursor stands for. Raises BadCursor unless it is ours, for this resource and order."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    signature, payload = raw[:SIGNATURE], raw[SIGNATURE:]
    genuine = hmac.compare_digest(signature, _signature(declaration, sort, payload, secret))
    if not genuine or urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise BadCursor("Take `after` from the links of a page in the same order, or start again without it.")
    *values, number, backwards = orjson.loads(payload)
    return Position(tuple(values), number, backwards)


def _signature(declaration: Declaration, sort: tuple[Order, ...], payload: bytes, secret: bytes) -> bytes:
    order = ",".join(("-" if key.descending else "") + key.field for key in sort)
    context = f"cursor\n{declaration.path}\n{order}\n".encode()
    return blake2b(context + payload, key=secret, digest_size=SIGNATURE).digest()
