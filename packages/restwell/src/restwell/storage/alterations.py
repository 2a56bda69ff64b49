"""How one table differs from its declaration, and statements that change it: plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa


class AlteringStep(NamedTuple):
    """One statement with its parameters."""

    text: str
    parameters: tuple[Any, ...] = ()

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
    """The old type of each column that has another one now."""
    new_constraints: list[sa.UniqueConstraint] = field(default_factory=list)
    old_constraints: list[sa.UniqueConstraint] = field(default_factory=list)
    new_indexes: list[sa.Index] = field(default_factory=list)
    old_indexes: list[sa.Index] = field(default_factory=list)
    lacks_trigger: bool = False
    has_old_trigger: bool = False
    """Whether there is one that does something else than it should."""
    defaults: dict[str, Any] = field(default_factory=dict)
    factories: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """Defaults that are made anew for each row; the first is in `defaults` too."""
    others: list[str] = field(default_factory=list)
    """The statements that made indexes and triggers of others on this table, where a new table would lose them."""

    @property
    def changes_columns(self) -> bool:
        """Whether a row is not what it was, so that no copy of it is good any more."""
        return bool(self.added or self.dropped or self.nullable or self.types)

    @property
    def late_indexes(self) -> list[sa.Index]:
        """Those that can be made only when each row has got a value of its own."""
        return [each for each in self.new_indexes if each.unique and each.columns.keys()[0] in self.factories]

    @property
    def tightened(self) -> list[str]:
        """The columns that may not be missing any more."""
        return [name for name, nullable in self.nullable.items() if not nullable]
