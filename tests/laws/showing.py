"""What answers show of what can be done, read out of each format, and taken as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import html5lib

from tests.api import BASE, Answer, Served

from .documents import EVERY_OWN, HTML, OTHER, send, trying

Fields = dict[str, tuple[str, ...]]
"""The fields of a form by their names: whether they are required, or only shown."""


def shown_in_jsonld(node: dict[str, Any]) -> set[str]:
    """The methods that the operations of a node have, and the names of those of the application's own."""
    own = {name for name, value in node.items() if isinstance(value, dict) and "operation" in value}
    return {each["method"] for each in node.get("operation", ())} - {"GET"} | own


def shown_in_forms(node: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The forms of HAL-FORMS by method, those of own operations by name."""
    found = {}
    for name, form in node.get("_templates", {}).items():
        own = form.get("target", "").rpartition("/")[2]
        found[own if own in EVERY_OWN else form["method"]] = {**form, "key": name}
    return found


def fields_of(form: dict[str, Any]) -> Fields:
    """The fields of a form of HAL-FORMS."""
    marks = (("required", "required"), ("readOnly", "read-only"))
    return {each["name"]: tuple(word for key, word in marks if each.get(key)) for each in form.get("properties", ())}


def content_of(form: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """What a form sends as it stands: what it holds, and something for what it asks for and does not hold."""
    fields = [each for each in form["properties"] if not each.get("readOnly")]
    filled = {each["name"]: each["value"] for each in fields if "value" in each}
    empty = {each["name"]: OTHER[each["name"]] for each in fields if each.get("required") and "value" not in each}
    return {**empty, **filled, **more}


def take(
    served: Served, who: str, target: str, name: str, form: dict[str, Any], more: dict[str, Any] | None = None
) -> Answer:
    """Send what a form at an address stands for, and take it back."""
    sent = {"content": content_of(form, more or {})} if "contentType" in form else {}
    where = form.get("target", f"{BASE}{target}").removeprefix(BASE)
    with trying(served):
        return send(served, who, "POST" if name in EVERY_OWN else form["method"], where, **sent)


# -- pages --------------------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """What a page says of operations: which are open, with their fields, and which are not.

    By method, those of the application's own by name. `each` are those that are open with every item of a collection,
    `none` those that are open with none.
    """

    open: dict[str, Fields]
    closed: set[str]
    each: set[str]
    none: set[str]


def page_of(answer: Answer) -> Element:
    """A page as a browser reads it."""
    assert answer["content-type"].startswith(HTML), answer["content-type"]
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.body.decode())
    assert isinstance(tree, Element)
    return tree


def text_of(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def shown_on_page(page: Element, titles: dict[str, str]) -> Shown:
    """What a page says; `titles` gives the names of own operations, of which what is closed says no more."""
    found: dict[str, dict[str, Fields]] = {"open": {}, "closed": {}, "each": {}, "none": {}}
    for section in page.iterfind(".//section[@class='may']"):
        is_open = text_of(section.find("h2")) == "What you may do here"
        part = "open" if is_open else "closed"
        for part_of_it in section:
            if part_of_it.tag == "h3":
                part = "each" if is_open else "none"
            for line in part_of_it.iterfind("li"):
                found[part][_name_of(line, titles)] = _inputs_of(line)
    found["open"].pop("GET", None)
    return Shown(found["open"], set(found["closed"]), set(found["each"]), set(found["none"]))


def _name_of(line: Element, titles: dict[str, str]) -> str:
    said = line.find(".//span")
    assert said is not None
    title = " ".join((said.text or "").split())
    place = re.search(r"at …/([a-z-]+)", text_of(said))
    name = place[1] if place else titles.get(title, text_of(line.find("code[@class='method']")))
    assert titles.get(title, name) == name
    return name


def _inputs_of(line: Element) -> Fields:
    found: Fields = {}
    for each in line.iterfind(".//dl[@class='inputs']/div"):
        words = [text_of(word) for word in each.iterfind(".//span[@class='limit']")]
        found[text_of(each.find("dt"))] = tuple(word for word in ("required", "read-only") if word in words)
    return found


def table_of(page: Element) -> list[dict[str, str]]:
    """The rows of the table of a page, by the names of its columns; cells without a value are left out."""
    names = [text_of(each) for each in page.iterfind(".//thead/tr/th")]
    rows = [[text_of(cell) for cell in row] for row in page.iterfind(".//tbody/tr")]
    return [{name: text for name, text in zip(names, row, strict=True) if text != "—"} for row in rows]


def addresses_in(page: Element) -> Iterator[str]:
    """Everything that a page links to."""
    for each in page.iter():
        if each.tag in {"a", "link"} and "href" in each.attrib:
            yield each.attrib["href"]


# -- forms of pages -----------------------------------------------------------------------------------------------


class Control(NamedTuple):
    """A control of a form: the values of a list, the chosen one first; of an input the type, and what it holds."""

    name: str
    options: tuple[str, ...] = ()
    type: str = ""
    value: str = ""


def controls_of(form: Element) -> list[Control]:
    """The controls of a form in their order, as a browser sends them."""
    found = []
    for each in form.iter():
        if each.tag == "input":
            value = each.get("value", "")
            found.append(Control(each.attrib["name"], type=each.get("type", "text"), value=value))
        elif each.tag == "select":
            options = list(each.iter("option"))
            options.sort(key=lambda option: "selected" not in option.attrib)
            found.append(Control(each.attrib["name"], tuple(option.attrib["value"] for option in options)))
    return found


def ways_to_fill(controls: list[Control]) -> Iterator[list[tuple[str, str]]]:
    """What is sent when one list has another option chosen, with a value beside it; then as the form stands."""
    blank = [(each.name, each.options[0] if each.options else each.value) for each in controls]
    for place, each in enumerate(controls):
        beside = controls[place + 1] if place + 1 < len(controls) else None
        for option in each.options:
            pairs = [*blank]
            pairs[place] = (each.name, option)
            if beside is not None and beside.name == "_value" and "=" not in option:
                pairs[place + 1] = ("_value", "1")
            yield pairs
    yield blank
