"""The keys of an API as items of a resource: those that are valid. Each is made once, never changed, and revoked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ...access.keys import groups_of, is_valid, networks_of, subject_of
from ...access.minting import NotMinted, Wish, mint
from ...http.limits import MAX_KEYS_MADE
from ...http.problems import Refuse
from ...model.conditions import TRUE, And, Comparison, Condition
from ...model.source import OwnKeys
from ...storage.keys import ParentEnded, StoredKeys

DAY = 24 * 3600


class KeyItems(OwnKeys):
    """The valid keys in a store. Nothing but `over` can be asked before it is known in which."""

    def __init__(self, keys: StoredKeys | None = None) -> None:
        self._keys = keys

    def over(self, keys: StoredKeys) -> KeyItems:
        """The keys of one store."""
        return KeyItems(keys)

    @property
    def keys(self) -> StoredKeys:
        """Where they are kept."""
        if self._keys is None:
            raise RuntimeError("Keys are items of a store, and none was given.")
        return self._keys

    def all(self) -> Iterable[Mapping[str, Any]]:
        """Every valid key."""
        return self.among(TRUE)

    def among(self, condition: Condition) -> Iterable[Mapping[str, Any]]:
        """The valid keys of the subject that a condition asks for; where it asks for none, of all."""
        now, subject = time.time(), next(_subjects(condition), None)
        return [_item(record) for record in self.keys.every(subject) if is_valid(record, now)]

    def get(self, identity: Any) -> Mapping[str, Any] | None:
        """The valid key with an id."""
        record = self.keys.find(identity)
        return _item(record) if record is not None and is_valid(record, time.time()) else None

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a key, which this answer alone has. `parent` names the credential that it is made with.

        Raises Refuse for one that may do more than that, and StoreError.
        """
        now, subject = time.time(), values["subject"]
        if subject is None:
            raise Refuse(403, "A key acts for somebody: make it over HTTP, with a credential that says for whom.")
        if self.keys.made_since(subject, int(now) - DAY) >= MAX_KEYS_MADE:
            raise Refuse(409, f"{MAX_KEYS_MADE} keys were made for the same subject within a day: go on tomorrow.")
        parent = None if values["parent"] is None else self.keys.find(values["parent"])
        if parent is not None and subject_of(parent) != subject:  # another credential that is called like a key
            parent = None
        wish = Wish(*(values[name] for name in Wish._fields))._replace(expires=_seconds(values["expires"]))
        try:
            key, record = mint(wish, subject, parent, now=now)
            self.keys.add(record)
        except NotMinted as error:
            raise Refuse(422, str(error), pointer=f"/{error.member}" if error.member else None) from error
        except ParentEnded as error:
            raise Refuse(409, "What the key is made with has ended meanwhile, or ends earlier now.") from error
        return _item(record) | {"key": key}

    def delete(self, old: Mapping[str, Any]) -> None:
        """Revoke a key, and those that were made with it. Raises StoreError."""
        self.keys.revoke(old["id"])


def _subjects(condition: Condition) -> Iterator[str]:
    """The subjects that a key has to act for to meet a condition, as far as that tells."""
    for each in condition.conditions if isinstance(condition, And) else (condition,):
        if isinstance(each, Comparison) and (each.field, each.operator) == ("subject", "eq"):
            yield each.values[0]


def _item(record: Mapping[str, Any]) -> dict[str, Any]:
    moments = {name: _moment(record[name]) for name in ("created", "expires", "used")}
    return {
        "id": record["id"],
        "name": record["name"],
        "subject": subject_of(record),
        "scopes": record["scopes"].split(),
        "groups": sorted(groups_of(record)),
        "networks": networks_of(record),
        "parent": record["parent"],
        **moments,
    }


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: str | datetime | None) -> int | None:
    if moment is None:
        return None
    return int((moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)).timestamp())
