"""Reads the beginning of JSON that was not read to its end, such as that of a list of 100 000 rows."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_READ = 200_000
"""Bytes that are read: enough for the links and the first members."""
MAX_DEPTH = 20
CLOSING = {"{": "}", "[": "]"}
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[\[\]{},"]', re.DOTALL)


def beginning_of(content: bytes) -> Any:
    """What is complete at the beginning of JSON, with what is open closed; None without any."""
    text = content[:MAX_READ].decode("utf-8", "ignore")
    if text.lstrip()[:1] not in CLOSING:
        return None
    opened: list[str] = []
    end, ends = 0, ""
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part in CLOSING:
            opened.append(CLOSING[part])
        elif part in {"}", "]"}:
            if not opened or opened.pop() != part:
                return None
        elif part == '"':  # of a text that is cut off
            break
        elif part == "," and len(opened) <= MAX_DEPTH:
            end, ends = match.start(), "".join(reversed(opened))
    try:
        return json.loads(text[:end] + ends)
    except (ValueError, RecursionError):
        return None
