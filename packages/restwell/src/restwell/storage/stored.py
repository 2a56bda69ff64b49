"""Where the values of one resource are stored: columns by the names of its members, and how values get in and out.

Restwell's own tables are one way (`own_table`); models and tables of others are another (`mapped/`). Statements and
readers ask this value, and nothing else, for columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..data.layout import Layout
from ..data.query import Order
from ..model.fields import FieldSpec
from ..model.kinds import KindName
from ..model.resource import Declaration
from .columns import reader_of
from .dialect import Converter, Dialect, Reader
from .expressions import expressed
from .tables import MODIFIED_COLUMN, NUMBER_COLUMN, VERSION_COLUMN, number_of, table_of, writer_of

KEY = NUMBER_COLUMN
"""The name of what orders the rows, beside the names of the members; of several columns those behind the first have
numbers behind it."""


class Readers(NamedTuple):
    """How the columns of a resource are read: `usual` as they are selected, `returned` by what changes a row."""

    usual: Callable[[FieldSpec], Reader | None]
    returned: Callable[[FieldSpec], Reader | None]
    wholly: Callable[[FieldSpec], Reader | None]
    returned_wholly: Callable[[FieldSpec], Reader | None]


@dataclass(frozen=True, eq=False)
class Stored:
    """The columns of one resource in one database."""

    name: str
    """The table that is locked and written, and that errors of the database name."""
    columns: Mapping[str, Any]
    """What is selected and compared, by the names of the fields and of the key."""
    keys: tuple[str, ...]
    """The names of what orders the rows, in `columns`."""
    row: tuple[Any, ...]
    """What is selected of a row, as its `Layout` has it."""
    nullable: frozenset[str]
    """Which of them may have no value."""
    writers: Mapping[str, Converter]
    """What makes a parameter of a value, for the fields where they differ."""
    readers: Readers
    checked: frozenset[KindName] = frozenset()
    """The kinds whose readers return the column unchanged."""
    digested: bool = False
    """Whether the version of a row is a digest of its values, made where it is read."""
    by_code_points: bool = True
    """Whether texts are compared and sorted by code points, and not as a database of somebody else's has it."""
    inexact: set[str] = field(default_factory=set)
    """The texts of others, by name, of which the database may take several for the same: not by code points."""
    compares_rows: bool = True
    """Whether an index serves comparisons of several columns at once, as `Dialect.compares_rows` says."""
    names: Mapping[str, str] | None = None
    """The members by the names of the columns, where those differ."""
    others: frozenset[str] = frozenset()
    """Further tables that a row is stored in."""
    sorted_by: Mapping[str, Any] = field(default_factory=dict)
    """What rows are sorted by in place of what is selected, where that is not compared with values in its order."""
    linked: dict[Declaration, Stored] = field(default_factory=dict)
    """Where the resources in the same database are stored, which members may refer to."""
    locked: tuple[Any, ...] = ()
    """The tables whose rows are locked for a change; all that are read where it is empty."""

    @cached_property
    def orders(self) -> tuple[tuple[Order, ...], tuple[Order, ...]]:
        """The order of rows where none is asked for, and the same backwards."""
        return tuple(map(Order, self.keys)), tuple(Order(name, descending=True) for name in self.keys)

    def ordering(self, name: str) -> Any:
        """What rows are sorted by, and compared with a position, for the order of a column."""
        return self.sorted_by.get(name, self.columns[name])

    def to_parameter(self, name: str, value: Any) -> Any:
        """A field's value as a parameter."""
        writer = self.writers.get(name)
        return value if writer is None or value is None else writer(value)

    def is_nullable(self, name: str) -> bool:
        """Whether a column may have no value."""
        return name in self.nullable

    def is_of(self, table: str) -> bool:
        """Whether a table is one that rows are stored in."""
        return table == self.name or table in self.others

    def member_of(self, column: str) -> str:
        """The member that a column of the table stores, by name."""
        return column if self.names is None else self.names.get(column, "")


def parameter_of(name: str, column: Any) -> sa.BindParameter[Any]:
    """A parameter that is compared with a column, or stored in it.

    An integer is not cast to the size of the column: one that is beyond it equals nothing there.
    """
    kind = sa.BigInteger() if isinstance(column.type, sa.Integer) else column.type
    return sa.bindparam(name, type_=kind, required=False)


def nullable_of(declaration: Declaration) -> frozenset[str]:
    """The fields that may have no value, by name."""
    return frozenset(spec.name for spec in declaration.fields if spec.nullable)


def with_names(readers: Readers, declaration: Declaration) -> Readers:
    """The readers, with what is within values by its names over HTTP, where those are not the attributes."""
    if not declaration.shape.renamings:
        return readers
    return Readers(*(partial(_with_names, declaration, each) for each in readers))


def _with_names(
    declaration: Declaration, reader_of_field: Callable[[FieldSpec], Reader | None], spec: FieldSpec
) -> Reader | None:
    reader, renaming = reader_of_field(spec), declaration.shape.renamings.get(spec.name)
    if renaming is None:
        return reader
    return lambda column: list(map(renaming.to_http, column if reader is None else reader(column)))


def with_attributes(writers: Mapping[str, Converter], declaration: Declaration) -> Mapping[str, Converter]:
    """The writers, with what is within values by the names of attributes, as it is stored."""
    found = dict(writers)
    for name, renaming in declaration.shape.renamings.items():
        found[name] = partial(_with_attributes, renaming.to_attributes, writers.get(name))
    return found


def _with_attributes(to_attributes: Converter, writer: Converter | None, value: Any) -> Any:
    renamed = to_attributes(value)
    return renamed if writer is None else writer(renamed)


def _called(name: str, column: Any) -> Any:
    """A column, or an expression, by the name of its member."""
    return column if isinstance(column, sa.Column) and column.name == name else column.label(name)


def own_table(declaration: Declaration, metadata: sa.MetaData, dialect: Dialect) -> tuple[sa.Table, Stored]:
    """The table that Restwell keeps for a resource, and what is where in it."""
    table = table_of(declaration, metadata, dialect)
    number = number_of(table)
    columns: dict[str, Any] = {spec.name: table.c[spec.attribute] for spec in declaration.stored}
    columns |= expressed(declaration, table, dialect)
    columns |= {KEY: number, VERSION_COLUMN: table.c[VERSION_COLUMN], MODIFIED_COLUMN: table.c[MODIFIED_COLUMN]}
    selected = {name: _called(name, column) for name, column in columns.items()}
    row = declaration.compiled[Layout].row(
        selected[KEY], selected[VERSION_COLUMN], selected[MODIFIED_COLUMN], selected
    )
    members = {spec.attribute: spec.name for spec in declaration.fields}
    every = ((spec.name, writer_of(dialect, spec)) for spec in declaration.fields)
    writers = {name: writer for name, writer in every if writer is not None}
    readers = Readers(
        partial(reader_of, dialect),
        partial(reader_of, dialect, returned=True),
        partial(reader_of, dialect, wholly=True),
        partial(reader_of, dialect, returned=True, wholly=True),
    )
    stored = Stored(
        str(table.name), columns, (KEY,), row, nullable_of(declaration),
        with_attributes(writers, declaration), with_names(readers, declaration), dialect.checked,
        names=members if declaration.renamed else None,
        compares_rows=dialect.compares_rows,
    )  # fmt: skip
    return table, stored
