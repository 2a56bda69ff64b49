"""Something of our own at an API: created to be judged, and known again by its name."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from .checks import Case
from .exchanges import Exchange
from .reading import read
from .survey import Found

NAMES = ("name", "title", "slug", "key", "code", "username", "identifier", "label")
"""Members that are likely to have to be unique."""
MOST_TRIES = 6


@dataclass
class Trial:
    """One thing that was created at a collection: how, and what became of it."""

    case: Case
    collection: Found
    content: dict[str, Any]
    created: Exchange
    url: str
    others: list[str] = field(default_factory=list)
    """Whatever else was created on the way, to be removed as well."""

    def send(self, method: str, url: str, content: Any = None, **headers: str) -> Exchange | None:
        """Send a request about what was created."""
        return send(self.case, self.collection, method, url, content, **headers)


def send(
    case: Case, collection: Found, method: str, url: str, content: Any = None, **headers: str
) -> Exchange | None:
    """Send a change, its content as the collection's format has it."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b""
    if content is not None:
        fields.setdefault("Content-Type", media_type_for(collection, method))
        body = content if isinstance(content, bytes) else json.dumps(wrapped(collection, content, url)).encode()
    return case.change(method, url, headers=fields, content=body)


def media_type_for(collection: Found, method: str) -> str:
    """The media type to send: the format's own where it has one, else JSON."""
    if collection.reading.syntax == "json:api":
        return "application/vnd.api+json"
    if collection.reading.syntax == "collection+json":
        return "application/vnd.collection+json"
    return "application/merge-patch+json" if method == "PATCH" else "application/json"


def wrapped(collection: Found, content: Mapping[str, Any], url: str) -> Any:
    """Members as the collection's format holds them."""
    if collection.reading.syntax == "collection+json":
        return {"template": {"data": [{"name": name, "value": value} for name, value in content.items()]}}
    if collection.reading.syntax != "json:api":
        return content
    data = (collection.exchange.data or {}).get("data") if collection.exchange else None
    kind = data[0].get("type") if isinstance(data, list) and data and isinstance(data[0], dict) else "things"
    wrapping: dict[str, Any] = {"type": kind, "attributes": dict(content)}
    if url.rstrip("/") != collection.url.rstrip("/"):
        wrapping["id"] = url.rstrip("/").rpartition("/")[2]
    return {"data": wrapping}


# -- making something of our own -----------------------------------------------------------------------------


def candidates(case: Case, collection: Found) -> Iterator[dict[str, Any]]:
    """Contents that the collection may take: like its members, as a description has them, as a form asks."""
    mark = f"restwell-audit-{secrets.token_hex(4)}"
    for member in (collection.reading.members or ())[:1]:
        plain = {n: v for n, v in member.data.items() if is_plain(n, v)}
        if plain:
            yield marked(plain, mark)
            yield marked({n: v for n, v in plain.items() if n not in {"id", "pk", "uuid"}}, mark)
    for description in case.survey.descriptions:
        for operation in description.operations:
            if (
                operation.method == "POST"
                and description.matches(operation, collection.url)
                and isinstance(operation.example, dict)
            ):
                yield marked(operation.example, mark)
    for form in collection.reading.operations:
        if form.method == "POST" and form.inputs:
            yield {name: mark if name in NAMES else 2010 for name in form.required or form.inputs}


def is_plain(name: str, value: Any) -> bool:
    """Whether a member is a value that a new thing may have: no link, no keyword, nothing nested."""
    if name.startswith(("@", "_")) or name in {"url", "href", "self", "links"}:
        return False
    if isinstance(value, str):
        return not value.startswith(("http://", "https://", "/")) or name.lower().endswith(
            ("docs", "homepage", "website")
        )
    return isinstance(value, (int, float, bool))


def marked(content: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """The content with a name of our own, so that it collides with nothing and can be recognised."""
    made = dict(content)
    names = [name for name in NAMES if isinstance(made.get(name), str)] or [
        n for n, v in made.items() if isinstance(v, str)
    ][:1]
    for name in names[:1]:
        made[name] = mark
    if not names and isinstance(made.get("id"), int):
        made["id"] = 900_000_000 + secrets.randbelow(99_999_999)
    return made


def create(case: Case, collection: Found) -> Trial | Exchange | None:
    """What could be created at a collection; else the last refusal, None when there is nothing to try."""
    refusal: Exchange | None = None
    for number, content in enumerate(candidates(case, collection)):
        if number >= MOST_TRIES:
            break
        answer = send(case, collection, "POST", collection.url, content)
        if answer is None:
            continue
        if answer.succeeded and not read(answer).is_error:
            return Trial(case, collection, content, answer, url_of(collection, answer, content))
        refusal = answer
        if answer.status in {401, 403, 404, 405}:
            break
    return refusal


def url_of(collection: Found, answer: Exchange, content: Mapping[str, Any]) -> str:
    """Where what was created is: as Location says, or the content links, or by its identity."""
    if location := answer.header("location"):
        return urljoin(collection.url, location)
    reading = read(answer)
    own = reading.linked("self")
    if own:
        return own[0].target
    data = answer.data if isinstance(answer.data, dict) else {}
    nested = [value for value in data.values() if isinstance(value, dict)]
    for known in (data, *nested, content):
        for name in ("id", "uuid", "slug", "name", "key", "title"):
            if isinstance(known.get(name), (str, int)):
                return f"{collection.url.partition('?')[0].rstrip('/')}/{known[name]}"
    return ""
