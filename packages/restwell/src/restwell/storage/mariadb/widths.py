"""How long the texts of indexed columns may be: an index of InnoDB takes MAX_BYTES, and a VARCHAR has a length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ...http.limits import IDENTITY_LENGTH
from ...model.fields import FieldSpec
from ...model.resource import Declaration
from ...surface.schema import LOCAL, shape_schema, without_null
from ..tables import indexes_of
from .kinds import ASCII, EXACT, TYPES, DecimalText

MAX_BYTES = 3072
"""Bytes of all columns of an index together, on pages of 16 KiB, which are the usual ones."""
MAX_DECIMAL = 700
"""Characters of an indexed decimal: those of 1e308 and 1e-308, and 80 digits more."""
MAX_CHARACTER = 4
"""Bytes of a character in utf8mb4."""
NUMBER = 8
"""Bytes of a number, of a moment or of a duration, and no fewer than those of what is shorter."""


def type_of(declaration: Declaration, spec: FieldSpec) -> sa.types.TypeEngine[Any]:
    """The type of a member's column: that of its kind, or one that an index takes."""
    usual = TYPES[spec.kind.name]
    if not any(spec.name in names for names in indexes_of(declaration)):
        return usual
    if isinstance(usual, mysql.LONGTEXT):
        return mysql.VARCHAR(_characters(declaration, spec), **EXACT)
    return DecimalText(MAX_DECIMAL, **ASCII) if isinstance(usual, mysql.TEXT) else usual


def _characters(declaration: Declaration, spec: FieldSpec) -> int:
    """How many characters a text has at most."""
    if spec.choices:
        return max(map(len, map(str, spec.choices)))
    if spec.marks.identity:
        return IDENTITY_LENGTH
    properties = shape_schema(declaration.shape, LOCAL)["properties"]
    return int(without_null(properties.get(spec.name, {})).get("maxLength", IDENTITY_LENGTH))


def _bytes(declaration: Declaration, name: str) -> int:
    """The bytes that a member's values take in an index at most."""
    [spec] = [spec for spec in declaration.fields if spec.name == name]
    kind = type_of(declaration, spec)
    if not isinstance(kind, sa.String):
        return NUMBER
    return int(kind.length or 0) * (MAX_CHARACTER if getattr(kind, "charset", "") == EXACT["charset"] else 1)


def unfit(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """What cannot be kept, each with what to do: texts that are too long for an index."""
    for names in indexes_of(declaration):
        taken = sum(_bytes(declaration, name) for name in names) + NUMBER
        if taken > MAX_BYTES:
            room = (MAX_BYTES - NUMBER) // MAX_CHARACTER
            one = len(names) == 1
            yield (
                declaration.specs[names[0]].attribute,
                (
                    f"is indexed{'' if one else f' together with {_and(names[1:])}'}, and MariaDB's index takes "
                    f"{MAX_BYTES} bytes, of four to a character: give {'it' if one else 'them'} "
                    f"{'a max_length of' if one else 'max_lengths that together come to'} {room} or less."
                ),
            )


def _and(names: tuple[str, ...]) -> str:
    return " and ".join(names)
