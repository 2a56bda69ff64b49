"""Resources of the audit's own: created to be judged, and recognised by their mark."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import quote

from .acting import acts_by_address
from .checks import MISSING_NAME, Case
from .exchanges import Exchange
from .ownership import Before, Claim, Mark, before, doubt_about, doubt_about_nowhere, doubt_of, echoes
from .reading import read
from .reading.targets import resolve
from .survey import Found

NAMES = ("name", "title", "slug", "key", "code", "username", "identifier", "label")
"""Members that are likely to have to be unique."""
MARK = "restwell-audit-"
IDENTITIES = frozenset(["id", "_id", "pk", "uuid"])
"""Members that identify a resource: an existing value must never be sent as a new one."""
LARGE = 900_000_000
"""The least number that is sent as an identity."""
MAX_TRIES = 6


@dataclass
class Made:
    """A resource that was created according to the response: the response, the mark that was sent, and the URL.

    `doubt` says why it is not known to be the audit's own; unless it is "", only GET is sent to the URL.
    """

    answer: Exchange
    mark: Mark
    url: str
    doubt: str
    removed: bool = False


@dataclass
class Trial:
    """A resource that was created at a collection, with the content that was sent."""

    case: Case
    collection: Found
    content: dict[str, Any]
    made: Made
    before: Before
    others: list[Made] = field(default_factory=list)
    """Further resources that were created by later requests."""

    def read(self, made: Made) -> Exchange | None:
        """The response to GET; None where the URL is not known or must not be requested."""
        if not made.url or acts_by_address(made.url, self.collection.url, named=True):
            return None
        return send(self.case, self.collection, "GET", made.url)

    def look(self, made: Made) -> Exchange | None:
        """The response to GET if the resource is still the audit's own; None where it is not, which sets `doubt`."""
        found = self.read(made)
        made.doubt = made.doubt or doubt_about(found, made.mark)
        return None if made.doubt else found

    def change(self, method: str, made: Made, content: Any = None, **headers: str) -> Exchange | None:
        """Read a resource, and change it if it is the audit's own; None where it is not, or must not be changed.

        With a strong entity tag the change is sent with If-Match, so that it fails if the resource has changed.
        """
        found = self.look(made)
        if found is None:
            return None
        return send(self.case, self.collection, method, made.url, content, **(condition(found) | headers))

    def take(self, answer: Exchange, mark: Mark) -> Made:
        """Add a further created resource, so that it is removed as well if it is the audit's own."""
        made = believed(self.case, self.collection, answer, mark, self.before)
        self.others.append(made)
        return made


def condition(found: Exchange) -> dict[str, str]:
    """If-Match with the entity tag of a response, if it is strong (RFC 9110, section 13.1.1)."""
    tag = found.header("etag")
    return {"If_Match": tag} if tag and not tag.startswith("W/") else {}


