"""How values are written in JSON where pydantic would read more: what is taken is what their JSON Schema says.

Each function reads one value before pydantic does. It passes on what is no text, such as a default of the
application's, and raises PydanticCustomError for what is written in another way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Self
from uuid import UUID

import orjson
from pydantic_core import PydanticCustomError, PydanticKnownError

from ..http.limits import MAX_EXPONENT, MAX_INTEGER, MAX_TEXT
from .kinds import TIME_PATTERN

WITHOUT_NUL = r"^[^\x00]*$"

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # full-date of RFC 3339, section 5.6
MOMENT = re.compile(  # date-time there, but that the offset is asked for by pydantic
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
TIME = re.compile(TIME_PATTERN)
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


def decimal_pattern(most: int | None, places: int | None) -> str:
    """The pattern of a decimal with at most so many digits, so many of them behind the point."""
    whole = "+"
    if most is not None:
        before = most - (places or 0)
        whole = f"{{1,{before}}}" if before > 0 else ""
    digits = "0" if whole == "" else f"[0-9]{whole}"
    behind = most if places is None else places
    fraction = "" if behind == 0 else rf"(?:\.[0-9]{'+' if behind is None else f'{{1,{behind}}}'})?"
    return f"^-?{digits}{fraction}$"


def decimal_reader(most: int | None, places: int | None) -> Callable[[Any], Decimal]:
    """What reads a decimal: a text of decimal digits, or a JSON number, exactly as it was written."""
    pattern = re.compile(decimal_pattern(most, places))

    def read(value: Any) -> Decimal:
        if isinstance(value, str):
            if not pattern.match(value) or value.endswith("\n"):  # before which Python's $ matches too
                raise PydanticCustomError("decimal_parsing", "Input should be a decimal number")
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
    """A date as its text, if it is written as RFC 3339 has it."""
    if isinstance(value, str):
        if not DATE.fullmatch(value):
            raise PydanticCustomError("date_parsing", "Input should be a valid date")
    elif not isinstance(value, date):
        raise PydanticCustomError("date_type", "Input should be a valid date")
    return value


def read_moment(value: Any, read: Callable[[Any], datetime]) -> datetime:
    """A moment in UTC, if it is written as RFC 3339 has it; digits beyond microseconds are dropped."""
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
    """A time of day as its text, if it has its seconds and no offset; digits beyond microseconds are dropped."""
    if isinstance(value, str):
        if not TIME.fullmatch(value):
            raise PydanticCustomError("time_parsing", "Input should be a valid time of day")
    elif not isinstance(value, time):
        raise PydanticCustomError("time_type", "Input should be a valid time of day")
    return value


def read_uuid(value: Any) -> Any:
    """A UUID as its text, if it has its hyphens and nothing else."""
    if isinstance(value, str):
        if not UUID_TEXT.fullmatch(value):
            raise PydanticCustomError("uuid_parsing", "Input should be a valid UUID")
    elif not isinstance(value, UUID):
        raise PydanticCustomError("uuid_type", "Input should be a UUID")
    return value


def url_pattern(schemes: list[str]) -> str:
    """The pattern of URLs with one of these schemes, of which the case does not matter (RFC 3986, section 3.1)."""
    every = ("".join(f"[{c.upper()}{c}]" if c.isalpha() else re.escape(c) for c in scheme) for scheme in schemes)
    return f"^(?:{'|'.join(every)})://"


def url_reader(schemes: list[str] | None) -> Callable[[Any], Any]:
    """What passes on the text of a URL, if it could be one, and one with these schemes as a whole."""
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
    """What passes on one of the values, but not `true` for 1."""
    values = [value.value if isinstance(value, Enum) else value for value in expected]
    kinds = {type(value) for value in values} | {type(value) for value in expected}
    named = " or ".join(repr(value) for value in values)

    def read(value: Any) -> Any:
        if type(value) not in kinds:
            raise PydanticKnownError("literal_error", {"expected": named})
        return value

    return read


def read_text(value: Any) -> Any:
    """A text without U+0000, where a pattern of the declaration's own does not see to that."""
    if isinstance(value, str) and "\0" in value:
        raise PydanticCustomError("null_character", "Must not contain the character U+0000")
    return value


def read_json(value: Any) -> Any:
    """JSON of any shape, in which integers have 64 bits at most and texts neither U+0000 nor too many characters."""
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
        return float(value)  # what readers of JSON take it for (RFC 8259, section 6)
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
