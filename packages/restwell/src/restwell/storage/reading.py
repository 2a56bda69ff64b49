"""Converts rows of a database to rows of the store, and finds those that cannot be read.

A row that another program has changed by SQL may have a value that is not of its field's kind. Such a row is left out
and logged once; the others are read as usual.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import orjson

from ..data.layout import Layout, digest_of
from ..data.outcomes import Row, UnreadRow
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from .dialect import Reader
from .errors import InvalidValue
from .notices import NOTICES
from .stored import Stored

log = logging.getLogger("restwell")
MAX_TOLD = 1000
"""Unreadable rows that one process logs."""
FAILURES = (ValueError, TypeError, KeyError, RecursionError)
"""What reading a column raises if a value is not of its kind."""


class Reading:
    """Reads the rows of one resource, as selected or as a change has `returned` them; `wholly` with every check."""

    def __init__(
        self, stored: Stored, declaration: Declaration, *, returned: bool = False, wholly: bool = False
    ) -> None:
        self._declaration = declaration
        readers = stored.readers
        whole = readers.returned_wholly if returned else readers.wholly
        usual = whole if wholly else readers.returned if returned else readers.usual
        self.layout = declaration.compiled[Layout]
        fields = [(self.layout.index(spec.name), spec) for spec in declaration.fields]
        read = [(place, usual(spec)) for place, spec in fields]
        self._columns = [(place, reader) for place, reader in read if reader is not None]
        self._wholly = [(place, spec, whole(spec)) for place, spec in fields]
        kinds = {spec.kind.name for place, spec in fields if place in dict(self._columns)}
        self._numbers = (
            [(place, frozenset([int, type(None)] if spec.nullable else [int])) for place, spec in fields
             if place in dict(self._columns)]
            if not wholly and stored.checked and kinds <= {"integer", "integer choice"} else None
        )  # fmt: skip
        """If only whole numbers are checked: their indexes, and the types that they may have."""
        self._only_checks = not returned and kinds <= stored.checked
        self._checks = [(itemgetter(place), reader) for place, reader in self._columns]

    def row(self, row: Row) -> Row:
        """One row, as an item is. Raises InvalidValue when it cannot be read."""
        if self._numbers is None:
            [row] = self.rows([row])
            return row
        for place, types in self._numbers:
            if type(row[place]) not in types:
                raise InvalidValue
        return row

    def rows(self, rows: list[Any]) -> list[Any]:
        """The rows, with values after the fields left as they are. Raises InvalidValue if one cannot be read."""
        if not rows or not self._columns:
            return rows
        try:
            if self._only_checks:
                for take, reader in self._checks:
                    reader(list(map(take, rows)))
                return rows
            columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
            for place, reader in self._columns:
                columns[place] = reader(columns[place])
            return list(zip(*columns, strict=True))
        except FAILURES as error:
            raise InvalidValue from error

    def sift(
        self, rows: Sequence[Any], limit: int | None = None, seen: Declaration | None = None
    ) -> tuple[list[Any], list[UnreadRow]]:
        """The readable rows up to a limit, and the unreadable ones among them, each row examined by itself.

        Those of which nothing is wrong in the resource as it is `seen` are in both.
        """
        good: list[Any] = []
        bad: list[UnreadRow] = []
        for row in rows:
            read, wrong = self.whole(row)
            if wrong:
                bad.append(self.unread(read, wrong))
            if not wrong or (seen is not None and seen.is_shown_without(wrong)):
                good.append(read)
                if len(good) == limit:
                    break
        return good, bad

    def whole(self, row: Sequence[Any]) -> tuple[Row, tuple[str, ...]]:
        """The row with None for each unreadable value, and the names of these members."""
        values, wrong = list(row), []
        for place, spec, reader in self._wholly:
            try:
                values[place] = _read(values[place], spec, reader)
            except FAILURES:  # orjson's are TypeErrors
                values[place] = None
                if spec.marks.sql is None:
                    wrong.append(spec.name)
                else:
                    self._tell_of(spec)
        if self._declaration.computed and not wrong:
            wrong = self._declaration.shape.computing.untyped(self.layout.named(tuple(values)))
        return tuple(values), tuple(wrong)

    def _tell_of(self, spec: FieldSpec) -> None:
        """Log that an expression of the application's does not give what it is declared as: it is null then."""
        what = f"{self._declaration.name}.{spec.name}"
        NOTICES.tell(what, f"the sql= of {what} gives what is not {spec.kind.words}, shown as null: correct it.")

    def unread(self, row: Row, wrong: tuple[str, ...]) -> UnreadRow:
        """The description of a row that cannot be read."""
        layout, identity = self.layout, self.layout.identity(row)
        return UnreadRow(layout.key(row), layout.version(row), None if identity is None else str(identity), wrong)


class Digested(Reading):
    """Reads rows that have no version: it is made of what was read, so that other values are another version."""

    def __init__(
        self, stored: Stored, declaration: Declaration, *, returned: bool = False, wholly: bool = False
    ) -> None:
        super().__init__(stored, declaration, returned=returned, wholly=wholly)
        self.layout.tag_by_values(declaration)

    def rows(self, rows: list[Any]) -> list[Any]:
        """As those of others."""
        return list(map(self._versioned, super().rows(rows)))

    def whole(self, row: Sequence[Any]) -> tuple[Row, tuple[str, ...]]:
        """As that of others; what cannot be read has the version of what can be."""
        read, wrong = super().whole(row)
        return self._versioned(read), wrong

    def _versioned(self, row: Sequence[Any]) -> Row:
        return self.layout.with_version(tuple(row), digest_of(self.layout.values(tuple(row))))


def reading_of(stored: Stored, declaration: Declaration, *, returned: bool = False, wholly: bool = False) -> Reading:
    """What reads the rows of a resource, as they are stored."""
    return (Digested if stored.digested else Reading)(stored, declaration, returned=returned, wholly=wholly)


def _read(value: Any, spec: FieldSpec, reader: Reader | None) -> Any:
    if value is None:
        if not spec.nullable:
            raise InvalidValue
        return None
    if reader is not None:
        [value] = reader([value])
    orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return value


class Telling:
    """Logs the rows that cannot be read, each once."""

    def __init__(self) -> None:
        self._told: set[tuple[str, int, int]] = set()

    def tell(self, declaration: Declaration, rows: Sequence[UnreadRow]) -> None:
        """Log what was not logged before: the resource, the identity and the members, and never a value."""
        for row in rows:
            key = (declaration.path, row.key, row.version)
            if key in self._told or len(self._told) >= MAX_TOLD:
                continue
            self._told.add(key)
            left_out = "" if declaration.public.is_shown_without(row.members) else "It is left out. "
            log.warning(
                "%s: what is stored of %s cannot be read: %s. %sCorrect the row, or PUT or DELETE it.",
                declaration.path, _named(row), ", ".join(row.members), left_out,
            )  # fmt: skip
            if len(self._told) == MAX_TOLD:
                log.warning("more rows that cannot be read are not said: %d have been", MAX_TOLD)


def _named(row: UnreadRow) -> str:
    return f"_id {row.key}" if row.identity is None else f"{row.identity[:200]!r}"
