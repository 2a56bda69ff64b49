"""Filters of a collection: the names of the parameters, and the comparison that each stands for.

A list of values is separated by commas. A value that begins with a quotation mark is quoted as in
RFC 4180, section 2: it ends with another, and one within it is doubled. So `"a,b",c` is two values.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..http.limits import MAX_CHOICES, MAX_FILTER_TEXT
from ..model.conditions import Comparison
from ..model.fields import FieldSpec
from ..model.kinds import Operator
from ..model.resource import Declaration
from .corrections import wrong_value
from .literals import LiteralReader, OutOfRange, reader_of

CONTROLS = ("limit", "after", "sort", "fields")
"""The parameters of every collection."""
RESERVED = frozenset([*CONTROLS, "q", "embed", "page", "itemsPerPage", "order", "exists"])
"""Names that are not filters by themselves; a field of such a name is filtered by `NAME[eq]`."""

PARTIAL: frozenset[Operator] = frozenset(["contains", "icontains", "starts"])
"""Operators that take a part of a text, unparsed."""
_LISTED = re.compile(r'(?:"([^"]*+(?:""[^"]*+)*)"|([^,"][^,]*+|))(,|\Z)')


class FilterParameter(NamedTuple):
    """One filter parameter: its field, its operator, and the reader of the field's values."""

    name: str
    field: FieldSpec
    operator: Operator
    reader: LiteralReader


def filter_names(declaration: Declaration) -> dict[str, tuple[FieldSpec, Operator]]:
    """Every filter parameter of a collection, as `created` and `created[gte]`, with its field and operator."""
    names: dict[str, tuple[FieldSpec, Operator]] = {}
    for spec in declaration.fields:
        if spec.filterable:
            names |= {f"{spec.name}[{operator}]": (spec, operator) for operator in spec.kind.operators}
            if spec.name not in RESERVED:
                names[spec.name] = (spec, "eq")
    return names


class Filters:
    """The filters of a collection, as queries are read by them: `declaration.compiled[Filters]`."""

    __slots__ = ("operators", "parameters")

    def __init__(self, declaration: Declaration) -> None:
        fields = [spec for spec in declaration.fields if spec.filterable]
        readers = {spec.name: reader_of(declaration, spec) for spec in fields}
        self.parameters: dict[str, FilterParameter] = {
            name: FilterParameter(name, spec, operator, readers[spec.name])
            for name, (spec, operator) in filter_names(declaration).items()
        }
        """As `filter_names`, with what reads the values."""
        self.operators: dict[str, tuple[Operator, ...]] = {spec.name: spec.kind.operators for spec in fields}
        """The operators of each field that filters can name."""


def read_filter(parameter: FilterParameter, text: str) -> Comparison:
    """The comparison that a parameter with this value stands for. Raises ValueError that says what to write."""
    name, operator = parameter.field.name, parameter.operator
    if operator == "exists":
        if text not in {"true", "false"}:
            raise ValueError("takes true or false")
        return Comparison(name, "exists", (text == "true",))
    if operator in PARTIAL and not text:
        raise ValueError("takes a text that is not empty")
    texts = split_list(text) if operator == "in" else [text]
    if len(texts) > MAX_CHOICES:
        raise ValueError(f"takes at most {MAX_CHOICES} values")
    if any(len(each) > MAX_FILTER_TEXT for each in texts):
        raise ValueError(f"takes at most {MAX_FILTER_TEXT} characters")
    if operator in PARTIAL:
        return Comparison(name, operator, (text,))
    values = tuple(_value(parameter, each) for each in texts)
    if values == (None,) and operator in {"eq", "ne"}:  # a validator has turned this text into None
        return Comparison(name, "exists", (operator == "ne",))
    return Comparison(name, operator, values)


def _value(parameter: FilterParameter, text: str) -> object:
    try:
        return parameter.reader(text)
    except OutOfRange:
        raise
    except ValueError:
        raise ValueError(wrong_value(parameter.field, parameter.name, text)) from None


def split_list(text: str) -> list[str]:
    """The values of a list. Raises ValueError for a quotation that is not closed, or has text after its end."""
    found: list[str] = []
    place, more = 0, ","
    while more:
        match = _LISTED.match(text, place)
        if match is None:
            raise ValueError(
                'takes values with commas between them; one that begins with " ends with ", and has "" for each " '
                "within it"
            )
        quoted, plain, more = match.groups()
        found.append(plain if quoted is None else quoted.replace('""', '"'))
        place = match.end()
    return found


def join_list(values: list[str]) -> str:
    """The inverse of `split_list`."""
    return ",".join(
        '"' + value.replace('"', '""') + '"' if "," in value or value.startswith('"') else value for value in values
    )
