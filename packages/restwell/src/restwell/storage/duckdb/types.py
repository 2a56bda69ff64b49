"""How values are asked of DuckDB, so that none becomes another on the way.

Its library gives the last day of Python for infinity, thirty days for a month, and moments in the time zone of the
session. So dates, moments, times and intervals are selected as texts, which say what they are; compared and sorted
they are as they are stored. What Python or JSON does not have raises ValueError.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine, UserDefinedType

from ..given.backends import in_order

DIGITS = 38
"""Those of the longest decimal; the library makes a longer one a double."""
INTEGERS = range(-(2**63), 2**63)
"""Those that JSON has here; DuckDB has some of 128 bits."""
_INTERVAL = re.compile(r"(?=.)(?:(-?\d+) days?)?(?: ?(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?")


def read_interval(text: str) -> timedelta:
    """An interval as DuckDB writes it. Raises ValueError for one with months, which have no length."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ValueError("an interval with months or years")
    days, sign, hours, minutes, seconds, fraction = found.groups(default="")
    length = timedelta(
        hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0),
        microseconds=int(fraction.ljust(6, "0") or 0),
    )  # fmt: skip
    return timedelta(days=int(days or 0)) + (-length if sign else length)


def read_time(text: str) -> time:
    """A time of day. Raises ValueError for 24:00:00, which is of no day."""
    if text.startswith("24"):
        raise ValueError("the end of a day")
    return time.fromisoformat(text)


def plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type that a decorator of an application is of."""
    while isinstance(kind, sa.types.TypeDecorator) and not isinstance(kind, sa.Interval):
        kind = kind.impl_instance
    return kind


class _AsText:
    """A type whose values are selected as texts, and made of these by `made_of`."""

    made_of: Callable[[str], Any]

    def column_expression(self, colexpr: Any) -> Any:
        """What is selected of a column."""
        return sa.cast(colexpr, sa.String())

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - as SQLAlchemy has it
        """What makes a value of Python of one of DuckDB."""
        made_of = type(self).made_of
        return lambda text: None if text is None else made_of(text)


class DuckdbDate(_AsText, sa.Date):
    """A date."""

    made_of = date.fromisoformat


class _InUtc(FunctionElement[Any]):
    """A column of moments with a time zone, or of lists of them with so many dimensions, in UTC."""

    inherit_cache = False
    type = sa.String()

    def __init__(self, column: Any, dimensions: int = 0) -> None:
        super().__init__(column)
        self.dimensions = dimensions


@compiles(_InUtc)
def _compiled(element: _InUtc, compiler: Any, **options: Any) -> str:
    made, each = f"timezone('UTC', {'moment' if element.dimensions else '{}'})", "moment"
    for dimension in range(element.dimensions):
        within = "{}" if dimension + 1 == element.dimensions else f"list_{dimension}"
        made, each = f"[{made} FOR {each} IN {within}]", within
    return made.format(compiler.process(next(iter(element.clauses)), **options))


class DuckdbDateTime(_AsText, sa.DateTime):
    """A moment, in UTC where it has a time zone: older versions leave out the seconds of an offset."""

    made_of = datetime.fromisoformat

    def column_expression(self, colexpr: Any) -> Any:
        """What is selected of a column."""
        return super().column_expression(_InUtc(colexpr) if self.timezone else colexpr)

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[Any], Any]:
        """What makes a moment of a text: with an offset only where the column has a time zone."""
        return _read_in_utc if self.timezone else super().result_processor(dialect, coltype)


def _read_in_utc(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


class DuckdbTime(_AsText, sa.Time):
    """A time of day."""

    made_of = staticmethod(read_time)


class DuckdbInterval(_AsText, INTERVAL):
    """A length of time."""

    made_of = staticmethod(read_interval)

    @classmethod
    def adapt_emulated_to_native(cls, *_: Any, **__: Any) -> DuckdbInterval:
        """Of SQLAlchemy's own, whose precisions DuckDB does not have."""
        return cls()


