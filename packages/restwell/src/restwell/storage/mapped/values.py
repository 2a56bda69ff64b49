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

from ...http.limits import MAX_INTEGER
from ...model.durations import duration_of, microseconds_of
from ...model.fields import FieldSpec, kind_of
from ...model.hints import bare
from ...model.kinds import FieldKind, KindName
from ..dialect import Column, Converter, Reader
from ..errors import InvalidValue, Violation
from .types import hint_of, is_by_value

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
    """As `types.hint_of` has it: by value where JSON can have all of them, or else by name."""
    if not isinstance(value, enum.Enum):
        return value
    return value.value if is_by_value(type(value)) else value.name


def _set(value: Any) -> Any:
    """In an order of its own."""
    return sorted(value) if isinstance(value, (set, frozenset)) else value


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
    "set": _set,
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
    processor = _within(kind, processor_of(kind, dialect))
    item = _item_of(kind, dialect)
    convert = TO_JSON.get(spec.kind.name if item is None else item[0].name)
    if item is not None and convert is not None:
        convert = _each(convert)

    def read(column: Column) -> Column:
        found: list[Any] = []
        try:
            for value in column:
                given = value if processor is None else processor(value)
                if given is not None:
                    found.append(given if convert is None else convert(given))
                elif spec.nullable:
                    found.append(None)
                else:
                    raise InvalidValue  # noqa: TRY301 - as every other that cannot be read
        except Exception as error:  # whatever a type of the application's own raises of a value that is not of it
            raise InvalidValue from error
        return found

    return read


def _within(kind: sa.types.TypeEngine[Any], processor: Processor) -> Processor:
    """A processor that refuses values of one database alone: times beyond a day, and integers beyond 64 bits."""
    is_beyond: Callable[[Any], bool]
    if isinstance(kind, sa.Time):
        is_beyond = _is_beyond_a_day
    elif getattr(kind, "unsigned", False):
        is_beyond = _is_beyond_64_bits
    else:
        return processor

    def process(value: Any) -> Any:
        if is_beyond(value):
            raise InvalidValue
        return value if processor is None else processor(value)

    return process


def _is_beyond_a_day(value: Any) -> bool:
    """Whether it is a length of time, as PyMySQL gives times, and no time of a day."""
    return isinstance(value, timedelta) and not timedelta() <= value < timedelta(days=1)


def _is_beyond_64_bits(value: Any) -> bool:
    return isinstance(value, int) and value > MAX_INTEGER


def processor_of(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Processor:
    """What SQLAlchemy makes of the values of a column."""
    # SQLAlchemy's own way to it, which statements of its Core use
    return kind._cached_result_processor(dialect, _code_of(kind, dialect))  # noqa: SLF001 - as SQLAlchemy's own Core


def _code_of(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> int | None:
    """How PostgreSQL calls the numbers of a column, or of the lists in it."""
    kind = kind.dialect_impl(dialect)
    if isinstance(kind, sa.types.TypeDecorator):
        return _code_of(kind.impl_instance, dialect)
    if isinstance(kind, sa.ARRAY):
        return _code_of(kind.item_type, dialect)
    return DOUBLE if isinstance(kind, sa.Float) else NUMERIC if isinstance(kind, sa.Numeric) else None


def _item_of(
    kind: sa.types.TypeEngine[Any], dialect: sa.Dialect
) -> tuple[FieldKind, sa.types.TypeEngine[Any]] | None:
    """What the lists in a column have, as a member would be of it, and as a column; None for any other column."""
    actual = kind.dialect_impl(dialect)
    if not isinstance(kind, sa.ARRAY) or not isinstance(actual, sa.ARRAY):
        return None
    return kind_of(bare(hint_of(kind.item_type))), kind.item_type


def _each(convert: Converter) -> Converter:
    """Converts all that is in a list, and in lists in it."""

    def converted(value: Any) -> Any:
        if isinstance(value, list):
            return list(map(converted, value))
        return None if value is None else convert(value)

    return converted


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


def to_python_of(spec: FieldSpec, kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Converter | None:
    """What makes a value of Python, as an application has it, of one as it stands in JSON; None if it is the same."""
    item = _item_of(kind, dialect)
    if item is None:
        return _to_python(spec.kind, kind)
    convert = _to_python(*item)
    return None if convert is None else _each(convert)


def _to_python(declared: FieldKind, kind: sa.types.TypeEngine[Any]) -> Converter | None:
    if declared.has_choices:
        inner = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
        cls = getattr(inner, "enum_class", None)
        return cls if cls is not None and is_by_value(cls) else None
    usual = TO_PYTHON.get(declared.name)
    return PLAIN.get(declared.name, usual) if _is_plain(kind) else usual


def _is_plain(kind: sa.types.TypeEngine[Any]) -> bool:
    """Whether a column has moments without an offset, or UUIDs as texts."""
    if isinstance(kind, sa.types.TypeDecorator):
        decorator = sa.types.TypeDecorator
        is_as_it_is = type(kind).process_bind_param is decorator.process_bind_param
        return is_as_it_is and _is_plain(kind.impl_instance)
    return (isinstance(kind, sa.DateTime) and not kind.timezone) or (isinstance(kind, sa.Uuid) and not kind.as_uuid)


def writer_of(spec: FieldSpec, kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Converter | None:
    """What makes a parameter of a value as it stands in JSON; None if it is the same. It raises Violation."""
    convert = to_python_of(spec, kind, dialect)
    processor: Processor = kind._cached_bind_processor(dialect)  # noqa: SLF001 - as above
    if processor is None:
        return convert

    def write(value: Any) -> Any:
        try:
            return processor(value if convert is None else convert(value))
        except Exception as error:  # whatever a type of the application's own raises of a value that it refuses
            raise Violation("value") from error

    return write
