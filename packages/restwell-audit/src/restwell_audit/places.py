"""Places: what is beside the start of an audit, where an API below a prefix has what others have at the root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from .exchanges import Exchange
from .guessing import MISSING_NAME
from .reading import Reading
from .reading.targets import origin, resolve

DESCRIPTIONS = (
    "openapi.json",
    "swagger.json",
    "openapi",
    "api/openapi.json",
    "api-docs",
    "v3/api-docs",
    "swagger/v1/swagger.json",
)
"""Usual paths of an OpenAPI document; below a prefix the first two are looked for."""
MAX_PREFIXES = 2
SELVES = ("@id", "_self", "self", "self_link")
"""Members by which JSON of no particular format says where it is."""
URLS = ("href", "uri", "url")
"""Members that may say the same; at the root they may as well say where something else is."""


def directory_of(url: str, *, listed: bool = False) -> str:
    """The URL, with a slash at its end, below which the neighbours of a resource are.

    That is where its path ends, or the one above for a file and for what is `listed`: a collection, or its member.
    """
    parts = urlsplit(url)
    above, _, last = parts.path.rstrip("/").rpartition("/")
    path = f"{above}/" if listed or "." in last else f"{parts.path.rstrip('/')}/"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def missing_beside(url: str, *, listed: bool = False) -> str:
    """A URL beside that of a resource, at which there is nothing."""
    return directory_of(url, listed=listed) + MISSING_NAME


def descriptions_beside(url: str, *, listed: bool = False) -> Iterator[str]:
    """Where the OpenAPI document of an API usually is: below its prefixes, the longest first, then at the root."""
    parts = urlsplit(directory_of(url, listed=listed))
    segments = parts.path.strip("/").split("/")
    prefixes = ["/".join(segments[:number]) for number in range(len(segments), 0, -1) if segments[0]]
    paths = [f"/{prefix}/{name}" for prefix in prefixes[:MAX_PREFIXES] for name in DESCRIPTIONS[:2]]
    for path in dict.fromkeys([*paths, *(f"/{name}" for name in DESCRIPTIONS)]):
        yield urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def elsewhere(exchange: Exchange, reading: Reading) -> str:
    """The other address, such as `https://api.example`, at which a representation says that it is itself; or "".

    A server behind a proxy that does not know its public address, or is asked past the proxy, links in that way.
    """
    own = urlsplit(exchange.url)
    data = exchange.data if isinstance(exchange.data, dict) else {}
    names = SELVES if own.path == "/" else SELVES + URLS
    named = [resolve(exchange.url, value) for name in names if isinstance(value := data.get(name), str)]
    for target in (*(link.target for link in reading.linked("self")), *named):
        there = urlsplit(target)
        foreign = there.netloc and origin(target) != origin(exchange.url)
        if foreign and there.path.rstrip("/") == own.path.rstrip("/") and there.query == own.query:
            return f"{there.scheme}://{there.netloc}"
    return ""


def homeward(exchange: Exchange, address: str) -> Exchange:
    """A response whose links lead to where it was requested, in place of `address`."""
    parts = urlsplit(exchange.url)
    home = f"{parts.scheme}://{parts.netloc}"
    written, escaped = re.escape(address), re.escape(address.replace("/", "\\/"))
    pattern = re.compile(rf"(?:{written}|{escaped})(?=[/?#\"'<>\s\\]|$)")
    body = pattern.sub(lambda _: home, exchange.text).encode()
    headers = tuple((name, pattern.sub(lambda _: home, value)) for name, value in exchange.headers)
    return replace(exchange, body=body, headers=headers)
