"""Resources of the audit's own: created to be judged, and recognised by their mark."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal
from urllib.parse import quote

from .acting import acts_by_address
from .checks import Case
from .contents import candidates
from .exchanges import Exchange
from .found import Found
from .guessing import MISSING_NAME
from .ownership import (
    KEYS,
    Before,
    Claim,
    Mark,
    before,
    canonical,
    doubt_about,
    doubt_about_nowhere,
    doubt_of,
    echoes,
    echoes_in,
    named_by,
    states,
)
from .probe import asked_to_wait
from .reading import read
from .reading.targets import resolve, without_query

Source = Literal["Location", "content", "listing"]

MAX_TRIES = 6


@dataclass
class Made:
    """A resource that was created according to the response: the response, the mark that was sent, and the URL.

    `doubt` says why it is not known to be the audit's own; unless it is "", only GET is sent to the URL. `source` is
    what the URL was taken from.
    """

    answer: Exchange
    mark: Mark
    url: str
    doubt: str
    source: Source = "Location"
    removed: bool = False
    condition: dict[str, str] = field(default_factory=dict)
    """The condition of the last change."""
    known: dict[str, Any] | None = None
    """The members that were sent, as they were read last; None since the audit itself has changed them."""
    unsteady: frozenset[str] | None = None
    """The members of these that differ between two requests with no change in between, such as counters."""

    def is_taken_over(self, found: Exchange) -> bool:
        """Whether somebody else has changed it, since a member is not as the audit has left it."""
        state = next((each for each in states(found) if self.mark.is_in(each)), {})
        now = {name: state.get(name) for name in self.mark.sent}
        if self.known is None:
            self.known = now
            return False
        differing = frozenset(name for name, value in now.items() if value != self.known[name])
        if self.unsteady is None:
            self.unsteady, self.known = differing, now
        return not differing <= self.unsteady


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
        return read_made(self.case, self.collection, made)

    def look(self, made: Made) -> Exchange | None:
        """The response to GET if the resource is still the audit's own; None where it is not, which sets `doubt`."""
        found = self.read(made)
        made.doubt = made.doubt or doubt_about(found, made.mark)
        return None if made.doubt else found

    def change(self, method: str, made: Made, content: Any = None, **headers: str) -> Exchange | None:
        """Read a resource, and change it if it is the audit's own; None where it is not, or must not be changed.

        The change is conditional, so that it fails if the resource has changed. One that the server asks to send
        later (429 or 503 with Retry-After) is sent once more, after another look.
        """
        answer: Exchange | None = None
        for _ in range(2):
            found = self.look(made)
            if found is None:
                return answer
            made.condition = condition(found)
            answer = send(self.case, self.collection, method, made.url, content, **(made.condition | headers))
            if answer is None or asked_to_wait(answer) is None:
                break
        if answer is not None and (answer.succeeded or not 400 <= answer.status < 500):
            made.known = None
        return answer

    def take(self, answer: Exchange, mark: Mark) -> Made:
        """Add a further created resource, so that it is removed as well if it is the audit's own."""
        made = believed(self.case, self.collection, answer, mark, self.before)
        self.others.append(made)
        return made


def read_made(case: Case, collection: Found, made: Made) -> Exchange | None:
    """The response to GET for a created resource; where somebody else has changed the resource, `doubt` is set."""
    if not made.url or acts_by_address(made.url, collection.url, named=True):
        return None
    found = send(case, collection, "GET", made.url)
    if found is not None and not doubt_about(found, made.mark) and made.is_taken_over(found):
        made.doubt = made.doubt or "it was changed since the audit left it, by somebody else"
    return found


def condition(found: Exchange) -> dict[str, str]:
    """If-Match with the entity tag of a response, if it is strong (RFC 9110, section 13.1.1), else its date."""
    tag = found.header("etag")
    if tag and not tag.startswith("W/"):
        return {"If_Match": tag}
    date = found.header("last-modified")
    return {"If_Unmodified_Since": date} if date else {}


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


def create(case: Case, collection: Found) -> Trial | Exchange | None:
    """The resource created at a collection; else the last refusal, or None when there is nothing to try.

    After a redirect nothing more is tried, as it may be the answer to a success (RFC 9110, section 15.4.4).
    """
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
        if not 400 <= answer.status < 500:
            listing = send(case, collection, "GET", collection.url)
            listed = next(in_listing(collection, listing, answer, mark, there), None)
            if listed is not None:
                return Trial(case, collection, content, trusted(case, collection, listed, there, listing), there)
            if 300 <= answer.status < 400:
                made = believed(case, collection, answer, mark, there)
                return answer if made.doubt else Trial(case, collection, content, made, there)
        if answer.status in {401, 403, 404, 405, 429}:
            break
    return refusal


