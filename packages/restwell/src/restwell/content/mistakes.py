"""The errors of pydantic as a client reads them: a JSON Pointer into its content, and a sentence."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..http.problems import FieldError
from ..model.fields import IDENTITY_PATTERN
from ..model.guarding import MORE
from ..model.written import WITHOUT_NUL, below

_OBJECT = "Must be a JSON object."
_ARRAY = "Must be a JSON array."
_DATE = "Must be a date such as 2026-01-31."
_TIME = "Must be a time of day without an offset, such as 09:30:00."
_DURATION = "Must be a duration such as P1DT2H30M."
_MOMENT = "Must be a moment with its offset from UTC, such as 2026-01-31T12:00:00Z."
_SENTENCES = {
    "null_character": "Must not contain the character U+0000.",
    "missing": "Is required.",
    "extra_forbidden": "Is not known here: leave it out.",
    "none_required": "Must be null.",
    "string_type": "Must be text.",
    "int_type": "Must be an integer.",
    "int_from_float": "Must be an integer.",
    "int_parsing": "Must be an integer.",
    "float_type": "Must be a number.",
    "bool_type": "Must be true or false.",
    "decimal_type": 'Must be a decimal number, such as "1.25".',
    "decimal_parsing": 'Must be a decimal number, such as "1.25".',
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": _MOMENT,
    "time_type": _TIME,
    "time_parsing": _TIME,
    "timezone_naive": _TIME,
    "duration_type": _DURATION,
    "duration_parsing": _DURATION,
    "duration_calendar": "Must be a duration without years and months, of several lengths: write days, as P30D.",
    "uuid_type": "Must be a UUID.",
    "uuid_parsing": "Must be a UUID.",
    "url_type": "Must be an absolute URL, such as https://example.org/.",
    "url_parsing": "Must be an absolute URL, such as https://example.org/.",
    "url_syntax_violation": "Must be an absolute URL, such as https://example.org/.",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "list_type": _ARRAY,
    "tuple_type": _ARRAY,
    "set_type": _ARRAY,
    "frozen_set_type": _ARRAY,
    "iterable_type": _ARRAY,
}
_KNOWN_AS = {
    "date_from_datetime_parsing": "date_parsing",
    "date_from_datetime_inexact": "date_parsing",
    "datetime_from_date_parsing": "datetime_parsing",
}
_NAMES_A_CLASS = re.compile(r"instance of|subclass of|class_name|__")
_SUBJECT = re.compile(r"^(?:[A-Z]\w*(?: input)? should |Value error, |Assertion failed, )")


def mistakes_of(error: ValidationError, content: Any) -> tuple[list[FieldError], int]:
    """The errors of pydantic in its order, and the number of those that are only counted."""
    every = error.errors(include_url=False, include_input=False)
    found = [item for item in every if item["type"] != MORE]
    told = [FieldError(_pointer(item, content), _sentence(item), _code(item)) for item in found]
    more = sum(item.get("ctx", {}).get("count", 0) for item in every if item["type"] == MORE)
    return list(dict.fromkeys(told)), more


def unknown_member(name: str) -> FieldError:
    """What is said of a member that nobody has declared."""
    return FieldError(below("", name), _SENTENCES["extra_forbidden"], "extra_forbidden")


def _pointer(item: ErrorDetails, content: Any) -> str:
    """The pointer to an error. Its location in pydantic has names of branches of unions too, which are left out."""
    pointer, here = "", content
    for place in item["loc"]:
        is_member = isinstance(here, dict) and place in here
        if is_member or (isinstance(here, list) and isinstance(place, int) and place < len(here)):
            pointer, here = below(pointer, place), here[place]
    within = item.get("ctx", {}).get("pointer", "")  # JSON of any shape is looked through at once
    is_lacking = item["type"] == "missing" and not within
    return below(pointer, item["loc"][-1]) if is_lacking else pointer + within


def _code(item: ErrorDetails) -> str:
    if item.get("ctx", {}).get("pattern") == WITHOUT_NUL:
        return "null_character"
    return _KNOWN_AS.get(item["type"], item["type"])


def _sentence(item: ErrorDetails) -> str:
    if _code(item) in _SENTENCES:
        return _SENTENCES[_code(item)]
    if item.get("ctx", {}).get("pattern") == IDENTITY_PATTERN:
        return "Must be letters, digits, '.', '_', '~' and '-', and neither '.' nor '..'."
    if _NAMES_A_CLASS.search(item["msg"]):
        return "Is not valid."
    text = _SUBJECT.sub(lambda found: "Must " if found[0].endswith("should ") else "", item["msg"])
    text = text.replace(" after validation", "").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
