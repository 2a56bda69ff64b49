"""What servers say, made fit to be shown: evidence may hold any character, and reports hold fewer.

A terminal obeys control characters, XML 1.0 and HTML cannot hold them, JSON and UTF-8 know no lone surrogates, and
bidirectional controls make a line read otherwise than it is.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

_BEYOND = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
UNFIT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef{_BEYOND}]")
"""All that is not a Char of XML 1.0 (section 2.2) or may not stand in HTML, and what changes how others are shown.

Carriage returns too: readers of XML make line feeds of them.
"""
SURROGATE = re.compile("[\ud800-\udfff]")
LINE = 400
"""So many characters of something that should be one line are shown."""

_RESERVED = ":/?#[]@!$&'()*+,;="  # RFC 3986, section 2.2
_PCT = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[\w.~!$&'()*+,;=:@-]|{_PCT})"
URI = re.compile(
    # scheme : // authority path ? query # fragment, or the same without what comes before the path (RFC 3986,
    # appendix A, a little wider in the authority).
    rf"(?:[A-Za-z][A-Za-z0-9+.-]*:)?"
    rf"(?://(?:{_PCHAR}*@)?(?:\[[0-9A-Fa-fv:.]+\]|(?:[\w.~!$&'()*+,;=-]|{_PCT})*)(?::[0-9]*)?(?=[/?#]|\Z))?"
    rf"(?:{_PCHAR}|/)*"
    rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?",
    re.ASCII,
)


def visible(text: str) -> str:
    """A text in which every character can be seen: control characters as the pictures that Unicode has of them."""
    # Hardly a text has others, and asking whether all is printable is much faster than looking for them.
    return text if text.isprintable() else UNFIT.sub(_stand_in, text.replace("\r\n", "\n"))


def _stand_in(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def one_line(text: str, most: int = LINE) -> str:
    """A text in one line, its end cut off where it is longer than `most` characters."""
    text = visible(" ".join(text[: 4 * most].split()))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def encodable(data: Any) -> Any:
    """Plain data whose every text can be written in UTF-8."""
    if isinstance(data, str):
        return data if data.isascii() else SURROGATE.sub("\ufffd", data)
    if isinstance(data, dict):
        return {encodable(key): encodable(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [encodable(value) for value in data]
    return data


def uri(text: str) -> str:
    """A URI as RFC 3986 has it, whatever a server gave for one; one that is well formed stays as it is."""
    if URI.fullmatch(text):
        return text
    escaped = re.sub(rf"%(?!{_PCT[1:]})", "%25", quote(encodable(text), safe=f"%{_RESERVED}"))
    return escaped if URI.fullmatch(escaped) else quote(encodable(text), safe="/")
