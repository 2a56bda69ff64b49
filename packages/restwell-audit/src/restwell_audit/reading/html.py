"""Reads HTML: links of `a`, `area` and `link`, and forms, which are operations or, with GET, templated links."""

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
"""The attributes by which scripts use other methods than GET for links: Rails UJS, Turbo, htmx."""
CONFIRMED = ("data-confirm", "data-turbo-confirm", "data-bs-confirm", "hx-confirm", "onclick", "onsubmit")
"""The attributes by which a script asks before a link is followed or a form is sent: Rails UJS, Turbo, htmx."""
MAX_LABEL = 200
"""Characters of the label of a link or a button that are read."""
_MARKUP = re.compile(r"<[^<>]*>?")
_LABEL = re.compile(r"""\b(?:alt|title|aria-label)\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_IGNORED = re.compile(r"[\t\n\r]")  # by the URL parser of browsers


@dataclass
class Form:
    """A form while it is read: its attributes and the names of its fields."""

    action: str
    method: str
    encoding: str
    name: str
    rel: str = ""
    scripted: str = ""
    """The method by which a script sends it, which HTML does not define."""
    inputs: dict[str, None] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)
    fixed: list[tuple[str, str]] = field(default_factory=list)
    """Hidden fields, with their values."""
    texts: list[str] = field(default_factory=list)
    """The labels of its buttons."""


def read(document: str, base: str, *, xml: bool = False) -> Reading:
    """The links and forms of a page; it is a collection if it links to items."""
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


def _link(found: Gathered, tag: Tag, text: str) -> None:
    given = tag.attributes
    title = given.get("title", "")
    rel = " ".join(given.get("rel", "").split())
    label = "\n".join(filter(None, (text, given.get("aria-label", ""))))
    found.link(
        _url(given["href"]), rel, media_type=given.get("type"), title=title, label=label, method=_method(given)
    )


def _method(given: Mapping[str, str]) -> str:
    """The method that scripts use instead of GET for a link, according to its attributes; "" for GET.

    What a script asks about first ("Are you sure?") changes something, as if it was sent with POST.
    """
    named = next((given[name] for name in METHODS if name in given), "")
    scripted = named or next((method for name, method in REQUESTS.items() if name in given), "")
    return scripted or ("POST" if any(_asks(name, given[name]) for name in CONFIRMED if name in given) else "")


def _asks(name: str, value: str) -> bool:
    """Whether an attribute asks a question; a handler does so by `confirm()`."""
    return "confirm(" in value if name.startswith("on") else value not in {"", "false"}


def _text(document: str, tag: Tag, ends: list[int]) -> str:
    """The label of an anchor: its text, and the alternative texts of images in it."""
    index = bisect_left(ends, tag.end)
    end = min(ends[index] if index < len(ends) else len(document), tag.end + MAX_LABEL)
    return shown_text(document[tag.end : end])


def shown_text(markup: str) -> str:
    """The text of HTML markup, with the alternative texts and labels in its attributes."""
    labels = " ".join(each[1] or each[2] for each in _LABEL.finditer(markup))
    return " ".join(unescape(f"{_MARKUP.sub(' ', markup)} {labels}").split())


def _forms(all_tags: Iterable[Tag], document: str) -> list[Form]:
    """The forms with their fields, which are within a form or refer to it by its id (section 4.10.18.3)."""
    forms: list[Form] = []
    by_id: dict[str, Form] = {}
    elsewhere: list[Tag] = []
    current: Form | None = None
    for tag in all_tags:
        if tag.name == "form":
            if tag.is_end:
                current = None
            elif current is None:  # a form within a form is ignored
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
        scripted=_method(given),
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
    """Add a form: with POST an operation, with GET a templated link, for a script a link with its method."""
    # Without action, a form is sent to the URL of the document, whatever its base is (section 4.10.21.3).
    target = found.target(form.action or document)
    if form.scripted:
        found.link(target, form.rel, title=form.name, label="\n".join(filter(None, form.texts)), method=form.scripted)
    elif form.method == "POST":
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
    label = "\n".join(filter(None, form.texts))
    found.link(target + query, form.rel, templated=bool(names), title=form.name, label=label)


def _url(value: str) -> str:
    return _IGNORED.sub("", value)
