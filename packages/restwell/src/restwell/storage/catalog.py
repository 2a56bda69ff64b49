"""The tables and views that a database has, as they were found there, before anybody says what is served of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


class Unserved(sa.types.TypeEngine[Any]):
    """The type of a column that cannot be served; `why` says what is about it, as "is of the type POINT"."""

    __visit_name__ = "unserved"

    def __init__(self, why: str) -> None:
        self.why = why


@dataclass(frozen=True)
class Catalog:
    """What there is: tables and views alike, in the order of their names, and which of them are views.

    Views are named by their schema, None for the usual one, and their own name. `left_out` has a sentence for each
    that cannot be read.
    """

    tables: Sequence[sa.Table]
    views: frozenset[tuple[str | None, str]]
    left_out: Sequence[str] = ()


def in_order(tables: Sequence[sa.Table]) -> list[sa.Table]:
    """Tables by schema and name."""
    return sorted(tables, key=lambda table: (table.schema or "", table.name))
