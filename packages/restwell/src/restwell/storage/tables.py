"""The table of each resource, Restwell's own tables, and how values look in each database.

A value is stored in the database's own type where it has one. SQLite has five types, so that dates and UUIDs
are kept there as text that sorts as it should, and so are decimals: see `decimals.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles

from ..http.limits import MAX_NAME
from ..model.fields import FieldSpec, Kind, holds_integers
from ..model.resource import Declaration
from .sqlite.decimals import encode

NUMBER_COLUMN, VERSION_COLUMN, MODIFIED_COLUMN = "_id", "_version", "_modified"
"""Columns of our own. A field's name cannot begin with an underscore, so that they never collide."""
INTERNAL_COLUMNS = frozenset([NUMBER_COLUMN, VERSION_COLUMN, MODIFIED_COLUMN])
VERSION_BITS = 52

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class _Text(sa.Text):
    """A text in SQLite that is declared as what it stands for, so that it can be told from other texts.

    To SQLite it is one: a declared type that has "TEXT" in it (https://sqlite.org/datatype3.html, section 3.1).
    """

    def __init__(self, name: str, collation: str | None = None) -> None:
        super().__init__(collation=collation)
        self.name = name


@compiles(_Text, "sqlite")
def _declared(kind: _Text, *_: Any, **__: Any) -> str:
    return f"{kind.name} COLLATE {kind.collation}" if kind.collation else kind.name


DECIMAL_TEXT, DATE_TEXT, DATETIME_TEXT = "ORDERED_DECIMAL_TEXT", "DATE_TEXT", "DATETIME_TEXT"
UUID_TEXT, JSON_TEXT = "UUID_TEXT", "JSON_TEXT"
_JSON = sa.JSON().with_variant(_Text(JSON_TEXT), "sqlite")
TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    "text": TEXT,
    "integer": INTEGER,
    "float": sa.Double().with_variant(sa.REAL(), "sqlite"),
    "boolean": sa.Boolean(),
    "decimal": sa.Numeric(asdecimal=True).with_variant(_Text(DECIMAL_TEXT, "RTRIM"), "sqlite"),
    "date": sa.Date().with_variant(_Text(DATE_TEXT), "sqlite"),
    "datetime": postgresql.TIMESTAMP(timezone=True).with_variant(_Text(DATETIME_TEXT), "sqlite"),
    "uuid": postgresql.UUID(as_uuid=True).with_variant(_Text(UUID_TEXT), "sqlite"),
    "url": TEXT,
    "choice": TEXT,
    "list": _JSON,
    "object": _JSON,
    "json": _JSON,
}

OWN = sa.MetaData()
KEYS = sa.Table(
    "restwell_keys",
    OWN,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("name", TEXT, nullable=False),
    sa.Column("digest", TEXT, nullable=False),
    sa.Column("scopes", TEXT, nullable=False),
    sa.Column("created", INTEGER, nullable=False),
    sa.Column("expires", INTEGER),
    sa.Column("revoked", INTEGER),
)
SECRETS = sa.Table(
    "restwell_secrets",
    OWN,
    sa.Column("name", TEXT, primary_key=True),
    sa.Column("value", TEXT, nullable=False),
)


def type_of(spec: FieldSpec) -> sa.types.TypeEngine[Any]:
    """The column type of a field, with its variant for each database."""
    if spec.kind == "choice" and holds_integers(spec.annotation):
        return INTEGER
    return TYPES[spec.kind]


