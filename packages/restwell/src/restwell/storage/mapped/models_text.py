"""What was reflected of a database, written out as a module of SQLAlchemy's mapped classes: Python for odd names too.

A table whose columns have names that Python and SQLAlchemy leave free is a declarative class; any other is a class
that is mapped to a `Table`. Both have the attributes that the reflected class has.
"""

from __future__ import annotations

import datetime as dt
import decimal
import keyword
import re
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any, get_origin

import sqlalchemy as sa

from .copies import is_updated
from .reflecting import ReflectedTable
from .types import SAYING_MORE, own_hint

USED = frozenset(
    [*keyword.kwlist, "metadata", "registry", "sa", "dt", "decimal", "uuid", "Any", "Mapped", "mapped_column",
     "mysql", "postgresql", "sqlite", "int", "str", "bool", "float", "list", "set"]
)  # fmt: skip
"""What an attribute of a declarative class cannot be called here: it would hide what the next lines say."""
BOUND = re.compile(r"(?<![:\w\\]):(?=\w)(?!\w+:)")
PLAIN_COLON = r"\\:"
"""A colon that `text` would take for the beginning of a parameter, and how it is written there."""
WIDTH, TEXT_WIDTH = 118, 108
"""Characters of a line of Python, and of a text within a class."""
TYPES: dict[type[Any], str] = {
    dt.datetime: "dt.datetime", dt.date: "dt.date", dt.time: "dt.time", dt.timedelta: "dt.timedelta",
    decimal.Decimal: "decimal.Decimal", uuid.UUID: "uuid.UUID",
}  # fmt: skip
IMPORTS = {"dt.": "import datetime as dt", "decimal.": "import decimal", "uuid.": "import uuid"}
DIALECTS = ("mysql", "postgresql", "sqlite")
BASE = '''class Base(DeclarativeBase):
    """What the classes of all tables have in common."""
'''


