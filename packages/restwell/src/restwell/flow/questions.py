"""What each decision asks and each step does, one small function a row of the table in `decisions.py`.

A question changes nothing: it says yes or no, or raises the Problem that answers it with no. A step raises the
Problem by which it is refused. The store is asked by `look_up`, by `identify` for a key, and by `store_answers`.
"""

from __future__ import annotations

import time

from ..access.grant import Grant
from ..access.keys import grant_for, identifier_of
from ..content import decode
from ..data.plans import Plan
from ..http import problems
from ..http.accept import choose
from ..http.conditions import if_match_holds, if_modified_since_holds, if_none_match_holds, if_unmodified_since_holds
from ..http.limits import MAX_HEADER, MAX_HEADER_COUNT, MAX_HEADERS, MAX_LOOK, MAX_TARGET
from ..http.media_types import names_several, parse_media_type
from ..http.messages import content_length, read_fully
from ..http.origin import is_host
from ..surface.affordances import JSON_CONTENT, PATCH_CONTENT, creates, methods, permissions_for
from .exchange import Exchange
from .intent import check_room_for_next, read_intent

KNOWN_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"])
READING = frozenset(["GET", "HEAD"])
CARRYING = frozenset(["POST", "PUT", "PATCH"])
CONDITIONS = frozenset(["if-match", "if-unmodified-since", "if-none-match", "if-modified-since"])
UTF_8 = frozenset(["utf-8", "utf8", "us-ascii", "ascii"])
"""What charset may say of JSON in UTF-8; ASCII is a part of it."""
HEALTH = frozenset(["live", "ready"])
"""What probes ask for, which call us by address: they are answered whatever the host."""
NOWHERE = frozenset(["nothing", "moved"])
HOST = "Send one Host that names a host and, if need be, a port, in ASCII, as in api.example.org or localhost:8000."
TYPES = "Send one Content-Type: servers join two fields by a comma, and content has one type (RFC 9110, section 8.3)."
BROKEN = "The content broke off, or its chunks are malformed: send it again."


# -- the request itself ---------------------------------------------------------------------------------------


def is_available(x: Exchange) -> bool:
    return x.setting.available or x.kind == "live"


def is_known_method(x: Exchange) -> bool:
    return x.method in KNOWN_METHODS


def is_short_enough(x: Exchange) -> bool:
    query = x.request.query
    return len(x.request.path) + (len(query) + 1 if query else 0) <= MAX_TARGET


def has_small_headers(x: Exchange) -> bool:
    headers = x.headers
    total = len("".join(headers)) + len("".join(headers.values()))
    if total < MAX_HEADER and len(headers) <= MAX_HEADER_COUNT:
        return True
    longest = max((len(name) + len(value) for name, value in headers.items()), default=0)
    return longest <= MAX_HEADER and total <= MAX_HEADERS and len(headers) <= MAX_HEADER_COUNT


def is_our_host(x: Exchange) -> bool:
    return x.base is not None


def names_one_host(x: Exchange) -> bool:
    if not is_host(x.request):
        raise problems.BadRequest(HOST)
    return True


def is_a_probe(x: Exchange) -> bool:
    return x.kind in HEALTH


def is_an_address(x: Exchange) -> bool:
    return x.kind not in NOWHERE


def is_spelled_otherwise(x: Exchange) -> bool:
    return x.kind == "moved"


def supported_methods(x: Exchange) -> tuple[str, ...]:
    """The methods that what is addressed supports for somebody."""
    if x.resource is None:
        return ("GET", "HEAD", "OPTIONS")
    return methods(x.resource, item=x.kind == "item")


def supports_method(x: Exchange) -> bool:
    return x.method in supported_methods(x)


def read_parameters(x: Exchange) -> None:
    x.intent = read_intent(x.request, x.address, x.secret if x.request.query else b"")
    if x.intent.query.parameters:
        check_room_for_next(x.base or "", x.resource, x.intent.query, len(x.request.query))


def asks_for_options(x: Exchange) -> bool:
    return x.method == "OPTIONS"


def asks_for_liveness(x: Exchange) -> bool:
    return x.kind == "live"


def asks_for_readiness(x: Exchange) -> bool:
    return x.kind == "ready"


def store_answers(x: Exchange) -> bool:
    return x.setting.store.is_ready()


# -- who is asking ----------------------------------------------------------------------------------------------


def identify(x: Exchange) -> None:
    credential = x.headers.get("authorization")
    # What the API says of itself is the same for everybody, so that nobody's credential is looked at.
    if credential is not None and (x.resource is not None or x.kind == "entry"):
        started = time.perf_counter()
        grant = grant_of(x, credential)
        spent = x.seconds["access"] = time.perf_counter() - started
        if grant is None:
            raise problems.InvalidCredential
        x.grant = grant
        _check_speed(x, started, spent)
    if x.resource is not None:
        x.permitted = x.resource.permitted(x.grant.scopes)


