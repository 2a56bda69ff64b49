"""Level 1, resources: many things with a URI each, rather than one URI to which everything is sent."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from .acting import is_deed_by_address
from .checks import UNKNOWN_METHOD, Case, Said, check
from .findings import Finding, fielding, fowler
from .survey import Acting, Found, is_dead

VERBS = (
    "activate", "add", "cancel", "create", "deactivate", "delete", "disable", "edit", "enable", "execute", "fetch",
    "find", "get", "insert", "invoke", "make", "modify", "new", "perform", "remove", "replace", "retrieve", "save",
    "submit", "update",
)  # fmt: skip
"""Words that are hardly ever the name of a thing."""
NOUNS_TOO = (
    "call", "change", "do", "list", "patch", "post", "process", "put", "read", "register", "run", "set", "show",
)  # fmt: skip
"""Words that name things as well: `/post/1`, `/wish-list`, `/process-definitions`. Behind a thing they are deeds."""
ACTION = re.compile(
    rf"(?:{'|'.join(VERBS)})(?:[A-Z_-].*)?|(?:{'|'.join(NOUNS_TOO)})[A-Z].*|.*[_-](?:{'|'.join(VERBS)})"
)
"""A segment of a path that names an action: `delete`, `getUser`, `create_user`, `user-delete`."""
ACTION_PARAMETERS = frozenset(
    ["action", "method", "cmd", "command", "op", "operation", "do", "func", "function", "_method"]
)
FORM_PAGES = frozenset(["new", "edit", "add", "create", "delete"])
"""What pages with forms are often called; on the Web they are resources themselves."""


def is_action(path: str, *, page: bool = False) -> bool:
    """Whether a path names an action in one of its segments; templates of variables are left out."""
    segments = [segment for segment in path.split("/") if segment]
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if not segment.startswith("{") and (ACTION.fullmatch(segment) or (place and last and segment in NOUNS_TOO)):
            return not (page and segment in FORM_PAGES)
    return False


def paths_of(case: Case) -> dict[str, Found | None]:
    """Every path that is known, found or described, with what was found there."""
    known: dict[str, Found | None] = {path: None for _, path in case.survey.operations()}
    collections = {each.path.rstrip("/") for each in case.survey.collections()}
    for found in case.survey.found.values():
        if found.kind != "description" and (found.alive or found.how == "start"):
            parent = found.path.rstrip("/").rpartition("/")[0]
            # What an item is called is not the API's to choose: /packages/create-react-app.
            named = found.kind == "item" and parent != "" and parent in collections
            known[f"{parent}/{{item}}" if named else found.path] = found
    return dict[str, Found | None].fromkeys(acting_paths(case)) | known


def acting_paths(case: Case) -> dict[str, Acting]:
    """The paths that name actions and were linked, but not asked for; and what linked to them.

    A page may link to another with a form that is called so; what is no page has none.
    """
    acting = ((urlsplit(target).path, each) for target, each in case.survey.acting.items())
    return {
        path: each
        for path, each in acting
        if is_deed_by_address(each.link.target, each.via.url)
        and is_action(path, page=each.via.reading.syntax == "html")
    }


# -- how many resources are there? ---------------------------------------------------------------------------


@check(1, "whether there are many resources")
def count_resources(case: Case) -> Said:
    """One URI for everything is a door to something that is no web of resources."""
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
    explanation = (
        "A resource is whatever is worth a name: a document, a thing, a collection of others. Each that has a URI "
        "can be "
        "linked, cached, protected and asked for by itself."
    )
    reference = fielding("5.2.1.1")


class OneResource(Finding):
    severity = "bad"
    bearing = 1
    summary = "Everything is at one URI."
    explanation = (
        "Only one address gives a representation, so that nothing in it can be linked, cached or asked for by "
        "itself. That is "
        "level 0 of the maturity model: one URI as the door to everything."
    )
    remedy = "Give each thing that clients work with a URI of its own, such as /frameworks/Flask, and link it."
    reference = fowler(1)


class NoResources(Finding):
    severity = "bad"
    bearing = 1
    summary = "No address gives a representation to GET."
    explanation = (
        "Nothing that was found can be read with GET. Where all requests are sent to one URI with POST, HTTP is a "
        "tunnel for "
        "another protocol (JSON-RPC, SOAP, GraphQL), and nothing on the way can know what is asked."
    )
    remedy = "Give each thing that clients work with a URI of its own that answers GET with its representation."
    reference = fowler(0)


# -- have the members of collections URIs of their own? ------------------------------------------------------


@check(1, "whether the members of collections have URIs of their own")
def look_for_items(case: Case) -> Said:
    """A list of things of which none can be asked for is one resource."""
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
    """Whether it was asked for and is not there."""
    found = case.survey.found.get(url)
    return found is not None and is_dead(found.exchange)


def is_described_below(case: Case, collection: Found) -> bool:
    """Whether a description promises that members can be got below a collection."""
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
    explanation = "What a collection lists can be asked for by itself, apart from the collection."
    reference = fowler(1)


class ItemsWithoutUris(Finding):
    severity = "bad"
    bearing = 1
    summary = "The members of {subject} have no URI of their own."
    explanation = (
        "No link leads to a member, and none of the plausible addresses below the collection answers. A client can "
        "read the "
        "list, but not name one of its members to anybody."
    )
    remedy = "Serve each member at a URI of its own, such as /frameworks/Flask, and have the list link it."
    reference = fowler(1)


class SomeItemsWithoutUris(Finding):
    severity = "warn"
    bearing = 1
    summary = "The members of {subject} have no URI of their own that could be found."
    explanation = (
        "Other collections give their members a URI. Perhaps these are no things of their own, or their addresses "
        "cannot be "
        "guessed and are linked from nowhere."
    )
    remedy = (
        "Give the members URIs and link them, or, if they are values rather than things, leave them in the one that "
        "has them."
    )
    reference = fowler(1)


# -- do paths name things? -----------------------------------------------------------------------------------


@check(1, "whether paths name things rather than actions")
def read_paths(case: Case) -> Said:
    """A path with a verb in it is a procedure that is called."""
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
    """Whether it is a page for people."""
    return found is not None and found.reading.syntax == "html"


class PathsNameThings(Finding):
    severity = "good"
    bearing = 1
    summary = "None of {number} paths names an action."
    explanation = (
        "URIs name things, and what is done with them is said by the method. So every client knows what a request "
        "means."
    )
    reference = fielding("5.2.1.1")


class PathsAreActions(Finding):
    severity = "bad"
    bearing = 1
    summary = "{number} of {of} paths name actions: {actions}."
    explanation = (
        "A path with a verb in it is a procedure that is called, whatever the method says. There are then as many "
        "words as "
        "procedures, and no client, cache or proxy knows what any of them does."
    )
    remedy = "Name things in paths, and let GET, POST, PUT, PATCH and DELETE say what is done with them."
    reference = fowler(1)


class SomePathsAreActions(Finding):
    severity = "warn"
    bearing = 1
    summary = "{number} of {of} paths name actions: {actions}."
    explanation = "Most paths name things, these name something to do. What they do is not said by the method."
    remedy = "Make a thing of what is done: a cancellation that is created, a state that is changed."
    reference = fowler(1)


@check(1, "whether a query says what is done")
def read_queries(case: Case) -> Said:
    """`?action=delete` is a procedure's name in another place."""
    for found in case.survey.found.values():
        names = {name.lower() for name, _ in parse_qsl(urlsplit(found.url).query, keep_blank_values=True)}
        if names & ACTION_PARAMETERS and found.exchange is not None and found.kind != "description":
            yield ActionInQuery(found.url, found.exchange, parameter=min(names & ACTION_PARAMETERS))
            return


class ActionInQuery(Finding):
    severity = "bad"
    bearing = 1
    summary = "The parameter {parameter} of {subject} says what is done."
    explanation = (
        "One URI does different things, and a parameter chooses: that is a call of a procedure, which only its "
        "author understands."
    )
    remedy = "Give each thing a URI, and let the method say what is done with it."
    reference = fowler(0)


# -- is everything sent through one URI? ---------------------------------------------------------------------


@check(1, "whether one URI is a tunnel for everything")
def look_for_tunnel(case: Case) -> Said:
    """An address that takes POST alone, or speaks of calls, is the door of another protocol."""
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
            yield Tunnel(start.url, exchange, *([refusal] if refusal else []), protocol="calls by POST")


def protocol_of(found: Found) -> str:
    """The protocol that an address speaks through HTTP, as its answer tells it; "" for none."""
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
        "Requests for different things are all sent to this one URI and told apart by their content. HTTP carries "
        "them and means "
        "nothing: no cache, proxy or client that knows HTTP alone can take part."
    )
    remedy = "Give each thing a URI of its own; keep the other protocol beside it, if its users need it."
    reference = fowler(0)
