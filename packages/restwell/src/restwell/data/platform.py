"""Parameters as clients of API Platform send them: other names of ours, with the same rules.

| theirs | ours |
|---|---|
| `itemsPerPage=10` | `limit=10` |
| `order[name]=asc&order[created]=DESC` | `sort=name,-created` |
| `created[between]=2005..2010` | `created[gte]=2005&created[lte]=2010` |
| `created[before]`, `created[after]` | `created[lte]`, `created[gte]` |
| `created[strictly_before]`, `created[strictly_after]` | `created[lt]`, `created[gt]` |
| `exists[created]=true` | `created[exists]=true` |
| `name[0]=a&name[1]=b` | `name[in]=a,b` |

A name that one of ours has already stays ours: a field called `order` is filtered by `order[eq]`. To these clients
the `id` of an item is its URL, so that `order[id]` is by the identity where no member is called so. `page`, the
number of a page, is no other name of anything: `data/parameters.py` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from ..http.limits import MAX_KEYS
from ..model.conditions import Comparison
from ..model.fields import FieldSpec
from ..model.kinds import Operator
from ..model.resource import Declaration
from .filters import CONTROLS, FilterParameter, Filters, filter_names, join_list, read_filter
from .query import Order

PAGING = ("page", "itemsPerPage")
"""Their controls of every collection."""
IDENTITY = "id"
"""What these clients call the identity of an item, which is its URL."""
DIRECTIONS = {"asc": "", "desc": "-"}
BOUNDS: dict[str, Operator] = {
    "before": "lte", "after": "gte", "strictly_before": "lt", "strictly_after": "gt",
}  # fmt: skip
"""Operators that they have for others of ours."""
_INDEXED = re.compile(r"(.+)\[\d{1,4}\]", re.ASCII)
Pairs = Sequence[tuple[str, str]]


class OtherName(NamedTuple):
    """A filter of theirs: how its text is read, and the operators of ours that it stands for."""

    name: str
    field: FieldSpec
    form: Literal["value", "range", "list"]
    operators: tuple[Operator, ...]


def other_names(declaration: Declaration) -> dict[str, OtherName]:
    """Every filter of theirs that a collection takes and that is not one of ours already."""
    ours = filter_names(declaration)
    return {
        each.name: each
        for spec in declaration.fields
        if spec.filterable
        for each in _of(spec)
        if each.name not in ours
    }


def _of(spec: FieldSpec) -> Iterable[OtherName]:
    operators, name = spec.kind.operators, spec.name
    if "gte" in operators:
        yield OtherName(f"{name}[between]", spec, "range", ("gte", "lte"))
        for theirs, operator in BOUNDS.items():
            yield OtherName(f"{name}[{theirs}]", spec, "value", (operator,))
    if "in" in operators:
        yield OtherName(f"{name}[]", spec, "list", ("in",))
    yield OtherName(f"exists[{name}]", spec, "value", ("exists",))


def order_names(declaration: Declaration) -> dict[str, tuple[str, ...]]:
    """Every parameter of theirs that sorts, with the members that it is by."""
    taken = {*filter_names(declaration), *other_names(declaration)}
    by: dict[str, tuple[str, ...]] = {spec.name: (spec.name,) for spec in declaration.fields if spec.sortable}
    identifying = declaration.identifying
    if IDENTITY not in declaration.names and len(identifying) <= MAX_KEYS and all(s.sortable for s in identifying):
        by[IDENTITY] = tuple(spec.name for spec in identifying)
    return {name: fields for field, fields in by.items() if (name := f"order[{field}]") not in taken}


class OtherNames:
    """Their parameters of a collection, as queries are read by them: `declaration.compiled[OtherNames]`."""

    __slots__ = ("every", "filters", "orders", "places")

    def __init__(self, declaration: Declaration) -> None:
        ours, found = declaration.compiled[Filters].parameters, other_names(declaration)
        readers = {each.field.name: each.reader for each in ours.values()}

        def parameters(each: OtherName) -> tuple[FilterParameter, ...]:
            spec = each.field
            return tuple(FilterParameter(each.name, spec, o, readers[spec.name]) for o in each.operators)

        self.filters: Mapping[str, tuple[OtherName, tuple[FilterParameter, ...]]] = {
            name: (each, parameters(each)) for name, each in found.items()
        }
        """Their filters, with what reads the values."""
        self.orders = order_names(declaration)
        named = [name for name, each in found.items() if each.form != "list"]
        self.every = frozenset([*CONTROLS, *PAGING, *ours, *named, *self.orders])
        """Every parameter of a collection, theirs and ours, but for those with an index."""
        self.places = {name: place for place, name in enumerate([*ours, *found])}
        """Where each filter comes among all of them, so that equal filters in another order are one condition."""

    def list_of(self, name: str) -> str | None:
        """The list that a parameter with an index adds to: `name[]` for `name[0]`. None for any other parameter."""
        match = _INDEXED.fullmatch(name)
        folded = f"{match[1]}[]" if match else ""
        return folded if folded in self.filters else None

    def read(self, name: str, text: str) -> list[Comparison]:
        """The comparisons that a filter of theirs stands for. Raises ValueError that says what to write."""
        each, parameters = self.filters[name]
        if each.form == "list":
            return [read_filter(parameters[0], join_list([text]))]
        parts = text.split("..") if each.form == "range" else [text]
        if len(parts) != len(parameters):
            raise ValueError("takes two values with .. between them, the least and the greatest")
        return [read_filter(parameter, part) for parameter, part in zip(parameters, parts, strict=True)]

    def joined(self, name: str, found: list[Comparison]) -> list[Comparison]:
        """The comparisons of one filter; those of a list are one, with all of their values."""
        if len(found) == 1 or name not in self.filters or self.filters[name][0].form != "list":
            return found
        return [Comparison(found[0].field, "in", tuple(value for each in found for value in each.values))]


def read_order(names: Mapping[str, tuple[str, ...]], name: str, text: str) -> list[Order]:
    """The sort keys of one of their parameters. Raises ValueError that says what to write."""
    direction = text.lower()
    if direction not in DIRECTIONS:
        raise ValueError("takes asc or desc")
    return [Order(field, direction == "desc") for field in names[name]]


def in_our_names(declaration: Declaration, parameters: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The parameters of a query that was read, in the names that are ours."""
    theirs = declaration.compiled[OtherNames]
    found: list[tuple[str, str]] = []
    keys: list[str] = []
    lists: dict[str, list[str]] = {}
    for name, text in parameters:
        if name == "itemsPerPage":
            found.append(("limit", text))
        elif name in theirs.orders:
            keys += [DIRECTIONS[text.lower()] + field for field in theirs.orders[name]]
        elif (folded := name if name in theirs.filters else theirs.list_of(name)) is None:
            found.append((name, text))
        else:
            each, _ = theirs.filters[folded]
            if each.form == "list":
                lists.setdefault(each.field.name, []).append(text)
            else:
                texts = text.split("..") if each.form == "range" else [text]
                found += [(f"{each.field.name}[{o}]", t) for o, t in zip(each.operators, texts, strict=True)]
    found += [(f"{field}[in]", join_list(texts)) for field, texts in lists.items()]
    return (*found, ("sort", ",".join(keys))) if keys else tuple(found)
