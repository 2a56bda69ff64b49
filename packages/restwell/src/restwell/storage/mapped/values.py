"""Values of a column, both ways: what a database gives -> what orjson writes, and back to parameters.

SQLAlchemy's own processors stand next to the database, so that types of others, decorators among them, do here what
they do in the application. Behind them values are those of Python, and the kind of the member says what JSON has.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ...model.durations import duration_of, microseconds_of
from ...model.fields import FieldSpec, kind_of
from ...model.hints import bare
from ...model.kinds import KindName
from ..dialect import Column, Converter, Reader
from ..errors import InvalidValue
from .types import hint_of

NUMERIC, DOUBLE = 1700, 701
"""The types by which PostgreSQL says that a number is exact, or is not: SQLAlchemy asks for them."""
Processor = Callable[[Any], Any] | None


def _is(*types: type) -> Converter:
    allowed = frozenset(types)

    def check(value: Any) -> Any:
        if type(value) not in allowed:
            raise InvalidValue
        return value

    return check


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValue
    return value


def _float(value: Any) -> float:
    if isinstance(value, (float, int, Decimal)) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    raise InvalidValue


def _decimal(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = Decimal(str(value))
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvalidValue
    return format(value, "f")


def _moment(value: Any) -> datetime:
    """One without an offset is taken as UTC."""
    if not isinstance(value, datetime):
        raise InvalidValue
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _date(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidValue
    return value


def _time(value: Any) -> time:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise InvalidValue
    return value


def _duration(value: Any) -> str:
    if isinstance(value, timedelta):
        return duration_of(value // timedelta(microseconds=1))
    return _text(value)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(_text(value))


def _choice(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


TO_JSON: dict[KindName, Converter] = {
    "text": _text,
    "url": _text,
    "integer": _is(int),
    "float": _float,
    "boolean": _is(bool),
    "decimal": _decimal,
    "date": _date,
    "datetime": _moment,
    "time": _time,
    "duration": _duration,
    "uuid": _uuid,
    "choice": _choice,
    "integer choice": _choice,
}
"""A value of Python as orjson writes it. Raises InvalidValue or another error of a value for one of another kind."""
TO_PYTHON: dict[KindName, Converter] = {
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "duration": lambda text: timedelta(microseconds=microseconds_of(text) or 0),
    "uuid": UUID,
}
"""A value as it stands in JSON as one of Python, for the kinds where they differ."""
PLAIN: dict[KindName, Converter] = {
    "datetime": lambda text: datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None),
    "uuid": str,
}
"""The same for columns whose values are plainer: moments without an offset, which are in UTC, and UUIDs as texts."""


def reader_of(spec: FieldSpec, kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Reader:
    """The reader of a column. It raises InvalidValue for a value that is not of the member's kind."""
    processor = processor_of(kind, dialect)
    convert = TO_JSON.get(spec.kind.name)

    def read(column: Column) -> Column:
        found: list[Any] = []
        for value in column:
            given = value if processor is None else processor(value)
            if given is None:
                if not spec.nullable:
                    raise InvalidValue
                found.append(None)
            else:
                found.append(given if convert is None else convert(given))
        return found

    return read


def processor_of(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Processor:
    """What SQLAlchemy makes of the values of a column."""
    code = None
    if isinstance(kind, (sa.Numeric, sa.Float)):
        code = DOUBLE if isinstance(kind, sa.Float) else NUMERIC
    # SQLAlchemy's own way to it, which statements of its Core use
    return kind._cached_result_processor(dialect, code)  # noqa: SLF001 - as SQLAlchemy's own Core


def is_read_as(kind: sa.types.TypeEngine[Any], values: Sequence[Any], dialect: sa.Dialect) -> bool:
    """Whether these values of a column are read as what its type says, and none of them becomes another."""
    try:
        name = kind_of(bare(hint_of(kind))).name
    except TypeError:  # of bytes and the like: whoever asks for the member's type is told
        return True
    if name == "boolean" and not all(value in {0, 1} and isinstance(value, int) for value in values):
        return False
    processor, convert = processor_of(kind, dialect), TO_JSON.get(name)
    try:
        for value in values:
            found = value if processor is None else processor(value)
            found = found if convert is None else convert(found)
            if name == "decimal" and float(found) != float(value):
                return False
    except (ValueError, TypeError, ArithmeticError):
        return False
    return True


def to_python_of(spec: FieldSpec, kind: sa.types.TypeEngine[Any]) -> Converter | None:
    """What makes a value of Python, as an application has it, of one as it stands in JSON; None if it is the same."""
    if spec.kind.has_choices:
        inner = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
        cls = getattr(inner, "enum_class", None)
        return cls if cls is not None and spec.annotation is cls else None
    usual = TO_PYTHON.get(spec.kind.name)
    return PLAIN.get(spec.kind.name, usual) if _is_plain(kind) else usual


def _is_plain(kind: sa.types.TypeEngine[Any]) -> bool:
    """Whether a column has moments without an offset, or UUIDs as texts."""
    return (isinstance(kind, sa.DateTime) and not kind.timezone) or (isinstance(kind, sa.Uuid) and not kind.as_uuid)


def writer_of(spec: FieldSpec, kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Converter | None:
    """What makes a parameter of a value as it stands in JSON; None if it is the same."""
    convert = to_python_of(spec, kind)
    processor: Processor = kind._cached_bind_processor(dialect)  # noqa: SLF001 - as above
    if convert is None or processor is None:
        return convert or processor
    return lambda value: processor(convert(value))
