"""Hydra's operations and templates, as nodes of a JSON-LD document have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .gathering import Gathered
from .shapes import entries, mapping, objects, text, texts
from .targets import is_template
from .terms import Terms

CONTENT = ("application/ld+json",)
"""What an operation takes that expects a class and says nothing of media types."""


def add_operations(found: Gathered, terms: Terms, value: object, target: str) -> None:
    """Add what the value of `operation` says may be done with the target."""
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
    """What a supported property is called: by its title, or by the end of the property's IRI."""
    known = terms.get(node, "property")
    iri = text(known) or text(mapping(known).get("@id"))
    return text(terms.get(node, "title")) or iri.rstrip("/#").replace("#", "/").replace(":", "/").rpartition("/")[2]


def _is_something(expects: object) -> bool:
    """Whether an operation expects content: owl:Nothing is none."""
    iris = [text(each) or text(mapping(each).get("@id")) for each in entries(expects)]
    return bool(iris) and not any(iri.endswith(("owl:Nothing", "owl#Nothing")) for iri in iris)
