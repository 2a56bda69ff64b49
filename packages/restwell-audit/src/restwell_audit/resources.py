"""Level 1, resources: many resources with a URI each; and level 2: whether their URIs name things or actions."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from .acting import acts_by_address, changes_state
from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import Finding, Untested, fielding, fowler
from .following import is_dead
from .found import Acting, Found
from .reading.targets import without_query
from .shells import NAME_THE_API
from .survey import APART
from .tunnels import addresses, is_shown_to_be_one, proof_of_one

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
        if found.kind not in APART and (found.alive or found.how == "start"):
            parent = found.path.rstrip("/").rpartition("/")[0]
            # The API does not choose the names of items: /packages/create-react-app.
            named = found.kind == "item" and parent != "" and parent in collections
            known[f"{parent}/{{item}}" if named else found.path] = found
    return dict[str, Found | None].fromkeys(acting_paths(case)) | known


def acting_paths(case: Case) -> dict[str, Acting]:
    """The paths that name actions and were linked, but not requested, each with the link.

    An HTML page may link to a page with a form, such as `/items/new`; this is not an action.
    """
    own = f"{case.probe.origin}/"  # what another origin does is nothing of this API's
    acting = ((urlsplit(url).path, each) for url, each in case.survey.acting.items() if url.startswith(own))
    return {
        path: each
        for path, each in acting
        if acts_by_address(each.link.target, each.via.url) and is_action(path, page=each.via.reading.syntax == "html")
    }


def acting_queries(case: Case) -> dict[str, Acting]:
    """The URLs whose query names a change, such as `?action=stop`, and that were linked, each with the link.

    An HTML page may link to one that asks before it deletes, and to one that signs out.
    """
    own = f"{case.probe.origin}/"
    named = {
        url: [value for name, value in parse_qsl(urlsplit(url).query) if name.lower() in ACTION_PARAMETERS]
        for url in case.survey.acting if url.startswith(own)
    }  # fmt: skip
    return {
        url: case.survey.acting[url] for url, values in named.items()
        if any(
            changes_state(each) and not (case.survey.acting[url].via.reading.syntax == "html" and each in FORM_PAGES)
            for each in values
        )
    }  # fmt: skip


# -- how many resources are there? ---------------------------------------------------------------------------


WHAT = "whether there is more than one resource"
NAME_MORE = "I found one URI. Name one more on the command line, or give --openapi."
NOTHING_READ = "No URI that was found answers GET with a representation."
ONLY_A_SHELL = "{url} is a page that a script fills. It has no content and no links of its own."
NAME_MEMBER = "Name the URL of a member on the command line, or give --openapi."
NAME_ONE = "Name a URL that answers GET on the command line, or give --openapi."


@check(1, WHAT)
def count_resources(case: Case) -> Results:
    """Resources are told apart by their URIs. That no second one was found is no proof that there is none."""
    alive = [each for each in case.survey.resources() if not each.reading.is_error]
    number = len(addresses(case))
    start = case.survey.entries()[0]
    evidence = [each.exchange for each in (alive or [start])[:3] if each.exchange]
    promised = promised_paths(case)
    if number > 1:
        yield ManyResources(start.url, *evidence, number=number)
    elif len(promised) > 1:
        document = case.survey.descriptions[0].document
        yield ManyDescribed(document, *evidence_at(case, document), number=len(promised))
    elif is_shown_to_be_one(case):
        yield (OneResource if alive else NoResources)(start.url, *dict.fromkeys([*evidence, *proof_of_one(case)]))
    elif alive:
        yield Untested(1, WHAT, "No link leads on, and no URL that was guessed gives a resource.", NAME_MORE)
    else:
        yield Untested(1, WHAT, *nothing_read(case))


def nothing_read(case: Case, why: str = NOTHING_READ, how: str = NAME_ONE) -> tuple[str, str]:
    """Why there is nothing to read, and what to give instead; where all is a page that a script fills, the API."""
    shells = [each.url for each in case.survey.entries() if each.kind == "shell"]
    return (ONLY_A_SHELL.format(url=shells[0]), NAME_THE_API) if shells else (why, how)


def promised_paths(case: Case) -> set[str]:
    """The paths of a description."""
    return {path for _, path in case.survey.operations()}


def evidence_at(case: Case, url: str) -> list[Exchange]:
    """The exchange in which a URL was read."""
    found = case.survey.found.get(url)
    return [found.exchange] if found is not None and found.exchange is not None else []


class ManyResources(Finding):
    severity = "good"
    bearing = 1
    summary = "{number:resource has a URI of its own|resources have URIs of their own}."
    explanation = "A resource with a URI of its own can be linked, cached, protected and requested by itself."
    reference = fielding("5.2.1.1")


class ManyDescribed(Finding):
    severity = "good"
    bearing = 1
    summary = "The description {subject} has {number:path}."
    explanation = "Each of these paths identifies resources that requests can be sent to by themselves."
    reference = fowler(1)


class OneResource(Finding):
    severity = "bad"
    bearing = 1
    summary = "Only one URI gives a representation."
    explanation = (
        "No part of it can be linked, cached or requested by itself. This is level 0 of the Richardson Maturity "
        "Model."
    )
    remedy = "Give each resource that clients work with a URI of its own, which answers GET, and link it."
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
        others = [each for each in case.survey.known() if each.url != collection.url]
        guessed = any(each.via == collection.url and each.how == "guessed" for each in others)
        under = any(is_below(each.path, collection.path) for each in others if is_known_item(each))
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
    if without:
        why = f"No link leads to a member of {without[0].url}, and no URL that was guessed gives one."
        yield Untested(1, "whether the members of collections have URIs of their own", why, NAME_MEMBER)


def is_known_item(found: Found) -> bool:
    """Whether a resource is an item, or was named on the command line."""
    return found.kind == "item" or found.how == "start"


def is_missing(case: Case, url: str) -> bool:
    """Whether a URL was requested and gave no resource."""
    found = case.survey.found.get(url)
    return found is not None and is_dead(found.exchange)


def is_described_below(case: Case, collection: Found) -> bool:
    """Whether a description promises GET for the members of a collection, below it."""
    member = f"{without_query(collection.url)}/member"
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
    summary = "The members of {number:collection} have URIs of their own."
    explanation = "A member can be requested by itself, apart from its collection."
    reference = fowler(1)


# -- do paths name resources? --------------------------------------------------------------------------------


@check(2, "whether paths name resources rather than actions")
def read_paths(case: Case) -> Results:
    """A path with a verb in it calls a procedure."""
    known = paths_of(case)
    actions = [path for path, found in known.items() if is_action(path, page=is_page(found))]
    start = case.survey.entries()[0]
    shown = actions[:4]
    evidence = evidence_of_paths(case, known, shown)
    listed = ", ".join(shown)
    if not actions:
        if case.survey.resources():
            yield PathsNameThings(start.url, number=len(known))
    elif 2 * len(actions) > len(known):
        yield PathsAreActions(start.url, *evidence, actions=listed, number=len(actions), of=len(known))
    else:
        yield SomePathsAreActions(start.url, *evidence, actions=listed, number=len(actions), of=len(known))


def evidence_of_paths(case: Case, known: dict[str, Found | None], paths: list[str]) -> list[Exchange]:
    """The exchanges that show that there are these paths: their own, those that link them, and descriptions."""
    linked = acting_paths(case)
    shown: list[Exchange | None] = []
    for path in paths:
        found = known.get(path) or (linked[path].via if path in linked else None)
        shown += [found.exchange] if found is not None else described_at(case, path)
    return list(dict.fromkeys(each for each in shown if each is not None))


def described_at(case: Case, *paths: str) -> list[Exchange]:
    """The exchanges in which the descriptions of some paths were read."""
    having = [each.document for each in case.survey.descriptions if any(o.path in paths for o in each.operations)]
    return [exchange for document in dict.fromkeys(having) for exchange in evidence_at(case, document)]


def is_page(found: Found | None) -> bool:
    """Whether what was found is an HTML page."""
    return found is not None and found.reading.syntax == "html"


class PathsNameThings(Finding):
    severity = "good"
    bearing = 2
    summary = "{number:!The one path does not name|None of # paths names} an action."
    explanation = (
        "URIs identify resources and the method says what is done, so that every client knows what a request means."
    )
    reference = fielding("5.2.1.1")


class PathsAreActions(Finding):
    severity = "bad"
    bearing = 2
    summary = "{number} of {of:path} {number:!names an action|!name actions}: {actions}."
    explanation = (
        "A path with a verb calls a procedure, whatever the method says. Clients, caches and proxies cannot tell "
        "what such a request does."
    )
    remedy = "Let paths name resources, and let GET, POST, PUT, PATCH and DELETE say what is done with them."
    reference = fowler(2)


class SomePathsAreActions(Finding):
    severity = "warn"
    bearing = 2
    summary = "{number} of {of:path} {number:!names an action|!name actions}: {actions}."
    explanation = "Most paths name resources, but these name an action, which the method does not express."
    remedy = (
        "Turn the action into a resource or a state, such as a cancellation that is created or a status that is "
        "changed."
    )
    reference = fowler(2)


@check(2, "whether a query parameter selects the operation")
def read_queries(case: Case) -> Results:
    """`?action=delete` names a procedure in the query instead of in the path."""
    visited = [each for each in case.survey.found.values() if each.exchange is not None and each.kind not in APART]
    acting = [each for each in visited if action_parameters(each.url)]
    if acting:
        kind = ActionInQuery if 2 * len(acting) >= len(visited) else ActionInSomeQueries
        first = acting[0]
        evidence = [first.exchange] if first.exchange else []
        yield kind(first.url, *evidence, parameter=min(action_parameters(first.url)))


def action_parameters(url: str) -> set[str]:
    """The parameters in the query of a URL that usually select an operation."""
    names = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    return names & ACTION_PARAMETERS


class ActionInQuery(Finding):
    severity = "bad"
    bearing = 2
    summary = "The parameter {parameter} of {subject} selects the operation."
    explanation = (
        "One URI does different things depending on a parameter. This is a procedure call, which only clients of "
        "this API understand."
    )
    remedy = "Give each resource a URI, and let the method say what is done with it."
    reference = fowler(0)


class ActionInSomeQueries(Finding):
    severity = "warn"
    bearing = 2
    summary = "The parameter {parameter} of {subject} may select an operation."
    explanation = "Most URIs identify a resource, but this one seems to do different things depending on a parameter."
    remedy = "Let the method say what is done, or name the parameter after what it selects."
    reference = fowler(2)
