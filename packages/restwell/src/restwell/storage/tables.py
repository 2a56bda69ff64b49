"""The tables of resources, Restwell's own tables, and the names in them.

A value is stored in a type of the database if it has one for the kind, and otherwise as a text that sorts in the
order of the values: each dialect defines it for every kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from ..http.limits import MAX_NAME
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from .dialect import Converter, Dialect

NUMBER_COLUMN, VERSION_COLUMN, MODIFIED_COLUMN = "_id", "_version", "_modified"
"""Our own columns. The name of a field cannot begin with an underscore, so that they never collide."""
INTERNAL_COLUMNS = frozenset([NUMBER_COLUMN, VERSION_COLUMN, MODIFIED_COLUMN])
VERSIONED = frozenset([VERSION_COLUMN, MODIFIED_COLUMN])
"""Those that every table of a resource has."""
VERSION_BITS = 52


OUTBOX = "restwell_outbox"
"""The table of the outbox, which is there where somebody reads it."""


CALLS = "restwell_calls"
"""The table of the calls that committed changes ask for, which is there where an application has such hooks."""


KEYS = "restwell_keys"
"""The table of the keys of an API."""
SECRETS = "restwell_secrets"
"""The table of the key of validators, and of what else all workers have to know."""
RENAMES = "restwell_renames"
"""The table of former identities, which is there where a resource may be renamed."""


OWN = frozenset([KEYS, SECRETS, OUTBOX, CALLS, RENAMES])
"""The names of the tables of Restwell itself."""


def own_names(declarations: Sequence[Declaration]) -> frozenset[str]:
    """The names of the tables that Restwell creates: its own, and those of its resources."""
    return OWN | {each.slug for each in declarations if each.source is None}


def own_tables(
    dialect: Dialect, *, outbox: bool, calls: bool = False, renames: bool = False, is_main: bool = True
) -> sa.MetaData:
    """The tables of Restwell itself: the keys of the API, the secret of validators, and others where they are needed.

    These are an outbox, the calls to be made, and the former identities of items. Of an API with several databases
    only the main one has keys and the secret. A column that a newer release adds may be null: `schema.prepare` adds
    it to a table that is there.
    """
    own = sa.MetaData()
    if is_main:
        _add_keys(dialect, own)
    if outbox:
        _add_outbox(dialect, own)
    if calls:
        _add_calls(dialect, own)
    if renames:
        _add_renames(dialect, own)
    return own


def _add_keys(dialect: Dialect, own: sa.MetaData) -> None:
    text, integer = dialect.types["text"], dialect.types["integer"]
    key = dialect.key_text or text
    sa.Table(
        KEYS,
        own,
        sa.Column("id", key, primary_key=True),
        sa.Column("name", text, nullable=False),
        sa.Column("digest", text, nullable=False),
        sa.Column("scopes", text, nullable=False),
        sa.Column("created", integer, nullable=False),
        sa.Column("expires", integer),
        sa.Column("revoked", integer),
        sa.Column("subject", text),
        sa.Column("groups", text),
        sa.Column("networks", text),
        sa.Column("used", integer),
        sa.Column("parent", text),
        **dialect.table_options,
    )
    sa.Table(
        SECRETS,
        own,
        sa.Column("name", key, primary_key=True),
        sa.Column("value", text, nullable=False),
        **dialect.table_options,
    )


def _add_renames(dialect: Dialect, own: sa.MetaData) -> None:
    text = dialect.types["text"]
    key = dialect.key_text or text
    sa.Table(
        RENAMES,
        own,
        sa.Column("former", key, primary_key=True),
        sa.Column("current", key, nullable=False, index=True),
        sa.Column("path", text, nullable=False),
        sa.Column("identity", text, nullable=False),
        **dialect.table_options,
    )


def _add_calls(dialect: Dialect, own: sa.MetaData) -> None:
    text, integer = dialect.types["text"], dialect.types["integer"]
    sa.Table(
        CALLS,
        own,
        sa.Column("id", integer, primary_key=True, autoincrement=True),
        sa.Column("time", integer, nullable=False),
        sa.Column("due", integer, nullable=False, index=True),
        sa.Column("tries", integer, nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("name", "path", "operation", "request_id")),
        *(sa.Column(name, text) for name in ("old", "new")),
        sa.Column("caller", text),
        **dialect.table_options,
        **dialect.numbered_once,
    )


def _add_outbox(dialect: Dialect, own: sa.MetaData) -> None:
    """The table of the outbox, in the order of its primary key; no number is given twice, though lines go."""
    text, integer = dialect.types["text"], dialect.types["integer"]
    number = sa.Column("id", integer, primary_key=True, autoincrement=True)
    transaction = sa.Column(
        "transaction_id",
        integer,
        primary_key=True,
        autoincrement=False,
        server_default=sa.literal_column(dialect.transaction_id),
    )
    sa.Table(
        OUTBOX,
        own,
        *([transaction, number] if dialect.transaction_id else [number]),
        sa.Column("time", integer, nullable=False),
        sa.Column("path", text, nullable=False),
        sa.Column("identity", text, nullable=False),
        sa.Column("renamed", text),
        sa.Column("action", text, nullable=False),
        sa.Column("version_before", integer),
        sa.Column("version_after", integer),
        **dialect.table_options,
        **dialect.numbered_once,
    )


def number_of(table: sa.Table) -> sa.Column[Any]:
    """What numbers the rows of a resource's table: a column of ours, or the identity that the database counts."""
    [column] = table.primary_key.columns
    return column


