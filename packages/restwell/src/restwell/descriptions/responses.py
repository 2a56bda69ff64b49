"""The responses of OpenAPI operations: what each status carries, in which media types, with which headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus

from ..http.media_types import HTML, PROBLEM
from ..http.problems import Problem, every_problem
from ..surface.schema import Schema, reference
from .document import ShownFormat

# field-value of at most 8 KiB (RFC 9110, section 5.5; the limit is ours)
FIELD_VALUE: Schema = {"type": "string", "pattern": "^[\\t -~\\u0080-\\u00ff]*$", "maxLength": 8192}

# Of an entity: what a copy of it is kept and revalidated by.
VALIDATORS = ("ETag", "Vary")
EVERY = ("Cache-Control", "X-Content-Type-Options", "X-Request-Id", "Server-Timing")
HEADERS: dict[str, str] = {
    "ETag": "The strong entity tag of this representation (RFC 9110, section 8.8.3).",
    "Last-Modified": "When the item was last changed (RFC 9110, section 8.8.2).",
    "Cache-Control": "For how long, and by whom, a copy may be used (RFC 9111, section 5.2).",
    "Vary": "The request fields that shaped the response (RFC 9110, section 12.5.5).",
    "Location": "The URL of the item that was created, or that is to be asked instead (RFC 9110, section 10.2.2).",
    "Content-Location": "The URL of the item, where the content represents it (RFC 9110, section 8.7).",
    "Link": "Links to the documentation, the schema, the collection, other pages, and what an item refers to, where "
    "there is room (RFC 8288).",
    "Link-Template": "Where each item is, by its identity; where the content has no links (RFC 9652).",
    "Preference-Applied": "The preferences that were met, where there were some (RFC 7240, section 3).",
    "X-Request-Id": "The name of this request in the log of the server.",
    "Server-Timing": "How long the parts of the work took, in milliseconds (W3C Server Timing).",
    "X-Content-Type-Options": "The content is what Content-Type says (Fetch, section 3.6).",
    "Content-Security-Policy": "With a page for people: it loads nothing and runs nothing (W3C CSP Level 3).",
    "Referrer-Policy": "With a page for people: its links tell nothing of it (W3C Referrer Policy).",
    "WWW-Authenticate": "How to authenticate, and which scope is missing (RFC 6750, section 3).",
    "RateLimit-Policy": "What is allowed of requests as this one (draft-ietf-httpapi-ratelimit-headers).",
    "RateLimit": "What is left of that, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).",
    "Retry-After": "After how many seconds to ask again (RFC 9110, section 10.2.3).",
    "Accept": "The media types that are accepted, when the content has another (RFC 9110, section 12.5.1).",
    "Accept-Encoding": "The codings that are accepted, when the content has another (RFC 9110, section 12.5.3).",
    "Accept-Post": "The media types that are accepted, when the content has another (W3C LDP, section 7.1).",
    "Accept-Patch": "The media types that are accepted, when the content has another (RFC 5789, section 3.1).",
}
OPTIONAL = frozenset(
    [
        "Content-Security-Policy",
        "Referrer-Policy",
        "Content-Location",
        "Link",
        "Link-Template",
        "Preference-Applied",
        "RateLimit-Policy",
        "RateLimit",
        "Accept",
        "Accept-Encoding",
        "Accept-Post",
        "Accept-Patch",
    ]
)
"""The header fields that depend on what was asked; every other is in each response that names it."""
QUOTAS = ("RateLimit-Policy", "RateLimit")
"""What every answer has that is counted by limits."""
OF_STATUS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    429: ("Retry-After", *QUOTAS),
    503: ("Retry-After",),
    507: ("Retry-After",),
}
ACCEPTED = {"POST": "Accept-Post", "PATCH": "Accept-Patch", "PUT": "Accept"}
"""The field in which a 415 names the media types, for each method that carries content (see `headers.py`)."""


def header_components(formats: Sequence[ShownFormat], *, counted: bool) -> dict[str, Schema]:
    """The headers of responses, which share their definitions, with those that formats add.

    `counted` says whether there are limits.
    """
    own = {name: f"With answers in {_media_types_with(name, formats)}." for name in own_headers(formats)}
    return {
        name: {
            "description": text,
            **({} if name in OPTIONAL or name in own else {"required": True}),
            "schema": FIELD_VALUE,
        }
        for name, text in {**own, **HEADERS}.items()
        if counted or name not in QUOTAS
    }


def own_headers(formats: Sequence[ShownFormat], media_types: Iterable[str] | None = None) -> tuple[str, ...]:
    """The header fields that formats of these media types add to their answers, as they are named here."""
    wanted = {each.media_type for each in formats} if media_types is None else set(media_types)
    known = {name.lower(): name for name in HEADERS}
    names = [name for each in formats if each.media_type in wanted for name, _ in each.headers]
    return tuple({name.lower(): known.get(name.lower(), name) for name in names}.values())


def _media_types_with(name: str, formats: Sequence[ShownFormat]) -> str:
    having = [each.media_type for each in formats if name.lower() in {own.lower() for own, _ in each.headers}]
    return " or ".join(having)


def headers(*names: str) -> Schema:
    """References to the headers of a response: these, and those that every response has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *EVERY)}


def refusal_components(
    named: set[tuple[int, str]], formats: Sequence[ShownFormat], kinds: Sequence[type[Problem]] = ()
) -> dict[str, Schema]:
    """A response for each status of refusal and method, where that makes a difference. `kinds` are beside ours."""
    titles: dict[int, dict[str, None]] = {}
    for each in (*every_problem(), *kinds):
        titles.setdefault(each.status, {})[each.title] = None
    return {
        refusal_name(status, method): _refusal(status, method, formats, titles[status])
        for status, method in sorted(named)
    }


def refusal_name(status: int, method: str = "") -> str:
    """The name of a refusal among the components, such as `NotFound`."""
    phrase = "".join(word.capitalize() for word in HTTPStatus(status).phrase.replace("-", " ").split())
    return f"{phrase}.{method}" if method else phrase


def refusals(method: str, statuses: set[int]) -> Schema:
    """References to the refusals that an operation may answer with."""
    names = {status: refusal_name(status, method if status == 415 else "") for status in sorted(statuses)}
    return {str(status): {"$ref": f"#/components/responses/{name}"} for status, name in names.items()}


def success(description: str, shapes: dict[str, Schema], formats: Sequence[ShownFormat], *names: str) -> Schema:
    """A response with content: a schema for each media type, and the header fields that their formats add."""
    content = {media: {"schema": schema} if schema else {} for media, schema in shapes.items()}
    own = own_headers(formats, shapes)
    return {"description": description, "headers": headers(*names, "Link", *own), "content": content}


def without_content(description: str, *names: str) -> Schema:
    """A response without content."""
    return {"description": description, "headers": headers(*names)}


def _refusal(status: int, method: str, formats: Sequence[ShownFormat], titles: Iterable[str]) -> Schema:
    named = (ACCEPTED[method], "Accept-Encoding") if status == 415 else OF_STATUS.get(status, ())
    # A page is for clients that accept HTML, and everything that is negotiated can be had as HTML.
    page: dict[str, Schema] = {} if status == 406 else {HTML: {}}
    return success("; ".join(titles), {PROBLEM: reference("problem-details"), **page}, formats, "Vary", *named)
