"""Reads JSON-LD 1.1: nodes are resources, and their properties link others; Hydra defines collections."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from . import activitystreams, ldp
from .affordances import Reading
from .gathering import Gathered
from .hydra import CONTENT, add_operations, add_template
from .shapes import entries, objects, texts
from .terms import Terms

TYPES = (*CONTENT, *activitystreams.TYPES)
CONTEXT = "http://www.w3.org/ns/json-ld#context"
"""The relation of a Link field by which plain JSON is interpreted as JSON-LD (JSON-LD 1.1, section 6.1)."""
SYNTAX = "json-ld"
MAX_NODES = 20_000
LINKS = frozenset(["first", "next", "previous", "last", "collection", "apiDocumentation", "entrypoint"])
"""The terms of Hydra whose values are IRIs, also where they are strings."""
DESCRIPTIVE = frozenset(["mapping", "template", "expectsHeader", "returns", "expects"])
"""The terms of Hydra whose values describe and are not links."""
CONTROLS = frozenset(["operation", "member", "view", "search"])


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has `@context` or `@id`."""
    return isinstance(data.get("@context"), str | dict | list) or isinstance(data.get("@id"), str)


def read(data: Any, base: str) -> Reading:
    """The links, operations and members of a document. Nodes within members belong to the collection."""
    return _Walk(data, base).reading()


class _Walk:
    """Visits the nodes of a document breadth first, so that outer nodes come before inner ones."""

    def __init__(self, data: Any, base: str) -> None:
        self.tops = objects(data)
        context = [part for node in self.tops[:1] for part in entries(node.get("@context"))]
        self.activities = activitystreams.is_meant(context)
        self.terms = Terms.of([*context, activitystreams.ALIASES] if self.activities else context)
        self.protocol = ""
        self.found = Gathered(base)
        self.waiting: deque[tuple[Any, str]] = deque()
        self.nodes = 0
        # Where identifiers are paths, references may be paths as well.
        self.with_paths = any(self.terms.id(node).startswith("/") for node in self.tops)

    def reading(self) -> Reading:
        single = len(self.tops) == 1
        for node in self.tops:
            self._visit(node, "self" if single and "@graph" not in node else "", top=True)
        while self.waiting and self.nodes < MAX_NODES:
            self._take(*self.waiting.popleft())
        found = self.found
        return Reading(
            SYNTAX, hypermedia=True, protocol=self.protocol, links=found.links, operations=found.operations,
            members=found.members,
            is_error=any(self._is_error(node) for node in self.tops),
            properties=self._state(self.tops[0]) if single else {},
        )  # fmt: skip

    def _take(self, value: Any, rel: str) -> None:
        if isinstance(value, dict):
            self._visit(value, rel)
        elif isinstance(value, list):
            left = max(0, MAX_NODES - len(self.waiting))
            self.waiting.extend((each, rel) for each in value[:left] if isinstance(each, dict | list))

    def _visit(self, node: Mapping[str, Any], rel: str, *, top: bool = False) -> None:
        self.nodes += 1
        own = self.terms.id(node)
        target = self.found.link(own, rel) if own else self.found.base if top else ""
        add_template(self.found, self.terms, node, rel)
        if target == self.found.base:
            self._own(node)
        for key, value in node.items():
            keyword, word = self.terms.keyword(key), self.terms.word(key)
            if keyword in {"@graph", "@list", "@set", "@included"}:
                self._take(value, rel if keyword in {"@list", "@set"} else "")
            elif word == "operation":
                add_operations(self.found, self.terms, value, target)
            elif self._has_members(node, key, value, at=target, top=top):
                self._members(value)
            elif not keyword and word not in DESCRIPTIVE:
                self._property(node, key, value)

    def _own(self, node: Mapping[str, Any]) -> None:
        """Look whether the resource itself is a container of LDP, or an actor of ActivityPub."""
        if not ldp.CONTAINERS.isdisjoint(map(self.terms.relation, texts(node.get("@type")))):
            self.found.collection()
        if self.activities:
            self.protocol = activitystreams.protocol_of(node)

    def _has_members(self, node: Mapping[str, Any], key: str, value: Any, *, at: str, top: bool) -> bool:
        """Whether a property has the members of a collection of Hydra or ActivityStreams, or of an LDP container."""
        if self.terms.word(key) == "member" and top:
            return self._is_collection(node, key, value)
        if self.activities and key in activitystreams.MEMBERS:
            return not activitystreams.COLLECTIONS.isdisjoint(texts(node.get("type", node.get("@type"))))
        return at == self.found.base and self.terms.relation(key) == ldp.CONTAINS

    def _property(self, node: Mapping[str, Any], key: str, value: Any) -> None:
        rel = self.terms.relation(key)
        kinds = (each for each in texts(node.get("@type", node.get("type"))) if each.endswith("Action"))
        for each in entries(value):
            if isinstance(each, str) and self._is_reference(node, key, each):
                self.found.link(each, rel, title=next(kinds, "") if key == "target" else "")
        if isinstance(value, dict | list):
            self.waiting.append((value, rel))

    def _is_reference(self, node: Mapping[str, Any], key: str, value: str) -> bool:
        """Whether a string is an IRI: a context says so, or a remote context may and the string is a URL."""
        if key in self.terms.references:
            return True
        if self.activities and key in activitystreams.PAGES:
            return True
        if self.terms.word(key) in LINKS:
            return self.terms.is_certain(key) or self.terms.is_a(node, "PartialCollectionView")
        return not self.terms.whole and self.found.is_own(value, paths=self.with_paths)

    def _is_collection(self, node: Mapping[str, Any], key: str, value: Any) -> bool:
        """Whether `member` is the term of Hydra, which the name alone does not tell."""
        return (
            self.terms.is_certain(key)
            or self.terms.is_a(node, "Collection")
            or (isinstance(value, list) and all(isinstance(each, dict) for each in value))
        )

    def _members(self, value: Any) -> None:
        self.found.collection()
        for each in entries(value):
            if isinstance(each, dict):
                self.found.member(self._state(each), self.found.target(self.terms.id(each) or None))
            elif isinstance(each, str):
                self.found.member({}, self.found.link(each, "member"))
        self.waiting.append((value, "member"))

    def _is_error(self, node: Mapping[str, Any]) -> bool:
        has_status = not {"status", "statusCode"}.isdisjoint(node)
        return self.terms.is_a(node, "Error", certainly=not has_status)

    def _state(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """The state of a resource: all members of its node without identifier, context and controls."""
        return {
            key: value
            for key, value in node.items()
            if self.terms.keyword(key) not in {"@id", "@context"}
            and not (self.terms.word(key) in CONTROLS and isinstance(value, dict | list))
        }
