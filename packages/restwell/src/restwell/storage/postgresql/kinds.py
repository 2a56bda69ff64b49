"""How PostgreSQL keeps the values of each kind: in its own type for it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ...model.durations import duration_of
from ...model.kinds import STRUCTURED, KindName
from ..columns import finite_floats
from ..dialect import Column, Converter, Reader
from ..errors import InvalidValue
from ..tables import as_double, as_json

_TEXT = sa.Text(collation="C")
_JSON = sa.JSON()
TYPES: dict[KindName, sa.types.TypeEngine[Any]] = {
    "text": _TEXT,
    "integer": sa.BigInteger(),
    "float": sa.Double(),
    "boolean": sa.Boolean(),
    "decimal": sa.Numeric(asdecimal=True),
    "date": sa.Date(),
    "datetime": postgresql.TIMESTAMP(timezone=True),
    "time": sa.Time(),
    "duration": sa.Interval(),
    "uuid": postgresql.UUID(as_uuid=True),
    "url": _TEXT,
    "choice": _TEXT,
    "integer choice": sa.BigInteger(),
    **dict.fromkeys(STRUCTURED, _JSON),
}
_NUMBER = re.compile(r"[0-9.]+")


class Single(sa.types.TypeDecorator[float]):
    """The type of a column of single precision, as which values are compared with it: as double, 1.1 differs."""

    impl = sa.REAL
    cache_ok = True

    def bind_expression(self, bindvalue: sa.BindParameter[Any]) -> Any:
        """The value with the precision of the column."""
        return sa.cast(bindvalue, sa.REAL())


def interval_of(duration: str) -> str:
    """A duration as PostgreSQL reads an interval of ISO 8601: a sign stands before each number."""
    return _NUMBER.sub(r"-\g<0>", duration[1:]) if duration[0] == "-" else duration


WRITERS: dict[KindName, Converter] = {
    "float": as_double,
    "duration": interval_of,
    **dict.fromkeys(STRUCTURED, as_json),
}


def _numerics(column: Column) -> Column:
    texts = [format(value, "f") if isinstance(value, Decimal) else value for value in column]
    if not all(value.is_finite() for value in column if isinstance(value, Decimal)):
        raise InvalidValue
    return texts


READERS: dict[KindName, Reader] = {"float": finite_floats, "decimal": _numerics}
"""PostgreSQL itself sees to the rest."""


def _durations(column: Column) -> Column:
    """What a lent connection gives, too: there psycopg reads intervals as it does by default."""
    return [
        duration_of(value // timedelta(microseconds=1)) if isinstance(value, timedelta) else value for value in column
    ]


RETURNED: dict[KindName, Reader] = {"duration": _durations}
"""For rows that a change returns."""
CHECKED: frozenset[KindName] = frozenset(["float", "choice", "text", "url"])
