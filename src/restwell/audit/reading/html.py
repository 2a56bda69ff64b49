"""HTML: links of `a`, `area` and `link`, and forms, which are operations or, with GET, templated links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
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


def read(document: str, base: str, *, xml: bool = False) -> Reading:
    """The links and forms of a page; it is no collection unless it links to items."""
    found = Gathered(base)
    all_tags = list(tags(document, xml=xml))
    for tag in all_tags:
        if tag.name == "base" and "href" in tag.attributes:  # the first one counts (HTML, section 4.2.3)
            found.base = found.target(_url(tag.attributes["href"])) or base
            break
    for tag in all_tags:
        if tag.name in {"a", "area", "link"} and "href" in tag.attributes:
            _link(found, tag)
    for form in _forms(all_tags):
        _form(found, form, base)
    found.members_from()
    return Reading(SYNTAX, hypermedia=True, links=found.links, operations=found.operations, members=found.members)


def _link(found: Gathered, tag: Tag) -> None:
    given = tag.attributes
    title = given.get("title", "")
    rel = " ".join(given.get("rel", "").split())
    found.link(_url(given["href"]), rel, media_type=given.get("type"), title=title)


def _forms(all_tags: Iterable[Tag]) -> list[Form]:
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
                _add_field(current, tag)
    for tag in elsewhere:
        owner = by_id.get(tag.attributes["form"]) if tag.attributes["form"] else None
        if owner is not None:
            _add_field(owner, tag)
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


def _add_field(form: Form, tag: Tag) -> None:
    given = tag.attributes
    name, kind = given.get("name", ""), given.get("type", "").lower()
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
    found.link(target + query, form.rel, templated=bool(names), title=form.name)


def _url(value: str) -> str:
    return _IGNORED.sub("", value)
