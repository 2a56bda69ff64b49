"""A test's turn with an application: what is written to its databases meanwhile is taken back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from flask import Flask

from ...storage.databases import restoring_engine
from .binding import Binding
from .databases import every_engine, session_of


@contextmanager
def restoring(app: Flask) -> Iterator[None]:
    """Take back what is written meanwhile: by the APIs of an application, and by its Flask-SQLAlchemy.

    The session of the current context is closed before and after. Raises RuntimeError for an application without an
    API, and as opening its store does.
    """
    bindings: dict[str, Binding] = app.extensions.get("restwell", {})
    if not bindings:
        raise RuntimeError(f"The application {app.name!r} has no API of Restwell's, whose database to look after.")
    with ExitStack() as stack:
        _close(session_of(app))
        for store in {id(binding.store): binding.store for binding in bindings.values()}.values():
            stack.enter_context(store.restoring())
        for engine in every_engine(app):
            stack.enter_context(restoring_engine(engine))
        try:
            yield
        finally:
            _close(session_of(app))


def _close(session: Any) -> None:
    if session is not None:
        session.close()
