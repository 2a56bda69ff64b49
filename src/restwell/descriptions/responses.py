"""The responses of OpenAPI operations: what each status carries, in which media types, with which headers."""

from __future__ import annotations

from http import HTTPStatus

from ..problems import Problem, every_problem
from .document import JSON, JSON_LD
from .schema import Schema

HTML = "text/html"
PROBLEM = "application/problem+json"

# field-value of at most 8 KiB (RFC 9110, section 5.5; the limit is ours)
FIELD_VALUE: Schema = {"type": "string", "pattern": "^[\\t -~\\u0080-\\u00ff]*$", "maxLength": 8192}

# Of an entity: what a copy of it is kept and revalidated by.
VALIDATORS = ("ETag", "Cache-Control", "Vary")
EVERY = ("Link", "X-Request-Id")
HEADERS: dict[str, str] = {
    "ETag": "The strong entity tag of this representation (RFC 9110, section 8.8.3).",
    "Last-Modified": "When the item was last changed (RFC 9110, section 8.8.2).",
    "Cache-Control": "For how long, and by whom, a copy may be used (RFC 9111, section 5.2).",
    "Vary": "The request fields that shaped the response (RFC 9110, section 12.5.5).",
    "Location": "The URL of the item that was created (RFC 9110, section 10.2.2).",
    "Link": "Links to the documentation, the schema, the collection and other pages (RFC 8288).",
    "X-Request-Id": "The name of this request in the log of the server.",
    "WWW-Authenticate": "How to authenticate, and which scope is missing (RFC 6750, section 3).",
    "Retry-After": "After how many seconds to ask again (RFC 9110, section 10.2.3).",
    "Accept-Post": "The media types that are accepted (W3C Linked Data Platform, section 7.1).",
    "Accept-Patch": "The media types that are accepted (RFC 5789, section 3.1).",
    "RateLimit": "How many requests are left, where rates are limited (IETF draft).",
    "RateLimit-Policy": "How many requests are allowed, where rates are limited (IETF draft).",
    "Access-Control-Allow-Origin": "Who may read this from another origin, where that is allowed (Fetch).",
}
CONFIGURED = ("RateLimit", "RateLimit-Policy", "Access-Control-Allow-Origin")
OF_STATUS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    415: ("Accept-Post", "Accept-Patch"),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
TOO_MANY = "More requests than are allowed; only where rates are limited."

# What any request to anything may meet.
ALWAYS = (400, 401, 406, 412, 414, 421, 429, 431, 500, 503)


def header_components() -> dict[str, Schema]:
    """The headers of responses, which share their definitions."""
    return {name: {"description": text, "schema": FIELD_VALUE} for name, text in HEADERS.items()}


def headers(*names: str) -> Schema:
    """References to the headers of a response: these, and those that every response has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *EVERY, *CONFIGURED)}


def refusal_components(statuses: set[int]) -> dict[str, Schema]:
    """A response for each status of refusal, with the titles of its problems."""
    return {refusal_name(status): _refusal(status) for status in sorted(statuses)}


def refusal_name(status: int) -> str:
    """The name of a refusal among the components, such as `NotFound`."""
    return "".join(word.capitalize() for word in HTTPStatus(status).phrase.replace("-", " ").split())


def refusals(statuses: set[int]) -> Schema:
    """References to the refusals that an operation may answer with."""
    return {str(status): {"$ref": f"#/components/responses/{refusal_name(status)}"} for status in sorted(statuses)}


def success(description: str, shapes: dict[str, Schema], *names: str) -> Schema:
    """A response with content: a schema for each media type."""
    content = {media: {"schema": schema} if schema else {} for media, schema in shapes.items()}
    return {"description": description, "headers": headers(*names), "content": content}


def without_content(description: str, *names: str) -> Schema:
    """A response without content."""
    return {"description": description, "headers": headers(*names)}


def shapes(linked: str, plain: str) -> dict[str, Schema]:
    """The media types of a resource with the names of their schemas: JSON-LD first, as it is served."""
    return {JSON_LD: reference(linked), JSON: reference(plain), HTML: {}}


def reference(name: str) -> Schema:
    """A reference to a schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def _refusal(status: int) -> Schema:
    titles = [found.title for found in _problems(status)] or [TOO_MANY]
    media = {PROBLEM: {"schema": reference("problem-details")}}
    description = "; ".join(dict.fromkeys(titles))
    return {"description": description, "headers": headers(*OF_STATUS.get(status, ())), "content": media}


def _problems(status: int) -> list[type[Problem]]:
    return [problem for problem in every_problem() if problem.status == status]
