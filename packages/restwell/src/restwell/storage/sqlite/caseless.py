"""The SQL function for case-insensitive search, which SQLite does not have."""

from __future__ import annotations

from ...data.caseless import folded


def matches(text: str | bytes | None, part: str) -> bool | None:
    """Whether a text contains a part that is already folded.

    It uses no regular expression, since `re` would cache hundreds of them, of any length that clients send. It takes
    the text as bytes, since a text that sqlite3 cannot decode would end the whole query.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return None if text is None else part in folded(text)
