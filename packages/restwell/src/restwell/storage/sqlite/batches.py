"""Rows of SQLite in batches from one snapshot, and texts that are not UTF-8, which another program has written."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from .errors import is_undecodable

C = TypeVar("C", bound=sqlite3.Connection)


@contextlib.contextmanager
def decoding(connection: C, *, leniently: bool) -> Iterator[C]:
    """Also reads texts that are not UTF-8, with surrogates for their bytes, which JSON cannot write."""
    if leniently:
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield connection
    finally:
        connection.text_factory = str


@contextlib.contextmanager
def moment(connection: sqlite3.Connection) -> Iterator[None]:
    """A read transaction: all reads within it see one snapshot."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def batches(connection: sqlite3.Connection, text: str, parameters: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """The rows of a query; after a text that is not UTF-8, the remaining rows are read leniently."""
    given, is_strict = 0, True
    while True:
        try:
            with decoding(connection, leniently=not is_strict):
                cursor = connection.execute(text, parameters)
                for _ in islice(cursor, given):
                    pass
                while rows := cursor.fetchmany(size):
                    yield rows
                    given += len(rows)
        except sqlite3.OperationalError as error:
            if not (is_strict and is_undecodable(error)):
                raise
            is_strict = False
        else:
            return
