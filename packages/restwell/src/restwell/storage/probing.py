"""What the database says of expressions of an application's, asked when a store is opened."""

from __future__ import annotations

import sqlalchemy as sa

from ..data.store_errors import Busy, Full, TimedOut, Unreachable
from ..model.errors import fail
from .driver import Driver
from .statements import Statements


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
