"""The documentation for people, as plain data for a page: what there is, what can be done, and who may."""

from __future__ import annotations

from typing import Any

from ..model.resource import Declaration
from ..surface.addresses import ENTRY, collection_url, schema_url
from ..surface.affordances import Operation, collection_operations, item_operations
from ..surface.needs import who_may
from ..surface.schema import content_schema
from ..surface.site import service_links, target_of
from .constraints import in_words
from .document import About


def guide(declarations: tuple[Declaration, ...], about: About, base: str) -> dict[str, Any]:
    """The data of `/docs`."""
    return {
        "title": about.title,
        "description": about.description,
        "version": about.version,
        "entry": base + ENTRY,
        "resources": [_resource(each, base) for each in declarations],
        "links": [
            {"rel": each.relation, "title": each.title, "url": each.url}
            for each in service_links(base)
            if each.title and each.relation != "service-doc"
        ],
    }


def _resource(declaration: Declaration, base: str) -> dict[str, Any]:
    return {
        "name": declaration.name,
        "url": collection_url(base, declaration),
        "schema": schema_url(base, declaration),
        "description": declaration.description,
        "operations": [
            _operation(declaration, each, target_of(base, declaration, each))
            for each in (*collection_operations(declaration), *item_operations(declaration))
        ],
        "fields": _fields(declaration),
    }


def _operation(declaration: Declaration, each: Operation, url: str) -> dict[str, Any]:
    rule = declaration.rules[each.permission]
    return {
        "method": each.method, "url": url, "title": each.title, "who": who_may(declaration, rule, each.permission),
        "is_public": rule.is_public,
    }  # fmt: skip


def _fields(declaration: Declaration) -> list[dict[str, Any]]:
    schema = content_schema(declaration)
    return [
        {
            "name": spec.name,
            "type": spec.kind.words,
            "required": spec.required,
            "description": in_words(spec, schema["properties"][spec.name], schema["$defs"]),
        }
        for spec in declaration.known.values()
    ]
