"""Errors for query parameters that are refused, with suggestions what to write instead.

Each sentence continues the name of the parameter. Suggestions are made only of the names that are passed in, so that
they reveal no more than the descriptions that the same caller can read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import unquote

from ..model.fields import FieldSpec
from ..model.kinds import Operator

UNKNOWN = "is not a parameter of this resource"
COMPARED: dict[str, Operator] = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "!=": "ne", "<>": "ne"}
ELSEWHERE: dict[str, Operator] = {
    "like": "contains", "ilike": "icontains", "substring": "contains", "startswith": "starts", "prefix": "starts",
    "le": "lte", "ge": "gte", "min": "gte", "max": "lte", "after": "gte", "before": "lte", "neq": "ne", "not": "ne",
    "is": "eq", "equals": "eq", "null": "exists", "isnull": "exists", "any": "in", "": "in",
}  # fmt: skip
"""Names that other APIs have for our operators."""
CONTROLLED = {
    "limit": ("per_page", "perpage", "page_size", "pagesize", "first", "count", "top", "size"),
    "after": ("offset", "skip", "cursor", "start", "page_token", "starting_after"),
    "sort": ("order", "order_by", "orderby", "sort_by", "sortby", "ordering"),
    "fields": ("select", "include", "only", "properties"),
}
"""Names that other APIs have for our controls."""
_PLUS = "a + in a query stands for a space"
_SHOWN = 40


def wrong_value(spec: FieldSpec, name: str, text: str) -> str:
    """The error for a filter whose text is not a value of the field's kind: what it takes, and a hint."""
    form = spec.kind.example or f"one of {', '.join(map(str, spec.choices))}"
    hint = _hint(spec, name, text)
    return f"takes {form}{hint and f': {hint}'}"


def _hint(spec: FieldSpec, name: str, text: str) -> str:  # noqa: PLR0911 - one for each mistake
    if spec.kind.python is datetime and re.search(r"\d \d\d:?\d\d\Z", text):
        return f"{_PLUS}, write it as %2B, as in 2026-01-31T12:00:00%2B02:00"
    if spec.kind.is_numeric and re.match(r"[ +]\d", text):
        return f"leave out the sign ({_PLUS})"
    if spec.kind.has_fraction and re.fullmatch(r"[+-]?\d+,\d+", text):
        return f"write the decimals behind a point, {text[:_SHOWN].replace(',', '.')}"
    if text.lower() in {"null", "none", "nil", ""}:
        return f"for items without a value write {spec.name}[exists]=false"
    if re.search(r"%[0-9A-Fa-f]{2}", text):
        return "the value is percent-encoded twice"
    compared = re.match(r"(>=|<=|[<>]|!=|=)|(\w+)[:.](?=.)", text)
    operator = compared and (COMPARED.get(compared[1] or "") or _operator(compared[2] or ""))
    if compared and operator:
        return f"write {spec.name}[{operator}]={text[compared.end() :][:_SHOWN]}"
    if "," in text and "[in]" not in name:
        return f"for several values write {spec.name}[in]={text.strip('[]()')[:_SHOWN]}"
    if text[:1] in {'"', "'"}:
        return "leave out the quotes"
    return ""


def _operator(name: str) -> Operator | None:
    return ELSEWHERE.get(name) or next((own for own in COMPARED.values() if own == name), None)


def wrong_name(name: str, value: str, known: Iterable[str], operators: Mapping[str, Sequence[Operator]]) -> str:
    """The error for an unknown parameter; `operators` has those of each field that can be filtered by."""
    hint = _instead(name, value, set(known), operators)
    return f"{UNKNOWN}{hint and f': {hint}'}"


def _instead(name: str, value: str, known: set[str], operators: Mapping[str, Sequence[Operator]]) -> str:  # noqa: PLR0911 - one for each mistake
    if unquote(name) in known:
        return f"it is percent-encoded twice, write {unquote(name)}"
    if name in operators:
        return f"write {name}[eq]={value[:_SHOWN]}, since {name} alone is not a filter"
    if match := re.fullmatch(r"(\w+) ?([<>!]=?|<>)(.*)", name):
        return _comparison(match[1], match[2], match[3], value, operators)
    if match := re.fullmatch(r"(\w+?)(?:\[\$?(\w*)\]|__(\w+)|\.(\w+))", name):
        field, operator = match[1], match[2] or match[3] or match[4] or ""
        if field in operators:
            return _operators_of(field, operator, operators[field])
        if operator in operators:
            return f"write {operator}={value[:_SHOWN]}"
    for control, others in CONTROLLED.items():
        if name.lower() in others and control in known:
            return "follow the links of a page, next and prev" if control == "after" else f"write {control}="
    near = nearest(name, known)
    return f"did you mean {near}?" if near else ""


def _comparison(field: str, sign: str, behind: str, value: str, operators: Mapping[str, Sequence[Operator]]) -> str:
    # `created>=2005` is parsed as the name `created>` with the value 2005, `created>2005` as a name alone.
    operator = COMPARED.get(sign if behind else f"{sign}=")
    if operator in operators.get(field, ()):
        return f"write {field}[{operator}]={(behind or value)[:_SHOWN]}"
    return ""


def _operators_of(field: str, operator: str, there: Sequence[Operator]) -> str:
    ours = ELSEWHERE.get(operator.lower(), operator)
    if ours in there:
        return f"for several values write {field}[in]=a,b" if not operator else f"write {field}[{ours}]"
    return f"the operators of {field} are {', '.join(there)}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to a misspelt one; None if there is none close enough."""
    folded: dict[str, str] = {}
    for each in known:
        folded.setdefault(each.lower(), each)
    found = difflib.get_close_matches(name.strip().lower(), folded, n=1, cutoff=0.75)
    return folded[found[0]] if found else None


def wrong_sort(text: str, sortable: Sequence[str]) -> str:
    """The error for a `sort` that is not an order: what it takes, and a hint."""
    hint = ""
    if match := re.search(r"(\w+)[ :.](asc|desc)\b", text, re.IGNORECASE):
        hint = f"write {'-' if match[2].lower() == 'desc' else ''}{match[1]} for {match[1]} {match[2]}; "
    elif re.search(r"(?:\A|,)[ +]", text):
        hint = f"write names without spaces, and ascending ones without a sign ({_PLUS}); "
    elif (missed := next((near for key in text.split(",") if (near := _misspelt(key, sortable))), None)) is not None:
        hint = f"did you mean {missed}? "
    return f"{hint}it takes names out of {', '.join(sortable)}, each with '-' before it for descending order"


def wrong_fields(text: str, known: Sequence[str]) -> str:
    """The error for `fields` with unknown names: what it takes, and a hint."""
    missed = next((near for name in text.split(",") if (near := _misspelt(name, known))), None)
    hint = f"did you mean {missed}? it " if missed else ""
    return f"{hint}takes names out of {', '.join(known)}, each once, with commas and no spaces between them"


def _misspelt(key: str, known: Sequence[str]) -> str | None:
    name = key.removeprefix("-")
    return nearest(name, known) if name not in known else None
