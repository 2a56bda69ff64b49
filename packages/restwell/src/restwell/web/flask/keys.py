"""The API keys of an application, as it makes, lists, replaces and revokes them: `api.keys`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ...access.keys import LIFETIME, OVERLAP, issue_key, successor_of
from ...model import policy
from ...model.ruling import known_scopes
from ...storage.engine import Store
from ...storage.keys import ParentEnded


class Keys:
    """Makes, lists, replaces and revokes the API keys in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def create(
        self,
        name: str,
        *scopes: str,
        lifetime: int | None = LIFETIME,
        subject: str | None = None,
        groups: Sequence[str] = (),
        networks: Sequence[str] = (),
    ) -> str:
        """Make a key and give it; it cannot be shown again. `lifetime` is in seconds, None for ever.

        The key acts for `subject`, who is in these `groups`: this is what rules such as `owner()` and
        `auto="creator"` are about. Without one the subject is the id of the key. It may be used from `networks`
        such as 10.0.0.0/8 alone, by the address of the connection, if there are any.

        Raises ValueError for a scope that no resource knows, and for what is not a network.
        """
        known = known_scopes(self.store.declarations)
        unknown = sorted(policy.expand_scopes(scopes) - known)
        if unknown:
            raise ValueError(
                f"No resource knows the scope {unknown[0]!r}: the scopes are {policy.listed_scopes(known)}."
            )
        key, record = issue_key(
            name, scopes, now=time.time(), lifetime=lifetime, subject=subject, groups=groups, networks=networks
        )
        self.store.keys.add(record)
        return key

    def list(self) -> list[Mapping[str, Any]]:
        """What is kept of every key, such as its id, name, scopes, created, expires and revoked; never the key."""
        return [
            {name: value for name, value in record.items() if name != "digest"} for record in self.store.keys.every()
        ]

    def rotate(self, identifier: str, *, overlap: int = OVERLAP) -> str:
        """Make a key in place of the one with this id, and give it.

        It has the name, scopes, subject, groups and networks of that one, which is valid for `overlap` seconds more,
        or until it expires, if that is earlier. The new one is valid for as long as the other was made for; where
        that acts for itself, it acts for the id of that one, so that what belongs to one belongs to the other.
        Raises ValueError for a key that is not there, or not valid.
        """
        if overlap < 0:
            raise ValueError(f"overlap={overlap} is in seconds from now on: 0 ends the other key at once.")
        record, now = self.store.keys.find(identifier), time.time()
        if record is None:
            raise ValueError(f"There is no key with the id {identifier!r}.")
        parent = None if record["parent"] is None else self.store.keys.find(record["parent"])
        key, made = successor_of(record, parent, now=now)
        try:
            is_made = self.store.keys.replace(identifier, made, int(now) + overlap)
        except ParentEnded:
            is_made = False
        if not is_made:
            raise ValueError("It has ended meanwhile: make another key.")
        return key

    def revoke(self, identifier: str) -> bool:
        """Revoke a key by its id, from its next use on; False when there is no such valid key.

        With it end the keys that were made with it.
        """
        return self.store.keys.revoke(identifier)
