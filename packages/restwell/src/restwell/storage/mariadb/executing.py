"""Runs statements on a connection of PyMySQL as those of other libraries do."""

from __future__ import annotations

from typing import Any


class Executing:
    """A connection with `execute`, which gives a cursor: of a class of PyMySQL's, or the usual one."""

    def __init__(self, connection: Any, cursor: type[Any] | None = None) -> None:
        self._connection = connection
        self._cursor = cursor

    def execute(self, text: str, parameters: Any = None) -> Any:
        """Run a statement, and give its cursor."""
        cursor = self._connection.cursor(self._cursor)
        cursor.execute(text, parameters)
        return cursor
