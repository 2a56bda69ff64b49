"""YAML as JSON has it, where PyYAML happens to be installed: it is no dependency, and only descriptions are YAML."""

from __future__ import annotations

import importlib
from typing import Any

MAX_LENGTH = 1_000_000
"""Bytes that are read, in two seconds or so, and ten where the reader in C is missing."""
MAX_VALUES = 200_000
MAX_DEPTH = 100


class UnreadableError(Exception):
    """What is not read, and why, in a sentence."""


def read(body: bytes) -> Any:
    """The values of a document as JSON would have them. Raises UnreadableError, and nothing else."""
    if len(body) > MAX_LENGTH:
        raise UnreadableError(f"It is YAML of more than {MAX_LENGTH} bytes.")
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise UnreadableError("It is YAML, and PyYAML is not installed.") from None
    try:
        # The reader in C is ten times as fast; neither makes anything but plain values.
        data = yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except Exception:  # noqa: BLE001 -- dates that are none, keys that are lists: each has an exception of its own
        raise UnreadableError("It is no YAML that can be read.") from None
    return _Plain().value(data, 0)


class _Plain:
    """Takes references apart, and counts: a few lines of YAML may stand for more values than there is memory."""

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def value(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            raise UnreadableError("It is YAML that stands for too many values.")
        if isinstance(value, dict):
            return {_name(name): self.value(each, depth + 1) for name, each in value.items()}
        if isinstance(value, list):
            return [self.value(each, depth + 1) for each in value]
        return value if value is None or isinstance(value, str | int | float) else str(value)


def _name(name: object) -> str:
    return str(name).lower() if isinstance(name, bool) else str(name)
