"""Whether a text has a part, whatever the case: a function that SQLite is given."""

from __future__ import annotations

from ..caseless import folded


def matches(text: str | bytes | None, part: str) -> bool | None:
    """Whether a text has a part, which is folded already: what SQLite is given, which has no such function.

    Without a regular expression: `re` would keep hundreds of them, as long as clients write them. It gives the text
    as bytes, since one that sqlite3 cannot decode itself would end the whole query.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return None if text is None else part in folded(text)
