"""Reads lists in formats other than JSON, as JSON would have them: CSV, lines of JSON, YAML, lines of names."""

from __future__ import annotations

import csv
import json
import re
from itertools import islice
from typing import Any

from . import yaml
from .shapes import MAX_ENTRIES

CSV = frozenset(["text/csv", "application/csv", "text/tab-separated-values"])
LINES = frozenset([
    "application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines",
    "application/x-jsonlines", "application/json-lines", "application/json-seq",
])  # fmt: skip
DELIMITERS = ",;\t|"
MAX_LENGTH = 1_000_000
"""Characters that are read."""
_YAML = re.compile(r"(?:application|text)/(?:x-)?yaml|[a-z0-9.+-]+/[a-z0-9.+-]+\+yaml")
_NAME = re.compile(r"\S{1,100}")


def data_of(kind: str, content: bytes) -> Any:
    """The content of a media type as JSON would have it; None for a media type that is not read here."""
    text = content[:MAX_LENGTH].decode("utf-8", "replace")
    if kind in CSV:
        return _rows(text)
    if kind in LINES:
        return _values(text)
    if _YAML.fullmatch(kind):
        try:
            return yaml.read(content)
        except yaml.UnreadableError:
            return None
    return _names(text) if kind == "text/plain" else None


def _rows(text: str) -> list[dict[str, str]] | None:
    """The rows of CSV by the names in its first line, whatever delimits them (RFC 4180 says a comma)."""
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = csv.DictReader(text.splitlines(), delimiter=delimiter, restkey="")
        return [
            {key: value for key, value in row.items() if isinstance(value, str)} for row in islice(rows, MAX_ENTRIES)
        ]
    except csv.Error:
        return None


def _values(text: str) -> list[Any] | None:
    """The values on the lines (https://jsonlines.org), or after each record separator (RFC 7464)."""
    lines = (line.strip() for line in text.replace("\x1e", "").splitlines())
    try:
        return [json.loads(line) for line in islice(filter(None, lines), MAX_ENTRIES)]
    except (ValueError, RecursionError):
        return None


def _names(text: str) -> list[str] | None:
    """The names on at least two lines that have one word each; None for any other text."""
    lines = text.splitlines()
    return lines[:MAX_ENTRIES] if len(lines) > 1 and all(map(_NAME.fullmatch, lines)) else None
