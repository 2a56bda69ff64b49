"""What one table has to go through to become the declared one, as statements of its dialect. Pure.

PostgreSQL alters a table in place. SQLite can hardly alter one at all, so that it is built anew beside the old one
and takes its name: the way that SQLite's own documentation describes (https://sqlite.org/lang_altertable.html).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropConstraint, DropIndex

from .driver import Driver
from .schema import triggers, type_name
from .sqlite.texts import KINDS
from .tables import (
    DECIMAL_TEXT,
    JSON_TEXT,
    MODIFIED_COLUMN,
    NUMBER_COLUMN,
    VERSION_COLUMN,
    next_modified,
    trigger_name,
)

NOW = {
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER)",
    "postgresql": "extract(epoch from clock_timestamp())::bigint",
}


STANDS_FOR = "restwell_stands_for"
"""The function that asks in SQLite whether a text is one of those that are declared as a type: see `texts.py`."""
ENCODED, DECODED = "restwell_decimal", "restwell_decimal_text"
"""The functions that give in SQLite a decimal as it is stored, and as it is written; NULL for what is none."""


class AlteringStep(NamedTuple):
    """One statement with its parameters."""

    text: str
    parameters: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if not self.parameters:
            return f"{self.text.strip()};"
        parts = self.text.strip().split("?" if self.text.count("?") == len(self.parameters) else "%s")
        return (
            "".join(
                [
                    parts[0],
                    *(f"{literal(value)}{rest}" for value, rest in zip(self.parameters, parts[1:], strict=True)),
                ]
            )
            + ";"
        )


def literal(value: Any) -> str:
    """A value as it is written in SQL."""
    if value is None or isinstance(value, bool | int | float):
        return str(value).upper()
    return "'" + str(value).replace("'", "''") + "'"


@dataclass
class Alteration:
    """How one table differs from its declaration. `defaults` are what existing rows get, as parameters."""

    table: sa.Table
    added: list[sa.Column[Any]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    nullable: dict[str, bool] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """The old type of each column that has another one now."""
    new_constraints: list[sa.UniqueConstraint] = field(default_factory=list)
    old_constraints: list[sa.UniqueConstraint] = field(default_factory=list)
    new_indexes: list[sa.Index] = field(default_factory=list)
    old_indexes: list[sa.Index] = field(default_factory=list)
    lacks_trigger: bool = False
    has_old_trigger: bool = False
    """Whether there is one that does something else than it should."""
    defaults: dict[str, Any] = field(default_factory=dict)
    factories: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """Defaults that are made anew for each row; the first is in `defaults` too."""
    others: list[str] = field(default_factory=list)
    """SQLite: the statements that made the user's own indexes and triggers on this table."""

    @property
    def changes_columns(self) -> bool:
        """Whether a row is not what it was, so that no copy of it is good any more."""
        return bool(self.added or self.dropped or self.nullable or self.types)

    @property
    def late_indexes(self) -> list[sa.Index]:
        """Those that can be made only when each row has got a value of its own."""
        return [each for each in self.new_indexes if each.unique and each.columns.keys()[0] in self.factories]

    @property
    def tightened(self) -> list[str]:
        """The columns that may not be missing any more."""
        return [name for name, nullable in self.nullable.items() if not nullable]


def steps_of(driver: Driver, alteration: Alteration) -> list[AlteringStep]:
    """The statements that make a table what is declared."""
    if driver.name == "postgresql":
        return _in_place(driver, alteration)
    constraints = alteration.new_constraints or alteration.old_constraints
    return _anew(driver, alteration) if alteration.changes_columns or constraints else _indexes(driver, alteration)


def late_steps_of(driver: Driver, alteration: Alteration) -> list[AlteringStep]:
    """The statements that come when rows have been filled one by one."""
    return [AlteringStep(_text(driver, CreateIndex(index))) for index in alteration.late_indexes]


def _text(driver: Driver, element: Any) -> str:
    return str(element.compile(dialect=driver.dialect)).strip()


def _indexes(driver: Driver, alteration: Alteration) -> list[AlteringStep]:
    return [*_without_old_indexes(driver, alteration), *_with_new_indexes(driver, alteration)]


def _without_old_indexes(driver: Driver, alteration: Alteration) -> list[AlteringStep]:
    return [AlteringStep(_text(driver, DropIndex(index))) for index in alteration.old_indexes]


