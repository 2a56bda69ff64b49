"""Places: what is beside the start of an audit, where an API below a prefix has what others have at the root."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from .guessing import MISSING_NAME
from .reading import Reading
from .reading.targets import origin

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


def elsewhere(url: str, reading: Reading) -> str:
    """The other address, such as `https://api.example`, at which a representation says that it is itself; or "".

    A server behind a proxy that does not know its public address, or is asked past the proxy, links in that way.
    """
    own = urlsplit(url)
    for link in reading.linked("self"):
        there = urlsplit(link.target)
        if origin(link.target) != origin(url) and there.netloc and there.path.rstrip("/") == own.path.rstrip("/"):
            return f"{there.scheme}://{there.netloc}"
    return ""


def homeward(reading: Reading, address: str, url: str) -> Reading:
    """A representation whose links, operations and members lead to where it was requested, in place of `address`."""
    parts = urlsplit(url)
    home = f"{parts.scheme}://{parts.netloc}"

    def moved(target: str) -> str:
        return home + target.removeprefix(address) if target.startswith((f"{address}/", f"{address}?")) else target

    members = reading.members
    return replace(
        reading,
        links=tuple(replace(each, target=moved(each.target)) for each in reading.links),
        operations=tuple(replace(each, target=moved(each.target)) for each in reading.operations),
        members=None if members is None else tuple(replace(each, target=moved(each.target)) for each in members),
    )
