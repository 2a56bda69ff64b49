"""Queries about the tables of a MariaDB database, and the trigger of each table."""

from __future__ import annotations

from ..dialect import Dialect
from ..tables import MODIFIED_COLUMN, VERSION_COLUMN, next_modified, trigger_name
from .kinds import MARK

NOW = "UNIX_TIMESTAMP()"
RANDOM_VERSION = "(FLOOR(RAND() * 4503599627370496))"
LOCK = "SELECT GET_LOCK(CONCAT('restwell schema of ', DATABASE()), 86400)"
"""Held until the connection is closed, since whatever creates a table commits. Its name is that of one database."""
COLUMNS = (
    f"SELECT table_name, column_name, CONCAT(UPPER(column_type), IF(LEFT(column_comment, {len(MARK)}) = '{MARK}', "
    f"CONCAT(' (', UPPER(SUBSTRING(column_comment, {len(MARK) + 1})), ')'), '')), is_nullable = 'YES' "
    "FROM information_schema.columns WHERE table_schema = DATABASE()"
)
UNIQUE_COLUMNS = (
    "SELECT table_name, index_name, column_name FROM information_schema.statistics "
    "WHERE table_schema = DATABASE() AND NOT non_unique"
)
EXACT_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND RIGHT(collation_name, 9) = 'nopad_bin'"
)
"""Every other collation ignores spaces at the end, and most of them case and accents."""
TRIGGERS = "SELECT trigger_name, action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
TOO_OLD = "^(5|10[.][0-4])[.]"
"""The versions of MariaDB that have no INSERT ... RETURNING."""
LAXITY = (
    "SELECT 'The sessions of this engine make values fit their columns, as their sql_mode has no STRICT_TRANS_TABLES:"
    " add it, or serve models alone.' FROM DUAL WHERE @@sql_mode NOT REGEXP 'STRICT_(ALL|TRANS)_TABLES' "
    "UNION ALL SELECT CONCAT('MariaDB ', VERSION(), ' is too old for resources of Restwell''s own: they need 10.5.') "
    f"FROM DUAL WHERE VERSION() REGEXP '{TOO_OLD}'"
)
IN_ORDER = "FROM restwell_secrets WHERE name = 'validators' FOR UPDATE"
"""A row that is always there: whoever has locked it has the next number, until the transaction ends."""
KEY_COLUMNS = (
    "SELECT column_name FROM information_schema.statistics "
    "WHERE table_schema = DATABASE() AND table_name = %s AND index_name = %s ORDER BY seq_in_index"
)
"""Asks for the columns of an index of a table by its name."""
CHECK = (
    "SELECT check_clause FROM information_schema.check_constraints "
    "WHERE constraint_schema = DATABASE() AND table_name = %s AND constraint_name = %s"
)
"""Asks for the expression of a rule of a table by its name."""


def is_table(name: str) -> str:
    """What is true of a table of this database in `information_schema`."""
    return f"table_schema = DATABASE() AND table_name = '{name}'"


def version_trigger(dialect: Dialect, table: str) -> str:
    """The trigger that gives a row a new version after a change that has kept the old one."""
    name, trigger = dialect.quote(table), dialect.quote(trigger_name(table))
    return (
        f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {name} FOR EACH ROW "
        f"IF NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} THEN SET NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} + 1, "
        f"NEW.{MODIFIED_COLUMN} = {next_modified(f'OLD.{MODIFIED_COLUMN}', NOW)}; END IF"
    )
