"""Changes of models and tables of others: a mapped class by a session, a table by statements, in one transaction.

The row is read under its lock first, so that the version that a change was decided on is compared with what is there
now: no update is lost on a table that never heard of versions. What was written is read again, with what triggers,
defaults and events have made of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ...data.layout import Layout
from ...data.outcomes import Outcome, Row
from ...data.plans import Change
from ...data.store_errors import Disallowed
from ...model.resource import Declaration
from ..dialect import Converter, Dialect
from ..driver import SESSION
from ..reading import reading_of
from ..selects import Selects
from .source import ModelSource
from .values import to_python_of

REFUSALS = (ValueError, AssertionError)
"""What validators of a model raise to refuse a value."""
LOST = Outcome("lost")
DELETED = Outcome("deleted")


class Writing:
    """Changes the rows of one resource."""

    def __init__(self, declaration: Declaration, source: ModelSource, selects: Selects, dialect: Dialect) -> None:
        self.source = source
        self.selects = selects
        self._declaration = declaration
        self._layout = declaration.compiled[Layout]
        self._reading = reading_of(selects.stored, declaration)
        attributes = source.attributes
        self._to_python: dict[str, Converter | None] = {
            spec.name: to_python_of(spec, attributes[spec.name].kind) for spec in declaration.fields
        }
        self._made = {spec.name: spec.marks.made for spec in declaration.fields if spec.marks.made is not None}
        self._columns = {name: each.column for name, each in attributes.items() if each.column is not None}
        self._identity = declaration.identity.name
        self._dialect = dialect

    def change(self, connection: sa.Connection, change: Change) -> Outcome:
        """Make a change on a connection that is in a transaction. Raises Disallowed, or an error of SQLAlchemy's."""
        try:
            if change.action == "insert":
                return Outcome("created", self._inserted(connection, self._written(change.values or {}, None)))
            row = self._guarded(connection, change)
            if row is None:
                return LOST
            if change.action == "delete":
                self._delete(connection, row)
                return DELETED
            return Outcome("replaced", self._replaced(connection, row, change.values or {}))
        except StaleDataError:
            return LOST

    # -- what is there ----------------------------------------------------------------------------------------

    def _guarded(self, connection: sa.Connection, change: Change) -> Row | None:
        """The row as it is now, locked; None where it is not the one that the change was decided on."""
        statement, parameters = self.selects.of_locked(change)
        row = self._row(connection, statement.text, parameters)
        return row if row is not None and self._layout.version(row) == change.version else None

    def _row(self, connection: sa.Connection, text: str, parameters: tuple[Any, ...]) -> Row | None:
        rows = connection.exec_driver_sql(text, parameters).fetchall()
        return self._reading.whole(tuple(rows[0]))[0] if rows else None

    def _again(self, connection: sa.Connection, identity: Any) -> Row:
        row = self._row(connection, self.selects.item.text, self.selects.of_identity(_plain(identity)))
        if row is None:
            raise LookupError(f"{self.source.name}: what was written cannot be read again")
        return row

    # -- values -----------------------------------------------------------------------------------------------

    def _written(self, values: Mapping[str, Any], row: Row | None) -> dict[str, Any]:
        """The values to be set, in types of Python: without what is made, and of a row only what is another."""
        before = {} if row is None else self._layout.named(row)
        found = {}
        for name, value in values.items():
            made = self._made.get(name)
            if name not in self._columns or (made is not None and (made.always or self._is_left(made, value, row))):
                continue
            given = self._python(name, value)
            if row is None or given != self._python(name, _plain(before[name])):
                found[name] = given
        return found

    @staticmethod
    def _is_left(made: Any, value: Any, row: Row | None) -> bool:
        """Whether no value means the one that is made, or that is there."""
        return value is None and (row is None or not made.nullable)

    def _python(self, name: str, value: Any) -> Any:
        convert = self._to_python[name]
        return value if convert is None or value is None else convert(value)

    # -- a mapped class, or a table ---------------------------------------------------------------------------

    def _inserted(self, connection: sa.Connection, values: dict[str, Any]) -> Row:
        cls = self.source.model.cls
        if cls is None:
            columns = {self._columns[name].key: value for name, value in values.items()}
            result = connection.execute(sa.insert(self._table()).values(columns))
            return self._again(connection, self._key_of(result.inserted_primary_key, values))
        with self._session(connection) as session:
            item = self._validated(values, lambda given: construct(cls, given))
            session.add(item)
            self._flush(session)
            return self._again(connection, getattr(item, self._identity))

    def _replaced(self, connection: sa.Connection, row: Row, values: Mapping[str, Any]) -> Row:
        written = self._written(values, row)
        identity = self._layout.identity(row)
        cls = self.source.model.cls
        if not written:
            return row
        if cls is None:
            columns = {self._columns[name].key: value for name, value in written.items()}
            connection.execute(sa.update(self._table()).where(self._is_it(identity)).values(columns))
        else:
            with self._session(connection) as session:
                item = self._item(session, cls, identity)
                self._validated(written, lambda given: _set(item, given))
                self._flush(session)
                identity = getattr(item, self._identity)
        return self._again(connection, values.get(self._identity, identity) if cls is None else identity)

    def _delete(self, connection: sa.Connection, row: Row) -> None:
        identity, cls = self._layout.identity(row), self.source.model.cls
        if cls is None:
            connection.execute(sa.delete(self._table()).where(self._is_it(identity)))
            return
        with self._session(connection) as session:
            session.delete(self._item(session, cls, identity))
            self._flush(session)

    def _session(self, connection: sa.Connection) -> AbstractContextManager[Session]:
        """The session of the application that the connection is of, or one for this change."""
        given = connection.get_execution_options().get(SESSION)
        return Session(connection, expire_on_commit=False, autoflush=False) if given is None else nullcontext(given)

    @staticmethod
    def _flush(session: Session) -> None:
        try:
            session.flush()
        except REFUSALS as error:
            raise Disallowed(str(error)) from error

    def _item(self, session: Session, cls: type[Any], identity: Any) -> Any:
        column = getattr(cls, self._identity)
        found = sa.select(cls).where(column == self._python_key(identity))
        # What a session has read before is read again, so that it knows what it changes.
        return session.scalars(found, execution_options={"populate_existing": True}).one()

    def _is_it(self, identity: Any) -> Any:
        return self._columns[self._identity] == self._python_key(identity)

    def _python_key(self, identity: Any) -> Any:
        return self._python(self._identity, _plain(identity))

    def _key_of(self, primary_key: Any, values: Mapping[str, Any]) -> Any:
        """The identity of a new row of a table."""
        if self._identity in values:
            return values[self._identity]
        return primary_key[0]

    def _table(self) -> sa.Table:
        table = self.source.model.table
        if table is None:
            raise TypeError(f"{self.source.name} is no table that can be written")
        return table

    @staticmethod
    def _validated(values: dict[str, Any], use: Callable[[dict[str, Any]], Any]) -> Any:
        """What comes of values that the validators of a model see. Raises Disallowed, with the member if known."""
        try:
            return use(values)
        except REFUSALS as error:
            raise Disallowed(str(error), getattr(error, "restwell_member", None)) from error