def _with_new_indexes(driver: Driver, alteration: Alteration) -> list[AlteringStep]:
    now = [index for index in alteration.new_indexes if index not in alteration.late_indexes]
    texts = [_text(driver, CreateIndex(index)) for index in now]
    if alteration.has_old_trigger:
        quote = driver.dialect.identifier_preparer.quote
        trigger, name = quote(trigger_name(alteration.table.name)), quote(alteration.table.name)
        texts.append(f"DROP TRIGGER {trigger}{f' ON {name}' if driver.name == 'postgresql' else ''}")
    texts += triggers(driver, alteration.table) if alteration.lacks_trigger or alteration.has_old_trigger else []
    return [AlteringStep(text) for text in texts]


# -- PostgreSQL ---------------------------------------------------------------------------------------------


def _in_place(driver: Driver, alteration: Alteration) -> list[AlteringStep]:
    quote = driver.dialect.identifier_preparer.quote
    name = quote(alteration.table.name)
    columns = alteration.table.c
    forbidden = [*(c.name for c in alteration.added if not c.nullable), *alteration.tightened]
    permitted = [column for column, nullable in alteration.nullable.items() if nullable]
    parts = [f"ADD COLUMN {quote(c.name)} {_full_type(driver, c)}" for c in alteration.added]
    parts += [f"DROP COLUMN {quote(column)}" for column in alteration.dropped]
    for column in alteration.types:
        wanted = _full_type(driver, columns[column])
        parts.append(
            f"ALTER COLUMN {quote(column)} TYPE {wanted} USING {quote(column)}::{wanted.partition(' COLLATE')[0]}"
        )
    parts += [f"ALTER COLUMN {quote(column)} DROP NOT NULL" for column in permitted]
    steps = _without_old_indexes(driver, alteration)  # first, since they go with their columns
    steps += [AlteringStep(_text(driver, DropConstraint(constraint))) for constraint in alteration.old_constraints]
    steps += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    steps += [_renewal(driver, alteration)] if alteration.changes_columns else []
    parts = [f"ALTER COLUMN {quote(column)} SET NOT NULL" for column in forbidden]
    steps += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    steps += [AlteringStep(_text(driver, AddConstraint(constraint))) for constraint in alteration.new_constraints]
    return steps + _with_new_indexes(driver, alteration)


def _full_type(driver: Driver, column: sa.Column[Any]) -> str:
    return column.type.compile(dialect=driver.dialect)


def _modified(driver: Driver) -> str:
    return next_modified(MODIFIED_COLUMN, NOW[driver.name])


def _renewal(driver: Driver, alteration: Alteration) -> AlteringStep:
    """Existing rows get their defaults, and a new version."""
    quote = driver.dialect.identifier_preparer.quote
    sets = [f"{VERSION_COLUMN} = {VERSION_COLUMN} + 1", f"{MODIFIED_COLUMN} = {_modified(driver)}"]
    added = {column.name for column in alteration.added}
    sets += [
        f"{quote(name)} = {'%s' if name in added else f'coalesce({quote(name)}, %s)'}" for name in alteration.defaults
    ]
    return AlteringStep(
        f"UPDATE {quote(alteration.table.name)} SET {', '.join(sets)}", tuple(alteration.defaults.values())
    )


# -- SQLite -------------------------------------------------------------------------------------------------


def _anew(driver: Driver, alteration: Alteration) -> list[AlteringStep]:
    quote = driver.dialect.identifier_preparer.quote
    table = alteration.table
    name, beside = quote(table.name), quote(f"restwell_new_{table.name}")
    making = _text(driver, CreateTable(table.to_metadata(sa.MetaData(), name=f"restwell_new_{table.name}")))
    values = {column.name: _value(driver, alteration, column) for column in table.c}
    parameters = tuple(parameter for _, some in values.values() for parameter in some)
    names = ", ".join(quote(column) for column in values)
    copying = f"INSERT INTO {beside} ({names}) SELECT {', '.join(text for text, _ in values.values())} FROM {name}"
    indexes = sorted(table.indexes - {*alteration.late_indexes}, key=lambda index: str(index.name))
    texts = [f"DROP TABLE {name}", f"ALTER TABLE {beside} RENAME TO {name}"]
    texts += [_text(driver, CreateIndex(index)) for index in indexes]
    texts += triggers(driver, table) if VERSION_COLUMN in table.c else []
    return [AlteringStep(making), AlteringStep(copying, parameters), *map(AlteringStep, [*texts, *alteration.others])]


