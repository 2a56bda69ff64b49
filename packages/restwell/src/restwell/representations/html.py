"""`text/html`: a page for every resource and description, without script and without loading anything else.

The templates escape whatever they are given, and so does `Markup`, in which values are written here. The one style
sheet is part of each page, and the policy names its hash. Links come from `surface/site.py`, and the fields of forms
from `surface/inputs.py`: only their look is here.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ..data.layout import Layout
from ..data.platform import in_our_names
from ..http.keeping import kept
from ..http.media_types import HTML
from ..http.messages import Headers
from ..http.problems import Problem, every_problem
from ..model.conditions import TRUE
from ..model.resource import Declaration, expand_iri
from ..surface.addresses import DOCUMENTS, ENTRY, NAMED, Kind, collection_url, context_url, problem_url
from ..surface.asking import Parameters, parts, sortings
from ..surface.documents import Description, Document, Entry, Item, Page
from ..surface.inputs import Input, values_of
from ..surface.me import Me
from ..surface.needs import NotOpen
from ..surface.offers import OfferedFormat, of_description, showing
from ..surface.schema import Parts, Schema
from ..surface.site import FOR_PROGRAMS, description_links, links_of
from .json import moment
from .query_form import query_form

TEMPLATES = Path(__file__).with_name("templates")
STYLE = " ".join((TEMPLATES / "style.css").read_text("utf-8").split())
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = "; ".join(
    [
        "default-src 'none'",
        f"style-src 'sha256-{STYLE_HASH}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
"""Content-Security-Policy (W3C CSP Level 3): nothing is loaded and nothing runs, whatever a value says."""

MAX_TEXT = 100
"""So many characters of a value are shown in a cell of a table; its item shows all of them."""
ONE_LINE = 16
"""Longer values and names may take several lines of a cell, so that a column need not be wider than that."""
SHOWN_BY: dict[Kind, str] = {
    "docs": "guide.html",
    "openapi": "openapi.html",
    "schema": "schema.html",
    "problem": "problem.html",
}
WEB_URL = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x20\x7f-\x9f<>\"{}|\\^`]+\Z")
# What may not stand in a document, not even as a reference (HTML, section 13.2.3.5), and lone surrogates.
_BEYOND = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
UNFIT = re.compile(f"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_BEYOND}]")

NO_URLS: Mapping[int, str | None] = {}
NONE = Markup('<span class="none">—</span>')
EMPTY = Markup('<span class="none">empty</span>')


class Html:
    """Pages for people. `formats` gives the formats of the API, which a page names."""

    media_type = HTML
    content_type = "text/html; charset=utf-8"
    suffix = ""
    links_inside = True
    shows_total = True
    names_caller = True
    documents = (Item, Page, Entry, Me, Description)
    headers: Headers = (("Content-Security-Policy", POLICY), ("Referrer-Policy", "no-referrer"))

    def __init__(self, formats: Callable[[], Sequence[OfferedFormat]] = tuple) -> None:
        self.formats = formats

    def write(self, document: Document) -> bytes:
        """The page of a document."""
        name, more = _contents(document)
        links = [each for each in links_of(document) if each.relation not in FOR_PROGRAMS]
        foot = {"others": self._others(document), "descriptions": description_links(document.base, document)}
        page = templates().get_template(name)
        return fit(page.render(document=document, base=document.base, links=links, **foot, **more))

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:  # noqa: ARG002 - as a format has it
        """None: a page is not JSON."""
        return {}

    def definitions(self) -> dict[str, Schema]:
        """None either."""
        return {}

    def _others(self, document: Document) -> list[str]:
        """The other media types of what is shown."""
        found = showing(self.formats(), type(document))
        if isinstance(document, Description):
            found = of_description(document.content, found)
        return [media for media in found if media != self.media_type]


class Values:
    """Writes the values of one page as HTML; links within the API are told from those that lead elsewhere.

    `url` is the page's own URL: what the page says about `URL#name` can be linked to.
    """

    def __init__(self, base: str, url: str = "") -> None:
        self.base = base
        self.url = url
        self._anchors: set[str] = set()

    def show(self, value: Any) -> Markup:
        """All of a value: lists as lists, objects as lists of their members."""
        if isinstance(value, dict) and value:
            members = [
                Markup("<div><dt>%s</dt><dd>%s</dd></div>") % (key, self.show(each)) for key, each in value.items()
            ]
            return Markup("<dl%s>%s</dl>") % (self._anchor(value), Markup("").join(members))
        if isinstance(value, list) and value:
            items = [Markup("<li>%s</li>") % self.show(each) for each in value]
            nodes = Markup(' class="nodes"') if all(isinstance(each, dict) for each in value) else ""
            return Markup("<ul%s>%s</ul>") % (nodes, Markup("").join(items))
        return self._scalar(value, str(value)) if isinstance(value, str) else self.cell(value)

    def cell(self, value: Any) -> Markup:
        """A value in the width of a table's cell."""
        if isinstance(value, str):
            return _fitted(self._scalar(value, _short(value)), value)
        if value is None:
            return NONE
        if not isinstance(value, (list, dict)):
            return in_cell(plain(value))
        if not value:
            return EMPTY
        if isinstance(value, list) and not any(isinstance(each, (list, dict)) for each in value):
            text = ", ".join(map(plain, value))
            return _fitted(escape(_short(text)), text)
        text = plain(value)
        return _fitted(Markup("<code>%s</code>") % _short(text), text)

    def row(self, values: Iterable[Any], urls: Mapping[int, str | None] = NO_URLS) -> Markup:
        """The cells of a row. `urls` are those of what cells refer to, by the number of the cell."""
        cells = [self.cell(each) for each in values] if not urls else list(self._linked(values, urls))
        return Markup("".join([f"<td>{each}</td>" for each in cells]))  # noqa: S704 -- of escaped cells

    def _linked(self, values: Iterable[Any], urls: Mapping[int, str | None]) -> Iterator[Markup]:
        for number, value in enumerate(values):
            url = urls.get(number)
            yield self.cell(value) if url is None else self.reference(url, value)

    def reference(self, url: str, value: Any) -> Markup:
        """A value that refers to an item, as a link to it, in the width of a table's cell."""
        text = plain(value)
        return _fitted(self.link(url, _short(text)), text)

    def _scalar(self, text: str, shown: str) -> Markup:
        if not text:
            return EMPTY
        return self.link(text, shown) if WEB_URL.match(text) else escape(shown)

    def link(self, url: str, text: str) -> Markup:
        """A link to an http or https URL, which tells other sites nothing and vouches for none."""
        ours = url == self.base or url.startswith((f"{self.base}/", f"{self.base}#"))
        rel = "" if ours else Markup(' rel="nofollow noreferrer noopener"')
        return Markup('<a href="%s"%s>%s</a>') % (url, rel, text)

    def _anchor(self, node: dict[str, Any]) -> Markup:
        """The id of what the page itself defines, given once."""
        page, _, name = str(node.get("@id", "")).partition("#")
        if not name or page != self.url or len(node) < 2 or name in self._anchors:
            return Markup("")
        self._anchors.add(name)
        return Markup(' id="%s"') % name


