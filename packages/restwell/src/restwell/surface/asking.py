"""What a collection can be asked for, as a form and links have it: filters, the order, how many items are on a page.

A page for people writes its controls from these values alone. What they send is read by `data/submitted.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from ..data.filters import RESERVED, Filters
from ..data.submitted import FILTER, VALUE
from ..http.limits import DEFAULT_LIMIT, MAX_FILTERS, MAX_LIMIT, MAX_SUBMITTED
from ..model.fields import FieldSpec
from ..model.kinds import NUMBER, Operator
from ..model.resource import Declaration
from .addresses import collection_url
from .inputs import Input, inputs_of

WORDS: dict[Operator, str] = {
    "icontains": "contains",
    "eq": "is",
    "starts": "begins with",
    "gte": "is at least",
    "lte": "is at most",
    "gt": "is more than",
    "lt": "is less than",
    "ne": "is not",
    "in": "is one of",
    "contains": "contains exactly",
}
"""What filters ask, in the order in which they are offered; `exists` takes no value, and has words of its own."""
HAS_VALUE = {"true": "has a value", "false": "has no value"}
EMPTY: dict[Operator, str] = {"eq": "is empty", "ne": "is not empty", "in": "is empty"}
SIZES = tuple(size for size in (10, DEFAULT_LIMIT, 50, MAX_LIMIT) if size <= MAX_LIMIT)
MAX_LISTED = 100
"""Values of a choice that are listed on every page."""
MAX_ROWS = MAX_SUBMITTED // 2 - MAX_FILTERS - 4
"""Members with a row of their own, so that each filter of a query has another beside it."""
MAX_BLANK = 2000
"""Characters that a form without a value may send for its filters, as a URI has room for 4096."""
Parameters = tuple[tuple[str, str], ...]
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Option(NamedTuple):
    """One choice of a list: what is sent, and what it says."""

    value: str
    words: str


class Control(NamedTuple):
    """What the filters of one member are chosen by: a list of what is asked, and a value if that takes one.

    `type` is that of the input in which the value is: `number`, `date` or `text`; None where the list has the values.
    """

    spec: FieldSpec
    options: tuple[Option, ...]
    type: str | None
    minimum: str | None = None
    maximum: str | None = None

    @property
    def has_limits(self) -> bool:
        """Whether one filter may say from where, and another up to where."""
        operators = self.spec.kind.operators
        return self.type is not None and "gte" in operators and not self.spec.kind.is_any_text

    def has_room_for(self, text: str) -> bool:
        """Whether the input can hold a text as it is: HTML takes line ends and what is no number out of it."""
        if self.type == "number":
            return NUMBER.fullmatch(text) is not None
        return text.isprintable() and (self.type == "text" or _DATE.fullmatch(text) is not None)

    def has_within(self, text: str) -> bool:
        """Whether a text is within the limits, beyond which the API can be asked for items as well."""
        read: Callable[[str], Any] = float if self.type == "number" else str
        low, high = self.minimum, self.maximum
        return (low is None or read(low) <= read(text)) and (high is None or read(text) <= read(high))


class Filled(NamedTuple):
    """A control with a filter of the query: which option is chosen, and the value beside it.

    `more` is an option that it has for this filter alone.
    """

    control: Control
    chosen: str
    text: str = ""
    more: Option | None = None


class QueryPart(NamedTuple):
    """One part of a query in words, and the URL of the same query without it."""

    words: str
    url: str


class Sorting(NamedTuple):
    """How the items are sorted by a member now, and the URL where they are by it alone, the other way round."""

    direction: str
    url: str


class Asking:
    """What a collection can be asked for: `declaration.compiled[Asking]`, made for the first page that shows it.

    `own` are the members of which each has a row of its own in the form, `others` those for which the address of
    what it sends has no room. `sortable` has each member that can be sorted by as it stands in a URI.
    """

    __slots__ = ("controls", "orders", "others", "own", "sizes", "sortable")

    def __init__(self, declaration: Declaration) -> None:
        inputs = {each.name: each for each in inputs_of(declaration).replace}
        found = [_control(declaration, spec, inputs[spec.name]) for spec in declaration.fields if spec.filterable]
        room = MAX_BLANK
        own: list[Control] = []
        for each in found:
            room -= len(urlencode(((FILTER, each.options[0].value), (VALUE, ""))))
            own += [each] if room > 0 and len(own) < MAX_ROWS else []
        self.own = tuple(own)
        self.others = tuple(found[len(own) :])
        self.controls = {each.spec.name: each for each in found}
        self.sortable = {spec.name: quote(spec.name) for spec in declaration.fields if spec.sortable}
        self.orders = tuple(order_of(f"{sign}{name}") for name in self.sortable for sign in ("", "-"))
        self.sizes = tuple(Option("" if size == DEFAULT_LIMIT else str(size), str(size)) for size in SIZES)


def _control(declaration: Declaration, spec: FieldSpec, each: Input) -> Control:
    operators, alone = spec.kind.operators, _without_value(declaration, spec, each)
    if 0 < len(each.options) <= MAX_LISTED:
        values = [Option(_complete(spec, "eq", value), value) for value in map(_text, each.options)]
        return Control(spec, (Option("", "any"), *values, *alone), None)
    kind = each.kind.input if each.kind.input in {"number", "date"} else "text"
    options = [
        Option(parameter(spec, operator), words)
        for operator, words in WORDS.items()
        if operator in operators and (operator != "in" or kind == "text")
    ]
    if spec.marks.is_indexed:  # first what costs the same however many items there are
        options.sort(key=lambda option: option.value != parameter(spec, "eq"))
    return Control(spec, (*options, *alone), kind, *_limits(declaration, spec, each))


def _without_value(declaration: Declaration, spec: FieldSpec, each: Input) -> list[Option]:
    """What can be asked of a member that takes no value beside it."""
    found = []
    if spec.kind.is_any_text and not each.min_length and spec not in declaration.identifying:
        found += [Option(_complete(spec, operator, ""), EMPTY[operator]) for operator in ("eq", "ne")]
    if spec.nullable:
        found += [Option(_complete(spec, "exists", value), words) for value, words in HAS_VALUE.items()]
    return found


def _limits(declaration: Declaration, spec: FieldSpec, each: Input) -> tuple[str | None, str | None]:
    """The limits of a number or a date, as a control has them."""
    if each.kind.input == "date":  # JSON Schema has no limits of dates
        info = declaration.content.model_fields[spec.attribute]
        return _bound(info.metadata, "ge"), _bound(info.metadata, "le")
    return _limit(each.minimum), _limit(each.maximum)


def _bound(marks: Iterable[Any], name: str) -> str | None:
    return _limit(next((getattr(mark, name) for mark in marks if hasattr(mark, name)), None))


def _limit(value: Any) -> str | None:
    return None if value is None else _text(value)


def _text(value: Any) -> str:
    """A value as it stands in a URI."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parameter(spec: FieldSpec, operator: Operator) -> str:
    """The name of the parameter that asks this of a member."""
    return spec.name if operator == "eq" and spec.name not in RESERVED else f"{spec.name}[{operator}]"


