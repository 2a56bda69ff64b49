"""What an application gives to be used as it is: an engine, and the session of a request where it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...model.resource import Declaration


class UnknownDatabase(Exception):
    """A database URL or an engine that Restwell cannot use; the message says which it can."""


class Sessions(NamedTuple):
    """The sessions of an application, one for each request."""

    begun: Callable[[], Session | None]
    """The session of this request, if there is a context that it can be of."""
    current: Callable[[], AbstractContextManager[Session]]
    """The session of this request, or else of a context that is made for it and ends with it."""
    fresh: Callable[[], AbstractContextManager[Session]]
    """The session of a context that is made for it and ends with it."""


class Given(NamedTuple):
    """An engine of an application, and its sessions."""

    engine: sa.Engine
    sessions: Sessions | None = None
    others: frozenset[sa.Engine] = frozenset()
    """Further engines that the application's code can reach by the same session."""
    binds: Mapping[Any, sa.Engine] = {}
    """The engine of each class and table, for a session that is made for a change and is none of `sessions`."""
    beside: tuple[Beside, ...] = ()
    """The engines of resources that are not of this one."""
    pid: int = 0
    """The process in which the application had the engine already; 0 for the one at hand."""

    def had_in(self, pid: int) -> Given:
        """The same, of engines whose connections may be of another process: they are left to that."""
        beside = (each._replace(given=each.given.had_in(pid)) for each in self.beside)
        return self._replace(pid=pid, beside=tuple(beside))


class Beside(NamedTuple):
    """A further engine of an API, which has nothing beside it itself."""

    given: Given
    declarations: frozenset[Declaration]
    """The resources whose models it has."""
