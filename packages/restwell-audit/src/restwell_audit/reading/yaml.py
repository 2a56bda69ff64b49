"""Reads YAML, for descriptions, if PyYAML is installed, which is not a dependency."""

from __future__ import annotations

import importlib
from typing import Any

MAX_LENGTH = 1_000_000
"""Bytes that are read, which takes about two seconds, and ten without the parser in C."""
MAX_VALUES = 200_000
MAX_DEPTH = 100


class UnreadableError(Exception):
    """The YAML is not read; the message is a sentence that says why."""


def read(body: bytes) -> Any:
    """The values of a document as JSON would have them. Raises only UnreadableError."""
    if len(body) > MAX_LENGTH:
        raise UnreadableError(f"It is YAML with more than {MAX_LENGTH} bytes.")
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise UnreadableError("It is YAML, and PyYAML is not installed.") from None
    try:
        # The parser in C is about ten times as fast; both make only plain values.
        data = yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except Exception:  # noqa: BLE001 -- invalid dates, keys that are lists: each has its own exception
        raise UnreadableError("It is not valid YAML.") from None
    return _Plain().value(data, 0)


class _Plain:
    """Copies values without references, and counts them: a few lines of YAML may expand to more than the memory."""

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def value(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            raise UnreadableError("It is YAML with too many values, or nested too deeply.")
        if isinstance(value, dict):
            return {_name(name): self.value(each, depth + 1) for name, each in value.items()}
        if isinstance(value, list):
            return [self.value(each, depth + 1) for each in value]
        return value if value is None or isinstance(value, str | int | float) else str(value)


def _name(name: object) -> str:
    return str(name).lower() if isinstance(name, bool) else str(name)
