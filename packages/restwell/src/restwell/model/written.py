"""Strict readers of single values: they accept the texts that the JSON Schema describes, where pydantic accepts more.

Each function reads one value before pydantic does. It passes on a value that is not a text, such as a default of the
application's, and raises PydanticCustomError for a text in another form.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Self
from uuid import UUID

import orjson
from pydantic_core import PydanticCustomError, PydanticKnownError

from ..http.limits import MAX_EXPONENT, MAX_INTEGER, MAX_TEXT
from .durations import CALENDAR, duration_of, is_within_range, microseconds_of
from .kinds import TIME_PATTERN

WITHOUT_NUL = r"^[^\x00]*$"

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # full-date of RFC 3339, section 5.6
MOMENT = re.compile(  # date-time there, but that the offset is asked for by pydantic
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
TIME = re.compile(TIME_PATTERN)
PLAIN_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
HEX = "[0-9a-fA-F]"
UUID_TEXT = re.compile(f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}")  # RFC 9562, section 4
URL_TEXT = re.compile(rf'[A-Za-z][A-Za-z0-9+.-]*:(?:%{HEX}{{2}}|[^%\x00-\x20\x7f<>"{{}}|\\^`])*')
"""What RFC 3987 lets stand in an IRI, roughly: no spaces, control characters or half escapes."""


class ExactNumber(float):
    """A JSON number that a double cannot hold exactly; `text` is how it was written."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Make one of the text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[type[ExactNumber], tuple[str]]:
        """As it is copied."""
        return ExactNumber, (self.text,)


def decimal_pattern(max_digits: int | None, decimal_places: int | None) -> str:
    """The pattern of a decimal with at most `max_digits` digits, of which `decimal_places` are after the point."""
    whole = "+"
    if max_digits is not None:
        before = max_digits - (decimal_places or 0)
        whole = f"{{1,{before}}}" if before > 0 else ""
    digits = "0" if whole == "" else f"[0-9]{whole}"
    behind = max_digits if decimal_places is None else decimal_places
    fraction = "" if behind == 0 else rf"(?:\.[0-9]{'+' if behind is None else f'{{1,{behind}}}'})?"
    return f"^-?{digits}{fraction}$"


