"""Queries about the tables of a MariaDB database."""

from __future__ import annotations

NOW = "UNIX_TIMESTAMP()"
RANDOM_VERSION = "(FLOOR(RAND() * 4503599627370496))"
LOCK = "SELECT GET_LOCK('restwell schema', 10)"
"""Held until the connection is closed, since whatever creates a table commits."""
COLUMNS = (
    "SELECT table_name, column_name, UPPER(column_type), is_nullable = 'YES' "
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
