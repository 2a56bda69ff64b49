"""How one table differs from its declaration, and statements that change it: plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa


class AlteringStep(NamedTuple):
    """One statement with its parameters; `by` does what it says where it calls what the database does not have."""

    text: str
    parameters: tuple[Any, ...] = ()
    by: Callable[[Any], None] | None = None

    def run(self, connection: Any) -> None:
        """Do it on a connection that executes statements."""
        if self.by is not None:
            self.by(connection)
        else:
            connection.execute(self.text, *([self.parameters] if self.parameters else []))

    def __str__(self) -> str:
        if not self.parameters:
            return f"{self.text.strip()};"
        parts = self.text.strip().split("?" if self.text.count("?") == len(self.parameters) else "%s")
        return (
            "".join(
                [
                    parts[0],
                    *(f"{literal(value)}{rest}" for value, rest in zip(self.parameters, parts[1:], strict=True)),
                ]
            )
            + ";"
        )


def literal(value: Any) -> str:
    """A value as it is written in SQL."""
    if value is None or isinstance(value, bool | int | float):
        return str(value).upper()
    return "'" + str(value).replace("'", "''") + "'"


@dataclass
class Alteration:
    """How one table differs from its declaration. `defaults` are what existing rows get, as parameters."""

    table: sa.Table
    added: list[sa.Column[Any]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    nullable: dict[str, bool] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """The old type of each column whose type has changed."""
    blank: set[str] = field(default_factory=set)
    """Those of them that have no value in any row, so that none has to become one of the new type."""
    new_constraints: list[sa.UniqueConstraint] = field(default_factory=list)
    old_constraints: list[sa.UniqueConstraint] = field(default_factory=list)
    new_indexes: list[sa.Index] = field(default_factory=list)
    old_indexes: list[sa.Index] = field(default_factory=list)
    lacks_trigger: bool = False
    has_old_trigger: bool = False
    """Whether there is a trigger of another definition than the declared one."""
    defaults: dict[str, Any] = field(default_factory=dict)
    factories: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """Factories of defaults that differ from row to row; the first value is in `defaults` too."""
    renumbered: str = ""
    """The identity that numbers the rows from now on, if a column of ours has done so."""
    foreign_indexes: list[sa.Index] = field(default_factory=list)
    """The indexes that others have made on this table."""
    others: list[str] = field(default_factory=list)
    """The statements that created foreign indexes and triggers of this table, where a new table would lose them."""

    @property
    def changes_columns(self) -> bool:
        """Whether the contents of rows change, so that every cached copy is stale."""
        return bool(self.added or self.dropped or self.nullable or self.types or self.renumbered)

    @property
    def takes_numbers(self) -> bool:
        """Whether rows keep their numbers as identities, as they have had no such column."""
        return bool(self.renumbered) and self.renumbered in {column.name for column in self.added}

    @property
    def late_indexes(self) -> list[sa.Index]:
        """The indexes that can be created only after each row has a value of its own."""
        made = self.factories.keys()
        return [each for each in self.new_indexes if each.unique and not made.isdisjoint(each.columns.keys())]

    @property
    def unique_indexes(self) -> list[sa.Index]:
        """The unique indexes that are new, or of columns that get other values, whatever these are equal to."""
        every = (each for each in self.table.indexes if each.unique)
        found = [e for e in every if e in self.new_indexes or not self.types.keys().isdisjoint(e.columns.keys())]
        return sorted(found, key=lambda index: str(index.name))

    @property
    def tightened(self) -> list[str]:
        """The columns that become NOT NULL."""
        return [name for name, nullable in self.nullable.items() if not nullable]
