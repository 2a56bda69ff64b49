"""The drivers of DuckDB: of an engine of an application, and of the file that a URL names."""

from __future__ import annotations

from os import getpid

import sqlalchemy as sa

from ..connections import FOR_ALL
from ..errors import passing
from ..given.driver import GivenDriver
from ..given.sessions import Given, UnknownDatabase
from ..notices import NOTICES
from .given import DuckdbBackend
from .interrupting import Interrupter

FORKED = (
    "DuckDB was opened before this process was forked, where none of its threads is: 503. Call dispose() of the "
    "engine before the fork, or open it behind that"
)


class DuckdbDriver(GivenDriver):
    """One database, by the engine of an application: it is only read."""

    copied_by = "any program that copies files, while nobody writes to it"

    read_only = True

    def __init__(self, given: Given) -> None:
        self._duckdb = DuckdbBackend(given.engine)
        super().__init__(given, self._duckdb)

    def _after_fork(self) -> None:
        """Go on, if the parent process had nothing open. Raises Unusable."""
        pool = self.engine.pool
        is_empty = isinstance(pool, sa.QueuePool) and pool.checkedin() + pool.checkedout() == 0
        if not (is_empty or isinstance(pool, sa.NullPool)):
            NOTICES.tell("forked", FORKED)
            raise passing("unusable")
        self._duckdb.interrupter = Interrupter()
        super()._after_fork()


class OwnDuckdbDriver(DuckdbDriver):
    """The database in a file, by its URL: opened so that other processes may read it, and none may write."""

    def __init__(self, path: str) -> None:
        url = sa.URL.create("duckdb", database=path)
        engine = sa.create_engine(url, connect_args={"read_only": True}, **FOR_ALL)
        super().__init__(Given(engine))

    def altering_engine(self, *, writing: bool) -> sa.Engine:  # noqa: ARG002 - as the protocol has it
        """Refused. Raises UnknownDatabase."""
        raise UnknownDatabase("There is nothing to alter in DuckDB, which is only read.")

    def close(self) -> None:
        """Give back every connection of this process, and leave others alone; one is opened when it is used again."""
        if self._pid == getpid():
            self.engine.dispose()