def believed(case: Case, collection: Found, answer: Exchange, mark: Mark, there: Before) -> Made:
    """The created resource: by the URL in the response, by that in the collection, or by its name; the first one.

    Where the mark is at none of these URLs, it is the first that can be the audit's own, or that of the response.
    """
    written, url, source = created_address(collection, answer)
    listing = send(case, collection, "GET", collection.url)
    named = f"{without_query(collection.url)}/{quote(mark.text)}"
    claims = [
        Made(answer, mark, url, doubt_of(Claim(written, url, collection.url, there)), source),
        *in_listing(collection, listing, answer, mark, there),
        Made(answer, mark, named, doubt_of(Claim(named, named, collection.url, there)), "listing"),
    ]
    possible = [each for each in claims if not each.doubt]
    own = (each for each in possible if not doubt_about(read_made(case, collection, each), each.mark))
    otherwise = claims[0] if url else next(iter(possible), claims[0])
    return trusted(case, collection, next(own, otherwise), there, listing)


def trusted(case: Case, collection: Found, made: Made, there: Before, listing: Exchange | None) -> Made:
    """A created resource, with a doubt where its mark proves nothing.

    The mark must not be found at a URL that cannot exist, nor in a resource that existed before; a response other
    than 201 may mean that one was changed that the collection shows on another page.
    """
    if made.doubt:
        return made
    listed = in_listing(collection, listing, made.answer, made.mark, there)
    if made.answer.status != 201 and all(canonical(each.url) != canonical(made.url) for each in listed):
        made.doubt = "the response does not say that it was created, and the collection does not list it"
        return made
    nowhere = f"{made.url.rstrip('/').rpartition('/')[0]}/{MISSING_NAME}-{secrets.token_hex(4)}"
    made.doubt = doubt_about_nowhere(send(case, collection, "GET", nowhere))
    answers = (send(case, collection, "GET", known) for known in known_items(case, collection)[:2])
    if not made.doubt and (echoes_in(listing, made.mark, there) or any(echoes(each, made.mark) for each in answers)):
        made.doubt = "a resource that existed before has the audit's mark as well"
    return made


def in_listing(
    collection: Found, listing: Exchange | None, answer: Exchange, mark: Mark, there: Before
) -> Iterator[Made]:
    """What a collection lists with the mark, by the link of the member or its identity."""
    for member in read(listing).members or () if listing is not None and listing.succeeded else ():
        if not mark.is_seen_in(member.data):
            continue
        keys = named_by(KEYS, [member.data])
        base = without_query(collection.url)
        url = member.target or next((f"{base}/{quote(key, safe='')}" for key in keys), "")
        doubt = doubt_of(Claim(url, url, collection.url, there))
        yield Made(answer, mark.as_written_in(member.data), url, doubt, "listing")


def known_items(case: Case, collection: Found) -> list[str]:
    """The URLs of the members of a collection that existed before."""
    members = [member.target for member in collection.reading.members or () if member.target in case.survey.found]
    guessed = [each.url for each in case.survey.items() if each.via == collection.url]
    return list(dict.fromkeys([*members, *guessed]))


def created_address(collection: Found, answer: Exchange) -> tuple[str, str, Source]:
    """The URL of the created resource, as written and resolved: from Location, a link or the identity; "" without.

    Several Location fields are all ignored.
    """
    fields = [value for name, value in answer.headers if name.lower() == "location"]
    if fields:
        given = fields[0] if len(fields) == 1 else ""
        return given, given and resolve(collection.url, given), "Location"
    own = read(answer).linked("self")
    if own:
        return own[0].target, own[0].target, "content"
    data = answer.data if isinstance(answer.data, dict) else {}
    nested = [value for value in data.values() if isinstance(value, dict)]
    for known in (data, *nested):
        for name in ("id", "uuid", "slug", "name", "key", "title"):
            value = known.get(name)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
                url = f"{without_query(collection.url)}/{quote(str(value), safe='')}"
                return url, url, "content"
    return "", "", "content"
