"""The form of a collection's page: filters, the order, how many items are on a page. It works without script.

What it has comes from `surface/asking.py`; what it sends is read by `data/submitted.py`. What is the same on every
page of a resource is written once. Texts are put together by themselves, which takes a tenth of the time that
`Markup.format` takes: every name, word and value goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from markupsafe import Markup, escape

from ..data.submitted import FILTER, FORM, VALUE
from ..http.limits import DEFAULT_LIMIT
from ..model.resource import Declaration
from ..surface.asking import Asking, Control, Filled, Option, Parameters, filled, order_of

USUAL = Option("", "the usual order")


class BlankForm:
    """The parts of the form of a resource: `declaration.compiled[BlankForm]`, made for the first page that has it."""

    __slots__ = ("options", "orders", "other", "rows", "sizes", "whole")

    def __init__(self, declaration: Declaration) -> None:
        asking = declaration.compiled[Asking]
        self.options = {name: _options(control.options) for name, control in asking.controls.items()}
        self.orders = _options((USUAL, *asking.orders))
        self.sizes = _options(asking.sizes)
        self.rows = {
            each.spec.name: _row(_blank(each), self.options[each.spec.name], f"f{place}")
            for place, each in enumerate(asking.own)
        }
        self.other = _other(asking.others) if asking.others else ""
        self.whole = _form(declaration, [*self.rows.values(), self.other, _order(self, USUAL), _size(self, "")])


def query_form(declaration: Declaration, parameters: Parameters) -> Markup:
    """The form of a page that was asked for by this query."""
    asking, blank, given = declaration.compiled[Asking], declaration.compiled[BlankForm], dict(parameters)
    if not given:
        return blank.whole
    numbers, rows = count(), []
    active: dict[str, list[str]] = {}
    for each in filled(declaration, parameters):
        name = each.control.spec.name
        active.setdefault(name, []).append(_row(each, blank.options[name], f"g{next(numbers)}"))
    for control in asking.own:
        name = control.spec.name
        found = active.pop(name, [])
        rows += found or [blank.rows[name]]
        if found and control.has_limits:  # there is one for the other limit, too
            rows.append(_row(_blank(control), blank.options[name], f"g{next(numbers)}", f"and {name}"))
    rows += [each for found in active.values() for each in found]
    order = order_of(given["sort"]) if "sort" in given else USUAL
    rows += [blank.other, _order(blank, order), _size(blank, given.get("limit", ""))]
    return _form(declaration, rows, given.get("fields"))


def _form(declaration: Declaration, rows: Iterable[str], fields: str | None = None) -> Markup:
    hidden = _hidden(FORM, "search")  # first, as such a query is known by it
    if fields is not None:
        hidden += _hidden("fields", fields)
    label = f"Filter and sort {escape(declaration.slug)}"
    return Markup(  # noqa: S704 - of what is escaped
        f'<form method="get" role="search" aria-label="{label}" autocomplete="off">\n{hidden}{"".join(rows)}'
        '<div class="row end"><button>Show</button></div>\n</form>'
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden"{_attribute("name", name)}{_attribute("value", value)}>\n'


def _blank(control: Control) -> Filled:
    return Filled(control, control.options[0].value)


def _row(each: Filled, options: str, place: str, label: str = "") -> str:
    """The controls of one member, with a filter or without; `options` are those of the member, written."""
    control = each.control
    name = control.spec.name
    chosen = _chosen(options, each.more or Option(each.chosen, ""))
    if control.type is None:
        return _labelled(place, label or name, _list(place, FILTER, chosen))
    how = _list(f"{place}o", FILTER, chosen, f"How to compare {name}")
    return _labelled(place, label or name, how + _value(control, each.text, place))


def _labelled(place: str, label: str, controls: str) -> str:
    return f'<div class="row"><label for="{place}">{escape(label)}</label>{controls}</div>\n'


def _list(place: str, name: str, options: str, label: str = "") -> str:
    named = _attribute("aria-label", label) if label else ""
    return f'<select id="{place}" name="{name}"{named}>{options}</select>'


def _value(control: Control, text: str, place: str) -> str:
    more = _attribute("value", text) if text else ""
    if control.type != "text" and (not text or control.has_within(text)):
        limits = (("min", control.minimum), ("max", control.maximum))
        more += "".join(_attribute(name, bound) for name, bound in limits if bound is not None)
    if control.type == "number" and control.spec.kind.has_fraction:
        more += _attribute("step", "any")
    example = control.spec.kind.example.rpartition("as in ")[2]
    if control.type == "text" and example:
        more += _attribute("placeholder", example)
    return f'<input id="{place}" name="{VALUE}" type="{control.type}"{more}>'


def _other(others: Iterable[Control]) -> str:
    """One row for the members that have none of their own: which of them, and what is asked of it, in one list."""
    groups = "".join(
        f"<optgroup{_attribute('label', each.spec.name)}>"
        f"{_options(Option(value, _said(each, words)) for value, words in each.options if value)}</optgroup>"
        for each in others
    )
    how = _list("others", FILTER, groups, "Another member, and how to compare it")
    return _labelled("otherv", "Another member", f'{how}<input id="otherv" name="{VALUE}" type="text">')


def _said(control: Control, words: str) -> str:
    """An option in words that begin with the member."""
    is_value = control.type is None and not words.startswith("has ")
    return f"{control.spec.name} {'is ' if is_value else ''}{words}"


def _order(blank: BlankForm, order: Option) -> str:
    return _labelled("sort", "Sort by", _list("sort", "sort", _chosen(blank.orders, order)))


def _size(blank: BlankForm, limit: str) -> str:
    """How many items are on a page."""
    size = Option("" if limit == str(DEFAULT_LIMIT) else limit, limit)
    return _labelled("limit", "Items on a page", _list("limit", "limit", _chosen(blank.sizes, size)))


def _options(options: Iterable[Option]) -> str:
    return "".join(f"<option{_attribute('value', each.value)}>{escape(each.words)}</option>" for each in options)


def _chosen(options: str, option: Option) -> str:
    """Written options with one of them chosen, which is added if it is not among them."""
    value = _attribute("value", option.value)
    if f"{value}>" not in options:
        options += _options([option])
    return options.replace(f"{value}>", f"{value} selected>", 1)


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"'
