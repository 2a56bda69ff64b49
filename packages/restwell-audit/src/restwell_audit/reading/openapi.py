"""Reads descriptions: OpenAPI 3.0 and 3.1 and Swagger 2.0, as JSON or, if PyYAML is installed, as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..exchanges import Exchange
from . import yaml
from .promises import Answer, Content, DescribedOperation, Description, Parameter, ordered
from .references import Document
from .samples import NONE, given, sample
from .shapes import mapping, objects, text, texts
from .targets import MAX_URL, origin, resolve

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAX_OPERATIONS = 1000
LOCATIONS = frozenset(["path", "query", "header", "cookie"])
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_YAML = re.compile(rb"\s*(?:#[^\n]*\n\s*|---[^\n]*\n\s*)*[\"']?(?:openapi|swagger)[\"']?\s*:")


def describe(exchange: Exchange) -> Description | None:
    """The description in a response; None where it is not one. Raises nothing, whatever the content is."""
    data = exchange.data
    if data is None and exchange.complete and _YAML.match(exchange.body[:5000]):
        try:
            data = yaml.read(exchange.body)
        except yaml.UnreadableError as error:
            return Description(exchange.url, unread=str(error))
    if not isinstance(data, dict):
        return None
    if re.match(r"3\.[01](\.|$)", text(data.get("openapi"))):
        return _Reader(data, exchange.url).description(data["openapi"], _servers(data, exchange.url))
    if data.get("swagger") in ("2.0", 2.0):
        return _Reader(data, exchange.url).description("2.0", _base(data, exchange.url))
    return None


class _Reader:
    """Reads one document; Swagger 2.0 has the same parts under other names."""

    def __init__(self, data: Mapping[str, Any], url: str) -> None:
        self.data = data
        self.url = url
        self.document = Document(data)

    def description(self, version: str, servers: list[str]) -> Description:
        operations: list[DescribedOperation] = []
        for path, value in mapping(self.data.get("paths")).items():
            item = self.document.follow(value)
            if path.startswith("/") and len(operations) < MAX_OPERATIONS:
                operations += [self._operation(method, path, item) for method in METHODS if mapping(item.get(method))]
        title = text(mapping(self.data.get("info")).get("title"))
        return Description(self.url, version, title, ordered(servers, self.url), tuple(operations))

    def _operation(self, method: str, path: str, item: Mapping[str, Any]) -> DescribedOperation:
        found = mapping(item.get(method))
        parameters = self._parameters(item, found)
        names = _schemes(found.get("security", self.data.get("security")))
        body = self.document.follow(found.get("requestBody"))
        in_body = [each for each in parameters if text(each.get("in")) in {"body", "formData"}]
        return DescribedOperation(
            method.upper(),
            path,
            text(found.get("operationId")),
            tuple(self._parameter(each) for each in parameters if text(each.get("in")) in LOCATIONS),
            tuple(self._contents(body)) or tuple(self._swagger_contents(found, in_body)),
            body.get("required") is True or any(each.get("required") is True for each in in_body),
            tuple(self._answers(found)),
            tuple(dict.fromkeys(name for each in names for name in each)),
            secured=bool(names) and all(names),  # an empty alternative makes it optional
        )

    def _parameters(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The parameters of the path and of the operation, which override those of the path (section 4.8.10)."""
        both = [*objects(item.get("parameters")), *objects(operation.get("parameters"))]
        followed = [self.document.follow(each) for each in both]
        named = [each for each in followed if text(each.get("name"))]
        return list({(each["name"], text(each.get("in"))): each for each in named}.values())

    def _parameter(self, found: Mapping[str, Any]) -> Parameter:
        example = given(found)
        if example is NONE:
            example = sample(self.document, found.get("schema", found))
        location = text(found.get("in"))
        return Parameter(found["name"], location, location == "path" or found.get("required") is True, example)

    def _contents(self, body: Mapping[str, Any]) -> Iterator[Content]:
        for name, value in mapping(body.get("content")).items():
            media = mapping(value)
            example = given({**media, "examples": self._examples(media)})
            if example is NONE:
                example = sample(self.document, media.get("schema"))
            yield Content(text(name).lower(), example)

    def _examples(self, media: Mapping[str, Any]) -> dict[str, Any]:
        return {name: dict(self.document.follow(each)) for name, each in mapping(media.get("examples")).items()}

    def _swagger_contents(self, operation: Mapping[str, Any], body: list[Mapping[str, Any]]) -> Iterator[Content]:
        """The contents of Swagger 2.0, where one parameter is the body, or several are the fields of a form."""
        if not body:
            return
        fields = {each["name"]: each for each in body if text(each.get("in")) == "formData"}
        schema: Any = {
            "type": "object", "properties": fields,
            "required": [name for name, each in fields.items() if each.get("required") is True],
        }  # fmt: skip
        example = sample(self.document, schema if fields else body[0].get("schema"))
        default = ["application/x-www-form-urlencoded"] if fields else ["application/json"]
        for name in texts(operation.get("consumes", self.data.get("consumes"))) or default:
            yield Content(name.lower(), example)

    def _answers(self, operation: Mapping[str, Any]) -> Iterator[Answer]:
        produced = texts(operation.get("produces", self.data.get("produces")))
        for status, value in mapping(operation.get("responses")).items():
            found = self.document.follow(value)
            names = [text(name).lower() for name in mapping(found.get("content"))]
            yield Answer(
                str(status).upper() if str(status)[:1].isdigit() else str(status),
                tuple(names or (produced if "schema" in found else ())),
                tuple(map(str, mapping(found.get("headers")))),
                tuple(map(str, mapping(found.get("links")))),
            )


def _schemes(security: object) -> list[list[str]]:
    """The alternatives of a security requirement, each the names of its schemes."""
    return [[str(name) for name in each] for each in objects(security)]


def _servers(data: Mapping[str, Any], url: str) -> list[str]:
    """The servers, relative to the document; without any, the root of its origin (OpenAPI 3.1, section 4.8.1)."""
    found = []
    for each in objects(data.get("servers"))[:50]:
        variables = mapping(each.get("variables"))
        found.append(resolve(url, _filled(text(each.get("url"))[:MAX_URL], variables)))
    return [each.rstrip("/") for each in found if each] or [resolve(url, "/").rstrip("/")]


def _filled(template: str, variables: Mapping[str, Any]) -> str:
    """The URL of a server with the defaults of its variables."""
    return _VARIABLE.sub(lambda found: text(mapping(variables.get(found[1])).get("default"))[:MAX_URL], template)


def _base(data: Mapping[str, Any], url: str) -> list[str]:
    """The servers of Swagger 2.0: schemes, host and base path, each by default that of the document."""
    scheme = origin(url)[0]
    schemes = [each for each in texts(data.get("schemes")) if each in {"http", "https"}] or [scheme]
    host, path = text(data.get("host")), text(data.get("basePath")) or "/"
    path = path if path.startswith("/") else f"/{path}"
    found = [resolve(url, f"{each}://{host}{path}" if host else path) for each in schemes]
    return [each.rstrip("/") for each in found if each]
