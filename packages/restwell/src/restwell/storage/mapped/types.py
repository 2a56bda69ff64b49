"""SQLAlchemy's types of columns -> the types of members: what is declared for a column that nobody declared here."""

from __future__ import annotations

import enum
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

_SIMPLE: tuple[tuple[type[sa.types.TypeEngine[Any]], Any], ...] = (
    (sa.Boolean, bool),
    (sa.Integer, int),
    (sa.DateTime, AwareDatetime),
    (sa.Date, date),
    (sa.Time, time),
    (sa.Uuid, UUID),
    (sa.JSON, Any),
)
_PLAIN: tuple[type[sa.types.TypeEngine[Any]], ...] = (
    sa.BigInteger, sa.SmallInteger, sa.Integer, sa.Boolean, sa.Date, sa.Time, sa.Uuid, sa.JSON,
)  # fmt: skip
_OF_PYTHON: dict[Any, Any] = {
    str: str, int: int, float: float, bool: bool, Decimal: Decimal, datetime: AwareDatetime, date: date, time: time,
    timedelta: timedelta, UUID: UUID, list: list[Any], dict: dict[str, Any],
}  # fmt: skip


def hint_of(kind: sa.types.TypeEngine[Any]) -> Any:
    """The type of a member for the type of a column. Raises TypeError for one that cannot be served."""
    if isinstance(kind, sa.types.TypeDecorator):
        return _of_decorator(kind)
    if isinstance(kind, sa.Enum):
        return _of_enum(kind)
    if isinstance(kind, sa.String):
        return Annotated[str, Field(max_length=kind.length)] if kind.length else str
    if isinstance(kind, (sa.Numeric, sa.Float)):
        return _of_numeric(kind)
    if isinstance(kind, sa.ARRAY):
        return _of_array(kind)
    return _of_simple(kind)


def _of_simple(kind: sa.types.TypeEngine[Any]) -> Any:
    for each, hint in _SIMPLE:
        if isinstance(kind, each):
            return hint
    if _is_interval(kind):
        return timedelta
    raise TypeError(f"is of the type {_name(kind)}, which JSON has no value for")


def _is_interval(kind: sa.types.TypeEngine[Any]) -> bool:
    """Whether a type is of durations; that of PostgreSQL is no sa.Interval."""
    try:
        return kind.python_type is timedelta
    except NotImplementedError:
        return False


def _of_decorator(kind: sa.types.TypeDecorator[Any]) -> Any:
    """What a decorator gives, as far as it says so: by `python_type`, or by leaving values as they are."""
    cls = type(kind)
    if "python_type" in vars(cls):
        found = _OF_PYTHON.get(kind.python_type)
        if found is not None:
            return found
    elif cls.process_result_value is sa.types.TypeDecorator.process_result_value:
        return hint_of(kind.impl_instance)
    raise TypeError(f"is of the type {cls.__name__}, which does not say what its values are in Python (python_type)")


def _of_enum(kind: sa.Enum) -> Any:
    """The class of the values, if JSON can have them, or else their names."""
    cls = kind.enum_class
    if cls is not None and is_by_value(cls):
        return cls
    if not kind.enums:
        raise TypeError("is an Enum without values")
    return Literal[tuple(kind.enums)]


def is_by_value(cls: type[enum.Enum]) -> bool:
    """Whether JSON can have the values of an Enum itself, all texts or all integers."""
    values = [member.value for member in cls]
    return all(isinstance(value, str) for value in values) or all(type(value) is int for value in values)


def _of_numeric(kind: sa.Numeric[Any] | sa.Float[Any]) -> Any:
    if not kind.asdecimal:
        return float
    if kind.precision is None:
        return Decimal
    return Annotated[Decimal, Field(max_digits=kind.precision, decimal_places=kind.scale or 0)]


def _of_array(kind: sa.ARRAY[Any]) -> Any:
    found: Any = hint_of(kind.item_type)
    for _ in range(kind.dimensions or 1):
        found = list.__class_getitem__(found)
    return found


def _name(kind: sa.types.TypeEngine[Any]) -> str:
    return "of nothing known" if isinstance(kind, sa.types.NullType) else str(kind.__visit_name__)


def plain_type(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """The type of any database that is nearest to one of a database's own. Raises TypeError where there is none."""
    if isinstance(kind, sa.Enum):
        return sa.Enum(*kind.enums, name=kind.name)
    if isinstance(kind, sa.String):
        return sa.String(kind.length) if kind.length else sa.Text()
    if isinstance(kind, (sa.Numeric, sa.Float)):
        return _plain_number(kind)
    if isinstance(kind, sa.ARRAY):
        return sa.ARRAY(plain_type(kind.item_type), dimensions=kind.dimensions)
    if isinstance(kind, sa.DateTime):
        return sa.DateTime(timezone=kind.timezone)
    return _plain_simple(kind)


def _plain_simple(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    if _is_interval(kind):
        return sa.Interval()
    for each in _PLAIN:
        if isinstance(kind, each):
            return each()
    raise TypeError(f"is of the type {_name(kind)}, which JSON has no value for")


def _plain_number(kind: sa.Numeric[Any] | sa.Float[Any]) -> sa.types.TypeEngine[Any]:
    if isinstance(kind, sa.Float):
        return sa.Double() if isinstance(kind, sa.Double) else sa.Float()
    return sa.Numeric(kind.precision, kind.scale)
