"""The identity of an item as one text: that of its only member, or those of several with commas between them.

A comma or a percent sign within one of several is percent-encoded in the text, so that each has one text, and each
text stands for one identity at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, unquote

import orjson

from ..http.limits import IDENTITY_LENGTH, MAX_SEGMENT

SEPARATOR = ","
QUOTES = '""'


def takes_too_much(text: str, parts: int = 1) -> bool:
    """Whether an identity, or one of several `parts` of it, is longer than it may be, in a URI or in JSON."""
    if len(text) <= IDENTITY_LENGTH // parts:
        return False
    most = MAX_SEGMENT // parts
    return len(quote(text, safe="")) > most or len(orjson.dumps(text)) > most + len(QUOTES)


def joined(values: Iterable[Any]) -> str:
    """The text of several values."""
    return SEPARATOR.join(str(value).replace("%", "%25").replace(SEPARATOR, "%2C") for value in values)


def parted(text: str, number: int) -> Sequence[str]:
    """The texts of so many values; nothing for what stands for none."""
    if number == 1:
        return (text,)
    parts = tuple(unquote(part) for part in text.split(SEPARATOR))
    return parts if len(parts) == number and joined(parts) == text else ()