class DuckdbInteger(sa.Integer):
    """A whole number, of at most 64 bits."""

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - as above
        """What refuses the larger ones."""

        def read(value: Any) -> Any:
            if type(value) is int and value not in INTEGERS:
                raise ValueError("an integer of more than 64 bits")
            return value

        return read


class _Named(UserDefinedType[Any]):
    """A type by its name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        """As SQL has it."""
        return self.name


class DuckdbNumeric(sa.Numeric[Any]):
    """A decimal, as the library gives it, compared with one of so many digits at most."""

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002 - as above
        """Nothing, but where the application wants floats: SQLAlchemy would go by a float in any case."""
        return None if self.asdecimal else lambda value: None if value is None else float(value)

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any]:  # noqa: ARG002 - as above
        """What refuses the longer ones, and writes those of a larger column as the text that it is cast of."""
        huge = is_huge(self)

        def write(value: Any) -> Any:
            if not isinstance(value, Decimal):
                return value
            if _digits_of(value) > DIGITS + huge or (huge and value != value.to_integral_value()):
                raise ValueError("a decimal that nothing there is compared with exactly")
            return f"{value:.0f}" if huge else value

        return write

    def bind_expression(self, bindvalue: Any) -> Any:
        """The parameter itself, but where an integer of 128 bits is compared: the library makes it a double."""
        return sa.cast(bindvalue, _Named("HUGEINT")) if is_huge(self) else bindvalue


def is_huge(kind: Any) -> bool:
    """Whether a decimal has more digits than those of DuckDB, so that it has to be an integer of 128 bits."""
    return (kind.precision or 0) > DIGITS


def _digits_of(value: Decimal) -> int:
    """The digits of a decimal that is written without an exponent."""
    _, digits, exponent = value.as_tuple()
    return max(len(digits) + max(int(exponent), 0), -int(exponent))


class DuckdbJson(sa.JSON):
    """JSON, where DuckDB allows what JSON does not have."""

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - as above
        """What reads it, or the application's own function does."""
        loads = getattr(dialect, "_json_deserializer", None) or orjson.loads
        return lambda text: None if text is None else loads(text)


class DuckdbArray(sa.ARRAY[Any]):
    """A list, whose values are asked for as those of a column are."""

    def column_expression(self, colexpr: Any) -> Any:
        """What is selected of a column."""
        dimensions, kind = self.dimensions or 1, plain(self.item_type)
        is_zoned = isinstance(kind, sa.DateTime) and kind.timezone
        return sa.cast(_InUtc(colexpr, dimensions) if is_zoned else colexpr, _Named("VARCHAR" + "[]" * dimensions))

    @property
    def _has_column_expression(self) -> bool:
        """Whether SQLAlchemy is to ask for that: where the values in it are no other way what they are."""
        return isinstance(plain(self.item_type), _TEXTUAL)

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - as above
        """What makes a list of Python of one of DuckDB, which may be of a fixed length."""
        convert = self.item_type.dialect_impl(dialect).result_processor(dialect, None)

        def read(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return [read(each) for each in value]
            return value if convert is None else convert(value)

        return read


_TEXTUAL = (sa.Date, sa.DateTime, sa.Time, sa.Interval, INTERVAL)
OURS: dict[type[TypeEngine[Any]], type[TypeEngine[Any]]] = {
    sa.Date: DuckdbDate,
    sa.DateTime: DuckdbDateTime,
    sa.Time: DuckdbTime,
    sa.Interval: DuckdbInterval,
    INTERVAL: DuckdbInterval,
    sa.Integer: DuckdbInteger,
    sa.Numeric: DuckdbNumeric,
    sa.JSON: DuckdbJson,
    sa.ARRAY: DuckdbArray,
}


def dialect_of(engine: sa.Engine) -> sa.engine.Dialect:
    """The dialect of an engine, by which values are asked for as they are read here."""
    found: Any = copy.copy(in_order(engine.dialect, "numeric_dollar"))
    found.__dict__.pop("_type_memos", None)  # what it has noted of types of its own
    found.colspecs = {**found.colspecs, **OURS}
    return found  # type: ignore[no-any-return]  # of SQLAlchemy's
