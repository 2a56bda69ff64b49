"""Names for what nobody declared: of tables as paths and classes, of columns as members, each of them once."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import sqlalchemy as sa

from ...http.limits import MAX_NAME
from ...model.declare import RESERVED_NAMES, RESERVED_PATHS
from ...model.resource import Resource
from .attributes import class_name, plain_name

T = TypeVar("T")
OTHERS = re.compile(r"[^A-Za-z0-9._~-]+")
"""What is not in a segment of a path."""
ONLY_DOTS = frozenset(["", ".", ".."])
TAKEN_CLASSES = frozenset([*RESERVED_NAMES, *keyword.kwlist, "Base", "DeclarativeBase", "Mapped", "Any"])
"""Names of classes that the vocabulary of an API, Python, or a module of models has otherwise."""
RESERVED_SEGMENTS = frozenset(f"/{name}" for name in RESERVED_PATHS)


def paths_of(tables: Iterable[sa.Table]) -> dict[sa.Table, str]:
    """The path of each table: its name, where that is a segment of a path, or what is nearest to it.

    No two are the same but for case, as the last segment of a path names a resource in any database. A table of
    another schema has that before its own name.
    """
    exact = sorted(tables, key=lambda table: _segment(name := _full_name(table)) != name or name in RESERVED_PATHS)
    return _told_apart(exact, lambda table: f"/{_segment(_full_name(table))}", RESERVED_SEGMENTS, "-")


def classes_of(tables: Iterable[sa.Table]) -> dict[sa.Table, str]:
    """The name of the class of each table: ASCII, no two the same, and none that has another meaning."""
    exact = sorted(tables, key=lambda table: not _full_name(table).isidentifier())
    return _told_apart(exact, lambda table: class_name(_full_name(table)), TAKEN_CLASSES, "")


def members_of(columns: Iterable[sa.Column[Any]]) -> dict[sa.Column[Any], str]:
    """The name of the member of each column of a table, no two the same."""
    exact = sorted(columns, key=lambda column: plain_name(column.name) != column.name)
    return _told_apart(exact, lambda column: plain_name(column.name), _reserved_members(), "_", folds=False)


def _reserved_members() -> frozenset[str]:
    """What every class of pydantic's has under a name of its own."""
    return frozenset(name for name in dir(Resource) if name.startswith("model_"))


def _told_apart(
    things: Iterable[T], name_of: Callable[[T], str], reserved: frozenset[str], mark: str, *, folds: bool = True
) -> dict[T, str]:
    """A name for each thing; where one is taken, a number is added. Case tells nothing apart where it `folds`."""
    taken = {name.lower() if folds else name for name in reserved}
    found: dict[T, str] = {}
    for thing in things:
        name = wanted = name_of(thing)
        number = 1
        while (name.lower() if folds else name) in taken:
            number += 1
            name = f"{wanted}{mark}{number}"
        taken.add(name.lower() if folds else name)
        found[thing] = name
    return found


def _full_name(table: sa.Table) -> str:
    return f"{table.schema}.{table.name}" if table.schema else str(table.name)


def _segment(name: str) -> str:
    """A name as a segment of a path: letters without their accents, and a hyphen for all else."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    found = OTHERS.sub("-", plain)[:MAX_NAME]
    if found == name:
        return "table" if found in ONLY_DOTS else found
    found = found.strip("-")
    return "table" if found in ONLY_DOTS else found