def plain(value: Any) -> str:
    """A value that is not a text, as JSON writes it."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode().strip('"')


def pretty(data: Any) -> str:
    """A document as JSON to be read."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()


def _first_paragraph(text: str) -> str:
    return text.partition("\n\n")[0]


def _code_spans(text: str) -> Markup:
    """Text in which `this` is code, as docstrings and OpenAPI's descriptions (CommonMark) have it."""
    parts = (
        Markup("<code>%s</code>") % part if odd % 2 else escape(part) for odd, part in enumerate(text.split("`"))
    )
    return Markup("").join(parts) if text.count("`") % 2 == 0 else escape(text)


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _fitted(written: Markup, text: str) -> Markup:
    return written if len(text) <= ONE_LINE else Markup('<div class="long">%s</div>') % written


def fit(page: str) -> bytes:
    """The page in UTF-8, with signs for the characters that HTML cannot hold."""
    # Hardly a page has such characters, and asking whether it is all printable is much faster than looking.
    printable = page.replace("\n", "").isprintable()
    return (page if printable else UNFIT.sub(_stand_in, page)).encode()


def in_cell(text: str) -> Markup:
    """A text without a link, or the name of a row or a column, in the width of a cell."""
    return _fitted(escape(_short(text)), text)


def _stand_in(match: re.Match[str]) -> str:
    """A sign that can be seen for a character that HTML cannot hold."""
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


