"""Bounded connection pools, one for each purpose; a forked process uses no connection of its parent.

A connection belongs to whoever has taken it, until it is given back; so threads and greenlets that end leave none
behind. The one that was given back last is taken next: its statements are prepared and its pages are cached, and a
process that answers one request at a time opens only one.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from os import getpid
from time import perf_counter
from typing import Generic, Protocol, TypeVar

from ..data.store_errors import Busy
from ..http.limits import MAX_LOOK
from .forking import Forkable

MAX_READERS, MAX_WRITERS = 8, 4
"""Connections of one process. More would gain little, since threads share Python's global lock, while each connection
is a process of PostgreSQL, which by default allows a hundred for all programs."""
PATIENCE = 2.0
"""Seconds that a request waits for a connection when all are in use."""


LENDING = {"pool_size": MAX_WRITERS, "pool_timeout": PATIENCE}
"""The same for a pool of SQLAlchemy's."""
FOR_ALL = {**LENDING, "pool_size": MAX_READERS + MAX_WRITERS}
"""The same for one that readers and writers share: whoever waits for it has no turn, so that it has room for all."""


class _Connection(Protocol):
    taken: float
    """When it was last taken, by `time.perf_counter`."""

    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...


C = TypeVar("C", bound=_Connection)


class _Turn(Generic[C]):
    """A caller that waits for a connection, or for permission to open one."""

    def __init__(self) -> None:
        self.connection: C | None = None
        self._come = threading.Lock()
        self._come.acquire()

    def call(self, connection: C | None) -> None:
        self.connection = connection
        self._come.release()

    def has_come(self, seconds: float) -> bool:
        return self._come.acquire(timeout=seconds)


class Pool(Generic[C]):
    """At most `size` connections for one purpose, opened by `connect` when they are first needed.

    Taking and giving back usually need no lock: the ends of a deque are safe to use from any thread. Everything else
    is done under a lock. Callers that wait are served in order of arrival.
    """

    def __init__(self, connect: Callable[[], C], size: int) -> None:
        self._connect = connect
        self._size = size
        self._idle: deque[C] = deque()
        self._waiting: deque[_Turn[C]] = deque()
        self._lock = threading.Lock()
        self._open = 0
        self._pid = getpid()
        self.every: set[C] = set()
        """Every connection that is open, idle or in use."""
        self.slow_at = -math.inf
        """When a connection was last in use, or was opened, for longer than MAX_LOOK."""

    def take(self) -> C:
        """A connection, until `give` or `discard`. Raises Busy when none is given back in time."""
        try:
            connection = self._wait() if self._waiting else self._idle.pop()
        except IndexError:
            connection = self._wait()
        connection.taken = perf_counter()
        return connection

    def give(self, connection: C) -> None:
        """Give back a connection that can be used again."""
        self._note(connection.taken)
        self._put(connection)

    def _put(self, connection: C) -> None:
        self._idle.append(connection)
        if self._waiting:
            self._serve()

    def _note(self, began: float) -> None:
        """Remember when the database was slow."""
        now = perf_counter()
        if now - began > MAX_LOOK:
            self.slow_at = now

    def discard(self, connection: C) -> None:
        """Close a connection that may be broken, so that another can be opened."""
        with self._lock:
            if connection in self.every:
                self.every.remove(connection)
                self._open -= 1
        if self._pid == getpid():  # else it belongs to the parent process, and is in use there
            connection.close()
        self._serve()

    def discard_idle(self) -> None:
        """Close the idle connections: what broke one has broken them as well."""
        while self._idle:
            with suppress(IndexError):  # another thread has taken it
                self.discard(self._idle.pop())

    def close(self) -> None:
        """Close every connection."""
        self._idle.clear()
        while self.every:
            self.every.pop().close()

    def _wait(self) -> C:
        turn = _Turn[C]()
        self._waiting.append(turn)
        try:
            self._serve()
            came = turn.has_come(PATIENCE)
        except BaseException:  # a greenlet that was killed
            if not self._leaves(turn):
                self._refuse(turn)
            raise
        if not came and self._leaves(turn):
            raise exhausted()
        return self._opened() if turn.connection is None else turn.connection

    def _leaves(self, turn: _Turn[C]) -> bool:
        """Stop waiting; False if a connection was assigned meanwhile."""
        with self._lock:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True

    def _refuse(self, turn: _Turn[C]) -> None:
        """Give back what was assigned to a caller that has stopped waiting."""
        if turn.connection is not None:
            self._put(turn.connection)
            return
        with self._lock:
            self._open -= 1
        self._serve()

    def _serve(self) -> None:
        """Wake as many waiting callers as there are idle connections and free slots."""
        with self._lock:
            while self._waiting:
                connection: C | None = None
                try:
                    connection = self._idle.pop()
                except IndexError:
                    if self._open >= self._size:
                        return
                    self._open += 1
                self._waiting.popleft().call(connection)

    def _opened(self) -> C:
        began = perf_counter()
        try:
            connection = self._connect()
        except BaseException:
            with self._lock:
                self._open -= 1
            self._serve()
            raise
        self.every.add(connection)
        self._note(began)
        return connection


class Connections(Forkable, Generic[C]):
    """The connections of one database: a pool of readers and a pool of writers, opened by `_connect`."""

    max_writers = MAX_WRITERS

    def __init__(self) -> None:
        super().__init__()
        self._inherited: list[object] = []
        self._start()

    def _start(self) -> None:
        self._reader_pool = Pool[C](lambda: self._connect(reading=True), MAX_READERS)
        self._writer_pool = Pool[C](lambda: self._connect(reading=False), self.max_writers)
        self._further: set[C] = set()

    def _connect(self, *, reading: bool) -> C:
        """Open a connection."""
        raise NotImplementedError

    def _after_fork(self) -> None:
        """Abandon the connections of the parent process: closing them here would break them there."""
        self._inherited += [self._reader_pool, self._writer_pool, self._further]
        self._start()

    def _readers(self) -> Pool[C]:
        """The pool of reading connections of this process."""
        if self._pid != getpid():
            self._enter()
        return self._reader_pool

    def _writers(self) -> Pool[C]:
        """The pool of writing connections of this process."""
        if self._pid != getpid():
            self._enter()
        return self._writer_pool

    @contextmanager
    def _reader_for_long(self) -> Iterator[C]:
        """A reading connection outside the pool, for uses that are too long for one of the pool."""
        if self._pid != getpid():
            self._enter()
        connection = self._connect(reading=True)
        self._further.add(connection)
        try:
            yield connection
        finally:
            if connection in self._further:  # else this is a forked process, and it belongs to the parent
                self._further.discard(connection)
                connection.close()

    @property
    def slow_at(self) -> float:
        """When the database was last slow for a reader or a writer."""
        return max(self._reader_pool.slow_at, self._writer_pool.slow_at)

    def _every(self) -> set[C]:
        """Every connection that this process has opened."""
        return self._reader_pool.every | self._writer_pool.every | self._further

    def close(self) -> None:
        """Close every connection that this process opened."""
        if self._pid != getpid():
            self._enter()
        self._reader_pool.close()
        self._writer_pool.close()
        while self._further:
            self._further.pop().close()
        self._start()


def exhausted() -> Busy:
    """The error of a caller for whom no connection became free."""
    return Busy("Every connection to the store is in use; ask again in a moment.", retry=1)
