"""Values of a column whose type changes, converted one by one: MariaDB's conversions are not all exact, nor ours.

A value becomes one of another type by way of the text that it is shown as, and is refused where that does not come
back as what it was. It is put beside the old one, in a column of its own, which then takes the place of the old
column in one statement: until then nothing is lost, and from then on nothing is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa

from ...http.limits import MAX_INTEGER
from ...model.durations import duration_of, microseconds_of
from ..alterations import Alteration
from ..columns import finite_floats
from ..decimals import decode, encode
from ..dialect import Dialect
from ..errors import InvalidValue, Violation
from ..tables import NUMBER_COLUMN, as_double, beside, number_of
from .loading import packets

ROWS_AT_ONCE = 1000
DECIMAL, MAX_TEXT = "TEXT (DECIMAL)", 65_535
"""The type of a decimal without an index, and how many characters such a text has at most."""
WRONG = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError)
"""What conversions raise for a value that cannot be converted: another program may have written any."""
_TEXT = re.compile(r"(?:LONGTEXT|TEXT|VARCHAR\(\d+\))( \(\w+\))?")


class _Form(NamedTuple):
    """How a value of a column is written as text, and read from it."""

    written: Callable[[Any], str]
    read: Callable[[str], Any]


def _as_it_is(text: str) -> str:
    return text


def _integer(text: str) -> int:
    number = Decimal(text)
    if not -MAX_INTEGER - 1 <= number <= MAX_INTEGER:
        raise ValueError("beyond 64 bits")
    return int(number)


def _float(text: str) -> float:
    [number] = finite_floats([as_double(text)])
    return float(number)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(UTC).replace(tzinfo=None)


_MIDNIGHT, _MICROSECOND = datetime(1970, 1, 1), timedelta(microseconds=1)  # noqa: DTZ001 - of no day


def _time_of(length: timedelta) -> str:
    if not timedelta() <= length < timedelta(days=1):
        raise ValueError("not a time of day")
    return (_MIDNIGHT + length).time().isoformat()


def _time(text: str) -> timedelta:
    return datetime.combine(_MIDNIGHT, time.fromisoformat(text)) - _MIDNIGHT


def _duration(text: str) -> int:
    length = microseconds_of(text)
    if length is None:
        raise ValueError("not a duration")
    return _integer(str(length))


def _json(text: str) -> str:
    orjson.loads(text)
    return text


FORMS: dict[str, _Form] = {
    "TEXT": _Form(_as_it_is, _as_it_is),
    "BIGINT(20)": _Form(str, _integer),
    "DOUBLE": _Form(lambda number: repr(number).removesuffix(".0"), _float),
    "TINYINT(1)": _Form(("false", "true").__getitem__, {"false": 0, "true": 1}.__getitem__),
    DECIMAL: _Form(decode, encode),
    "DATE": _Form(lambda day: str(day.isoformat()), date.fromisoformat),
    "DATETIME(6)": _Form(lambda moment: f"{moment.isoformat()}Z", _moment),
    "TIME(6)": _Form(_time_of, _time),
    "BIGINT(20) (DURATION)": _Form(duration_of, _duration),
    "CHAR(36)": _Form(_as_it_is, lambda text: str(UUID(text))),
    "TEXT (JSON)": _Form(_as_it_is, _json),
}
"""By the type, whichever length its texts have."""
_NUMBERS = {"BIGINT(20)", "DOUBLE", DECIMAL}
_BETWEEN: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("DATE", "DATETIME(6)"): lambda day: datetime.combine(day, time()),
    ("DATETIME(6)", "DATE"): lambda moment: moment.date(),
    ("TIME(6)", "BIGINT(20) (DURATION)"): lambda length: length // _MICROSECOND,
    ("BIGINT(20) (DURATION)", "TIME(6)"): lambda length: length * _MICROSECOND,
}
"""What the text of the one is not one of the other."""


def form_of(kind: str) -> str:
    """A type without its length, as FORMS has it."""
    found = _TEXT.fullmatch(kind)
    return f"TEXT{found[1] or ''}" if found else kind


def is_same_text(old: str, new: str) -> bool:
    """Whether values of two types are the same texts, so that MariaDB itself changes the one into the other."""
    pair = {form_of(old), form_of(new)}
    return len(pair) == 1 or pair in ({"TEXT", "TEXT (JSON)"}, {"TEXT", "CHAR(36)"})


def can_convert(old: str, new: str) -> bool:
    """Whether some value of the one type is one of the other."""
    pair = form_of(old), form_of(new)
    return FORMS.keys() >= {*pair} and ("TEXT" in pair or {*pair} <= _NUMBERS or pair in _BETWEEN)


def _becomes(old: str, new: str, value: Any) -> Any:
    between = _BETWEEN.get((old, new))
    return between(value) if between else FORMS[new].read(FORMS[old].written(value))


def converted(old: str, new: str, value: Any) -> Any:
    """The value as one of another type. Raises InvalidValue where it would not come back as it was."""
    old, new = form_of(old), form_of(new)
    try:
        found = _becomes(old, new, value)
        FORMS[new].written(found)
        back = _becomes(new, old, found)
    except WRONG as error:
        raise InvalidValue from error
    if back != value:
        raise InvalidValue
    return found


def loses_value(dialect: Dialect, connection: Any, alteration: Alteration, column: str) -> bool:
    """Whether a value of a column cannot be converted to its new type."""
    if form_of(alteration.types[column]) == form_of(dialect.type_name(alteration.table.c[column])):
        return False  # of which SQL tells: see `alterations.lost_by_type`
    try:
        for _ in _each_converted(dialect, connection, alteration, column):
            pass
    except InvalidValue:
        return True
    return False


def fill(dialect: Dialect, alteration: Alteration, column: str) -> Callable[[Any], None]:
    """What puts the converted values of a column beside it, on a connection."""
    return partial(_fill, dialect, alteration, column)


def _fill(dialect: Dialect, alteration: Alteration, column: str, connection: Any) -> None:
    """Raises Violation for a value that cannot be converted, which came since `loses_value` was asked."""
    table, target = dialect.quote(alteration.table.name), dialect.quote(beside(column))
    number = dialect.quote(_number(alteration))
    try:
        for some in packets(_each_converted(dialect, connection, alteration, column)):
            cases, marks = "WHEN %s THEN %s " * len(some), ", ".join(["%s"] * len(some))
            numbers = [row[0] for row in some]
            connection.execute(
                f"UPDATE {table} SET {target} = CASE {number} {cases}END WHERE {number} IN ({marks})",
                [*chain.from_iterable(some), *numbers],
            )
    except InvalidValue as error:
        raise Violation("value", alteration.table.name, (column,)) from error


def _each_converted(
    dialect: Dialect, connection: Any, alteration: Alteration, column: str
) -> Iterator[tuple[int, Any]]:
    """The number of each row that has a value, and what becomes of it. Raises InvalidValue."""
    old, new = alteration.types[column], dialect.type_name(alteration.table.c[column])
    length = getattr(alteration.table.c[column].type, "length", None) or (MAX_TEXT if new == DECIMAL else None)
    for number, value in _each(dialect, connection, alteration, column):
        found = converted(old, new, value)
        if length is not None and len(found) > length:
            raise InvalidValue
        yield number, found


def _each(dialect: Dialect, connection: Any, alteration: Alteration, column: str) -> Iterator[tuple[int, Any]]:
    number, quoted = dialect.quote(_number(alteration)), dialect.quote(column)
    text = (
        f"SELECT {number}, {quoted} FROM {dialect.quote(alteration.table.name)} WHERE {number} > %s "
        f"AND {quoted} IS NOT NULL ORDER BY {number} LIMIT {ROWS_AT_ONCE}"
    )
    last = -MAX_INTEGER - 2  # below every number
    while rows := connection.execute(text, (last,)).fetchall():
        yield from rows
        last = rows[-1][0]


def _number(alteration: Alteration) -> str:
    """The column that numbers the rows of a table that is there."""
    return NUMBER_COLUMN if alteration.renumbered else str(number_of(alteration.table).name)


def declared(dialect: Dialect, column: sa.Column[Any], *, nullable: bool, name: str = "") -> str:
    """A column as it is declared, by another name if one is given."""
    kind = column.type.compile(dialect=dialect.sql)
    return f"{dialect.quote(name or column.name)} {kind} {'NULL' if nullable else 'NOT NULL'}"
