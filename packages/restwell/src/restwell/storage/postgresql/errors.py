"""The codes of PostgreSQL's errors, and what each means, whichever library raises them.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import InvalidValue, Meaning, translated

MEANINGS: dict[str, Meaning] = {
    "08": "unreachable",  # connection exceptions; PgBouncer says 08P01 when its server has gone
    "09": "rule",  # a trigger's
    "0A": "ours",  # a feature that is not supported; but for a cached plan, see `meaning_of`
    "22": "value",  # data exceptions: out of range, not a character
    "22001": "long",
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
KEY = re.compile(r"\((.*?)\)=\(")
"""The columns that the details of an error name, in whatever language."""
FAREWELLS = frozenset(["25P03", "57P01", "57P02", "57P03", "57P04", "57P05"])
"""Codes with which a server ends a connection."""


def code_of(error: Any) -> str | None:
    """The code, by psycopg 3 or psycopg 2; None for an error of the library itself."""
    code: str | None = error.sqlstate if hasattr(error, "sqlstate") else error.pgcode
    return code


def _is_of(error: object, *names: str) -> bool:
    """Whether an error is of a class that PEP 249 has in each library."""
    return any(each.__name__ in names for each in type(error).__mro__)


def meaning_of(error: Any) -> Meaning:
    """What an error of a library means."""
    code = code_of(error)
    if code is None:  # an error of the library itself
        return "unreachable" if _is_of(error, "OperationalError", "InterfaceError") else "ours"
    if code == "0A000" and error.diag.source_function == "RevalidateCachedQuery":
        return "stale"  # "cached plan must not change result type", in whatever language
    return MEANINGS.get(code) or MEANINGS.get(code[:2], "ours")


def translate(error: Any, columns: tuple[str, ...] = ()) -> Exception:
    """The StoreError or Violation for an error of a library; the error itself if it is a bug of ours."""
    if _is_of(error, "DataError") and code_of(error) is None:  # the library's: Python has no such value
        return InvalidValue()
    named, meaning = error.diag.column_name, meaning_of(error)
    if meaning == "unlinked" and not _is_of_what_refers(error, columns):
        columns = ()
    return translated(error, meaning, error.diag.table_name or "", columns or ((named,) if named else ()))


def _is_of_what_refers(error: Any, columns: tuple[str, ...]) -> bool:
    """Whether a foreign key of these columns is refused for what they refer to, and not for what refers to the row.

    In each language the details begin with the columns that were looked for: "Key (boss)=(ada) is not present".
    """
    found = KEY.search(error.diag.message_detail or "")
    return found is None or {*found[1].split(", ")} == {*columns}


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


def is_lost(error: Any) -> bool:
    """Whether the connection is lost, while the server may be fine: another connection may work."""
    code = code_of(error)
    return meaning_of(error) == "unreachable" if code is None else code[:2] == "08" or code in FAREWELLS
