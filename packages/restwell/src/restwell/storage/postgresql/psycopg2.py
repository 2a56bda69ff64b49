"""PostgreSQL on connections of an application's engine, by psycopg 2.

As in `given.py`, but that psycopg 2 gives the rows of the last statement of a message alone, and reads values by what
is registered for a cursor. Where Python has no such value it gives another one, or raises what it meets: here each of
them is InvalidValue, as everywhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

from ..errors import InvalidValue
from ..given.backends import Executing
from ..given.held import held
from ..statements import Statements
from .copying import copy_lines, copy_text
from .engines import BACK, KNOWN, LASTING, LIMITS, READING, SAVED, WRITING, PostgresqlErrors
from .intervals import load_interval
from .settings import UNBOUNDED, UNHURRIED, set_local

Cast = Callable[[Any, Any], Any]
"""Makes a value of the text of one, and the cursor that it came by."""
MOMENTS = (1082, 1083, 1114, 1184, 1266)
"""The types of dates, times and moments, by their numbers in the catalogue of PostgreSQL."""
INTERVAL = 1186
JSON = (114, 3802)
LISTS = {1082: 1182, 1083: 1183, 1114: 1115, 1184: 1185, 1266: 1270, 1186: 1187, 114: 199, 3802: 3807}
"""The type of the arrays of each."""
LOOSE = "restwell_loose"
"""What says, in the `info` of a connection, that it commits each statement when no change of ours is made on it."""
UNREADABLE = object()
"""Replaces a value that Python does not have. JSON cannot write it."""


class Registered(NamedTuple):
    """How values are read: what is registered for a cursor."""

    strictly: Sequence[Any]
    leniently: Sequence[Any]


class CopiedLines:
    """Lines as a file that is read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def read(self, _: int = -1) -> str:
        """The next of them, which may be more than was asked for; nothing at their end."""
        return next(self._lines, "")


