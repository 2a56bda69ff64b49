"""Changes of models and tables of others: a mapped class by a session, a table by statements, in one transaction.

The row is read under its lock first, so that the version that a change was decided on is compared with what is there
now: no update is lost on a table that never heard of versions. What was written is read again, with what triggers,
defaults and events have made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from ...data.layout import Layout
from ...data.outcomes import Row
from ...data.plans import RowChange
from ...data.store_errors import Disallowed
from ...http.keeping import kept
from ...model.resource import Declaration
from ..conditions import Shape, shape_of
from ..dialect import Converter, Dialect
from ..errors import Violation
from ..lent import Lent, Locked, lock
from ..reading import reading_of
from ..selects import Selects
from .constructing import REFUSALS, construct, set_values
from .source import ModelSource
from .values import to_python_of


class Writing:
    """Changes the rows of one resource."""

    def __init__(self, declaration: Declaration, source: ModelSource, selects: Selects, dialect: Dialect) -> None:
        self.source = source
        self.selects = selects
        self._declaration = declaration
        self._layout = declaration.compiled[Layout]
        self._reading = reading_of(selects.stored, declaration)
        # What follows goes by attributes, as a model does; rows and changes by the names of members.
        attributes, fields = source.attributes, declaration.fields
        self._to_python: dict[str, Converter | None] = {
            spec.attribute: to_python_of(spec, attributes[spec.attribute].kind, dialect.sql) for spec in fields
        }
        self._made = {spec.attribute: spec.marks.made for spec in fields if spec.marks.made is not None}
        self._columns = {name: each.column for name, each in attributes.items() if each.column is not None}
        self._identity = [spec.attribute for spec in declaration.identifying]
        self._members = {spec.attribute: spec.name for spec in fields}
        self._dialect = dialect

    def guarded(self, lent: Lent, change: RowChange) -> Locked | None:
        """The row as it is now; None where it is not the one that the change was decided on."""
        locked = self._locked(lent, change)
        return locked if locked is not None and self._layout.version(locked.row) == change.version else None

    def _locked(self, lent: Lent, change: RowChange) -> Locked | None:
        if self.source.model.cls is not None:
            flush(lent.session)  # what the application has changed before is not to be read over
        if self.source.model.cls is None or change.of_unread:
            stored = lock(lent, self.selects, change)
            if stored is None:
                return None
            row, unread = self._reading.whole(stored)
            return Locked(row, self._item_without(lent, change, unread), unread)
        found = self._locking(shape_of(change.condition))
        values = self.selects.locked_values(change, self._of_member)
        # A collection that is loaded by a join repeats the item.
        first = lent.session.execute(found, values).unique(lambda _: True).one_or_none()
        return None if first is None else Locked(self._reading.whole(tuple(first[1:]))[0], first[0])

    def _item_without(self, lent: Lent, change: RowChange, unread: tuple[str, ...]) -> Any:
        """The item of a mapped class that is locked already, without attributes that cannot be read."""
        cls = self.source.model.cls
        if cls is None:
            return None
        names = [self._declaration.renamed.get(name, name) for name in unread]
        later = [sa.orm.defer(getattr(cls, name)) for name in names if name in self._columns]
        found = self.selects.locking(shape_of(change.condition), (cls,))
        found = found.options(*later).execution_options(populate_existing=True)
        values = self.selects.locked_values(change, self._of_member)
        return lent.session.execute(found, values).unique(lambda _: True).scalar_one()

    @kept(1024 * 1024)
    def _locking(self, shape: Shape) -> Any:
        """The statement for an item of a mapped class under its lock, and for its row as the driver gives it.

        What a session has read before is read again, so that it knows what it changes.
        """
        raw = [sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in self.selects.row]
        found = self.selects.locking(shape, (self.source.model.cls, *raw))
        return found.execution_options(populate_existing=True)

    def write(self, lent: Lent, change: RowChange, locked: Locked | None) -> Row:
        """Make a change of a row that is locked, or of none; the row after it, and none where it is deleted.

        Raises Disallowed, StaleDataError, or an error of SQLAlchemy's.
        """
        try:
            if locked is None:
                return self._inserted(lent, self._written(change.values or {}, None))
            if change.action == "delete":
                try:
                    self._delete(lent, locked)
                except Disallowed as error:
                    raise Disallowed(str(error), of_state=True) from error
                return ()
            return self._replaced(lent, locked, change.values or {}, change.unseen)
        except sa.exc.DBAPIError:
            raise
        except sa.exc.StatementError as error:  # a type of the application's own has refused a value
            if isinstance(error.orig, REFUSALS):
                raise Disallowed(str(error.orig), self._refused(change)) from error
            raise

    def _refused(self, change: RowChange) -> str | None:
        """The member whose value its type refuses."""
        for name, value in (change.values or {}).items():
            try:
                self.selects.to_parameter(name, value)
            except Violation:
                return name
        return None

    def again(self, lent: Lent, row: Row) -> Row:
        """The row as it is by now."""
        return self._again(lent, self._layout_key(row))

    def _layout_key(self, row: Row) -> Any:
        """What a row is found by, as it stands in JSON."""
        key = self._layout.key(row)
        return self._plain_key(key if len(self._identity) > 1 else (key,))

    def _row(self, lent: Lent, text: str, parameters: tuple[Any, ...]) -> Row | None:
        rows = lent.connection.exec_driver_sql(text, parameters).fetchall()
        return self._reading.whole(tuple(rows[0]))[0] if rows else None

    def _again(self, lent: Lent, identity: Any) -> Row:
        row = self._row(lent, self.selects.item.text, self.selects.of_identity(identity))
        if row is None:
            raise LookupError(f"{self.source.name}: what was written cannot be read again")
        return row

    # -- values -----------------------------------------------------------------------------------------------

    def _written(
        self, values: Mapping[str, Any], row: Row | None, unseen: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """The values to be set, in types of Python: without what is made, and of a row what is another or unseen."""
        before = {} if row is None else self._declaration.by_attribute(self._layout.named(row))
        found = {}
        for name, value in self._declaration.by_attribute(values).items():
            made = self._made.get(name)
            if name not in self._columns or (made is not None and (made.always or self._is_left(made, value, row))):
                continue
            given = self._python(name, value)
            if row is None or name in unseen or given != self._python(name, _plain(before[name])):
                found[name] = given
        return found

    @staticmethod
    def _is_left(made: Any, value: Any, row: Row | None) -> bool:
        """Whether no value means the one that is made, or that is there."""
        return value is None and (row is None or not made.nullable)

    def _python(self, name: str, value: Any) -> Any:
        convert = self._to_python[name]
        return value if convert is None or value is None else convert(value)

    def _of_member(self, name: str, value: Any) -> Any:
        return self._python(self._declaration.renamed.get(name, name), value)

    # -- a mapped class, or a table ---------------------------------------------------------------------------

    def _inserted(self, lent: Lent, values: dict[str, Any]) -> Row:
        cls = self.source.model.cls
        if cls is None:
            columns = {self._columns[name].key: value for name, value in values.items()}
            statement = sa.insert(self._table()).values(columns)
            return self._again(lent, self._inserted_key(lent.connection, statement))
        item = self._validated(values, lambda given: construct(cls, given))
        lent.session.add(item)
        flush(lent.session)
        self._emptied(lent.session, item, values)
        return self._again(lent, self._identity_of(item))

    def _emptied(self, session: Session, item: Any, values: Mapping[str, Any]) -> None:
        """Set to null what was asked to be: of a new item a session takes that for a value that is left out."""
        missing = [name for name, value in values.items() if value is None]
        emptied = {name: None for name in missing if self.source.attributes[name].default[0] == "value"}
        if emptied:
            self._validated(emptied, lambda given: set_values(item, given))
            flush(session)

    def _replaced(self, lent: Lent, locked: Locked, values: Mapping[str, Any], unseen: frozenset[str]) -> Row:
        row, item, unread = locked
        unseen = frozenset(self._declaration.renamed.get(name, name) for name in (*unseen, *unread))
        written = self._written(values, row, unseen)
        if not written:
            return row
        if item is None:
            identity, given = self._layout_key(row), self._declaration.by_attribute(values)
            columns = {self._columns[name].key: value for name, value in written.items()}
            lent.connection.execute(sa.update(self._table()).where(self._is_it(identity)).values(columns))
            return self._again(lent, self._plain_key([given[name] for name in self._identity]))
        self._validated(written, lambda given: set_values(item, given))
        for name in unseen & written.keys():
            flag_modified(item, name)  # the same value is written again, and counts as a change
        flush(lent.session)
        return self._again(lent, self._identity_of(item))

    def _delete(self, lent: Lent, locked: Locked) -> None:
        if locked.item is None:
            identity = self._layout_key(locked.row)
            lent.connection.execute(sa.delete(self._table()).where(self._is_it(identity)))
            return
        lent.session.delete(locked.item)
        flush(lent.session)

    def _is_it(self, identity: Any) -> Any:
        """Whether a row of a table has this identity."""
        values = identity if len(self._identity) > 1 else (identity,)
        pairs = zip(self._identity, values, strict=True)
        return sa.and_(*(self._columns[name] == self._python(name, value) for name, value in pairs))

    def _identity_of(self, item: Any) -> Any:
        """What an item of a mapped class is found by, as it stands in JSON."""
        return self._plain_key([getattr(item, name) for name in self._identity])

    def _plain_key(self, values: Sequence[Any]) -> Any:
        found = tuple(map(_plain, values))
        return found if len(found) > 1 else found[0]

    def _inserted_key(self, connection: sa.Connection, statement: Any) -> Any:
        """Insert a row of a table. Gives its identity, which the database may have made."""
        if self._dialect.sql.insert_returning:
            columns = [self._columns[name] for name in self._identity]
            return self._plain_key(tuple(connection.execute(statement.returning(*columns)).one()))
        key: Any = connection.execute(statement).inserted_primary_key
        return self._plain_key(tuple(key))

    def _table(self) -> sa.Table:
        table = self.source.model.table
        if table is None:
            raise TypeError(f"{self.source.name} is not a table that can be written")
        return table

    def _validated(self, values: dict[str, Any], use: Callable[[dict[str, Any]], Any]) -> Any:
        """What comes of values that the validators of a model see. Raises Disallowed, with the member if known."""
        try:
            return use(values)
        except REFUSALS as error:
            refused: str | None = getattr(error, "restwell_member", None)
            raise Disallowed(str(error), refused and self._members.get(refused, refused)) from error


def writing_of(declaration: Declaration, dialect: Dialect) -> Writing:
    """What reads and changes the rows of a resource that a model holds."""
    source = declaration.source
    if not isinstance(source, ModelSource):
        raise TypeError(f"{declaration.name}: its source, {source!r}, is nothing that this store can read")
    selects = Selects(declaration, source.stored(declaration, dialect), dialect)
    return Writing(declaration, source, selects, dialect)


def flush(session: Session) -> None:
    """Write what is pending. Raises Disallowed where an event of a model refuses it."""
    try:
        session.flush()
    except REFUSALS as error:
        if str(error).startswith("Dependency rule"):  # SQLAlchemy's own: what refers to it cannot without it
            raise Violation("unlinked") from error
        raise Disallowed(str(error)) from error


def _plain(value: Any) -> Any:
    """A value of a row as it stands in JSON."""
    if isinstance(value, list):
        return list(map(_plain, value))
    return value if value is None or isinstance(value, (str, int, float, dict)) else as_text(value)


def as_text(value: Any) -> str:
    """A date, a moment or a UUID of a row as JSON has it."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
