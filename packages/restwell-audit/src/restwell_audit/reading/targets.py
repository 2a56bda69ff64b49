"""Resolves references in a representation to absolute URLs and URI templates."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

MAX_URL = 8000
"""Characters of a URL that every recipient should support (RFC 9110, section 4.1); longer ones are ignored."""
SCHEMES = frozenset(["http", "https"])
PORTS = {"http": 80, "https": 443}
LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])
"""Names of one place: the machine itself."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WITH_HOST = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_EXPRESSION = re.compile(r"(?<!\{)\{[^{}]+\}(?!\})")
_FRAGMENT = re.compile(r"\{#[^{}]*\}")
_AS_IT_IS = (
    "%/?:@!$&'()*+,;=-._~[]|"  # not encoded in a path or query: reserved characters, and some that servers accept
)


def resolve(base: str, reference: str) -> str:
    """The absolute URL of a reference, without its fragment (RFC 3986, section 5.2).

    "" for what HTTP cannot request: other schemes, invalid URLs, and fragments of the same document. Where both name
    this machine, by whatever of its names, the result has that of the base.
    """
    text = reference.strip(" \t\r\n\f")
    if len(text) > MAX_URL or text.startswith("#") or _CONTROL.search(text):
        return ""
    return _joined(base, text)


def is_template(text: str) -> bool:
    """Whether a text has an expression in braces, as a URI template has (RFC 6570)."""
    return _EXPRESSION.search(text) is not None


def resolve_template(base: str, template: str) -> str:
    """A URI template made absolute as far as possible: its literal beginning is resolved, the rest is kept.

    The fragment and its expressions are removed. "" as for `resolve`.
    """
    text = _FRAGMENT.sub("", template.strip(" \t\r\n\f")).partition("#")[0]
    if len(text) > MAX_URL or _CONTROL.search(text):
        return ""
    if not is_template(text):
        return resolve(base, text)
    beginning, brace, rest = text.partition("{")
    scheme = _SCHEME.match(beginning)
    if scheme and scheme[1].lower() not in SCHEMES:
        return ""
    if rest.startswith("+") and not beginning:
        return text  # the expression may expand to an absolute URL
    if scheme or beginning.startswith("//"):
        absolute = beginning if scheme else f"{base.partition(':')[0]}:{beginning}"
        return _authority(base, absolute, brace + rest)
    start = _beginning(base, beginning, rest[0])
    return start and start + brace + rest


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL (RFC 6454, section 4); empty for an invalid one."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def is_same(one: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
    """Whether two origins are one place: equal, or one port of this machine under two of its names."""
    return one == other or (one[::2] == other[::2] and LOOPBACK.issuperset((one[1], other[1])))


def at_home(base: str, url: str) -> str:
    """A URL with the host as `base` has it, if both are one place, so that it is requested where `base` was."""
    if url.startswith(base[: base.find("/", len("https://")) + 1] or base):  # as most do
        return url
    if origin(base)[1] not in LOOPBACK or not is_same(origin(base), origin(url)):
        return url
    parts = urlsplit(url)
    userinfo, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=userinfo + at + urlsplit(base).netloc.rpartition("@")[2]))


@lru_cache(4096)
def _joined(base: str, text: str) -> str:
    if _SCHEME.match(text) and not _WITH_HOST.match(text):
        return ""  # `http:x` is not a valid http URL (RFC 9110, section 4.2.1)
    try:
        return at_home(base, _normal(urldefrag(urljoin(base, text)).url))
    except ValueError:  # an invalid host or port, or half of a surrogate pair
        return ""


def _normal(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.port == 0:
        return ""
    userinfo, at, host = parts.netloc.rpartition("@")
    netloc = userinfo + at + host.lower()
    netloc.encode()  # raises for half of a surrogate pair
    path, query = quote(parts.path or "/", safe=_AS_IT_IS), quote(parts.query, safe=_AS_IT_IS)
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _authority(base: str, beginning: str, rest: str) -> str:
    """A template with a scheme; its beginning is normalised where the host ends before the first expression."""
    if beginning.count("/") < 3:
        return beginning + rest
    start = resolve(base, f"{beginning}x")[:-1]
    return start and start + rest


def _beginning(base: str, beginning: str, operator: str) -> str:
    """The resolved literal beginning; without one, the URL to which the first expression is added (RFC 6570, 3.2)."""
    if beginning or operator not in "?&/;":
        # A letter instead of the expression keeps a trailing `.`, `..` or `?`, which resolving would remove.
        return resolve(base, f"{beginning}x")[:-1]
    if operator == "/":
        return resolve(base, "/")[:-1]
    return resolve(base, "") if operator == "&" else resolve(base, "").partition("?")[0]


def without_query(url: str) -> str:
    """A URL without its query and without a slash at its end, below which members have their URLs."""
    return url.partition("?")[0].rstrip("/")
