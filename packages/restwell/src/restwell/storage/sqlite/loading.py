"""Bulk loading into a table of SQLite, within a transaction."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ..bulk import insert_text
from ..existing_rows import has_rows
from ..statements import Statements
from .errors import translate

MAX_PARAMETERS = 32_766
"""Parameters that one statement can have."""
ROWS_AT_ONCE = 500
"""Rows that one statement inserts: one at a time takes 1.6 times as long, thousands gain nothing."""
INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
"""The indexes of a table, without those of its definition, which cannot be dropped."""


def load(connection: sqlite3.Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
    """Insert many rows. Raises Violation, and then has inserted none of them."""
    at_once = min(ROWS_AT_ONCE, MAX_PARAMETERS // len(statements.declaration.stored))
    waiting = iter(rows)
    with _savepoint(connection, "load"):
        text = insert_text(statements, at_once)
        while some := list(islice(waiting, at_once)):
            text = text if len(some) == at_once else insert_text(statements, len(some))
            connection.execute(text, list(chain.from_iterable(some)))


def load_empty(connection: sqlite3.Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> bool:
    """As `load`, into an empty table whose indexes are created afterwards, except the identity's: a fifth faster.

    Returns False and does nothing if the table has rows.
    """
    if connection.execute(has_rows(statements.dialect, statements.table.name)).fetchall():
        return False
    indexes = connection.execute(INDEXES, (statements.table.name,)).fetchall()
    with _savepoint(connection, "load_empty"):
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        load(connection, statements, rows)
        for _, text in indexes:
            connection.execute(text)
    return True


@contextlib.contextmanager
def _savepoint(connection: sqlite3.Connection, name: str) -> Iterator[None]:
    """Several statements within a transaction, all or nothing. Raises Violation or StoreError."""
    connection.execute(f"SAVEPOINT {name}")
    try:
        yield
    except BaseException as error:
        if connection.in_transaction:  # a full disk ends the transaction by itself
            connection.execute(f"ROLLBACK TO {name}")
            connection.execute(f"RELEASE {name}")
        if isinstance(error, sqlite3.Error):
            raise translate(error) from error
        raise
    connection.execute(f"RELEASE {name}")