def grant_of(x: Exchange, credential: str) -> Grant | None:
    """What the value of Authorization permits; None when it is not valid."""
    scheme, _, key = credential.partition(" ")
    identifier = identifier_of(key.strip(" ")) if scheme.lower() == "bearer" else None
    if identifier is None:
        return None
    return grant_for(key.strip(" "), x.setting.store.find_key(identifier), now=time.time())


def might_do_this(x: Exchange) -> bool:
    if x.resource is None:
        return True
    if x.method in READING:
        return "read" in x.permitted
    wanted = permissions_for(x.method, item=x.kind == "item")
    return any(permission in x.permitted for permission in wanted)


def is_anonymous(x: Exchange) -> bool:
    return x.grant.caller is None


# -- what it carries --------------------------------------------------------------------------------------------


def carries_content(x: Exchange) -> bool:
    return x.method in CARRYING


def accepted_content(x: Exchange) -> tuple[str, ...]:
    """The media types that are offered for the content of the method."""
    return PATCH_CONTENT if x.method == "PATCH" else JSON_CONTENT


def has_accepted_type(x: Exchange) -> bool:
    headers = x.headers
    if headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
        raise problems.UnsupportedMediaType(
            "Send the content as it is, without a Content-Encoding.",
            headers=(("Accept-Encoding", "identity"),),
        )
    given = headers.get("content-type", "")
    parsed = parse_media_type(given)
    if parsed is None and names_several(given):
        raise problems.BadRequest(TYPES)
    if parsed is None or parsed[0] not in accepted_content(x):
        return False
    # JSON has no charset (RFC 8259, section 11): one that changes nothing is ignored, another says other bytes.
    return all(value in UTF_8 for name, value in parsed[1] if name == "charset")


def has_known_length(x: Exchange) -> bool:
    headers = x.headers
    coding = headers.get("transfer-encoding")
    if not coding:
        return content_length(headers) is not None
    if headers.get("content-length"):
        raise problems.LengthRequired("Send Content-Length alone, without Transfer-Encoding (RFC 9112, section 6.2).")
    return coding.strip().lower() == "chunked" and x.request.server.chunked != "refused"


def stated_length(x: Exchange) -> int | None:
    """How many bytes the content has; None where its end is told by its last chunk."""
    return None if x.headers.get("transfer-encoding") else content_length(x.headers)


def content_limit(x: Exchange) -> tuple[int, str]:
    """How many bytes of content are read at most, and what a client that sends more is told."""
    most, allowed = x.resource.max_body, x.request.max_content
    if allowed is None:
        allowed = x.setting.max_content
    if allowed is None or allowed >= most:
        return most, f"Send at most {most} bytes."
    return allowed, f"Send at most {allowed} bytes: the application's MAX_CONTENT_LENGTH allows no more."


def is_small_enough(x: Exchange) -> bool:
    limit, told = content_limit(x)
    length = stated_length(x)
    if length is not None and length > limit:
        raise problems.ContentTooLarge(told)
    return True


def read_content(x: Exchange) -> None:
    length = stated_length(x)
    if length is None:
        limit, told = content_limit(x)
        content = _receive(x, limit + 1)
        if len(content) > limit:
            raise problems.ContentTooLarge(told)
    else:
        content = _receive(x, length)
        if len(content) < length:
            raise problems.MalformedContent(
                f"Content-Length says {length} bytes, and {len(content)} came: send them all."
            )
    x.content = content
    x.data = decode(content)
    if length is None and x.request.server.chunked == "stops" and not isinstance(x.data, (dict, list)):
        # An object or an array that was cut off is not JSON; `12` may be what came of `123`.
        raise problems.MalformedContent("Chunked content is read here when it is a JSON object or array.")


def _receive(x: Exchange, most: int) -> bytes:
    """The content, as far as it comes, up to so many bytes."""
    try:
        return read_fully(x.request.body, most)
    except problems.Problem:  # what is known already, such as that a hook has used it up
        raise
    except Exception as error:  # each server has its own; gunicorn's share no other class
        raise problems.MalformedContent(BROKEN) from error


def choose_format(x: Exchange) -> None:
    chosen = choose(x.headers.get("accept"), x.setting.offers(x.address))
    if chosen is None:
        raise problems.NotAcceptable
    x.format = chosen


# -- the state it meets -----------------------------------------------------------------------------------------