class Psycopg2Backend(PostgresqlErrors):
    """How statements are run on a connection of `psycopg2`."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        library: Any = engine.dialect.dbapi
        self._engine = engine
        self._extensions = library.extensions
        self._is_listening = False

    def read(
        self, raw: PoolProxiedConnection, text: str, parameters: Any, *, leniently: bool, is_bounded: bool
    ) -> list[Any]:
        """The rows of a query in a transaction of its own that only reads, within a time limit."""
        connection: Any = raw.dbapi_connection
        cursor = self._cursor(raw, leniently=leniently)
        asked = READING + ("" if is_bounded else set_local(UNBOUNDED)) + text
        if self._is_idle(connection):
            with _committing(connection, each=True):
                cursor.execute(asked, parameters)
            return _rows(cursor)
        try:
            cursor.execute(f"{SAVED}{asked}", parameters)
            return _rows(cursor)
        finally:
            if not connection.closed:
                self.executing(raw).execute(BACK)

    def stream(self, raw: PoolProxiedConnection, text: str, parameters: Any, size: int) -> Iterator[list[Any]]:
        """The rows of a query in one snapshot, `size` at a time, read leniently if necessary."""
        connection: Any = raw.dbapi_connection
        with _committing(connection, each=False) if self._is_idle(connection) else contextlib.nullcontext():
            try:
                opening = f"{READING}{set_local(UNHURRIED)}DECLARE restwell_stream CURSOR FOR {text}"
                self.executing(raw).execute(opening, parameters)
                cursor = self._cursor(raw, leniently=True)  # what was read strictly cannot be read again
                while rows := self._fetched(cursor, size):
                    yield rows
            finally:
                if not connection.closed:
                    connection.rollback()

    @staticmethod
    def _fetched(cursor: Any, size: int) -> list[Any]:
        cursor.execute(f"FETCH FORWARD {size} FROM restwell_stream")
        return _rows(cursor)

    def can_read(self, raw: PoolProxiedConnection) -> bool:
        """Whether the transaction that has begun has met no error."""
        connection: Any = raw.dbapi_connection
        known = self._extensions
        usable = {known.TRANSACTION_STATUS_IDLE, known.TRANSACTION_STATUS_INTRANS}
        return connection.get_transaction_status() in usable

    def begin(self, connection: sa.Connection, *, unhurried: bool) -> None:
        """Set limits of time. As the first statement of a transaction, it also shows whether the server is there.

        A connection that commits each statement does not until it is given back.
        """
        raw: Any = connection.connection.dbapi_connection
        if raw.autocommit and self._is_idle(raw):
            if not self._is_listening:
                self._is_listening = True
                sa.event.listen(self._engine, "checkin", _loosen)
            raw.autocommit = False
            connection.connection.info[LOOSE] = True
        connection.exec_driver_sql(set_local(UNHURRIED if unhurried else LIMITS))

    def executing(self, raw: PoolProxiedConnection) -> Executing:
        """The connection itself, to run statements on."""
        return Executing(raw.dbapi_connection, cursor_factory=self._extensions.cursor)

    def run(self, raw: PoolProxiedConnection, text: str, parameters: Any) -> list[Any]:
        """Run a changing statement within a transaction, and give the rows that it returns."""
        cursor = self._cursor(raw)
        cursor.execute(WRITING + text, parameters)
        return _rows(cursor)

    def load(self, connection: Executing, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises an error of psycopg's if one is refused, and inserts none."""
        cursor = connection.execute("SAVEPOINT restwell_load")
        try:
            cursor.copy_expert(copy_text(statements), CopiedLines(copy_lines(rows)))
        except Exception:
            if not connection.connection.closed:
                cursor.execute("ROLLBACK TO SAVEPOINT restwell_load")
            raise
        cursor.execute("RELEASE SAVEPOINT restwell_load")

    def restoring(self, engine: sa.Engine) -> contextlib.AbstractContextManager[None]:
        """By one transaction for all."""
        return held(engine, "START TRANSACTION", LASTING, is_fixed=True)

    def _is_idle(self, connection: Any) -> bool:
        return bool(connection.get_transaction_status() == self._extensions.TRANSACTION_STATUS_IDLE)

    # -- values -----------------------------------------------------------------------------------------------

    def _cursor(self, raw: PoolProxiedConnection, *, leniently: bool = False) -> Any:
        """A cursor that gives tuples, whatever the application has its own give, of values as they are read here."""
        connection: Any = raw.dbapi_connection
        cursor = connection.cursor(cursor_factory=self._extensions.cursor)
        found: Registered | None = raw.info.get(KNOWN)
        if found is None:
            raw.info[KNOWN] = found = self._read_as(connection)
        for each in found.leniently if leniently else found.strictly:
            self._extensions.register_type(each, cursor)
        return cursor

    def _read_as(self, connection: Any) -> Registered:
        """How the values of a connection are read, with what the application has registered for it."""
        known = self._extensions
        usual = {**known.string_types, **connection.string_types}
        casts: dict[int, Cast] = {number: _moment(usual[number]) for number in MOMENTS}
        casts[INTERVAL] = lambda text, _: None if text is None else load_interval(text)
        if not self._has_own_json:
            casts.update(dict.fromkeys(JSON, _json))
        strictly = {number: known.new_type((number,), f"restwell {number}", cast) for number, cast in casts.items()}
        for number in casts:
            of_list = LISTS[number]
            strictly[of_list] = known.new_array_type((of_list,), f"restwell {of_list}", strictly[number])
        every = {**usual, **strictly}
        leniently = [known.new_type((number,), f"lenient {number}", _lenient(cast)) for number, cast in every.items()]
        return Registered(list(strictly.values()), leniently)


def _moment(cast: Cast) -> Cast:
    """The same for what Python has: psycopg gives its last day for infinity, and its first minute for 24:00."""

    def read(text: str | None, cursor: Any) -> Any:
        if text is None:
            return None
        if "infinity" in text or text.startswith("24:"):
            raise InvalidValue
        try:
            return cast(text, cursor)
        except Exception as error:
            raise InvalidValue from error

    return read


def _json(text: str | None, _: object) -> Any:
    """The value of a JSON column, read by orjson; PostgreSQL's `json` allows more. Raises InvalidValue."""
    try:
        return None if text is None else orjson.loads(text)
    except ValueError as error:
        raise InvalidValue from error


def _lenient(cast: Cast) -> Cast:
    def read(text: str | None, cursor: Any) -> Any:
        try:
            return cast(text, cursor)
        except Exception:  # noqa: BLE001 - each kind of value has its own
            return UNREADABLE

    return read


def _rows(cursor: Any) -> list[Any]:
    return list(cursor.fetchall()) if cursor.description else []


@contextlib.contextmanager
def _committing(connection: Any, *, each: bool) -> Iterator[None]:
    """On a connection without a transaction: each message is one by itself, or all of them are one."""
    before = connection.autocommit
    connection.autocommit = each
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = before


def _loosen(connection: Any, record: Any) -> None:
    """Have a connection that was given back commit each statement, as it did before."""
    if record.info.pop(LOOSE, False) and connection is not None and not connection.closed:
        connection.autocommit = True