def numbered_of(declaration: Declaration) -> FieldSpec | None:
    """The identity of a resource that the database makes by counting."""
    made = declaration.makes
    return made if made is not None and made.kind.is_numbered else None


def indexes_of(declaration: Declaration) -> list[tuple[str, ...]]:
    """The members of each index of a resource, but for the number of the row behind them."""
    alone = [(spec.name,) for spec in declaration.fields if spec.marks.is_indexed]
    return [*alone, *declaration.unique]


def table_of(declaration: Declaration, metadata: sa.MetaData, dialect: Dialect) -> sa.Table:
    """The table of a resource: a number that orders the rows, the fields, a version and a time of modification.

    An identity that the database counts is that number, and is given to no second row once its row is gone.
    """
    numbered = numbered_of(declaration)
    number = sa.Column(NUMBER_COLUMN, dialect.types["integer"], primary_key=True, autoincrement=True)
    kinds = {spec.name: dialect.column_type(declaration, spec) for spec in declaration.stored}
    table = sa.Table(
        declaration.slug,
        metadata,
        *([] if numbered else [number]),
        *(_column(kinds[spec.name], spec, is_number=spec is numbered) for spec in declaration.stored),
        sa.Column(
            VERSION_COLUMN, sa.BigInteger(), nullable=False, server_default=sa.literal_column(dialect.random_version)
        ),
        sa.Column(
            MODIFIED_COLUMN, sa.BigInteger(), nullable=False, server_default=sa.literal_column(f"({dialect.now})")
        ),
        **dialect.table_options,
        **(dialect.numbered_once if numbered else {}),
    )
    if not numbered:
        table.append_constraint(sa.UniqueConstraint(declaration.identity.attribute, name=identity_name(table.name)))
    for spec in declaration.stored:
        if spec.marks.index and not spec.marks.identity:
            name = index_prefix("ix", declaration.slug) + spec.attribute
            sa.Index(_bounded(name), table.c[spec.attribute], number_of(table))
        if spec.marks.unique:
            name = index_prefix("ux", declaration.slug) + spec.attribute
            sa.Index(_bounded(name), table.c[spec.attribute], unique=True)
    for members in declaration.unique:  # the name of no field has a hyphen
        names = [declaration.specs[member].attribute for member in members]
        name = index_prefix("ux", declaration.slug) + "-".join(names)
        sa.Index(_bounded(name), *(table.c[each] for each in names), unique=True)
    return table


def _column(kind: sa.types.TypeEngine[Any], spec: FieldSpec, *, is_number: bool) -> sa.Column[Any]:
    if is_number:
        return sa.Column(spec.attribute, kind, sa.Identity(), primary_key=True)
    return sa.Column(spec.attribute, kind, nullable=spec.nullable)


# -- names: of at most MAX_NAME bytes, the same in every database -------------------------------------------------


def identity_name(table: str) -> str:
    """The name of the unique constraint on an identity."""
    return _bounded(f"uq_{table}")


def trigger_name(table: str) -> str:
    """The name of the trigger that gives rows new versions."""
    return _bounded(f"{table}_version")


def index_prefix(kind: str, table: str) -> str:
    """The prefix of the names of a table's own indexes: `ix` for plain ones, `ux` for unique ones."""
    prefix = f"{kind}_{table}_"
    return prefix if len(prefix) <= MAX_NAME - _DIGEST else f"{kind}_{table[:40]}_{_digest(table)}_"


def is_own_index(name: str, table: str) -> bool:
    """Whether an index of a table was made for a declaration."""
    return name.startswith((index_prefix("ix", table), index_prefix("ux", table)))


_DIGEST = 9
"""Bytes of the digest that replaces the rest of a name that is too long, with its underscore."""


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=4).hexdigest()


def _bounded(name: str) -> str:
    raw = name.encode()
    if len(raw) <= MAX_NAME:
        return name
    return f"{raw[: MAX_NAME - _DIGEST].decode(errors='ignore')}_{_digest(name)}"


def beside(column: str) -> str:
    """The name of a column that takes the place of another one of its table: that of no field, nor of ours."""
    return _bounded(f"_new_{column}")


def next_modified(before: str, now: str) -> str:
    """The time of modification after a change, as SQL: never earlier than before, and later if that is in the future.

    Otherwise, after the clock was set back, a new state could have a date that clients know of an older state.
    """
    return f"CASE WHEN {before} > {now} THEN {before} + 1 ELSE {now} END"


def as_json(value: Any) -> str:
    """A value as a JSON text."""
    return orjson.dumps(value).decode()


def as_double(value: Any) -> float:
    """A number as SELECT gives it, which may have no -0.0."""
    return float(value) + 0.0


def writer_of(dialect: Dialect, spec: FieldSpec) -> Converter | None:
    """The converter of a field's values to parameters; None if none is needed."""
    return dialect.writers.get(spec.kind.name)
