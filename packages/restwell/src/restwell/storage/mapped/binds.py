"""Which of an application's engines its models are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from ...model.errors import DeclarationError
from ...model.resource import Declaration
from ..given.sessions import Beside, Given, Sessions
from .attributes import Model
from .source import ModelSource

Engines = dict[sa.Engine, list[Declaration]]
"""The resources of each engine, as they were declared."""


def has_models(declarations: Sequence[Declaration]) -> bool:
    """Whether some resource is a model or a table of the application's."""
    return any(isinstance(declaration.source, ModelSource) for declaration in declarations)


def engines_of(declarations: Sequence[Declaration], session: Session) -> Engines:
    """The engines that a session uses for the models that are served.

    Raises DeclarationError for one that is read from two, or that the session has no engine for.
    """
    found: Engines = {}
    for declaration in declarations:
        if isinstance(declaration.source, ModelSource):
            found.setdefault(_engine_of(declaration, declaration.source.model, session), []).append(declaration)
    return found


def _engine_of(declaration: Declaration, model: Model, session: Session) -> sa.Engine:
    where = f"{declaration.name} at {declaration.path}"
    try:
        every = list(dict.fromkeys(each.engine for each in _binds_of(model, session)))
    except sa.exc.UnboundExecutionError as error:
        raise DeclarationError(
            f"{where} has no engine: name one for its model, its table, or a class above it, by engine={{...}}, as "
            "the binds of a session do."
        ) from error
    if len(every) > 1:
        raise DeclarationError(
            f"{where} is read from {every[0].url!r} and from {every[1].url!r}, and no query reads from two "
            "databases: declare one resource for each."
        )
    return every[0]


def _binds_of(model: Model, session: Session) -> Iterator[sa.Engine | sa.Connection]:
    """What a model is read from: several for a query over several."""
    if model.cls is not None:
        yield session.get_bind(mapper=sa.inspect(model.cls))
        return
    elements = list(visitors.iterate(model.selectable))
    # SQLAlchemy's own note of the class by which a column or a table was named
    noted = (getattr(each, "_annotations", {}).get("parentmapper") for each in elements)
    mappers: dict[Any, None] = dict.fromkeys(each for each in noted if each is not None)
    known = {table for mapper in mappers for table in mapper.tables}
    for mapper in mappers:
        yield session.get_bind(mapper=mapper)
    for element in elements:
        if isinstance(element, sa.Table) and element not in known:
            yield session.get_bind(clause=element)


def given_of(
    engines: Engines,
    main: sa.Engine,
    every: Iterable[sa.Engine],
    sessions: Sessions | None,
    binds: Mapping[Any, sa.Engine] = MappingProxyType({}),
) -> Given:
    """The main engine, with those of the resources that are of others beside it.

    `every` has all that a session can reach, and `binds` are those of one that is made for a change.
    """
    all_engines = frozenset(every)

    def given(engine: sa.Engine) -> Given:
        return Given(engine, sessions, all_engines - {engine}, binds)

    beside = (Beside(given(each), frozenset(theirs)) for each, theirs in engines.items() if each is not main)
    return given(main)._replace(beside=tuple(beside))


def given_of_binds(binds: Mapping[Any, sa.Engine], declarations: Sequence[Declaration]) -> Given:
    """The engines of models, as a session has them by its `binds`; the first is the main one."""
    engines = engines_of(declarations, bound(binds))
    return given_of(engines, next(iter(binds.values())), binds.values(), None, binds)


def bound(engines: Mapping[Any, sa.Engine]) -> Session:
    """A session with the engine of each class, table, or class that others are below, which may name its own.

    Raises DeclarationError for what can have none.
    """
    session = Session()
    for key, engine in engines.items():
        for table in _tables_below(key):
            session.bind_table(table, engine)
    try:
        for key, engine in engines.items():
            if isinstance(key, sa.Table):
                session.bind_table(key, engine)
            else:
                session.bind_mapper(key, engine)
    except sa.exc.ArgumentError as error:
        raise DeclarationError(
            f"engine= names {key!r}, which is not a model, a table or a class above models: leave it out."
        ) from error
    return session


def _tables_below(key: Any) -> Iterator[sa.Table]:
    """The tables of the classes that are mapped below a class."""
    if not isinstance(key, type) or not hasattr(key, "registry"):
        return
    for mapper in key.registry.mappers:
        if issubclass(mapper.class_, key):
            yield from mapper.tables
