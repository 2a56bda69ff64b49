"""Reads the query component of a URI into a Query.

Parameters that are not declared are refused, so that a misspelt filter never shows everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from ..http.keeping import kept
from ..http.limits import DEFAULT_LIMIT, MAX_FILTERS, MAX_KEYS, MAX_LIMIT, MAX_OFFSET, MAX_PARAMETERS
from ..http.masking import has_key
from ..http.problems import BadParameter, FieldError
from ..model.conditions import TRUE, Comparison, Condition, all_of, both
from ..model.resource import Declaration
from .corrections import UNKNOWN, wrong_fields, wrong_name, wrong_sort
from .cursors import read_cursor
from .filters import CONTROLS, Filters, read_filter
from .platform import OtherNames, read_order
from .query import Order, Query

KEY_IN_QUERY = "the query holds an API key: send keys in Authorization alone, and revoke this one, as URIs are logged"
PLACES = ("after", "page")
"""Where a page begins: what a link to another page has otherwise."""
EITHER = (("page", "after"), ("itemsPerPage", "limit"))
"""Parameters of which a query has one or the other."""
MAX_EXPLAINED = 5
"""Unknown parameters that get a suggestion: finding one takes half a millisecond."""


@kept(2 * 1024 * 1024)
def read_query(declaration: Declaration, text: str, *, lenient: bool, secret: bytes, rows: Condition = TRUE) -> Query:
    """The Query that the query component of a collection's URI stands for.

    Raises BadParameter with an error for each parameter that is unknown, repeated or has a wrong value, and
    BadCursor for an `after` that this collection, in this order and with these filters, did not issue to
    somebody for whom it has the same `rows`.
    """
    pairs, errors = read_pairs(text)
    theirs = declaration.compiled[OtherNames]
    known = theirs.every
    unknown = [pair for pair in pairs if pair[0] not in known]
    if unknown and (indexed := [name for name, _ in unknown if theirs.list_of(name) is not None]):
        known |= set(indexed)
        unknown = [pair for pair in unknown if pair[0] not in known]
    if unknown and not lenient:
        errors += [_unknown(name, _why(declaration, name, value)) for name, value in unknown[:MAX_EXPLAINED]]
        errors += [_unknown(name) for name, _ in unknown[MAX_EXPLAINED:]]
    if unknown:
        pairs = [pair for pair in pairs if pair[0] in known]
    values = dict(pairs)
    errors += _repeated(declaration, pairs)
    errors += [_conflict(one, other) for one, other in EITHER if one in values and other in values]
    size = "itemsPerPage" if "itemsPerPage" in values else "limit"
    limit = _read(errors, size, values, lambda text: _limit(size, text), DEFAULT_LIMIT)
    page = _read(errors, "page", values, lambda text: _page(text, limit), None)
    sort = _read(errors, "sort", values, lambda text: _sort(declaration, text), ())
    sort = _ordered(theirs, pairs, errors) or sort
    fields = _read(errors, "fields", values, lambda text: read_fields(declaration, text), None)
    condition = _condition(declaration, pairs, errors)
    refuse(errors)
    given = values.get("after")
    within = both(rows, condition)
    after = read_cursor(declaration, sort, given, secret, condition=within) if given is not None else None
    parameters = tuple(pair for pair in pairs if pair[0] not in PLACES)
    return Query(limit, sort, condition, after, fields, parameters, given, page)


def read_item_fields(declaration: Declaration, text: str, *, lenient: bool) -> tuple[str, ...] | None:
    """The `fields` parameter of an item's URI, the only one it takes. Raises BadParameter."""
    pairs, errors = read_pairs(text)
    errors += [] if lenient else [_unknown(name) for name, _ in pairs if name != "fields"]
    values = {name: value for name, value in pairs if name == "fields"}
    errors += _repeated(declaration, [pair for pair in pairs if pair[0] == "fields"])
    fields: tuple[str, ...] | None = _read(
        errors, "fields", values, lambda text: read_fields(declaration, text), None
    )
    refuse(errors)
    return fields


def refuse_parameters(text: str, *, lenient: bool) -> None:
    """For addresses that take no parameters. Raises BadParameter if there is one."""
    pairs, errors = read_pairs(text)
    errors += [] if lenient else [_unknown(name) for name, _ in pairs]
    if errors:
        raise BadParameter("This address takes no query parameters: leave them out.", errors=tuple(errors))


def refuse(errors: list[FieldError]) -> None:
    """Raise BadParameter when there are errors; its detail says what to do about the only one."""
    if not errors:
        return
    [first, *others] = errors
    said = "see errors" if others or first.detail == UNKNOWN else f"{first.pointer} {first.detail}".strip()
    raise BadParameter(f"Correct the query of the URI: {said}.", errors=tuple(errors))


def read_pairs(text: str, most: int = MAX_PARAMETERS) -> tuple[list[tuple[str, str]], list[FieldError]]:
    """The names and values in a query component, of which there are so many at most, or what is wrong with it."""
    if not text:
        return [], []
    if text.count("&") >= most:
        return [], [FieldError("", f"the query has more than {most} parameters", "malformed")]
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        return [], [FieldError("", "the query is not UTF-8: write é as %C3%A9, for example", "malformed")]
    if has_key(text) or any(has_key(name) or has_key(value) for name, value in pairs):
        return [], [FieldError("", KEY_IN_QUERY, "malformed")]
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        return [], [FieldError("", "the query holds a NUL character, %00: leave it out", "malformed")]
    return pairs, []


