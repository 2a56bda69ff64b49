"""What a format is given to represent: an item, a page of a collection, the entry point, or a description.

A view holds everything that any format shows, controls included; a format adds nothing but its syntax.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from .addresses import collection_url, item_url, segment
from .affordances import Operations
from .exchange import Document
from .keeping import kept
from .plan import VALUES, Query, Row
from .resource import Declaration

Members = dict[str, Any]


class Item(NamedTuple):
    """One item, with the operations that are open to the caller."""

    declaration: Declaration
    base: str
    row: Row
    fields: tuple[str, ...] | None
    operations: Operations

    @property
    def url(self) -> str:
        """The URL of the item."""
        return item_url(self.base, self.declaration, self.row[VALUES + self.declaration.identity_place])

    def members(self) -> Members:
        """The members that were asked for, without those of which the absence says null."""
        return reader_of(self.declaration, self.fields)(self.row)


class Page(NamedTuple):
    """A page of a collection. `total` is None when it was not counted, `next` when this is the last page.

    `after` is the cursor that the page was asked for with, `next` and `previous` the URLs of the pages
    behind and before it.
    """

    declaration: Declaration
    base: str
    rows: tuple[Row, ...] | list[Row]
    query: Query
    total: int | None
    after: str | None
    next: str | None
    previous: str | None
    operations: Operations
    item_operations: Operations
    unread: tuple[tuple[str, str], ...] = ()
    """What is left out since it cannot be read: a name for each such row, and a URL."""

    @property
    def url(self) -> str:
        """The URL of the collection itself."""
        return collection_url(self.base, self.declaration)

    @property
    def first(self) -> str:
        """The URL of the first page of the same query."""
        return collection_url(self.base, self.declaration, self.query.parameters)

    def members(self) -> list[Members]:
        """The members of each row that were asked for, without those of which the absence says null."""
        return rows_reader_of(self.declaration, self.query.fields, "plain")(self.rows, "")

    def urls(self) -> list[str]:
        """The URL of each row."""
        place, start = VALUES + self.declaration.identity_place, f"{self.url}/"
        return [start + segment(row[place]) for row in self.rows]


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


@kept(1024 * 1024)
def reader_of(declaration: Declaration, fields: tuple[str, ...] | None) -> Callable[[Row], Members]:
    """A function from a row to its members by name, without the nulls that their absence says."""
    first, others = _assignments(declaration, fields)
    lines = [
        "def read(row):",
        f"    members = {{{first}}}",
        *(f"    {line}" for line in others),
        "    return members",
    ]
    read: Callable[[Row], Members] = _written(lines)
    if names := _computed(declaration, fields):
        return lambda row: _compute(declaration, row, names, read(row))
    return read


@kept(1024 * 1024)
def rows_reader_of(
    declaration: Declaration, fields: tuple[str, ...] | None, kind: Literal["plain", "linked"]
) -> Callable[[Sequence[Row], str], list[Members]]:
    """The same for many rows at once. `linked` ones begin with `@id` and `@type`; their URLs begin with a text."""
    first, others = _assignments(declaration, fields)
    if kind == "linked":
        place = VALUES + declaration.identity_place
        first = f"'@id': start + segment(row[{place}]), '@type': {declaration.name!r}, {first}"
    lines = ["def read(rows, start):", "    found = []", "    for row in rows:", f"        members = {{{first}}}"]
    lines += [*(f"        {line}" for line in others), "        found.append(members)", "    return found"]
    read: Callable[[Sequence[Row], str], list[Members]] = _written(lines)
    if names := _computed(declaration, fields):
        return lambda rows, start: [
            _compute(declaration, row, names, members) for row, members in zip(rows, read(rows, start), strict=True)
        ]
    return read


def _assignments(declaration: Declaration, fields: tuple[str, ...] | None) -> tuple[str, list[str]]:
    """What makes members of a row, in Python: the inside of a dict, and a line for each that follows."""
    wanted = [(p, s) for p, s in enumerate(declaration.fields, VALUES) if fields is None or s.name in fields]
    first = list(takewhile(lambda pair: not pair[1].absent_is_null, wanted))
    others = [
        f"{f'if row[{place}] is not None: ' if spec.absent_is_null else ''}members[{spec.name!r}] = row[{place}]"
        for place, spec in wanted[len(first) :]
    ]
    return ", ".join(f"{spec.name!r}: row[{place}]" for place, spec in first), others


def _written(lines: Sequence[str]) -> Any:
    """The function `read` in these lines, written out like those of a dataclass.

    A loop over the names takes four times as long, and is most of what Python does for a page. Only names and places
    of the declaration are in the text.
    """
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), {"segment": segment}, namespace)  # noqa: S102 - see above
    return namespace["read"]


def _computed(declaration: Declaration, fields: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(spec.name for spec in declaration.computed if fields is None or spec.name in fields)


def _compute(declaration: Declaration, row: Row, names: tuple[str, ...], members: Members) -> Members:
    """Add to the members of a row what is computed of the whole of it."""
    values = dict(zip((spec.name for spec in declaration.fields), row[VALUES:], strict=False))
    members.update(declaration.shape.computing.of(values, names))
    return members
