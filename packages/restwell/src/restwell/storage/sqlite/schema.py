"""Queries about the tables of an SQLite database, and the trigger of each table."""

from __future__ import annotations

import sqlalchemy as sa

from ..dialect import Dialect
from ..tables import MODIFIED_COLUMN, VERSION_BITS, VERSION_COLUMN, next_modified, number_of, trigger_name

NOW = "CAST(strftime('%s', 'now') AS INTEGER)"
RANDOM_VERSION = f"(abs(random()) >> {63 - VERSION_BITS})"
COLUMNS = (
    'SELECT m.name, c.name, upper(c.type), c."notnull" = 0 FROM sqlite_master m, pragma_table_info(m.name) c '
    "WHERE m.type = 'table' UNION ALL SELECT name, '', '', 1 FROM sqlite_master WHERE type = 'view'"
)
"""Views have no columns here: those of a broken view cannot be asked for."""
UNIQUE_COLUMNS = (
    "SELECT m.name, i.name, c.name FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c "
    "WHERE m.type = 'table' AND i.\"unique\" AND NOT i.partial UNION ALL "
    "SELECT m.name, '', c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk"
)
"""A primary key that is the number of the row has no index of its own."""
KEY_ACTIONS = (
    'SELECT m.name, f.id, f."table", f."from", f.on_update, f.on_delete '
    "FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq"
)
"""SQLAlchemy reads them of the text of a table, and there of those alone that stand behind the columns."""
EXACT_COLUMNS = (
    "SELECT m.name, c.name FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) c "
    "WHERE m.type = 'table' AND c.key AND c.name IS NOT NULL GROUP BY m.name, c.name HAVING min(c.coll = 'BINARY')"
)
"""The collation of a column is told by its indexes alone."""
TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
OTHERS = "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL"
"""Asks for the indexes and triggers of a table that a new table in its place would not have."""


def version_trigger(dialect: Dialect, table: sa.Table) -> str:
    """The trigger that gives a row a new version after a change that has kept the old one."""
    name, trigger = dialect.quote(table.name), dialect.quote(trigger_name(table.name))
    number = dialect.quote(number_of(table).name)
    return (
        f"CREATE TRIGGER {trigger} AFTER UPDATE ON {name} "
        f"WHEN NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} BEGIN "
        f"UPDATE {name} SET {VERSION_COLUMN} = OLD.{VERSION_COLUMN} + 1, "
        f"{MODIFIED_COLUMN} = {next_modified(f'OLD.{MODIFIED_COLUMN}', NOW)} "
        f"WHERE {number} = NEW.{number}; END"
    )
