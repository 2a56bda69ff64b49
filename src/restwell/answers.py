"""Endings to responses: the status code, the header fields and the representation of each.

A `Book` knows the formats of an API and what it says of itself; it writes every answer that the decisions can
end in, refusals included.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Literal
from urllib.parse import quote

from . import problems
from .addresses import Address, collection_url, context_url, item_url, path_url
from .affordances import JSON_CONTENT, PATCH_CONTENT, open_operations
from .decisions import Answer
from .exchange import Document, Exchange
from .formats import Format
from .formats.problem import MEDIA_TYPE as PROBLEM
from .formats.problem import write_problem
from .freshness import format_date
from .headers import (
    JSON_LD_CONTEXT,
    NO_SNIFF,
    NO_STORE,
    cache_control,
    fixed_links,
    link,
    link_template,
    refusal_headers,
    vary,
)
from .hosts import REMEDY, shown
from .intent import NOTHING_PREFERRED
from .messages import Headers, Request, Response
from .plan import DEFAULT_LIMIT, MODIFIED, VALUES, Row
from .problems import Problem
from .query import write_cursor
from .questions import READING, accepted_content, supported_methods
from .views import Description, Entry, Item, Page, View

ITEM_LINKS = DEFAULT_LIMIT
"""Up to this many rows a page of plain JSON links each in its header; a longer one has the template alone,
since the header fields of a response must fit a proxy's buffer."""

QUERY_SAFE = "/~:@!$&'()*+,;=?%"
"""Characters that stay as they are in a query that is repeated (RFC 3986, section 3.4)."""
Represented = Literal["represented"]
REPRESENTED: Represented = "represented"
"""Stands for the view of a representation that is not sent."""


def refuse_alone(problem: Problem, request: Request) -> Response:
    """The response for a refusal when there is no API to answer yet, because its store cannot be opened."""
    body = write_problem(problem, request.mount, request.mount + path_url(request.path))
    headers = (("Content-Type", PROBLEM), NO_STORE, NO_SNIFF, *problem.headers, ("Content-Length", str(len(body))))
    return Response(problem.status, headers, body)


