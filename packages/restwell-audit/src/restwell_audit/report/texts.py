"""Makes texts of servers safe to show: evidence may have any character, and report formats allow fewer.

Terminals interpret control characters, XML 1.0 and HTML do not allow them, JSON and UTF-8 no lone surrogates,
and bidirectional controls change the order in which a line is displayed.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

_BEYOND = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
UNFIT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef{_BEYOND}]")
"""Characters that are not a Char of XML 1.0 (section 2.2), are not allowed in HTML, or change how others are shown.

Carriage returns are among them, since XML parsers replace them with line feeds.
"""
SURROGATE = re.compile("[\ud800-\udfff]")
MAX_LINE = 400
"""Characters that are shown of a text in one line."""

_RESERVED = ":/?#[]@!$&'()*+,;="  # RFC 3986, section 2.2
_PCT = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[\w.~!$&'()*+,;=:@-]|{_PCT})"
URI = re.compile(
    # A URI or a relative reference (RFC 3986, appendix A), with a slightly wider authority.
    rf"(?:[A-Za-z][A-Za-z0-9+.-]*:)?"
    rf"(?://(?:{_PCHAR}*@)?(?:\[[0-9A-Fa-fv:.]+\]|(?:[\w.~!$&'()*+,;=-]|{_PCT})*)(?::[0-9]*)?(?=[/?#]|\Z))?"
    rf"(?:{_PCHAR}|/)*"
    rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?",
    re.ASCII,
)


def visible(text: str) -> str:
    """A text with control characters replaced by their symbols in Unicode, and other unfit ones by U+FFFD."""
    # `isprintable` is much faster than the search, and holds for nearly every text.
    return text if text.isprintable() else UNFIT.sub(_stand_in, text.replace("\r\n", "\n"))


def _stand_in(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def one_line(text: str, max_length: int = MAX_LINE) -> str:
    """A text in one line, cut off where it is longer than `max_length` characters."""
    text = visible(" ".join(text[: 4 * max_length].split()))
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


def encodable(data: Any) -> Any:
    """Plain data with lone surrogates replaced, so that it can be encoded in UTF-8."""
    if isinstance(data, str):
        return data if data.isascii() else SURROGATE.sub("\ufffd", data)
    if isinstance(data, dict):
        return {encodable(key): encodable(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [encodable(value) for value in data]
    return data


def uri(text: str) -> str:
    """A text as a well-formed URI (RFC 3986), percent-encoded where it is not one."""
    if URI.fullmatch(text):
        return text
    escaped = re.sub(rf"%(?!{_PCT[1:]})", "%25", quote(encodable(text), safe=f"%{_RESERVED}"))
    return escaped if URI.fullmatch(escaped) else quote(encodable(text), safe="/")
