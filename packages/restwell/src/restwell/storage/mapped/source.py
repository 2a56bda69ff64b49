"""The source of a resource that a model or a table of others holds: what is read of it, and how."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from ...data.layout import Layout
from ...model.fields import FieldSpec
from ...model.identities import takes_too_much
from ...model.resource import Declaration
from ..dialect import Converter, Dialect, Reader
from ..stored import KEY, Readers, Stored, nullable_of, with_attributes, with_names
from .attributes import Attribute, Model, full_name
from .types import own_hint
from .values import reader_of, writer_of


def is_text(element: Any) -> bool:
    """Whether a column is one of texts, and not of choices, which its type may know by other means."""
    return isinstance(element.type, sa.String) and not isinstance(element.type, sa.Enum)


@dataclass(frozen=True, eq=False)
class ModelSource:
    """A model, and the attribute of each member of a resource."""

    model: Model
    attributes: Mapping[str, Attribute]

    @property
    def name(self) -> str:
        """The table, or the name of what is no table."""
        return self.model.name if self.model.table is None else str(self.model.table.name)

    @property
    def unchangeable(self) -> str:
        """Why no item can be changed; empty where items can be."""
        return (
            "" if self.model.table is not None else "they are those of a query, which is only read: serve the model"
        )

    def serves(self, model: object) -> bool:
        """Whether it holds the items of this model."""
        return model is not None and (model is self.model.cls or model is self.model.table)

    @property
    def columns(self) -> Mapping[str, Hashable]:
        """The name of the column of each attribute that has one, with its table and schema."""
        return {name: full_name(each.column) for name, each in self.attributes.items() if each.column is not None}

    def compares_exactly(self, names: Iterable[str], exact: Container[str]) -> bool:
        """Whether the texts of these members are equal where all code points are, by the full names of such columns.

        A type of the application's own may make one text of several.
        """
        found = [self.attributes[name] for name in names]
        columns = [each.element.base_columns if each.column is None else {each.column} for each in found]
        is_plain = not any(isinstance(each.kind, sa.types.TypeDecorator) for each in found)
        return is_plain and all(
            isinstance(column, sa.Column) and full_name(column) in exact for each in columns for column in each
        )

    @property
    def referred(self) -> Mapping[str, tuple[Hashable, ...]]:
        """Of each attribute that is a foreign key, the columns that it refers to, by the same names."""
        found = {name: each.referred for name, each in self.attributes.items()}
        return {name: columns for name, columns in found.items() if columns}

    def stored(self, declaration: Declaration, dialect: Dialect) -> Stored:
        """The columns of the resource in a database of this dialect."""
        whole = declaration.whole
        found = {spec.name: self.attributes[spec.attribute].element for spec in whole.fields}
        elements = {name: dialect.comparable(element) for name, element in found.items()}
        columns_of = {spec.name: self.attributes[spec.attribute].column for spec in whole.fields}
        version = self._version(declaration, dialect)
        number = sa.cast(sa.null(), dialect.types["integer"])
        row = declaration.compiled[Layout].row(
            number.label(KEY),
            (number if version is None else version).label("_version"),
            number.label("_modified"),
            {name: element.label(name) for name, element in elements.items()},
        )
        reader = partial(_reader, dialect.sql, self.attributes, len(whole.identifying))
        keys = {f"{KEY}{place or ''}": spec.name for place, spec in enumerate(whole.identifying)}
        columns = {name: dialect.compared(_comparable(element)) for name, element in elements.items()}
        ordered = {name: dialect.ordered(column) for name, column in columns.items()}
        columns |= {key: columns[name] for key, name in keys.items()}
        writers = self._writers(whole, dialect.sql)
        writers |= {key: writers[name] for key, name in keys.items() if name in writers}
        return Stored(
            self.name, columns, tuple(keys), row, nullable_of(whole), with_attributes(writers, whole),
            with_names(Readers(reader, reader, reader, reader), whole),
            digested=version is None,
            names={column.name: name for name, column in columns_of.items() if column is not None},
            by_code_points=False,
            inexact={spec.name for spec in whole.fields if spec.kind.is_any_text or is_text(elements[spec.name])},
            compares_rows=dialect.compares_rows,
            others=self.model.tables,
            sorted_by={name: by for name, by in ordered.items() if by is not elements[name]},
            locked=self.model.locked,
        )  # fmt: skip

    def _writers(self, declaration: Declaration, dialect: sa.Dialect) -> dict[str, Converter]:
        found = {
            spec.name: writer_of(spec, self.attributes[spec.attribute].kind, dialect) for spec in declaration.fields
        }
        return {name: writer for name, writer in found.items() if writer is not None}

    def _version(self, declaration: Declaration, dialect: Dialect) -> Any:
        """What says which state a row is in, as SQL: None where a digest of what is read has to."""
        if self.version_column is not None:
            return self.version_column
        if any(each.column is None for each in self.attributes.values()):
            return None  # an expression may be of other rows, whose changes no version of this one tells
        table = self.model.table
        changes = any(operation != "read" for operation in declaration.rules)
        if table is None or not changes or self.model.selectable is not table:
            return None
        return dialect.row_version(table)

    @property
    def version_column(self) -> sa.Column[Any] | None:
        """The column in which the mapper counts versions, if it has one and counts by integers."""
        if self.model.cls is None:
            return None
        column: Any = sa.inspect(self.model.cls).version_id_col
        return column if isinstance(column, sa.Column) and isinstance(column.type, sa.Integer) else None


def _comparable(element: Any) -> Any:
    """As a number, if it is one of a type that has no comparisons."""
    return sa.type_coerce(element, sa.BigInteger()) if own_hint(element.type) is int else element


def _reader(dialect: sa.Dialect, attributes: Mapping[str, Attribute], parts: int, spec: FieldSpec) -> Reader:
    reader = reader_of(spec, attributes[spec.attribute].kind, dialect)
    return partial(_addressable, reader, parts) if spec.marks.identity and spec.kind.is_any_text else reader


def _addressable(reader: Reader, parts: int, column: Sequence[Any]) -> Sequence[Any]:
    """A column of an identity that has so many. Raises ValueError where a text is too long to be addressed."""
    found = reader(column)
    if any(takes_too_much(text, parts) for text in found):
        raise ValueError("an identity is too long for a URI")
    return found
