"""What a database lacks that what is declared would need: an index of a foreign key."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..model.resource import Declaration
from .altering import connected
from .driver import Driver
from .engine import Store
from .given.driver import GivenDriver
from .mapped.source import ModelSource
from .schema import columns_of
from .tables import KEYS


class BareKey(NamedTuple):
    """A foreign key without an index: of which resource, in which table, of which columns, to which table."""

    declaration: Declaration
    table: str
    columns: tuple[str, ...]
    target: str


def bare_keys(store: Store) -> list[BareKey]:
    """The foreign keys in tables of models that no index begins with, as the database has them. Raises StoreError."""
    found: list[BareKey] = []
    for each in store.every:
        modelled = [declaration for declaration in each.selects if isinstance(declaration.source, ModelSource)]
        if modelled and not each.driver.dialect.only_read:
            with _connected(each.driver) as connection:
                inspector = sa.inspect(connection)
                found += [key for declaration in modelled for key in _of(inspector, declaration)]
    return found


def kept_keys(store: Store) -> list[Mapping[str, Any]]:
    """The records of the keys; none where the database has no table for them. Raises StoreError."""
    if store.driver.dialect.only_read:
        has_any = KEYS in columns_of(store.driver.dialect, store.driver.read)
    else:
        with _connected(store.driver) as connection:
            has_any = sa.inspect(connection).has_table(KEYS)
    return store.keys.every() if has_any else []


@contextmanager
def _connected(driver: Driver) -> Iterator[sa.Connection]:
    """A connection that only reads; an engine of the application's is left as it is."""
    if isinstance(driver, GivenDriver):
        with driver.engine.connect() as connection:
            yield connection
    else:
        with connected(driver, writing=False) as connection:
            yield connection


def _of(inspector: sa.Inspector, declaration: Declaration) -> Iterator[BareKey]:
    source = declaration.source
    table = source.model.table if isinstance(source, ModelSource) else None
    if table is None:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sa.exc.SAWarning)  # of indexes that SQLAlchemy does not know
            indexes = [*inspector.get_indexes(table.name, table.schema)]
            begun = [[*each["column_names"]] for each in indexes if _is_whole(each)]
            begun += [[*each["column_names"]] for each in inspector.get_unique_constraints(table.name, table.schema)]
            begun.append([*inspector.get_pk_constraint(table.name, table.schema)["constrained_columns"]])
            keys = inspector.get_foreign_keys(table.name, table.schema)
    except SQLAlchemyError:  # the table is not there, or not to be read: that is told when it is served
        return
    for key in keys:
        columns = key["constrained_columns"]
        if not any(sorted(map(str, index[: len(columns)])) == sorted(columns) for index in begun):
            yield BareKey(declaration, table.name, tuple(columns), key["referred_table"])


def _is_whole(index: Any) -> bool:
    """Whether an index is of all rows, as far as the database says."""
    return not any(
        name.endswith("_where") and said is not None for name, said in index.get("dialect_options", {}).items()
    )
