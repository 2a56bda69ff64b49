"""What an application's code writes on another engine, while it takes part in a change: refused.

A session commits its engines one after the other. What was written on another one could be committed without the
change, or the change without it, so that neither is said to be done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ORMExecuteState, Session, object_mapper

from .driver import OTHERS
from .lent import Lent
from .mapped.writing import flush


class WrittenElsewhere(Exception):
    """Something was written on an engine that is not that of the change; the message names both, and the remedy."""


@contextmanager
def refusing_elsewhere(lent: Lent) -> Iterator[None]:
    """Refuse meanwhile what is written by the session on another engine. Raises WrittenElsewhere."""
    others: frozenset[sa.Engine] = lent.connection.get_execution_options().get(OTHERS, frozenset())
    if not others:
        yield
        return
    session, here = lent.session, lent.connection.engine
    flush(session)  # what it has held before is not of this change

    def check(what: str, **of: Any) -> None:
        there = session.get_bind(**of).engine
        if there in others:
            raise WrittenElsewhere(
                f"{what} is of {there.url!r}, and the change beside which it is written of {here.url!r}: they cannot "
                "be committed together. Write it in a function of api.committed, which is called once the change is."
            )

    def flushed(flushing: Session, *_: object) -> None:
        changed = [each for each in flushing.dirty if flushing.is_modified(each)]
        for item in (*flushing.new, *flushing.deleted, *changed):
            mapper = object_mapper(item)
            check(mapper.class_.__name__, mapper=mapper)

    def executed(state: ORMExecuteState) -> None:
        if state.is_insert or state.is_update or state.is_delete:
            table = getattr(state.statement, "table", None)
            check(str(table), mapper=state.bind_mapper, clause=state.statement)

    sa.event.listen(session, "before_flush", flushed)
    sa.event.listen(session, "do_orm_execute", executed)
    try:
        yield
    finally:
        sa.event.remove(session, "before_flush", flushed)
        sa.event.remove(session, "do_orm_execute", executed)
