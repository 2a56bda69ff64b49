"""What each decision asks of a request and of the state it meets: one small function a row of `decisions.py`.

A question changes nothing: it says yes or no, or raises the Problem that answers it with no. The store is asked by
`store_answers`, and by `may_change_now` once a second.
"""

from __future__ import annotations

import math
import time

from ..data.submitted import is_submitted
from ..http import problems
from ..http.accept import choose
from ..http.conditions import if_match_holds, if_modified_since_holds, if_none_match_holds, if_unmodified_since_holds
from ..http.limits import MAX_HEADER, MAX_HEADER_COUNT, MAX_HEADERS, MAX_TARGET
from ..http.media_types import HTML, names_several, parse_media_type
from ..http.messages import length_of
from ..http.origin import is_host
from ..model.conditions import TRUE, is_judged
from ..model.policy import Operation
from ..rates.limiting import Limiter
from ..surface.addresses import OF_CALLERS
from ..surface.affordances import JSON_CONTENT, PATCH_CONTENT, creates, methods, permissions_for
from .permissions import DESCRIPTIONS, exact_permission, offered, permits
from .phases import Asked, Known, Met

KNOWN_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"])
READING = frozenset(["GET", "HEAD"])
CHANGING = frozenset(["POST", "PUT", "PATCH", "DELETE"])
CARRYING = frozenset(["POST", "PUT", "PATCH"])
CONDITIONS = frozenset(["if-match", "if-unmodified-since", "if-none-match", "if-modified-since"])
UTF_8 = frozenset(["utf-8", "utf8", "us-ascii", "ascii"])
"""What charset may say of JSON in UTF-8; ASCII is a part of it."""
HEALTH = frozenset(["live", "ready"])
"""What probes ask for, which call us by address: they are answered whatever the host."""
BY_CALLER = frozenset(OF_CALLERS.values())
"""What is not the same for everybody though it is about no resource."""
NOWHERE = frozenset(["nothing", "moved"])
HOST = "Send one Host that names a host and, if need be, a port, in ASCII, as in api.example.org or localhost:8000."
PAUSED = 60
"""Seconds to wait where nobody knows for how long changes are refused."""
READ_ONLY = "Nothing can be changed for now, and reading goes on: ask again later. The request was not carried out."
TYPES = "Send one Content-Type: servers join two fields by a comma, and content has one type (RFC 9110, section 8.3)."


# -- the request itself ---------------------------------------------------------------------------------------


def is_available(x: Asked) -> bool:
    return x.setting.available or x.kind == "live"


def is_known_method(x: Asked) -> bool:
    return x.method in KNOWN_METHODS


def is_short_enough(x: Asked) -> bool:
    query = x.request.query
    return len(x.request.path) + (len(query) + 1 if query else 0) <= MAX_TARGET


def has_small_headers(x: Asked) -> bool:
    headers = x.headers
    total = len("".join(headers)) + len("".join(headers.values()))
    if total < MAX_HEADER and len(headers) <= MAX_HEADER_COUNT:
        return True
    longest = max((len(name) + len(value) for name, value in headers.items()), default=0)
    return longest <= MAX_HEADER and total <= MAX_HEADERS and len(headers) <= MAX_HEADER_COUNT


def is_our_host(x: Asked) -> bool:
    return x.base is not None


def names_one_host(x: Asked) -> bool:
    if not is_host(x.request):
        raise problems.BadRequest(HOST)
    return True


def is_a_probe(x: Asked) -> bool:
    return x.kind in HEALTH


def is_an_address(x: Asked) -> bool:
    return x.kind not in NOWHERE


def is_spelled_otherwise(x: Asked) -> bool:
    return x.kind == "moved"


def supported_methods(x: Asked) -> tuple[str, ...]:
    """The methods that what is addressed supports for somebody."""
    if x.address.resource is None:
        return ("GET", "HEAD", "OPTIONS")
    return methods(x.resource, item=x.kind == "item", operation=x.address.operation)


def supports_method(x: Asked) -> bool:
    return x.method in supported_methods(x)


def asks_for_options(x: Asked) -> bool:
    return x.method == "OPTIONS"


def asks_for_liveness(x: Asked) -> bool:
    return x.kind == "live"


def asks_for_readiness(x: Asked) -> bool:
    return x.kind == "ready"


def store_answers(x: Asked) -> bool:
    return x.setting.store.is_ready()


# -- who is asking ----------------------------------------------------------------------------------------------


