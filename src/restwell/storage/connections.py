"""Which connection is whose: each thread has its own, and a forked process none of its parent's."""

from __future__ import annotations

import threading
from os import getpid
from typing import Any, Generic, Protocol, TypeVar


class _Connection(Protocol):
    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...


class _Own(threading.local):
    """What this thread has; None until it is asked for."""

    reader: Any = None
    writer: Any = None


C = TypeVar("C", bound=_Connection)


class Connections(Generic[C]):
    """For each thread a connection that reads and one that writes, opened when first needed as `_connect` says."""

    def __init__(self) -> None:
        self._pid = getpid()
        self._own = _Own()
        self._all: set[C] = set()
        self._inherited: list[set[C]] = []

    def _connect(self, *, reading: bool) -> C:
        """Open a connection, or give one that several threads may share."""
        raise NotImplementedError

    def _after_fork(self) -> None:
        """Connections of a parent process are left alone: closing them here would end what it does with them."""
        inherited = [*self._inherited, self._all]
        Connections.__init__(self)
        self._inherited = inherited

    def _connection(self, *, reading: bool) -> C:
        """The connection of this thread, another one when it was closed."""
        if self._pid != getpid():
            self._after_fork()
        connection: C | None = self._own.reader if reading else self._own.writer
        if connection is None or connection.closed:
            self._forget(connection)
            connection = self._open(reading=reading)
            setattr(self._own, "reader" if reading else "writer", connection)
        return connection

    def _open(self, *, reading: bool) -> C:
        """A connection for one purpose, until `_forget`."""
        connection = self._connect(reading=reading)
        self._all.add(connection)
        return connection

    def _forget(self, connection: C | None) -> None:
        """Close a connection, if this process opened it."""
        if connection in self._all:
            self._all.remove(connection)
            connection.close()

    def close(self) -> None:
        """Close every connection that this process opened."""
        if self._pid != getpid():
            self._after_fork()
        while self._all:
            self._all.pop().close()
        self._own = _Own()
