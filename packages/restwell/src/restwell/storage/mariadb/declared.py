"""Columns of tables that others have made: what MariaDB says of one -> a column of SQLAlchemy's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ..catalog import Unserved

DECLARED = re.compile(r"(\w+)(?:\((.*)\))?(.*)", re.DOTALL)
"""A type: its name, what stands in parentheses, and the rest, as ` unsigned`."""
VALUE = re.compile(r"'((?:''|[^'])*)'")
ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)
LETTERS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a"}
HISTORY = "restwell history"
"""Marks a column, in its `info`, that says when a row was so: MariaDB adds its end to each key of the table."""
PERIOD = frozenset(["ROW START", "ROW END"])
"""What stands in place of an expression in the columns by which MariaDB keeps former rows."""


class DeclaredColumn(NamedTuple):
    """What `information_schema.columns` says of a column of a table; texts of SQL but for the comment."""

    name: str
    declared: str
    is_nullable: str
    default: str | None
    extra: str
    expression: str | None
    comment: str


def column_of(told: DeclaredColumn, *, is_json: bool) -> sa.Column[Any]:
    """A column, whose values are JSON if the table says so."""
    extra = told.extra.lower()
    made: list[Any] = []
    is_period = told.expression in PERIOD
    if told.expression is not None and not is_period:
        made.append(sa.Computed(told.expression, persisted="stored" in extra))
    default = None if told.default in {None, "NULL"} else told.default
    _, is_updated, updating = extra.partition("on update ")
    if is_updated:
        default = f"{default or 'NULL'} ON UPDATE {updating}"
    return sa.Column(
        told.name,
        sa.JSON() if is_json else type_of(told.declared),
        *made,
        nullable=told.is_nullable == "YES",
        autoincrement="auto_increment" in extra,
        server_default=sa.FetchedValue() if is_period else None if default is None else sa.text(default),
        server_onupdate=sa.FetchedValue() if is_updated else None,
        comment=told.comment or None,
        info={HISTORY: is_period},
    )


def type_of(declared: str) -> sa.types.TypeEngine[Any]:
    """The type of a column that is declared with this one; Unserved if JSON has no value for it."""
    match = DECLARED.fullmatch(declared)
    name, arguments, rest = match.groups() if match else (declared, None, "")
    if name == "tinyint" and arguments == "1":
        return sa.Boolean()
    if name in WHOLE and "unsigned" in rest:
        return WHOLE[name](unsigned=True)
    make = TYPES.get(name)
    if make is None:
        return Unserved(f"is of the type {name.upper()}, which JSON has no value for")
    return make(arguments or "")


def _values(arguments: str) -> list[str]:
    """The values of an ENUM or a SET: texts of SQL, separated by commas."""
    return [ESCAPED.sub(_unescaped, each) for each in VALUE.findall(arguments)]


def _unescaped(match: re.Match[str]) -> str:
    escaped = match.group(1)
    return "'" if escaped is None else LETTERS.get(escaped, escaped)


def _numeric(arguments: str) -> sa.types.TypeEngine[Any]:
    precision, _, scale = arguments.partition(",")
    return sa.Numeric(int(precision), int(scale))


def _set(arguments: str) -> sa.types.TypeEngine[Any]:
    values = _values(arguments)
    return mysql.SET(*values, retrieve_as_bitwise="" in values)


WHOLE: Mapping[str, Callable[..., sa.types.TypeEngine[Any]]] = {
    "tinyint": mysql.TINYINT, "smallint": mysql.SMALLINT, "mediumint": mysql.MEDIUMINT, "int": mysql.INTEGER,
    "bigint": mysql.BIGINT,
}  # fmt: skip
TYPES: Mapping[str, Callable[[str], sa.types.TypeEngine[Any]]] = {
    **dict.fromkeys(("tinyint", "smallint"), lambda _: sa.SmallInteger()),
    **dict.fromkeys(("mediumint", "int"), lambda _: sa.Integer()),
    "bigint": lambda _: sa.BigInteger(),
    "decimal": _numeric,
    "float": lambda _: sa.Float(),
    "double": lambda _: sa.Double(),
    "bit": lambda length: mysql.BIT(int(length)),
    "year": lambda _: mysql.YEAR(),
    **dict.fromkeys(("char", "varchar"), lambda length: sa.String(int(length))),
    **dict.fromkeys(("tinytext", "text", "mediumtext", "longtext"), lambda _: sa.Text()),
    "enum": lambda arguments: sa.Enum(*_values(arguments)),
    "set": _set,
    "date": lambda _: sa.Date(),
    "time": lambda digits: mysql.TIME(fsp=int(digits)) if digits else sa.Time(),
    "datetime": lambda digits: mysql.DATETIME(fsp=int(digits)) if digits else sa.DateTime(),
    "timestamp": lambda digits: mysql.TIMESTAMP(fsp=int(digits or 0)),
    "uuid": lambda _: sa.Uuid(),
}
"""What makes the type of each that there is, of what stands in its parentheses."""
