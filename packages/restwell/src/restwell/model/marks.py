"""What a member of a resource is declared to be beyond what pydantic knows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .auto import Auto
from .policy import Rule


class Made(NamedTuple):
    """A member whose value is made where it is stored: `always`, or where a new item has none.

    The value in JSON may be missing, or null; what is stored may be missing only if it is `nullable`.
    """

    always: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """What `Field` declares beyond pydantic; it travels in the metadata of pydantic's own field."""

    identity: bool = False
    iri: str | None = None
    read_only: bool = False
    index: bool = False
    filterable: bool = True
    sortable: bool = True
    unique: bool = False
    auto: Auto | None = None
    alias: str | None = None
    made: Made | None = None
    is_part: bool = False
    """Whether it is an identity with others together, and not alone."""
    renameable: bool = False
    """Whether an item that is there may get another value of it, though it names the item."""
    write_only: bool = False
    hidden: bool = False
    sql: Callable[[Any], Any] | None = None
    shown_once: bool = False
    """Whether it is in the answer to the request that makes the item, and in no other."""
    read: Rule | None = None
    """Who may read it, of those who may read the item; all, without."""
    write: Rule | None = None
    """Who may set it, of those who may write the item."""

    @property
    def is_shown(self) -> bool:
        """Whether it is in representations, for whoever may read it."""
        return not (self.write_only or self.hidden)

    @property
    def rules(self) -> list[Rule]:
        """Who may read and who may set it, where it says so itself."""
        return [each for each in (self.read, self.write) if each is not None]

    @property
    def is_unique(self) -> bool:
        """Whether no two items have the same value."""
        return (self.identity and not self.is_part) or self.unique

    @property
    def is_indexed(self) -> bool:
        """Whether the database keeps an index of it."""
        return self.index or self.is_unique
