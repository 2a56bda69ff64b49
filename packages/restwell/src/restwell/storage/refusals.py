"""What a database refuses of a change, in terms of the resource: the reason and the members."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..data.plans import RowChange
from ..data.store_errors import Rejected, Rejection
from .driver import Driver
from .errors import Violation, passing
from .selects import Selects
from .tables import INTERNAL_COLUMNS, indexes_of

MAX_INDEXED = 2000
"""Bytes of a text that fit into every index, whatever the text: a third of a page."""
SENTENCES: dict[Rejection, str] = {
    "missing": "A value is missing that the database needs.",
    "unlinked": "Something else in the database refers to this, or this refers to something that is not there.",
    "refused": "A rule of the database does not allow these values.",
    "rule": "A rule of the database does not allow this change.",
    "large": "A value is too long for the database, or for the index that it keeps of it.",
    "long": "A value is too long for its column.",
    "value": "A value is beyond what the database can hold.",
}


def members_taken(statements: Selects, change: RowChange, violation: Violation) -> tuple[str, ...]:
    """The members whose values are taken. Raises Busy if the number of the row collides, and not its content.

    That happens when another program has inserted rows with explicit numbers: the sequence of PostgreSQL passes them
    when the insert is retried.
    """
    ours = violation.table == statements.table_name
    if ours and violation.columns and INTERNAL_COLUMNS.issuperset(violation.columns):
        raise passing("busy")
    members, made = members_of(statements, violation), statements.declaration.makes
    if made is not None and change.action == "insert" and members == (made.name,):
        raise passing("busy")
    return members


def rejection_of(
    driver: Driver, statements: Selects, change: RowChange, violation: Violation, place: int = 0
) -> Rejected:
    """The rejection of a change, at a place in its unit, with the members concerned, if they are known."""
    reason: Rejection = violation.reason  # type: ignore[assignment]  # of a change, and Taken is asked for before
    if reason == "missing" and change.action == "delete":
        reason = "unlinked"  # what refers to it was to refer to nothing instead, and may not
    members: Iterable[str] = members_of(statements, violation)
    if not members and reason == "large":
        members = _long(statements, change)
    if not members and reason == "long":
        members = _longer_than_columns(statements, change)
    if not members and reason == "value":
        members = _beyond(driver, statements, change)
    if not members and reason == "refused":
        members = _mentioned(driver, statements, violation)
    return Rejected(SENTENCES[reason], reason, tuple(members), place)


def members_of(statements: Selects, violation: Violation) -> tuple[str, ...]:
    """The members whose columns a violation names."""
    stored = statements.stored
    if not stored.is_of(violation.table):
        return ()
    named = {stored.member_of(column) for column in violation.columns}
    return tuple(spec.name for spec in statements.declaration.fields if spec.name in named)


def _long(statements: Selects, change: RowChange) -> list[str]:
    """The indexed members whose texts may be too long for an index, alone or together."""
    values, declaration = change.values or {}, statements.declaration
    sizes = {spec.name: len(str(values.get(spec.name) or "").encode()) for spec in declaration.fields}
    indexes = indexes_of(declaration)
    long = {name for names in indexes if sum(map(sizes.__getitem__, names)) > MAX_INDEXED for name in names}
    return [spec.name for spec in declaration.fields if spec.name in long]


def _longer_than_columns(statements: Selects, change: RowChange) -> list[str]:
    """The members whose texts have more characters than their columns are declared to hold."""
    lengths = {name: getattr(column.type, "length", None) for name, column in statements.stored.columns.items()}
    values = change.values or {}
    return [name for name, most in lengths.items() if most and len(str(values.get(name) or "")) > most]


def _beyond(driver: Driver, statements: Selects, change: RowChange) -> list[str]:
    """The members whose values are out of range: the database is asked about each by itself."""
    found = []
    for name, value in (change.values or {}).items():
        text = statements.cast_of(name)
        try:
            driver.read(text, (statements.to_parameter(name, value),))
        except Violation:
            found.append(name)
    return found


def _mentioned(driver: Driver, statements: Selects, violation: Violation) -> list[str]:
    """The members that the violated rule mentions, if the database gives the rule or its name."""
    rule = driver.rule_of(statements.table_name, violation.rule) if violation.rule else ""
    words = set(map(statements.stored.member_of, re.findall(r"\w+", rule)))
    return [spec.name for spec in statements.declaration.fields if spec.name in words]
