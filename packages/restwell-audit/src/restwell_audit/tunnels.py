"""Level 1, tunnels: what proves that an API has one URI, to which every request is sent.

That no second URI was found proves nothing: it may have a name that could not be guessed. Proofs are a body or an
error of another protocol, a URI that refuses every safe method, and a description or routes that have no second URI.
"""

from __future__ import annotations

import re

from .candidates import LISTING, place_of
from .checks import UNKNOWN_METHOD, Case, Results, check
from .exchanges import Exchange
from .findings import Finding, fowler
from .found import Found
from .identities import is_identified, singular
from .reading.targets import without_query

NAMES_PROTOCOL = (
    (re.compile(r"\bjson-?rpc\b"), "JSON-RPC"),
    (re.compile(r"\bxml-?rpc\b"), "XML-RPC"),
    (
        re.compile(r"no graphql|graphql (?:query|operation|request)|get query missing|apollo-require-preflight"),
        "GraphQL",
    ),
)
"""What an error says that names the protocol; the path `/graphql` alone, in "Cannot GET /graphql", does not."""
CONSOLES = ("must provide query string", "graphiql", "graphql playground", "apollo-sandbox")
MAX_ERROR = 4000
"""Characters of an error in which a protocol is looked for; a longer one is a page, which may be about anything."""
REFUSED = frozenset([405, 501])
UNREAD = frozenset([400, 405, 411, 415, 500, 501])
"""Status codes by which a URI that is named after remote procedure calls shows that it does not read."""
MANY = 2
"""Resources beside which a URI that takes POST alone is one of several."""
NAMED_SO = re.compile(r"/(?:json-?rpc|xml-?rpc|rpc2?|soap)(?:\.\w+)?/?", re.IGNORECASE)
"""The end of a path that names remote procedure calls, such as `/RPC2` of XML-RPC."""
SAMPLE = 3
"""URLs of members of which it is asked whether the server has a route for them."""


@check(1, "whether one URI is a tunnel for another protocol")
def look_for_tunnel(case: Case) -> Results:
    """What shows that everything is sent through one URI."""
    found = False
    for start in case.survey.entries():
        exchange = start.exchange
        if exchange is None:
            continue
        if is_page_among_others(case, start):
            continue
        if protocol := protocol_of(start):
            found = True
            yield Tunnel(start.url, exchange, protocol=protocol)
        elif len(addresses(case)) < MANY and (refusals := refuses_reading(case, start)):
            found = True
            yield Tunnel(start.url, exchange, *refusals, protocol="procedure calls by POST")
    if found or len(addresses(case)) > 1:
        return
    if path := only_path(case):
        document = case.survey.found.get(case.survey.descriptions[0].document)
        evidence = [document.exchange] if document is not None and document.exchange is not None else []
        yield OneDescribedUri(case.survey.descriptions[0].document, *evidence, path=path)
    else:
        yield from one_list(case)


def is_page_among_others(case: Case, start: Found) -> bool:
    """Whether a start is a page from which other resources were found: that it names a protocol proves nothing."""
    return start.alive and start.reading.syntax == "html" and len(addresses(case)) > 1


def only_path(case: Case) -> str:
    """The path of all described operations, if it is that of all that was found, too; "" if there are several."""
    described = {
        operation.path: (each, operation) for each in case.survey.descriptions for operation in each.operations
    }
    if len(described) != 1:
        return ""
    [(path, (description, operation))] = described.items()
    others = [each for each in case.survey.known() if not description.matches(operation, each.url)]
    return "" if "{" in path or others else path


def is_shown_to_be_one(case: Case) -> bool:
    """Whether it is proved that the API has one URI."""
    return any(isinstance(each, Finding) and each.severity == "bad" for each in case.outcome(look_for_tunnel)[0])


def proof_of_one(case: Case) -> list[Exchange]:
    """The exchanges that prove that the API has one URI."""
    proofs = [
        each for each in case.outcome(look_for_tunnel)[0] if isinstance(each, Finding) and each.severity == "bad"
    ]
    return [exchange for proof in proofs for exchange in proof.evidence]


def addresses(case: Case) -> set[str]:
    """What tells the resources that were found apart: their URIs, without their queries unless an item is one."""
    every = [each for each in case.survey.known() if each.refused or not each.reading.is_error]
    whole = {each.url for each in every if each.kind == "item" and each.how == "guessed"}
    return {each.url if each.url in whole else without_query(each.url) for each in every}


