"""Reads JSON of no particular format: links and collections are guessed, and the links are not `typed`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from .affordances import Reading
from .failures import reports_failure
from .gathering import Gathered
from .listing import LINKS, listing
from .shapes import mapping, objects, text
from .targets import MAX_URL, is_template, origin, without_query

SYNTAX = "json"
MAX_VALUES = 100_000
MAX_COMPARED = 50
"""Members of an object of which one with an unusual name may be a path below the collection."""
OWN = (
    "@id", "@odata.id", "self", "_self", "self_link", "selfLink", "self_url", "selfUrl", "href", "resource_uri",
    "resourceUri", "url", "uri", "link", "location", "Location",
)  # fmt: skip
"""The members that may hold the URL of an object itself, the most certain first."""
METHODS = ("method", "httpMethod", "http_method", "verb")
"""Members beside a URL that name the method to send to it."""
_LINK_NAME = re.compile(r"(?:.*[_-])?(?:url|uri|href|links?|endpoint)|.*(?:Url|URL|Uri|URI|Href|Links?|Endpoint)")
_REFERENCE = re.compile(r"(?:/|\.\.?/|\?)\S*")
_ODATA = re.compile(r"[\w.]+\([^\s/]*\)\S*")
"""A relative URL such as `Products(1)`, which OData writes (OData JSON Format 4.01, section 4.5.8)."""


def read(data: dict[str, Any] | list[Any], base: str) -> Reading:
    """The links and members of JSON; a link has the name of its member as `rel`, and is not `typed`."""
    found = Gathered(base)
    _links(found, data)
    segment = without_query(base).rpartition("/")[2]
    # A member named as the resource is its content: /imports/7/errors has a member `errors`, and did not fail.
    failed = reports_failure(data) and segment not in data
    listed = None if failed else listing(data, segment)
    if listed is not None:
        found.collection()
        for each in listed.members:
            found.member(each, own_url(found, each), listed.name if listed.name != segment else "")
    return Reading(
        SYNTAX, links=found.links, members=found.members, is_error=failed,
        properties=data if isinstance(data, dict) and listed is None else {},
    )  # fmt: skip


def own_url(found: Gathered, item: Mapping[str, Any]) -> str:
    """The URL that an object gives for itself; "" without one of the same origin: others lead to pages about it."""
    links = item["_links"] if "_links" in item else item.get("links")
    inner = mapping(links).get("self")
    listed = [each.get("href") for each in objects(links) if each.get("rel") == "self"]
    nested = mapping(item.get("link")).get("href")
    for value in (inner, mapping(inner).get("href"), *listed[:1], *(item.get(name) for name in OWN), nested):
        is_given = isinstance(value, str) and (found.is_own(value, paths=False) or _is_reference(value))
        if is_given or (value is item.get("@odata.id") and _ODATA.fullmatch(text(value)[:MAX_URL])):
            target = found.target(value)
            if origin(target) == found.origin:
                return target
    below = f"{without_query(found.base)}/"
    values = (text(each) for each in list(item.values())[:MAX_COMPARED])
    return next(
        (target for each in values if _is_reference(each) and (target := found.target(each)).startswith(below)), ""
    )


def _links(found: Gathered, data: Any) -> None:
    """Add the links in a value, breadth first; a string is judged by its name and by whether it is among links."""
    waiting: deque[tuple[Any, str, bool, str]] = deque([(data, "", False, "")])
    for _ in range(MAX_VALUES):
        if not waiting:
            break
        value, name, among, method = waiting.popleft()
        if isinstance(value, str):
            _link(found, value, name, method, among=among)
        elif isinstance(value, list):
            waiting.extend((each, name, among, "") for each in value[: max(0, MAX_VALUES - len(waiting))])
        elif isinstance(value, dict):
            waiting.extend(_inside(value, name, among=among))


def _inside(value: Mapping[str, Any], name: str, *, among: bool) -> Iterator[tuple[Any, str, bool, str]]:
    """The members of an object, each with its name; the name of `href` is its `rel`, or the name of the object."""
    rel = text(value.get("rel")) or name
    method = next((each for each in map(text, map(value.get, METHODS)) if each), "")
    among = among or name in {"links", "_links"} or _is_directory(value)
    for key, each in value.items():
        if key == "href":
            yield each, rel or key, True, method
        elif key != "rel" or "href" not in value:
            yield each, key, among, method


def _is_directory(value: Mapping[str, Any]) -> bool:
    """Whether an object has nothing but paths, by names, as the root of an API has."""
    return len(value) > 1 and all(
        isinstance(each, str) and each[:1] == "/" and _is_reference(each) for each in value.values()
    )


def _link(found: Gathered, value: str, name: str, method: str, *, among: bool) -> None:
    absolute = found.is_own(value, paths=False)
    if absolute or (_is_reference(value) and (among or _suggests_a_link(name))):
        target = found.target(value, templated=True)
        if origin(target) == found.origin:
            found.link(value, name, templated=is_template(value), typed=False, method=method)


def _is_reference(value: str) -> bool:
    return len(value) <= MAX_URL and _REFERENCE.fullmatch(value) is not None


@lru_cache(1024)
def _suggests_a_link(name: str) -> bool:
    return name in LINKS or _LINK_NAME.fullmatch(name[-100:]) is not None
