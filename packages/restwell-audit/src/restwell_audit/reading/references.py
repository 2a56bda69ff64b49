"""References within a document: `$ref` with a JSON Pointer (RFC 6901), followed a limited number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .shapes import mapping, text

MAX_STEPS = 10


class Document:
    """A document whose parts refer to each other."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def follow(self, value: object) -> Mapping[str, Any]:
        """An object, or the one to which it refers; an empty one where that is in another document or missing."""
        found = mapping(value)
        for _ in range(MAX_STEPS):
            if not isinstance(found.get("$ref"), str):
                return found
            found = mapping(self._at(found["$ref"]))
        return {}

    def _at(self, reference: str) -> Any:
        document, _, pointer = reference.partition("#")
        if document or (pointer and not pointer.startswith("/")):
            return None
        found: Any = self.data
        for step in text(pointer).split("/")[1:50]:
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list):
                found = found[int(name)] if name.isdecimal() and len(name) < 6 and int(name) < len(found) else None
            else:
                found = mapping(found).get(name)
        return found
