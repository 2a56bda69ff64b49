"""How MariaDB keeps the values of each kind: in its own type for it, or as a text or a number that sorts as it does.

Texts are compared by code points, to the last space (`utf8mb4_nopad_bin`). An index takes 3072 bytes, so that a text
that has one is a VARCHAR of as many characters as are declared. Decimals of MariaDB have 65 digits, and all values of
a column as many behind the point: as a text each is kept as it was written. What a type does not say is in a comment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles

from ...model.durations import microseconds_of
from ...model.kinds import STRUCTURED, KindName
from ..columns import booleans, decimals, durations, finite_floats, of_types, parsed, uuids
from ..decimals import encode
from ..dialect import Column, Converter, Reader
from ..errors import InvalidValue
from ..tables import as_double, as_json

MARK = "restwell "
"""What the comment of a column begins with that says of which kind it is."""
EXACT: dict[str, Any] = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
ASCII: dict[str, Any] = {"charset": "ascii", "collation": "ascii_bin"}
"""Of decimals, too: as this collation does not tell spaces at the end, 1.5 and 1.50 are equal."""
MAX_KEY = 700
"""Characters of a text that is a key of Restwell's own tables."""


class _Json(mysql.LONGTEXT):
    """A text that is declared as JSON."""


class _DurationInteger(sa.BigInteger):
    """An integer of microseconds that is declared as a duration."""


class DecimalText(mysql.VARCHAR):
    """A short text that is declared as a decimal."""


class _LongDecimalText(mysql.TEXT):
    """A text that is declared as a decimal."""


@compiles(_Json)
def _declared_json(kind: Any, compiler: Any, **options: Any) -> str:
    return f"{compiler.visit_LONGTEXT(kind, **options)} COMMENT '{MARK}json'"


@compiles(_DurationInteger)
def _declared_duration(kind: Any, compiler: Any, **options: Any) -> str:
    return f"{compiler.visit_BIGINT(kind, **options)} COMMENT '{MARK}duration'"


@compiles(DecimalText)
def _declared_decimal(kind: Any, compiler: Any, **options: Any) -> str:
    return f"{compiler.visit_VARCHAR(kind, **options)} COMMENT '{MARK}decimal'"


@compiles(_LongDecimalText)
def _declared_long_decimal(kind: Any, compiler: Any, **options: Any) -> str:
    return f"{compiler.visit_TEXT(kind, **options)} COMMENT '{MARK}decimal'"


_TEXT = mysql.LONGTEXT(**EXACT)
_JSON = _Json(**EXACT)
KEY_TEXT = mysql.VARCHAR(MAX_KEY, **EXACT)
TYPES: dict[KindName, sa.types.TypeEngine[Any]] = {
    "text": _TEXT,
    "integer": sa.BigInteger(),
    "float": mysql.DOUBLE(),
    "boolean": sa.Boolean(),
    "decimal": _LongDecimalText(**ASCII),
    "date": sa.Date(),
    "datetime": mysql.DATETIME(fsp=6),
    "time": mysql.TIME(fsp=6),
    "duration": _DurationInteger(),
    "uuid": mysql.CHAR(36, **ASCII),  # its own type sorts UUIDs in another order
    "url": _TEXT,
    "choice": _TEXT,
    "integer choice": sa.BigInteger(),
    **dict.fromkeys(STRUCTURED, _JSON),
}
"""Where there is no index."""
_NAMES = {"BIGINT": "BIGINT(20)", "BOOL": "TINYINT(1)"}
"""As MariaDB writes types that SQLAlchemy writes otherwise."""
_NOT_NAMED = re.compile(r" (?:CHARACTER SET|COLLATE) \w+")


def name_of(declared: str) -> str:
    """A type as it is declared, by the name that `schema.COLUMNS` gives it."""
    kind, _, noted = declared.partition(f" COMMENT '{MARK}")
    name = _NOT_NAMED.sub("", kind).upper()
    name = _NAMES.get(name, name)
    return f"{name} ({noted[:-1].upper()})" if noted else name


def _moment_text(value: str) -> str:
    """A moment in UTC as MariaDB reads it."""
    return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")


WRITERS: Mapping[KindName, Converter] = {
    "float": as_double,
    "decimal": encode,
    "datetime": _moment_text,
    "duration": microseconds_of,
    **dict.fromkeys(STRUCTURED, as_json),
}
_DAYS, _MOMENTS, _LENGTHS = of_types(date), of_types(datetime), of_types(timedelta)
_DAY, _MIDNIGHT = timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC)


def _moments(column: Column) -> Column:
    return [each.replace(tzinfo=UTC) for each in _MOMENTS(column)]


def _times(column: Column) -> Column:
    """Times of day, which PyMySQL gives as lengths of time: MariaDB's may be of several days, or negative."""
    if not all(timedelta() <= each < _DAY for each in _LENGTHS(column)):
        raise InvalidValue
    return [(_MIDNIGHT + each).time() for each in column]


READERS: Mapping[KindName, Reader] = {
    "integer": of_types(int),
    "integer choice": of_types(int),
    "float": finite_floats,
    "boolean": booleans,
    "decimal": decimals,
    "date": _DAYS,
    "datetime": _moments,
    "time": _times,
    "duration": durations,
    "uuid": uuids,
    **dict.fromkeys(STRUCTURED, parsed),
}
CHECKED: frozenset[KindName] = frozenset(
    ["integer", "integer choice", "float", "date", "uuid", "choice", "text", "url"]
)
