"""Alters a table of SQLite by rebuilding it: a new table is filled from the old one and takes its name.

SQLite has few forms of ALTER TABLE; this is the procedure of its documentation (https://sqlite.org/lang_altertable.html).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from ..alterations import Alteration, AlteringStep, literal
from ..dialect import Dialect
from ..index_steps import with_new_indexes, without_old_indexes
from ..tables import MODIFIED_COLUMN, NUMBER_COLUMN, VERSION_COLUMN, next_modified, number_of
from .kinds import DECIMAL_TEXT, DURATION_INTEGER, JSON_TEXT
from .texts import KINDS

STANDS_FOR = "restwell_stands_for"
"""The SQL function that says whether a text is valid for a declared type: see `texts.py`."""
ENCODED, DECODED = "restwell_decimal", "restwell_decimal_text"
"""The SQL functions that give a decimal in stored and in plain form; NULL for what is not a decimal."""
DURATION, DURATION_TEXT = "restwell_duration", "restwell_duration_text"
"""The same for durations."""
_CODES = {DECIMAL_TEXT: (ENCODED, DECODED), DURATION_INTEGER: (DURATION, DURATION_TEXT)}
"""By the declared type, for values that are not stored as they are written."""


def steps(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that alter a table to match its declaration; for indexes alone it is not rebuilt."""
    if alteration.changes_columns or alteration.new_constraints or alteration.old_constraints:
        return _anew(dialect, alteration)
    return [*without_old_indexes(dialect, alteration), *with_new_indexes(dialect, alteration)]


def _anew(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    quote = dialect.quote
    table = alteration.table
    name, beside = quote(table.name), quote(f"restwell_new_{table.name}")
    making = dialect.text(CreateTable(table.to_metadata(sa.MetaData(), name=f"restwell_new_{table.name}")))
    values = {column.name: _value(dialect, alteration, column) for column in table.c}
    parameters = tuple(parameter for _, some in values.values() for parameter in some)
    names = ", ".join(quote(column) for column in values)
    copying = f"INSERT INTO {beside} ({names}) SELECT {', '.join(text for text, _ in values.values())} FROM {name}"
    indexes = sorted(table.indexes - {*alteration.late_indexes}, key=lambda index: str(index.name))
    texts = _passed_numbers(table) if number_of(table).name != NUMBER_COLUMN else []
    texts += [f"DROP TABLE {name}", f"ALTER TABLE {beside} RENAME TO {name}"]
    texts += [dialect.text(CreateIndex(index)) for index in indexes]
    texts += dialect.version_triggers(table) if VERSION_COLUMN in table.c else []
    return [AlteringStep(making), AlteringStep(copying, parameters), *map(AlteringStep, [*texts, *alteration.others])]


def _passed_numbers(table: sa.Table) -> list[str]:
    """Statements after which no number is given twice, be it that its row went before: AUTOINCREMENT goes on."""
    old, new = literal(table.name), literal(f"restwell_new_{table.name}")
    passed = f"FROM sqlite_sequence WHERE name = {old}"
    return [
        f"DELETE FROM sqlite_sequence WHERE name = {new} AND EXISTS (SELECT 1 {passed})",
        f"INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq {passed}",
    ]


def _value(dialect: Dialect, alteration: Alteration, column: sa.Column[Any]) -> tuple[str, tuple[Any, ...]]:
    """The expression over the old table that fills a column of the new one, and its parameters."""
    name, quoted = column.name, dialect.quote(column.name)
    if name == alteration.renumbered and alteration.takes_numbers:
        return NUMBER_COLUMN, ()
    if column in alteration.added:
        return ("?", (alteration.defaults[name],)) if name in alteration.defaults else ("NULL", ())
    if name == VERSION_COLUMN and alteration.changes_columns:
        return f"{quoted} + 1", ()
    if name == MODIFIED_COLUMN and alteration.changes_columns:
        return next_modified(MODIFIED_COLUMN, dialect.now), ()
    text = quoted
    if name in alteration.types:
        text = _converted(quoted, alteration.types[name], dialect.type_name(column))
    return (f"coalesce({text}, ?)", (alteration.defaults[name],)) if name in alteration.defaults else (text, ())


def _converted(quoted: str, old: str, new: str) -> str:
    """An expression that converts a value of one type to another."""
    text = f"{_CODES[old][1]}({quoted})" if old in _CODES else quoted
    return f"{_CODES[new][0]}(CAST({text} AS TEXT))" if new in _CODES else f"CAST({text} AS {new})"


def in_new_type(dialect: Dialect, column: sa.Column[Any], old: str) -> str:
    """What the value of a column is in its new type, as SQL, compared as it is there."""
    collation = getattr(column.type, "collation", None)
    text = _converted(dialect.quote(column.name), old, dialect.type_name(column))
    return f"{text} COLLATE {collation}" if collation else text


def lost_by_type(dialect: Dialect, column: sa.Column[Any], old: str) -> str:
    """Whether the column's new type would change a value, as SQL."""
    quoted, new = dialect.quote(column.name), dialect.type_name(column)
    converted = _converted(quoted, old, new)
    wrong = f"CAST({converted} AS {old}) IS NOT {quoted}"
    if new == DECIMAL_TEXT:  # 1E+5 is the same as 100000
        wrong = f"{converted} IS NULL OR CAST(CAST({quoted} AS TEXT) AS {old}) IS NOT {quoted}"
    if new == DURATION_INTEGER:
        wrong = f"{converted} IS NULL OR {DURATION_TEXT}({converted}) IS NOT CAST({quoted} AS TEXT)"
    if old in _CODES:
        written = f"{_CODES[old][1]}({quoted})"
        wrong = f"CAST({converted} AS TEXT) IS NOT {written} OR {written} IS NULL"
    if old == "BOOLEAN" or (new == JSON_TEXT and old != "TEXT"):  # as in PostgreSQL, 1 is neither true nor JSON
        wrong = "1"
    wrong += f" OR CAST({converted} AS INTEGER) NOT IN (0, 1)" if new == "BOOLEAN" else ""  # a number, to SQLite
    wrong += f" OR NOT {STANDS_FOR}('{new}', {converted})" if new in KINDS else ""
    return f"{quoted} IS NOT NULL AND ({wrong})"