def decimal_reader(max_digits: int | None, decimal_places: int | None) -> Callable[[Any], Decimal]:
    """A reader of decimals: a text of decimal digits, or a JSON number, exactly as it was written."""
    pattern = re.compile(decimal_pattern(max_digits, decimal_places))

    def read(value: Any) -> Decimal:
        if isinstance(value, str):
            if not pattern.match(value) or value.endswith("\n"):  # before which Python's $ matches too
                raise _not_a_decimal(value, max_digits, decimal_places)
            number = Decimal(value)
        elif isinstance(value, Decimal):
            number = value
        elif isinstance(value, float):
            number = Decimal(value.text if isinstance(value, ExactNumber) else repr(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            number = Decimal(value)
        else:
            raise PydanticCustomError("decimal_type", "Input should be a decimal number")
        return _within_range(number)

    return read


def _not_a_decimal(
    text: str, max_digits: int | None, decimal_places: int | None
) -> PydanticCustomError | PydanticKnownError:
    """What is wrong with a text that does not match: digits too many, as pydantic says it of numbers, or its form."""
    if not PLAIN_DECIMAL.fullmatch(text):
        return PydanticCustomError("decimal_parsing", "Input should be a decimal number")
    if decimal_places is not None and len(text.partition(".")[2]) > decimal_places:
        return PydanticKnownError("decimal_max_places", {"decimal_places": decimal_places})
    if decimal_places is not None and max_digits is not None:
        return PydanticKnownError("decimal_whole_digits", {"whole_digits": max(max_digits - decimal_places, 0)})
    return PydanticKnownError("decimal_max_digits", {"max_digits": max_digits})


def _within_range(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise PydanticKnownError("finite_number")
    if not number:
        return number.copy_abs()  # -0 is 0 to one database and another value to the next
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise PydanticCustomError("decimal_range", f"Must be zero, or between 1e-{MAX_EXPONENT} and 1e{MAX_EXPONENT}")
    return number


def write_decimal(number: Any) -> Any:
    """A decimal as it stands in JSON: xsd:decimal has no exponent."""
    return format(number, "f") if isinstance(number, Decimal) else number


def read_date(value: Any) -> Any:
    """Check that the text of a date has the form of RFC 3339, section 5.6."""
    if isinstance(value, str):
        if not DATE.fullmatch(value):
            raise PydanticCustomError("date_parsing", "Input should be a valid date")
    elif not isinstance(value, date):
        raise PydanticCustomError("date_type", "Input should be a valid date")
    return value


def read_moment(value: Any, read: Callable[[Any], datetime]) -> datetime:
    """A moment in UTC, of a text in the form of RFC 3339; digits beyond microseconds are dropped."""
    if isinstance(value, str):
        if not MOMENT.fullmatch(value):
            raise PydanticCustomError("datetime_parsing", "Input should be a valid datetime")
    elif not isinstance(value, datetime):
        raise PydanticCustomError("datetime_type", "Input should be a valid datetime")
    moment = read(value)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_range", "Must be within the years 1 to 9999 in UTC") from None


def read_time(value: Any) -> Any:
    """Check that the text of a time of day has seconds and no offset; pydantic drops digits beyond microseconds."""
    if isinstance(value, str):
        if not TIME.fullmatch(value):
            raise PydanticCustomError("time_parsing", "Input should be a valid time of day")
    elif not isinstance(value, time):
        raise PydanticCustomError("time_type", "Input should be a valid time of day")
    return value


def read_duration(value: Any) -> Any:
    """A duration of its text, without years and months; digits beyond microseconds are dropped."""
    if isinstance(value, timedelta):
        total: int | None = value // timedelta(microseconds=1)
    elif not isinstance(value, str):
        raise PydanticCustomError("duration_type", "Input should be a duration")
    else:
        total = microseconds_of(value)
    if total is None:
        has_calendar = CALENDAR.fullmatch(value) is not None
        raise PydanticCustomError(
            "duration_calendar" if has_calendar else "duration_parsing", "Input should be a duration"
        )
    if not is_within_range(total):
        raise PydanticCustomError("duration_range", "Must be within 106751991 days either way")
    return timedelta(microseconds=total)


def write_duration(value: Any) -> Any:
    """A duration as it stands in JSON; pydantic would write years."""
    return duration_of(value // timedelta(microseconds=1)) if isinstance(value, timedelta) else value


def read_uuid(value: Any) -> Any:
    """Check that the text of a UUID has its hyphens and no braces or prefix."""
    if isinstance(value, str):
        if not UUID_TEXT.fullmatch(value):
            raise PydanticCustomError("uuid_parsing", "Input should be a valid UUID")
    elif not isinstance(value, UUID):
        raise PydanticCustomError("uuid_type", "Input should be a UUID")
    return value


def url_pattern(schemes: list[str]) -> str:
    """The pattern of URLs with one of these schemes, in any case (RFC 3986, section 3.1)."""
    every = ("".join(f"[{c.upper()}{c}]" if c.isalpha() else re.escape(c) for c in scheme) for scheme in schemes)
    return f"^(?:{'|'.join(every)})://"


def url_reader(schemes: list[str] | None) -> Callable[[Any], Any]:
    """A reader that checks the characters of a URL, and what follows its scheme if that is one of these."""
    whole = re.compile(url_pattern(schemes)) if schemes else None

    def read(value: Any) -> Any:
        if isinstance(value, str) and not URL_TEXT.fullmatch(value):
            raise PydanticCustomError("url_parsing", "Input should be a valid URL")
        scheme = value.partition(":")[0].lower() if isinstance(value, str) else ""
        if whole and scheme in (schemes or ()) and not whole.match(value):
            raise PydanticCustomError("url_parsing", "Input should be a valid URL")
        return value

    return read


def choice_reader(expected: tuple[Any, ...]) -> Callable[[Any], Any]:
    """A reader of one of these values, and not of `true` for 1; the value of an Enum's member becomes the member."""
    values = [value.value if isinstance(value, Enum) else value for value in expected]
    kinds = {type(value) for value in values} | {type(value) for value in expected}
    members = {value.value: value for value in expected if isinstance(value, Enum)}
    named = " or ".join(repr(value) for value in values)

    def read(value: Any) -> Any:
        if type(value) not in kinds or not (value in values or value in expected):
            raise PydanticKnownError("literal_error", {"expected": named})
        return members.get(value, value)

    return read


def read_text(value: Any) -> Any:
    """Check that a text has no U+0000, where the declaration has a pattern that may allow it."""
    if isinstance(value, str) and "\0" in value:
        raise PydanticCustomError("null_character", "Must not contain the character U+0000")
    return value


def read_json(value: Any) -> Any:
    """Any JSON, with integers of at most 64 bits and texts without U+0000, of at most `MAX_TEXT` characters."""
    if isinstance(value, (dict, list)):
        try:
            text = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
        except orjson.JSONEncodeError:  # an integer of more than 53 bits, or a number that is kept as its text
            return _read_part(value, "")
        if b"\\u0000" not in text and len(text) <= MAX_TEXT:
            return value
    return _read_part(value, "")


def _read_part(value: Any, pointer: str) -> Any:
    if isinstance(value, str):
        return _short_text(value, pointer)
    if isinstance(value, int):
        if not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
            _refuse("integer_range", f"Must be between {-MAX_INTEGER - 1} and {MAX_INTEGER}", pointer)
    elif isinstance(value, ExactNumber):
        return float(value)  # as most readers of JSON read it (RFC 8259, section 6)
    elif isinstance(value, dict):
        return {
            _short_text(name, below(pointer, name)): _read_part(member, below(pointer, name))
            for name, member in value.items()
        }
    elif isinstance(value, list):
        return [_read_part(item, below(pointer, number)) for number, item in enumerate(value)]
    return value


def _short_text(text: Any, pointer: str) -> Any:
    if isinstance(text, str):
        if "\0" in text:
            _refuse("null_character", "Must not contain the character U+0000", pointer)
        if len(text) > MAX_TEXT:
            _refuse("string_too_long", f"Must have at most {MAX_TEXT} characters", pointer)
    return text


def below(pointer: str, name: str | int) -> str:
    """The pointer to a member or an item of what the pointer points to (RFC 6901, section 3)."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _refuse(code: str, text: str, pointer: str) -> None:
    raise PydanticCustomError(code, text, {"pointer": pointer})
