"""What a format is given to represent: an item, a page of a collection, the entry point, or a description.

A document holds everything that any format shows, controls included; a format adds nothing but its syntax.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat, takewhile
from typing import Any, Literal, NamedTuple

import orjson

from ..data.layout import Layout
from ..data.outcomes import Row
from ..data.query import Query
from ..http.keeping import kept
from ..model.identities import SEPARATOR
from ..model.resource import Declaration
from .addresses import collection_url, item_url, segments
from .affordances import Operations
from .me import Me
from .references import References, reference_urls

Members = dict[str, Any]
Kind = Literal["plain", "linked"]
ReadRow = Callable[[Row], Members]
ReadRows = Callable[[Sequence[Row], Sequence[str]], list[Members]]
MAX_READERS = 256 * 1024
"""Bytes of the functions that are kept for the members that clients pick, of each resource."""


class SelfDescription(NamedTuple):
    """Something that the API says of itself, as JSON. `also` are further media types for the same data."""

    title: str
    media_type: str
    also: tuple[str, ...]
    text: bytes

    @property
    def data(self) -> dict[str, Any]:
        """What the text says."""
        return orjson.loads(self.text)  # type: ignore[no-any-return]  # an object


class Item(NamedTuple):
    """One item, with the operations that are open to the caller."""

    declaration: Declaration
    base: str
    row: Row
    fields: tuple[str, ...] | None
    operations: Operations
    caller: str | None = None
    """Who asks, in words, for formats that show it; None for an anonymous caller."""

    @property
    def url(self) -> str:
        """The URL of the item."""
        return item_url(self.base, self.declaration, self.declaration.compiled[Layout].identity(self.row))

    def members(self) -> Members:
        """The members that were asked for, without those of which the absence says null."""
        return self.declaration.compiled[RowReaders].of_item(self.fields)(self.row)

    def every_member(self) -> Members:
        """The same of all members, whichever were asked for: what forms are filled in with."""
        return self.declaration.compiled[RowReaders].whole(self.row)

    def references(self) -> dict[str, str]:
        """The URL of the item that each member refers to, of the members that were asked for and refer to one."""
        declaration = self.declaration
        targets = declaration.compiled[References]
        if not targets:
            return {}
        index = declaration.compiled[Layout].index
        values = [(name, self.row[index(name)]) for name in targets if self.fields is None or name in self.fields]
        return {name: item_url(self.base, targets[name], value) for name, value in values if value is not None}


class Page(NamedTuple):
    """A page of a collection. `total` is None when it was not counted, `next` when this is the last page.

    `after` is the cursor that the page was asked for with, `next` and `previous` the URLs of the pages
    behind and before it; `last`, that of the last page where it was asked for by its number and that is known.
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
    by_row: tuple[Operations, ...] = ()
    """The operations on each row where they differ; `item_operations` are then those on every one."""

    seen_by_row: tuple[Declaration, ...] = ()
    """The resource as the caller sees it with each row, where they see more of some."""
    last: str | None = None
    """The URL of the last page, where pages are numbered and it is known."""
    caller: str | None = None
    """Who asks, in words, for formats that show it; None for an anonymous caller."""

    @property
    def operations_by_row(self) -> Iterable[Operations]:
        """The operations that are open to the caller on each row."""
        return self.by_row or repeat(self.item_operations, len(self.rows))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the members that some rows at least may have, in the order of the declaration."""
        if not self.seen_by_row:
            return tuple(self.declaration.specs)
        names = frozenset[str]().union(*(each.names for each in self.seen_by_row))
        return tuple(name for name in self.declaration.whole.specs if name in names)

    @property
    def backwards(self) -> bool:
        """Whether it was asked for from its end."""
        return self.query.after is not None and self.query.after.backwards

    @property
    def url(self) -> str:
        """The URL of the collection itself."""
        return collection_url(self.base, self.declaration)

    @property
    def first(self) -> str:
        """The URL of the first page of the same query."""
        if self.query.page is None:
            return collection_url(self.base, self.declaration, self.query.parameters)
        return page_url(self.base, self.declaration, self.query, 1)

    @property
    def address(self) -> str:
        """The URL of this page."""
        if self.query.page is not None:
            return page_url(self.base, self.declaration, self.query, self.query.page)
        return collection_url(self.base, self.declaration, self.query.parameters, self.after)

    @property
    def is_further(self) -> bool:
        """Whether it is another page than the first."""
        return self.after is not None or (self.query.page or 1) > 1

    @property
    def neighbours(self) -> list[tuple[str, str]]:
        """The relation and the URL of each page that this one links to."""
        pages = (("first", self.first), ("prev", self.previous), ("next", self.next), ("last", self.last))
        return [(relation, url) for relation, url in pages if url is not None]

    def members(self) -> list[Members]:
        """The members of each row that were asked for, without those of which the absence says null."""
        return self._read("plain")

    def linked_members(self) -> list[Members]:
        """The same, each beginning with its `@id` and `@type`."""
        return self._read("linked", self.urls())

    def _read(self, kind: Kind, urls: Sequence[str] = ()) -> list[Members]:
        rows = self.rows
        if not rows:
            return []
        if self.seen_by_row:
            each = zip(self.seen_by_row, rows, urls or repeat(""), strict=False)
            return [
                seen.compiled[RowReaders].of_page(self.query.fields, kind, len(row))([row], [url])[0]
                for seen, row, url in each
            ]
        return self.declaration.compiled[RowReaders].of_page(self.query.fields, kind, len(rows[0]))(rows, urls)

    def urls(self) -> list[str]:
        """The URL of each row."""
        start, identity = f"{self.url}/", self.declaration.compiled[Layout].identity
        safe = SEPARATOR if self.declaration.parts else ""
        return [start + each for each in segments(list(map(identity, self.rows)), safe)]

    def references(self) -> dict[str, list[str | None]]:
        """By the names of the members that refer to items, and were asked for: the URL that each row has, if any."""
        whole, wanted = self.declaration.whole, self.query.fields
        of = whole if self.seen_by_row else self.declaration
        return {
            name: reference_urls(self.base, target, self._referred(whole.compiled[Layout].index(name), name))
            for name, target in of.compiled[References].items()
            if wanted is None or name in wanted
        }

    def _referred(self, index: int, name: str) -> list[Any]:
        """The value of a member in each row of which the caller may read it, None in others."""
        if not self.seen_by_row or name in self.declaration.names:
            return [row[index] for row in self.rows]
        return [
            row[index] if name in seen.names else None for row, seen in zip(self.rows, self.seen_by_row, strict=True)
        ]


def page_url(base: str, declaration: Declaration, query: Query, number: int) -> str:
    """The URL of the page of a query with this number."""
    return collection_url(base, declaration, (*query.parameters, ("page", str(number))))


class Entry(NamedTuple):
    """The entry point: the collections that this caller may read, or add to."""

    base: str
    title: str
    description: str
    collections: tuple[Declaration, ...]
    caller: str | None = None
    """Who asks, in words, for formats that show it; None for an anonymous caller."""


class Description(NamedTuple):
    """A description with the URL it has here."""

    base: str
    url: str
    content: SelfDescription


Document = Item | Page | Entry | Me | Description


class RowReaders:
    """How the rows of a resource become members by name: `declaration.compiled[RowReaders]`.

    The functions are written once for all members, and kept for those that clients pick by `fields`.
    """

    __slots__ = ("of_item", "of_page", "whole")

    def __init__(self, declaration: Declaration) -> None:
        whole = reader_of(declaration, None)

        @kept(MAX_READERS)
        def of_item(fields: tuple[str, ...] | None) -> ReadRow:
            return whole if fields is None else reader_of(declaration, fields)

        @kept(MAX_READERS)
        def of_page(fields: tuple[str, ...] | None, kind: Kind, width: int) -> ReadRows:
            return rows_reader_of(declaration, fields, kind, width)

        self.whole = whole
        self.of_item = of_item
        self.of_page = of_page


def reader_of(declaration: Declaration, fields: tuple[str, ...] | None) -> ReadRow:
    """A function from a row to its members by name, without the nulls that their absence says."""
    first, others = _assignments(declaration, fields, "row[{}]")
    lines = ["def read(row):", f"    members = {{{first}}}", *(f"    {line}" for line in others)]
    read: ReadRow = _written([*lines, "    return members"])
    if names := _computed(declaration, fields):
        return lambda row: _compute(declaration, row, names, read(row))
    return read


def rows_reader_of(declaration: Declaration, fields: tuple[str, ...] | None, kind: Kind, width: int) -> ReadRows:
    """The same for many rows at once, each of so many values.

    `linked` ones begin with `@id` and `@type`: the function takes their URLs as well.
    """
    first, others = _assignments(declaration, fields, "v{}")
    if kind == "linked":
        first = f"'@id': url, '@type': {declaration.name!r}, {first}"
    values = ", ".join(f"v{place}" for place in range(width))
    each = f"for ({values}), url in zip(rows, urls)" if kind == "linked" else f"for {values} in rows"
    lines = ["def read(rows, urls):"]
    if others:
        lines += ["    found = []", f"    {each}:", f"        members = {{{first}}}"]
        lines += [*(f"        {line}" for line in others), "        found.append(members)", "    return found"]
    else:
        lines += [f"    return [{{{first}}} {each}]"]
    read: ReadRows = _written(lines)
    if names := _computed(declaration, fields):
        return lambda rows, urls: [
            _compute(declaration, row, names, members) for row, members in zip(rows, read(rows, urls), strict=True)
        ]
    return read


def _assignments(declaration: Declaration, fields: tuple[str, ...] | None, value: str) -> tuple[str, list[str]]:
    """What makes members of a row, in Python: the inside of a dict, and a line for each that follows.

    `value` is how a value is written, with its place for the braces.
    """
    index = declaration.compiled[Layout].index
    wanted = [
        (value.format(index(spec.name)), spec) for spec in declaration.fields if fields is None or spec.name in fields
    ]
    first = list(takewhile(lambda pair: not pair[1].absent_is_null, wanted))
    others = [
        f"{f'if {text} is not None: ' if spec.absent_is_null else ''}members[{spec.name!r}] = {text}"
        for text, spec in wanted[len(first) :]
    ]
    return ", ".join(f"{spec.name!r}: {text}" for text, spec in first), others


def _written(lines: Sequence[str]) -> Any:
    """The function `read` in these lines, written out like those of a dataclass.

    A loop over the names takes four times as long, and is most of what Python does for a page. Only names and places
    of the declaration are in the text.
    """
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), namespace)  # noqa: S102 - see above
    return namespace["read"]


def _computed(declaration: Declaration, fields: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(spec.name for spec in declaration.computed if fields is None or spec.name in fields)


def _compute(declaration: Declaration, row: Row, names: tuple[str, ...], members: Members) -> Members:
    """Add to the members of a row what is computed of the whole of it."""
    members.update(declaration.shape.computing.of(declaration.compiled[Layout].named(row), names))
    return members
