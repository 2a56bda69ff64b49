"""The steps in `decisions.py`: each makes the next phase of a request, or raises the Problem by which it is refused.

The store is asked by `look_up`, and by `identify` for a key. What changes it is in `changes.py`.
"""

from __future__ import annotations

import time

from ..access.grant import ANONYMOUS
from ..access.sight import Sight
from ..content import decode
from ..data.outcomes import Outcome
from ..data.plans import Plan
from ..http import problems
from ..http.accept import choose
from ..http.limits import MAX_LOOK
from ..http.media_types import parse_media_type
from ..http.messages import read_fully
from ..model.resource import Declaration
from ..representations.json import dump, me_members
from .intent import NOTHING_ASKED, check_room_for_next, read_intent
from .introducing import me_of
from .permissions import described_to, offered, seen_on
from .phases import Admitted, Arrived, Asked, Content, Counted, Introduced, Known, Met, Received, Understood
from .questions import READING, content_limit, is_conditional, shows_credential, stated_length, wanted_operations
from .states import document_state, item_state, page_state

NOTHING_SEEN = Sight()
"""Of what the API says of itself, which is no resource."""
FOUND, MISSING, COLLECTION = Outcome("found"), Outcome("missing"), Outcome("page")
BROKEN = "The content broke off, or its chunks are malformed: send it again."


def find_address(x: Arrived) -> Asked:
    """Find what the path addresses, if no door has."""
    return Asked(x.request, x.found or x.setting.addresses.find(x.request.path), x.setting, x.identifier)


def identify(x: Asked) -> Known:
    """Look at the credential, if who asks shapes the answer. Raises InvalidCredential, Unavailable."""
    resource, identifying = x.address.resource, x.setting.identifying
    grant = ANONYMOUS
    # Where what the API says of itself is the same for everybody, nobody's credential is looked at.
    if shows_credential(x):
        started = time.perf_counter()
        try:
            grant = identifying.grant(x.request, x.base, x.setting.store.find_key)
        except problems.InvalidCredential:
            x.setting.limiter.note_refused(x.request)
            raise
        spent = x.seconds["access"] = time.perf_counter() - started
        if spent > MAX_LOOK:
            _check_speed(x, started)
    return Known(x, grant, NOTHING_SEEN if resource is None else x.setting.sight(resource, grant))


def count(x: Known) -> Counted:
    """Count the request by what limits there are for it. Raises TooManyRequests."""
    return Counted(x, x.setting.limiter.count(x.request, x.grant, wanted_operations(x)))


def read_parameters(x: Known) -> Understood:
    """Read the query and Prefer. Raises BadParameter or BadCursor."""
    asks_for_page = x.kind == "collection" and x.method in READING
    if not (asks_for_page or x.request.query or "prefer" in x.headers):
        return Understood(x, NOTHING_ASKED)
    intent = read_intent(
        x.request,
        x.address,
        x.secret if x.request.query else b"",
        x.resource if x.address.resource is not None else None,
        x.sight.rows,
        x.base,
    )
    if intent.query.parameters:
        check_room_for_next(x.base, x.resource, intent.query, len(x.request.query))
    return Understood(x, intent)


def read_content(x: Understood) -> Received:
    """Read and decode the content. Raises MalformedContent or ContentTooLarge."""
    length = stated_length(x)
    if length is None:
        limit, told = content_limit(x)
        text = _receive(x, limit + 1)
        if len(text) > limit:
            raise problems.ContentTooLarge(told)
    else:
        text = _receive(x, length)
        if len(text) < length:
            raise problems.MalformedContent(
                f"Content-Length says {length} bytes, and {len(text)} came: send them all."
            )
    data = decode(text)
    if length is None and x.request.server.chunked == "stops" and not isinstance(data, (dict, list)):
        # An object or an array that was cut off is not JSON; `12` may be what came of `123`.
        raise problems.MalformedContent("Chunked content is read here when it is a JSON object or array.")
    media_type = parse_media_type(x.headers["content-type"])
    return Received(x, Content(text, data, media_type[0] if media_type else ""))


