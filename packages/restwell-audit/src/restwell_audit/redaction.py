"""Redaction: hides the values of given header fields, and everything that is named like a secret.

A secret is found in two ways: by its value, wherever it occurs and however it is encoded; and by the name before it,
in header fields, URLs, JSON, forms, HTML, XML and plain text, also where it is cut off. In doubt a value is hidden:
a member `key` is hidden, whatever it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from .secret_names import is_before_secret, is_secret_name, looks_secret
from .secret_places import without_placed
from .secret_values import as_a_word, parts_of, secrets_in_url, spellings

Headers = tuple[tuple[str, str], ...]
"""Header fields, names as they were sent, in order."""
HIDDEN: Final = "(not shown)"
HIDDEN_IN_TEXT: Final = "(not-shown)"
"""The replacement where a space would end the value: in a URL or within a text."""
PUBLIC: Final = frozenset([
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-type", "host",
    "prefer",
])  # fmt: skip
"""Fields that select a representation: a value given for one is hidden only in that field, others everywhere."""
ATTRIBUTES: Final = frozenset(["comment", "domain", "expires", "max-age", "path", "priority", "samesite", "version"])
"""The attributes of Set-Cookie (RFC 6265, section 5.2, and later ones)."""
MAX_ELEMENT: Final = 5_000
"""Characters within which an element is looked through to its end."""
MIN_LENGTH: Final = 4
"""Characters that a value needs to be searched for everywhere; shorter ones are hidden by the name of their field."""
MIN_INNER_LENGTH: Final = 8
"""Characters that a value needs to be hidden within a word as well."""

_AFTER_A_CUT = " .…'\")]}"
_START = r"(?:(?<![\w.-])|(?<=%3[Ff])|(?<=%26)|(?<=\\u0026)|(?<=\\[nrt]))"
_NAME = r"(?P<name>[A-Za-z_][\w.\[\]-]{0,80})"
_USER = re.compile(r"(?<=//)[^/?#\s@\"'<>]++(?=@)")
_PREFIX = r"""(?:[bBrRuU]{1,2}(?=["']))?"""  # of a string in Python
_PAIR = re.compile(rf"{_START}{_NAME}(?:[ ]?=[ ]?|%3[Dd]){_PREFIX}")
_TOKEN = re.compile(
    r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"  # a JSON Web Token (RFC 7519)
    r"|(?<=\bBearer )[\w.~+/-]{8,}=*|(?<=\bBasic )(?=[^\s0-9]*[0-9])[\w.~+/-]{8,}=*"
)
_PAIRED = re.compile(r"""(?P<quote>\\{0,3}["'])(?:(?!(?P=quote)).)*(?P=quote)?|[^&;\s"'<>\\]+""", re.DOTALL)
_COOKIE = re.compile(r"(?P<name>[^=;,\s]+)=(?P<value>[^;]*?)(?=;|,\s*[^;,=\s]+=|\Z)")
_LINE = re.compile(
    rf"(?P<before>(?:^|\\n|\\r)[ \t>-]*){_NAME}(?P<is>[ \t]*:[ \t]*)(?P<value>(?:(?!\\[nr])[^\"\r\n])+)", re.MULTILINE
)
_MEMBER = re.compile(rf"""(?P<quote>\\{{0,3}}["'])(?P<name>[^"'\\\n]{{1,100}})(?P=quote)\s*:\s*{_PREFIX}""")
_STRING = re.compile(
    r"""(?P<plain>["'])(?P<text>(?:\\.|(?!(?P=plain))[^\\])*)|(?P<escaped>\\{1,3}["'])(?P<inner>(?:(?!(?P=escaped)).)*)""",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_DULL = re.compile(r"""[^\[\]{}"'\\0-9-]*""")
_PLAIN_NAME = re.compile(r"\s*:")
_BARE = re.compile(rf"(?<=[{{,(])\s*{_NAME}\s*:\s*(?=[\"'])")
_FIELD = re.compile(
    r"(?<![\w-])(?P<name>Authorization|Cookie|[A-Za-z]{1,40}(?:-[A-Za-z]{1,40})+):[ \t]*", re.IGNORECASE
)
_FIELD_VALUE = re.compile(r"""(?:\\[^nr]|[^"\r\n<\\])+""")
_SEGMENT = re.compile(r"(?:(?<=/)|(?<=%2[Ff]))(?P<name>[A-Za-z][\w.~-]{0,80})(?:\\?/|%2[Ff])")
_SEGMENT_VALUE = re.compile(r"""[^/?#\s"'<>\\;&]+""")
_CODED_VALUE = re.compile(r"""(?:(?!%2[Ff]|%3[Ff]|%26)[^/?#\s"'<>\\;&])+""")
_OPENING = re.compile(rf"<(?P<tag>{_NAME.replace('.', '.:')})(?P<attributes>\s[^<>]{{0,500}})?(?<!/)>")
_VOID = frozenset(["input", "meta", "link", "img", "br", "hr", "param", "source"])
_TEXTS = re.compile(
    r"(?P<before>>|<!\[CDATA\[)(?P<value>(?<=CDATA\[)(?:(?!\]\]>).)+|(?<=>)[^<]*[^<\s][^<]*)", re.DOTALL
)
_LABELLED = re.compile(
    r"<(?:dt|th|td)\b[^<>]{0,200}>\s*(?P<name>[^<>]{1,40}?)\s*:?\s*</(?:dt|th|td)>\s*<(?:dd|td)\b[^<>]{0,200}>"
    r"(?P<value>[^<]+)"
)
_PART = re.compile(r"""\bname="(?P<name>[^"\r\n]{1,80})"[^\r\n]{0,200}(?:\r?\n[^\r\n]{1,200}){0,5}\r?\n\r?\n""")
_PART_VALUE = re.compile(r"(?:(?!\r?\n--).)*", re.DOTALL)
_TAG = re.compile(r"<[A-Za-z][^<>\s]{0,80}\s[^<>]{0,1000}>")
_CALLED = re.compile(r"""\b(?:name|id|property|http-equiv|key|itemprop)\s*=\s*["']?([^\s"'<>]+)""", re.IGNORECASE)
_PASSWORD = re.compile(r"""\btype\s*=\s*["']?password\b""", re.IGNORECASE)
_NAMED_TAG = re.compile(r"""\b(?:name|key|property|itemprop)\s*=\s*["']?([^\s"'<>]+)""", re.IGNORECASE)
_VALUE = re.compile(r"""(\b(?:value|content)\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_FLAT = re.compile(r"\{[^{}]{0,2000}\}|\[[^\[\]{}]{0,500}\]")
_TUPLE = re.compile(r"\([\"'][^(){}]{0,500}\)")
_NAMED = re.compile(
    r"""["']?(?:name|key|field|header)["']?\s*:\s*["']([^"']{1,100})["']|[\[(]\s*["']([^"']{1,100})["']\s*,"""
)
_NAMED_VALUE = re.compile(
    r"""(["']?value["']?\s*:\s*|\A[\[(]\s*["'][^"']*["']\s*,\s*)("(?:\\.|[^"\\])*"|'[^']*'|-?[0-9.]+)"""
)


class Redaction:
    """Hides the secrets of one audit: those that it was given, and those that are named like secrets.

    `headers` are the header fields and `urls` the URLs that were given to the audit.
    """

    def __init__(self, headers: Mapping[str, str] | None = None, urls: Iterable[str] = ()) -> None:
        self._given = {name.lower(): value for name, value in (headers or {}).items()}
        secret = (value for name, value in self._given.items() if name not in PUBLIC)
        found = {
            *(each for value in secret for each in parts_of(value)),
            *(each for url in urls for each in secrets_in_url(url)),
        }
        self._values = sorted((each for each in found if len(each) >= MIN_LENGTH), key=len, reverse=True)
        self._names = frozenset(self._given) - PUBLIC

    def is_secret(self, name: str) -> bool:
        """Whether values with this name are hidden: it is the name of a secret, or of a given header field."""
        return name.lower() in self._names or is_secret_name(name)

    def fields(self, headers: Headers) -> tuple[tuple[str, str], ...]:
        """Redacted header fields; of Set-Cookie, the names and attributes are kept."""
        return tuple((name, self._field(name, value)) for name, value in headers)

    def _field(self, name: str, value: str) -> str:
        known = name.lower()
        if known == "set-cookie" and known not in self._names:
            return self._without_values(_COOKIE.sub(_hidden_cookie, value))
        if self.is_secret(name) or (known in PUBLIC and self._given.get(known) == value):
            return HIDDEN
        return self.text(value)

    def content(self, content: bytes) -> bytes:
        """Redacted content of any kind; in UTF-16 only given values are searched for."""
        if not content:
            return content
        for value in self._values:
            for encoding in ("utf-16-le", "utf-16-be"):
                content = content.replace(value.encode(encoding, "replace"), HIDDEN_IN_TEXT.encode(encoding))
        text = content.decode("utf-8", "surrogateescape")
        text = without_placed(self._named_in_json(text), self.is_secret, HIDDEN_IN_TEXT)
        return self.text(text).encode("utf-8", "surrogateescape")

    def _named_in_json(self, text: str) -> str:
        """JSON with the texts hidden that follow the name of a secret in an object or a pair, whatever is in them."""
        if text[:1] not in {"{", "["} or not (_NAMED.search(text) or "\\u00" in text):
            return text
        try:
            found = set(self._values_named(json.loads(text)))
        except (ValueError, RecursionError):
            return text
        for value in sorted(found, key=len, reverse=True):
            for form in {json.dumps(value), json.dumps(value, ensure_ascii=False)}:
                text = text.replace(form, f'"{HIDDEN}"')
        return text

    def _values_named(self, data: Any) -> Iterator[str]:
        """The texts in parsed JSON that a name beside them calls secrets."""
        pair = [data.get("name") or data.get("key") or "", data.get("value")] if isinstance(data, dict) else data
        if isinstance(pair, list) and len(pair) == 2:
            name, value = pair
            if isinstance(name, str) and isinstance(value, str) and value and self.is_secret(name):
                yield value
        for name, value in data.items() if isinstance(data, dict) else ():
            if isinstance(value, str) and len(value) >= MIN_LENGTH and self.is_secret(name):
                yield value
        for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
            yield from self._values_named(each)

    def data(self, data: Any) -> Any:
        """Redacted plain data, such as the details of a finding."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, Mapping):
            return {self.data(key): self.data(value) for key, value in data.items()}
        if isinstance(data, list | tuple | set | frozenset):
            return [self.data(each) for each in data]
        return data

    def text(self, text: str) -> str:
        """A redacted text of any kind: a URL, a sentence or the content of a message."""
        if not text:
            return text
        text = self._without_values(text)
        text = _USER.sub(HIDDEN_IN_TEXT, text)
        text = _TOKEN.sub(HIDDEN_IN_TEXT, text)
        text = _FLAT.sub(self._flat, _TUPLE.sub(self._flat, text))
        text = self._after(_MEMBER, text, _hidden_at)
        text = self._after(_BARE, text, _hidden_at) if "{" in text else text
        text = self._in_markup(text) if "<" in text else text
        text = self._after(_PART, text, _hidden_part) if 'name="' in text else text
        text = self._after(_PAIR, text, _hidden_pair)
        text = self._after(_SEGMENT, text, _hidden_segment, is_before_secret)
        return _LINE.sub(self._named, self._after(_FIELD, text, _hidden_field))

    def _in_markup(self, text: str) -> str:
        """HTML or XML with values of attributes and texts of elements hidden."""
        text = _TAG.sub(self._tag, text)
        text = _LABELLED.sub(self._named, text)
        done: list[str] = []
        position = 0
        for match in _OPENING.finditer(text):
            if match.start() < position or match["tag"].lower() in _VOID or not self._is_secret_element(match):
                continue
            end = text.find(f"</{match['tag']}", match.end(), match.end() + MAX_ELEMENT)
            if end < 0:
                end = text.find("<", match.end() + 1)
            end = len(text) if end < 0 else end
            inner = _TEXTS.sub(rf"\g<before>{HIDDEN_IN_TEXT}", text[match.end() - 1 : end])
            done += [text[position : match.end() - 1], inner]
            position = end
        return "".join([*done, text[position:]])

    def _is_secret_element(self, match: re.Match[str]) -> bool:
        """Whether the name of an element, or the name that an attribute gives it, is that of a secret."""
        given = _NAMED_TAG.findall(match["attributes"] or "")
        return any(map(self.is_secret, [match["tag"].rpartition(":")[2], *given]))

    # -- by value -------------------------------------------------------------------------------------------------

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        forms = {form: len(value) for value in self._values for form in spellings(value)}
        patterns = [
            re.escape(form) if length >= MIN_INNER_LENGTH else as_a_word(form)
            for form, length in sorted(forms.items(), key=lambda each: len(each[0]), reverse=True)
        ]
        return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def _without_values(self, text: str) -> str:
        if self._pattern is None:
            return text
        text = self._pattern.sub(HIDDEN_IN_TEXT, text)
        end = len(text.rstrip(_AFTER_A_CUT))
        for value in self._values:  # one that is cut off at the end
            for length in range(min(len(value) - 1, end), MIN_INNER_LENGTH - 1, -1):
                if text.endswith(value[:length], 0, end):
                    return text[: end - length] + HIDDEN_IN_TEXT + text[end:]
        return text

    # -- by name --------------------------------------------------------------------------------------------------

    def _named(self, match: re.Match[str]) -> str:
        """A match with its value hidden where its name is that of a secret."""
        if not self.is_secret(match["name"]):
            return match[0]
        begin, (start, end) = match.start(), match.span("value")
        return f"{match[0][: start - begin]}{HIDDEN_IN_TEXT}{match[0][end - begin :]}"

    def _after(
        self, names: re.Pattern[str], text: str, hide: Callable[[str, int], tuple[int, str]],
        also: Callable[[str], bool] = is_secret_name,
    ) -> str:  # fmt: skip
        """A text with the value after each name of a secret hidden; `hide` gives its end and its replacement.

        `also` says which names are those of secrets, beside those of given header fields.

        Only hidden values are skipped, so that a secret within a value that is not secret is found.
        """
        done: list[str] = []
        position = 0
        for match in names.finditer(text):
            if match.start() < position or not (self.is_secret(match["name"]) or also(match["name"])):
                continue
            end, hidden = hide(text, match.end())
            done += [text[position : match.end()], hidden]
            position = end
        return "".join([*done, text[position:]])

    def _flat(self, match: re.Match[str]) -> str:
        """An object or a pair with a name and a value: `{"name": "token", "value": ...}`."""
        named = _NAMED.search(match[0])
        if named is None or not self.is_secret(named[1] or named[2] or ""):
            return match[0]
        return _NAMED_VALUE.sub(rf'\g<1>"{HIDDEN}"', match[0])

    def _tag(self, match: re.Match[str]) -> str:
        """A tag of a form field or a `meta` element."""
        if not (_PASSWORD.search(match[0]) or any(self.is_secret(name) for name in _CALLED.findall(match[0]))):
            return match[0]
        return _VALUE.sub(rf'\g<1>"{HIDDEN}"', match[0])


BY_NAME: Final = Redaction()
"""Hides what is named like a secret, where no given values are known."""


def _hidden_cookie(match: re.Match[str]) -> str:
    """A cookie with its value hidden; attributes are kept."""
    return match[0] if match["name"].lower() in ATTRIBUTES else f"{match['name']}={HIDDEN}"


def _hidden_pair(text: str, start: int) -> tuple[int, str]:
    """The end of the value of a parameter or an attribute, and its replacement."""
    value = _PAIRED.match(text, start)
    if value is None:
        return start, ""
    mark = value["quote"] or ""
    closed = mark and len(value[0]) > len(mark) and value[0].endswith(mark)
    return value.end(), f"{mark}{HIDDEN_IN_TEXT}{mark if closed else ''}"


def _hidden_field(text: str, start: int) -> tuple[int, str]:
    """The end of the value of a header field within a text, and its replacement."""
    value = _FIELD_VALUE.match(text, start)
    return (value.end(), HIDDEN_IN_TEXT) if value else (start, "")


def _hidden_part(text: str, start: int) -> tuple[int, str]:
    """The end of a part of multipart/form-data (RFC 7578), and its replacement."""
    value = _PART_VALUE.match(text, start)
    return (value.end(), HIDDEN_IN_TEXT) if value and value[0] else (start, "")


def _hidden_segment(text: str, start: int) -> tuple[int, str]:
    """The end of the segment of a path, and its replacement where it looks like a secret."""
    value = (_SEGMENT_VALUE if text[start - 1] == "/" else _CODED_VALUE).match(text, start)
    return (value.end(), HIDDEN_IN_TEXT) if value and looks_secret(value[0]) else (start, "")


def _hidden_at(text: str, start: int) -> tuple[int, str]:
    """The end of the JSON value that begins at `start`, and its replacement without texts and numbers."""
    if text[start : start + 1] in {"{", "["}:
        return _hidden_inside(text, start)
    if string := _STRING.match(text, start):
        mark = string["plain"] or string["escaped"]
        return string.end() + len(mark), f"{mark}{HIDDEN}{mark}"
    if number := _NUMBER.match(text, start):
        return number.end(), f'"{HIDDEN}"'
    return start, ""


def _hidden_inside(text: str, start: int) -> tuple[int, str]:
    """The end of an object or array, and its replacement: names of members are kept, texts and numbers hidden."""
    done: list[str] = []
    depth, position = 0, start
    while position < len(text):
        end, shown = (position, "") if text[position] in "{[]}" else _hidden_at(text, position)
        if end > position:
            is_name = text[position] not in "-0123456789" and _PLAIN_NAME.match(text, end) is not None
            is_shown = is_name and not looks_secret(text[position + 1 : end - 1])
            done.append(text[position:end] if is_shown else shown)
            position = end
            continue
        dull = _DULL.match(text, position + 1)
        end = dull.end() if dull else position + 1
        depth += (text[position] in "{[") - (text[position] in "}]")
        done.append(text[position : end if depth > 0 else position + 1])
        if depth <= 0:
            return position + 1, "".join(done)
        position = end
    return position, "".join(done)
