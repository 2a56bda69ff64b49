"""The layout of stored rows: a row is a tuple, and only this module knows the index of each value in it.

The layout of a declaration is made once. Its readers are compiled to reads by index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import orjson

from ..model.identities import joined
from ..model.resource import Declaration
from .outcomes import Row

_KEY, _VERSION, _MODIFIED, _FIRST = range(4)
"""The indexes of what every row has, and of the first field's value."""


class Layout:
    """Reads the rows of one declaration by name. Values that a store appends to a row are ignored."""

    __slots__ = ("_identity", "_indexes", "identity", "key", "modified", "names", "state", "values", "version")

    key: Callable[[Row], Any]
    """What orders the rows: in Restwell's own tables a number, which never changes, and else the identity."""
    version: Callable[[Row], int]
    """The version of a row: every change gives it another one."""
    state: Callable[[Row], Any]
    """What entity tags are of: the version, as a rule."""
    modified: Callable[[Row], int | None]
    """When a row was last changed, in seconds since 1970; None where nothing tells."""
    identity: Callable[[Row], Any]
    """What names a row in its URI: the value of a field, or the text of several."""
    values: Callable[[Row], tuple[Any, ...]]
    """The value of each field, in the order of the declaration."""

    def __init__(self, declaration: Declaration) -> None:
        self.names = tuple(spec.name for spec in declaration.whole.fields)
        self._indexes = {name: index for index, name in enumerate(self.names, _FIRST)}
        self.version = self.state = itemgetter(_VERSION)
        self.modified = itemgetter(_MODIFIED)
        self._identity = [self._indexes[spec.name] for spec in declaration.identifying]
        values = itemgetter(*self._identity)
        self.identity = (lambda row: joined(values(row))) if declaration.parts else values
        self.key = itemgetter(_KEY) if declaration.source is None else values
        self.values = itemgetter(slice(_FIRST, _FIRST + len(self.names)))

    def index(self, name: str) -> int:
        """The index of a field's value, for generated code and for reading whole columns."""
        return self._indexes[name]

    def value(self, row: Row, name: str) -> Any:
        """The value of a field."""
        return row[self._indexes[name]]

    def named(self, row: Row) -> dict[str, Any]:
        """The value of every field by its name."""
        return dict(zip(self.names, self.values(row), strict=True))

    def reader(self, names: Sequence[str]) -> Callable[[Row], Sequence[Any]]:
        """What reads the values of some fields, in this order."""
        if tuple(names) == self.names:
            return self.values
        indexes = [self._indexes[name] for name in names]
        return lambda row: [row[index] for index in indexes]

    def tag_by_values(self, declaration: Declaration) -> None:
        """Have entity tags tell of what is shown alone, of rows whose version is made of all their values.

        Whoever may set what nobody sees could try values until the entity tag is the one from before.
        """
        every = declaration.whole.fields
        shown = [spec.name for spec in every if not (spec.marks.write_only or spec.marks.shown_once)]
        if len(shown) < len(every):
            read = self.reader(shown)
            self.state = lambda row: digest_of(read(row))

    def row(self, key: Any, version: Any, modified: Any, values: Mapping[str, Any]) -> Row:
        """A row made of these parts, which are values, or the columns that a store selects."""
        return (key, version, modified, *(values[name] for name in self.names))

    @staticmethod
    def with_version(row: Row, version: int) -> Row:
        """The same row with another version."""
        return (*row[:_VERSION], version, *row[_VERSION + 1 :])

    def with_identity(self, row: Row, identity: Any) -> Row:
        """The same row with another identity: a value, or one for each of several fields."""
        found = list(row)
        for index, value in zip(self._identity, identity if len(self._identity) > 1 else (identity,), strict=True):
            found[index] = value
        return tuple(found)


def digest_of(values: Sequence[Any]) -> int:
    """A version for what has none: a digest of the values, in 64 bits."""
    text = orjson.dumps(values, option=orjson.OPT_UTC_Z)
    return int.from_bytes(blake2b(text, digest_size=8).digest(), signed=True)
