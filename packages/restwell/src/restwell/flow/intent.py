"""What was asked: target, query and preferences, well formed, not yet known to be sensible or allowed."""

from __future__ import annotations

from typing import NamedTuple

from ..data.cursors import max_cursor
from ..data.parameters import read_item_fields, read_query, refuse_parameters
from ..data.query import Counting, Query
from ..http.links import API_DOCUMENTATION, ROOM, Link
from ..http.messages import Request
from ..http.prefer import Preferences, parse_prefer
from ..http.problems import BadParameter, FieldError
from ..model.conditions import Condition
from ..model.resource import Declaration
from ..surface.addresses import Address, collection_url, vocabulary_url
from ..surface.references import with_identities

NOTHING_PREFERRED = Preferences()


class Intent(NamedTuple):
    """What a request asks for. `query` is there for reading a collection, `fields` for reading an item."""

    preferences: Preferences = NOTHING_PREFERRED
    query: Query = Query()
    fields: tuple[str, ...] | None = None

    @property
    def counting(self) -> Counting:
        """How the rows of a collection are to be counted."""
        return self.preferences.counting or "bounded"


NOTHING_ASKED = Intent()


def read_intent(
    request: Request, address: Address, secret: bytes, resource: Declaration | None, rows: Condition, base: str
) -> Intent:
    """What a request asks of an address. Raises BadParameter or BadCursor for a query it does not take.

    `resource` is what the address is about, as the caller sees it, and `rows` holds for the rows that there are.
    URLs of items begin with `base`. Only reading takes parameters: the target of a write is the resource itself.
    """
    prefer = request.headers.get("prefer")
    preferences = parse_prefer(prefer) if prefer is not None else NOTHING_PREFERRED
    lenient = preferences.handling == "lenient"
    if resource is not None and request.method in {"GET", "HEAD"}:
        if address.kind == "collection":
            text = with_identities(base, resource, request.query) if request.query else ""
            query = read_query(resource, text, lenient=lenient, secret=secret, rows=rows)
            return Intent(preferences, query, query.fields)
        if request.query:
            fields = read_item_fields(resource, request.query, lenient=lenient)
            return Intent(preferences, fields=fields)
    elif request.query and address.kind not in {"live", "ready"}:
        refuse_parameters(request.query, lenient=lenient)
    return Intent(preferences)


_SHORT_QUERY = 200
"""Characters of a query that leave room for `next` however they are encoded."""


def check_room_for_next(base: str, declaration: Declaration, query: Query, length: int) -> None:
    """Raise BadParameter when pages of a query could not link to the next; `length` is that of the query's text."""
    if length <= _SHORT_QUERY:
        return
    url = collection_url(base, declaration, query.parameters)
    always = len(Link(API_DOCUMENTATION, vocabulary_url(base)).text) + len(', <&after=>; rel="next"')
    always += max_cursor(declaration)
    excess = len(url) + always - ROOM
    if excess > 0:
        name = max(query.parameters, key=lambda pair: len(pair[1]))[0]
        detail = f"leaves no room for the link to the next page: shorten the query by {excess} bytes"
        error = FieldError(name, detail, "too_long")
        raise BadParameter(f"Correct the query of the URI: {name} {detail}.", errors=(error,))