def models_text(tables: tuple[ReflectedTable, ...]) -> str:
    """The module that has the classes of these tables."""
    classes = [_declarative(each) if is_plain(each) else _imperative(each) for each in tables]
    body = "\n\n".join([BASE, *classes])
    standard = [line for used, line in IMPORTS.items() if f"Mapped[{used}" in body]
    standard += ["from typing import Any"] if "[Any" in body else []
    orm = ["DeclarativeBase", *(name for name in ("Mapped", "mapped_column") if f" {name}" in body)]
    dialects = [name for name in DIALECTS if f"({name}." in body or f" {name}." in body]
    parts = [
        '"""The tables of the database, as they were when this was written."""',
        "\n".join(standard),
        "import sqlalchemy as sa\n"
        + "".join(f"from sqlalchemy.dialects import {name}\n" for name in dialects)
        + f"from sqlalchemy.orm import {', '.join(orm)}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n\n\n" + body


def is_plain(each: ReflectedTable) -> bool:
    """Whether a table can be a declarative class."""
    return all(_is_free(str(column.key)) for column in each.table.columns)


def _is_free(name: str) -> bool:
    is_same = unicodedata.normalize("NFKC", name) == name  # as Python reads names
    return name.isidentifier() and is_same and name not in USED


# -- both forms ---------------------------------------------------------------------------------------------------


def _head(each: ReflectedTable, base: str) -> list[str]:
    """The beginning of a class: its docstring, and what of the table is not in it."""
    described = (each.table.comment or str(each.table.name)).replace("\\", "\\\\").replace('"', '\\"')
    words = wrap(described, TEXT_WIDTH, break_on_hyphens=False) or ["?"]
    words = [f'"""{words[0]}"""'] if len(words) == 1 else [f'"""{words[0]}', *words[1:], '"""']
    notes = [
        line for note in each.notes for line in wrap(note, TEXT_WIDTH, initial_indent="# ", subsequent_indent="#   ")
    ]
    lines = [f"class {each.model.__name__}{base}:", *_indented(words), "", *_indented(notes)]
    return [*lines, ""] if notes else lines


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _arguments(column: sa.Column[Any]) -> Iterator[str]:
    """What is said of a column behind its name."""
    yield type_text(column.type)
    yield from _reference(column)
    if column.computed is not None:
        persisted = column.computed.persisted
        more = "" if persisted is None else f", persisted={persisted}"
        yield f"sa.Computed({sql_of(column.computed.sqltext)}{more})"
    if column.identity is not None:
        yield f"sa.Identity(always={bool(column.identity.always)})"
    table: Any = column.table
    if column.primary_key:
        yield "primary_key=True"
        if not isinstance(column.autoincrement, str) and getattr(table, "_autoincrement_column", None) is not column:
            yield "autoincrement=False"
    default = column.server_default
    if isinstance(default, sa.DefaultClause):
        yield f"server_default=sa.text({sql_of(default.arg)})"
    elif default is not None and column.computed is None and column.identity is None:
        yield "server_default=sa.FetchedValue()"
    if is_updated(column):
        yield "server_onupdate=sa.FetchedValue()"
    if column.comment:
        yield f"comment={text_of(column.comment)}"


def _rest(table: sa.Table) -> Iterator[str]:
    """What is said of several columns, or in a place of its own."""
    for key in sorted(table.foreign_key_constraints, key=lambda each: sorted(each.column_keys)):
        theirs = [place_of(element.column) for element in key.elements]
        if len(theirs) > 1 and None not in theirs:
            yield call("sa.ForeignKeyConstraint", [list_of(key.column_keys), list_of(theirs), *_following(key)], 8)
    for each in sorted(table.constraints, key=lambda constraint: str(list(getattr(constraint, "columns", [])))):
        if isinstance(each, sa.UniqueConstraint):
            yield call("sa.UniqueConstraint", [text_of(column.key) for column in each.columns], 8)
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        columns = [text_of(column.key) for column in index.columns]
        said = ["unique=True"] if index.unique else []
        said += [f"{name}={lengths_of(value)}" for name, value in sorted(index.dialect_kwargs.items())]
        yield call("sa.Index", [text_of(index.name), *columns, *said], 8)


def _reference(column: sa.Column[Any]) -> Iterator[str]:
    """What a column alone refers to, as Python."""
    table: Any = column.table
    keys = [key for key in table.foreign_key_constraints if list(key.columns) == [column]]
    places = {place: key for key in keys if (place := place_of(key.elements[0].column)) is not None}
    for place, key in sorted(places.items()):
        yield f"sa.ForeignKey({', '.join([text_of(place), *_following(key)])})"


def _following(key: sa.ForeignKeyConstraint) -> list[str]:
    """What becomes of what refers to a row when that is changed or deleted, and when that is looked at."""
    said = {"onupdate": key.onupdate, "ondelete": key.ondelete, "initially": key.initially}
    deferrable = ["deferrable=True"] if key.deferrable else []
    return [*(f"{name}={text_of(action)}" for name, action in said.items() if action), *deferrable]


def place_of(column: sa.Column[Any]) -> str | None:
    """A column as a foreign key names it; None for one that has a dot in its name, which would be misread."""
    table: Any = column.table
    parts = [*([table.schema] if table.schema else []), table.name, column.key]
    return None if any("." in part for part in parts) else ".".join(parts)


def call(name: str, arguments: list[str], indent: int = 0) -> str:
    """A call in one line, or with a line for each argument."""
    line = f"{name}({', '.join(arguments)})"
    if indent + len(line) + 1 <= WIDTH:
        return line
    inner = "".join(f"{' ' * (indent + 4)}{each},\n" for each in arguments)
    return f"{name}(\n{inner}{' ' * indent})"


def _is_keyed_otherwise(each: ReflectedTable) -> bool:
    """Whether its rows are told apart by something else than its primary key."""
    return each.keys != tuple(str(column.key) for column in each.table.primary_key.columns)


# -- a declarative class ------------------------------------------------------------------------------------------


def _declarative(each: ReflectedTable) -> str:
    lines = _head(each, "(Base)")
    lines.append(f"    __tablename__ = {text_of(each.table.name)}")
    rest = list(_rest(each.table))
    if each.table.schema:
        rest.append(f'{{"schema": {text_of(each.table.schema)}}}')
    alone = f"    __table_args__ = {rest[0] if each.table.schema else f'({rest[0]},)'}" if len(rest) == 1 else ""
    if alone and "\n" not in alone and len(alone) <= WIDTH:
        lines.append(alone)
    elif rest:
        lines += ["    __table_args__ = (", *(f"        {line}," for line in rest), "    )"]
    if _is_keyed_otherwise(each):
        lines.append(f'    __mapper_args__ = {{"primary_key": {list_of(each.keys)}}}')
    lines += ["", *(f"    {_mapped_column(column)}" for column in each.table.columns)]
    return "\n".join(lines) + "\n"


def _mapped_column(column: sa.Column[Any]) -> str:
    hint = python_text(column.type)
    hint = f"{hint} | None" if column.nullable else hint
    arguments = list(_arguments(column))
    if column.name != column.key:
        arguments.insert(0, text_of(column.name))
        arguments.append(f"key={text_of(column.key)}")
    return call(f"{column.key}: Mapped[{hint}] = mapped_column", arguments, 4)


# -- a class that is mapped to a table ----------------------------------------------------------------------------


def _imperative(each: ReflectedTable) -> str:
    lines = [*_head(each, "")[:-1], "", ""]
    name = each.model.__name__
    arguments = [text_of(each.table.name), "Base.metadata", *map(_column, each.table.columns), *_rest(each.table)]
    if each.table.schema:
        arguments.append(f"schema={text_of(each.table.schema)}")
    lines += ["Base.registry.map_imperatively(", f"    {name},", "    sa.Table("]
    lines += [f"        {argument}," for argument in arguments]
    lines.append("    ),")
    if _is_keyed_otherwise(each):
        lines.append(f"    primary_key={list_of(each.keys)},")
    return "\n".join([*lines, ")"]) + "\n"


def _column(column: sa.Column[Any]) -> str:
    arguments = [text_of(column.name), *_arguments(column)]
    if column.name != column.key:
        arguments.append(f"key={text_of(column.key)}")
    if not column.nullable and not column.primary_key:
        arguments.append("nullable=False")
    return call("sa.Column", arguments, 8)


# -- values of Python ---------------------------------------------------------------------------------------------


def text_of(value: Any) -> str:
    """A text as Python has it, in double quotes unless those need more backslashes."""
    text = str(getattr(value, "text", value))
    quoted = repr(text)
    plain = quoted[1:-1].replace("\\'", "'") if quoted[0] == "'" else quoted[1:-1]
    mark = "'" if text.count('"') > text.count("'") else '"'
    return mark + plain.replace(mark, f"\\{mark}") + mark


def sql_of(value: Any) -> str:
    """SQL as a text that Python has, and in which no colon begins a parameter."""
    return text_of(BOUND.sub(PLAIN_COLON, str(getattr(value, "text", value))))


def list_of(values: Any) -> str:
    """A list of texts as Python has it."""
    return f"[{', '.join(map(text_of, values))}]"


def lengths_of(values: Mapping[str, int]) -> str:
    """How many characters of each column an index has, as Python has it."""
    return f"{{{', '.join(f'{text_of(name)}: {length}' for name, length in values.items())}}}"


def type_text(kind: sa.types.TypeEngine[Any]) -> str:
    """The type of a column, of those that `plain_type` gives, as Python."""
    home = type(kind).__module__.split(".")
    name = f"{home[2] if home[1] == 'dialects' else 'sa'}.{type(kind).__name__}"
    said = _said_of(kind)
    return f"{name}({', '.join(said)})" if said else name


def _said_of(kind: Any) -> list[str]:
    """What is said of a type in parentheses."""
    found = {name: getattr(kind, name, None) for name in SAYING_MORE}
    said = [f"{name}={value}" for name, value in found.items() if value]
    if isinstance(kind, sa.Enum):
        said = [*map(text_of, kind.enums), *([f"name={text_of(kind.name)}"] if kind.name else [])]
    elif get_origin(own_hint(kind)) is set:
        said = [*map(text_of, kind.values), *(["retrieve_as_bitwise=True"] if kind.retrieve_as_bitwise else [])]
    elif isinstance(kind, sa.String) or own_hint(kind) is int:
        length = getattr(kind, "length", None)
        said = [str(length)] if length else []
    elif isinstance(kind, sa.Numeric):
        said = [] if kind.precision is None else [str(kind.precision), str(kind.scale or 0)]
    elif isinstance(kind, sa.ARRAY):
        dimensions = [] if kind.dimensions is None else [f"dimensions={kind.dimensions}"]
        said = [type_text(kind.item_type), *dimensions]
    elif isinstance(kind, sa.DateTime) and kind.timezone:
        said = ["timezone=True"]
    return said


def python_text(kind: sa.types.TypeEngine[Any]) -> str:
    """The type of a column's values, as Python."""
    if isinstance(kind, sa.ARRAY):
        return f"list[{python_text(kind.item_type)}]" if (kind.dimensions or 1) == 1 else "list[Any]"
    if isinstance(kind, sa.JSON):
        return "Any"
    if isinstance(kind, sa.Enum):
        return "str"
    return _hint_text(own_hint(kind) or kind.python_type)


def _hint_text(hint: Any) -> str:
    return "set[str]" if get_origin(hint) is set else TYPES.get(hint, hint.__name__)
