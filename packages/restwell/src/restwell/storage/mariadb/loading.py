"""Bulk loading into a table of MariaDB, within a transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from ..bulk import insert_text
from ..statements import Statements

ROWS_AT_ONCE = 500
MAX_PACKET = 256 * 1024
"""Characters of texts in one statement: a server takes 16 MiB of it by default, and some as little as 1 MiB."""


def load(
    connection: Any,
    statements: Statements,
    rows: Iterable[Sequence[Any]],
    translate: Callable[[Exception, str], Exception],
) -> None:
    """Insert many rows, or none of them. Raises what `translate` makes of an error of a statement."""
    connection.execute("SAVEPOINT restwell_load")
    text = ""
    try:
        for some in packets(rows):
            text = insert_text(statements, len(some))
            connection.execute(text, list(chain.from_iterable(some)))
    except Exception as error:
        with contextlib.suppress(Exception):  # a deadlock has taken back all of the transaction
            connection.execute("ROLLBACK TO SAVEPOINT restwell_load")
        raise translate(error, text) from error
    connection.execute("RELEASE SAVEPOINT restwell_load")


def packets(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """The rows, as many at once as one statement takes."""
    some: list[Sequence[Any]] = []
    size = 0
    for row in rows:
        more = sum(len(value) for value in row if isinstance(value, str))
        if some and (len(some) == ROWS_AT_ONCE or size + more > MAX_PACKET):
            yield some
            some, size = [], 0
        some.append(row)
        size += more
    if some:
        yield some