def may_try_a_credential(x: Asked) -> bool:
    if shows_credential(x):
        x.setting.limiter.check_address(x.request)
    return True


def is_counted(x: Asked) -> bool:
    return counts(x.setting.limiter, x)


def counts(limiter: Limiter, x: Asked) -> bool:
    """Whether a request is counted, by what it may ask for."""
    if x.address.resource is None or asks_for_options(x) or not supports_method(x):
        return False
    return limiter.counts(wanted_operations(x))


def wanted_operations(x: Asked) -> tuple[Operation, ...]:
    """The operations of which a request for a resource may be one."""
    return permissions_for(x.method, item=x.kind == "item", operation=x.address.operation)


def might_do_this(x: Known) -> bool:
    if x.address.resource is None:
        return True
    if x.method in READING:
        return "read" in x.sight.operations
    return not {*wanted_operations(x)}.isdisjoint(x.sight.operations)


def shows_credential(x: Asked) -> bool:
    """Whether a credential may have come that is looked at."""
    return not x.setting.identifying.fields.isdisjoint(x.headers) and looks_at_credentials(x)


def looks_at_credentials(x: Asked) -> bool:
    """Whether who asks has a part in the answer."""
    return (
        x.address.resource is not None
        or x.kind in BY_CALLER
        or (bool(x.setting.differing) and x.kind in DESCRIPTIONS)
    )


def is_anonymous(x: Known) -> bool:
    return x.grant.subject is None


def is_from_a_form(x: Known) -> bool:
    """Whether it is sent by the form of a page, and a page is wanted: in other formats such a query is refused."""
    if x.kind != "collection" or not is_submitted(x.request.query) or x.method not in READING:
        return False
    return choose(x.headers.get("accept"), offered(x)) == HTML


# -- what it carries --------------------------------------------------------------------------------------------


def carries_content(x: Asked) -> bool:
    if x.method not in CARRYING:
        return False
    return needs_content(x) or brings_content(x)


def brings_content(x: Asked) -> bool:
    """Whether the request says that content is in it."""
    return "transfer-encoding" in x.headers or stated_length(x) not in {None, 0}


def needs_content(x: Asked) -> bool:
    """Whether what is addressed takes content: an operation of the application's own may have no input."""
    operation = x.address.operation
    return not operation or x.resource.operations[operation].input is not None


def accepted_content(x: Asked) -> tuple[str, ...]:
    """The media types that are offered for the content of the method."""
    return PATCH_CONTENT if x.method == "PATCH" else JSON_CONTENT


def has_accepted_type(x: Asked) -> bool:
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
    return not parsed[1] or all(value in UTF_8 for name, value in parsed[1] if name == "charset")


def has_known_length(x: Asked) -> bool:
    headers = x.headers
    coding = headers.get("transfer-encoding")
    if not coding:
        return stated_length(x) is not None
    if headers.get("content-length"):
        raise problems.LengthRequired("Send Content-Length alone, without Transfer-Encoding (RFC 9112, section 6.2).")
    return coding.strip().lower() == "chunked" and x.request.server.chunked != "refused"


def stated_length(x: Asked) -> int | None:
    """How many bytes the content has; None where its end is told by its last chunk."""
    headers = x.headers
    return None if headers.get("transfer-encoding") else length_of(headers.get("content-length", ""))


def content_limit(x: Asked) -> tuple[int, str]:
    """How many bytes of content are read at most, and what a client that sends more is told."""
    most, allowed = x.resource.max_body, x.request.max_content
    if allowed is None:
        allowed = x.setting.max_content
    if allowed is None or allowed >= most:
        return most, f"Send at most {most} bytes."
    return allowed, f"Send at most {allowed} bytes: the application's MAX_CONTENT_LENGTH allows no more."


def is_small_enough(x: Asked) -> bool:
    limit, told = content_limit(x)
    length = stated_length(x)
    if length is not None and length > limit:
        raise problems.ContentTooLarge(told)
    return True


# -- the state it meets -----------------------------------------------------------------------------------------


def may_change_now(x: Asked) -> bool:
    if x.method not in CHANGING:
        return True
    left = math.inf if x.setting.read_only else x.setting.store.paused_for()
    if left:
        wait = PAUSED if math.isinf(left) else math.ceil(left)
        raise problems.Unavailable(READ_ONLY, headers=(("Retry-After", str(wait)),))
    return True


def exists(x: Met) -> bool:
    return x.exists


