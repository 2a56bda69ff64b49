"""What has the form of an API key or of a token, and is shown nowhere: neither in a log nor in an answer."""

from __future__ import annotations

import re

KEY = re.compile(r"(rw(?:_|%(?:25)*5F)[a-z0-9]{10})(?:_|%(?:25)*5F)[a-z0-9_%-]{16,}", re.IGNORECASE)
"""A key, or most of one, within a text, also where it is percent-encoded again. Its id alone opens nothing."""


TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
"""A JWT, or its header and its claims, within a text: each begins with `{"` in Base64."""


def masked(text: str) -> str:
    """The text without its tokens, with the id alone of each key, so that its owner can be told what to revoke."""
    found = KEY.sub(r"\1_***", text)
    return TOKEN.sub("eyJ***", found) if "eyJ" in found else found


def has_key(text: str) -> bool:
    """Whether there is a key or a token in a text."""
    return KEY.search(text) is not None or ("eyJ" in text and TOKEN.search(text) is not None)