def send(
    case: Case, collection: Found, method: str, url: str, content: Any = None, **headers: str
) -> Exchange | None:
    """Send a request with content in the format of the collection; None where it may not be sent."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b""
    if content is not None:
        fields.setdefault("Content-Type", media_type_for(collection, method))
        body = content if isinstance(content, bytes) else json.dumps(wrapped(collection, content, url)).encode()
    return case.change(method, url, headers=fields, content=body)


def media_type_for(collection: Found, method: str) -> str:
    """The media type to send: that of the format, or JSON."""
    if collection.reading.syntax == "json:api":
        return "application/vnd.api+json"
    if collection.reading.syntax == "collection+json":
        return "application/vnd.collection+json"
    return "application/merge-patch+json" if method == "PATCH" else "application/json"


def wrapped(collection: Found, content: Mapping[str, Any], url: str) -> Any:
    """The content as a document in the format of the collection."""
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


# -- creating a resource -------------------------------------------------------------------------------------


def candidates(case: Case, collection: Found) -> Iterator[tuple[dict[str, Any], Mark]]:
    """Contents that the collection may accept, each with the mark in it; those without a text are left out."""
    text = f"{MARK}{secrets.token_hex(4)}"
    for content in contents(case, collection, text):
        members = tuple(name for name, value in content.items() if value == text)
        if members:
            yield content, Mark(members, text)


def contents(case: Case, collection: Found, mark: str) -> Iterator[dict[str, Any]]:
    """Contents made after the members, the examples of descriptions and the forms."""
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
    """Whether a member may be sent with a new resource: not a link, a keyword or a nested value."""
    if name.startswith(("@", "_")) or name in {"url", "href", "self", "links"}:
        return False
    if isinstance(value, str):
        return not value.startswith(("http://", "https://", "/")) or name.lower().endswith(
            ("docs", "homepage", "website")
        )
    return isinstance(value, (int, float, bool))


def marked(content: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """The content with the mark as its name, so that it is unique and can be recognised."""
    made = dict(content)
    texts = [name for name, value in made.items() if isinstance(value, str)]
    names = [name for name in texts if name in NAMES] or texts[:1]
    return made | dict.fromkeys(names, mark)


def new_number() -> int:
    """A number for an identity that is unlikely to exist."""
    return LARGE + secrets.randbelow(99_999_999)


def create(case: Case, collection: Found) -> Trial | Exchange | None:
    """The resource created at a collection; else the last refusal, or None when there is nothing to try."""
    refusal: Exchange | None = None
    there = before(case.survey, case.probe.exchanges, collection, send(case, collection, "GET", collection.url))
    for content, mark in islice(candidates(case, collection), MAX_TRIES):
        answer = send(case, collection, "POST", collection.url, content)
        if answer is None:
            continue
        if answer.succeeded and not read(answer).is_error:
            made = believed(case, collection, answer, mark, there)
            return Trial(case, collection, content, made, there)
        refusal = answer
        if answer.status in {401, 403, 404, 405}:
            break
    return refusal


def believed(case: Case, collection: Found, answer: Exchange, mark: Mark, there: Before) -> Made:
    """The created resource, with the first reason to doubt that it is the audit's own.

    The mark must not be found at a URL that cannot exist, nor in a resource that existed before.
    """
    written, url = created_address(collection, answer, mark)
    made = Made(answer, mark, url, doubt_of(Claim(written, url, collection.url, there)))
    if not made.doubt:
        nowhere = f"{url.rstrip('/').rpartition('/')[0]}/{MISSING_NAME}-{secrets.token_hex(4)}"
        made.doubt = doubt_about_nowhere(send(case, collection, "GET", nowhere))
    for known in [] if made.doubt else known_items(case, collection)[:2]:
        if echoes(send(case, collection, "GET", known), mark):
            made.doubt = "a resource that existed before has the audit's mark as well"
    return made


def known_items(case: Case, collection: Found) -> list[str]:
    """The URLs of the members of a collection that existed before."""
    members = [member.target for member in collection.reading.members or () if member.target in case.survey.found]
    guessed = [each.url for each in case.survey.items() if each.via == collection.url]
    return list(dict.fromkeys([*members, *guessed]))


def created_address(collection: Found, answer: Exchange, mark: Mark) -> tuple[str, str]:
    """The URL of the created resource, as written and resolved: from Location, a link or the identity; "" without.

    Several Location fields are all ignored.
    """
    fields = [value for name, value in answer.headers if name.lower() == "location"]
    if fields:
        return (fields[0], resolve(collection.url, fields[0])) if len(fields) == 1 else ("", "")
    own = read(answer).linked("self")
    if own:
        return own[0].target, own[0].target
    data = answer.data if isinstance(answer.data, dict) else {}
    nested = [value for value in data.values() if isinstance(value, dict)]
    for known in (data, *nested, dict.fromkeys(mark.members, mark.text)):
        for name in ("id", "uuid", "slug", "name", "key", "title"):
            value = known.get(name)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
                url = f"{collection.url.partition('?')[0].rstrip('/')}/{quote(str(value), safe='')}"
                return url, url
    return "", ""