def _value(driver: Driver, alteration: Alteration, column: sa.Column[Any]) -> tuple[str, tuple[Any, ...]]:
    """What a column of the new table is filled with, as an expression over the old one, and its parameters."""
    name, quoted = column.name, driver.dialect.identifier_preparer.quote(column.name)
    if column in alteration.added:
        return ("?", (alteration.defaults[name],)) if name in alteration.defaults else ("NULL", ())
    if name == VERSION_COLUMN and alteration.changes_columns:
        return f"{quoted} + 1", ()
    if name == MODIFIED_COLUMN and alteration.changes_columns:
        return _modified(driver), ()
    text = quoted
    if name in alteration.types:
        text = _converted(quoted, alteration.types[name], type_name(driver, column))
    return (f"coalesce({text}, ?)", (alteration.defaults[name],)) if name in alteration.defaults else (text, ())


def _converted(quoted: str, old: str, new: str) -> str:
    """A value of one type as one of another."""
    text = f"{DECODED}({quoted})" if old == DECIMAL_TEXT else quoted
    return f"{ENCODED}(CAST({text} AS TEXT))" if new == DECIMAL_TEXT else f"CAST({text} AS {new})"


# -- questions about the rows that are there ----------------------------------------------------------------


def has_rows(driver: Driver, table: str) -> str:
    """Asks whether a table has a row."""
    return f"SELECT 1 FROM {driver.dialect.identifier_preparer.quote(table)} LIMIT 1"


def has_missing(driver: Driver, table: str, column: str) -> str:
    """Asks whether a column has a row without a value."""
    quote = driver.dialect.identifier_preparer.quote
    return f"SELECT 1 FROM {quote(table)} WHERE {quote(column)} IS NULL LIMIT 1"


def has_repeated(driver: Driver, table: str, column: str) -> str:
    """Asks whether a value is in a column more than once."""
    quote = driver.dialect.identifier_preparer.quote
    named = quote(column)
    return f"SELECT 1 FROM {quote(table)} WHERE {named} IS NOT NULL GROUP BY {named} HAVING count(*) > 1 LIMIT 1"


def has_several_missing(driver: Driver, table: str, column: str | None) -> str:
    """Asks whether several rows are without a value in a column, or in one that is not there yet."""
    quote = driver.dialect.identifier_preparer.quote
    where = f" WHERE {quote(column)} IS NULL" if column else ""
    return f"SELECT 1 FROM {quote(table)}{where} LIMIT 1 OFFSET 1"


def loses_by_type(driver: Driver, table: str, column: sa.Column[Any], old: str) -> str:
    """Asks whether a value would not come back from the column's new type as it was."""
    quoted = driver.dialect.identifier_preparer.quote(column.name)
    new, name = type_name(driver, column), driver.dialect.identifier_preparer.quote(table)
    wrong = f"CAST(CAST({quoted} AS {new}) AS {old})::text IS DISTINCT FROM {quoted}::text"
    if driver.name == "sqlite":
        converted = _converted(quoted, old, new)
        wrong = f"CAST({converted} AS {old}) IS NOT {quoted}"
        if new == DECIMAL_TEXT:  # 1E+5 is the same as 100000
            wrong = f"{converted} IS NULL OR CAST(CAST({quoted} AS TEXT) AS {old}) IS NOT {quoted}"
        if old == DECIMAL_TEXT:
            wrong = f"CAST({converted} AS TEXT) IS NOT {DECODED}({quoted}) OR {DECODED}({quoted}) IS NULL"
        if old == "BOOLEAN" or (new == JSON_TEXT and old != "TEXT"):  # as in PostgreSQL, 1 is neither true nor JSON
            wrong = "1"
        wrong += f" OR CAST({converted} AS INTEGER) NOT IN (0, 1)" if new == "BOOLEAN" else ""  # a number, to SQLite
        wrong += f" OR NOT {STANDS_FOR}('{new}', {converted})" if new in KINDS else ""
    return f"SELECT 1 FROM {name} WHERE {quoted} IS NOT NULL AND ({wrong}) LIMIT 1"


def numbers(driver: Driver, table: str) -> str:
    """Asks for the number of every row."""
    return f"SELECT {NUMBER_COLUMN} FROM {driver.dialect.identifier_preparer.quote(table)}"


def filling(driver: Driver, table: str, column: str) -> str:
    """Sets a column of the row with a number."""
    quote, mark = driver.dialect.identifier_preparer.quote, "?" if driver.name == "sqlite" else "%s"
    return f"UPDATE {quote(table)} SET {quote(column)} = {mark} WHERE {NUMBER_COLUMN} = {mark}"