def table_of(declaration: Declaration, metadata: sa.MetaData) -> sa.Table:
    """The table of a resource: a number that orders the rows, the fields, a version and a time of modification."""
    fields = [sa.Column(spec.name, type_of(spec), nullable=spec.nullable) for spec in declaration.fields]
    table = sa.Table(
        declaration.slug,
        metadata,
        sa.Column(NUMBER_COLUMN, INTEGER, primary_key=True, autoincrement=True),
        *fields,
        sa.Column(VERSION_COLUMN, sa.BigInteger(), nullable=False, server_default=_Random()),
        sa.Column(MODIFIED_COLUMN, sa.BigInteger(), nullable=False, server_default=_Now()),
        sa.UniqueConstraint(declaration.identity.name, name=identity_name(declaration.slug)),
    )
    for spec in declaration.fields:
        if spec.marks.index and not spec.marks.identity:
            name = index_prefix("ix", declaration.slug) + spec.name
            sa.Index(_bounded(name), table.c[spec.name], table.c[NUMBER_COLUMN])
        if spec.marks.unique:
            sa.Index(_bounded(index_prefix("ux", declaration.slug) + spec.name), table.c[spec.name], unique=True)
    return table


# -- names: of at most MAX_NAME bytes, the same in every database -------------------------------------------------


def identity_name(table: str) -> str:
    """The name of the constraint that an identity is there once."""
    return _bounded(f"uq_{table}")


def trigger_name(table: str) -> str:
    """The name of the trigger that gives rows new versions."""
    return _bounded(f"{table}_version")


def index_prefix(kind: str, table: str) -> str:
    """With what the names of a table's own indexes begin: `ix` the plain ones, `ux` the unique ones."""
    prefix = f"{kind}_{table}_"
    return prefix if len(prefix) <= MAX_NAME - _DIGEST else f"{kind}_{table[:40]}_{_digest(table)}_"


def is_own_index(name: str, table: str) -> bool:
    """Whether an index of a table is there because of a declaration."""
    return name.startswith((index_prefix("ix", table), index_prefix("ux", table)))


_DIGEST = 9
"""Bytes of what stands for the rest of a name that is too long, with the underscore before it."""


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=4).hexdigest()


def _bounded(name: str) -> str:
    raw = name.encode()
    if len(raw) <= MAX_NAME:
        return name
    return f"{raw[: MAX_NAME - _DIGEST].decode(errors='ignore')}_{_digest(name)}"


class _Random(sa.sql.functions.GenericFunction[int]):
    """A version to begin with, for rows that come by other ways.

    It is random, so that a row that was deleted and made anew never shows an entity tag that it had before.
    """

    inherit_cache = True
    name = "restwell_random"


class _Now(sa.sql.functions.GenericFunction[int]):
    """Seconds since 1970, in the database."""

    inherit_cache = True
    name = "restwell_now"


def _as(dialect: str, function: type[Any], text: str) -> None:
    compiles(function, dialect)(lambda *_, **__: text)


_as("sqlite", _Random, f"(abs(random()) >> {63 - VERSION_BITS})")
_as("postgresql", _Random, f"(floor(random() * (2::bigint ^ {VERSION_BITS}))::bigint)")
_as("sqlite", _Now, "(CAST(strftime('%s', 'now') AS INTEGER))")
_as("postgresql", _Now, "(extract(epoch from clock_timestamp())::bigint)")


def next_modified(before: str, now: str) -> str:
    """What the time of modification becomes with a change, as SQL: never an earlier one, nor the same in the future.

    A clock that was put back would give a change a date that clients have seen already, of the state before it.
    """
    return f"CASE WHEN {before} > {now} THEN {before} + 1 ELSE {now} END"


Converter = Callable[[Any], Any]


def _json_text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _utc_text(value: str) -> str:
    """A moment as text of one length, so that texts sort as moments do."""
    moment = datetime.fromisoformat(value)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _double(value: Any) -> float:
    """As SELECT gives it, which has no -0.0 in SQLite."""
    return float(value) + 0.0


WRITERS: dict[str, dict[Kind, Converter]] = {
    "sqlite": {
        "float": _double,
        "decimal": encode,
        "list": _json_text,
        "object": _json_text,
        "json": _json_text,
        "datetime": _utc_text,
    },
    "postgresql": {"float": _double, "list": _json_text, "object": _json_text, "json": _json_text},
}
"""From a value as it stands in JSON to a parameter, where they differ."""


def writer_of(dialect: str, spec: FieldSpec) -> Converter | None:
    """What turns a field's value into a parameter; None when it is one already."""
    return WRITERS[dialect].get(spec.kind)
