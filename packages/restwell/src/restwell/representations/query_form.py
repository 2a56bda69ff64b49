"""The form of a collection's page: filters, the order, how many items are on a page. It works without script.

What it has comes from `surface/asking.py`; what it sends is read by `data/submitted.py`. What is the same on every
page of a resource is written once.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from markupsafe import Markup

from ..data.submitted import FILTER, FORM, VALUE
from ..http.limits import DEFAULT_LIMIT
from ..model.resource import Declaration
from ..surface.asking import Asking, Control, Filled, Option, Parameters, filled, order_of

_FORM = Markup(
    '<form method="get" role="search" aria-label="Filter and sort {}" autocomplete="off">\n{}{}'
    '<div class="row end"><button>Show</button></div>\n</form>'
)
_ROW = Markup('<div class="row"><label for="{}">{}</label>{}</div>\n')
_LIST = Markup('<select id="{}" name="{}"{}>{}</select>')
_OPTION = Markup('<option value="{}">{}</option>')
_GROUP = Markup('<optgroup label="{}">{}</optgroup>')
_LABEL = Markup(' aria-label="{}"')
_INPUT = Markup('<input id="{}" name="{}" type="{}"{}>')
_ATTRIBUTE = Markup(' {}="{}"')
_HIDDEN = Markup('<input type="hidden" name="{}" value="{}">\n')
_NOTHING = Markup("")
USUAL = Option("", "the usual order")


class BlankForm:
    """The parts of the form of a resource: `declaration.compiled[BlankForm]`, made for the first page that has it."""

    __slots__ = ("options", "orders", "other", "rows", "whole")

    def __init__(self, declaration: Declaration) -> None:
        asking = declaration.compiled[Asking]
        self.options = {name: _options(control.options) for name, control in asking.controls.items()}
        self.orders = _options((USUAL, *asking.orders))
        self.rows = {
            each.spec.name: _row(_blank(each), self.options[each.spec.name], f"f{place}")
            for place, each in enumerate(asking.own)
        }
        self.other = _other(asking.others) if asking.others else _NOTHING
        self.whole = _form(declaration, [*self.rows.values(), self.other, _order(self.orders), _size(asking, "")])


def query_form(declaration: Declaration, parameters: Parameters) -> Markup:
    """The form of a page that was asked for by this query."""
    asking, blank, given = declaration.compiled[Asking], declaration.compiled[BlankForm], dict(parameters)
    if not given:
        return blank.whole
    numbers, rows = count(), []
    active: dict[str, list[Markup]] = {}
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
    rows += [blank.other, _order(blank.orders, order), _size(asking, given.get("limit", ""))]
    return _form(declaration, rows, given.get("fields"))


def _form(declaration: Declaration, rows: Iterable[Markup], fields: str | None = None) -> Markup:
    hidden = _HIDDEN.format(FORM, "search")  # first, as such a query is known by it
    if fields is not None:
        hidden += _HIDDEN.format("fields", fields)
    return _FORM.format(declaration.slug, hidden, _NOTHING.join(rows))


def _blank(control: Control) -> Filled:
    return Filled(control, control.options[0].value)


def _row(each: Filled, options: Markup, place: str, label: str = "") -> Markup:
    """The controls of one member, with a filter or without; `options` are those of the member, written."""
    control = each.control
    name = control.spec.name
    label = label or name
    chosen = _chosen(options, each.more or Option(each.chosen, ""))
    if control.type is None:
        return _ROW.format(place, label, _LIST.format(place, FILTER, _NOTHING, chosen))
    how = _LIST.format(f"{place}o", FILTER, _LABEL.format(f"How to compare {name}"), chosen)
    return _ROW.format(place, label, how + _value(control, each.text, place))


def _value(control: Control, text: str, place: str) -> Markup:
    more = _ATTRIBUTE.format("value", text) if text else _NOTHING
    if control.type != "text" and (not text or control.has_within(text)):
        limits = (("min", control.minimum), ("max", control.maximum))
        more += _NOTHING.join(_ATTRIBUTE.format(*each) for each in limits if each[1] is not None)
    if control.type == "number" and control.spec.kind.has_fraction:
        more += _ATTRIBUTE.format("step", "any")
    example = control.spec.kind.example.rpartition("as in ")[2]
    if control.type == "text" and example:
        more += _ATTRIBUTE.format("placeholder", example)
    return _INPUT.format(place, VALUE, control.type, more)


def _other(others: Iterable[Control]) -> Markup:
    """One row for the members that have none of their own: which of them, and what is asked of it, in one list."""
    groups = _NOTHING.join(
        _GROUP.format(
            each.spec.name, _options(Option(value, _said(each, words)) for value, words in each.options if value)
        )
        for each in others
    )
    how = _LIST.format("others", FILTER, _LABEL.format("Another member, and how to compare it"), groups)
    return _ROW.format("otherv", "Another member", how + _INPUT.format("otherv", VALUE, "text", _NOTHING))


def _said(control: Control, words: str) -> str:
    """An option in words that begin with the member."""
    is_value = control.type is None and not words.startswith("has ")
    return f"{control.spec.name} {'is ' if is_value else ''}{words}"


def _order(orders: Markup, order: Option = USUAL) -> Markup:
    return _ROW.format("sort", "Sort by", _LIST.format("sort", "sort", _NOTHING, _chosen(orders, order)))


def _size(asking: Asking, limit: str) -> Markup:
    """How many items are on a page."""
    size = Option("" if limit in {"", str(DEFAULT_LIMIT)} else limit, limit or str(DEFAULT_LIMIT))
    sizes = {*asking.sizes, Option("", str(DEFAULT_LIMIT)), size}
    options = _chosen(_options(sorted(sizes, key=lambda each: int(each.words))), size)
    return _ROW.format("limit", "Items on a page", _LIST.format("limit", "limit", _NOTHING, options))


def _options(options: Iterable[Option]) -> Markup:
    return _NOTHING.join(_OPTION.format(*each) for each in options)


def _chosen(options: Markup, option: Option) -> Markup:
    """Written options with one of them chosen, which is added if it is not among them."""
    value = _ATTRIBUTE.format("value", option.value)
    if f"{value}>" not in options:
        options += _OPTION.format(*option)
    return options.replace(f"{value}>", Markup("{} selected>").format(value), 1)
