"""Reads the operations and templates of Hydra in nodes of a JSON-LD document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .gathering import Gathered
from .shapes import entries, mapping, objects, text, texts
from .targets import is_template
from .terms import Terms

CONTENT = ("application/ld+json",)
"""The content of an operation that expects a class and names no media type."""


def add_operations(found: Gathered, terms: Terms, value: object, target: str) -> None:
    """Add the operations in the value of `operation`, at a target."""
    for node in objects(value):
        expects = terms.get(node, "expects")
        properties = [each for one in objects(expects) for each in objects(terms.get(one, "supportedProperty"))]
        writeable = [each for each in properties if terms.get(each, "writeable") is not False]
        needed = [each for each in writeable if terms.get(each, "required") is True]
        found.operation(
            terms.get(node, "method"),
            target,
            terms.get(node, "title"),
            accepts=tuple(_media_types(terms, node)) or (CONTENT if _is_something(expects) else ()),
            inputs=_names(terms, writeable),
            required=_names(terms, needed),
        )


def add_template(found: Gathered, terms: Terms, node: Mapping[str, Any], rel: str) -> None:
    """Add the link of an IriTemplate."""
    template = text(terms.get(node, "template"))
    if is_template(template) and (rel == "search" or terms.is_a(node, "IriTemplate")):
        found.link(template, rel or "search", templated=True)


def _media_types(terms: Terms, node: Mapping[str, Any]) -> Iterator[str]:
    for header in objects(terms.get(node, "expectsHeader")):
        if text(terms.get(header, "headerName")).lower() == "content-type":
            yield from texts(terms.get(header, "possibleValue"))


def _names(terms: Terms, properties: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in properties if (name := _name(terms, each))))


def _name(terms: Terms, node: Mapping[str, Any]) -> str:
    """The name of a supported property: its title, or the last part of its IRI."""
    known = terms.get(node, "property")
    iri = text(known) or text(mapping(known).get("@id"))
    return text(terms.get(node, "title")) or iri.rstrip("/#").replace("#", "/").replace(":", "/").rpartition("/")[2]


def _is_something(expects: object) -> bool:
    """Whether an operation expects content; owl:Nothing means that it does not."""
    iris = [text(each) or text(mapping(each).get("@id")) for each in entries(expects)]
    return bool(iris) and not any(iri.endswith(("owl:Nothing", "owl#Nothing")) for iri in iris)