def look_up(x: Exchange) -> None:
    address = x.address
    started = time.perf_counter()
    if address.kind == "item":
        x.remember(x.setting.store.look_up(Plan("item", x.resource, identity_of(x), wholly=x.wholly)))
    elif address.kind == "collection":
        if x.method in READING or is_conditional(x):
            # A condition may name a representation that says how many there are, whichever one is wanted now.
            uncounted = x.method in READING and "if-match" not in x.headers
            counting = x.counting if uncounted else x.intent.counting
            plan = Plan("page", x.resource, query=x.intent.query, counting=counting, wholly=x.wholly)
            x.remember(x.setting.store.look_up(plan))
        else:
            x.outcome = x.outcome._replace(kind="page")
    elif address.kind == "entry":
        visible = [d.path for d in x.setting.addresses.declarations if d.permitted(x.grant.scopes)]
        x.remember_document("\n".join([x.base or "", *visible]).encode())
    else:
        document = x.setting.describe(address, x.base or "")
        if document is not None:
            x.remember_document(document.text)
    spent = time.perf_counter() - started
    x.seconds["store"] = x.seconds.get("store", 0.0) + spent
    if x.method not in READING:
        _check_speed(x, started, spent)


def _check_speed(x: Exchange, started: float, spent: float) -> None:
    """Raise Unavailable where the database was slow since a look began; a wait for a connection tells nothing."""
    if spent > MAX_LOOK and x.address.resource is not None and x.setting.store.slow_at >= started:
        raise problems.Unavailable("The store is slow at the moment; nothing was changed.")


def identity_of(x: Exchange) -> object:
    """The identity in the URI, as the store keeps it."""
    address = x.address
    return (x.resource.identity.kind.identity or str)(address.name)


def exists(x: Exchange) -> bool:
    return x.outcome.kind != "missing"


def would_create_here(x: Exchange) -> bool:
    return x.method == "PUT" and creates(x.resource, x.method) is not False


def may_create(x: Exchange) -> bool:
    return "create" in x.permitted


def may_do_exactly_this(x: Exchange) -> bool:
    return x.method != "PUT" or "update" in x.permitted


def can_be_replaced(x: Exchange) -> bool:
    if creates(x.resource, x.method) is True:
        raise problems.Conflict("It is there already, and this resource cannot be replaced: choose another URI.")
    return True


def can_be_shown(x: Exchange) -> bool:
    """Whether every value that the request needs can be read: what is replaced or deleted need not be."""
    if not x.outcome.unread or x.kind != "item" or x.method in {"PUT", "DELETE"}:
        return True
    [row] = x.outcome.unread
    errors = tuple(
        problems.FieldError(f"/{name}", "Is stored as what it cannot be.", "unreadable") for name in row.members
    )
    raise problems.UnreadableItem(
        "Replace it by PUT, or remove it by DELETE: another program has stored what cannot be read.",
        errors=errors,
        headers=(("ETag", x.entity_tag()),),
    )


# -- preconditions, RFC 9110, section 13.2.2 --------------------------------------------------------------------


def is_conditional(x: Exchange) -> bool:
    return not CONDITIONS.isdisjoint(x.headers)


def if_match_is_fine(x: Exchange) -> bool:
    value = x.headers.get("if-match")
    return value is None or if_match_holds(value, exists=x.exists, is_current=x.current_tags().include)


def if_unmodified_since_is_fine(x: Exchange) -> bool:
    headers = x.headers
    value = headers.get("if-unmodified-since")
    return value is None or "if-match" in headers or if_unmodified_since_holds(value, x.modified, time.time())


def is_as_conditional_as_required(x: Exchange) -> bool:
    resource = x.address.resource
    if (
        resource is None
        or not resource.require_if_match
        or not x.exists
        or x.method not in {"PUT", "PATCH", "DELETE"}
    ):
        return True
    headers = x.headers
    # `If-None-Match: *` says that nothing should be there, which is answered 412: no state is overwritten by it.
    is_new = x.method == "PUT" and headers.get("if-none-match", "").strip(" \t") == "*"
    return is_new or "if-match" in headers


def if_none_match_is_fine(x: Exchange) -> bool:
    value = x.headers.get("if-none-match")
    if value is None:
        return True
    if x.method in READING:
        mine = x.entity_tag()
        return if_none_match_holds(value, exists=x.exists, is_current=mine.__eq__)
    return if_none_match_holds(value, exists=x.exists, is_current=x.current_tags().include)


def is_reading(x: Exchange) -> bool:
    return x.method in READING


def if_modified_since_is_fine(x: Exchange) -> bool:
    headers = x.headers
    value = headers.get("if-modified-since")
    if value is None or "if-none-match" in headers:
        return True
    return if_modified_since_holds(value, x.modified, time.time())
