"""The outbox in the database: a line beside each change, and those lines in an order in which none comes late.

Where writers are one after another, numbers are given in the order of the commits. Where they are not, a number that
was given first may be committed last: there a line has the number of its transaction too, and is read when no
transaction with that number or a smaller one is open any more, as those that begin later have larger ones. So a long
transaction of any client of the server delays what is read, and no line is missed. A dump that is restored on
another server has numbers of the one that it came from: delete its lines, and readers begin anew.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ..data.outbox import START, OutboxLine, OutboxPosition, Trimmed
from ..data.plans import RowChange
from ..data.units import Announcement
from .driver import Driver, Write
from .selects import Statement
from .statements import Statements
from .tables import OUTBOX

TOLD = ("time", "path", "identity", "renamed", "action", "version_before", "version_after")
MAX_TRIMMED = 1000
"""Lines that are removed in one transaction, so that writers need not wait for long."""
LINES = 1000
"""Lines that are read at once, unless another number is said."""


class Told(Protocol):
    """What is told of a change: what it did, and what the row is after it."""

    @property
    def change(self) -> RowChange: ...

    @property
    def version_after(self) -> int | None:
        """The version that the row will have; None where it will not be there."""

    @property
    def identity_after(self) -> Any:
        """The identity that the row will have; None where it will not be there."""


class WrittenChange(NamedTuple):
    """A change that was made, and what the row is after it."""

    change: RowChange
    version_after: int | None
    identity_after: Any


class PreparedChange(NamedTuple):
    """A change with the statement that makes it."""

    change: RowChange
    statements: Statements
    statement: Statement
    parameters: tuple[Any, ...]

    @property
    def version_after(self) -> int | None:
        """The version that the row will have; None where it will not be there."""
        change = self.change
        if change.action == "insert":
            return int(self.parameters[self.statement.names.index("_version")])
        return None if change.version is None or change.action == "delete" else change.version + 1

    @property
    def identity_after(self) -> Any:
        """The identity that the row will have; None where it will not be there."""
        values, resource = self.change.values, self.change.resource
        if values is None:
            return None
        found = [values[spec.name] for spec in resource.identifying]
        return resource.identity_text(found if resource.parts else found[0])


class StoredOutbox:
    """The outbox of one database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        dialect = driver.dialect
        marks = ", ".join([dialect.mark] * len(TOLD))
        line = f"SELECT {marks} {dialect.in_order_of}" if dialect.in_order_of else f"VALUES ({marks})"
        self._insert = f"INSERT INTO {OUTBOX} ({', '.join(TOLD)}) {line} RETURNING id"
        order = ["transaction_id", "id"] if dialect.transaction_id else ["id"]
        self._numbers = len(order)
        self._order = ", ".join(order)
        self._key = f"({self._order})"
        self._position = f"({', '.join([dialect.mark] * len(order))})"
        self._first = f"ORDER BY {self._order} LIMIT"
        self._last = f"ORDER BY {', '.join(f'{name} DESC' for name in order)} LIMIT 1"
        self._numbered = self._order if dialect.transaction_id else f"0, {self._order}"
        self._settled = dialect.settled or "1 = 1"

    def line_of(self, announcement: Announcement, changes: Sequence[Told]) -> Write:
        """What writes the line that an announcement is."""
        prepared = changes[announcement.place]
        change, after = prepared.change, prepared.identity_after
        before = None if change.identity is None else change.resource.identity_text(change.identity)
        identity = after if change.action == "insert" else before
        renamed = None if after is None or str(after) == str(identity) else str(after)
        version = None if change.action == "insert" else change.version
        line = (int(time.time()), change.resource.path, str(identity), renamed, change.action, version)
        return Write(self._insert, (*line, prepared.version_after), OUTBOX)

    def changes_after(self, position: OutboxPosition, limit: int = LINES) -> list[OutboxLine]:
        """The lines behind a position, the earliest first, at most `limit`. Raises Trimmed, StoreError.

        The line at the position is read too: while it is there, none behind it was removed.
        """
        begins = position == START
        text = (
            f"SELECT {self._numbered}, {', '.join(TOLD)} FROM {OUTBOX} WHERE {self._key} >= {self._position} "
            f"AND {self._settled} {self._first} {self._driver.dialect.mark}"
        )
        rows = self._driver.read(text, (*self._parameters(position), limit + (not begins)), OUTBOX)
        lines = [OutboxLine(OutboxPosition(*row[:2]), *row[2:]) for row in rows]
        if begins:
            return lines
        if not lines or lines[0].position != position:
            raise Trimmed(f"The outbox has no line at {tuple(position)} any more: lines behind it may have gone too.")
        return lines[1:]

    def last_position(self) -> OutboxPosition:
        """The position of the last line: where somebody begins who wants what is changed from now on."""
        text = f"SELECT {self._numbered} FROM {OUTBOX} WHERE {self._settled} {self._last}"
        rows = self._driver.read(text, (), OUTBOX)
        return OutboxPosition(*rows[0]) if rows else START

    def trim(self, position: OutboxPosition) -> int:
        """Remove the lines before a position, not the one that stands there; how many. Raises StoreError."""
        before = (
            f"SELECT {self._order} FROM {OUTBOX} WHERE {self._key} < {self._position} {self._first} {MAX_TRIMMED}"
        )
        some = f"SELECT * FROM ({before}) AS earlier"  # since MariaDB has no LIMIT within IN
        text = f"DELETE FROM {OUTBOX} WHERE {self._key} IN ({some}) RETURNING id"
        removed = 0
        while lines := len(self._driver.write(text, self._parameters(position), OUTBOX)):
            removed += lines
        return removed

    def _parameters(self, position: OutboxPosition) -> tuple[int, ...]:
        return position[-self._numbers :]
