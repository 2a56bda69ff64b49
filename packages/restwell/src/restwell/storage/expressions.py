"""What the database computes a member by: expressions of SQLAlchemy's that an application gives of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from ..model.errors import fail
from ..model.fields import FieldSpec
from ..model.kinds import FieldKind
from ..model.resource import Declaration, Resource
from .dialect import Dialect

OF_OTHER_ROWS = (sa.sql.selectable.SelectBase, sa.sql.selectable.Exists, sa.sql.elements.Over)
"""What may be of other rows than the one at hand."""


class RowColumns:
    """The columns of a row, or the attributes of a model, by their attributes."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = columns

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._columns:
            raise AttributeError(f"there is no {name}, only {', '.join(self._columns)}")
        return self._columns[name]


def expression_of(cls: type[Resource], name: str, function: Callable[[Any], Any], row: object) -> Any:
    """The expression that an application gives for a member. Raises DeclarationError for anything else."""
    try:
        found = function(row)
    except Exception as error:  # noqa: BLE001 - it is the application's own code
        fail(cls, name, f"has sql= that raises {type(error).__name__} ({error}): correct the expression.")
    element = found.__clause_element__() if hasattr(found, "__clause_element__") else found
    if not isinstance(element, sa.ColumnElement):
        fail(
            cls, name,
            f"has sql= that gives {found!r}: give an expression of SQLAlchemy's, as in "
            "sql=lambda row: sa.func.length(row.title).",
        )  # fmt: skip
    if any(_is_called(part) for part in visitors.iterate(element)):
        return visitors.replacement_traverse(element, {}, _without_name)
    return found


def _is_called(part: object) -> bool:
    """Whether it is a parameter of a name that the application has chosen, and one of ours may have."""
    return isinstance(part, sa.BindParameter) and not part.unique


def _without_name(element: Any, **_: Any) -> Any:
    """The same parameter by a name that no other one of a statement has; None for whatever else."""
    if not _is_called(element):
        return None
    return sa.bindparam(
        element.key, element.value, type_=element.type, unique=True, required=element.required,
        callable_=element.callable, expanding=element.expanding, literal_execute=element.literal_execute,
    )  # fmt: skip


def expressed(declaration: Declaration, table: sa.Table, dialect: Dialect) -> dict[str, Any]:
    """What the database computes of the columns of an own table, by member. Raises DeclarationError."""
    row = RowColumns({spec.attribute: table.c[spec.attribute] for spec in declaration.stored})
    found: dict[str, Any] = {}
    for spec in declaration.fields:
        if spec.marks.sql is not None:
            element = expression_of(declaration.content, spec.attribute, spec.marks.sql, row)
            _check(declaration, spec, element, table, dialect)
            found[spec.name] = dialect.cast(element, dialect.types[spec.kind.name])
    return found


def _check(declaration: Declaration, spec: FieldSpec, element: Any, table: sa.Table, dialect: Dialect) -> None:
    """Refuse what the version of a row does not tell of, and what a database has only in a form of our own."""
    kinds: dict[Any, FieldKind] = {table.c[each.attribute]: each.kind for each in declaration.stored}
    kinds[element] = spec.kind
    for each in visitors.iterate(element):
        is_foreign = isinstance(each, sa.Column) and each.table is not table
        if is_foreign or isinstance(each, OF_OTHER_ROWS):
            fail(
                declaration.content, spec.attribute,
                "has sql= that is of other rows, whose changes no entity tag of this one tells: give an expression "
                "of the columns of the row alone.",
            )  # fmt: skip
        kind = kinds.get(each)
        if kind is not None and kind.python is Decimal and isinstance(dialect.types[kind.name], sa.Text):
            fail(
                declaration.content, spec.attribute,
                "has sql= with decimals, which this database keeps as texts of a form of their own: use "
                "@computed_field, or float.",
            )  # fmt: skip
