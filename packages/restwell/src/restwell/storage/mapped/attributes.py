"""What a model has that can be a member: its columns and expressions, read from the mapper or the table itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import ColumnProperty, Mapper, configure_mappers

from .constructing import filled_by

Default = Literal["none", "value", "made"]
"""What a missing value comes to: nothing; a value that is known; one that the application or the database makes."""
MISSING = object()


@dataclass(frozen=True, eq=False)
class Attribute:
    """One column or expression of a model.

    `column` is the column of a table that it stores, None for an expression; `element` is what is selected. The key
    of a class that inherits is in several tables: `origin` is the column that the others repeat.
    """

    name: str
    element: Any
    column: sa.Column[Any] | None
    origin: sa.Column[Any] | None = None
    is_kept: bool = False
    """Whether the mapper sets it by itself: what class a row is of, or its version."""
    is_filled: bool = False
    """Whether the constructor of the class gives it a value, where nobody else does."""

    @property
    def kind(self) -> sa.types.TypeEngine[Any]:
        """SQLAlchemy's type of it."""
        return self.element.type  # type: ignore[no-any-return]  # of every element of SQL

    @property
    def is_key(self) -> bool:
        """Whether it is part of the primary key."""
        return self.column is not None and self.column.primary_key

    @property
    def is_nullable(self) -> bool:
        """Whether it may have no value."""
        return self.column is None or bool(self.column.nullable)

    @property
    def is_written(self) -> bool:
        """Whether somebody may set it: the database computes neither an expression nor a generated column."""
        return self.column is not None and self.column.computed is None and not self.is_kept

    @property
    def is_numbered(self) -> bool:
        """Whether the database gives a new row its value, as it does for the number of a row."""
        column = self.origin if self.origin is not None else self.column
        if column is None or not column.primary_key:
            return False
        table: Any = column.table
        return column.identity is not None or getattr(table, "_autoincrement_column", None) is column

    @property
    def referred(self) -> tuple[str, ...]:
        """The columns that it refers to, if it is a foreign key, by their full names."""
        return () if self.column is None else tuple(sorted(map(_target_of, self.column.foreign_keys)))

    @property
    def description(self) -> str | None:
        """What the model says of it."""
        return None if self.column is None else self.column.doc or self.column.comment

    @property
    def default(self) -> tuple[Default, Any]:
        """What a missing value comes to, and the value if it is known."""
        column = self.origin if self.origin is not None else self.column
        if column is None or not self.is_written or self.is_numbered:
            return "made", None
        if column.default is not None:
            given: Any = column.default
            return ("value", given.arg) if given.is_scalar else ("made", None)
        is_made = column.server_default is not None or self.is_filled
        return ("made" if is_made else "none"), None


