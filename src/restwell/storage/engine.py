"""The store: the two steps that touch a database, look up and carry out, for the resources of one API."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ..cursors import exact
from ..plan import EXACT_TOTAL, Order, Outcome, Plan, Position, Query, Row
from ..problems import BadRequest
from ..resource import Declaration
from . import schema
from .databases import UnknownDatabase, open_driver
from .driver import Driver
from .errors import Taken, Violation
from .refusals import members_taken, problem_of
from .statements import Statements
from .tables import Converter, readers_of

__all__ = ["Store", "UnknownDatabase", "open_driver"]
NUMBERS = range(-(2**63), 2**63)
"""That a column can hold; a row with any other identity there cannot be."""


class Store:
    """The rows of an API's resources, in one database. Safe to use from several threads and processes."""

    def __init__(self, driver: Driver, declarations: Sequence[Declaration]) -> None:
        self.driver = driver
        self.metadata = sa.MetaData()
        self.statements = {d: Statements(d, self.metadata, driver.dialect) for d in declarations}
        self._readers: dict[Declaration, tuple[tuple[int, Converter], ...]] = {
            d: readers_of(driver.name, d) for d in declarations
        }
        self._returned_readers = {d: readers_of(driver.name, d, returned=True) for d in declarations}
        self._secret: bytes | None = None

    @classmethod
    def open(cls, url: str, declarations: Sequence[Declaration]) -> Store:
        """A store for a database URL, its tables made and checked. Raises UnknownDatabase, SchemaMismatch."""
        store = cls(open_driver(url), declarations)
        try:
            store.prepare()
        except BaseException:
            store.close()
            raise
        return store

    def prepare(self) -> None:
        """Make what is missing. Raises SchemaMismatch when what is there does not fit."""
        schema.prepare(self.driver, list(self.statements.values()))
        _ = self.secret  # now, so that a bad request need not ask for it: a fork takes it along

    @property
    def secret(self) -> bytes:
        """The key of entity tags and cursors; it lives in the database, so that all workers agree."""
        if self._secret is None:
            rows = self.driver.read("SELECT value FROM restwell_secrets WHERE name = 'validators'")
            self._secret = bytes.fromhex(rows[0][0])
        return self._secret

    def is_ready(self) -> bool:
        """Whether the database answers. Raises Problem when it cannot."""
        return bool(self.driver.read("SELECT 1"))

    def look_up(self, plan: Plan) -> Outcome:
        """Read what a plan asks for. Raises Problem when the database cannot answer."""
        try:
            if plan.action == "page":
                return self._page(plan, plan.query or Query())
            if isinstance(plan.identity, int) and plan.identity not in NUMBERS:
                return Outcome("missing")
            statements = self.statements[plan.resource]
            statement, parameters = statements.of_plan(plan)
            rows = self.driver.read(statement.text, parameters, statements.table_name)
        except Violation as violation:
            raise BadRequest("A value in the URI is beyond what the store can compare.") from violation
        return Outcome("found", self._row(plan.resource, rows[0])) if rows else Outcome("missing")

    def carry_out(self, plan: Plan) -> Outcome:
        """Change what a plan says; committed when this returns. Raises Problem when the database cannot."""
        if isinstance(plan.identity, int) and plan.identity not in NUMBERS:
            return Outcome("lost")
        statements = self.statements[plan.resource]
        statement, parameters = statements.of_plan(plan)
        try:
            rows = self.driver.write(statement.text, parameters, statements.table_name)
        except Taken as taken:
            return Outcome("taken", members=members_taken(statements, taken))
        except Violation as violation:
            raise problem_of(self.driver, statements, plan, violation) from violation
        if not rows:
            return Outcome("lost")
        if plan.action == "delete":
            return Outcome("deleted")
        row = _read(self._returned_readers[plan.resource], rows[0])
        return Outcome("created" if plan.action == "insert" else "replaced", row)

    def _page(self, plan: Plan, query: Query) -> Outcome:
        statements = self.statements[plan.resource]
        if query.after is not None and query.after.anchors:
            query = query._replace(after=self._exact(plan.resource, query.sort, query.after))
        statement, parameters = statements.of_page(query, plan.counting)
        rows = self.driver.read(statement.text, parameters, statements.table_name)
        beyond, backwards = len(rows) > query.limit, query.after is not None and query.after.backwards
        total = rows[0][-1] if rows and plan.counting != "none" else None
        if not rows and plan.counting != "none":
            total = 0 if query.after is None else self._count(plan, query)
        if plan.counting == "bounded" and total is not None and total > EXACT_TOTAL:
            total = None
        if beyond:
            del rows[query.limit :]
        if backwards:
            rows.reverse()
        if self._readers[plan.resource]:
            rows = [self._row(plan.resource, row) for row in rows]
        more, before = (True, beyond) if backwards else (beyond, query.after is not None)
        return Outcome("page", rows=rows, more=more, before=before, total=total)

    def _exact(self, declaration: Declaration, sort: tuple[Order, ...], position: Position) -> Position:
        """The position with the values that its cursor was too short for."""
        statements = self.statements[declaration]
        statement, parameters = statements.of_anchors(position)
        read = self.driver.read(statement.text, parameters, statements.table_name)
        rows = [self._row(declaration, row) for row in read]
        return exact(declaration, sort, position, rows)

    def _count(self, plan: Plan, query: Query) -> int:
        statements = self.statements[plan.resource]
        statement, parameters = statements.of_count(query.filters, plan.counting)
        return int(self.driver.read(statement.text, parameters, statements.table_name)[0][0])

    def _row(self, declaration: Declaration, row: Row) -> Row:
        return _read(self._readers[declaration], row)

    def stream(self, declaration: Declaration, size: int = 1000) -> Iterator[list[Row]]:
        """Every row of a resource in the order of their numbers, `size` at a time, all of one moment."""
        statements = self.statements[declaration]
        number = statements.table.c["_id"]
        statement = statements.compile(sa.select(*statements.row).order_by(number))
        for rows in self.driver.stream(statement.text, (), size):
            yield [self._row(declaration, row) for row in rows]

    def find_key(self, identifier: str) -> Mapping[str, Any] | None:
        """The record of an API key, as it is at this moment; None when there is none, which takes as long to say."""
        [row] = self.driver.read(self._key_text, (identifier,), "restwell_keys")
        record = dict(zip(_KEY_COLUMNS, row, strict=True))
        return record if row[0] is not None else None

    def list_keys(self) -> list[Mapping[str, Any]]:
        """The records of all API keys, oldest first."""
        return [
            dict(zip(_KEY_COLUMNS, row, strict=True))
            for row in self.driver.read(self._keys_text("ORDER BY created, id"))
        ]

    def add_key(self, record: Mapping[str, Any]) -> None:
        """Keep the record of a new API key."""
        marks = ", ".join([self._mark] * len(_KEY_COLUMNS))
        text = f"INSERT INTO restwell_keys ({', '.join(_KEY_COLUMNS)}) VALUES ({marks}) RETURNING id"
        self.driver.write(text, tuple(record[name] for name in _KEY_COLUMNS))

    def revoke_key(self, identifier: str) -> bool:
        """Revoke an API key, from its next use on; False when there is none that is not revoked already."""
        mark = self._mark
        text = f"UPDATE restwell_keys SET revoked = {mark} WHERE id = {mark} AND revoked IS NULL RETURNING id"
        return bool(self.driver.write(text, (int(time.time()), identifier)))

    @cached_property
    def _key_text(self) -> str:
        """Gives one row whether there is a key or not, so that how long it takes does not say which ids there are."""
        stand_ins = {"name": "'-'", "digest": f"'{'0' * 64}'", "scopes": f"'{'-' * 32}'", "created": "0"}
        columns = [f"COALESCE(k.{n}, {stand_ins[n]})" if n in stand_ins else f"k.{n}" for n in _KEY_COLUMNS]
        wanted = f"(SELECT CAST({self._mark} AS TEXT) AS id) AS wanted"
        return f"SELECT {', '.join(columns)} FROM {wanted} LEFT JOIN restwell_keys AS k ON k.id = wanted.id"

    @property
    def _mark(self) -> str:
        return "?" if self.driver.name == "sqlite" else "%s"

    def _keys_text(self, rest: str) -> str:
        return f"SELECT {', '.join(_KEY_COLUMNS)} FROM restwell_keys {rest.format(self._mark)}"

    def close(self) -> None:
        """Give back every connection of this process."""
        self.driver.close()


def _read(readers: tuple[tuple[int, Converter], ...], row: Row) -> Row:
    """The row with its values as orjson writes them."""
    if not readers:
        return row
    values = list(row)
    for place, reader in readers:
        if values[place] is not None:
            values[place] = reader(values[place])
    return tuple(values)


_KEY_COLUMNS = ("id", "name", "digest", "scopes", "created", "expires", "revoked")
