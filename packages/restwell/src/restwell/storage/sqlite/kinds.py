"""How SQLite keeps the values of each kind: as one of its five types, or as a text that sorts as the kind does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from ...model.durations import microseconds_of
from ...model.kinds import STRUCTURED, KindName
from ..decimals import encode
from ..dialect import Converter
from ..tables import as_double, as_json


class _Duration(sa.Integer):
    """An integer of microseconds, declared as what it stands for: a type with "INT" in it is an integer to SQLite."""


@compiles(_Duration)
def _declared_duration(*_: Any, **__: Any) -> str:
    return DURATION_INTEGER


class _Text(sa.Text):
    """A text that is declared as what it stands for, so that it can be told from other texts.

    To SQLite it is one: a declared type that has "TEXT" in it (https://sqlite.org/datatype3.html, section 3.1).
    """

    def __init__(self, name: str, collation: str | None = None) -> None:
        super().__init__(collation=collation)
        self.name = name


@compiles(_Text)
def _declared(kind: _Text, *_: Any, **__: Any) -> str:
    return f"{kind.name} COLLATE {kind.collation}" if kind.collation else kind.name


DECIMAL_TEXT, DATE_TEXT, DATETIME_TEXT = "ORDERED_DECIMAL_TEXT", "DATE_TEXT", "DATETIME_TEXT"
TIME_TEXT, UUID_TEXT, JSON_TEXT = "TIME_TEXT", "UUID_TEXT", "JSON_TEXT"
DURATION_INTEGER = "DURATION_INTEGER"
_JSON = _Text(JSON_TEXT)
TYPES: dict[KindName, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "integer": sa.Integer(),
    "float": sa.REAL(),
    "boolean": sa.Boolean(),
    "decimal": _Text(DECIMAL_TEXT, "RTRIM"),
    "date": _Text(DATE_TEXT),
    "datetime": _Text(DATETIME_TEXT),
    "time": _Text(TIME_TEXT),
    "duration": _Duration(),
    "uuid": _Text(UUID_TEXT),
    "url": sa.Text(),
    "choice": sa.Text(),
    "integer choice": sa.Integer(),
    **dict.fromkeys(STRUCTURED, _JSON),
}


def _utc_text(value: str) -> str:
    """A moment as text of one length, so that texts sort as moments do."""
    moment = datetime.fromisoformat(value)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _time_text(value: str) -> str:
    """A time of day as text of one length, as `_utc_text`."""
    return value if "." in value else f"{value}.000000"


WRITERS: dict[KindName, Converter] = {
    "float": as_double,
    "decimal": encode,
    **dict.fromkeys(STRUCTURED, as_json),
    "datetime": _utc_text,
    "time": _time_text,
    "duration": microseconds_of,
}
