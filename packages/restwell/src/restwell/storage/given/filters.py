"""What an application's sessions do to each of their queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session


def filters_of(session: Session | None = None) -> list[Callable[..., Any]]:
    """The listeners to `do_orm_execute` of a session, or of every session.

    They may add to its queries what is not to be seen. Reads here are compiled once, and call none of them.
    """
    return list((session or Session()).dispatch.do_orm_execute)
