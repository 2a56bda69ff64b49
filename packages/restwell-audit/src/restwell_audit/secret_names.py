"""Names of secrets: of header fields, members, parameters and elements, and of what precedes one in a path."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

SECRET: Final = frozenset([
    "auth", "authorization", "authentication", "bearer", "cookie", "cookies", "credential", "credentials", "csrf",
    "hmac", "jwt", "key", "keys", "oauth", "otp", "pass", "passcode", "passphrase", "passwd", "password", "passwords",
    "pwd",
    "secret", "secrets", "session", "sessions", "sessid", "sid", "sig", "signature", "signatures", "token", "tokens",
    "xsrf",
])  # fmt: skip
"""Words that make a name that of a secret: `X-Auth-Token`, `apiKey`, `session_id`."""
ENDINGS: Final = (
    "accesskey", "apikey", "authkey", "cookie", "credential", "credentials", "encryptionkey", "licensekey",
    "masterkey", "passwd", "password", "privatekey", "secret", "secretkey", "sessid", "sessionid", "sessionkey",
    "signature", "signingkey", "token", "tokens",
)  # fmt: skip
"""Endings of names that are written as one word: `accesstoken`, `PHPSESSID`."""
ABOUT: Final = frozenset(["count", "expires", "expiry", "length", "limit", "type"])
"""Last words of names for properties of a secret, such as `token_type`, which are not secret."""
HARMLESS: Final = frozenset([
    "accesscontrolallowcredentials", "foreignkey", "partitionkey", "primarykey", "publickey", "sortkey",
])  # fmt: skip
"""Names with words of `SECRET` whose values are not secret."""
SHOWN_IN_PATHS: Final = ("no-such-thing-here", "restwell-audit-")
"""Beginnings of the names that the audit itself gives."""
BEFORE_TOKENS: Final = frozenset([
    "accept", "activate", "activation", "confirm", "confirmation", "invitation", "invite", "magic", "optout", "reset",
    "unsubscribe", "verification", "verify",
])  # fmt: skip
"""Words of segments that a token often follows, as in links of mails: `/unsubscribe/3f9a81c2`."""
MIN_RANDOM: Final = 6
"""Characters that a segment with a digit needs to look like a secret."""
MIN_MIXED: Final = 8
"""Characters that a segment in upper and lower case needs."""
MIN_LONG: Final = 20
"""Characters that any segment needs."""
MAX_NUMBER: Final = 10
"""Digits of a number that identifies an item."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(4096)
def is_secret_name(name: str) -> bool:
    """Whether a name is that of a secret: a token, key, password, session, signature or the like."""
    if name.startswith("/"):
        return False  # a path, which names a resource
    words = [word.lower() for word in _WORD.findall(re.split("[/#]", name[-200:])[-1])]
    joined = "".join(words)
    if not words or words[-1] in ABOUT or joined in HARMLESS:
        return False
    return not SECRET.isdisjoint(words) or joined.endswith(ENDINGS)


def is_before_secret(segment: str) -> bool:
    """Whether a secret may follow a segment of a path, if the next one looks like a secret."""
    return is_secret_name(segment) or not BEFORE_TOKENS.isdisjoint(word.lower() for word in _WORD.findall(segment))


def looks_secret(segment: str) -> bool:
    """Whether the segment after the name of a secret in a path is one: `/token/3f9a81c2`.

    Names of items and actions are not: `/sessions/4`, `/password/reset`, `/tokens/{id}`.
    """
    text = unquote(segment).rstrip(".,:;!?)'")
    if text.startswith((*SHOWN_IN_PATHS, "{", "(")) or (text.isdecimal() and len(text) <= MAX_NUMBER):
        return False
    has_digit = any(each.isdigit() for each in text)
    is_mixed = any(each.isupper() for each in text[1:]) and any(each.islower() for each in text)
    length = len(text)
    return length >= MIN_LONG or (is_mixed and length >= MIN_MIXED) or (has_digit and length >= MIN_RANDOM)
