"""The header fields of answers: what they vary on, how long they stay fresh, where they link, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from ..http import problems
from ..http.cache_control import Caching
from ..http.keeping import kept
from ..http.links import ROOM, Link, Links, fitted, together
from ..http.messages import Headers
from ..http.problems import Problem
from ..model.resource import Declaration
from ..surface.addresses import Kind, collection_url, item_url, problem_url
from ..surface.affordances import permissions_for
from ..surface.site import BESIDE_THE_CONTENT, item_template, links_at
from .phases import Asked, Known, Met
from .questions import BY_CALLER, READING, accepted_content, looks_at_credentials, supported_methods

NO_STORE = ("Cache-Control", "no-store")
QUERY_SAFE = "/~:@!$&'()*+,;=?%"
"""Characters that stay as they are in a query that is repeated (RFC 3986, section 3.4)."""
NO_SNIFF = ("X-Content-Type-Options", "nosniff")
DESCRIPTIONS_FRESH = Caching(max_age=300)
REVALIDATE = Caching()


def vary(x: Asked) -> str:
    """What of a request the answer at this address may depend on (RFC 9110, section 12.5.5)."""
    kind = x.kind
    fields = ["Accept"]
    if looks_at_credentials(x):
        fields += x.setting.identifying.reads
    if kind == "collection" or x.request.query or x.method not in READING:
        fields.append("Prefer")
    return ", ".join(fields)


def cache_control(x: Known) -> str:
    """Cache-Control as declared; what a credential shaped is `private`, and not kept where others need none."""
    if x.address.resource is None:
        caching = REVALIDATE if x.kind in BY_CALLER else DESCRIPTIONS_FRESH
        return REVALIDATE.to_header(private=True) if x.grant.subject else caching.to_header(private=False)
    rule = x.resource.rules.get("read")
    if rule is None or x.method not in READING:
        is_kept = rule is None or not (rule.caching.no_store or x.resource.shows_once)
        return "private, no-cache" if is_kept else "no-store"
    if rule.is_public and x.grant.subject is not None and not rule.caching.no_store:
        return REVALIDATE.to_header(private=True)
    return rule.caching.to_header(private=not rule.is_public)


@kept(512 * 1024)
def fixed_links(base: str, resource: Declaration | None, kind: Kind, *, inside: bool) -> Links:
    """The links that every answer at an address of this kind has; `inside` when the body has its own."""
    links = links_at(base, resource, kind)
    return together([each for each in links if each.relation in BESIDE_THE_CONTENT] if inside else links)


@kept(512 * 1024)
def link_headers(base: str, resource: Declaration | None, kind: Kind, *, inside: bool, taken: int) -> Headers:
    """Link with those of `fixed_links` that have room beside so many bytes of others; nothing when none has.

    `taken` is a multiple of 100, so that few of these are made.
    """
    text = fitted(fixed_links(base, resource, kind, inside=inside), ROOM - taken)
    return (("Link", text),) if text else ()


@kept(128 * 1024)
def link_template(base: str, resource: Declaration) -> str:
    """Link-Template (RFC 9652): where each row of a collection is, by its identity."""
    return f'"{item_template(base, resource)}"; rel="item"'


def one_url(x: Asked) -> str:
    """The URL of what was asked for by another one, with its query: by what was found, or by what the path says."""
    query = quote(x.request.query.encode("latin-1", "replace"), QUERY_SAFE)
    operation = f"/{x.address.operation}" if x.address.operation else ""
    item = item_url(x.base or "", x.resource, x.named if isinstance(x, Met) else x.address.name)
    return f"{item}{operation}?{query}" if query else item + operation


def unread_links(x: Met) -> tuple[tuple[str, str], ...]:
    """A name and a URL for each row that is left out: the item's, or the collection's where that cannot be known."""
    return tuple(
        ("an item without a readable identity", collection_url(x.base, x.resource))
        if row.identity is None
        else (row.identity, item_url(x.base, x.resource, row.identity))
        for row in x.outcome.unread
    )


def with_unread(headers: Headers, x: Met) -> Headers:
    """The fields that link, and with them the links to items that are left out, as many as there is room for."""
    relation = problem_url(x.base, problems.UnreadableItem.slug())
    return with_links(headers, [Link(relation, url) for _, url in unread_links(x)])


def with_links(headers: Headers, more: Iterable[Link], taken: int = 0) -> Headers:
    """The fields that link, with further links, as many as there is room for beside so many bytes of others."""
    room = ROOM - taken - sum(len(value) + 2 for _, value in headers)
    said: list[str] = []
    for text in dict.fromkeys(each.text for each in more):
        room -= len(text) + 2
        if room < 0:
            break
        said.append(text)
    links = ", ".join([*(value for name, value in headers if name == "Link"), *said])
    return (("Link", links), *(field for field in headers if field[0] != "Link")) if links else headers


def refusal_headers(x: Asked, problem: Problem) -> Headers:
    """The header fields that a kind of refusal must have."""
    if isinstance(problem, (problems.Unauthorized, problems.InsufficientScope)):
        scopes = missing_scopes(x) if isinstance(problem, problems.InsufficientScope) else ()
        return (("WWW-Authenticate", x.setting.identifying.challenge(problem, scopes, x.base)),)
    if isinstance(problem, problems.MethodNotAllowed):
        return (("Allow", ", ".join(supported_methods(x))),)
    if isinstance(problem, problems.UnsupportedMediaType) and not problem.headers:
        name = {"PATCH": "Accept-Patch", "POST": "Accept-Post"}.get(x.method, "Accept")
        return ((name, ", ".join(accepted_content(x))),)
    if isinstance(problem, (problems.Unavailable, problems.StorageFull)) and not problem.headers:
        return (("Retry-After", "1" if isinstance(problem, problems.Unavailable) else "60"),)
    return ()


def missing_scopes(x: Asked) -> list[str]:
    """The scopes of which one would permit what was refused."""
    item = x.kind == "item"
    wanted = permissions_for(x.method, item=item, operation=x.address.operation)
    if x.method == "PUT" and isinstance(x, Met):  # the look-up said which of the two it takes
        wanted = ("update",) if x.exists else ("create",)
    rules = [(each, x.resource.rules[each]) for each in wanted if each in x.resource.rules]
    return list(dict.fromkeys(scope for each, rule in rules for scope in rule.scopes_for(each)))
