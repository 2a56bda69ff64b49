"""What is said to PostgreSQL on connections of an application's engine, whichever library they are of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

from ..dialect import Dialect
from ..given.backends import Ask, in_order
from .dialect import PostgresqlDialect
from .errors import COLUMNS, is_lost, translate
from .settings import SETTINGS, set_local

LIMITS = {name: value for name, value in SETTINGS.items() if "timeout" in name}
"""What is set where the application's own code has a part: no more than how long anything may take."""
READING = set_local({**SETTINGS, "datestyle": "ISO", "transaction_read_only": "on"})
WRITING = set_local({"timezone": "UTC", "intervalstyle": "iso_8601"})
SAVED, BACK = "SAVEPOINT restwell; ", "ROLLBACK TO SAVEPOINT restwell; RELEASE SAVEPOINT restwell"
"""Around a query in a transaction of the application's, which goes on as if there had been none."""
LASTING = f"""
SELECT string_agg(format('SET LOCAL %I = %L', name, current_setting(name)), '; ') FROM unnest(ARRAY{[*SETTINGS]}) name
"""
"""A query for what sets again, within a transaction that goes on, what was set for a part of it."""
KNOWN = "restwell"
"""What has, in the `info` of a connection, how its values are read."""


class PostgresqlErrors:
    """The part of a backend that is the same for every library: the dialect, and what errors mean."""

    is_one_writer = False

    def __init__(self, engine: sa.Engine) -> None:
        library: Any = engine.dialect.dbapi
        self.dialect: Dialect = PostgresqlDialect(in_order(engine.dialect, "format"))
        self.errors: tuple[type[Exception], ...] = (library.Error,)
        self._has_own_json = getattr(engine.dialect, "_json_deserializer", None) is not None
        self._columns: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def executing(self, raw: PoolProxiedConnection) -> Any:
        """The connection itself."""
        return raw.dbapi_connection

    def is_lost(self, error: Exception) -> bool:
        """Whether the connection is lost, while another one may work."""
        return isinstance(error, self.errors) and is_lost(error)

    def translate(self, error: Exception, ask: Ask, statement: str = "") -> Exception:  # noqa: ARG002 - the error says all
        """The StoreError or Violation for an error, with the columns of the constraint or index that it names."""
        if not isinstance(error, self.errors):
            return error
        diag = getattr(error, "diag", None)
        if not (diag and diag.schema_name and diag.table_name and diag.constraint_name):
            return translate(error)
        key = (diag.schema_name, diag.table_name, diag.constraint_name)
        if key not in self._columns:
            rows = ask(COLUMNS, dict(zip(("schema", "table", "name"), key, strict=True)))
            self._columns[key] = tuple(name for (name,) in rows)
        return translate(error, self._columns[key])

    def rule_of(self, ask: Ask, table: str, name: str) -> str:  # noqa: ARG002 - as the protocol has it
        """The name alone: PostgreSQL itself names the columns of a rule."""
        return name