@dataclass(frozen=True, eq=False)
class Model:
    """What is served: a mapped class, or a table, a view or a query; `selectable` is what its rows are selected from.

    `cls` is the mapped class, None where there is none.
    """

    name: str
    description: str
    cls: type[Any] | None
    selectable: sa.FromClause
    attributes: tuple[Attribute, ...]

    @property
    def table(self) -> sa.Table | None:
        """The table that is written; None for a view of several, or a query."""
        if self.cls is not None:
            local: Any = sa.inspect(self.cls).local_table
            return local if isinstance(local, sa.Table) else None
        return self.selectable if isinstance(self.selectable, sa.Table) else None

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables that a row is stored in."""
        if self.cls is None:
            return frozenset()
        mapper: Mapper[Any] = sa.inspect(self.cls)
        return frozenset(str(table.name) for table in mapper.tables if isinstance(table, sa.Table))

    @property
    def locked(self) -> tuple[sa.Table, ...]:
        """The tables that every row of a class is in: PostgreSQL locks no rows of those that may have none."""
        if self.cls is None:
            return ()
        tables = [each.local_table for each in sa.inspect(self.cls).iterate_to_root()]
        return tuple(dict.fromkeys(each for each in tables if isinstance(each, sa.Table)))

    @property
    def keys(self) -> tuple[Attribute, ...]:
        """The attributes of the primary key, in its order."""
        if self.cls is None:
            return tuple(each for each in self.attributes if each.is_key)
        mapper: Mapper[Any] = sa.inspect(self.cls)
        names = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        by_name = {each.name: each for each in self.attributes}
        return tuple(by_name[name] for name in names if name in by_name)

    @property
    def unique(self) -> tuple[tuple[str, ...], ...]:
        """The names of the attributes that are unique, together or alone, beside the primary key."""
        if self.table is None:
            return ()
        names = {each.column: each.name for each in self.attributes if each.column is not None}
        found = [tuple(c.columns) for c in self.table.constraints if isinstance(c, sa.UniqueConstraint)]
        found += [tuple(each.columns) for each in self.table.indexes if each.unique and is_plain(each)]
        return tuple(
            dict.fromkeys(tuple(names[c] for c in columns) for columns in found if all(c in names for c in columns))
        )

    @property
    def conflicting(self) -> tuple[tuple[str, ...], ...]:
        """The attributes that each unique constraint or index is of, also one of expressions or of some rows."""
        if self.table is None:
            return ()
        names = {each.column: each.name for each in self.attributes if each.column is not None}
        found = [c.columns for c in self.table.constraints if isinstance(c, sa.UniqueConstraint)]
        found += [each.columns for each in self.table.indexes if each.unique]
        return tuple(tuple(names[column] for column in columns if column in names) for columns in found)


def is_plain(index: sa.Index) -> bool:
    """Whether an index is of columns alone, of all rows, and in the order of their values."""
    said = {str(name).partition("_")[2] for name, value in index.dialect_kwargs.items() if value is not None}
    return said.isdisjoint({"where", "prefix"}) and len(index.expressions) == len(index.columns)


def full_name(column: sa.Column[Any]) -> str:
    """The name of a column with its table and schema, as a foreign key has it."""
    table: Any = column.table
    return f"{table.fullname}.{column.name}"


def _target_of(key: sa.ForeignKey) -> str:
    """The full name of the column that a foreign key refers to, be it of a table that SQLAlchemy was not told of."""
    try:
        return full_name(key.column)
    except sa.exc.NoReferenceError:
        return str(key.target_fullname)


def read_model(model: Any) -> Model:
    """What there is of a model. Raises TypeError, with what to do, for what is none."""
    if isinstance(model, sa.Table):
        attributes = tuple(Attribute(plain_name(column.name), column, column) for column in model.columns)
        return Model(class_name(str(model.name)), model.comment or str(model.name), None, model, attributes)
    if isinstance(model, type) and _is_mapped(model):
        configure_mappers()
        mapper: Mapper[Any] = sa.inspect(model)
        description = (model.__doc__ or "").strip() or model.__name__
        return Model(model.__name__, description, model, mapper.selectable, tuple(_mapped(mapper)))
    raise TypeError(
        f"{model!r} is not a model: give a class that SQLAlchemy maps, or a Table; a statement is given by query=."
    )


def _is_mapped(model: type[Any]) -> bool:
    found: Any = sa.inspect(model, raiseerr=False)
    return found is not None and found.is_mapper


def read_query(statement: Any) -> Model:
    """What there is of a query: each of its columns. Raises TypeError, with what to do, for what is none."""
    if not isinstance(statement, sa.SelectBase):
        raise TypeError(f"{statement!r} is not a query: give a select(...) of SQLAlchemy's.")
    selectable = statement.subquery("rows")
    attributes = tuple(Attribute(plain_name(each.name), each, None) for each in selectable.columns)
    return Model("", "", None, selectable, attributes)


def _mapped(mapper: Mapper[Any]) -> Iterator[Attribute]:
    """The columns and expressions of a mapped class, and its hybrid properties.

    A synonym is another name of one of them, and a composite is several of them together: each is shown once. What
    begins with an underscore is the application's own.
    """
    kept = [each for each in (mapper.polymorphic_on, mapper.version_id_col) if each is not None]
    filled = filled_by(mapper.class_)
    for prop in mapper.column_attrs:
        if not prop.key.startswith("_"):
            yield Attribute(
                prop.key, getattr(mapper.class_, prop.key), _column_of(prop, mapper), _origin_of(prop, mapper),
                is_kept=any(each in prop.columns for each in kept), is_filled=prop.key in filled,
            )  # fmt: skip
    for name, descriptor in mapper.all_orm_descriptors.items():
        is_hybrid = descriptor.extension_type is HybridExtensionType.HYBRID_PROPERTY
        if is_hybrid and not str(name).startswith("_"):
            element = _expression_of(mapper.class_, str(name))
            if element is not MISSING:
                yield Attribute(str(name), element, None)


def _column_of(prop: ColumnProperty[Any], mapper: Mapper[Any]) -> sa.Column[Any] | None:
    """The column that a property stores: of several tables, as in joined inheritance, that of the class itself."""
    columns = [each for each in prop.columns if isinstance(each, sa.Column)]
    own = [each for each in columns if each.table is mapper.local_table]
    return next(iter(own or columns), None)


def _origin_of(prop: ColumnProperty[Any], mapper: Mapper[Any]) -> sa.Column[Any] | None:
    """The column of the first table that has it, where a class inherits."""
    tables = [each.local_table for each in reversed([*mapper.iterate_to_root()])]
    found = [each for each in prop.columns if isinstance(each, sa.Column) and each.table in tables]
    return min(found, key=lambda each: tables.index(each.table), default=None)


def _expression_of(cls: type[Any], name: str) -> Any:
    """The expression of a hybrid property; MISSING for one that cannot be in a query, as it works on an item only."""
    try:
        element = getattr(cls, name)
        return element if hasattr(element, "type") and hasattr(element, "label") else MISSING
    except Exception:  # noqa: BLE001 - it is the application's own code, called with a class instead of an item
        return MISSING


def plain_name(column: str) -> str:
    """The name of a column as the name of a member: letters, digits and underscores, and none at its beginning."""
    found = "".join(each if each.isalnum() or each == "_" else "_" for each in column).strip("_") or "column"
    return f"n{found}" if found[0].isdigit() else found


def class_name(table: str) -> str:
    """The name of a table as that of a class: `order_lines` is `OrderLines`."""
    parts = "".join(each if each.isalnum() and each.isascii() else " " for each in table).split()
    name = "".join(part[0].upper() + part[1:] for part in parts) or "Table"
    return f"T{name}" if name[0].isdigit() else name
