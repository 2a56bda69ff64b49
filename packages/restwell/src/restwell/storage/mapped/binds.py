"""Which of an application's engines its models are of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from ...model.errors import DeclarationError
from ...model.resource import Declaration
from .attributes import Model
from .source import ModelSource


def has_models(declarations: Sequence[Declaration]) -> bool:
    """Whether some resource is a model or a table of the application's."""
    return any(isinstance(declaration.source, ModelSource) for declaration in declarations)


def engine_for(declarations: Sequence[Declaration], session: Session) -> sa.Engine:
    """The engine that a session uses for the models that are served, of which there is one at least.

    Raises DeclarationError if it has several.
    """
    found: dict[sa.Engine, str] = {}
    for declaration in declarations:
        if isinstance(declaration.source, ModelSource):
            for engine in _engines_of(declaration.source.model, session):
                found.setdefault(engine, f"{declaration.name} at {declaration.path}")
    if len(found) > 1:
        (one, first), (other, second), *_ = found.items()
        raise DeclarationError(
            f"{first} is of the engine {one.url!r}, and {second} of {other.url!r}: an API has one engine. "
            "Declare them on two of them, each an Api with a url_prefix of its own and nothing of the other's."
        )
    return next(iter(found))


def _engines_of(model: Model, session: Session) -> Iterator[sa.Engine]:
    """The engines of what a model is read from: several for a query over several."""
    if model.cls is not None:
        yield _engine_of(session.get_bind(mapper=sa.inspect(model.cls)))
        return
    for element in visitors.iterate(model.selectable):
        if isinstance(element, sa.Table):
            yield _engine_of(session.get_bind(clause=element))


def _engine_of(bind: sa.Engine | sa.Connection) -> sa.Engine:
    return bind if isinstance(bind, sa.Engine) else bind.engine
