"""Source: what holds the items of a resource outside a database, written by an application."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from .conditions import Condition


class Source:
    """Items that something else holds: a remote service, a file, a computation. `api.resource(path, source=...)`.

    `all` gives each item as a mapping of the members that are declared, in types of Python. Filters, order, pages,
    totals, versions and preconditions are made of that, so that all of them are read for each page: it is meant for
    thousands of items, not for millions. What can be changed has the methods for that, and is changed by one request
    of a process at a time; what other processes change meanwhile is for `update` and `delete` to see, which have the
    item that the change was decided on.

    There is no transaction around a change. What a hook raises before it keeps it from being made; what one raises
    after it is answered, and the change stays.
    """

    def all(self) -> Iterable[Mapping[str, Any]]:
        """Every item."""
        raise NotImplementedError

    def among(self, condition: Condition) -> Iterable[Mapping[str, Any]]:  # noqa: ARG002 - for those who can ask less
        """The items that may meet a condition, and any others, which are left out then. All of them by default."""
        return self.all()

    def get(self, identity: Any) -> Mapping[str, Any] | None:
        """The item with an identity, as it stands in JSON; None where there is none. `all` is searched by default."""
        raise NotImplementedError

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make an item with these values, as they stand in JSON; the item as it is then.

        An identity that is declared as made (`str | None`, `int | None` or `UUID | None`, with the default None) is
        None, and for this to make. What is `shown_once` is given here, and by no other method.
        """
        raise NotImplementedError

    def update(self, old: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give an item these values; the item as it is then."""
        raise NotImplementedError

    def delete(self, old: Mapping[str, Any]) -> None:
        """Remove an item."""
        raise NotImplementedError


class OwnKeys(Source):
    """The keys of an API: a source that each store gives its own of."""

    def over(self, keys: Any) -> Source:
        """The keys that a store keeps."""
        raise NotImplementedError


class HeldSource:
    """The source of an application's own, as a declaration holds it: no table, and no columns."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.columns: Mapping[str, Hashable] = {}
        self.referred: Mapping[str, tuple[Hashable, ...]] = {}

    @property
    def name(self) -> str:
        """Its class."""
        return type(self.source).__name__

    @property
    def unchangeable(self) -> str:
        """Why no item can be changed; empty where items can be."""
        return "" if can(self.source, NEEDED["update"]) else "their source has no update(): write it"

    def serves(self, model: object) -> bool:
        """Whether it is this source."""
        return model is self.source


NEEDED = {"read": "all", "create": "create", "update": "update", "delete": "delete"}
"""The method that each operation needs."""


def can(source: Source, method: str) -> bool:
    """Whether a source has a method of its own."""
    return getattr(type(source), method) is not getattr(Source, method)