def writing_of(declaration: Declaration, dialect: Dialect) -> Writing:
    """What reads and changes the rows of a resource that a model holds."""
    source = declaration.source
    if not isinstance(source, ModelSource):
        raise TypeError(f"{declaration.name}: its source, {source!r}, is nothing that this store can read")
    selects = Selects(declaration, source.stored(declaration, dialect), dialect)
    return Writing(declaration, source, selects, dialect)


def construct(cls: type[Any], values: Mapping[str, Any]) -> Any:
    """A new item of a mapped class, made as the application makes one: its constructor, then what that leaves out."""
    names = _arguments(cls)
    item = _made(cls, {name: value for name, value in values.items() if names is None or name in names})
    if names is not None:
        _set(item, {name: value for name, value in values.items() if name not in names})
    return item


def _made(cls: type[Any], values: Mapping[str, Any]) -> Any:
    try:
        return cls(**values)
    except REFUSALS:
        blank: Any = sa.inspect(cls).class_manager.new_instance()
        _set(blank, values)  # one by one, to learn which of them is refused
        raise


def _arguments(cls: type[Any]) -> frozenset[str] | None:
    """The names that the constructor of a class takes; None where it takes all that is mapped."""
    parameters = inspect.signature(cls.__init__).parameters
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return None
    return frozenset(parameters)


def _set(item: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        try:
            setattr(item, name, value)
        except REFUSALS as error:
            error.restwell_member = name  # type: ignore[union-attr]  # told to whoever catches it
            raise


def _plain(value: Any) -> Any:
    """A value of a row as it stands in JSON."""
    return value if value is None or isinstance(value, (str, int, float, list, dict)) else as_text(value)


def as_text(value: Any) -> str:
    """A date, a moment or a UUID of a row as JSON has it."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
