"""What differs from one database to another on a connection of an application's pool, beside its dialect."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

from ..dialect import Dialect
from ..statements import Statements

Ask = Callable[[str, Any], list[Any]]
"""Gives the rows of a query."""


class Backend(Protocol):
    """How statements are run on a raw connection. What it sets there is taken back before others have it."""

    dialect: Dialect
    errors: tuple[type[Exception], ...]
    """What the functions of the database's library raise."""
    is_one_writer: bool
    """Whether the database has one writer at a time, so that threads had better wait here."""

    def read(
        self, raw: PoolProxiedConnection, text: str, parameters: Any, *, leniently: bool, is_bounded: bool
    ) -> list[Any]:
        """The rows of a query, within a time limit."""

    def stream(self, raw: PoolProxiedConnection, text: str, parameters: Any, size: int) -> Iterator[list[Any]]:
        """The rows of a query in one snapshot, `size` at a time, read leniently if necessary."""

    def can_read(self, raw: PoolProxiedConnection) -> bool:
        """Whether something can be read on a connection that somebody has begun to use."""

    def begin(self, connection: sa.Connection, *, unhurried: bool) -> None:
        """Prepare a transaction that has begun: what is read in it from now on, others do not change meanwhile."""

    def executing(self, raw: PoolProxiedConnection) -> Any:
        """What runs statements by `execute(text, parameters)`, which gives a cursor."""

    def run(self, raw: PoolProxiedConnection, text: str, parameters: Any) -> list[Any]:
        """Run a changing statement within a transaction, and give the rows that it returns."""

    def is_lost(self, error: Exception) -> bool:
        """Whether an error means that the connection is lost, while another one may work."""

    def translate(self, error: Exception, ask: Ask, statement: str = "") -> Exception:
        """The StoreError or Violation for an error of a statement, called when its connection was given back."""

    def load(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises Violation or an error of the library's."""

    def restoring(self, engine: sa.Engine) -> AbstractContextManager[None]:
        """What is written by connections of an engine meanwhile is taken back at the end: for a test."""

    def rule_of(self, ask: Ask, table: str, name: str) -> str:
        """The expression of a rule of a table by its name; the name itself if the expression is not known."""


class Executing:
    """A connection of a library that runs statements by cursors alone; `of` is how they are made."""

    def __init__(self, connection: Any, **of: Any) -> None:
        self.connection = connection
        self._of = of

    def execute(self, text: str, parameters: Any = None) -> Any:
        """Run a statement, and give its cursor."""
        cursor = self.connection.cursor(**self._of)
        cursor.execute(text, parameters)
        return cursor


def in_order(dialect: sa.engine.Dialect, style: str) -> sa.engine.Dialect:
    """The dialect of an engine, with what the application has set there, whose parameters stand in order."""
    if dialect.positional and dialect.paramstyle == style:
        return dialect
    found = copy.copy(dialect)
    found.paramstyle, found.positional = style, True
    return found