@lru_cache(1)
def templates() -> Environment:
    """The templates, each compiled when it is first needed."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "pretty": pretty,
        "first_paragraph": _first_paragraph,
        "code_spans": _code_spans,
        "in_cell": in_cell,
        "plain": plain,
        "with_values": _with_values,
        "look": _look,
    }
    environment.globals |= {
        "style": Markup(STYLE),  # noqa: S704 -- our own file
        "collection_url": collection_url,
        "context_url": context_url,
        "problem_url": problem_url,
        "problems": _problems(),
        "meaning": _meaning,
    }
    return environment


# -- what each template is given --------------------------------------------------------------------------------


def _contents(document: Document) -> tuple[str, dict[str, Any]]:
    """The name of the template for a document, and what it needs beside the document."""
    if isinstance(document, Item):
        return "item.html", _item(document)
    if isinstance(document, Page):
        return "page.html", _page(document)
    if isinstance(document, Entry):
        return "entry.html", {"canonical": document.base + ENTRY}
    if isinstance(document, Me):
        ends = None if document.credential is None else moment(document.credential.expires)
        return "me.html", {"canonical": document.url, "ends": ends}
    return _description(document)


def _item(document: Item) -> dict[str, Any]:
    return {
        "canonical": document.url,
        "closed": document.declaration.compiled[NotOpen].on_item(document.operations),
        "identity": plain(document.declaration.compiled[Layout].identity(document.row)),
        "specs": document.declaration.specs,
        "references": document.references(),
        "values": Values(document.base),
    }


def _page(document: Page) -> dict[str, Any]:
    query = document.query
    not_open = document.declaration.compiled[NotOpen]
    open_somewhere = [*document.item_operations, *(each for row in document.by_row for each in row)]
    parameters = in_our_names(document.declaration, query.parameters)
    columns = document.columns if query.fields is None else query.fields
    asked, head, names = _asked(document.base, document.declaration, parameters, columns)
    return {
        "canonical": document.address,
        "closed": not_open.on_collection(document.operations),
        "closed_on_each": not_open.on_item(open_somewhere) if document.rows else [],
        "values": Values(document.base),
        "narrowed": query.condition is not TRUE,
        "asked": asked,
        "head": head,
        "rows": _rows(document, names),
    }


@kept(1024 * 1024)
def _asked(
    base: str, declaration: Declaration, parameters: Parameters, columns: tuple[str, ...]
) -> tuple[Markup, Markup, list[str]]:
    """What is the same on each page of a query.

    What is said of the query, with the form; the head of the table, whose links sort; the names of its columns behind
    that of the identity.
    """
    identity, written = declaration.identity, templates().get_template("query.html").module
    specs = [declaration.whole.specs[name] for name in columns if name != identity.name]
    specs = [spec for spec in specs if not spec.marks.shown_once]
    form, found = query_form(declaration, parameters), parts(base, declaration, parameters)
    asked = written.asked(form, found, collection_url(base, declaration))  # type: ignore[attr-defined]  # a macro
    head = written.head([identity, *specs], sortings(base, declaration, parameters))  # type: ignore[attr-defined]  # one too
    return asked, head, [spec.name for spec in specs]


def _rows(document: Page, names: Sequence[str]) -> Iterator[tuple[str, Markup, Markup]]:
    """The URL, the identity and the cells of each row."""
    values, identity_of = Values(document.base), document.declaration.compiled[Layout].identity
    places = {names.index(name): urls for name, urls in document.references().items() if name in names}
    for number, (row, url, members) in enumerate(
        zip(document.rows, document.urls(), document.members(), strict=True)
    ):
        linked = {place: urls[number] for place, urls in places.items()}
        cells = values.row(map(members.get, names), linked) if names else Markup("")
        yield url, in_cell(plain(identity_of(row))), cells


def _description(document: Description) -> tuple[str, dict[str, Any]]:
    path = document.url.removeprefix(document.base)
    kind = DOCUMENTS.get(path) or NAMED.get(path.rpartition("/")[0])
    return SHOWN_BY.get(kind, "description.html") if kind else "description.html", {
        "canonical": document.url,
        "data": document.content.data,
        "values": Values(document.base, document.url),
    }


def _with_values(inputs: Sequence[Input], members: Mapping[str, Any] | None) -> Iterator[tuple[Input, Any]]:
    """Each field of a form with what it holds."""
    return zip(inputs, values_of(inputs, members), strict=True)


def _look(each: Input) -> list[tuple[str, Any]]:
    """What a page says of a field: what kind of value it takes, and within which limits."""
    options = ", ".join(map(plain, each.options)) or None
    limits = [
        ("one of" if not each.several else "some of", options),
        ("pattern", each.pattern),
        ("at least", each.minimum),
        ("at most", each.maximum),
        ("in steps of", each.step),
        ("characters at least", each.min_length),
        ("characters at most", each.max_length),
    ]
    kinds = [(each.kind.words, None), *((word, None) for word, holds in _WORDS if holds(each))]
    return [*kinds, *((word, limit) for word, limit in limits if limit is not None)]


_WORDS: tuple[tuple[str, Callable[[Input], bool]], ...] = (
    ("required", lambda each: each.required),
    ("read-only", lambda each: each.read_only),
)


def _problems() -> list[type[Problem]]:
    """Every type of problem, by status, but what they are all kinds of, as nothing is answered with that itself."""
    return sorted(every_problem(), key=lambda problem: problem.status)


def _meaning(iri: str) -> Markup:
    """A link to what a member means, where that is a page."""
    expanded = expand_iri(iri)
    return Values("").link(expanded, iri) if WEB_URL.match(expanded) else escape(iri)
