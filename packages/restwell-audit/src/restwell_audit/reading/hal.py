"""Reads HAL (draft-kelly-json-hal), with `_links` and `_embedded`, and HAL-FORMS, which adds `_templates`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .paging import counts_none, describes_only_paging, is_paged
from .shapes import mapping, named, objects, required, text
from .targets import is_template, resolve_template

TYPES = ("application/hal+json", "application/vnd.hal+json", "application/prs.hal-forms+json")
SYNTAX = "hal"
MAX_RESOURCES = 10_000
_QUERY = re.compile(r"\{[?&#][^{}]*\}")
RESERVED = frozenset(["_links", "_embedded", "_templates"])


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has `_links` with a link."""
    links = data.get("_links")
    return isinstance(links, dict) and any(
        isinstance(each.get("href"), str) for value in links.values() for each in objects(value)
    )


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links, operations and members of a resource and of those embedded in it."""
    found = Gathered(base)
    curies = _curies(data, base)
    waiting = deque([(data, "self")])
    for _ in range(MAX_RESOURCES):
        if not waiting:
            break
        resource, rel = waiting.popleft()
        _take(found, resource, rel, curies)
        waiting.extend((each, _expanded(name, curies)) for name, each in _embedded(resource))
    _members(found, data)
    return Reading(
        SYNTAX, hypermedia=True, links=found.links, operations=found.operations, members=found.members,
        properties=_state(data),
    )  # fmt: skip


def _take(found: Gathered, resource: Mapping[str, Any], rel: str, curies: Mapping[str, str]) -> None:
    """Add the links of one resource; `rel` is the relation of the resource to the one in which it is embedded."""
    for name, value in mapping(resource.get("_links")).items():
        for each in objects(value) if name != "curies" else ():
            found.link(
                each.get("href"),
                rel if name == "self" else _expanded(name, curies),
                templated=each.get("templated") is True,
                media_type=each.get("type"),
                title=each.get("title"),
                label=text(each.get("name")),
                method=each.get("method"),
            )
    own = found.target(_self(resource)) or (found.base if rel == "self" else "")
    for key, template in mapping(resource.get("_templates")).items():
        _operation(found, key, mapping(template), own)


def _operation(found: Gathered, key: str, template: Mapping[str, Any], own: str) -> None:
    method = text(template.get("method")) or "GET"
    content = text(template.get("contentType")) or "application/json"
    fields = [each for each in objects(template.get("properties")) if each.get("readOnly") is not True]
    where = text(template.get("target"))
    found.operation(
        method,
        found.target(where, templated=is_template(where)) if where else own,
        key,
        accepts=(content.lower(),) if method.upper() not in {"GET", "HEAD", "DELETE"} or fields else (),
        inputs=named(fields),
        required=required(fields),
    )


def _members(found: Gathered, data: Mapping[str, Any]) -> None:
    """Add the members where a list is a collection: the resource has no other data, or has pages, or links items."""
    lists = [value for value in mapping(data.get("_embedded")).values() if isinstance(value, list)]
    state = _state(data)
    if len(lists) == 1 and (describes_only_paging(state) or is_paged(mapping(data.get("_links")))):
        found.collection()
        for each in objects(lists[0]):
            found.member(_state(each), found.target(_self(each)))
    elif not lists and describes_only_paging(state) and counts_none(state):
        found.collection()
    found.members_from()


def _embedded(resource: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in mapping(resource.get("_embedded")).items():
        for each in objects(value):
            yield name, each


def _self(resource: Mapping[str, Any]) -> str | None:
    """The URL of a resource as written, without the query expression of a template."""
    links = objects(mapping(resource.get("_links")).get("self"))
    href = text(links[0].get("href")) if links else ""
    if links and links[0].get("templated") is True:
        href = _QUERY.sub("", href)
    return href if href and not is_template(href) else None


def _state(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in RESERVED}


def _curies(data: Mapping[str, Any], base: str) -> dict[str, str]:
    """The prefixes of relations, each with the template for the URL of its documentation (section 8.2)."""
    prefixes = objects(mapping(data.get("_links")).get("curies"))
    return {
        text(each.get("name")): resolve_template(base, text(each.get("href")))
        for each in prefixes[:100]
        if "{rel}" in text(each.get("href"))
    }


def _expanded(rel: str, curies: Mapping[str, str]) -> str:
    prefix, colon, name = rel.partition(":")
    template = curies.get(prefix) if colon else None
    return template.replace("{rel}", name) if template else rel
