"""The identity of an item as one text: that of its only member, or those of several with commas between them.

A comma or a percent sign within one of several is percent-encoded in the text, so that each has one text, and each
text stands for one identity at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote

SEPARATOR = ","


def joined(values: Iterable[Any]) -> str:
    """The text of several values."""
    return SEPARATOR.join(str(value).replace("%", "%25").replace(SEPARATOR, "%2C") for value in values)


def parted(text: str, number: int) -> Sequence[str]:
    """The texts of so many values; nothing for what stands for none."""
    if number == 1:
        return (text,)
    parts = tuple(unquote(part) for part in text.split(SEPARATOR))
    return parts if len(parts) == number and joined(parts) == text else ()