def may_be_led_on(x: Known) -> bool:
    """Whether there may have been something else before, and the caller may read it: where it is now tells of it."""
    return x.kind == "item" and bool(x.resource.whole.renameable) and "read" in x.sight.operations


def is_at_its_address(x: Met) -> bool:
    """Whether what was found has the very identity that was asked for, and not another one, or another spelling."""
    return x.kind != "item" or not x.outcome.row or x.named == x.address.name


def would_create_here(x: Asked) -> bool:
    return x.method == "PUT" and creates(x.resource, x.method) is not False


def may_create(x: Known) -> bool:
    return "create" in x.sight.operations


def may_do_exactly_this(x: Known) -> bool:
    return x.method != "PUT" or "update" in x.sight.operations


def is_of_every_item(x: Asked) -> bool:
    """Whether what the caller may do here is the same with every item: reads meet those that there are for them."""
    if x.kind not in {"item", "collection"} or x.method not in supported_methods(x) or x.method not in CHANGING:
        return True
    wanted = permissions_for(x.method, item=x.kind == "item", operation=x.address.operation)
    whole = x.resource.whole
    asked = [whole.rules[each] for each in wanted if each in whole.rules]
    asked += [spec.marks.write for spec in whole.fields if spec.marks.write is not None]
    return all(rule.is_by_scopes for rule in asked)


def may_do_it_with_this(x: Met) -> bool:
    if is_of_every_item(x) or x.kind != "item":
        return True
    permission = exact_permission(x)
    if x.outcome.unread and is_judged(x.sight.conditions.get(permission, TRUE)):
        return False  # a function would be asked of an item that it is not
    return permits(x, permission, x.outcome.row)


def can_be_replaced(x: Asked) -> bool:
    if creates(x.resource, x.method) is True:
        raise problems.Conflict("It is there already, and this resource cannot be replaced: choose another URI.")
    return True


def can_be_shown(x: Met) -> bool:
    """Whether every value that the request needs can be read: what is replaced or deleted need not be."""
    if not x.outcome.unread or x.kind != "item" or x.method in {"PUT", "DELETE"}:
        return True
    [row] = x.outcome.unread
    unread = [name for name in row.members if name in x.resource.names]
    if x.method in READING and x.resource.is_shown_without(row.members):
        return True
    errors = tuple(
        problems.FieldError(f"/{name}", "Is stored as what it cannot be.", "unreadable") for name in unread
    )
    raise problems.UnreadableItem(
        "Replace it by PUT, or remove it by DELETE: another program has stored what cannot be read.",
        errors=errors,
        headers=(("ETag", x.entity_tag()),),
    )


# -- preconditions, RFC 9110, section 13.2.2 --------------------------------------------------------------------


def is_conditional(x: Asked) -> bool:
    return not CONDITIONS.isdisjoint(x.headers)


def if_match_is_fine(x: Met) -> bool:
    value = x.headers.get("if-match")
    return value is None or if_match_holds(value, exists=x.exists, is_current=x.current_tags().include)


def if_unmodified_since_is_fine(x: Met) -> bool:
    headers = x.headers
    value = headers.get("if-unmodified-since")
    return value is None or "if-match" in headers or if_unmodified_since_holds(value, x.modified, time.time())


def is_as_conditional_as_required(x: Met) -> bool:
    if not changes_guarded(x) or not x.exists:
        return True
    headers = x.headers
    # `If-None-Match: *` says that nothing should be there, which is answered 412: no state is overwritten by it.
    is_new = x.method == "PUT" and headers.get("if-none-match", "").strip(" \t") == "*"
    return is_new or "if-match" in headers


def changes_guarded(x: Asked) -> bool:
    """Whether it changes an item, if there is one, of a resource that asks for If-Match."""
    changes = bool(x.address.operation) or x.method in {"PUT", "PATCH", "DELETE"}
    return changes and x.kind == "item" and x.resource.require_if_match


def if_none_match_is_fine(x: Met) -> bool:
    value = x.headers.get("if-none-match")
    if value is None:
        return True
    if x.method in READING:
        mine = x.entity_tag()
        return if_none_match_holds(value, exists=x.exists, is_current=mine.__eq__)
    return if_none_match_holds(value, exists=x.exists, is_current=x.current_tags().include)


def is_reading(x: Asked) -> bool:
    return x.method in READING


def if_modified_since_is_fine(x: Met) -> bool:
    headers = x.headers
    value = headers.get("if-modified-since")
    if value is None or "if-none-match" in headers:
        return True
    return if_modified_since_holds(value, x.modified, time.time())
