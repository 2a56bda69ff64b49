"""What is sent to create a resource: like the members of the collection, with the audit's mark as its name."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from .checks import Case
from .found import Found
from .ownership import KEYS, Mark

NAMES = ("name", "title", "slug", "key", "code", "username", "identifier", "label")
"""Members that are likely to have to be unique."""
MARK = "restwell-audit-"
LARGE = 900_000_000
"""The least number that is sent as an identity."""


def candidates(case: Case, collection: Found) -> Iterator[tuple[dict[str, Any], Mark]]:
    """Contents that the collection may accept, each with the mark in it; those without a text are left out."""
    text = f"{MARK}{secrets.token_hex(4)}"
    for content in contents(case, collection, text):
        members = tuple(name for name, value in content.items() if value == text)
        if members:
            yield content, Mark(members, text, frozenset(content))


def contents(case: Case, collection: Found, mark: str) -> Iterator[dict[str, Any]]:
    """Contents made after the members, the examples of descriptions and the forms."""
    for member in (collection.reading.members or ())[:1]:
        plain = {n: v for n, v in member.data.items() if is_plain(n, v) and n not in KEYS}
        if plain:
            yield marked(plain, mark)
            for name, value in member.data.items():
                if name in KEYS and isinstance(value, (str, int)):
                    yield marked(plain, mark) | {name: mark if isinstance(value, str) else new_number()}
    for description in case.survey.descriptions:
        for operation in description.operations:
            if (
                operation.method == "POST"
                and description.matches(operation, collection.url)
                and isinstance(operation.example, dict)
            ):
                yield marked(operation.example, mark)
    for form in collection.reading.operations:
        if form.method == "POST" and form.inputs:
            yield {name: mark if name in NAMES else 2010 for name in form.required or form.inputs}


def is_plain(name: str, value: Any) -> bool:
    """Whether a member may be sent with a new resource: not a link, a keyword or a nested value."""
    if name.startswith(("@", "_")) or name in {"url", "href", "self", "links"}:
        return False
    if isinstance(value, str):
        return not value.startswith(("http://", "https://", "/")) or name.lower().endswith(
            ("docs", "homepage", "website")
        )
    return isinstance(value, (int, float, bool))


def marked(content: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """The content with the mark as its name, so that it is unique and can be recognised."""
    made = dict(content)
    texts = [name for name, value in made.items() if isinstance(value, str)]
    names = [name for name in texts if name in NAMES] or texts[:1]
    return made | dict.fromkeys(names, mark)


def new_number() -> int:
    """A number for an identity that is unlikely to exist."""
    return LARGE + secrets.randbelow(99_999_999)
