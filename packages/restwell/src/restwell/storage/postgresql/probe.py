"""Probes whether a PostgreSQL server, or a locked table, answers again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from ..breaker import CONNECTING, Probe, Target
from .sessions import Session

READING, WRITING = "ACCESS SHARE", "ROW EXCLUSIVE"
"""The lock modes of statements, as PostgreSQL names them."""


class _Prober:
    """Probes with a session of its own, which is reopened after it was lost."""

    def __init__(self, connect: Callable[[], Session]) -> None:
        self._connect = connect
        self._session: Session | None = None

    def __call__(self, target: Target) -> bool:
        """Whether a target answers within the time limits of a session."""
        try:
            if target == CONNECTING:
                self.close()
            if self._session is None or self._session.closed:
                self._session = self._connect()
            if target.table:
                return self._can_lock(self._session, target)
            self._session.ask("SELECT 1", ())
        except psycopg.Error:
            self.close()
            return False
        return True

    @staticmethod
    def _can_lock(session: Session, target: Target) -> bool:
        """Whether a lock is free; other problems of a table are left to the requests."""
        text = sql.SQL("LOCK TABLE {} IN {} MODE NOWAIT").format(sql.Identifier(target.table), sql.SQL(target.mode))
        try:
            with session.beginning(unhurried=False):
                session.execute(text)
        except errors.LockNotAvailable:
            return False
        except psycopg.Error:
            return not session.closed
        return True

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


@contextmanager
def probing(connect: Callable[[], Session]) -> Iterator[Probe]:
    """A probe, whose session is closed at the end."""
    prober = _Prober(connect)
    try:
        yield prober
    finally:
        prober.close()
