"""Something of our own at an API: created to be judged, and known again by its name."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .checks import Case
from .exchanges import Exchange
from .reading import read
from .reading.targets import resolve
from .survey import Found

NAMES = ("name", "title", "slug", "key", "code", "username", "identifier", "label")
"""Members that are likely to have to be unique."""
MARK = "restwell-audit-"
IDENTITIES = frozenset(["id", "_id", "pk", "uuid"])
"""Members that name a thing: what is there already must never be sent as if it were new."""
LARGE = 900_000_000
MOST_TRIES = 6


@dataclass
class Trial:
    """One thing that was created at a collection: how, and what became of it."""

    case: Case
    collection: Found
    content: dict[str, Any]
    created: Exchange
    url: str
    others: list[tuple[Exchange, str]] = field(default_factory=list)
    """Whatever else was created on the way, and where, to be removed as well."""
    readable: bool = False
    """Whether what was created is there at its URL: PUT where nothing is would create another thing."""

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
    mark = f"{MARK}{secrets.token_hex(4)}"
    for member in (collection.reading.members or ())[:1]:
        plain = {n: v for n, v in member.data.items() if is_plain(n, v) and n not in IDENTITIES}
        if plain:
            yield marked(plain, mark)
            for name, value in member.data.items():
                if name in IDENTITIES and isinstance(value, (str, int)):
                    yield marked(plain, mark) | {name: mark if isinstance(value, str) else new_number()}
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
    texts = [name for name, value in made.items() if isinstance(value, str)]
    names = [name for name in texts if name in NAMES] or texts[:1]
    return made | dict.fromkeys(names, mark)


def new_number() -> int:
    """A number for an identity, such as nobody is likely to have."""
    return LARGE + secrets.randbelow(99_999_999)


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
            return Trial(case, collection, content, answer, url_of(case, collection, answer, content))
        refusal = answer
        if answer.status in {401, 403, 404, 405}:
            break
    return refusal


def url_of(case: Case, collection: Found, answer: Exchange, content: Mapping[str, Any]) -> str:
    """Where what was created is: as Location says, or the content links, or by its identity; "" when nothing tells.

    An address that was there before is not believed: what was not created here is never touched.
    """
    url = _said_url(collection, answer, content)
    before = {member.target for member in collection.reading.members or ()} | set(case.survey.found)
    return "" if url in before or url.rstrip("/") == collection.url.rstrip("/") else url


def _said_url(collection: Found, answer: Exchange, content: Mapping[str, Any]) -> str:
    if location := answer.header("location"):
        return resolve(collection.url, location)
    own = read(answer).linked("self")
    if own:
        return own[0].target
    data = answer.data if isinstance(answer.data, dict) else {}
    nested = [value for value in data.values() if isinstance(value, dict)]
    before = [member.data for member in collection.reading.members or ()]
    for known in (data, *nested, {name: value for name, value in content.items() if is_ours(value)}):
        for name in ("id", "uuid", "slug", "name", "key", "title"):
            value = known.get(name)
            if isinstance(value, (str, int)) and not any(member.get(name) == value for member in before):
                return f"{collection.url.partition('?')[0].rstrip('/')}/{quote(str(value), safe='')}"
    return ""


def is_ours(value: Any) -> bool:
    """Whether a value is a name or a number that the audit made."""
    return (isinstance(value, str) and value.startswith(MARK)) or (isinstance(value, int) and value >= LARGE)
