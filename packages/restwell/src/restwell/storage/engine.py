"""The store of one API: looks up rows and carries out changes in its database."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ..data.cursors import exact
from ..data.layout import Layout
from ..data.outcomes import Outcome, UnreadRow
from ..data.plans import Plan
from ..data.query import Order, Position, Query
from ..data.store_errors import Incomparable, ReadOnly, Unreadable
from ..data.units import Announcement, Call, Effect, Result, Unit
from ..http.limits import EXACT_TOTAL
from ..model.conditions import TRUE, both
from ..model.errors import fail
from ..model.resource import Declaration
from ..model.source import HeldSource
from . import schema
from .calls import StoredCalls
from .databases import Given, UnknownDatabase, open_driver
from .driver import Driver
from .errors import InvalidValue, Violation
from .held import HeldItems
from .mapped.writing import writing_of
from .outbox import StoredOutbox
from .reading import Telling, reading_of
from .selects import Selects
from .statements import Statements
from .tables import own_tables
from .units import NUMBERS, EffectWriter, Units

__all__ = ["Given", "Store", "UnknownDatabase", "open_driver"]
log = logging.getLogger("restwell")
MISSING = Outcome("missing")
MAX_UNREAD = 1000
"""Unreadable rows that are skipped for one page."""


class Store:
    """The rows of an API's resources, in one database. Safe to use from several threads and processes.

    With an `outbox` every change that is carried out has a line there. What an import or another program changes has
    none, nor what a store without one does: all that write to a database say the same. The `secret` is that of a
    database that is only read and keeps none.
    """

    def __init__(
        self, driver: Driver, declarations: Sequence[Declaration], *, outbox: bool = False, secret: str | None = None
    ) -> None:
        self.driver = driver
        self._given_secret = secret
        self._lacks: frozenset[str] = frozenset()
        """Restwell's own tables that are not in a database that is only read."""
        self.metadata = sa.MetaData()
        dialect = driver.dialect
        for each in declarations:
            for member, why in dialect.unfit(each) if each.source is None else ():
                fail(each.content, member, why)
        self.statements = {d: Statements(d, self.metadata, dialect) for d in declarations if d.source is None}
        """Those of Restwell's own tables."""
        self._held = {d: HeldItems(d, d.source.source) for d in declarations if isinstance(d.source, HeldSource)}
        modelled = [d for d in declarations if d.source is not None and d not in self._held]
        self._writings = {d: writing_of(d, dialect) for d in modelled}
        others = {d: writing.selects for d, writing in self._writings.items()}
        self.selects: Mapping[Declaration, Selects] = {
            d: others.get(d) or self.statements[d] for d in declarations if d not in self._held
        }
        """Those that read, of every resource."""
        self._reading = {d: reading_of(each.stored, d) for d, each in self.selects.items()}
        self._streamed = {d: reading_of(each.stored, d, wholly=True) for d, each in self.selects.items()}
        self._telling = Telling()
        self.outbox = StoredOutbox(driver) if outbox else None
        self.effects: dict[type[Effect], EffectWriter] = {}
        """What is written for each kind of effect."""
        if self.outbox is not None:
            self.effects[Announcement] = self.outbox.line_of
        has_calls = any(declaration.hooks.has_committed for declaration in declarations)
        self.calls = StoredCalls(driver) if has_calls else None
        if self.calls is not None:
            self.effects[Call] = self.calls.write_of
        self._units = Units(driver, self.statements, self.effects, self._writings)

    @classmethod
    def open(
        cls, url: str | Given, declarations: Sequence[Declaration], *, outbox: bool = False, secret: str | None = None
    ) -> Store:
        """A store for a database URL, or an engine of an application, its tables created and checked.

        Raises UnknownDatabase, SchemaMismatch, DeclarationError.
        """
        store = cls(open_driver(url), declarations, outbox=outbox, secret=secret)
        try:
            store.prepare()
        except BaseException:
            store.close()
            raise
        return store

    def prepare(self) -> None:
        """Create missing tables. Raises SchemaMismatch if existing ones do not match.

        A database that is only read does without our own where only models are served, and nothing needs a key.
        """
        own = own_tables(self.driver.dialect, outbox=self.outbox is not None, calls=self.calls is not None)
        every_resource = (*self.selects, *self._held)
        needs_keys = any(r.scope_for(o) is not None for d in every_resource for o, r in d.rules.items())
        is_dispensable = not (self.statements or needs_keys or self.outbox is not None or self.calls is not None)
        every = list(self.statements.values())
        self._lacks = schema.prepare(self.driver, every, own, is_dispensable=is_dispensable)
        _ = self.secret  # read now, so that refused requests need no query and forked processes have it

    @cached_property
    def secret(self) -> bytes:
        """The key of entity tags and cursors, kept in the database so that all workers use the same.

        For a database that keeps none it is made of the one that is given, or is this process's own.
        """
        if "restwell_secrets" in self._lacks:
            return self._spare_secret()
        rows = self.driver.read("SELECT value FROM restwell_secrets WHERE name = 'validators'")
        return bytes.fromhex(rows[0][0])

    def _spare_secret(self) -> bytes:
        if self._given_secret:
            return hashlib.blake2b(self._given_secret.encode(), digest_size=32).digest()
        log.info(
            "the database is only read and keeps no secret: entity tags and cursors are this process's own. Set "
            "RESTWELL_READ_ONLY_SECRET where several serve."
        )
        return secrets.token_bytes(32)

    @property
    def slow_at(self) -> float:
        """When a connection was last in use for longer than MAX_LOOK, by `time.perf_counter`."""
        return self.driver.slow_at

    def is_ready(self) -> bool:
        """Whether the database answers. Raises StoreError if it does not."""
        return bool(self.driver.read("SELECT 1"))

    def look_up(self, plan: Plan) -> Outcome:
        """Read what a plan asks for. Raises StoreError."""
        if self._held and plan.resource in self._held:
            return self._held[plan.resource].look_up(plan)
        try:
            if plan.action == "page":
                return self._page(plan, plan.query or Query())
            if isinstance(plan.identity, int) and plan.identity not in NUMBERS:
                return MISSING
            return self._item(plan)
        except Violation as violation:
            raise Incomparable("A value in the URI is beyond what the store can compare.") from violation

    def _item(self, plan: Plan) -> Outcome:
        statements = self.selects[plan.resource]
        statement, parameters = statements.item, statements.of_identity(plan.identity)
        if plan.condition is not TRUE:
            statement, parameters = statements.of_item(plan)
        if not plan.wholly:
            try:
                rows = self.driver.read(statement.text, parameters, statements.table_name)
                return Outcome("found", self._reading[plan.resource].row(rows[0])) if rows else MISSING
            except InvalidValue:
                pass
        rows = self.driver.read(statement.text, parameters, statements.table_name, leniently=True)
        return self._whole_item(plan, rows)

    def _whole_item(self, plan: Plan, rows: list[Any]) -> Outcome:
        """An item whose values are all checked."""
        reading = self._reading[plan.resource]
        if not rows:
            return MISSING
        row, wrong = reading.whole(rows[0])
        if not wrong:
            return Outcome("found", row)
        row = plan.resource.compiled[Layout].with_identity(row, plan.identity)
        unread = reading.unread(row, wrong)
        self._telling.tell(plan.resource, [unread])
        return Outcome("found", row, unread=(unread,))

    def carry_out(self, unit: Unit) -> Result:
        """Change all that a unit says, or nothing; committed when this returns. Raises StoreError when it cannot."""
        if self._held and any(change.resource in self._held for change in unit.changes):
            return self._held[unit.changes[0].resource].carry_out(unit)
        return self._units.carry_out(unit)

    def _page(self, plan: Plan, query: Query) -> Outcome:
        if plan.condition is not TRUE:
            query = query._replace(condition=both(plan.condition, query.condition))
        if query.after is not None and query.after.anchors:
            query = query._replace(after=self._exact(plan.resource, query.sort, query.after))
        rows, unread, total = self._rows(plan, query)
        beyond, backwards = len(rows) > query.limit, query.after is not None and query.after.backwards
        if total is None and plan.counting != "none":
            total = 0 if query.after is None else self._count(plan, query)
        if plan.counting == "bounded" and total is not None and total > EXACT_TOTAL:
            total = None
        if beyond:
            del rows[query.limit :]
        if backwards:
            rows.reverse()
        more, before = (True, beyond) if backwards else (beyond, query.after is not None)
        return Outcome("page", rows=rows, more=more, before=before, total=total, unread=unread)

    def _rows(self, plan: Plan, query: Query) -> tuple[list[Any], tuple[UnreadRow, ...], int | None]:
        """The rows of a page and one further row; the unreadable rows; the total if it is counted."""
        if plan.wholly:
            return self._sifted(plan, query)
        try:
            statements = self.selects[plan.resource]
            statement, parameters = statements.of_page(query, plan.counting)
            table, is_bounded = statements.table_name, statement.is_bounded
            rows = self.driver.read(statement.text, parameters, table, is_bounded=is_bounded)
            total = rows[0][-1] if rows and plan.counting != "none" else None
            return self._reading[plan.resource].rows(rows), (), total
        except InvalidValue:
            return self._sifted(plan, query)

    def _sifted(self, plan: Plan, query: Query) -> tuple[list[Any], tuple[UnreadRow, ...], int | None]:
        """As `_rows`, with the unreadable rows skipped."""
        reading = self._reading[plan.resource]
        for more in (query.limit, MAX_UNREAD):
            wider = query._replace(limit=query.limit + more)
            statements = self.selects[plan.resource]
            statement, parameters = statements.of_page(wider, plan.counting)
            table, is_bounded = statements.table_name, statement.is_bounded
            found = self.driver.read(statement.text, parameters, table, leniently=True, is_bounded=is_bounded)
            rows, unread = reading.sift(found, query.limit + 1)
            if len(rows) > query.limit or len(found) <= wider.limit:
                break
        else:
            raise Unreadable(f"More than {MAX_UNREAD} items that follow one another cannot be read: see the log.")
        self._telling.tell(plan.resource, unread)
        total = found[0][-1] if found and plan.counting != "none" else None
        return rows, tuple(unread), total

    def _exact(self, declaration: Declaration, sort: tuple[Order, ...], position: Position) -> Position:
        """The position with the exact values that were too long for its cursor."""
        statements = self.selects[declaration]
        statement, parameters = statements.of_anchors(position)
        found = self.driver.read(statement.text, parameters, statements.table_name, leniently=True)
        return exact(declaration, sort, position, self._reading[declaration].sift(found)[0])

    def _count(self, plan: Plan, query: Query) -> int:
        statements = self.selects[plan.resource]
        statement, parameters = statements.of_count(query.condition, plan.counting)
        is_bounded = statement.is_bounded
        return int(self.driver.read(statement.text, parameters, statements.table_name, is_bounded=is_bounded)[0][0])

    def stream(
        self, declaration: Declaration, size: int = 1000, unread: Callable[[UnreadRow], None] | None = None
    ) -> Iterator[list[Any]]:
        """Every row of a resource in the order of the keys, in one snapshot, `size` at a time.

        Rows that cannot be read are left out, and `unread` is called with each of them.
        """
        reading = self._streamed[declaration]
        statements = self.selects[declaration]
        for rows in self.driver.stream(statements.every.text, (), size):
            try:
                good = reading.rows(rows)
            except InvalidValue:
                good, bad = reading.sift(rows)
                for each in bad if unread is not None else ():
                    unread(each)  # type: ignore[misc]  # as the line before says
            yield good

    def find_key(self, identifier: str) -> Mapping[str, Any] | None:
        """The current record of an API key; None if there is none, which takes the same time."""
        if "restwell_keys" in self._lacks:
            return None
        [row] = self.driver.read(self._key_text, (identifier,), "restwell_keys")
        record = dict(zip(_KEY_COLUMNS, row, strict=True))
        return record if row[0] is not None else None

    def list_keys(self) -> list[Mapping[str, Any]]:
        """The records of all API keys, oldest first."""
        if "restwell_keys" in self._lacks:
            return []
        return [
            dict(zip(_KEY_COLUMNS, row, strict=True))
            for row in self.driver.read(self._keys_text("ORDER BY created, id"))
        ]

    def add_key(self, record: Mapping[str, Any]) -> None:
        """Store the record of a new API key. Raises StoreError."""
        if "restwell_keys" in self._lacks:
            raise ReadOnly("This service only reads: its database has no table for keys, and cannot get it.")
        marks = ", ".join([self._mark] * len(_KEY_COLUMNS))
        text = f"INSERT INTO restwell_keys ({', '.join(_KEY_COLUMNS)}) VALUES ({marks}) RETURNING id"
        self.driver.write(text, tuple(record[name] for name in _KEY_COLUMNS))

    def revoke_key(self, identifier: str) -> bool:
        """Revoke an API key from now on; False if there is no such key, or it is already revoked."""
        if "restwell_keys" in self._lacks:
            return False
        mark = self._mark
        text = f"UPDATE restwell_keys SET revoked = {mark} WHERE id = {mark} AND revoked IS NULL"
        parameters = (int(time.time()), identifier)
        if self.driver.dialect.returns_updated:
            return bool(self.driver.write(f"{text} RETURNING id", parameters))
        with self.driver.lend() as connection:
            return connection.exec_driver_sql(text, parameters).rowcount > 0

    @cached_property
    def _key_text(self) -> str:
        """Gives one row whether the key exists or not, so that the time it takes does not reveal which exist."""
        stand_ins = {"name": "'-'", "digest": f"'{'0' * 64}'", "scopes": f"'{'-' * 32}'", "created": "0"}
        columns = [f"COALESCE(k.{n}, {stand_ins[n]})" if n in stand_ins else f"k.{n}" for n in _KEY_COLUMNS]
        wanted = f"(SELECT CAST({self._mark} AS {self.driver.dialect.cast_text}) AS id) AS wanted"
        return f"SELECT {', '.join(columns)} FROM {wanted} LEFT JOIN restwell_keys AS k ON k.id = wanted.id"

    @property
    def _mark(self) -> str:
        return self.driver.dialect.mark

    def _keys_text(self, rest: str) -> str:
        return f"SELECT {', '.join(_KEY_COLUMNS)} FROM restwell_keys {rest.format(self._mark)}"

    def close(self) -> None:
        """Close every connection of this process, and end the thread that makes calls after changes."""
        with nullcontext() if self.calls is None else self.calls.closing():
            self.driver.close()


_KEY_COLUMNS = ("id", "name", "digest", "scopes", "created", "expires", "revoked")
