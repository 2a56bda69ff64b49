"""Endings to responses: the status code, the header fields and the representation of each.

A `Responder` knows the formats of an API and what it says of itself; it writes every answer that the decisions can
end in but for refusals.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Literal

from ..access.grant import known_as
from ..data.layout import Layout
from ..data.outcomes import Outcome
from ..data.query import Query
from ..data.submitted import read_submitted
from ..data.weights import rows_within
from ..http import problems
from ..http.dates import format_date
from ..http.keeping import Kept
from ..http.limits import DEFAULT_LIMIT, MAX_PAGE_BYTES
from ..http.links import ROOM, Link, Links, fitted
from ..http.media_types import JSON
from ..http.messages import Headers, Response
from ..http.problems import FieldError
from ..representations import Format
from ..surface.addresses import collection_url, item_url
from ..surface.affordances import JSON_CONTENT, PATCH_CONTENT, Affordances
from ..surface.documents import Description, Document, Entry, Item, Page
from ..surface.endings import Answer
from ..surface.offers import Describe
from ..surface.references import References
from ..surface.site import reference_links
from .changes import wants_little
from .headers import (
    NO_SNIFF,
    NO_STORE,
    cache_control,
    fixed_links,
    link_headers,
    link_template,
    one_url,
    unread_links,
    vary,
    with_links,
    with_unread,
)
from .intent import NOTHING_PREFERRED, check_room_for_next
from .paging import neighbours
from .permissions import described_to, linked_to, listed_on, open_on, seen_on
from .phases import Asked, Introduced, Met
from .questions import READING, needs_content, supported_methods
from .steps import seen_by

ITEM_LINKS = DEFAULT_LIMIT
"""Up to this many rows a page of plain JSON links each in its header, if there is room for all of them."""
ITEM_LINK = '>; rel="item", <'
"""Stands between the URLs of those links."""

QUICK = 0.001
"""Seconds in which no rows are read of which a page would be too large."""
MIN_LINK = 500
"""Bytes of the room that are left to Link, whatever the others would take."""
MAX_SHORT_URL = 500
"""Bytes of a URL that has room in every field."""
Represented = Literal["represented"]
REPRESENTED: Represented = "represented"
"""Stands for the document of a representation that is not sent."""


def _taken(fields: Headers) -> int:
    """The bytes of header fields, with the two that stand behind a name and the two at the end of a line."""
    return len("".join(chain.from_iterable(fields))) + 4 * len(fields)


def without_content(response: Response) -> Response:
    """The answer to HEAD: what GET would be answered, Content-Length included, without it (RFC 9110, 9.3.2)."""
    return response._replace(body=b"")


class _Formats(dict[str, Format]):
    """Formats by media type: those of an API, and for any other one that in which it describes itself."""

    def __init__(self, formats: Sequence[Format], described: Callable[[str], Format]) -> None:
        super().__init__({each.media_type: each for each in formats})
        self._described = described

    def __missing__(self, media_type: str) -> Format:
        return self._described(media_type)


class Responder:
    """Writes the answers of one API."""

    def __init__(
        self,
        formats: Sequence[Format],
        described: Callable[[str], Format],
        describe: Describe,
        title: str,
        description: str,
    ) -> None:
        self.formats = _Formats(formats, described)
        self.describe = describe
        self.title = title
        self.description = description
        self._made = Kept(512 * 1024)

    def write(self, x: Asked, answer: Answer) -> Response:
        """The response for an ending that is no refusal."""
        if answer == "moved":
            return self._moved(x)
        if not isinstance(x, Met):
            return self._of_no_state(x, answer)
        if answer == "representation":
            return self._representation(x)
        if answer == "not modified":
            # The format's own header fields too stay those of the copy: a new policy may not fit an old page.
            return Response(304, (*self._fixed(x, sent=False), *self._validators(x), *self._applied(x)))
        if answer == "no content":
            return self._no_content(x)
        return self._created(x, brief=answer != "created")

    def _of_no_state(self, x: Asked, answer: Answer) -> Response:
        """The response to what the store was not asked for."""
        if answer == "see other":
            return self._see_other(x)
        return self._options(x) if answer == "options" else self._health(x)

    def _representation(self, x: Met) -> Response:
        if x.method in READING:
            document = self._item(x) if x.kind == "item" else self._document(x)
            written = self.formats[x.format]
            if x.seconds["store"] > QUICK and isinstance(document, Page) and getattr(written, "in_full", False):
                document = self._first_of(x, document)
            body = written.write(document)
            if len(body) > MAX_PAGE_BYTES and isinstance(document, Page) and len(document.rows) > 1:
                document, body = self._shorter(x, document)
            return Response(200, (*self._headers(x, document), ("Content-Length", str(len(body)))), body)
        return self._written(x, 200, self._places(x, "Content-Location"))

    def _created(self, x: Met, *, brief: bool) -> Response:
        if not brief:
            return self._written(x, 201, self._places(x, "Location", "Content-Location"))
        places = self._places(x, "Location")
        return Response(201, (*places, *self._headers(x, REPRESENTED, _taken(places)), ("Content-Length", "0")))

    @staticmethod
    def _places(x: Met, *names: str) -> Headers:
        """The fields that say where the item is, as many of them as there is room for."""
        url = item_url(x.base, x.resource, x.resource.compiled[Layout].identity(x.outcome.row))
        if len(url) > MAX_SHORT_URL:
            while names and sum(map(len, names)) + len(names) * len(url) > ROOM - MIN_LINK:
                names = names[:-1]
        return tuple(zip(names, repeat(url)))

    def _written(self, x: Met, status: int, places: Headers) -> Response:
        document = self._item(x)
        body = self.formats[x.format].write(document)
        headers = self._headers(x, document, _taken(places))
        return Response(status, (*places, *headers, ("Content-Length", str(len(body)))), body)

    def _no_content(self, x: Met) -> Response:
        if x.outcome.kind == "deleted":
            applied = self._applied(x)
            fixed = (NO_STORE, ("Vary", vary(x)), *self._link_field(x), NO_SNIFF)
            return Response(204, (*fixed, *applied))
        # As in RFC 5789, section 2.1: where it is is said of what was renamed, and known of all else.
        moved = x.resource.whole.renameable and x.named != x.address.name
        places = self._places(x, "Content-Location") if moved else ()
        return Response(204, (*places, *self._headers(x, REPRESENTED, _taken(places))))

    def _options(self, x: Asked) -> Response:
        allowed = supported_methods(x)
        headers = [("Allow", ", ".join(allowed)), NO_STORE, NO_SNIFF, *self._link_field(x)]
        if "POST" in allowed and needs_content(x):
            headers.append(("Accept-Post", ", ".join(JSON_CONTENT)))
        if "PATCH" in allowed:
            headers.append(("Accept-Patch", ", ".join(PATCH_CONTENT)))
        return Response(204, tuple(headers))

    def _moved(self, x: Asked) -> Response:
        """308: the same request, content included, at the one address (RFC 9110, section 15.4.9).

        Where the store has said which one that is, who asks, and what may be kept of it, are those of the resource.
        """
        url = one_url(x)
        kept = ("Cache-Control", cache_control(x)) if isinstance(x, Met) else NO_STORE
        taken = -(-len(url) // 100) * 100
        links = link_headers(x.base or "", linked_to(x), "item", inside=False, taken=taken)
        return Response(308, (("Location", url), kept, ("Vary", vary(x)), NO_SNIFF, *links, ("Content-Length", "0")))

    @staticmethod
    def _see_other(x: Asked) -> Response:
        """303: the page of the query that what a form has sent stands for (RFC 9110, section 15.4.4).

        Raises BadParameter for one that no link could have either.
        """
        base, query = x.base or "", Query(parameters=read_submitted(x.request.query))
        check_room_for_next(base, x.resource, query, len(x.request.query))
        url = collection_url(base, x.resource, query.parameters)
        links = link_headers(base, x.resource, "collection", inside=False, taken=-(-len(url) // 100) * 100)
        headers = (("Location", url), NO_STORE, ("Vary", vary(x)), NO_SNIFF, *links, ("Content-Length", "0"))
        return Response(303, headers)

    def _health(self, x: Asked) -> Response:
        body = b'{"status":"pass"}'
        length = ("Content-Length", str(len(body)))
        headers = (("Content-Type", JSON), NO_STORE, NO_SNIFF, *self._link_field(x), length)
        return Response(200, headers, body)

    def _link_field(self, x: Asked) -> Headers:
        """The Link field of an answer without a representation; none where probes named a host that is not ours."""
        return () if x.base is None else link_headers(x.base, linked_to(x), x.kind, inside=False, taken=0)

    # -- documents ----------------------------------------------------------------------------------------------

    def _document(self, x: Met) -> Document:
        kind, base = x.kind, x.base
        if kind == "collection":
            return self._page(x, x.outcome)
        if kind == "entry":
            return Entry(base, self.title, self.description, seen_by(x), _caller(x))
        if isinstance(x, Introduced):
            return x.me
        document = self.describe(x.address, base, described_to(x))
        if document is None:
            raise problems.NotFound
        return Description(base, base + x.address.path, document)

    def _item(self, x: Met) -> Item:
        row = x.outcome.row
        return Item(x.resource, x.base, row, x.intent.fields, open_on(x, row).item, _caller(x))

    def _first_of(self, x: Met, page: Page) -> Page:
        """A page without the rows that MAX_PAGE_BYTES has no room for, as far as can be told before writing it."""
        backwards = page.backwards
        number = rows_within(x.resource, page.rows, x.intent.fields, MAX_PAGE_BYTES, backwards=backwards)
        return page if number == len(page.rows) else self._cut(x, number, backwards=backwards)

    def _cut(self, x: Met, number: int, *, backwards: bool) -> Page:
        """A page of so many of the rows that were found; its links lead to the others.

        Going backwards these are the last ones, since the page before it ends where this one begins. Raises
        BadParameter for a page that was asked for by its number: the others would be on none.
        """
        outcome, query = x.outcome, x.intent.query
        if query.page is not None:
            detail = f"has more than {MAX_PAGE_BYTES // 1024**2} MiB: ask for fewer items on each page"
            error = FieldError("page", detail, "too_large")
            raise problems.BadParameter(f"Correct the query of the URI: page {detail}.", errors=(error,))
        rows = outcome.rows[-number:] if backwards else outcome.rows[:number]
        more, before = (outcome.more, True) if backwards else (True, outcome.before)
        return self._page(x, outcome._replace(rows=rows, more=more, before=before, last=()))

    def _shorter(self, x: Met, page: Page) -> tuple[Page, bytes]:
        """As many rows of a page as MAX_PAGE_BYTES has room for, one at least."""
        fits, over = 1, len(page.rows)
        best = page, b""
        while fits < over:
            middle = (fits + over) // 2 if best[1] else 1
            shorter = self._cut(x, middle, backwards=page.backwards)
            body = self.formats[x.format].write(shorter)
            if len(body) <= MAX_PAGE_BYTES or middle == 1:
                fits, best = middle, (shorter, body)
                if over - fits == 1:
                    break
            else:
                over = middle
        return best

    def _page(self, x: Met, outcome: Outcome) -> Page:
        base, resource, query = x.base, x.resource, x.intent.query
        rows = outcome.rows
        previous, following, last = neighbours(x, outcome)
        open_to = resource.compiled[Affordances].open_to[x.sight.operations]
        listed, by_row = listed_on(x, rows) if x.sight.conditions else (open_to.listed, ())
        # A new item may have members set that are not of every item that is there.
        new = seen_on(x, None).compiled[Affordances].open_to[x.sight.operations] if x.sight.varies else open_to
        return Page(
            resource, base, outcome.rows, query, outcome.total, query.cursor, following, previous,
            new.collection, listed,
            unread_links(x) if outcome.unread else (), by_row,
            tuple(seen_on(x, row) for row in rows) if x.sight.readable_where else (), last, _caller(x),
        )  # fmt: skip

    # -- header fields --------------------------------------------------------------------------------------

    def _headers(self, x: Met, document: Document | Represented, taken: int = 0) -> Headers:
        """The header fields that go with a representation, whether it is sent or not; `taken` of their room is."""
        sent = document is not REPRESENTED
        links: Headers = ()
        more: Sequence[Link] = ()
        if x.format == JSON and isinstance(document, Item) and document.declaration.compiled[References]:
            more = reference_links(document)
        own = isinstance(document, Page) or taken > 0 or bool(more or x.outcome.unread)
        if own:
            links = self._page_links(x, document) if isinstance(document, Page) else self._links(x, taken)
        if more:
            links = with_links(links, more, taken)
        if x.outcome.unread:
            links = with_unread(links, x)
        applied = () if x.intent.preferences is NOTHING_PREFERRED else self._applied(x)
        return (*self._fixed(x, sent=sent, linked=not own), *links, *self._validators(x), *applied)

    @staticmethod
    def _validators(x: Met) -> Headers:
        tag = ("ETag", x.entity_tag())
        # Not in the future (RFC 9110, section 8.8.2.1). Nor is the present put in its place: it is no time at which
        # anything was modified, and would go on proving something when the clock is right again.
        modified = x.modified
        if modified is not None and modified <= time.time():
            return (tag, ("Last-Modified", format_date(modified)))
        return (tag,)

    def _fixed(self, x: Met, *, sent: bool, linked: bool = False) -> Headers:
        """The header fields that do not change from one representation to the next, made once; with links, if wanted.

        Those about the content are left out where it is not sent.
        """
        reading, anonymous = x.method in READING, x.grant.subject is None
        base = x.base if linked else ""
        key = (x.format, x.address.resource, x.kind, reading, anonymous, bool(x.request.query), sent, linked, base)
        headers: Headers | None = self._made.get(key) or self._made.older.get(key)
        if headers is None:
            each = self.formats[x.format]
            content_type = (("Content-Type", each.content_type),) if sent else ()
            own = each.headers if sent else ()
            links = self._links(x) if linked else ()
            headers = (*content_type, ("Cache-Control", cache_control(x)), ("Vary", vary(x)), NO_SNIFF, *own, *links)
            self._made.keep(key, headers)
        return headers

    def _links(self, x: Met, taken: int = 0) -> Headers:
        inside = self.formats[x.format].links_inside
        return link_headers(x.base, x.address.resource, x.kind, inside=inside, taken=-(-taken // 100) * 100)

    def _page_links(self, x: Met, document: Page) -> Headers:
        """The links of a page: to its neighbours, to any item by a template, and in plain JSON to each if all fit."""
        if self.formats[x.format].links_inside:
            return self._links(x)
        fixed = fixed_links(document.base, x.resource, "collection", inside=False)
        template = link_template(document.base, x.resource)
        places = document.neighbours
        text = fixed.text + "".join([f', <{url}>; rel="{relation}"' for relation, url in places])
        if len(text) + len(template) > ROOM:
            links = (*fixed.each, *(Link(relation, url) for relation, url in places))
            return (("Link", fitted(Links(links, text), ROOM)),)
        if x.format == JSON and 0 < len(document.rows) <= ITEM_LINKS:
            items = f"<{ITEM_LINK.join(document.urls())}{ITEM_LINK[:-3]}"
            if len(text) + len(template) + 2 + len(items) <= ROOM:
                text = f"{text}, {items}"
        return (("Link", text), ("Link-Template", template))

    def _applied(self, x: Met) -> Headers:
        """Preference-Applied (RFC 7240, section 3) for the preferences that were met."""
        wanted = x.intent.preferences
        applied = []
        if wanted.returns is not None and x.method not in (*READING, "DELETE"):
            met = wants_little(x) is (wanted.returns == "minimal")
            applied += [f"return={wanted.returns}"] if met else []
        if wanted.handling is not None and x.request.query:
            applied.append(f"handling={wanted.handling}")
        if x.kind == "collection" and x.method in READING and x.counting == wanted.counting:
            applied.append(f"count={wanted.counting}")
        return (("Preference-Applied", ", ".join(applied)),) if applied else ()


def _caller(x: Met) -> str | None:
    """Who asks, in words, where the representation says so."""
    return known_as(x.grant) if x.format in x.setting.naming else None
