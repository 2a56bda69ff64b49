"""Keys that are not valid, each for its own reason, and keys where they are put by mistake."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from restwell.access.keys import CHECKED, checksum_of
from tests.api import Served

from .catalogue import FLASK, JSON, Sent, post

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def secret(key: str) -> str:
    """The part of a key that is to be found nowhere, also where its end is cut off."""
    return key[14:30]


def unknown(key: str) -> str:
    """A key of another id, with the same secret."""
    return checked(f"rw_{''.join(secrets.choice(ALPHABET) for _ in range(10))}{key[13:-CHECKED]}")


def checked(text: str) -> str:
    """A key with its checksum: without a valid one it would not be looked up."""
    return text + checksum_of(text)


def wrong(key: str) -> str:
    """A key of the same id, with another secret."""
    return checked(key[:50] + ("A" if key[50] != "A" else "B") + key[51:-CHECKED])


def revoke(api: Served, key: str) -> None:
    """Revoke a key, as another process does."""
    with api.app.app_context():
        assert api.api.keys.revoke(key[3:13])


def keys_of(api: Served) -> dict[str, str]:
    """Keys of one scope each, and keys that are not valid, by what they are."""
    key, revoked, expired = api.key(), api.key(), api.key(lifetime=-1)
    revoke(api, revoked)
    return {
        "creator": api.key("frameworks:create"),
        "updater": api.key("frameworks:update"),
        "deleter": api.key("frameworks:delete"),
        "wrong": wrong(key),
        "unknown": unknown(key),
        "revoked": revoked,
        "expired": expired,
        "revoked and wrong": wrong(revoked),
        "expired and wrong": wrong(expired),
    }


def targets(key: str) -> list[str]:
    """Where a key is put by mistake: in a segment, a name or a value, also cut, encoded, or within something."""
    twice = quote(key.replace("_", "%5F"), safe="")
    forms = [
        key,
        key.replace("_", "%5F"),
        twice,
        quote(twice, safe=""),
        key[:-3],
        key[:40],
        f"x{key}x",
        f"Bearer%20{key}",
    ]
    places = ["/{}", "/frameworks/{}", "/frameworks/{}/x", "/{}/Flask", "/frameworks;{}", "/frameworks/Flask?{}",
              "/frameworks/Flask?access_token={}", "/frameworks/Flask?fields={}", "/frameworks?{}",
              "/frameworks?{}=1",
              "/frameworks?name={}", "/frameworks?name[in]=a,{}", "/frameworks?sort={}", "/frameworks?limit={}",
              "/frameworks?after={}", "/frameworks?token={}&limit=1", "/?key={}", "/openapi.json?key={}",
              "/health/live?{}", "/problems/{}", f"/frameworks?{'x' * 980}={{}}", f"/{'x' * 970}{{}}"]  # fmt: skip
    return [place.format(form) for place in places for form in forms]


def misplaced(key: str) -> list[Sent]:
    """Requests with a key in their path, query, host, fields or content; none of them would change anything."""
    names = (
        "X-Api-Key", "X-Request-Id", "User-Agent", "Referer", "Cookie", "Accept", "Accept-Language", "Prefer",
        "If-None-Match", "If-Match", "If-Modified-Since", "Forwarded", "X-Forwarded-For", "Origin", "Range", "Via",
    )  # fmt: skip
    values = (f"Basic {key}", f"Digest {key}", key, f"bearer  {key}", f"Bearer {key}, Bearer {key}", f"Bearer {key}x")
    contents = (
        f'{{"name": "{key}"}}', f'{{"{key}": 1}}', f'{{"name": "a", "created": "{key}"}}', f'["{key}"]', f'"{key}"',
        key, f'{{"{key}": 1, "{key}": 2}}',
        f'{{"name": "{key}", "created": 1}}', f'{{"name": "a", "relatedDocs": "{key}"}}',
        f'{{"name": "Flask", "created": 2000, "parent": "{key}"}}',
    )  # fmt: skip
    return [
        *(Sent("GET", target) for target in targets(key)),
        *(Sent("GET", FLASK, (f"{name}: {key}",)) for name in names),
        Sent("GET", FLASK, (f"{key}: x",)),
        *(Sent("GET", FLASK, (f"Authorization: {value}",)) for value in values),
        *(Sent("GET", FLASK, host=host) for host in (key, f"{key}.example.org")),
        *(Sent(method, FLASK) for method in (key, key.upper())),
        *post(*contents),
        *post("{}", media=f"{JSON}; charset={key}"),
        *post("{}", media=f"text/{key}"),
    ]
