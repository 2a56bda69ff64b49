"""The OpenAPI 3.1 document: every path, parameter, body, response, link and scope of the API.

Schemas are named after their resource: `Framework` is an item, and what belongs to it has a name such as
`Framework.collection`. Names of shared schemas have a hyphen, which no class can have.
"""

from __future__ import annotations

from typing import Any

from ..http.media_types import JSON, JSON_LD, JSON_SCHEMA, LINKSET, OPENAPI
from ..model.resource import Declaration
from ..surface.addresses import DOCUMENTS, ENTRY, ME, OF_TOKENS, Address, Kind, kinds_of
from ..surface.documents import Description
from ..surface.endings import FindEndings
from ..surface.schema import Schema, reference
from . import parameters, responses
from .components import bounded, referred_to, resource_schemas, shared_schemas
from .document import About
from .operations import resource_paths
from .problem_types import problems_by_slug
from .responses import VALIDATORS
from .shown import of_entry_point, of_me
from .shown import schemas as shown_schemas

DESCRIPTIONS = "Descriptions"


def openapi(declarations: tuple[Declaration, ...], about: About, base: str) -> dict[str, Any]:
    """The document at `/openapi.json`."""
    paths = {
        **_entry_path(about),
        **_me_path(about),
        **resource_paths(declarations, about),
        **_description_paths(declarations, about),
        **_health_paths(about.endings),
    }
    refused = {
        (int(status), method.upper() if status == "415" else "")
        for path in paths.values()
        for method, each in path.items()
        for status in each["responses"]
        if int(status) >= 400
    }
    refusals = responses.refusal_components(refused, about.formats, kinds_of(declarations))
    schemas = {key: value for each in declarations for key, value in resource_schemas(each).items()}
    schemas |= {key: bounded(value) for key, value in shown_schemas(about.formats, declarations).items()}
    schemas |= shared_schemas()
    return {
        "openapi": "3.1.0",
        "info": _info(about, base),
        "servers": [{"url": base or ENTRY, "x-internal": False}],
        "tags": [
            *({"name": each.name, "description": each.description} for each in declarations),
            {"name": DESCRIPTIONS, "description": "Where the API begins, and what it says of itself."},
        ],
        "paths": paths,
        "components": {
            "schemas": referred_to(schemas, paths, refusals),
            "responses": refusals,
            "parameters": parameters.header_components(),
            "headers": responses.header_components(about.formats, counted=(429, "") in refused),
            "securitySchemes": dict(about.schemes),
        },
    }


def _info(about: About, base: str) -> Schema:
    """Who answers questions is not declared anywhere, and the guide is where to begin."""
    guide = f"{base}/docs"
    known = {"name": about.license, "identifier": about.license}
    return {
        "title": about.title,
        "version": about.version,
        "description": about.description,
        "contact": {"name": about.title, "url": guide},
        "license": known if about.license else {"name": "None declared", "url": guide},
    }


# -- what the API says of itself -----------------------------------------------------------------------


def _entry_path(about: About) -> Schema:
    media = of_entry_point(about.formats)
    found = _reading(
        "readEntryPoint",
        "Read the entry point",
        "Links to every resource.",
        media,
        about,
        Address("entry", ENTRY),
    )
    return {ENTRY: {"get": found | {"security": [{}, *({name: []} for name in about.schemes)]}}}


def _me_path(about: About) -> Schema:
    text = "Who asks, and what they may do."
    found = _reading("readMe", "Read who asks", text, of_me(about.formats), about, Address("me", ME))
    return {ME: {"get": found | {"security": [{}, *({name: []} for name in about.schemes)]}}}


def _description_paths(declarations: tuple[Declaration, ...], about: About) -> Schema:
    names = [each.name for each in declarations]
    linked = _described(about, JSON_LD)
    fixed = {
        "/docs": ("readGuide", "Read the guide", _described(about)),
        "/docs.jsonld": ("readVocabulary", "Read the Hydra API documentation", linked),
        "/openapi.json": ("readOpenapi", "Read this document", _described(about, OPENAPI)),
        "/.well-known/api-catalog": ("readCatalog", "Read the API catalogue", _described(about, LINKSET)),
    }
    for path in OF_TOKENS if about.issuers else ():
        fixed[path] = ("readProtectedResource", "Read whose tokens are taken", _described(about))
    named: dict[Kind, tuple[list[str], str, Schema]] = {
        "context": (["Entrypoint", "Problem", "Vocabulary", *names], "JSON-LD context", linked),
        "schema": (names, "JSON Schema", _described(about, JSON_SCHEMA)),
        "problem": (sorted(problems_by_slug(declarations)), "type of problem", linked),
    }
    paths: Schema = {
        path: {
            "get": _reading(
                key,
                title,
                f"{title[5:].capitalize()}.",
                media,
                about,
                Address((DOCUMENTS | OF_TOKENS)[path], path),
            )
        }
        for path, (key, title, media) in fixed.items()
    }
    for kind, (known, what, media) in named.items():
        address = Address(kind, f"/{kind}s/x", None, "x")
        found = _reading(
            f"read{kind.capitalize()}",
            f"Read a {what}",
            f"The {what}.",
            media,
            about,
            address,
        )
        found["parameters"].insert(0, parameters.name_parameter(what, known))
        paths[f"/{kind}s/{{name}}"] = {"get": found}
    return paths


def _described(about: About, *own: str) -> Schema:
    """The media types of a description: its own, JSON, and those of formats that show any."""
    others = {
        each.media_type: bounded(each.schema(Description, None))
        for each in about.formats
        if Description in each.documents
    }
    return {**dict.fromkeys((*own, JSON), reference("any-object")), **others}


def _reading(key: str, title: str, text: str, media: Schema, about: About, address: Address) -> Schema:
    fields = (*VALIDATORS, "Preference-Applied")
    return {
        "operationId": key,
        "summary": title,
        "description": "Shows what the caller may see." if about.differs else "Public.",
        "tags": [DESCRIPTIONS],
        "parameters": [parameters.header_reference("If-None-Match")],
        "security": [{}, *({name: []} for name in about.schemes if about.differs)],
        "responses": {
            "200": responses.success(text, media, about.formats, *fields),
            "304": responses.without_content("The copy is still good.", *fields),
            **responses.refusals("GET", about.endings("GET", address).refusals),
        },
    }


def _health_paths(endings: FindEndings) -> Schema:
    titles = {"live": "Ask whether the process lives", "ready": "Ask whether the service is ready"}
    return {f"/health/{name}": {"get": _health(f"/health/{name}", title, endings)} for name, title in titles.items()}


def _health(path: str, title: str, endings: FindEndings) -> Schema:
    kind = DOCUMENTS[path]
    return {
        "operationId": f"read{kind.capitalize()}",
        "summary": title,
        "description": "Public.",
        "tags": [DESCRIPTIONS],
        "security": [{}],
        "responses": {
            "200": responses.success("It is.", {JSON: reference("any-object")}, ()),
            **responses.refusals("GET", endings("GET", Address(kind, path)).refusals),
        },
    }
