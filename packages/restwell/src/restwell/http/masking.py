"""What has the form of an API key, and is shown nowhere but where it is made: neither in a log nor in an answer."""

from __future__ import annotations

import re

KEY = re.compile(r"(rw(?:_|%(?:25)*5F)[a-z0-9]{10})(?:_|%(?:25)*5F)[a-z0-9_%-]{16,}", re.IGNORECASE)
"""A key, or most of one, within a text, also where it is percent-encoded again. Its id alone opens nothing."""


def masked(text: str) -> str:
    """The text with the id alone of each key that is in it, so that its owner can be told which one to revoke."""
    return KEY.sub(r"\1_***", text)


def has_key(text: str) -> bool:
    """Whether there is a key in a text."""
    return KEY.search(text) is not None
