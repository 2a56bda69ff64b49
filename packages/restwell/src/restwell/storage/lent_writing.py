"""A change of a table of Restwell's own on a connection that is lent to SQLAlchemy, for whoever takes part in it."""

from __future__ import annotations

from typing import Any, Protocol

from ..data.outcomes import Row
from ..data.plans import RowChange
from .errors import InvalidValue
from .lent import Lent, Locked, lock
from .reading import Reading
from .selects import Selects
from .statements import Statements


class LentWriting(Protocol):
    """Changes the rows of one resource through a session."""

    @property
    def selects(self) -> Selects:
        """The statements that read the resource."""

    def guarded(self, lent: Lent, change: RowChange) -> Locked | None:
        """The row as it is now; None where it is not the one that the change was decided on."""

    def write(self, lent: Lent, change: RowChange, locked: Locked | None) -> Row:
        """Make a change of a row that is locked, or of none; the row after it, and none where it is deleted."""

    def again(self, lent: Lent, row: Row) -> Row:
        """The row as it is by now."""


class OwnWriting:
    """Changes the rows of a table of Restwell's own by the statements that are used otherwise, too."""

    def __init__(self, statements: Statements, reading: Reading) -> None:
        self.selects = statements
        self._statements = statements
        self._reading = reading
        self._layout = reading.layout
        self._returns_updated = statements.dialect.returns_updated

    def guarded(self, lent: Lent, change: RowChange) -> Locked | None:
        """The row as it is now; None where it is not the one that the change was decided on."""
        stored = lock(lent, self.selects, change)
        if stored is None:
            return None
        row, _ = self._reading.whole(stored)  # what cannot be read is null to whoever takes part
        return Locked(row) if self._layout.version(row) == change.version else None

    def write(self, lent: Lent, change: RowChange, locked: Locked | None) -> Row:  # noqa: ARG002 - as others need it
        """Make a change; the row after it, and none where it is deleted."""
        statement, parameters = self._statements.of_change(change)
        if change.action == "delete":
            lent.connection.exec_driver_sql(statement.text, parameters)
            return ()
        if change.action == "replace" and not self._returns_updated:
            lent.connection.exec_driver_sql(statement.text, parameters)
            identity = (change.values or {})[self.selects.declaration.identity.name]
            return self._row(lent, self.selects.item.text, self.selects.of_identity(identity))
        return self._row(lent, statement.text, parameters)

    def again(self, lent: Lent, row: Row) -> Row:
        """The row as it is by now."""
        return self._row(lent, self.selects.item.text, self.selects.of_identity(self._layout.identity(row)))

    def _row(self, lent: Lent, text: str, parameters: tuple[Any, ...]) -> Row:
        rows = lent.connection.exec_driver_sql(text, parameters).fetchall()
        try:
            return self._reading.row(tuple(rows[0])) if rows else ()
        except InvalidValue:
            return self._reading.whole(tuple(rows[0]))[0]
