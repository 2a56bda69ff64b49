"""Members that set themselves: when an item was made and last changed, and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

Auto = Literal["created", "updated", "creator", "updater"]
MOMENTS: tuple[Auto, ...] = ("created", "updated")
"""When an item was made, and last changed."""
CALLERS: tuple[Auto, ...] = ("creator", "updater")
"""Who made it, and changed it last."""
LASTING = frozenset(["created", "creator"])
"""What stays as long as an item does."""


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def with_auto(
    values: Mapping[str, Any], members: Iterable[tuple[str, Auto]], caller: str | None, *, is_new: bool
) -> dict[str, Any]:
    """The values of an item that is made or changed now by a caller, with those of the members that set themselves.

    A time of change never goes back, whatever the clock does.
    """
    found, moment = dict(values), now()
    for name, auto in members:
        if auto in LASTING and not is_new:
            continue
        if auto in CALLERS:
            found[name] = caller
        elif is_new or datetime.fromisoformat(found[name]) < moment:
            found[name] = moment.isoformat().replace("+00:00", "Z")
    return found