def _complete(spec: FieldSpec, operator: Operator, value: str) -> str:
    return urlencode([(parameter(spec, operator), value)])


# -- what a page was asked for ------------------------------------------------------------------------------------


def filled(declaration: Declaration, parameters: Parameters) -> list[Filled]:
    """The filters of a query, each in the control of its member, in the order of the query."""
    filters, controls = declaration.compiled[Filters].parameters, declaration.compiled[Asking].controls
    found = []
    for name, text in parameters:
        if name in filters:
            spec, operator = filters[name].field, filters[name].operator
            found.append(_filled(controls[spec.name], operator, text))
    return found


def _filled(control: Control, operator: Operator, text: str) -> Filled:
    name, complete = parameter(control.spec, operator), _complete(control.spec, operator, text)
    values = {option.value for option in control.options}
    if complete in values:
        return Filled(control, complete)
    if name in values and text and control.has_room_for(text):
        return Filled(control, name, text)
    return Filled(control, complete, more=Option(complete, in_words(operator, text)))


def in_words(operator: Operator, text: str) -> str:
    """What a filter asks of its member."""
    if operator == "exists":
        return HAS_VALUE[text]
    return f"{WORDS[operator]} {text}" if text else EMPTY.get(operator, f"{WORDS[operator]} the empty text")


def parts(base: str, declaration: Declaration, parameters: Parameters) -> list[QueryPart]:
    """Each part of a query in words, with the URL of what is left without it."""
    filters = declaration.compiled[Filters].parameters
    found = []
    for place, (name, text) in enumerate(parameters):
        url = collection_url(base, declaration, (*parameters[:place], *parameters[place + 1 :]))
        if name in filters:
            words = f"{filters[name].field.name} {in_words(filters[name].operator, text)}"
        else:
            words = _control_in_words(name, text)
        found.append(QueryPart(words, url))
    return found


def _control_in_words(name: str, text: str) -> str:
    if name == "sort":
        return f"sorted by {_order_in_words(text)}"
    return f"{text} on a page" if name == "limit" else f"with {text.replace(',', ', ')} only"


def _order_in_words(text: str) -> str:
    return ", then ".join(f"{key[1:]}, descending" if key.startswith("-") else key for key in text.split(","))


def order_of(text: str) -> Option:
    """The order that `sort` asks for, as an option."""
    return Option(text, _order_in_words(text))


def sortings(base: str, declaration: Declaration, parameters: Parameters) -> dict[str, Sorting]:
    """How the items are sorted by each member that they can be sorted by."""
    others = tuple(pair for pair in parameters if pair[0] != "sort")
    first = dict(parameters).get("sort", "").partition(",")[0]
    start = f"{collection_url(base, declaration, others)}{'&' if others else '?'}sort="
    found = {}
    for name, key in declaration.compiled[Asking].sortable.items():
        now = "ascending" if first == name else "descending" if first == f"-{name}" else ""
        found[name] = Sorting(now, f"{start}{'-' if now == 'ascending' else ''}{key}")
    return found
