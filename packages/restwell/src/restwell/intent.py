"""What was asked: target, query and preferences, well formed, not yet known to be sensible or allowed."""

from __future__ import annotations

from typing import NamedTuple

from .addresses import Address
from .messages import Request
from .negotiation import Preferences, parse_prefer
from .plan import Counting, Query
from .query import read_item_fields, read_query, refuse_parameters

NOTHING_PREFERRED = Preferences()


class Intent(NamedTuple):
    """What a request asks for. `query` is there for reading a collection, `fields` for reading an item."""

    address: Address
    preferences: Preferences = NOTHING_PREFERRED
    query: Query = Query()
    fields: tuple[str, ...] | None = None

    @property
    def counting(self) -> Counting:
        """How the rows of a collection are to be counted."""
        return self.preferences.counting or "bounded"


def read_intent(request: Request, address: Address, secret: bytes) -> Intent:
    """What a request asks of an address. Raises BadParameter or BadCursor for a query it does not take.

    Only reading takes parameters: the target of a write is the resource itself.
    """
    prefer = request.headers.get("prefer")
    preferences = parse_prefer(prefer) if prefer is not None else NOTHING_PREFERRED
    lenient = preferences.handling == "lenient"
    if address.resource is not None and request.method in {"GET", "HEAD"}:
        if address.kind == "collection":
            query = read_query(address.resource, request.query, lenient=lenient, secret=secret)
            return Intent(address, preferences, query, query.fields)
        if request.query:
            fields = read_item_fields(address.resource, request.query, lenient=lenient)
            return Intent(address, preferences, fields=fields)
    elif request.query and address.kind not in {"live", "ready"}:
        refuse_parameters(request.query, lenient=lenient)
    return Intent(address, preferences)
