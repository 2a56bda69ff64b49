"""The database of an API: the engine that it is given, that of Flask-SQLAlchemy, or the one that a URL names."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from flask import Flask, current_app, has_app_context

from ...model.errors import DeclarationError
from ...model.resource import Declaration
from ...storage.databases import check_engine
from ...storage.engine import Given
from ...storage.given.filters import filters_of
from ...storage.given.sessions import Sessions
from ...storage.mapped.binds import engines_of, given_of, given_of_binds, has_models
from .settings import read_setting
from .unseen import Unseen, name_of

log = logging.getLogger("restwell")
EXTENSION = "sqlalchemy"
"""The name of Flask-SQLAlchemy, and of Flask-SQLAlchemy-Lite, among the extensions of an application."""
DEFAULT = (None, "default")
"""The names that these give to the engine of what names none."""
SETTING = "RESTWELL_DATABASE"


def database_of(app: Flask, engine: Any, declarations: Sequence[Declaration]) -> str | Given:
    """What a store is opened for; `engine` is that of the Api. Raises DeclarationError, UnknownDatabase.

    An API with models takes the engine of Flask-SQLAlchemy where nothing else is said.
    """
    is_named = _is_named(app.config)
    if engine is not None:
        if is_named:
            raise DeclarationError(
                f"The API has an engine by Api(engine=...), and {SETTING} (the option --database) names a database "
                "beside it: leave one of them out."
            )
        return _given(app, engine, declarations)
    extension = app.extensions.get(EXTENSION) if has_models(declarations) else None
    if extension is not None and is_named:
        log.warning(
            "models are served from the database that %s (the option --database) names, and not by the engine of "
            "Flask-SQLAlchemy: leave it out, unless their tables are there",
            SETTING,
        )
    if extension is None or is_named:
        return str(read_setting(app.config, "DATABASE"))
    if not hasattr(type(extension), "engines"):
        raise DeclarationError(
            "The application has a Flask-SQLAlchemy before 3.0, whose engine Restwell does not know: upgrade it, or "
            f"give the engine by Api(engine=...), or name the database by {SETTING}."
        )
    with app.app_context():
        engines, every = engines_of(declarations, _session_of(extension)), extension.engines
        usual = next((every[key] for key in DEFAULT if key in every), None)
        main = usual if usual in engines else next(iter(engines))
        return given_of(engines, main, every.values(), _sessions_of(app, extension))


def check_filters(app: Flask, declarations: Sequence[Declaration], unseen: Unseen) -> None:
    """Refuse what would be left out of reads: filters that sessions add to their queries. Raises DeclarationError."""
    if not has_models(declarations):
        return
    extension = app.extensions.get(EXTENSION)
    found = filters_of()
    if hasattr(type(extension), "engines"):
        with app.app_context():
            found = filters_of(_session_of(extension))
    for each in found:
        if not unseen.has(each):
            raise DeclarationError(
                f"{name_of(each)} listens to do_orm_execute of the application's sessions, and reads of models are "
                "no queries of these: what it leaves out would be served. Serve a query that leaves it out, by "
                "api.resource(..., query=...), and name the function in Api(unseen_by=[...])."
            )


def _is_named(config: Mapping[str, Any]) -> bool:
    return config.get(SETTING) is not None or SETTING in os.environ


def _given(app: Flask, engine: Any, declarations: Sequence[Declaration]) -> Given:
    """An engine, or several, or what a function gives that is called within the application.

    With an engine of the extension's go its sessions, and the engines that these use for other models.
    """
    extension: Any = app.extensions.get(EXTENSION)
    with app.app_context():
        found = engine() if callable(engine) else engine
        if isinstance(found, Mapping) and found:
            for each in found.values():
                check_engine(each)
            return given_of_binds(found, declarations)
        check_engine(found)
        if not any(found is each for each in every_engine(app)):
            return Given(found)
        engines = engines_of(declarations, _session_of(extension))
        return given_of(engines, found, every_engine(app), _sessions_of(app, extension))


def every_engine(app: Flask) -> list[Any]:
    """The engines of Flask-SQLAlchemy, where the application has it."""
    extension: Any = app.extensions.get(EXTENSION)
    with app.app_context():
        return list(extension.engines.values()) if hasattr(type(extension), "engines") else []


def session_of(app: Flask) -> Any:
    """The session of Flask-SQLAlchemy in the current context, if it is one of this application."""
    extension = app.extensions.get(EXTENSION)
    return _session_of(extension) if _is_within(app) and hasattr(type(extension), "engines") else None


def _sessions_of(app: Flask, extension: Any) -> Sessions:
    """The session of each request, by Flask-SQLAlchemy: there is one in a context of the application."""

    def begun() -> Any:
        return _session_of(extension) if _is_within(app) else None

    @contextmanager
    def fresh() -> Iterator[Any]:
        with app.app_context():
            yield _session_of(extension)

    def current() -> AbstractContextManager[Any]:
        return nullcontext(_session_of(extension)) if _is_within(app) else fresh()

    return Sessions(begun, current, fresh)


def _is_within(app: Flask) -> bool:
    # Flask's documented way to the object itself, which the proxy's type does not show
    return has_app_context() and current_app._get_current_object() is app  # type: ignore[attr-defined]  # noqa: SLF001


def _session_of(extension: Any) -> Any:
    """The session of the current context: Flask-SQLAlchemy has a registry of them, its Lite the session itself."""
    session = extension.session
    return session() if callable(session) else session
