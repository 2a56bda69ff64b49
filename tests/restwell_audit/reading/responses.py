"""Responses to be read, without a server: a reader sees the exchange and nothing else."""

from __future__ import annotations

import json
from typing import Any

from restwell_audit.exchanges import Exchange
from restwell_audit.reading import Link, Reading, read

URL = "http://api.example/v1/orders?page=2"


def response(content: Any, media_type: str, *fields: tuple[str, str], url: str = URL) -> Exchange:
    """An answer with this content: bytes and text as they are, anything else as JSON."""
    body = content if isinstance(content, bytes) else text(content).encode()
    headers = (("Content-Type", media_type), *fields) if media_type else fields
    return Exchange(1, "GET", url, status=200, headers=headers, body=body)


def reading(content: Any, media_type: str, *fields: tuple[str, str], url: str = URL) -> Reading:
    return read(response(content, media_type, *fields, url=url))


def text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def targets(found: Reading | list[Link]) -> dict[str, str]:
    """The links by their relation: several targets of one are joined by a space."""
    links = found.links if isinstance(found, Reading) else found
    by_rel: dict[str, list[str]] = {}
    for link in links:
        by_rel.setdefault(link.rel, []).append(link.target)
    return {rel: " ".join(those) for rel, those in by_rel.items()}
