"""Whether an import of exported rows gives the same rows: an import runs the user's validators again.

A validator that strips a text does not change its own result; one that doubles a number doubles it with every import.
Only declarations with functions of the user's are checked, and of these every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from ..content import decode
from ..data.layout import Layout
from ..data.outcomes import Row
from ..model.resource import Declaration
from ..model.revising import is_same
from .validation import Validator


class Repetition:
    """Finds exported rows that an import would change."""

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration
        self._layout = Layout(declaration)
        self._fields = [spec.name for spec in declaration.stored]
        self._names = [spec.name for spec in declaration.exported]
        self._validator = Validator(declaration)
        self._count = 0
        self._first = ""

    def look_at(self, rows: Sequence[Row]) -> None:
        """Validate rows as an import would, and count those that it would change."""
        for row in rows:
            named = self._layout.named(row)
            kept = {name: named[name] for name in self._fields}
            stored = decode(orjson.dumps(kept, option=orjson.OPT_UTC_Z))
            said = self._difference(stored)
            if said:
                self._count += 1
                self._first = self._first or f"{stored[self._declaration.identity.name]!r}: {said}"

    def _difference(self, stored: dict[str, Any]) -> str:
        values = self._validator.values_of(stored)
        if isinstance(values, str):
            return f"it would be refused ({values})"
        again = decode(orjson.dumps(dict(zip(self._fields, values, strict=True)), option=orjson.OPT_UTC_Z))
        changed = [name for name in self._names if not is_same(again[name], stored[name])]
        return " and ".join(f"{name} would be {again[name]!r}, not {stored[name]!r}" for name in changed[:2])

    @property
    def warning(self) -> str | None:
        """A sentence about the rows that an import would change; None if there are none."""
        if not self._count:
            return None
        rows = "1 row is" if self._count == 1 else f"{self._count} rows are"
        return (
            f"{rows} not the same when imported again, because validators run on what they have made already. "
            f"The first is {self._first}. Let validators leave alone what they have made."
        )
