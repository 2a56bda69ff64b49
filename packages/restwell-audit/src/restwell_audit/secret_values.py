"""The secrets in what the audit was given, and how others may write them."""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from .secret_names import is_before_secret, is_secret_name, looks_secret


def parts_of(value: str) -> Iterator[str]:
    """A given value and the secrets in it: after a scheme, in Basic credentials, cookies and parameters.

    A server may repeat one of them without the others.
    """
    yield value
    scheme, _, rest = value.strip().partition(" ")
    yield rest.strip()
    if scheme.lower() == "basic":
        yield from _basic(rest.strip())
    if "=" in value.rstrip("="):
        for part in re.split(r"[;,]", value):
            yield part.partition("=")[2].strip().strip("\"'")


def _basic(coded: str) -> Iterator[str]:
    """The pair in Basic credentials, and the password (RFC 7617, section 2); the user's name is no secret."""
    try:
        pair = b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-8", "replace")
    except ValueError:
        return
    yield pair
    yield pair.partition(":")[2]


def secrets_in_url(url: str) -> Iterator[str]:
    """The secrets in a URL: the password, and what follows the name of a secret in the path or the query."""
    try:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        yield password or user
        pair = b64encode(f"{user}:{password}".encode()).decode()
        yield from {pair, pair.rstrip("="), pair.replace("+", "-").replace("/", "_")} if user else ()
        yield from (value for name, value in parse_qsl(parts.query) if is_secret_name(name))
        segments = parts.path.split("/")
        yield from (
            unquote(each) for name, each in pairwise(segments) if is_before_secret(name) and looks_secret(each)
        )
    except ValueError:
        return


def spellings(value: str) -> set[str]:
    """A value as URLs, JSON, HTML and Python write it."""
    return {
        value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1].replace("/", "\\/"),
        json.dumps(json.dumps(value))[3:-3], html.escape(value), html.escape(value, quote=False), repr(value)[1:-1],
        repr(value.encode("utf-8", "replace"))[2:-1], repr(value.encode("latin-1", "replace"))[2:-1],
    }  # fmt: skip


def as_a_word(form: str) -> str:
    """A pattern for a value that is hidden as a word only."""
    return rf"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\[nrt])){re.escape(form)}(?![A-Za-z0-9])"
