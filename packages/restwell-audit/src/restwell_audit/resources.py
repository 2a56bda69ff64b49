"""Level 1, resources: many resources with a URI each, rather than one URI to which every request is sent."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from .acting import acts_by_address
from .checks import UNKNOWN_METHOD, Case, Results, check
from .findings import Finding, fielding, fowler
from .survey import Acting, Found, is_dead

VERBS = (
    "activate", "add", "cancel", "create", "deactivate", "delete", "disable", "edit", "enable", "execute", "fetch",
    "find", "get", "insert", "invoke", "make", "modify", "new", "perform", "remove", "replace", "retrieve", "save",
    "submit", "update",
)  # fmt: skip
"""Words that are hardly ever the name of a resource."""
NOUNS_TOO = (
    "call", "change", "do", "list", "patch", "post", "process", "put", "read", "register", "run", "set", "show",
)  # fmt: skip
"""Words that also name resources: `/post/1`, `/wish-list`, `/process-definitions`. At the end of a path they act."""
ACTION = re.compile(
    rf"(?:{'|'.join(VERBS)})(?:[A-Z_-].*)?|(?:{'|'.join(NOUNS_TOO)})[A-Z].*|.*[_-](?:{'|'.join(VERBS)})"
)
"""A segment of a path that names an action: `delete`, `getUser`, `create_user`, `user-delete`."""
ACTION_PARAMETERS = frozenset(
    ["action", "method", "cmd", "command", "op", "operation", "do", "func", "function", "_method"]
)
FORM_PAGES = frozenset(["new", "edit", "add", "create", "delete"])
"""Frequent names of pages with forms; on the Web these are resources themselves."""


def is_action(path: str, *, page: bool = False) -> bool:
    """Whether a segment of a path names an action; variables of a template do not count."""
    segments = [segment for segment in path.split("/") if segment]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if not segment.startswith("{") and (ACTION.fullmatch(segment) or (index and last and segment in NOUNS_TOO)):
            return not (page and segment in FORM_PAGES)
    return False


def paths_of(case: Case) -> dict[str, Found | None]:
    """Every known path, found or described, with what was found there."""
    known: dict[str, Found | None] = {path: None for _, path in case.survey.operations()}
    collections = {each.path.rstrip("/") for each in case.survey.collections()}
    for found in case.survey.found.values():
        if found.kind != "description" and (found.alive or found.how == "start"):
            parent = found.path.rstrip("/").rpartition("/")[0]
            # The API does not choose the names of items: /packages/create-react-app.
            named = found.kind == "item" and parent != "" and parent in collections
            known[f"{parent}/{{item}}" if named else found.path] = found
    return dict[str, Found | None].fromkeys(acting_paths(case)) | known


def acting_paths(case: Case) -> dict[str, Acting]:
    """The paths that name actions and were linked, but not requested, each with the link.

    An HTML page may link to a page with a form, such as `/items/new`; this is not an action.
    """
    acting = ((urlsplit(target).path, each) for target, each in case.survey.acting.items())
    return {
        path: each
        for path, each in acting
        if acts_by_address(each.link.target, each.via.url) and is_action(path, page=each.via.reading.syntax == "html")
    }


# -- how many resources are there? ---------------------------------------------------------------------------


@check(1, "whether there is more than one resource")
def count_resources(case: Case) -> Results:
    """Resources are told apart by their URIs, without their queries."""
    alive = [each for each in case.survey.resources() if not each.reading.is_error]
    addresses = {each.url.partition("?")[0].rstrip("/") for each in alive}
    start = case.survey.entries()[0]
    evidence = [each.exchange for each in (alive or [start])[:3] if each.exchange]
    refusal = None if alive else case.unknown_method(start)
    if len(addresses) > 1:
        yield ManyResources(start.url, *evidence, number=len(addresses))
    elif alive:
        yield OneResource(start.url, *evidence)
    else:
        yield NoResources(start.url, *evidence, *([refusal] if refusal else []))


class ManyResources(Finding):
    severity = "good"
    bearing = 1
    summary = "{number} resources have URIs of their own."
    explanation = "A resource with a URI of its own can be linked, cached, protected and requested by itself."
    reference = fielding("5.2.1.1")


class OneResource(Finding):
    severity = "bad"
    bearing = 1
    summary = "Only one URI gives a representation."
    explanation = (
        "No part of it can be linked, cached or requested by itself. This is level 0 of the Richardson Maturity "
        "Model."
    )
    remedy = "Give each resource that clients work with a URI of its own, such as /frameworks/Flask, and link it."
    reference = fowler(1)


class NoResources(Finding):
    severity = "bad"
    bearing = 1
    summary = "No URI answers GET with a representation."
    explanation = (
        "Nothing that was found can be read with GET. Where all requests are sent to one URI with POST, HTTP is a "
        "tunnel for another protocol (such as JSON-RPC, SOAP or GraphQL), and no intermediary can tell what a "
        "request does."
    )
    remedy = "Give each resource that clients work with a URI of its own that answers GET with its representation."
    reference = fowler(0)


# -- do the members of collections have URIs? -----------------------------------------------------------------


@check(1, "whether the members of collections have URIs of their own")
def look_for_items(case: Case) -> Results:
    """A list of which no member can be requested by itself is one resource."""
    without: list[Found] = []
    with_own = 0
    for collection in case.survey.collections():
        members = collection.reading.members or ()
        if not any(member.data for member in members):
            continue
        linked = any(member.target and not is_missing(case, member.target) for member in members)
        guessed = any(each.via == collection.url and each.alive for each in case.survey.items())
        under = any(is_below(each.path, collection.path) for each in case.survey.items())
        if linked or guessed or under or is_described_below(case, collection):
            with_own += 1
        else:
            without.append(collection)
    items = case.survey.items()
    if with_own:
        yield ItemsHaveUris(
            items[0].url if items else case.survey.collections()[0].url,
            *[each.exchange for each in items[:1] if each.exchange],
            number=with_own,
        )
    for collection in without:
        kind = ItemsWithoutUris if not with_own else SomeItemsWithoutUris
        yield kind(collection.url, *([collection.exchange] if collection.exchange else []))


def is_missing(case: Case, url: str) -> bool:
    """Whether a URL was requested and gave no resource."""
    found = case.survey.found.get(url)
    return found is not None and is_dead(found.exchange)


def is_described_below(case: Case, collection: Found) -> bool:
    """Whether a description promises GET for the members of a collection, below it."""
    member = f"{collection.url.partition('?')[0].rstrip('/')}/member"
    return any(
        operation.method == "GET" and operation.path.rstrip("/").endswith("}") and description.matches(operation, url)
        for description in case.survey.descriptions for operation in description.operations
        for url in (member, f"{member}/")
    )  # fmt: skip


def is_below(path: str, parent: str) -> bool:
    """Whether one path lies below another."""
    return path.startswith(parent.rstrip("/") + "/")


class ItemsHaveUris(Finding):
    severity = "good"
    bearing = 1
    summary = "The members of {number} collections have URIs of their own."
    explanation = "A member can be requested by itself, apart from its collection."
    reference = fowler(1)


class ItemsWithoutUris(Finding):
    severity = "bad"
    bearing = 1
    summary = "The members of {subject} have no URIs of their own."
    explanation = (
        "No link leads to a member, and none of the likely URLs below the collection gives one. A client can read "
        "the list, but cannot refer to one of its members."
    )
    remedy = "Serve each member at a URI of its own, such as /frameworks/Flask, and link it from the list."
    reference = fowler(1)


class SomeItemsWithoutUris(Finding):
    severity = "warn"
    bearing = 1
    summary = "No URIs were found for the members of {subject}."
    explanation = (
        "The members of other collections have URIs. These members may be no resources, or their URIs are not "
        "linked and could not be guessed."
    )
    remedy = (
        "Give the members URIs and link them. If they are values rather than resources, leave them in the resource "
        "that contains them."
    )
    reference = fowler(1)


# -- do paths name resources? --------------------------------------------------------------------------------


@check(1, "whether paths name resources rather than actions")
def read_paths(case: Case) -> Results:
    """A path with a verb in it calls a procedure."""
    known = paths_of(case)
    actions = [path for path, found in known.items() if is_action(path, page=is_page(found))]
    start = case.survey.entries()[0]
    evidence = [each.exchange for each in (known[path] for path in actions[:2]) if each is not None and each.exchange]
    listed = ", ".join(actions[:4])
    if not actions:
        if case.survey.resources():
            yield PathsNameThings(start.url, number=len(known))
    elif 2 * len(actions) > len(known):
        yield PathsAreActions(start.url, *evidence, actions=listed, number=len(actions), of=len(known))
    else:
        yield SomePathsAreActions(start.url, *evidence, actions=listed, number=len(actions), of=len(known))


def is_page(found: Found | None) -> bool:
    """Whether what was found is an HTML page."""
    return found is not None and found.reading.syntax == "html"


class PathsNameThings(Finding):
    severity = "good"
    bearing = 1
    summary = "None of {number} paths names an action."
    explanation = (
        "URIs identify resources and the method says what is done, so that every client knows what a request means."
    )
    reference = fielding("5.2.1.1")


class PathsAreActions(Finding):
    severity = "bad"
    bearing = 1
    summary = "{number} of {of} paths name actions: {actions}."
    explanation = (
        "A path with a verb calls a procedure, whatever the method says. Clients, caches and proxies cannot tell "
        "what such a request does."
    )
    remedy = "Let paths name resources, and let GET, POST, PUT, PATCH and DELETE say what is done with them."
    reference = fowler(1)


class SomePathsAreActions(Finding):
    severity = "warn"
    bearing = 1
    summary = "{number} of {of} paths name actions: {actions}."
    explanation = "Most paths name resources, but these name an action, which the method does not express."
    remedy = (
        "Turn the action into a resource or a state, such as a cancellation that is created or a status that is "
        "changed."
    )
    reference = fowler(1)


@check(1, "whether a query parameter selects the operation")
def read_queries(case: Case) -> Results:
    """`?action=delete` names a procedure in the query instead of in the path."""
    for found in case.survey.found.values():
        names = {name.lower() for name, _ in parse_qsl(urlsplit(found.url).query, keep_blank_values=True)}
        if names & ACTION_PARAMETERS and found.exchange is not None and found.kind != "description":
            yield ActionInQuery(found.url, found.exchange, parameter=min(names & ACTION_PARAMETERS))
            return


class ActionInQuery(Finding):
    severity = "bad"
    bearing = 1
    summary = "The parameter {parameter} of {subject} selects the operation."
    explanation = (
        "One URI does different things depending on a parameter. This is a procedure call, which only clients of "
        "this API understand."
    )
    remedy = "Give each resource a URI, and let the method say what is done with it."
    reference = fowler(0)


# -- is everything sent through one URI? ---------------------------------------------------------------------


@check(1, "whether one URI is a tunnel for another protocol")
def look_for_tunnel(case: Case) -> Results:
    """An entry point that supports POST alone, or whose answer names another protocol, is a tunnel."""
    for start in case.survey.entries():
        exchange = start.exchange
        if exchange is None:
            continue
        refusal = case.unknown_method(start) if not start.alive else None
        allowed = " ".join(
            filter(None, [exchange.header("allow"), refusal.header("allow") if refusal else ""])
        ).upper()
        if protocol := protocol_of(start):
            yield Tunnel(start.url, exchange, protocol=protocol)
        elif not start.alive and "POST" in allowed and "GET" not in allowed.replace(UNKNOWN_METHOD, ""):
            yield Tunnel(start.url, exchange, *([refusal] if refusal else []), protocol="procedure calls by POST")


def protocol_of(found: Found) -> str:
    """The protocol that is tunnelled at a URL, as its answer shows; "" for none."""
    exchange = found.exchange
    if exchange is None:
        return ""
    data, text = exchange.data, exchange.text[:20_000].lower()
    if isinstance(data, dict) and "jsonrpc" in data:
        return "JSON-RPC"
    if "soap" in exchange.media_type or "schemas.xmlsoap.org" in text:
        return "SOAP"
    if (
        "must provide query string" in text
        or "graphiql" in text
        or "graphql playground" in text
        or "apollo-sandbox" in text
    ):
        return "GraphQL"
    if isinstance(data, dict) and isinstance(data.get("errors"), list) and found.path.rstrip("/").endswith("graphql"):
        return "GraphQL"
    return ""


class Tunnel(Finding):
    severity = "bad"
    bearing = 1
    summary = "{subject} is a tunnel for {protocol}."
    explanation = (
        "All requests are sent to this URI and told apart by their content. HTTP only carries them: no cache, proxy "
        "or client that knows HTTP alone can take part."
    )
    remedy = "Give each resource a URI of its own; keep the other protocol beside it if its clients need it."
    reference = fowler(0)
