"""Values of PostgreSQL that Python does not have, such as the date infinity, and invalid JSON that `json` allows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
import psycopg
from psycopg.abc import AdaptContext
from psycopg.adapt import Loader, Transformer
from psycopg.pq import Format
from psycopg.pq.abc import PGresult

from ..errors import InvalidValue
from .intervals import load_interval

UNREADABLE = object()
"""Replaces such a value. JSON cannot write it."""


def load_json(data: bytes | str) -> Any:
    """The value of a JSON column, read by orjson; PostgreSQL's `json` allows more. Raises DataError."""
    try:
        return orjson.loads(data)
    except ValueError as error:
        raise psycopg.DataError("not a value of JSON") from error


class IntervalLoader(Loader):
    """Reads intervals where psycopg would make 30 days of a month."""

    def load(self, data: Any) -> str:
        """The duration. Raises DataError."""
        try:
            return load_interval(bytes(data).decode())
        except InvalidValue as error:
            raise psycopg.DataError(str(error)) from error


@lru_cache(64)
def _lenient(kind: type[Any]) -> type[Any]:
    """The same loader, which returns UNREADABLE instead of failing."""

    class Lenient(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._loader = kind(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._loader.load(data)
            except Exception:  # noqa: BLE001 - each kind of value has its own
                return UNREADABLE

    return Lenient


def rows_of(cursor: psycopg.Cursor[Any]) -> list[Any]:
    """Every row of a cursor's result, read leniently if necessary."""
    try:
        return cursor.fetchall()
    except Exception:  # noqa: BLE001 - each kind of value has its own, and nothing is asked of the server here
        return loaded_leniently(cursor)


def loaded_leniently(cursor: psycopg.Cursor[Any]) -> list[Any]:
    """Every row of a cursor's result."""
    result = cursor.pgresult
    return [] if result is None or not result.nfields else rows_leniently(result, cursor)


def rows_leniently(result: PGresult, context: AdaptContext) -> list[Any]:
    """Every row of a result; `context`, whose adapters this changes, says how values are read."""
    transformer = Transformer(context)
    for place in range(result.nfields):
        oid = result.ftype(place)
        loader = context.adapters.get_loader(oid, Format.TEXT)
        if loader is not None:
            transformer.adapters.register_loader(oid, _lenient(loader))
    transformer.set_pgresult(result)
    return list(transformer.load_rows(0, result.ntuples, tuple))
