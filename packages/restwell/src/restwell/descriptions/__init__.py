"""What the API says of itself: contexts, schemas, problem types, Hydra, OpenAPI, a guide and a catalogue.

All of it is written from the declarations and the decisions, and pure: declarations and a base URL in, JSON
out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from ..http.media_types import JSON, JSON_LD, JSON_SCHEMA, LINKSET, OPENAPI
from ..model.resource import Declaration
from ..surface.addresses import Address, Addresses, Kind
from ..surface.documents import SelfDescription
from ..surface.schema import schema_document
from .catalog import catalog
from .context import entrypoint_context, me_context, problem_context, resource_context, vocabulary_context
from .document import About
from .guide import guide
from .hydra import api_documentation
from .openapi import openapi
from .problem_types import problem_type
from .protected import protected_resource

__all__ = ["About", "Descriptions"]


Declarations = tuple[Declaration, ...]


STAND_IN = "https://base.restwell.invalid"
"""Stands for the base URL in the documents that are kept: clients have a part in the real one."""


MAX_WRITTEN = 4096
"""Documents that are kept: callers with other permissions see other ones."""


class Descriptions:
    """What one API says of itself, each document written when it is first asked for."""

    def __init__(self, addresses: Addresses, about: About) -> None:
        self._addresses = addresses
        self._about = about
        self._written: dict[tuple[Address, Declarations | None], SelfDescription] = {}

    def at(self, address: Address, base: str, seen: Declarations | None = None) -> SelfDescription | None:
        """The document at an address that describes the API. None when nothing has that name, so that it is 404.

        `base` is the URL of the API without a slash at its end, in characters that JSON has as they are. `seen` are
        the resources as who asks sees them; None stands for all.
        """
        found = self._written.get((address, seen)) or self._write(address, seen)
        if found is None:
            return None
        return found._replace(text=found.text.replace(STAND_IN.encode(), base.encode()))

    def _write(self, address: Address, seen: Declarations | None) -> SelfDescription | None:
        """The document with the stand-in for the base. There are as many as names, and ways to see what they name."""
        every = self._addresses.declarations
        found = written(address, every if seen is None else seen, self._about, STAND_IN)
        if found is not None and len(self._written) < MAX_WRITTEN:
            self._written[address, seen] = found
        return found


def written(address: Address, declarations: Declarations, about: About, base: str) -> SelfDescription | None:
    """The document at an address, written for this base; None when nothing has that name."""
    if address.kind in _NAMED:
        return _NAMED[address.kind](address.name, declarations, base)
    return _SINGLE[address.kind](declarations, about, base) if address.kind in _SINGLE else None


def _document(title: str, media_type: str, also: tuple[str, ...], data: dict[str, Any]) -> SelfDescription:
    return SelfDescription(title, media_type, also, orjson.dumps(data))


def _context(name: str, declarations: Declarations, base: str) -> SelfDescription | None:
    data = _context_data(name, declarations, base)
    return _document(f"JSON-LD context of {name}", JSON_LD, (JSON,), data) if data else None


def _context_data(name: str, declarations: Declarations, base: str) -> dict[str, Any] | None:
    match name:
        case "Entrypoint":
            return entrypoint_context(declarations, base)
        case "Me":
            return me_context(base)
        case "Problem":
            return problem_context(base)
        case "Vocabulary":
            return vocabulary_context()
    found = _called(name, declarations)
    return resource_context(found, base) if found else None


def _schema(name: str, declarations: Declarations, base: str) -> SelfDescription | None:
    found = _called(name, declarations)
    data = schema_document(found, base) if found else None
    return _document(f"JSON Schema of {name}", JSON_SCHEMA, (JSON,), data) if data else None


def _called(name: str, declarations: Declarations) -> Declaration | None:
    return next((each for each in declarations if each.name == name), None)


def _problem(name: str, declarations: Declarations, base: str) -> SelfDescription | None:
    data = problem_type(name, declarations, base)
    return _document(data["title"], JSON_LD, (JSON,), data) if data else None


def _vocabulary(declarations: Declarations, about: About, base: str) -> SelfDescription:
    data = api_documentation(declarations, about, base)
    return _document(f"{about.title}: vocabulary", JSON_LD, (JSON,), data)


def _openapi(declarations: Declarations, about: About, base: str) -> SelfDescription:
    return _document(f"{about.title}: OpenAPI", OPENAPI, (JSON,), openapi(declarations, about, base))


def _docs(declarations: Declarations, about: About, base: str) -> SelfDescription:
    return _document(f"{about.title}: guide", JSON, (), guide(declarations, about, base))


def _protected(declarations: Declarations, about: About, base: str) -> SelfDescription:
    title = f"{about.title}: whose tokens it takes"
    return _document(title, JSON, (), protected_resource(declarations, about, base))


def _catalog(declarations: Declarations, about: About, base: str) -> SelfDescription:
    return _document(f"{about.title}: catalogue", LINKSET, (JSON,), catalog(declarations, about, base))


_NAMED: dict[Kind, Callable[[str, Declarations, str], SelfDescription | None]] = {
    "context": _context,
    "schema": _schema,
    "problem": _problem,
}
_SINGLE: dict[Kind, Callable[[Declarations, About, str], SelfDescription]] = {
    "vocabulary": _vocabulary,
    "openapi": _openapi,
    "docs": _docs,
    "catalog": _catalog,
    "protected": _protected,
}
