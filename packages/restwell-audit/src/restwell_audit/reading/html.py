"""HTML: links of `a`, `area` and `link`, and forms, which are operations or, with GET, templated links."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, urlencode

from .affordances import Reading
from .gathering import Gathered
from .tags import Tag, tags

XHTML = "application/xhtml+xml"
TYPES = ("text/html", XHTML)
SYNTAX = "html"
URLENCODED = "application/x-www-form-urlencoded"
ENCODINGS = frozenset([URLENCODED, "multipart/form-data", "text/plain"])
BUTTONS = frozenset(["submit", "button", "reset", "image"])
METHODS = ("data-method", "data-turbo-method", "data-http-method", "formmethod")
REQUESTS = {"hx-delete": "DELETE", "hx-post": "POST", "hx-put": "PUT", "hx-patch": "PATCH"}
"""The attributes by which scripts make other requests of links than GET: Rails UJS, Turbo, htmx."""
MAX_LABEL = 200
"""Characters of a text that are read to know what a link or a button does."""
_MARKUP = re.compile(r"<[^<>]*>?")
_LABEL = re.compile(r"""\b(?:alt|title|aria-label)\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_IGNORED = re.compile(r"[\t\n\r]")  # by the URL parser of browsers


@dataclass
class Form:
    """A form as it is being read: where it goes, and the names of its fields."""

    action: str
    method: str
    encoding: str
    name: str
    rel: str = ""
    inputs: dict[str, None] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)
    fixed: list[tuple[str, str]] = field(default_factory=list)
    """Hidden fields: they are sent as they are."""
    texts: list[str] = field(default_factory=list)
    """What its buttons say."""


def read(document: str, base: str, *, xml: bool = False) -> Reading:
    """The links and forms of a page; it is no collection unless it links to items."""
    found = Gathered(base)
    all_tags = list(tags(document, xml=xml))
    ends = [tag.start for tag in all_tags[1:] if tag.name == "a"]
    for tag in all_tags:
        if tag.name == "base" and "href" in tag.attributes:  # the first one counts (HTML, section 4.2.3)
            found.base = found.target(_url(tag.attributes["href"])) or base
            break
    for tag in all_tags:
        if tag.name in {"a", "area", "link"} and "href" in tag.attributes:
            _link(found, tag, _text(document, tag, ends) if tag.name == "a" else tag.attributes.get("alt", ""))
    for form in _forms(all_tags, document):
        _form(found, form, base)
    found.members_from()
    return Reading(SYNTAX, hypermedia=True, links=found.links, operations=found.operations, members=found.members)


def _link(found: Gathered, tag: Tag, said: str) -> None:
    given = tag.attributes
    title = given.get("title", "")
    rel = " ".join(given.get("rel", "").split())
    label = "\n".join(filter(None, (said, given.get("aria-label", ""))))
    found.link(_url(given["href"]), rel, media_type=given.get("type"), title=title, said=label, method=_method(given))


def _method(given: Mapping[str, str]) -> str:
    """What scripts send in place of GET when the link is followed, by the attributes that say so."""
    named = next((given[name] for name in METHODS if name in given), "")
    return named or next((method for name, method in REQUESTS.items() if name in given), "")


def _text(document: str, tag: Tag, ends: list[int]) -> str:
    """What a person reads of an anchor, up to its end; of pictures and icons, what stands for them."""
    place = bisect_left(ends, tag.end)
    end = min(ends[place] if place < len(ends) else len(document), tag.end + MAX_LABEL)
    return shown_text(document[tag.end : end])


def shown_text(markup: str) -> str:
    """The text of a piece of HTML, with the labels of what is no text."""
    labels = " ".join(each[1] or each[2] for each in _LABEL.finditer(markup))
    return " ".join(unescape(f"{_MARKUP.sub(' ', markup)} {labels}").split())


def _forms(all_tags: Iterable[Tag], document: str) -> list[Form]:
    """The forms with their fields, which stand within a form or name it by its id (section 4.10.18.3)."""
    forms: list[Form] = []
    by_id: dict[str, Form] = {}
    elsewhere: list[Tag] = []
    current: Form | None = None
    for tag in all_tags:
        if tag.name == "form":
            if tag.is_end:
                current = None
            elif current is None:  # a form within a form is none
                current = _opened(tag)
                forms.append(current)
                by_id.setdefault(tag.attributes.get("id", ""), current)
        elif tag.name in {"input", "select", "textarea", "button"} and not tag.is_end:
            if "form" in tag.attributes:
                elsewhere.append(tag)
            elif current is not None:
                _add_field(current, tag, document)
    for tag in elsewhere:
        owner = by_id.get(tag.attributes["form"]) if tag.attributes["form"] else None
        if owner is not None:
            _add_field(owner, tag, document)
    return forms


def _opened(tag: Tag) -> Form:
    given = tag.attributes
    encoding = given.get("enctype", "").strip().lower()
    return Form(
        action=_url(given.get("action", "")),
        method=given.get("method", "").strip().upper(),
        encoding=encoding if encoding in ENCODINGS else URLENCODED,
        name=given.get("name") or given.get("id") or given.get("aria-label") or "",
        rel="search" if given.get("role") == "search" else given.get("rel", ""),
    )


def _add_field(form: Form, tag: Tag, document: str) -> None:
    given = tag.attributes
    name, kind = given.get("name", ""), given.get("type", "").lower()
    if tag.name == "button" or kind in BUTTONS:
        after = document[tag.end : tag.end + MAX_LABEL].partition("</button")[0] if tag.name == "button" else ""
        form.texts += [shown_text(after), given.get("value", ""), given.get("alt", "")]
    if tag.name == "button" or kind in BUTTONS or not name or "disabled" in given:
        return
    form.inputs[name] = None
    if "required" in given:
        form.required[name] = None
    if kind == "hidden":
        form.fixed.append((name, given.get("value", "")))
    if kind == "search":
        form.rel = form.rel or "search"


def _form(found: Gathered, form: Form, document: str) -> None:
    """Add what a form is: unless it says POST, it is a link with a query that the reader fills in."""
    # Without action, a form goes to the document, whatever its base is (section 4.10.21.3).
    target = found.target(form.action or document)
    if form.method == "POST":
        found.operation(
            "POST",
            target,
            form.name,
            accepts=(form.encoding,),
            inputs=tuple(form.inputs),
            required=tuple(form.required),
        )
    elif form.method != "DIALOG" and target:
        _get(found, form, target.partition("?")[0])


def _get(found: Gathered, form: Form, target: str) -> None:
    fixed = dict(form.fixed)
    names = ",".join(quote(name, safe="") for name in form.inputs if name not in fixed)
    query = f"?{urlencode(form.fixed, errors='replace')}" if fixed else ""
    if names:
        query += f"{{{'&' if query else '?'}{names}}}"
    said = "\n".join(filter(None, form.texts))
    found.link(target + query, form.rel, templated=bool(names), title=form.name, said=said)


def _url(value: str) -> str:
    return _IGNORED.sub("", value)
