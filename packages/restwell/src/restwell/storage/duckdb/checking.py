"""What the columns of a model are in DuckDB, compared with what the model declares: asked when a store is opened.

A moment that is compared with one of another type would be converted by the time zone of the session, a text with an
enum by the order of neither; so each has to be declared as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INTERVAL

from ...data.store_errors import Unusable
from ...model.errors import fail
from ..selects import Selects
from .types import is_huge, plain

NUMBERS = r"U?(?:TINY|SMALL|BIG)?INT|U?INTEGER|DECIMAL\(.*\)|FLOAT|DOUBLE"
HUGE = "declare Numeric(39, 0), or an Integer where it has 64 bits"
HELD: tuple[tuple[type[sa.types.TypeEngine[Any]], str, str], ...] = (
    (sa.Enum, r"VARCHAR|ENUM\(.*\)", ""),
    (sa.String, "VARCHAR|JSON", "declare an Enum of what it has, or cast it to VARCHAR in a query="),
    (sa.Boolean, "BOOLEAN", ""),
    (sa.Integer, r"U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER", ""),
    (sa.Float, f"{NUMBERS}|HUGEINT", ""),
    (sa.Numeric, NUMBERS, HUGE),
    (sa.Date, "DATE", ""),
    (sa.Time, "TIME", ""),
    (sa.Interval, "INTERVAL", ""),
    (INTERVAL, "INTERVAL", ""),
    (sa.Uuid, "UUID", ""),
    (sa.JSON, "JSON|VARCHAR", "make it JSON by to_json in a query="),
)
"""The types that a column may have in DuckDB, for one that is declared with this, and what else can be done."""
MOMENTS = {True: "TIMESTAMP WITH TIME ZONE", False: "TIMESTAMP|TIMESTAMP_M?S"}
"""The same for moments, by whether they have a time zone."""
NOTHING = '"NULL"'
DIMENSION = re.compile(r"\[\d*\]$")
ABSENT = frozenset(["CatalogException", "BinderException"])
"""What a table or a column that is not there is: who asks for it is told."""


def check_columns(read: Callable[..., Sequence[Any]], selects: Selects, dialect: sa.engine.Dialect) -> None:
    """Raise DeclarationError for a column that is not what it is declared as."""
    declaration, source = selects.declaration, cast("Any", selects.declaration.source)
    elements = {spec: source.attributes[spec.attribute].element for spec in declaration.whole.fields}
    every = sa.select(*(element.label(spec.name) for spec, element in elements.items()))
    compiled: Any = every.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    processors = compiled._bind_processors  # noqa: SLF001 - as in `Selects.compile`
    values = [(compiled.params[name], processors.get(name)) for name in compiled.positiontup or ()]
    try:
        found = read(f"DESCRIBE {compiled}", [value if write is None else write(value) for value, write in values])
    except Unusable as error:
        if type(error.__cause__).__name__ not in ABSENT:
            raise
        return
    for (spec, element), (_, held, *_) in zip(elements.items(), found, strict=True):
        remedy = remedy_of(element.type, held)
        if remedy is not None:
            what = f"is declared {plain(element.type)!r} and is {held.partition('(')[0]} in DuckDB"
            fail(declaration.content, spec.attribute, f"{what}: {remedy or 'declare it as it is'}.")


def remedy_of(kind: sa.types.TypeEngine[Any], held: str) -> str | None:
    """What is to be done about a column that holds another type than declared; None where it holds that."""
    kind = plain(kind)
    if isinstance(kind, sa.ARRAY):
        for _ in range(kind.dimensions or 1):
            held, found = DIMENSION.subn("", held)
            if not found:
                return None if held == NOTHING else ""
        kind = plain(kind.item_type)
    names, remedy = _wanted(kind, held)
    return None if held == NOTHING or re.fullmatch(names, held) else remedy


def _wanted(kind: sa.types.TypeEngine[Any], held: str) -> tuple[str, str]:
    """The types that a column may have, and what else can be done where it has another one."""
    if isinstance(kind, sa.DateTime):
        is_other = re.fullmatch(MOMENTS[not kind.timezone], held)
        other = f"declare DateTime(timezone={not kind.timezone})" if is_other else "cast it to TIMESTAMP in a query="
        return MOMENTS[kind.timezone], other
    for each, names, remedy in HELD:
        if isinstance(kind, each):
            return ("HUGEINT", "") if each is sa.Numeric and is_huge(kind) else (names, remedy)
    return ".*", ""
