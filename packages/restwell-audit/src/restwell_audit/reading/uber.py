"""Reads UBER: each `data` with a `url` is a link, or an operation where its `action` is not to read."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .shapes import mapping, objects, text, texts
from .targets import is_template

TYPES = ("application/vnd.uber+json",)
SYNTAX = "uber"
ACTIONS = {"append": "POST", "partial": "PATCH", "remove": "DELETE", "replace": "PUT"}
MAX_DATA = 10_000


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has `uber` with its version."""
    return isinstance(mapping(data.get("uber")).get("version"), str)


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links, operations and items of a document."""
    document = mapping(data.get("uber"))
    found = Gathered(base)
    waiting = deque(objects(document.get("data")))
    for _ in range(MAX_DATA):
        if not waiting:
            break
        each = waiting.popleft()
        waiting.extend(objects(each.get("data")))
        if each.get("url") is not None:
            _affordance(found, each)
    found.members_from()
    return Reading(
        SYNTAX, hypermedia=True, links=found.links, operations=found.operations, members=found.members,
        is_error="error" in document,
    )  # fmt: skip


def _affordance(found: Gathered, each: Mapping[str, Any]) -> None:
    url, rel = text(each.get("url")), " ".join(texts(each.get("rel")))
    templated = each.get("templated") in {True, "true"} or is_template(url)
    method = ACTIONS.get(text(each.get("action")))
    if method:
        found.operation(method, found.target(url, templated=templated), each.get("name") or rel)
        return
    model = text(each.get("model"))
    query = model if is_template(model) and model.startswith(("?", "{?")) else ""
    found.link(url + query, rel, templated=templated or bool(query), title=each.get("label"))
