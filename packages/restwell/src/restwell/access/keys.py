"""API keys: 256 bits of randomness, of which only a hash is kept.

A key reads `rw_ID_SECRET` with a checksum at its end, by which scanners tell it from what only looks like one; those
that were made before have none. Its record is found by its id on every request, so that revoking it holds at once in
every worker. SHA-256 is right here: there is nothing to guess in 256 random bits, and a slow hash would let
strangers spend our time.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any
from zlib import crc32

import orjson

from ..model.policy import SCOPE, expand_scopes
from .grant import NO_CLAIMS, NOTHING, Grant
from .networks import is_within, networks_as_text

KEY = re.compile(r"rw_([a-z0-9]{10})_[A-Za-z0-9_-]{43}(?:[0-9A-Za-z]{6})?")
"""A key, with its id."""
CHECKED = 6
"""Characters of a checksum."""
LIFETIME, OVERLAP = 90 * 24 * 3600, 7 * 24 * 3600
"""Seconds that a key is valid for when nothing else is said, and that it still is when another takes its place."""
RESOLUTION = 60
"""Seconds within which a second use of a key is not told."""
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_NO_DIGEST = "0" * 64


class KeyRecord(dict[str, Any]):
    """The record of a key, of a store that is told of uses: `note(id, now)`."""

    __slots__ = ("note",)
    note: Callable[[str, float], None]


def issue_key(
    name: str,
    scopes: tuple[str, ...],
    *,
    now: float,
    lifetime: int | None = LIFETIME,
    subject: str | None = None,
    groups: Sequence[str] = (),
    networks: Sequence[str] = (),
    parent: str | None = None,
) -> tuple[str, dict[str, Any]]:
    """A new key and the record to keep of it. The key itself is in the record no more than its hash shows.

    `lifetime` is in seconds, None for a key that does not expire. `subject` is whom the key acts for, None for
    itself; `groups` are those that this one is in. It may be used from `networks` alone, if there are any. `parent`
    is the id of the key that it is made with, with which it ends. Raises ValueError without a scope, or with a word
    that is none; for a name, a subject or a group that cannot be told from others; and for what is not a network.
    """
    wrong = [scope for scope in scopes if not SCOPE.fullmatch(scope)]
    if wrong or not scopes:
        raise ValueError(f"A key needs scopes such as frameworks:write; {wrong[0]!r} is none." if wrong else
                         "A key without a scope could do nothing: give one, such as frameworks:write.")  # fmt: skip
    if not _is_name(name):
        raise ValueError("A key needs a name of 1 to 200 printable characters, to be told from others later.")
    if subject is not None and not _is_name(subject):
        raise ValueError("The subject of a key is a text of 1 to 200 printable characters; without one it is its id.")
    if isinstance(groups, str) or not all(map(_is_name, groups)):
        raise ValueError("The groups of a key are several texts of 1 to 200 printable characters each.")
    identifier = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    text = f"rw_{identifier}_{secrets.token_urlsafe(32)}"
    key = text + checksum_of(text)
    record = {
        "id": identifier,
        "name": name,
        "digest": digest_of(key),
        "scopes": " ".join(sorted(expand_scopes(scopes))),
        "created": int(now),
        "expires": None if lifetime is None else int(now) + lifetime,
        "revoked": None,
        "subject": subject,
        "groups": orjson.dumps(sorted({*groups})).decode() if groups else None,
        "networks": networks_as_text(networks),
        "used": None,
        "parent": parent,
    }
    return key, record


def successor_of(
    record: Mapping[str, Any], parent: Mapping[str, Any] | None = None, *, now: float
) -> tuple[str, dict[str, Any]]:
    """A key to use in place of another, and the record to keep of it.

    It is valid for as long as that one was made for, and no longer than its `parent`. It acts for the same subject,
    which for a key that acts for itself is the id of the first. Raises ValueError for one that is expired or
    revoked.
    """
    if not is_valid(record, now):
        raise ValueError("It is expired or revoked: make another key.")
    expires = record["expires"]
    lifetime = None if expires is None else expires - record["created"]
    if parent is not None and parent["expires"] is not None:
        left = parent["expires"] - int(now)
        lifetime = left if lifetime is None else min(lifetime, left)
    return issue_key(
        record["name"],
        tuple(record["scopes"].split()),
        now=now,
        lifetime=lifetime,
        subject=subject_of(record),
        groups=tuple(groups_of(record)),
        networks=networks_of(record),
        parent=record["parent"],
    )


def _is_name(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= 200 and text.isprintable()


def is_valid(record: Mapping[str, Any], now: float) -> bool:
    """Whether a key is neither revoked nor expired."""
    return record["revoked"] is None and (record["expires"] is None or record["expires"] > now)


def subject_of(record: Mapping[str, Any]) -> str:
    """Whom a key acts for: itself, by its id, where its record names nobody."""
    subject: str = record["subject"] or record["id"]
    return subject


def networks_of(record: Mapping[str, Any]) -> list[str]:
    """The networks that a record names."""
    return (record["networks"] or "").split()


def groups_of(record: Mapping[str, Any]) -> frozenset[str]:
    """The groups that a record names."""
    return frozenset(orjson.loads(record["groups"])) if record["groups"] else NOTHING


def digest_of(key: str) -> str:
    """The hash under which a key is kept."""
    return sha256(key.encode()).hexdigest()


def identifier_of(key: str) -> str | None:
    """The id in a text that has the form of a key; None for any other text.

    The checksum is for scanners, and is not looked at here: it is a part of what the digest is of.
    """
    match = KEY.fullmatch(key)
    return match[1] if match else None


def checksum_of(text: str) -> str:
    """The checksum of what stands before it in a key: its CRC-32, in six digits to the base of 62."""
    number, digits = crc32(text.encode()), ""
    for _ in range(CHECKED):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


def grant_for(key: str, record: Mapping[str, Any] | None, *, now: float, address: str = "") -> Grant | None:
    """What a key grants by the record found under its id; None when it is unknown, expired or revoked.

    It is None as well for a key of certain networks at another address, or where the address is not known.

    A missing record takes as long to refuse as a wrong one.
    """
    expected = record["digest"] if record is not None else _NO_DIGEST
    genuine = hmac.compare_digest(digest_of(key), expected)
    if record is None or not genuine or not is_valid(record, now):
        return None
    if record["networks"] and not is_within(address, record["networks"]):
        return None
    groups = groups_of(record) if record["groups"] else NOTHING
    scopes = frozenset(record["scopes"].split())
    return Grant._make((subject_of(record), scopes, NO_CLAIMS, groups, record["id"]))


def note_use(record: Mapping[str, Any], *, now: float) -> None:
    """Tell the store that a key was used, unless it knows of a use less than RESOLUTION ago."""
    if isinstance(record, KeyRecord) and not 0 <= now - (record["used"] or 0) < RESOLUTION:
        record.note(record["id"], now)
