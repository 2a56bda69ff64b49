"""Recognises pages of collections in formats that do not define paging."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .shapes import mapping

RELATIONS = frozenset(["next", "prev", "previous", "first", "last"])
COUNTS = frozenset(["total", "count"])
WORDS = RELATIONS | COUNTS | {
    "after", "all", "before", "by", "current", "cursor", "cursors", "elements", "empty", "end", "has", "incomplete",
    "is", "items", "length", "limit", "link", "links", "max", "meta", "metadata", "more", "num", "number", "of",
    "offset", "order", "page", "pageable", "pages", "pagination", "paging", "per", "query", "records", "result",
    "results", "returned", "self", "size", "skip", "sort", "sorted", "start", "took",
}  # fmt: skip
"""The words in names of members about paging, such as `total_count`, `hasMore` and `incomplete_results`."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")


def describes_only_paging(members: Mapping[str, Any]) -> bool:
    """Whether all members are about paging; also true without members."""
    return all(WORDS.issuperset(_words(name)) for name in members)


def counts_none(members: Mapping[str, Any]) -> bool:
    """Whether members, or those of an object among them such as `page`, have a count of 0."""
    found = [members, *(mapping(value) for value in members.values())]
    return any(
        value == 0 and not isinstance(value, bool) and not COUNTS.isdisjoint(_words(name))
        for each in found
        for name, value in each.items()
        if isinstance(value, int)
    )


def is_paged(links: Mapping[str, Any]) -> bool:
    """Whether the links include those to other pages."""
    return not RELATIONS.isdisjoint(links)


def _words(name: str) -> list[str]:
    """The words of a name; a name without ASCII letters or digits is one word, which is not about paging."""
    found = [word.lower() for word in _WORD.findall(name[:100])]
    return found or [name]
