"""About how many bytes rows take in a representation, without making one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.resource import Declaration
from .layout import Layout
from .outcomes import Row


def weight_of(value: Any) -> int:
    """The characters of all texts within a value: its JSON has at least so many bytes."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(weight_of, value)) + sum(map(weight_of, value.values()))
    return sum(map(weight_of, value)) if isinstance(value, (list, tuple)) else 0


def rows_within(
    declaration: Declaration, rows: Sequence[Row], fields: tuple[str, ...] | None, most: int, *, backwards: bool
) -> int:
    """How many rows, from the first or `backwards` from the last, may fit into so many bytes of JSON: one at least.

    `fields` are those that are shown; None for all that are seen. Of the rows that this counts out none fits; of the
    others the last ones may not fit either.
    """
    layout, taken = declaration.compiled[Layout], 0
    names = [spec.name for spec in declaration.fields if fields is None or spec.name in fields]
    for number, row in enumerate(reversed(rows) if backwards else rows):
        taken += sum(weight_of(layout.value(row, name)) for name in names)
        if taken > most and number:
            return number
    return len(rows)
