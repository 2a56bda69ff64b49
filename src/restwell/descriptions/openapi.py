"""The OpenAPI 3.1 document: every path, parameter, body, response, link and scope of the API.

Schemas are named after their resource: `Framework` is an item, and what belongs to it has a name such as
`Framework.collection`. Names of shared schemas have a hyphen, which no class can have.
"""

from __future__ import annotations

from typing import Any

from ..addresses import ENTRY
from ..resource import Declaration
from . import parameters, responses
from .components import resource_schemas, shared_schemas
from .document import JSON, JSON_LD, JSON_SCHEMA, LINKSET, OPENAPI, About
from .operations import resource_paths
from .problem_types import problems_by_slug
from .responses import HTML, VALIDATORS, reference, shapes
from .schema import Schema

DESCRIPTIONS = "Descriptions"


def openapi(declarations: tuple[Declaration, ...], about: About, base: str) -> dict[str, Any]:
    """The document at `/openapi.json`."""
    paths = {
        **_entry_path(),
        **resource_paths(declarations),
        **_description_paths(declarations),
        **_health_paths(),
    }
    statuses = {int(status) for path in paths.values() for each in path.values() for status in each["responses"]}
    schemas = {key: value for each in declarations for key, value in resource_schemas(each).items()}
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
            "schemas": {**schemas, **shared_schemas(declarations)},
            "responses": responses.refusal_components({status for status in statuses if status >= 400}),
            "parameters": parameters.header_components(),
            "headers": responses.header_components(),
            "securitySchemes": {"bearer": _bearer()},
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


def _bearer() -> Schema:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer KEY` (RFC 6750); a token in its place is a JWT as RFC8725 asks.",
    }


# -- what the API says of itself -----------------------------------------------------------------------


def _entry_path() -> Schema:
    media = shapes("entry-point.jsonld", "entry-point")
    return {ENTRY: {"get": _reading("readEntryPoint", "Read the entry point", "Links to every resource.", media)}}


def _description_paths(declarations: tuple[Declaration, ...]) -> Schema:
    names = [each.name for each in declarations]
    page: Schema = {HTML: {}}
    linked = {JSON_LD: reference("any-object"), JSON: reference("any-object"), **page}
    fixed = {
        "/docs": ("readGuide", "Read the guide", {**page, JSON: reference("any-object")}),
        "/docs.jsonld": ("readVocabulary", "Read the Hydra API documentation", linked),
        "/openapi.json": ("readOpenapi", "Read this document", _described(OPENAPI)),
        "/.well-known/api-catalog": ("readCatalog", "Read the API catalogue", _described(LINKSET)),
    }
    named = {
        "context": (["Entrypoint", "Problem", "Vocabulary", *names], "JSON-LD context", linked),
        "schema": (names, "JSON Schema", _described(JSON_SCHEMA)),
        "problem": (sorted(problems_by_slug()), "type of problem", linked),
    }
    paths: Schema = {
        path: {"get": _reading(key, title, f"{title[5:].capitalize()}.", media)}
        for path, (key, title, media) in fixed.items()
    }
    for kind, (known, what, media) in named.items():
        found = _reading(f"read{kind.capitalize()}", f"Read a {what}", f"The {what}.", media, 404)
        found["parameters"].insert(0, parameters.name_parameter(what, known))
        paths[f"/{kind}s/{{name}}"] = {"get": found}
    return paths


def _described(media: str) -> Schema:
    return {media: reference("any-object"), JSON: reference("any-object"), HTML: {}}


def _reading(key: str, title: str, text: str, media: Schema, *more: int) -> Schema:
    return {
        "operationId": key,
        "summary": title,
        "description": "Public.",
        "tags": [DESCRIPTIONS],
        "parameters": [parameters.header_reference("If-None-Match")],
        "security": [{}, {"bearer": []}],
        "responses": {
            "200": responses.success(text, media, *VALIDATORS),
            "304": responses.without_content("The copy is still good.", *VALIDATORS),
            **responses.refusals({*responses.ALWAYS, *more}),
        },
    }


def _health_paths() -> Schema:
    media = {JSON: reference("any-object")}
    titles = {"live": "Ask whether the process lives", "ready": "Ask whether the service is ready"}
    return {f"/health/{name}": {"get": _health(name, title, media)} for name, title in titles.items()}


def _health(name: str, title: str, media: Schema) -> Schema:
    return {
        "operationId": f"read{name.capitalize()}",
        "summary": title,
        "description": "Public.",
        "tags": [DESCRIPTIONS],
        "security": [{}, {"bearer": []}],
        "responses": {
            "200": responses.success("It is.", media),
            **responses.refusals({400, 401, 414, 421, 429, 431, 500, 503}),
        },
    }
