"""The codes of MariaDB's errors (https://mariadb.com/kb/en/mariadb-error-code-reference/), and what each means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..errors import Meaning, Violation, translated
from .schema import KEY_COLUMNS

MEANINGS: dict[int, Meaning] = {
    1020: "busy",  # the row was changed by others since the transaction has begun to read
    167: "full",  # of the numbers of AUTO_INCREMENT
    1021: "full",
    1030: "unusable",
    1037: "unusable",
    1040: "unreachable",  # too many connections
    1044: "unusable",
    1045: "unreachable",  # the user or the password
    1048: "missing",
    1049: "unreachable",  # no such database
    1053: "unreachable",  # shut down
    1054: "changed",  # no such column,
    1146: "changed",  # nor such a table: it was there when this process began
    1062: "taken",
    1071: "large",
    1114: "full",
    1118: "large",
    1129: "unreachable",
    1130: "unreachable",
    1142: "unusable",
    1153: "large",  # a packet
    1158: "unreachable", 1159: "unreachable", 1160: "unreachable", 1161: "unreachable",
    1203: "unreachable",
    1205: "busy",  # a lock that others hold
    1213: "busy",  # a deadlock, in which this transaction was taken back
    1216: "unlinked", 1217: "unlinked", 1451: "unlinked", 1452: "unlinked",
    1264: "value", 1265: "value", 1292: "value", 1366: "value", 1367: "value", 1416: "value", 1690: "value",
    1290: "read_only", 1792: "read_only", 1836: "read_only",
    1317: "slow", 1969: "slow", 3024: "slow",
    1364: "missing",
    1467: "full",  # as 167
    1406: "long",
    1412: "stale",
    1644: "rule",  # SIGNAL in a trigger of the owner's
    1926: "unreachable", 1927: "unreachable",
    2002: "unreachable", 2003: "unreachable", 2006: "unreachable", 2013: "unreachable", 2055: "unreachable",
    4025: "refused",
    4161: "changed",
}  # fmt: skip
"""By number. Every other error is a bug of ours."""
REFERRED_TO = frozenset([1217, 1451])
"""A row that others refer to is deleted, or called otherwise."""
LOST = frozenset([0, 1053, 1927, 2006, 2013, 2055])
"""After which the connection is of no more use; 0 says that it was closed before."""
SILENT = frozenset([2003, 2013])
"""Those of a connection that cannot be opened, and of one that is lost, which may come from a limit of time."""
TABLE = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+`?([^\s`(]+)`?", re.IGNORECASE)
"""The table that a statement changes, which the message seldom names."""
COLUMN = re.compile(r"(?:[Cc]olumn|Field) '([^']+)'|column `[^`]*`\.`([^`]+)`\.`([^`]+)`")
KEY = re.compile(r"for key '(?:[^'.]+\.)?([^']+)'\s*$")
FOREIGN = re.compile(r"\(`[^`]*`\.`([^`]+)`, CONSTRAINT `[^`]*` FOREIGN KEY \(([^)]*)\)")
RULE = re.compile(r"CONSTRAINT `(?:[^`]*`\.`)?([^`]+)` failed for `[^`]*`\.`([^`]+)`")


def number_of(error: Exception) -> int:
    """The number of an error; 0 if it has none."""
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def is_silence(error: BaseException | None) -> bool:
    """Whether the server has said nothing within the time that it had: PyMySQL says so by what it comes from."""
    return isinstance(error, Exception) and number_of(error) in SILENT and isinstance(error.__context__, TimeoutError)


def translate(error: Exception, statement: str, ask: Callable[[str, Any], list[Any]]) -> Exception:
    """The StoreError or Violation for an error of a statement; the error itself if it is a bug of ours."""
    meaning: Meaning = MEANINGS.get(number_of(error), "unreachable" if number_of(error) in LOST else "ours")
    table, columns, rule = _named(str(error.args[-1]) if error.args else "", statement, ask)
    if number_of(error) in REFERRED_TO:
        columns = ()  # they are those of another row
    translation = translated(error, meaning, table, columns)
    if isinstance(translation, Violation) and rule:
        translation.rule = rule
    return translation


def _named(message: str, statement: str, ask: Callable[[str, Any], list[Any]]) -> tuple[str, tuple[str, ...], str]:
    """The table, the columns and the rule that a message names, or the statement."""
    changed = TABLE.match(statement)
    table = changed[1].rpartition(".")[2].strip("`") if changed else ""
    if found := RULE.search(message):
        return found[2], (), found[1]
    if found := FOREIGN.search(message):
        names = tuple(name.strip(" `") for name in found[2].split(","))
        return (found[1], names, "") if found[1] == table else (table, (), "")
    if found := KEY.search(message):
        return table, tuple(name for (name,) in ask(KEY_COLUMNS, (table, found[1]))), ""
    if found := COLUMN.search(message):
        return found[2] or table, (found[1] or found[3],), ""
    return table, (), ""
