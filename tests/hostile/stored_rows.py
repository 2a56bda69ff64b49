"""The rows of a database, as another program reads them, takes some away, and puts them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tests.modelled import engine_of

Rows = dict[str, list[dict[str, Any]]]


class StoredRows:
    """The tables of these names, those first of which rows refer to rows of others."""

    def __init__(self, database_url: str, names: Sequence[str]) -> None:
        self._url = database_url
        self._names = tuple(names)

    def all(self) -> Rows:
        """Every row of each table, in the order of the keys."""
        with self._opened() as (connection, tables):
            found = {
                name: connection.execute(tables[name].select().order_by(*tables[name].primary_key)).mappings()
                for name in self._names
            }
            return {name: list(map(dict, rows)) for name, rows in found.items()}

    def take_away(self, rows: Rows) -> None:
        """Remove rows, each of which is there."""
        with self._opened() as (connection, tables):
            for name in self._names:
                for row in rows.get(name, ()):
                    is_it = sa.and_(*(column == row[column.name] for column in tables[name].primary_key))
                    assert connection.execute(tables[name].delete().where(is_it)).rowcount == 1

    def put_back(self, rows: Rows) -> None:
        """Insert rows as they were."""
        with self._opened() as (connection, tables):
            for name in reversed(self._names):
                for row in rows.get(name, ()):
                    connection.execute(tables[name].insert().values(row))

    def clear(self) -> None:
        """Remove every row."""
        self.take_away(self.all())

    @contextmanager
    def _opened(self) -> Iterator[tuple[sa.Connection, dict[str, sa.Table]]]:
        engine = engine_of(self._url)
        known = sa.MetaData()
        known.reflect(engine, only=self._names)
        with engine.begin() as connection:
            yield connection, dict(known.tables)
        engine.dispose()