def _receive(x: Asked, most: int) -> bytes:
    """The content, as far as it comes, up to so many bytes."""
    try:
        return read_fully(x.request.body, most)
    except problems.Problem:  # what is known already, such as that a hook has used it up
        raise
    except Exception as error:  # each server has its own; gunicorn's share no other class
        raise problems.MalformedContent(BROKEN) from error


def choose_format(x: Understood) -> Admitted:
    """Choose the media type of the answer by Accept. Raises NotAcceptable."""
    chosen = choose(x.headers.get("accept"), offered(x))
    if chosen is None:
        raise problems.NotAcceptable
    return Admitted(x, chosen)


def look_up(x: Admitted, *, former: bool = False) -> Met:
    """Ask the store, or what the API says of itself, for what is addressed. Raises StoreError, Unavailable.

    `former`: for the item that had this address before it was renamed.
    """
    started = time.perf_counter()
    met = _met(x, former)
    spent = time.perf_counter() - started
    x.seconds["store"] = x.seconds.get("store", 0.0) + spent
    if spent > MAX_LOOK and x.method not in READING:
        _check_speed(x, started)
    return met


def look_up_former(x: Admitted) -> Met:
    """Ask the store for the item that had this address before it was renamed. Raises StoreError, Unavailable."""
    return look_up(x, former=True)


def _met(x: Admitted, former: bool) -> Met:  # noqa: FBT001 - passed on
    """What is at the address of a request."""
    if x.kind == "item":
        identity = x.resource.identity_from(x.address.name)
        plan = Plan("item", x.resource.whole, identity, wholly=x.wholly, condition=x.sight.rows, former=former)
        outcome = x.setting.store.look_up(plan)
        return Met(
            x, outcome, item_state(x.resource, outcome.row), seen_on(x, outcome.row) if x.sight.varies else None
        )
    if x.kind == "collection":
        if x.method not in READING and not is_conditional(x):
            return Met(
                x, COLLECTION, b"", seen_on(x, None) if x.sight.varies else None
            )  # which is there, whatever is in it
        outcome = _page(x)
        return Met(
            x, outcome, page_state(x.resource, x.sight, outcome, outcome.total if x.counting != "none" else None)
        )
    if x.kind == "entry":
        visible = [each.path for each in seen_by(x)]
        return Met(x, FOUND, document_state("\n".join([x.base, *visible]).encode()))
    if x.kind == "me":
        me = me_of(x)
        return Introduced(Met(x, FOUND, document_state(dump(me_members(me)))), me)
    document = x.setting.describe(x.address, x.base, described_to(x))
    return Met(x, MISSING, b"") if document is None else Met(x, FOUND, document_state(document.text))


def _page(x: Admitted) -> Outcome:
    """The page that is asked for."""
    # A condition may name a representation that says how many there are, whichever one is wanted now.
    uncounted = x.method in READING and "if-match" not in x.headers
    counting = x.counting if uncounted else x.intent.counting
    plan = Plan(
        "page",
        x.resource.whole,
        query=x.intent.query,
        counting=counting,
        wholly=x.wholly,
        condition=x.sight.rows,
    )
    return x.setting.store.look_up(plan)


def _check_speed(x: Asked, started: float) -> None:
    """Raise Unavailable where the database was slow since a look began; a wait for a connection tells nothing."""
    if x.address.resource is not None and x.setting.store.slow_at >= started:
        raise problems.Unavailable("The store is slow at the moment; nothing was changed.")


def seen_by(x: Known) -> tuple[Declaration, ...]:
    """The resources that the caller may read, or add to, as they see them: what is done at a collection."""
    sights = ((each, x.setting.sight(each, x.grant)) for each in x.setting.addresses.declarations)
    return tuple(sight.of(each) for each, sight in sights if not {"read", "create"}.isdisjoint(sight.operations))
