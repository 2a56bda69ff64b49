"""The codes of PostgreSQL's errors, and what each means.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import psycopg
from psycopg import errors

from ..errors import InvalidValue, Meaning, translated

MEANINGS: dict[str, Meaning] = {
    "08": "unreachable",  # connection exceptions; PgBouncer says 08P01 when its server has gone
    "09": "rule",  # a trigger's
    "0A": "ours",  # a feature that is not supported; but for a cached plan, see `meaning_of`
    "22": "value",  # data exceptions: out of range, too long, not a character
    "2200H": "full",  # a sequence that has given its last number
    "23": "refused",
    "23502": "missing",
    "23503": "unlinked",
    "23505": "taken",
    "23514": "refused",
    "23P01": "taken",  # an exclusion constraint: a row that this one may not stand beside
    "25006": "read_only",  # a standby, or a server that was told so
    "25P03": "unreachable",  # idle in a transaction for too long: the server has ended the connection
    "26": "stale",  # a prepared statement that is not there any more: somebody discarded it
    "27": "rule",
    "28": "unreachable",  # the user or the password
    "3D": "unreachable",  # no such database
    "3F": "changed",  # no such schema
    "40": "busy",  # serialization failures and deadlocks
    "42": "ours",  # a syntax error
    "42501": "unusable",  # a right that this user of the database does not have
    "42703": "changed",  # no such column,
    "42883": "changed",  # function or operator of these types,
    "42704": "changed",  # type or collation,
    "42809": "changed",  # or something else has that name,
    "42P01": "changed",  # nor such a table: it was there when this process began
    "42P05": "stale",  # a prepared statement of that name is there already
    "44": "refused",  # WITH CHECK OPTION of a view
    "53": "unusable",  # out of memory, out of another resource
    "53100": "full",
    "53300": "unreachable",  # too many connections
    "54": "large",  # a row of an index that does not fit its page
    "55": "busy",  # an object that is in use, a lock that cannot be had
    "57": "unreachable",  # shut down, crashed, starting
    "57014": "slow",
    "58": "unusable",  # input and output, files
    "F0": "unusable",  # the server's configuration
    "HV": "unusable",  # foreign tables
    "P0": "rule",  # RAISE in a trigger of the owner's
    "XX": "unusable",  # internal errors, and data that is broken
}
"""By the whole code, or else by its class, the first two characters. Every other code is a bug of ours."""
FAREWELLS = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.DatabaseDropped,
    errors.IdleSessionTimeout,
    errors.IdleInTransactionSessionTimeout,
)
"""Codes with which a server ends a connection."""


def meaning_of(error: psycopg.Error) -> Meaning:
    """What an error means."""
    code = error.sqlstate
    if code is None:  # an error of psycopg itself
        return "unreachable" if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) else "ours"
    if code == "0A000" and error.diag.source_function == "RevalidateCachedQuery":
        return "stale"  # "cached plan must not change result type", in whatever language
    return MEANINGS.get(code) or MEANINGS.get(code[:2], "ours")


def translate(error: psycopg.Error, columns: tuple[str, ...] = ()) -> Exception:
    """The StoreError or Violation for an error; the error itself if it is a bug of ours."""
    if isinstance(error, psycopg.DataError) and error.sqlstate is None:  # psycopg's: Python has no such value
        return InvalidValue()
    named = error.diag.column_name
    return translated(error, meaning_of(error), error.diag.table_name or "", columns or ((named,) if named else ()))


COLUMNS = """
SELECT a.attname FROM (
    SELECT c.conrelid AS relation, c.conkey AS keys, c.conname AS name FROM pg_constraint c
    UNION ALL
    SELECT i.indrelid, (i.indkey::smallint[])[0:i.indnkeyatts - 1], x.relname
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = i.indrelid)
) AS found
JOIN pg_class t ON t.oid = found.relation
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (found.keys)
WHERE n.nspname = %(schema)s AND t.relname = %(table)s AND found.name = %(name)s
ORDER BY a.attnum
"""
"""Asks for the columns of a constraint or an index by its name; an expression has none."""


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is lost, while the server may be fine: another connection may work."""
    code = error.sqlstate
    return meaning_of(error) == "unreachable" if code is None else code[:2] == "08" or isinstance(error, FAREWELLS)