def refuses_reading(case: Case, start: Found) -> list[Exchange]:
    """The refusals that show that a URI takes POST and no safe method; empty without any.

    One that is named after remote procedure calls need not say so: it refuses, and its name says what it takes. 501
    for GET says that the server reads nothing at any URI (RFC 9110, section 15.6.2).
    """
    exchange = start.exchange
    if exchange is None or start.alive or not exchange.answered:
        return []
    asked = [case.head(start), case.options(start), case.unknown_method(start)]
    others = [each for each in asked if each is not None]
    if exchange.status == 501:
        return others if others and all(each.status in REFUSED for each in others) else []
    if NAMED_SO.fullmatch(start.path[start.path.rstrip("/").rfind("/") :]) and exchange.status in UNREAD:
        return others if others and all(each.status in UNREAD for each in others) else []
    told = [text for each in (exchange, *others) if (text := each.header("allow"))]
    allowed = " ".join(told[:1] if exchange.header("allow") else told).upper()
    reads = "GET" in allowed.replace(UNKNOWN_METHOD, "")
    return others if "POST" in allowed and not reads else []


def protocol_of(found: Found) -> str:
    """The protocol that is tunnelled at a URL, as its answer shows; "" for none."""
    exchange = found.exchange
    if exchange is None:
        return ""
    data, text = exchange.data, exchange.text[:20_000].lower()
    content = data if isinstance(data, dict) else {}
    shown = {
        "JSON-RPC": "jsonrpc" in content,
        "Transmission RPC": exchange.header("x-transmission-session-id") is not None,
        "XML-RPC": "<methodresponse" in text,
        "gRPC": exchange.media_type.startswith("application/grpc"),
        "SOAP": "soap" in exchange.media_type or "schemas.xmlsoap.org" in text,
        "GraphQL": any(each in text for each in CONSOLES)
        or (isinstance(content.get("errors"), list) and found.path.rstrip("/").endswith("graphql")),
    }
    return next((name for name, is_shown in shown.items() if is_shown), "") or named_by_error(exchange)


def named_by_error(exchange: Exchange) -> str:
    """The protocol that an error of a client's names; "" for none."""
    if not 400 <= exchange.status < 600 or exchange.status == 404 or len(exchange.body) > MAX_ERROR:
        return ""
    text = exchange.text.lower()
    return next((name for pattern, name in NAMES_PROTOCOL if pattern.search(text)), "")


def one_list(case: Case) -> Results:
    """A list that takes what is sent to it, at a server that has routes, by OPTIONS, but none for a member."""
    for collection in case.survey.collections():
        told = case.options(collection)
        if not is_plain_list(case, collection):
            continue
        tried = [each for each in case.survey.guesses.get(collection.url, []) if "?" not in each.url]
        if told is None or not told.succeeded or "POST" not in case.methods(collection):
            continue
        routes = [case.once("OPTIONS", each.url) for each in tried[:SAMPLE]]
        missing = [each for each in routes if each is not None and each.status == 404]
        if missing and len(missing) == len(routes) and all(each.status == 404 for each in tried):
            yield OneList(collection.url, told, *tried[:1], *missing[:1], methods=told.header("allow"))
            return


def is_plain_list(case: Case, collection: Found) -> bool:
    """Whether the URLs that were tried are all that members of a list would have: that is known of a regular plural.

    `/people`, `/containers/json` and `/user-list` may have members elsewhere, and so may a list that takes PUT or
    DELETE, where a query may name the member.
    """
    name = place_of(collection.url).name
    regular = f"{singular(name)}s" == name.lower() and name.isalpha() and LISTING.fullmatch(name) is None
    named = all(is_identified(member.data) for member in collection.reading.members or ())
    described = {operation.path for each in case.survey.descriptions for operation in each.operations}
    return (
        regular
        and named
        and "?" not in collection.url
        and case.methods(collection) <= {"GET", "HEAD", "OPTIONS", "POST"}
        and len(described) < 2
    )


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


class OneDescribedUri(Finding):
    severity = "bad"
    bearing = 1
    summary = "The description {subject} has operations at one URI only, {path}."
    explanation = "Whatever the API is about, a request can refer to it in its content or its query alone."
    remedy = "Give each resource that clients work with a URI of its own, and describe it."
    reference = fowler(1)


class OneList(Finding):
    severity = "bad"
    bearing = 1
    summary = "{subject} takes {methods}, and the server has no route for a member of the list."
    explanation = (
        "OPTIONS is answered for the list, and with 404 where its members could be. So members are added to the "
        "list, and none can be linked, read or changed by itself."
    )
    remedy = "Serve each member at a URI of its own, below that of the list, and link it from the list."
    reference = fowler(1)