class Book:
    """Writes the answers of one API."""

    def __init__(
        self,
        formats: Sequence[Format],
        described: Callable[[str], Format],
        describe: Callable[[Address, str], Document | None],
        title: str,
        description: str,
    ) -> None:
        self.formats = {each.media_type: each for each in formats}
        self.described = described
        self.describe = describe
        self.title = title
        self.description = description
        self._made: dict[tuple[Any, ...], Headers] = {}
        self._offers: dict[type[View], tuple[str, ...]] = {
            view: tuple(f.media_type for f in formats if view in f.views) for view in (Item, Page, Entry, Description)
        }

    def offers(self, address: Address) -> tuple[str, ...]:
        """The media types of an address, the preferred one first."""
        if address.resource is not None:
            return self._offers[Item if address.kind == "item" else Page]
        if address.kind == "entry":
            return self._offers[Entry]
        document = self.describe(address, "")
        own = (document.media_type, *document.also) if document else ("application/json",)
        return tuple(dict.fromkeys((*own, *self._offers[Description])))

    def write(self, x: Exchange, answer: Answer) -> Response:
        """The response for an ending that is no refusal."""
        if answer == "representation":
            return self._representation(x)
        if answer == "not modified":
            # The format's own header fields too stay those of the copy: a new policy may not fit an old page.
            left_out = {"Content-Type", "Link", *(name for name, _ in self._format(x).headers)}
            kept = [header for header in self._headers(x, REPRESENTED) if header[0] not in left_out]
            return Response(304, tuple(kept))
        if answer in {"created", "created, briefly"}:
            return self._created(x, brief=answer != "created")
        if answer == "no content":
            return self._no_content(x)
        if answer == "options":
            return self._options(x)
        return self._moved(x) if answer == "moved" else self._health(x)

    def _representation(self, x: Exchange) -> Response:
        if x.request.method in READING:
            view = self._view(x)
            body = self._format(x).write(view)
            return Response(200, (*self._headers(x, view), ("Content-Length", str(len(body)))), body)
        url = item_url(x.base or "", x.resource, x.outcome.row[VALUES + x.resource.identity_place])
        return self._written(x, 200, (("Content-Location", url),))

    def _created(self, x: Exchange, *, brief: bool) -> Response:
        url = item_url(x.base or "", x.resource, x.outcome.row[VALUES + x.resource.identity_place])
        location = ("Location", url)
        if not brief:
            return self._written(x, 201, (location, ("Content-Location", url)))
        headers = [h for h in self._headers(x, REPRESENTED) if h[0] != "Content-Type"]
        return Response(201, (location, *headers, ("Content-Length", "0")))

    def _written(self, x: Exchange, status: int, headers: Headers) -> Response:
        view = self._item(x)
        body = self._format(x).write(view)
        return Response(status, (*headers, *self._headers(x, view), ("Content-Length", str(len(body)))), body)

    def _no_content(self, x: Exchange) -> Response:
        if x.outcome.kind == "deleted":
            applied = self._applied(x)
            fixed = (NO_STORE, ("Vary", vary(x)), ("Link", self._links(x, None)), NO_SNIFF)
            return Response(204, (*fixed, *applied))
        return Response(204, tuple(h for h in self._headers(x, REPRESENTED) if h[0] != "Content-Type"))

    def _options(self, x: Exchange) -> Response:
        allowed = supported_methods(x)
        headers = [("Allow", ", ".join(allowed)), NO_STORE, NO_SNIFF, *self._link_field(x)]
        if "POST" in allowed:
            headers.append(("Accept-Post", ", ".join(JSON_CONTENT)))
        if "PATCH" in allowed:
            headers.append(("Accept-Patch", ", ".join(PATCH_CONTENT)))
        return Response(204, tuple(headers))

    def _moved(self, x: Exchange) -> Response:
        """308: the same request, content included, at the one address (RFC 9110, section 15.4.9)."""
        query = quote(x.request.query.encode("latin-1", "replace"), QUERY_SAFE)
        url = item_url(x.base or "", x.resource, x.address.name) + (f"?{query}" if query else "")
        links = fixed_links(x.base or "", x.resource, "item", inside=False)
        return Response(308, (("Location", url), NO_STORE, NO_SNIFF, ("Link", links), ("Content-Length", "0")))

    def _health(self, x: Exchange) -> Response:
        body = b'{"status":"pass"}'
        length = ("Content-Length", str(len(body)))
        headers = (("Content-Type", "application/json"), NO_STORE, NO_SNIFF, *self._link_field(x), length)
        return Response(200, headers, body)

    def _link_field(self, x: Exchange) -> Headers:
        """The Link field of an answer without a representation; none where probes named a host that is not ours."""
        return (("Link", self._links(x, None)),) if x.base is not None else ()

    # -- views ----------------------------------------------------------------------------------------------

    def _format(self, x: Exchange) -> Format:
        return self.formats.get(x.format) or self.described(x.format)

    def _view(self, x: Exchange) -> View:
        kind, base = x.address.kind, x.base or ""
        if kind == "item":
            return self._item(x)
        if kind == "collection":
            return self._page(x)
        if kind == "entry":
            seen = tuple(d for d in x.setting.addresses.declarations if d.permitted(x.grant))
            return Entry(base, self.title, self.description, seen)
        document = self.describe(x.address, base)
        if document is None:
            raise problems.NotFound
        return Description(base, base + x.address.path, document)

    def _item(self, x: Exchange) -> Item:
        operations = open_operations(x.resource, x.permitted, item=True)
        return Item(x.resource, x.base or "", x.outcome.row, x.intent.fields, operations)

    def _page(self, x: Exchange) -> Page:
        base, resource, query, outcome = x.base or "", x.resource, x.intent.query, x.outcome
        following = self._neighbour(x, outcome.rows[-1], backwards=False) if outcome.more and outcome.rows else None
        previous = self._neighbour(x, outcome.rows[0], backwards=True) if outcome.before and outcome.rows else None
        collection = open_operations(resource, x.permitted, item=False)
        items = open_operations(resource, x.permitted, item=True, listed=True)
        return Page(
            resource, base, outcome.rows, query, outcome.total, query.cursor, following, previous, collection, items
        )

    def _neighbour(self, x: Exchange, row: Row, *, backwards: bool) -> str:
        """The URL of the page that begins at a row, in one direction or the other."""
        query = x.intent.query
        cursor = write_cursor(x.resource, query.sort, row, x.setting.store.secret, backwards=backwards)
        return collection_url(x.base or "", x.resource, query.parameters, cursor)

    # -- header fields --------------------------------------------------------------------------------------

    def _headers(self, x: Exchange, view: View | Represented) -> Headers:
        """The header fields that go with a representation, whether it is sent or not."""
        headers = [*self._fixed(x), ("Link", self._links(x, view)), ("ETag", x.entity_tag())]
        if x.outcome.row:
            headers.append(("Last-Modified", format_date(min(x.outcome.row[MODIFIED], int(time.time())))))
        if isinstance(view, Page) and not self._format(x).links_inside:
            headers.append(("Link-Template", link_template(x.base or "", x.resource)))
        return (*headers, *self._applied(x))

    def _fixed(self, x: Exchange) -> Headers:
        """The header fields that do not change from one representation to the next, made once."""
        reading, anybody = x.request.method in READING, x.grant.caller is None
        kind, queried = x.address.kind, bool(x.request.query)
        key = (x.format, x.resource, kind, reading, anybody, queried)
        headers = self._made.get(key)
        if headers is None:
            each = self._format(x)
            headers = (
                ("Content-Type", each.content_type),
                ("Cache-Control", cache_control(x)),
                ("Vary", vary(x)),
                NO_SNIFF,
                *each.headers,
            )
            self._made[key] = headers
        return headers

    def _links(self, x: Exchange, view: View | Represented | None) -> str:
        inside = view is not None and self._format(x).links_inside
        fixed = fixed_links(x.base or "", x.resource, x.address.kind, inside=inside)
        if inside or not isinstance(view, Page):
            return fixed
        links = [fixed, link(view.first, "first")]
        if view.previous is not None:
            links.append(link(view.previous, "prev"))
        if view.next is not None:
            links.append(link(view.next, "next"))
        if x.format == "application/json" and len(view.rows) <= ITEM_LINKS:
            links += [f'<{url}>; rel="item"' for url in view.urls()]
        return ", ".join(links)

    def _applied(self, x: Exchange) -> Headers:
        """Preference-Applied (RFC 7240, section 3) for the preferences that were met."""
        wanted = x.intent.preferences
        if wanted is NOTHING_PREFERRED:
            return ()
        applied = []
        if wanted.returns is not None and x.request.method not in READING:
            met = x.request.method != "DELETE" and not (
                wanted.returns == "representation" and "read" not in x.permitted
            )
            applied += [f"return={wanted.returns}"] if met else []
        if wanted.handling is not None and x.request.query:
            applied.append(f"handling={wanted.handling}")
        if x.address.kind == "collection" and x.request.method in READING and x.counting == wanted.counting:
            applied.append(f"count={wanted.counting}")
        return (("Preference-Applied", ", ".join(applied)),) if applied else ()

    # -- refusals -------------------------------------------------------------------------------------------

    def refuse(self, x: Exchange, problem: Problem) -> Response:
        """The response for a refusal."""
        base = x.base if x.base is not None else x.request.mount
        body = write_problem(self._told(x, problem, base), base, x.request.mount + path_url(x.request.path))
        links = [fixed_links(base, x.resource, x.address.kind, inside=False), link(f"{base}/", "start")]
        links.append(link(context_url(base, "Problem"), JSON_LD_CONTEXT, type="application/ld+json"))
        if isinstance(problem, problems.NotAcceptable):
            here, offered = base + path_url(x.request.path), self.offers(x.address)
            links += [link(here, "alternate", type=media.partition(";")[0]) for media in offered]
        headers = (
            ("Content-Type", PROBLEM),
            NO_STORE,
            ("Vary", vary(x)),
            ("Link", ", ".join(links)),
            NO_SNIFF,
            *problem.headers,
            *refusal_headers(x, problem),
            ("Content-Length", str(len(body))),
        )
        return Response(problem.status, headers, body)

    def _told(self, x: Exchange, problem: Problem, base: str) -> Problem:
        """The problem with a detail that says what to do here, where it has none yet."""
        if not problem.detail:
            if isinstance(problem, problems.MisdirectedRequest):
                problem.detail = f"The host {shown(x.request)} is not allowed here. {REMEDY}"
            elif isinstance(problem, problems.NotFound):
                problem.detail = f"Start at {base}/ and follow the links."
            elif isinstance(problem, problems.MethodNotAllowed):
                problem.detail = f"Use one of {', '.join(supported_methods(x))}."
            elif isinstance(problem, problems.NotAcceptable):
                problem.detail = f"Accept one of {', '.join(self.offers(x.address))}."
            elif isinstance(problem, problems.UnsupportedMediaType):
                problem.detail = f"Send one of {', '.join(accepted_content(x))} in UTF-8, and say so in Content-Type."
        return problem
