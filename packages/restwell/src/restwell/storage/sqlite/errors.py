"""The result codes of SQLite (https://sqlite.org/rescode.html), and what each means."""

from __future__ import annotations

import re
import sqlite3

from ..errors import InvalidValue, Meaning, Violation, translated

MEANINGS: dict[int, Meaning] = {
    sqlite3.SQLITE_ERROR: "ours",  # the statement itself, such as a syntax error; but see `CHANGED`
    sqlite3.SQLITE_INTERNAL: "unusable",
    sqlite3.SQLITE_PERM: "unusable",
    sqlite3.SQLITE_ABORT: "busy",  # another statement of the connection took it back
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_NOMEM: "unusable",
    sqlite3.SQLITE_READONLY: "read_only",  # the file or its folder
    sqlite3.SQLITE_READONLY_DBMOVED: "changed",
    sqlite3.SQLITE_INTERRUPT: "slow",  # by our own time limit, see `Connection.watch`
    sqlite3.SQLITE_IOERR: "unusable",
    sqlite3.SQLITE_IOERR_SHMSIZE: "full",  # no room for what lies beside a database in WAL mode
    sqlite3.SQLITE_CORRUPT: "unusable",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "unusable",
    sqlite3.SQLITE_PROTOCOL: "busy",  # others were beginning to use the file at the same moment
    sqlite3.SQLITE_SCHEMA: "stale",  # SQLite has prepared it again many times already
    sqlite3.SQLITE_TOOBIG: "large",
    sqlite3.SQLITE_CONSTRAINT: "refused",
    sqlite3.SQLITE_CONSTRAINT_CHECK: "refused",
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: "unlinked",
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: "missing",
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: "taken",
    sqlite3.SQLITE_CONSTRAINT_ROWID: "taken",
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: "rule",  # RAISE in a trigger of the owner's
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: "taken",
    sqlite3.SQLITE_CONSTRAINT | (12 << 8): "value",  # SQLITE_CONSTRAINT_DATATYPE, of a STRICT table; since 3.37
    sqlite3.SQLITE_MISMATCH: "value",
    sqlite3.SQLITE_MISUSE: "ours",
    sqlite3.SQLITE_NOLFS: "full",
    sqlite3.SQLITE_AUTH: "unusable",
    sqlite3.SQLITE_RANGE: "ours",
    sqlite3.SQLITE_NOTADB: "unusable",
}
"""By extended code, or else by primary code, the last eight bits."""
CHANGED = re.compile("^no such (table|column|view)|^table .* has (no column named|[0-9]+ columns)")
"""Messages of SQLite, without a code of their own, after the tables have changed."""
COLUMN = re.compile(r"(?:constraint failed: |column |, )([^.,]+)\.([^.,]+)")
"""A column in a message: `UNIQUE constraint failed: t.a, t.b`, `cannot store TEXT value in INTEGER column t.a`."""


def meaning_of(error: sqlite3.Error) -> Meaning:
    """What an error means."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # an error of Python's, such as a closed connection
        return "ours"
    if code == sqlite3.SQLITE_ERROR and CHANGED.search(str(error)):
        return "changed"
    return MEANINGS.get(code) or MEANINGS.get(code & 0xFF, "unusable")


def is_undecodable(error: sqlite3.Error) -> bool:
    """Whether a text that was read is not UTF-8; Python's error has no code."""
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode to UTF-8")


def translate(error: sqlite3.Error) -> Exception:
    """The StoreError or Violation for an error; the error itself if it is a bug of ours."""
    if is_undecodable(error):
        return InvalidValue()
    message = str(error)
    found = COLUMN.findall(message)
    table, columns = found[0][0] if found else "", tuple(column for _, column in found)
    translation = translated(error, meaning_of(error), table, columns)
    if isinstance(translation, Violation) and not columns:
        translation.rule = message.partition("constraint failed: ")[2]
    return translation


def check_of(definition: str, name: str) -> str:
    """The expression of a named CHECK in the definition of a table; empty if there is none."""
    begin = re.search(rf"CONSTRAINT\s+[\"`\[]?{re.escape(name)}[\"`\]]?\s+CHECK\s*\(", definition, re.IGNORECASE)
    if begin is None:
        return ""
    depth = 1
    for place in range(begin.end(), len(definition)):
        depth += {"(": 1, ")": -1}.get(definition[place], 0)
        if not depth:
            return definition[begin.end() : place]
    return ""
