"""What the database says of an application's expressions and keys, asked when a store is opened."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import sqlalchemy as sa

from ..data.store_errors import Busy, Full, TimedOut, Unreachable
from ..model.errors import fail
from .driver import Driver
from .statements import Statements

log = logging.getLogger("restwell")


def check_in_database(driver: Driver, statements: Statements) -> None:
    """Have the database look at the expressions of a resource. Raises DeclarationError for what it does not take."""
    declaration = statements.declaration
    for spec in declaration.fields:
        if spec.marks.sql is None:
            continue
        nothing = sa.select(statements.stored.columns[spec.name]).where(sa.false()).select_from(statements.table)
        statement = statements.compile(nothing)
        try:
            rows = driver.read(statement.text, statement.parameters({}), statements.table_name)
        except (Busy, Full, TimedOut, Unreachable):
            raise
        except Exception as error:  # noqa: BLE001 - each database has its own
            said = str(error.__cause__ or error).partition("\n")[0]
            fail(declaration.content, spec.attribute, f"has sql= that {driver.name} does not take: {said}.")
        if rows:
            fail(
                declaration.content,
                spec.attribute,
                "has sql= that is of all rows together: give one of a single row.",
            )


def tell_of_foreign_keys(driver: Driver, tables: Iterable[sa.Table | None]) -> None:
    """Warn of an engine whose connections do not hold the foreign keys of what is written."""
    has_any = any(table is not None and table.foreign_keys for table in tables)
    if has_any and driver.dialect.foreign_keys and not driver.read(driver.dialect.foreign_keys)[0][0]:
        log.warning(
            "foreign keys do not hold on connections of the application's engine: have each begin with PRAGMA "
            "foreign_keys = ON, by an event of the engine, as docs/models.md says"
        )
