"""SQLAlchemy's types of columns -> the types of members: what is declared for a column that nobody declared here."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_type_hints
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

from ...model.hints import without_none
from ..catalog import Unserved

_SIMPLE: tuple[tuple[type[sa.types.TypeEngine[Any]], Any], ...] = (
    (sa.Boolean, bool),
    (sa.Integer, int),
    (sa.DateTime, AwareDatetime),
    (sa.Date, date),
    (sa.Time, time),
    (sa.Interval, timedelta),
    (sa.Uuid, UUID),
    (sa.JSON, Any),
)
_OF_PYTHON: dict[Any, Any] = {
    str: str, int: int, float: float, bool: bool, Decimal: Decimal, datetime: AwareDatetime, date: date, time: time,
    timedelta: timedelta, UUID: UUID, list: list[Any], dict: dict[str, Any],
}  # fmt: skip
_PLAIN: tuple[type[sa.types.TypeEngine[Any]], ...] = (
    sa.BigInteger, sa.SmallInteger, sa.Integer, sa.Boolean, sa.Date, sa.Time, sa.Interval, sa.Uuid, sa.JSON,
)  # fmt: skip
OF_ONE_DATABASE: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("postgresql", "CITEXT"): lambda _: str,
    ("postgresql", "INTERVAL"): lambda _: timedelta,
    ("mysql", "BIT"): lambda _: int,
    ("mysql", "YEAR"): lambda _: int,
    ("mysql", "SET"): lambda kind: set[Literal[tuple(kind.values)]],  # type: ignore[misc]  # known when it runs
}
"""Types that one database alone has, by the names of its module and its class in SQLAlchemy."""
SAYING_MORE = ("unsigned", "fsp")
"""What a type says where it is of one database and no plainer one says as much."""


def hint_of(kind: sa.types.TypeEngine[Any]) -> Any:
    """The type of a member for the type of a column. Raises TypeError for one that cannot be served."""
    if isinstance(kind, sa.Time) and kind.timezone:
        raise TypeError("is of the type time with an offset, which is the time of no day")
    if isinstance(kind, Unserved):
        raise TypeError(kind.why)
    own = own_hint(kind)
    if own is not None:
        return own
    for each, read in _READ:
        if isinstance(kind, each):
            return read(kind)
    for each, hint in _SIMPLE:
        if isinstance(kind, each):
            return hint
    raise TypeError(f"is of the type {_name(kind)}, which JSON has no value for")


def own_hint(kind: sa.types.TypeEngine[Any]) -> Any:
    """The type of a member for a type that one database alone has; None for any other."""
    for cls in type(kind).__mro__:
        package, _, module = cls.__module__.partition(".dialects.")
        read = OF_ONE_DATABASE.get((module.partition(".")[0], cls.__name__)) if package == "sqlalchemy" else None
        if read is not None:
            return read(kind)
    return None


def _of_decorator(kind: sa.types.TypeDecorator[Any]) -> Any:
    """What a decorator gives, as far as it says so: by `python_type`, by what a method returns, or by none."""
    cls, base = type(kind), sa.types.TypeDecorator
    if any("python_type" in vars(each) for each in cls.__mro__ if issubclass(each, base) and each is not base):
        said = kind.python_type
    elif cls.process_result_value is base.process_result_value:
        return hint_of(kind.impl_instance)
    else:
        said = _returned_by(cls.process_result_value)
    if said in _OF_PYTHON:
        return _OF_PYTHON[said]
    raise TypeError(f"is of the type {cls.__name__}, which does not say what its values are in Python (python_type)")


def _returned_by(method: Callable[..., Any]) -> Any:
    """The type that a method is annotated to return; None where it does not say so, or in names for checkers only."""
    try:
        return without_none(get_type_hints(method).get("return"))[0]
    except NameError:
        return None


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


def _of_string(kind: sa.String) -> Any:
    return Annotated[str, Field(max_length=kind.length)] if kind.length else str


def _of_numeric(kind: sa.Numeric[Any] | sa.Float[Any]) -> Any:
    if not kind.asdecimal:
        return float
    if kind.precision is None or isinstance(kind, sa.Float):
        return Decimal
    return Annotated[Decimal, Field(max_digits=kind.precision, decimal_places=kind.scale or 0)]


def _of_array(kind: sa.ARRAY[Any]) -> Any:
    found: Any = hint_of(kind.item_type)
    for _ in range(kind.dimensions or 1):
        found = list.__class_getitem__(found)
    return found


def _name(kind: sa.types.TypeEngine[Any]) -> str:
    return "of nothing known" if isinstance(kind, sa.types.NullType) else str(kind.__visit_name__)


_READ: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[Any], Any]], ...] = (
    (sa.types.TypeDecorator, _of_decorator),
    (sa.Enum, _of_enum),  # which is a String, too
    (sa.String, _of_string),
    (sa.Numeric, _of_numeric),
    (sa.Float, _of_numeric),  # which is a Numeric until SQLAlchemy 2.1
    (sa.ARRAY, _of_array),
)
"""What reads a type that says more than its name."""


def plain_type(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """The type of any database that is nearest to one of a database's own, or that itself, if there is none."""
    own = own_hint(kind)
    if own is not None:
        return sa.Interval() if own is timedelta else kind
    if any((said := getattr(kind, name, None)) is not None and said is not False for name in SAYING_MORE):
        return kind
    for each, plain in _PLAINER:
        if isinstance(kind, each):
            return plain(kind)
    for each in _PLAIN:
        if isinstance(kind, each):
            return each()
    return kind


def _plain_float(kind: sa.Float[Any]) -> sa.types.TypeEngine[Any]:
    return sa.Double() if isinstance(kind, sa.Double) else sa.Float()


_PLAINER: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[Any], sa.types.TypeEngine[Any]]], ...] = (
    (sa.Enum, lambda kind: sa.Enum(*kind.enums, name=kind.name)),
    (sa.String, lambda kind: sa.String(kind.length) if kind.length else sa.Text()),
    (sa.Float, _plain_float),
    (sa.Numeric, lambda kind: sa.Numeric(kind.precision, kind.scale)),
    (sa.ARRAY, lambda kind: sa.ARRAY(plain_type(kind.item_type), dimensions=kind.dimensions)),
    (sa.DateTime, lambda kind: sa.DateTime(timezone=kind.timezone)),
)
"""What makes a plainer type of one that says more than its name."""
