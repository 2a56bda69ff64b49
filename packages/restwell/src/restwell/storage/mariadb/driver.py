"""The driver of a MariaDB database that a URL names: by an engine of our own, used as one of an application is.

A server that says nothing within the time that it has is not asked twice: it is refused at once until it answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

from ..breaker import SERVER, Breaker, Probe, Target
from ..connections import FOR_ALL
from ..given.driver import GivenDriver
from ..given.sessions import Given
from .altering import altering_engine
from .errors import is_silence
from .given import MariadbBackend
from .opening import own_engine


class MariadbDriver(GivenDriver):
    """One database, by its URL."""

    copied_by = "mariadb-dump --single-transaction, of one moment and while it is in use"

    def __init__(self, url: str, *, read_only: bool) -> None:
        engine = own_engine(url, read_only=read_only, max_overflow=0, pool_use_lifo=True, **FOR_ALL)
        super().__init__(Given(engine), MariadbBackend(engine))
        self.read_only = read_only
        self._url = url
        self._breaker = Breaker(self._probing)

    def _after_fork(self) -> None:
        super()._after_fork()
        self._breaker = Breaker(self._probing)

    @contextmanager
    def _probing(self) -> Iterator[Probe]:
        """A probe with a connection of its own each time."""
        engine = own_engine(self._url, read_only=True, poolclass=sa.NullPool)

        def answers(_: Target) -> bool:
            try:
                with engine.connect() as connection:
                    connection.exec_driver_sql("SELECT 1")
            except sa.exc.DBAPIError as error:
                return not is_silence(error.orig)  # what else there is, requests are told by themselves
            return True

        yield answers

    def _check(self) -> None:
        if self._breaker.away:
            self._breaker.check(SERVER)

    @contextmanager
    def _raw(self) -> Iterator[PoolProxiedConnection]:
        self._check()
        with super()._raw() as raw:
            yield raw

    @contextmanager
    def _lending(self, *, unhurried: bool = False, alone: bool = False) -> Iterator[sa.Connection]:
        self._check()
        with super()._lending(unhurried=unhurried, alone=alone) as connection:
            yield connection

    def _may_ask_again(self, error: BaseException | None) -> bool:
        return not is_silence(error)

    def _translated(self, error: Exception) -> Exception:
        if is_silence(error.orig if isinstance(error, sa.exc.DBAPIError) else error):
            self._breaker.trip(SERVER, "no answer in time")
        return super()._translated(error)

    def altering_engine(self, *, writing: bool) -> sa.Engine:  # noqa: ARG002 - as the protocol has it
        """One whose connections may alter tables."""
        return altering_engine(self._url, read_only=self.read_only)

    def close(self) -> None:
        """Give back every connection; another is opened when it is used again."""
        self._breaker.stop()
        self._breaker = Breaker(self._probing)
        self.engine.dispose(close=self._pid == getpid())