def _why(declaration: Declaration, name: str, value: str) -> str:
    if name.partition("[")[0] in {spec.name for spec in declaration.computed}:
        return "is computed, and cannot be filtered by"
    filters = declaration.compiled[Filters]
    return wrong_name(name, value, {*CONTROLS, *filters.parameters}, filters.operators)


def _unknown(name: str, detail: str = UNKNOWN) -> FieldError:
    return FieldError(name[:100], detail, "unknown_parameter")


def _conflict(one: str, other: str) -> FieldError:
    return FieldError(one, f"is given with {other}: leave one of them out", "conflict")


def _repeated(declaration: Declaration, pairs: Sequence[tuple[str, str]]) -> list[FieldError]:
    """An error for each known name that is given more than once, but for lists, which are given so."""
    counts = Counter(name for name, _ in pairs)
    if len(counts) == len(pairs):
        return []
    filters, theirs = declaration.compiled[Filters].parameters, declaration.compiled[OtherNames].filters
    errors = []
    for name in sorted(name for name, count in counts.items() if count > 1):
        if name in theirs and theirs[name][0].form == "list":
            continue
        several = name in filters and filters[name].operator in {"eq", "in"}
        instead = f"write {filters[name].field.name}[in]=a,b for several values" if several else "give it once"
        errors.append(FieldError(name, f"is given more than once: {instead}", "repeated"))
    return errors


def _read(errors: list[FieldError], name: str, values: dict[str, str], reader: Any, default: Any) -> Any:
    if name not in values:
        return default
    try:
        return reader(values[name])
    except ValueError as error:
        errors.append(FieldError(name, str(error), "invalid"))
        return default


def _limit(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MAX_LIMIT):
        raise ValueError(f"takes a number of rows from 1 to {MAX_LIMIT}, as in {name}={DEFAULT_LIMIT}")
    return int(text)


def _page(text: str, limit: int) -> int:
    last = -(-MAX_OFFSET // limit)
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= last):
        raise ValueError(
            f"takes a number from 1 to {last} with {limit} items on each page: `next` of that one leads on"
        )
    return int(text)


def _ordered(theirs: OtherNames, pairs: Sequence[tuple[str, str]], errors: list[FieldError]) -> tuple[Order, ...]:
    """The order that the parameters `order[...]` ask for, the first one first."""
    orders: list[Order] = []
    if theirs.orders.keys().isdisjoint(name for name, _ in pairs):
        return ()
    for name, text in pairs:
        if name not in theirs.orders:
            if name == "sort":
                errors.append(_conflict("sort", "order[...]"))
            continue
        try:
            orders += read_order(theirs.orders, name, text)
        except ValueError as error:
            errors.append(FieldError(name, str(error), "invalid"))
            continue
        if len(orders) > MAX_KEYS or len({order.field for order in orders}) < len(orders):
            errors.append(FieldError(name, f"is too much: at most {MAX_KEYS} members, each once", "invalid"))
            break
    return tuple(orders)


def _sort(declaration: Declaration, text: str) -> tuple[Order, ...]:
    orders = tuple(Order(key.removeprefix("-"), key.startswith("-")) for key in text.split(","))
    sortable = [spec.name for spec in declaration.fields if spec.sortable]
    computed = [spec.name for spec in declaration.computed if any(order.field == spec.name for order in orders)]
    if computed:
        raise ValueError(f"cannot be by {', '.join(computed)}: what is computed is not sorted by")
    if any(order.field not in sortable for order in orders):
        raise ValueError(wrong_sort(text, sortable))
    if len(orders) > MAX_KEYS or len({order.field for order in orders}) < len(orders):
        raise ValueError(f"takes at most {MAX_KEYS} names, each once")
    return orders


def read_fields(declaration: Declaration, text: str) -> tuple[str, ...]:
    """The names in `fields`, in the order of the declaration. Raises ValueError that lists the known names."""
    names = text.split(",")
    known = [spec.name for spec in declaration.shown]
    if any(name not in known for name in names) or len(set(names)) < len(names):
        raise ValueError(wrong_fields(text, known))
    return tuple(name for name in known if name in names)


def _condition(declaration: Declaration, pairs: Sequence[tuple[str, str]], errors: list[FieldError]) -> Condition:
    """The condition that all filters of a query hold."""
    filters, theirs = declaration.compiled[Filters].parameters, declaration.compiled[OtherNames]
    found: dict[str, list[Comparison]] = {}
    for name, text in pairs:
        folded = name if name in theirs.every else theirs.list_of(name)
        if folded not in theirs.places:
            continue
        try:
            ours = filters.get(folded)
            read = theirs.read(folded, text) if ours is None else [read_filter(ours, text)]
        except ValueError as error:
            errors.append(FieldError(name, str(error), "invalid"))
            continue
        found.setdefault(folded, []).extend(read)
    names = sorted(found, key=theirs.places.__getitem__)
    every = [each for name in names for each in theirs.joined(name, found[name])]  # a list is one filter
    if len(every) > MAX_FILTERS:
        errors.append(FieldError("", f"has more than {MAX_FILTERS} filters", "too_many"))
    return all_of(*every)
