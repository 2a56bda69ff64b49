"""What a format is given to represent: an item, a page of a collection, the entry point, or a description.

A view holds everything that any format shows, controls included; a format adds nothing but its syntax.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from .addresses import collection_url, item_url
from .affordances import Operation
from .exchange import Document
from .plan import VALUES, Query, Row
from .resource import Declaration

Members = dict[str, Any]


class Item(NamedTuple):
    """One item, with the operations that are open to the caller."""

    declaration: Declaration
    base: str
    row: Row
    fields: tuple[str, ...] | None
    operations: tuple[Operation, ...]

    @property
    def url(self) -> str:
        """The URL of the item."""
        return item_url(self.base, self.declaration, self.row[VALUES + self.declaration.identity_place])

    def members(self) -> Members:
        """The members that were asked for; missing ones are left out."""
        return reader_of(self.declaration, self.fields)(self.row)


class Page(NamedTuple):
    """A page of a collection. `total` is None when it was not counted, `next` when this is the last page.

    `after` is the cursor that the page was asked for with, `next` the URL of the page behind it.
    """

    declaration: Declaration
    base: str
    rows: tuple[Row, ...] | list[Row]
    query: Query
    total: int | None
    after: str | None
    next: str | None
    operations: tuple[Operation, ...]
    item_operations: tuple[Operation, ...]

    @property
    def url(self) -> str:
        """The URL of the collection itself."""
        return collection_url(self.base, self.declaration)

    @property
    def first(self) -> str:
        """The URL of the first page of the same query."""
        return collection_url(self.base, self.declaration, self.query.parameters)

    def members(self) -> list[Members]:
        """The members of each row that were asked for; missing ones are left out."""
        read = reader_of(self.declaration, self.query.fields)
        return [read(row) for row in self.rows]

    def urls(self) -> list[str]:
        """The URL of each row."""
        place = VALUES + self.declaration.identity_place
        return [item_url(self.base, self.declaration, row[place]) for row in self.rows]


class Entry(NamedTuple):
    """The entry point: the collections that this caller may use."""

    base: str
    title: str
    description: str
    collections: tuple[Declaration, ...]


class Description(NamedTuple):
    """A description with the URL it has here."""

    base: str
    url: str
    document: Document


View = Item | Page | Entry | Description


@lru_cache(1024)
def reader_of(declaration: Declaration, fields: tuple[str, ...] | None) -> Callable[[Row], Members]:
    """A function from a row to its members by name, missing ones left out."""
    names = tuple(spec.name for spec in declaration.fields)
    if fields is None and not any(spec.nullable for spec in declaration.fields):
        return lambda row: dict(zip(names, row[VALUES:], strict=False))
    if fields is None:
        return lambda row: {
            name: value for name, value in zip(names, row[VALUES:], strict=False) if value is not None
        }
    places = tuple((name, VALUES + names.index(name)) for name in fields)
    return lambda row: {name: row[place] for name, place in places if row[place] is not None}
